"""Backgrounds: six families of texture, one grey value in [0, 1] for each pixel.

Every family is a function ``(rng, n, size) -> float32 (n, size, size)`` that draws ``n`` pictures at once. Two building
blocks serve them all: a picture *turned* by a random angle, and a coarse grid of random numbers *blown up* smoothly.
Next: ``nets/scenes.py``, which colours a texture and places shapes upon it.
"""

import numpy as np


def turned(rng, n, size):
    """Coordinates ``u, v`` of every pixel in `n` frames turned at random; float32 (n, size, size), 1 at the edge."""
    line = np.linspace(-1, 1, size, dtype=np.float32)
    angle = rng.uniform(0, 2 * np.pi, (n, 1, 1)).astype(np.float32)
    x, y = line[None, None, :], line[None, :, None]
    return np.cos(angle) * x + np.sin(angle) * y, np.cos(angle) * y - np.sin(angle) * x


def blown_up(grids, size):
    """Bilinear enlargement of (n, k, k) to (n, size, size): a matrix of weights applied to rows, then to columns."""
    k = grids.shape[-1]
    position = np.linspace(0, k - 1, size)[:, None]
    weights = np.maximum(0, 1 - abs(position - np.arange(k))).astype(np.float32)
    return weights @ grids @ weights.T


def _wave(rng, u, low, high, shift=0):
    """``sin`` along `u` with a random phase and between `low` and `high` periods over the picture; in [-1, 1]."""
    periods, phase = rng.uniform([low, 0], [high, 2], (len(u), 2)).astype(np.float32).T[..., None, None]
    return np.sin(np.float32(np.pi) * (periods * u + phase) + shift)


def gradient(rng, n, size):
    u, _ = turned(rng, n, size)
    return 0.5 + 0.35 * u


def stripes(rng, n, size):
    u, _ = turned(rng, n, size)
    return 0.5 + 0.5 * _wave(rng, u, 3, 9)


def checks(rng, n, size):
    """The sign of a product of two waves is a chessboard; a steep ramp in place of the sign keeps its edges smooth."""
    u, v = turned(rng, n, size)
    return np.clip(0.5 + 3 * _wave(rng, u, 2, 5) * _wave(rng, v, 2, 5), 0, 1)


def clouds(rng, n, size):
    return blown_up(rng.random((n, 7, 7), dtype=np.float32), size)


def speckle(rng, n, size):
    return blown_up(rng.random((n, size // 2, size // 2), dtype=np.float32), size)


def marble(rng, n, size):
    """Stripes bent by clouds."""
    u, _ = turned(rng, n, size)
    return 0.5 + 0.5 * _wave(rng, u, 2, 4, shift=8 * clouds(rng, n, size))


FAMILIES = (gradient, stripes, checks, clouds, speckle, marble)


def textures(rng, n, size, family=None):
    """`n` textures, each of a family drawn at random.

    Parameters
    ----------
    rng : numpy.random.Generator
    n, size : int
    family : int array (n,), optional
        Which family each is of, as an index into :data:`FAMILIES`, if that is not to be drawn.

    Returns
    -------
    float32 array (n, size, size)
        In [0, 1].

    Examples
    --------
    >>> textures(np.random.default_rng(0), 5, 64).shape
    (5, 64, 64)
    """
    family = rng.integers(len(FAMILIES), size=n) if family is None else family
    grey = np.empty((n, size, size), np.float32)
    for index, texture in enumerate(FAMILIES):
        mine = family == index
        grey[mine] = texture(rng, mine.sum(), size)
    return grey
