"""Maps that explain nothing: what every method should beat.

None of these has ever seen the net.  A *random* map says how well one does by chance, a *uniform* one what a measure
gives for no opinion at all, a bump in the *centre* how far one gets by knowing how people take pictures, and the
*edges* (Sobel) how far by a picture's own outlines: Adebayo et al. 2018 found that some methods are little more than
that.  Each takes its arguments like a method, ``(model, images, target)``, and looks at the images alone.

Kind of evaluation: none; they are the other side of the scales.
Read next: ``explain/evaluation/methods.py``.
"""

from __future__ import annotations

import zlib

import numpy as np
import scipy

from ..forward import Target, as_pictures

CENTRE = 0.25  # standard deviation of the bump, as a share of the picture's side


def random_map(model, images, target: Target = None, seed: int = 0) -> np.ndarray:
    """Uniform random numbers, drawn anew for each picture, and always the same for the same picture.

    The generator's seed is a checksum of the pixels and `seed`: so a picture's map does not depend on what other
    pictures are asked about, or when.

    Returns
    -------
    ndarray (N, H, W)

    Examples
    --------
    >>> import nets
    >>> pictures = np.linspace(0, 1, 2 * 3 * 8 * 8).reshape(2, 3, 8, 8)
    >>> maps = random_map(nets.SmallCNN(), pictures)
    >>> bool((maps[1] == random_map(nets.SmallCNN(), pictures[1:])[0]).all()), bool((maps[0] == maps[1]).any())
    (True, False)
    """
    x = as_pictures(np.asarray(images), model)
    streams = (np.random.default_rng((seed, zlib.crc32(np.ascontiguousarray(image).tobytes()))) for image in x)
    return np.stack([stream.random(x.shape[2:]) for stream in streams])


def another_random_map(model, images, target: Target = None) -> np.ndarray:
    """A second random map: where a table tells it from the first, that is how far the table can be trusted."""
    return random_map(model, images, target, seed=1)


def uniform_map(model, images, target: Target = None) -> np.ndarray:
    """1 everywhere."""
    x = as_pictures(np.asarray(images), model)
    return np.ones((len(x), *x.shape[2:]))


def centre_map(model, images, target: Target = None) -> np.ndarray:
    """A Gaussian bump in the middle of each picture, as wide as a quarter of it."""
    x = as_pictures(np.asarray(images), model)
    rows, columns = (((np.arange(n) - (n - 1) / 2) / (CENTRE * n)) ** 2 for n in x.shape[2:])
    return np.broadcast_to(np.exp(-(rows[:, None] + columns) / 2), (len(x), *x.shape[2:])).copy()


def edge_map(model, images, target: Target = None) -> np.ndarray:
    """Strength of the picture's edges: the size of the gradient of its brightness, by Sobel's two filters.

    Formula: ``sqrt((S_x * g)^2 + (S_y * g)^2)``, g the mean of the channels, reflected at the border.

    Examples
    --------
    >>> import nets
    >>> step = np.zeros((3, 4, 4))
    >>> step[:, :, 2:] = 1
    >>> edge_map(nets.SmallCNN(), step)[0, 1]
    array([0., 4., 4., 0.])
    """
    grey = as_pictures(np.asarray(images), model).astype(float).mean(axis=1)
    # One picture at a time: given them all, Sobel's filter would smooth across pictures as well.
    return np.stack([np.hypot(scipy.ndimage.sobel(one, axis=0), scipy.ndimage.sobel(one, axis=1)) for one in grey])
