"""Deletion and insertion: does the score hang on the pixels that the map calls important?

Take the pixels away, the most important first, and watch the class's probability fall; or begin with a blur that shows
next to nothing, put the pixels back in the same order, and watch it rise (RISE: Petsiuk et al. 2018,
as "causal metrics").  A good map makes the first curve fall at once and the second rise at once:

    deletion   x_k = picture, its first k s pixels set to `fill`          area: the smaller the better
    insertion  x_k = blurred picture, its first k s pixels sharp again    area: the larger the better
    area       = (sum of p_k - p_0 / 2 - p_n / 2) / n                     the trapezoid rule over n equal steps

with p_k the probability of the class *that was predicted for the whole picture*, and both ends of the curve, the
untouched picture and the finished one, included.

Kind of evaluation: *indirect*, by masking: no person judges the map, the net does.
Weakness: a picture full of holes is like nothing the net has learned from; ``road.py`` answers to that.
Read next: ``explain/evaluation/confidence.py``.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import scipy

from ..forward import Target
from .scoring import in_batches, pictures_and_classes, scores_of_variants, target_of

BLUR = 5.0  # pixels: RISE's


def deletion_curve(model, images, maps, target: Target = None, steps: int = 64, fill=0.0, score: str = "probability",
                   batch_size: int = 64) -> np.ndarray:
    """The score while the pixels go, the most important first.

    Parameters
    ----------
    model : Module
    images : array_like (N, C, H, W) or (C, H, W)
    maps : ndarray (N, H, W) or (H, W)
        Only the order of its pixels counts; of equal ones, the first in reading order goes first.
    target : int, N ints, None (the predicted class) or callable (output -> N scores)
    steps : int
        From the whole picture to none of it; every step takes as many pixels, but perhaps for the last.
    fill : float, or array that broadcasts to (C, H, W)
        What is left where a pixel was.
    score : {"probability", "logit"}
    batch_size : int
        So many pictures are in memory at a time.

    Returns
    -------
    ndarray (N, n + 1)
        n is `steps`, or less where a picture has not enough pixels for so many equal steps.

    Examples
    --------
    >>> import numpy as np, nets
    >>> picture = np.ones((3, 16, 16))
    >>> deletion_curve(nets.SmallCNN(), picture, np.zeros((16, 16)), target=0, steps=8).shape
    (1, 9)
    """
    x, maps, classes = pictures_and_classes(model, images, maps, target)
    finish = np.broadcast_to(np.asarray(fill, x.dtype), x.shape)
    return curves(model, x, finish, maps, classes, steps, score, batch_size)


def insertion_curve(model, images, maps, target: Target = None, steps: int = 64, blur: float = BLUR,
                    score: str = "probability", batch_size: int = 64) -> np.ndarray:
    """The score while the pixels of a blurred picture become sharp, the most important first.

    Arguments as for `deletion_curve`, and `blur`, the standard deviation in pixels of the Gaussian.  RISE's program
    cuts its Gaussian off after 5 pixels and pads with zeros; ours ends where it has faded, and reflects the picture at
    its border.

    Returns
    -------
    ndarray (N, n + 1)
    """
    x, maps, classes = pictures_and_classes(model, images, maps, target)
    return curves(model, blurred(x, blur), x, maps, classes, steps, score, batch_size)


def area(curve: np.ndarray) -> np.ndarray:
    """Area under curves (..., n + 1) whose ends are one apart.

    Formula: ``(sum - first / 2 - last / 2) / n``.

    Examples
    --------
    >>> float(area(np.array([1.0, 0.5, 0.5, 0.0])))
    0.5
    """
    if curve.shape[-1] < 2:
        raise ValueError(f"area: a curve has at least its two ends, and this one's shape is {curve.shape}")
    return (curve.sum(axis=-1) - curve[..., 0] / 2 - curve[..., -1] / 2) / (curve.shape[-1] - 1)


def curves(model, start, finish, maps, classes, steps: int, score: str, batch_size: int) -> np.ndarray:
    """Scores (N, n + 1) on the way from `start` to `finish`, both (N, C, H, W), pixel by pixel as the maps say."""
    pixels = maps[0].size
    if not 1 <= steps <= pixels:
        raise ValueError(f"evaluation: steps must be from 1 to the {pixels} pixels of a picture, not {steps}")
    at_a_time = -(-pixels // steps)
    counts = np.minimum(np.arange(-(-pixels // at_a_time) + 1) * at_a_time, pixels)
    return np.stack([
        scores_of_variants(model, replaced(start[i], finish[i], ranks(one), counts, batch_size), target_of(classes, i),
                           score)
        for i, one in enumerate(maps)
    ])


def ranks(heat_map: np.ndarray) -> np.ndarray:
    """Place of each pixel in the order from the most important, 0, to the least: int (H, W).

    Of equal pixels the first in reading order comes first.

    Examples
    --------
    >>> ranks(np.array([[0.1, 0.9], [0.5, 0.5]]))
    array([[3, 0],
           [1, 2]])
    """
    order = np.argsort(-heat_map.ravel(), kind="stable")
    places = np.empty(order.size, int)
    places[order] = np.arange(order.size)
    return places.reshape(heat_map.shape)


def replaced(start, finish, places, counts, batch_size: int) -> Iterator[np.ndarray]:
    """Batches of pictures: for each of `counts`, `start` with so many pixels, the first in order, from `finish`."""
    for part in in_batches(counts, batch_size):
        yield np.where(places < part[:, None, None, None], finish, start)


def blurred(x: np.ndarray, sigma: float) -> np.ndarray:
    """Each channel smoothed by a Gaussian of standard deviation `sigma` pixels."""
    if not sigma >= 0:
        raise ValueError(f"insertion: blur is a standard deviation in pixels, at least 0, not {sigma}")
    return scipy.ndimage.gaussian_filter(x, (0, 0, sigma, sigma), mode="reflect")
