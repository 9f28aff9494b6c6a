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
neighbours of missing ones, so this is a sparse system of linear equations, one unknown for each.  It is the heat
equation: the hole takes on the temperature of its rim.

Kind of evaluation: *indirect*, by masking.
Read next: ``explain/evaluation/baselines.py``, which every method must beat.
"""

from __future__ import annotations

import numpy as np
from scipy.sparse import csc_array
from scipy.sparse.linalg import splu

from ..forward import Target
from .insertion_deletion import ranks
from .scoring import in_batches, pictures_and_classes, scores_of_variants, target_of

SHARES = (0.1, 0.3, 0.5, 0.7, 0.9)  # of the pixels: those of ROAR
NOISE = 0.01  # standard deviation, as in the authors' program
SIDE, CORNER = 1 / 6, 1 / 12
NEIGHBOURS = {(-1, -1): CORNER, (-1, 0): SIDE, (-1, 1): CORNER, (0, -1): SIDE,
              (0, 1): SIDE, (1, -1): CORNER, (1, 0): SIDE, (1, 1): CORNER}


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
        matrix, known = equations(image, missing)
        grain = np.random.default_rng(seed).standard_normal(known.shape)
        filled[:, missing] = (splu(matrix, "MMD_AT_PLUS_A").solve(known) + noise * grain).T
    return filled


def equations(image: np.ndarray, missing: np.ndarray):
    """The system ``matrix @ unknown = known``, (U, U) and (U, C), for U missing pixels in reading order.

    A row says ``(sum of weights) x_p - sum over missing q of w x_q = sum over known q of w x_q``.
    """
    number = np.full(missing.shape, -1)
    number[missing] = np.arange(missing.sum())
    rows, columns = np.nonzero(missing)
    weights, known, entries = np.zeros(len(rows)), np.zeros((len(rows), len(image))), []
    for (dy, dx), weight in NEIGHBOURS.items():
        r, c = rows + dy, columns + dx
        inside = np.flatnonzero((r >= 0) & (r < missing.shape[0]) & (c >= 0) & (c < missing.shape[1]))
        weights[inside] += weight
        neighbour = number[r[inside], c[inside]]
        there = inside[neighbour < 0]
        known[there] += weight * image[:, r[there], c[there]].T
        unknown = neighbour >= 0
        entries.append((inside[unknown], neighbour[unknown], np.full(unknown.sum(), -weight)))
    entries.append((np.arange(len(rows)), np.arange(len(rows)), weights))
    i, j, value = (np.concatenate(part) for part in zip(*entries))
    return csc_array((value, (i, j)), shape=(len(rows), len(rows))), known
