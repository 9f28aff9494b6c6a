"""Grad-CAM++: a map of what excites the class anywhere, however small the place.

Grad-CAM takes the *mean* of the gradient over a map, so a feature that counts in one small place is diluted by all
the places where it doesn't.  Chattopadhay et al. 2018 weigh the places instead.  With ``y = exp(S_c)`` all
derivatives of y are powers of one gradient ``g = dS_c/dA_k[i, j]`` times y (if the score is linear in pieces, as with
ReLUs), and what is left of their equation 19 is

    a[i, j]  =  g^2 / (2 g^2 + (sum over a, b of A_k[a, b]) g^3)       how much the place counts
    w_k      =  sum over i, j of  a[i, j] ReLU(g[i, j])                 (the factor y is the same for all maps)
    L        =  ReLU( sum over k of  w_k A_k )

Where the net ends in a mean, g is the same all over a map; so is a, and the maps are weighed as Grad-CAM would, save
that negative weights are gone.

Read next: ``explain/class_image.py``, which looks for no evidence but makes some.
"""

from __future__ import annotations

import numpy as np

from .forward import Target
from .gradcam import enlarged, forward_to_layer, warn_if_empty


def gradcam_plus_plus(model, images, target: Target = None, layer: str | None = None,
                      upsample: bool = True) -> np.ndarray:
    """Class activation map with a weight for each place: arguments, result and warnings are as for `gradcam`.

    Formula: equation 19 of the paper, see above; where its denominator is 0 the place counts nothing.  (There are
    programs that put the mean of A_k where the paper has its sum; their maps differ.)

    Examples
    --------
    >>> import numpy as np, nets
    >>> gradcam_plus_plus(nets.SmallCNN(), np.ones((2, 3, 32, 32)), target=0).shape
    (2, 32, 32)
    """
    run, maps = forward_to_layer(model, images, target, layer)
    weights = place_weights(run.gradient(maps), maps.array)
    cam = (weights[:, :, None, None] * maps.array).sum(axis=1)
    warn_if_empty(cam, "Grad-CAM++", "the signed map of gradcam shows where")
    cam = np.maximum(cam, 0)
    return run.result(enlarged(cam, run.x.shape[2:]) if upsample else cam)


def place_weights(g: np.ndarray, maps: np.ndarray) -> np.ndarray:
    """The weight w_k (N, K) of each map, from the gradient g and the maps A (N, K, h, w)."""
    below = 2 * g**2 + maps.sum(axis=(2, 3), keepdims=True) * g**3
    counts = np.divide(g**2, below, out=np.zeros_like(g), where=below != 0)
    return (counts * np.maximum(g, 0)).sum(axis=(2, 3))
