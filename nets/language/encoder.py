"""What the nets of language see, a picture as 256 places, each with what is there and where; and how they look at it.

    stage        filters       maps for 64 x 64
    encoder.0    16 of 5 x 5   32 x 32    stride 2
    encoder.3    32 of 3 x 3   32 x 32    then max pooling
    encoder.7    64 of 3 x 3   16 x 16
    encoder.10   64 of 3 x 3   16 x 16
    encoder.13   of 1 x 1      16 x 16    only if there are to be mixtures

Read next: ``captioner.py``.
"""

from __future__ import annotations

import numpy as np

import minigrad as mg
from minigrad import functional as F
from minigrad import nn

MAPS = 64
PLACE = MAPS + 2  # what is known about a place: its maps, its row and its column


def encoder(mixtures: int = 0) -> nn.Sequential:
    """Four convolutions, each with batch norm and ReLU; pictures (N, 3, H, W) to maps (N, MAPS, H / 4, W / 4).

    With `mixtures` there is a fifth, which makes so many maps by mixing these, every place by itself.
    """
    return nn.Sequential(*convolution(3, 16, 5, stride=2), *convolution(16, 32), nn.MaxPool2d(2),
                         *convolution(32, MAPS), *convolution(MAPS, MAPS),
                         *(convolution(MAPS, mixtures, 1) if mixtures else []))


def convolution(inputs: int, outputs: int, width: int = 3, stride: int = 1) -> list[nn.Module]:
    """Convolution, batch norm and ReLU."""
    return [nn.Conv2d(inputs, outputs, width, stride, padding=width // 2, bias=False), nn.BatchNorm2d(outputs),
            nn.ReLU()]


class Gaze(nn.Module):
    """Where to look: at some places as before, unless something says to look at others.

        gaze  =  before + sigmoid(linear(h)) (other - before)

    Parameters
    ----------
    size : int
        Numbers of h, which says whether to move on.
    bias : float
        The linear layer begins with it: with less than 0 the gaze is inclined to stay.

    Call
    ----
    h : Tensor (N, L, size)
    before, other : Tensor (N, L, S)
        Weights of the places, each adding up to 1; `before` may be None.

    Examples
    --------
    >>> before, other = (mg.tensor([[weights]]) for weights in ([1.0, 0.0], [0.0, 1.0]))
    >>> Gaze(2, bias=-20.0)(mg.tensor([[[0.0, 0.0]]]), before, other).numpy().round(3)
    array([[[1., 0.]]], dtype=float32)
    """

    def __init__(self, size: int, bias: float = 0.0):
        self.move = nn.Linear(size, 1)
        self.move.bias = nn.Parameter(np.full(1, bias, np.float32))

    def forward(self, h, before, other):
        return other if before is None else before + F.sigmoid(self.move(h)) * (other - before)


class LookedAt(nn.Module):
    """Maps (N, C, h, w), each times how much its places are looked at (N, L, h, w): (N, L C, h, w), look after look.

    It is a layer, so that Grad-CAM can name it.  What it puts out is added up over the places, and nothing else is done
    with it: so Grad-CAM shows there what each place has contributed.
    """

    def forward(self, maps, looks):
        (n, c, h, w), many = maps.shape, looks.shape[1]
        return (maps.reshape(n, 1, c, h, w) * looks.reshape(n, many, 1, h, w)).reshape(n, many * c, h, w)


def places(maps: mg.Tensor) -> mg.Tensor:
    """Maps (N, C, h, w) as h w places (N, S, C + 2), with row and column from -1 to 1 at the end.

    Examples
    --------
    >>> places(mg.tensor(np.ones((1, 1, 1, 2)))).numpy().tolist()
    [[[1.0, 0.0, -1.0], [1.0, 0.0, 1.0]]]
    """
    n, c, h, w = maps.shape
    return mg.cat([maps.reshape(n, c, h * w).swapaxes(1, 2), mg.Tensor(coordinates(n, h, w, maps.dtype))], axis=2)


def coordinates(n: int, h: int, w: int, dtype) -> np.ndarray:
    """Row and column of each place, from -1 to 1, the same for n pictures; (n, h w, 2)."""
    row, column = (np.linspace(-1, 1, k) if k > 1 else np.zeros(1) for k in (h, w))
    grid = np.stack(np.meshgrid(row, column, indexing="ij"), axis=-1).reshape(1, h * w, 2)
    return np.broadcast_to(grid, (n, h * w, 2)).astype(dtype)
