"""Saliency: which pixels would change the score most?

For a small change d of the picture, ``score(x + d) = score(x) + <gradient, d>``: the gradient is to a network what the
weights are to a linear model, for this one picture.  Simonyan et al. 2014 draw its size.  What the ReLUs do to it on
its way back is the backward rule (see ``minigrad/rules.py``), and the only difference between saliency, the
deconvnet and guided backpropagation.

Read next: ``side_by_side.py``, three rules at the price of little more than one; then ``gradcam.py``.
"""

from __future__ import annotations

import numpy as np

from .forward import Forward, Target
from .side_by_side import gradients_by_rule


def gradient(model, images, target: Target = None, rule="vanilla") -> np.ndarray:
    """Gradient of the class score (before softmax) with respect to the pixels, under a backward rule.

    Formula: ``dS_c / dx``.  The result has both signs under every rule: no ReLU follows the first convolution.

    Parameters
    ----------
    model : Module
    images : array_like (N, C, H, W) or (C, H, W)
    target : int, N ints, None (the predicted class) or callable (output -> N scores)
    rule : {"vanilla", "deconvnet", "guided"}, callable, or dict from layers to these

    Returns
    -------
    ndarray of the shape of `images`.

    Raises
    ------
    ValueError, TypeError
        For images, classes or rules that don't fit, and for a rule that has nothing to act on.

    Examples
    --------
    >>> import numpy as np, nets
    >>> gradient(nets.SmallCNN(), np.zeros((2, 3, 16, 16)), target=0, rule="guided").shape
    (2, 3, 16, 16)
    """
    run = Forward(model, images, target)
    return run.result(run.gradient(run.x, rule))


def saliency(model, images, target: Target = None, rule="vanilla") -> np.ndarray:
    """Largest size of the gradient over a pixel's channels (Simonyan et al. 2014, section 3.1).

    Formula: ``M[i, j] = max over channels c of |dS / dx[c, i, j]|``.  Arguments as for `gradient`.

    Returns
    -------
    ndarray (N, H, W), or (H, W) for one picture; not negative.
    """
    return largest(gradient(model, images, target, rule))


def saliency_by_rule(model, images, target: Target = None, rules=("vanilla", "deconvnet", "guided")) -> dict:
    """`saliency` under several rules, from a single forward pass; the sweeps go side by side (``side_by_side.py``).

    Returns
    -------
    dict from rule to ndarray (N, H, W), or (H, W) for one picture.
    """
    run = Forward(model, images, target)
    return {rule: largest(run.result(g)) for rule, g in zip(rules, gradients_by_rule(run, rules))}


def largest(gradients: np.ndarray) -> np.ndarray:
    """For each pixel the largest size of the gradient over its channels: (..., C, H, W) to (..., H, W)."""
    return np.abs(gradients).max(axis=-3)
