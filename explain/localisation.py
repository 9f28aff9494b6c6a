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
