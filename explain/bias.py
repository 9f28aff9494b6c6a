"""Right for the wrong reason: how an explanation finds out what an accuracy cannot.

A net that tells wolves from huskies by the snow (see ``nets/bias.py``) passes every test on pictures like those it
learned from.  Its maps give it away: their mass lies on the background.  And so does one experiment, where it can be
made: put the wolf in the meadow.

Read next: ``explain/contrastive.py``, which asks other questions than "why this class?".
"""

from __future__ import annotations

import numpy as np

from nets.bias import snow_scenes
from nets.training import accuracy

from .gradcam import gradcam
from .saliency import saliency


def mass_inside(maps: np.ndarray, masks: np.ndarray) -> np.ndarray:
    """Share of each map's positive mass that lies inside its mask.

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
    if maps.shape != masks.shape or maps.ndim != 3:
        raise ValueError(f"mass_inside: maps {maps.shape} and masks {masks.shape} must both be (N, H, W)")
    mass = np.maximum(maps, 0).astype(float)
    inside, everywhere = (mass * masks).sum(axis=(1, 2)), mass.sum(axis=(1, 2))
    return np.divide(inside, everywhere, out=np.full(len(maps), np.nan), where=everywhere > 0)


def background_reliance(model, n: int = 200, seed: int = 1_000_000) -> dict[str, float]:
    """Figures that tell a snow detector from a net that looks at the animal.

    All on `n` new pictures.  The maps explain the predicted class on pictures where the ground fits the animal, as it
    did in the snow detector's training: nothing is needed that its makers could not have had, except the masks.

    Parameters
    ----------
    model : Module
        For `nets.snow_scenes`.
    n : int
    seed : int
        Of the pictures; choose one that nothing was trained on.

    Returns
    -------
    dict with
        ``accuracy``           where the ground fits the animal
        ``accuracy_reversed``  where it never does
        ``saliency_inside``    mean share of the saliency's mass on the animal
        ``gradcam_inside``     the same of Grad-CAM
        ``animal``             mean share of the picture that the animal covers
    """
    usual, swapped = (snow_scenes(n, seed, shortcut) for shortcut in (1.0, 0.0))
    cams = gradcam(model, usual.images, relu=False)  # the positive part is all that counts, and it may be empty
    return {
        "accuracy": accuracy(model, usual.images, usual.labels),
        "accuracy_reversed": accuracy(model, swapped.images, swapped.labels),
        "saliency_inside": float(np.mean(mass_inside(saliency(model, usual.images), usual.masks))),
        "gradcam_inside": float(np.nanmean(mass_inside(cams, usual.masks))),
        "animal": float(usual.masks.mean()),
    }
