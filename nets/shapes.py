"""Ten shapes, each a formula: the signed distance to its edge.

A *signed distance function* says how far a point is from the edge of a shape: negative inside, zero on the edge,
positive outside. Three rules build every shape from lines and discs:

    union         ``min(a, b)``     inside either
    intersection  ``max(a, b)``     inside both
    difference    ``max(a, -b)``    inside the first, outside the second

All shapes live in the unit disc, so a shape turned by any angle and scaled by ``radius`` stays within ``radius`` of its
centre. An edge drawn from distances is smooth for free: see :func:`coverage`.

Legend: ``x, y`` are coordinates of any common shape, and each shape returns distances of that shape.
Next: ``nets/textures.py``, what the shapes are drawn upon.
"""

import numpy as np


def _disc(x, y, radius):
    return np.sqrt(x * x + y * y) - radius


def _box(x, y, width, height):
    """An axis-aligned box that reaches `width` and `height` to either side of the origin."""
    return np.maximum(abs(x) - width, abs(y) - height)


def _lines(x, y, count, radius):
    """How far beyond each of `count` lines, evenly turned about the origin at distance `radius`: (count, ...)."""
    angles = 2 * np.pi * np.arange(count) / count
    return np.stack([float(np.cos(a)) * x + float(np.sin(a)) * y - radius for a in angles])


def circle(x, y):
    return _disc(x, y, 0.85)


def square(x, y):
    return _box(x, y, 0.68, 0.68)


def triangle(x, y):
    """Inside all of three lines."""
    return _lines(x, y, 3, 0.5).max(axis=0)


def star(x, y):
    """Inside all but at most one of five lines (a pentagram), so it is the second largest distance that decides."""
    return np.partition(_lines(x, y, 5, 0.3), -2, axis=0)[-2]


def cross(x, y):
    return np.minimum(_box(x, y, 0.93, 0.3), _box(x, y, 0.3, 0.93))


def pill(x, y):
    """All points within 0.33 of a piece of the x axis."""
    return _disc(np.maximum(abs(x) - 0.62, 0), y, 0.33)


def heart(x, y):
    """A square and two discs, each centred on one of two neighbouring sides, moved to sit about the origin."""
    x, y = x + 0.07, y + 0.07
    lobes = np.minimum(_disc(x - 0.5, y, 0.5), _disc(x, y - 0.5, 0.5))
    return np.minimum(lobes, _box(x, y, 0.5, 0.5))


def crescent(x, y):
    """A disc with a bite taken out by a smaller one."""
    return np.maximum(_disc(x, y, 0.95), -_disc(x - 0.65, y, 0.7))


def arrow(x, y):
    """A shaft and a head that points along x; the head's slanted sides run from (1, 0) to (0, +-0.85)."""
    head = np.maximum(-x, 0.648 * x + 0.762 * abs(y) - 0.648)
    return np.minimum(head, _box(x + 0.42, y, 0.5, 0.2))


def hourglass(x, y):
    """Between two lines that widen away from the waist, and cut off at top and bottom."""
    sides = (abs(x) - 0.75 * abs(y) - 0.16) / 1.25
    return np.maximum(sides, abs(y) - 0.72)


def ring(x, y):
    """A disc without its middle.  It is no class: scenes that are described in words (``nets/language``) have it."""
    return np.maximum(_disc(x, y, 0.95), -_disc(x, y, 0.5))


SHAPES = {f.__name__: f for f in (circle, square, triangle, star, cross, pill, heart, crescent, arrow, hourglass)}
CLASSES = tuple(SHAPES)


def coverage(classes, x, y, radius, shapes=None):
    """Which share of each pixel the shapes cover.

    A pixel whose centre is half a pixel inside the edge is full, half a pixel outside it is empty, and in between the
    share falls linearly. That ramp, one pixel wide, is all there is to antialiasing.

    Parameters
    ----------
    classes : int array (N,)
        Index into :data:`CLASSES`; any other number (-1) draws nothing.
    x, y : float array (N, H, W)
        Each pixel's position in the shape's own frame, where the shape fills the unit disc.
    radius : float array (N,)
        Pixels per unit of that frame.
    shapes : functions (x, y) -> distance, optional
        What `classes` counts, by default those of :data:`CLASSES`.

    Returns
    -------
    float array (N, H, W)
        In [0, 1].

    Examples
    --------
    >>> x = np.array([[[0.0, 0.85, 2.0]]])
    >>> coverage(np.array([CLASSES.index("circle")]), x, 0 * x, np.array([10.0]))
    array([[[1. , 0.5, 0. ]]])
    """
    share = np.zeros_like(x)
    for index, shape in enumerate(shapes or SHAPES.values()):
        mine = classes == index
        pixels_inside = -shape(x[mine], y[mine]) * radius[mine, None, None]
        share[mine] = np.clip(pixels_inside + 0.5, 0, 1)
    return share
