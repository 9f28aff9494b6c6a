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

from .evaluation.localisation import mass_inside
from .gradcam import gradcam
from .saliency import saliency


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
