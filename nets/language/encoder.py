"""What both nets of language see: a picture as 256 places, each with what is there and where it is.

    stage        filters       maps for 64 x 64
    encoder.0    16 of 5 x 5   32 x 32    stride 2
    encoder.3    32 of 3 x 3   32 x 32    then max pooling
    encoder.7    64 of 3 x 3   16 x 16
    encoder.10   64 of 3 x 3   16 x 16    what Grad-CAM looks at

Read next: ``captioner.py``.
"""

from __future__ import annotations

import numpy as np

import minigrad as mg
from minigrad import nn

MAPS = 64
PLACE = MAPS + 2  # what is known about a place: its maps, its row and its column


def encoder() -> nn.Sequential:
    """Four convolutions, each with batch norm and ReLU; pictures (N, 3, H, W) to maps (N, MAPS, H / 4, W / 4)."""
    return nn.Sequential(*convolution(3, 16, 5, stride=2), *convolution(16, 32), nn.MaxPool2d(2),
                         *convolution(32, MAPS), *convolution(MAPS, MAPS))


LAST_STAGE = "encoder.12"  # the last ReLU


def convolution(inputs: int, outputs: int, width: int = 3, stride: int = 1) -> list[nn.Module]:
    """Convolution, batch norm and ReLU."""
    return [nn.Conv2d(inputs, outputs, width, stride, padding=width // 2, bias=False), nn.BatchNorm2d(outputs),
            nn.ReLU()]


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
