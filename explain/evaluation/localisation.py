"""Is the heat on the object?  Where the truth is known, an explanation can be held against it.

Three questions, from the mildest to the strictest:

    pointing game (Zhang et al. 2018)    does the brightest pixel lie on the object, or less than a margin from it?
    energy in the mask (Wang et al. 2020, "Score-CAM")
                                         what share of the map's positive mass lies on the object?
    best IoU                             cut the map at its best threshold: how well does what is left cover the object?

Kind of evaluation: *indirect*, by the task of localisation.  A caution goes with all three: they ask whether the map
agrees with *our* idea of the evidence.  A net that looks at the snow and not at the wolf (``explain/bias.py``) is
explained rightly by a map that fails here.

Read next: ``explain/evaluation/scoring.py``, for measures that ask the net itself.
"""

from __future__ import annotations

import numpy as np
import scipy

MARGIN = 15.0  # pixels: that of the pointing game on photos


def peak_inside(maps: np.ndarray, masks: np.ndarray, margin: float = 0.0) -> np.ndarray:
    """The pointing game: whether the largest value of each map lies in its mask, or less than `margin` pixels from it.

    Formula: a hit if some pixel of the mask has a squared distance from the peak of 0, or ``< margin ** 2``, strictly,
    as in the game's common program (TorchRay), whose margin is 15.  (Quantus's has no margin.)  The accuracy is the
    share of hits.

    Parameters
    ----------
    maps : ndarray (N, H, W)
        Where several pixels are largest, the first in reading order counts.
    masks : bool ndarray (N, H, W)
    margin : float

    Returns
    -------
    bool ndarray (N,)

    Examples
    --------
    >>> maps, masks = np.array([[[0.0, 3.0, 1.0]]]), np.array([[[False, False, True]]])
    >>> peak_inside(maps, masks), peak_inside(maps, masks, margin=1.0), peak_inside(maps, masks, margin=1.1)
    (array([False]), array([False]), array([ True]))
    """
    check_pairs("peak_inside", maps, masks)
    peaks = maps.reshape(len(maps), -1).argmax(axis=1)
    return near(masks, margin).reshape(len(masks), -1)[np.arange(len(masks)), peaks]


def near(masks: np.ndarray, margin: float) -> np.ndarray:
    """The pixels in each mask or less than `margin` from it; their share is a random peak's chance to hit.

    Examples
    --------
    >>> near(np.array([[[True, False, False]]]), 1.5)
    array([[[ True,  True, False]]])
    """
    if not margin >= 0:
        raise ValueError(f"pointing game: a margin is a number of pixels, at least 0, not {margin}")
    if margin == 0:
        return masks
    return np.stack([squared_distance(mask) < margin**2 for mask in masks])


def squared_distance(mask: np.ndarray) -> np.ndarray:
    """Of each pixel from the nearest one of a mask (H, W), a whole number; infinite if the mask is empty."""
    if not mask.any():
        return np.full(mask.shape, np.inf)
    return np.rint(scipy.ndimage.distance_transform_edt(~mask) ** 2)  # exact again after the root: the margin is strict


def mass_inside(maps: np.ndarray, masks: np.ndarray) -> np.ndarray:
    """The energy in the mask: share of each map's positive mass that lies inside.

    Formula: ``sum of max(map, 0) inside / sum of max(map, 0)``.  A map that spreads evenly has the share of the picture
    that the mask covers, so compare with ``masks.mean(axis=(1, 2))``.

    Parameters
    ----------
    maps : ndarray (N, H, W)
    masks : bool ndarray (N, H, W)

    Returns
    -------
    ndarray (N,)
        In [0, 1]; NaN for a map without positive mass, which is nowhere.

    Examples
    --------
    >>> mass_inside(np.array([[[3.0, 1.0], [-5.0, 0.0]]]), np.array([[[True, False], [False, False]]]))
    array([0.75])
    """
    check_pairs("mass_inside", maps, masks)
    mass = np.maximum(maps, 0).astype(float)
    inside, everywhere = (mass * masks).sum(axis=(1, 2)), mass.sum(axis=(1, 2))
    return np.divide(inside, everywhere, out=np.full(len(maps), np.nan), where=everywhere > 0)


def best_iou(maps: np.ndarray, masks: np.ndarray) -> np.ndarray:
    """Intersection over union of each mask with its map, cut at the threshold that serves it best.

    Formula: ``max over t of |{map >= t} and mask| / |{map >= t} or mask|``.  Knowing the best t is a gift; it goes to
    all maps alike, and takes the choice of a threshold out of the comparison.  The lowest t keeps every pixel, so no
    map does worse than the share of the picture that its mask covers.

    Parameters
    ----------
    maps : ndarray (N, H, W)
    masks : bool ndarray (N, H, W), none of them empty

    Returns
    -------
    ndarray (N,)
        In (0, 1].

    Examples
    --------
    >>> best_iou(np.array([[[5.0, 1.0], [3.0, 0.0]]]), np.array([[[True, True], [False, False]]])).round(3)
    array([0.667])
    """
    check_pairs("best_iou", maps, masks)
    if not masks.any(axis=(1, 2)).all():
        raise ValueError("best_iou: a mask is empty, so there is nothing to cover; leave that picture out")
    return np.array([best_cut(*pair) for pair in zip(maps.reshape(len(maps), -1), masks.reshape(len(masks), -1))])


def best_cut(values: np.ndarray, mask: np.ndarray) -> float:
    """`best_iou` of one map and mask, both flat: one pass over the pixels, from the largest down."""
    order = np.argsort(-values, kind="stable")
    shared = np.cumsum(mask[order])
    either = np.arange(1, len(values) + 1) + mask.sum() - shared
    falls = np.append(np.diff(values[order]) != 0, True)  # equal pixels stay together: a threshold can't part them
    return float((shared / either)[falls].max())


def two_object_hits(model, two_object_scenes, method) -> float:
    """Share of the objects in scenes of two whose class, explained by `method`, peaks inside that object's own mask.

    `method` is called as ``method(model, images, target)`` and returns maps (N, H, W).
    """
    s = two_object_scenes
    hits = [peak_inside(method(model, s.images, s.classes[:, m]), s.masks[:, m]) for m in range(2)]
    return float(np.mean(hits))


def check_pairs(name: str, maps: np.ndarray, masks: np.ndarray) -> None:
    """Maps and masks must fit, masks be masks, and maps hold numbers."""
    if maps.shape != masks.shape or maps.ndim != 3:
        raise ValueError(f"{name}: maps {maps.shape} and masks {masks.shape} must both be (N, H, W)")
    if masks.dtype != bool:
        raise ValueError(f"{name}: masks must be of bools, not {masks.dtype}")
    if np.isnan(maps).any():
        raise ValueError(f"{name}: the maps have NaNs")
