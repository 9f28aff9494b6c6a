"""Is the heat on the object?  Where the truth is known, an explanation can be held against it.

This is the *pointing game* (Zhang et al. 2018) without a margin: a map wins if its brightest pixel lies on the object.
"""

from __future__ import annotations

import numpy as np


def peak_inside(maps: np.ndarray, masks: np.ndarray) -> np.ndarray:
    """Whether the largest value of each map lies inside its mask.

    Parameters
    ----------
    maps : ndarray (N, H, W)
        Where several pixels are largest, the first in reading order counts.
    masks : bool ndarray (N, H, W)

    Returns
    -------
    bool ndarray (N,)

    Examples
    --------
    >>> peak_inside(np.array([[[0.0, 3.0], [1.0, 2.0]]]), np.array([[[False, True], [False, False]]]))
    array([ True])
    """
    if maps.shape != masks.shape or maps.ndim != 3:
        raise ValueError(f"peak_inside: maps {maps.shape} and masks {masks.shape} must both be (N, H, W)")
    peaks = maps.reshape(len(maps), -1).argmax(axis=1)
    return masks.reshape(len(masks), -1)[np.arange(len(masks)), peaks]


def two_object_hits(model, two_object_scenes, method) -> float:
    """Share of the objects in scenes of two whose class, explained by `method`, peaks inside that object's own mask.

    `method` is called as ``method(model, images, target)`` and returns maps (N, H, W).
    """
    s = two_object_scenes
    hits = [peak_inside(method(model, s.images, s.classes[:, m]), s.masks[:, m]) for m in range(2)]
    return float(np.mean(hits))


def class_correlation(model, two_object_scenes, method) -> float:
    """Mean correlation between the maps for the two classes of each scene: 1 if the class does not matter at all.

    Formula: mean over scenes of Pearson's r between the pixels of the two maps; a constant map, which has none, is left
    out.  `method` is called as for `two_object_hits`.
    """
    s = two_object_scenes
    return float(np.nanmean(correlation(*(method(model, s.images, s.classes[:, m]) for m in range(2)))))


def correlation(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Pearson's r between maps (..., H, W), pixel by pixel; NaN if one of the two is constant.

    Examples
    --------
    >>> float(correlation(np.array([[0.0, 1.0], [2.0, 3.0]]), np.array([[5.0, 4.0], [3.0, 2.0]])))
    -1.0
    """
    a, b = (m - m.mean(axis=(-2, -1), keepdims=True, dtype=float) for m in (a, b))
    sizes = np.sqrt((a**2).sum(axis=(-2, -1)) * (b**2).sum(axis=(-2, -1)))
    return np.divide((a * b).sum(axis=(-2, -1)), sizes, out=np.full(sizes.shape, np.nan), where=sizes > 0)
