"""Handwritten digits: scikit-learn's 1,797 real ones, which come with the library and need no download."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from minigrad import functional as F


class Digits(NamedTuple):
    """Images float32 (N, 1, H, W) in [-1, 1], where -1 is paper and 1 is ink, and int64 labels (N,)."""

    images: np.ndarray
    labels: np.ndarray


def digits(size: int = 32, held_out: float = 0.2, seed: int = 0) -> tuple[Digits, Digits]:
    """Load the digits, enlarged from 8 x 8 to `size`, and split them.

    Parameters
    ----------
    size : int
        Height and width in pixels; the enlargement is bilinear.
    held_out : float
        Share that is kept for testing, drawn at random by `seed`.

    Returns
    -------
    training, test : Digits

    Examples
    --------
    >>> training, test = digits()
    >>> training.images.shape, test.images.shape
    ((1438, 1, 32, 32), (359, 1, 32, 32))
    """
    from sklearn.datasets import load_digits

    if size < 8:
        raise ValueError(f"digits: size must be at least 8, the size of the originals, not {size}")
    if not 0 < held_out < 1:
        raise ValueError(f"digits: held_out is a share between 0 and 1, not {held_out}")
    raw = load_digits()
    small = (raw.images[:, None] / 8 - 1).astype(np.float32)
    images = F.interpolate(small, (size, size), mode="bilinear").numpy()
    order = np.random.default_rng(seed).permutation(len(images))
    n_test = round(held_out * len(images))
    parts = order[n_test:], order[:n_test]
    training, test = (Digits(images[part], raw.target[part].astype(np.int64)) for part in parts)
    return training, test
