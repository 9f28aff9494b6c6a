"""Maximal patches: what does a channel look for?  Run many pictures, and keep what excites it most.

No optimisation and no gradient: the data answer for themselves (Girshick et al. 2014, section 3.1; Zeiler & Fergus
2014).  The patch to show is the receptive field of the unit that fired, as the unit has seen nothing else.

Pictures stream by, batch after batch.  All that is kept are the few patches that lead so far, each a copy, so a data
set of any size will do.

Read next: ``explain/embedding.py``, which compares whole pictures by all the channels of a layer.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from tqdm import tqdm

import minigrad as mg

from .activations import layer_output
from .forward import as_pictures
from .receptive_field import Rectangle, receptive_field
from .windows import NoWindows


class Patch(NamedTuple):
    """A piece of a picture that excites a channel.

    Attributes
    ----------
    value : float
        How much: the unit's activation.
    image : int
        The picture's place in the stream.
    unit : (row, column)
        Of the channel's map.
    field : Rectangle
        What the unit sees; it may hang over the picture's edge.
    pixels : ndarray (C, h, w)
        What is there, with a neutral fill beyond the edge.
    """

    value: float
    image: int
    unit: tuple[int, int]
    field: Rectangle
    pixels: np.ndarray


def maximal_patches(model, images, layer: str, channels: Sequence[int], top: int = 9, batch_size: int = 64,
                    fill: float = 0.0, progress: bool = False) -> dict[int, list[Patch]]:
    """The patches of pictures that excite some channels of a layer most.

    A picture gives a channel one patch at most, that of its highest activation (of equals the first in reading order);
    of equal pictures the earlier one leads.  A patch at the border is as large as any other, so that the unit is
    always at its middle: what lies beyond the picture is `fill`.  In a layer whose units don't see windows of one size
    (after a global mean), the patch is the picture.

    Parameters
    ----------
    model : Module
    images : array (N, C, H, W), or an iterable of such batches
        An iterable is gone through once, and no batch is kept.
    layer : str
        As for `explain.activations`.
    channels : ints
    top : int
        How many patches for each channel; fewer come back if there are fewer pictures.
    batch_size : int
        For an array; an iterable's batches are taken as they come.
    fill : float
        0 is grey, or the data's mean, for pictures that are centred.
    progress : bool
        Show a progress bar.

    Returns
    -------
    dict from channel to list of Patch, the most exciting first.

    Raises
    ------
    ValueError
        If the layer or a channel doesn't exist, or there are no pictures.

    Examples
    --------
    >>> import numpy as np, nets
    >>> found = maximal_patches(nets.SmallCNN(), np.zeros((2, 3, 32, 32)), "features.3", channels=[5], top=1)
    >>> found[5][0].image, found[5][0].pixels.shape
    (0, (3, 7, 7))
    """
    if top < 1 or batch_size < 1:
        raise ValueError(f"maximal_patches: top and batch_size must be at least 1, not {top} and {batch_size}")
    best: dict[int, list[Patch]] = {int(channel): [] for channel in channels}
    first = 0
    for batch in tqdm(batches(images, batch_size), desc="patches", unit="batch", disable=not progress):
        pictures = as_pictures(np.asarray(batch), model)
        with mg.no_grad():
            maps = as_maps(layer_output(model, mg.tensor(pictures), layer).array, best)
        field = field_of(model, layer, pictures.shape[1:])
        for channel, so_far in best.items():
            new = strongest(maps[:, channel], pictures, first, field, top, fill)
            # The sort is stable: of equals, the earlier picture stays in front.
            best[channel] = sorted([*so_far, *new], key=lambda patch: -patch.value)[:top]
        first += len(pictures)
    if first == 0:
        raise ValueError("maximal_patches: there are no pictures; an iterable that was gone through before is empty")
    return best


def batches(images, batch_size: int) -> Iterable[np.ndarray]:
    """The batches of an array, or of an iterable, which has them already."""
    array = getattr(images, "array", images)
    if not isinstance(array, np.ndarray):
        return array
    if array.ndim != 4:
        raise ValueError(f"maximal_patches: images must be (N, C, H, W), or an iterable of such, not {array.shape}")
    return [array[i : i + batch_size] for i in range(0, len(array), batch_size)]


def as_maps(output: np.ndarray, channels: Iterable[int]) -> np.ndarray:
    """Maps (N, K, h, w); a layer of plain neurons (N, K) has maps of one place.  Refuse channels that it hasn't."""
    if output.ndim not in (2, 4):
        raise ValueError(f"maximal_patches: the layer puts out {output.shape}, which are no channels; choose another")
    for channel in channels:
        if not 0 <= channel < output.shape[1]:
            raise ValueError(f"maximal_patches: there is no channel {channel}; there are 0 to {output.shape[1] - 1}")
    return output if output.ndim == 4 else output[:, :, None, None]


def field_of(model, layer: str, shape):
    """A function from a unit's row and column to its field; the whole picture where there are no windows."""
    try:
        return receptive_field(model, layer, shape).rectangle
    except NoWindows:
        return lambda row, column: Rectangle(0, 0, *shape[1:])


def strongest(maps: np.ndarray, pictures: np.ndarray, first: int, field, top: int, fill: float) -> list[Patch]:
    """The `top` patches of one channel's maps (N, h, w) in a batch that begins with picture `first` of the stream."""
    peaks = maps.reshape(len(maps), -1)
    places = peaks.argmax(axis=1)
    values = peaks[np.arange(len(peaks)), places]
    patches = []
    for i in np.argsort(-values, kind="stable")[:top].tolist():
        unit = divmod(int(places[i]), maps.shape[2])
        pixels = pixels_in(pictures[i], field(*unit), fill)
        patches.append(Patch(float(values[i]), first + i, unit, field(*unit), pixels))
    return patches


def pixels_in(image: np.ndarray, rectangle: Rectangle, fill: float = 0.0) -> np.ndarray:
    """A copy of what an image (C, H, W) has in a rectangle, and `fill` where that lies beyond the edge."""
    top, left, bottom, right = rectangle
    inside = rectangle.cropped(*image.shape[1:])
    pixels = np.full((len(image), bottom - top, right - left), fill, image.dtype)
    rows, columns = slice(inside.top - top, inside.bottom - top), slice(inside.left - left, inside.right - left)
    pixels[:, rows, columns] = image[:, inside.top : inside.bottom, inside.left : inside.right]
    return pixels
