"""ROAD: remove and debias.  Take pixels away so that the net does not notice *where* they are missing.

A deleted pixel leaves a hole, and the holes' shape may tell the class by itself.  ROAR (Hooker et al. 2019) answers to
that by training the net again on pictures with holes, for every method and every share: for a table of fifteen methods
and five shares that is 75 trainings, an hour or more for one seed, and what is judged in the end are other nets.  ROAD
(Rong et al. 2022) keeps the net and hides the holes: each missing pixel becomes what its neighbours suggest, and a
little noise.  It needs no training, and it judges each picture by itself, as a table with intervals wants it; so this
is what we have.

*Noisy linear imputation*: every missing pixel shall be the weighed mean of its eight neighbours,

    x_p  =  sum over neighbours q of  w_pq x_q,     w = 1/6 beside, above and below, 1/12 at the corners,

where neighbours outside the picture don't count and the other weights grow to add up to 1.  Missing pixels may be
neighbours of missing ones, so this is a system of linear equations, one unknown for each.  It is the heat equation: the
hole takes on the temperature of its rim.

Kind of evaluation: *indirect*, by masking.
Read next: ``explain/evaluation/baselines.py``, which every method must beat.
"""

from __future__ import annotations

import numpy as np
import scipy

from ..forward import Target
from .insertion_deletion import ranks
from .scoring import in_batches, pictures_and_classes, scores_of_variants, target_of

SHARES = (0.1, 0.3, 0.5, 0.7, 0.9)  # of the pixels: those of ROAR
NOISE = 0.01  # standard deviation, as in the authors' program
WEIGHTS = np.array([[1, 2, 1], [2, 0, 2], [1, 2, 1]]) / 12  # of the neighbours
EARLIER = [(dy, dx, WEIGHTS[1 + dy, 1 + dx]) for dy, dx in ((-1, -1), (-1, 0), (-1, 1), (0, -1))]  # in reading order


def road(model, images, maps, target: Target = None, shares=SHARES, most_relevant_first: bool = True,
         noise: float = NOISE, seed: int = 0, batch_size: int = 64) -> np.ndarray:
    """The class's probability when shares of the pixels are imputed.

    Parameters
    ----------
    model : Module
    images : array_like (N, C, H, W) or (C, H, W)
    maps : ndarray (N, H, W) or (H, W)
        Only the order of the pixels counts; of equal ones the first in reading order goes first.
    target : int, N ints, None (the predicted class) or callable (output -> N scores)
    shares : sequence of float
        Each at least 0 and less than 1: something must be left to impute from.
    most_relevant_first : bool
        Remove the most important pixels (a good map: low probabilities), or the least important (high ones).
    noise : float
        Standard deviation of what is added to imputed pixels, so that the net can't know them by their smoothness.
    seed : int
        Of the noise, the same for every picture.
    batch_size : int

    Returns
    -------
    ndarray (N, number of shares)
        The paper draws the *accuracy* over the shares; the probability says the same with less noise for few pictures.

    Examples
    --------
    >>> import numpy as np, nets
    >>> picture, heat = np.ones((3, 16, 16)), np.arange(256.0).reshape(16, 16)
    >>> road(nets.SmallCNN(), picture, heat, target=0, shares=(0.2, 0.8)).shape
    (1, 2)
    """
    if not all(0 <= share < 1 for share in shares):
        raise ValueError(f"road: shares of the pixels lie between 0 and 1, 1 not included, not {shares}")
    x, maps, classes = pictures_and_classes(model, images, maps, target)
    values = []
    for i, image in enumerate(x):
        places = ranks(maps[i] if most_relevant_first else -maps[i])
        variants = np.stack([imputed(image, places < round(share * places.size), noise, seed) for share in shares])
        values.append(scores_of_variants(model, in_batches(variants, batch_size), target_of(classes, i)))
    return np.stack(values)


def imputed(image: np.ndarray, missing: np.ndarray, noise: float = NOISE, seed: int = 0) -> np.ndarray:
    """A picture (C, H, W) whose `missing` pixels, bool (H, W), are what their neighbours suggest.

    Examples
    --------
    >>> ramp = np.arange(3.0)[None, None].repeat(3, axis=1)
    >>> hole = np.zeros((3, 3), bool)
    >>> hole[1, 1] = True
    >>> float(imputed(ramp, hole, noise=0.0)[0, 1, 1].round(6))
    1.0
    """
    if missing.shape != image.shape[1:] or missing.dtype != bool:
        raise ValueError(f"imputed: missing {missing.dtype} {missing.shape} must be bools of a picture {image.shape}")
    if missing.all():
        raise ValueError("imputed: every pixel is missing, so there is nothing to impute from")
    filled = image.copy()
    if missing.any():
        band, known = equations(image, missing)
        grain = np.random.default_rng(seed).standard_normal(known.shape)
        filled[:, missing] = (scipy.linalg.solveh_banded(band, known, lower=True) + noise * grain).T
    return filled


def equations(image: np.ndarray, missing: np.ndarray):
    """The system ``matrix @ unknown = known``, (U, U) and (U, C), for U missing pixels in reading order.

    A row says ``(sum of weights) x_p - sum over missing q of w x_q = sum over known q of w x_q``.  Written like that
    the matrix is symmetric and positive definite; and as no neighbour is further away than a row and a pixel, all of it
    lies in a narrow band along the diagonal.

    Returns
    -------
    band : ndarray (B, U)
        The matrix as `scipy.linalg.solveh_banded` wants its lower half: ``band[i - j, j]`` is the entry i, j.
    known : ndarray (U, C)
    """
    number = np.full((missing.shape[0] + 2, missing.shape[1] + 2), -1)  # with a rim, where nothing is missing
    number[1:-1, 1:-1][missing] = np.arange(missing.sum())
    rows, columns = np.nonzero(missing)
    mine, entries = np.arange(len(rows)), []
    for dy, dx, weight in EARLIER:
        neighbour = number[rows + 1 + dy, columns + 1 + dx]
        unknown = neighbour >= 0
        entries.append((mine[unknown] - neighbour[unknown], neighbour[unknown], np.full(unknown.sum(), -weight)))
    below, place, value = (np.concatenate(part) for part in zip(*entries))
    band = np.zeros((below.max(initial=0) + 1, len(rows)))
    band[below, place] = value
    band[0] = scipy.ndimage.correlate(np.ones(missing.shape), WEIGHTS, mode="constant")[missing]
    given = np.where(missing, 0.0, image)
    return band, scipy.ndimage.correlate(given, WEIGHTS[None], mode="constant")[:, missing].T
