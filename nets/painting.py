"""Painting on many canvases at once: one small crop on each, in one array operation.

An object touches a few hundred of a picture's thousands of pixels. So it is drawn in a small crop that lies at a place
of its own on each canvas, and is mixed with what is there: ``canvas + share * (colour - canvas)``. Where the object
covers nothing its share is 0, and the canvas stays as it was.

Legend: ``N`` canvases, ``C`` channels, ``size`` by ``size`` pixels; crops of ``P`` by ``P``. Pixel ``i`` has its centre
at ``i + 0.5``.
Before: ``nets/shapes.py`` and ``nets/textures.py``. Next: ``nets/scenes.py``, which decides what to paint where.
"""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from .shapes import coverage
from .textures import turned


def crop_about(y, x, extent, size):
    """The crops that hold all within `extent` of the points ``y, x``, moved inward where they would leave the canvas.

    Returns each crop's corner, (top (N,), left (N,)), and its pixels' offsets from the point, ``dy, dx`` (N, P, P).
    """
    width = int(np.ceil(2 * extent)) + 1
    top, left = (np.clip(np.floor(centre - extent), 0, size - width).astype(int) for centre in (y, x))
    row, column = np.mgrid[:width, :width] + 0.5
    dy = row + (top - y)[:, None, None]
    dx = column + (left - x)[:, None, None]
    return (top, left), dy.astype(np.float32), dx.astype(np.float32)


def paint(canvases, corner, share, colour):
    """Mix `colour` (N, C) into `canvases` (N, C, size, size), in place, by the share (N, P, P) it has of each pixel.

    Examples
    --------
    >>> canvas = np.zeros((1, 1, 3, 3))
    >>> paint(canvas, (np.array([1]), np.array([0])), np.full((1, 2, 2), 0.5), np.array([[8.0]]))
    >>> canvas[0, 0]
    array([[0., 0., 0.],
           [4., 4., 0.],
           [4., 4., 0.]])
    """
    windows = sliding_window_view(canvases, share.shape[1:], axis=(2, 3), writeable=True)  # every crop, as a view
    here = (np.arange(len(canvases)), slice(None), *corner)
    windows[here] += share[:, None] * (colour[:, :, None, None] - windows[here])


def framed(y, x, radius, angle, size):
    """The crop about an object on each canvas: its corner, and its pixels' places in the object's own frame."""
    corner, dy, dx = crop_about(y, x, radius.max() + 1, size)
    scale, cos, sin = (a.astype(np.float32)[:, None, None] for a in (1 / radius, np.cos(angle), np.sin(angle)))
    return corner, scale * (cos * dx + sin * dy), scale * (cos * dy - sin * dx)


def object_at(classes, y, x, radius, angle, size):
    """Corner and share of the pixels (N, P, P) of one object on each canvas; nothing where the class is -1."""
    corner, along, across = framed(y, x, radius, angle, size)
    return corner, coverage(classes, along, across, radius)


def stroke_at(y, x, length, pen, angle, size):
    """Corner and share of the pixels (N, P, P) of one stroke: all that is within `pen` / 2 of a line of this length."""
    corner, dy, dx = crop_about(y, x, (length.max() + pen.max()) / 2 + 1, size)
    half, pen, cos, sin = (a.astype(np.float32)[:, None, None] for a in (length / 2, pen, np.cos(angle), np.sin(angle)))
    along, across = cos * dx + sin * dy, cos * dy - sin * dx
    beyond = np.maximum(abs(along) - half, 0)
    return corner, np.clip(pen / 2 + 0.5 - np.sqrt(beyond**2 + across**2), 0, 1)


def photograph(rng, canvases, noise):
    """Light from one side, exposure and camera noise of range `noise`: paint in [0, 1] to photos in [-1, 1]."""
    n, _, size, _ = canvases.shape
    fall, exposure = rng.uniform([0, 0.75], [0.35, 1.1], (n, 2)).astype(np.float32).T[..., None, None]
    light = exposure * (1 + fall * turned(rng, n, size)[0])
    grain = rng.random(canvases.shape, dtype=np.float32) - 0.5  # looks as normal noise does, and is drawn faster
    canvases = canvases * light[:, None] + noise * grain
    return np.clip(2 * canvases - 1, -1, 1)
