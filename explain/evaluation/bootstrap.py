"""How sure is a mean?  Draw the sample again from itself, many times, and see how far the mean moves.

Efron's bootstrap asks for no bell curve, so it serves hits (0 or 1) and areas alike: from n values draw n, some twice
and some not at all; take the mean; do it a thousand times; the middle 95% of those means are the interval (Efron &
Tibshirani 1993, chapter 13, the percentile interval).

It has one blind spot: a hundred hits out of a hundred leave nothing to draw but hits, and the interval has no width.
By the "rule of three" the true rate may be as low as 1 - 3 / n all the same.

All columns of a table are drawn together, so the intervals of a *difference* of two columns know that both were
measured on the same pictures.
"""

from __future__ import annotations

import numpy as np

AT_A_TIME = 100  # samples that are drawn in one go, for bounded memory


def interval(values: np.ndarray, level: float = 0.95, samples: int = 2000, seed: int = 0):
    """Mean over the first axis, with a bootstrap interval.

    Parameters
    ----------
    values : ndarray (n, ...)
        NaNs are values that there are not: each column has the mean of what it has.
    level : float
        Share of the resampled means that lie inside.
    samples : int
    seed : int

    Returns
    -------
    mean, low, high : ndarrays (...)
        NaN for a column without any value.

    Examples
    --------
    >>> mean, low, high = interval(np.array([0.0, 1.0, 1.0, 1.0]))
    >>> float(low), float(mean), float(high)
    (0.25, 0.75, 1.0)
    """
    values = np.asarray(values, float)
    if values.ndim == 0 or len(values) == 0:
        raise ValueError(f"interval: needs at least one value, and got an array of shape {values.shape}")
    if not 0 < level < 1 or samples < 1:
        raise ValueError(f"interval: level must lie between 0 and 1, and samples be at least 1, not {level}, {samples}")
    columns = values.reshape(len(values), -1)
    there = ~np.isnan(columns)
    mean = means(np.ones((1, len(values))), columns, there)[0]
    drawn = resampled_means(columns, there, samples, np.random.default_rng(seed))
    low, high = np.full((2, columns.shape[1]), np.nan)
    for k in np.flatnonzero(there.any(axis=0)):
        low[k], high[k] = np.nanquantile(drawn[:, k], [(1 - level) / 2, (1 + level) / 2])
    return tuple(part.reshape(values.shape[1:]) for part in (mean, low, high))


def resampled_means(columns: np.ndarray, there: np.ndarray, samples: int, rng: np.random.Generator) -> np.ndarray:
    """Means (samples, columns) of as many samples, each as large as the first."""
    n, parts = len(columns), []
    for start in range(0, samples, AT_A_TIME):
        picked = rng.integers(n, size=(min(AT_A_TIME, samples - start), n))
        parts.append(means(np.stack([np.bincount(one, minlength=n) for one in picked]), columns, there))
    return np.concatenate(parts)


def means(counts: np.ndarray, columns: np.ndarray, there: np.ndarray) -> np.ndarray:
    """Mean of each column if row i counts ``counts[:, i]`` times; NaN where nothing is left."""
    total, number = counts @ np.where(there, columns, 0), counts @ there
    return np.divide(total, number, out=np.full(total.shape, np.nan), where=number > 0)
