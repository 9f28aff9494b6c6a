"""One step of learning: forward, loss, backward, and a little way downhill.

All else about training (which batch comes next, at which learning rate, what is kept for later) is in ``training.py``.

Read next: ``training.py``.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

import minigrad as mg


def training_step(model: mg.nn.Module, optimizer: mg.optim.Optimizer, loss: Callable[..., mg.Tensor],
                  images: np.ndarray, targets: np.ndarray, max_norm: float = 0.0) -> float:
    """Learn from one batch: a single step of the optimiser.

    Parameters
    ----------
    model : Module
    optimizer : Optimizer
        Of the model's parameters, in which an earlier batch may have left its gradients.
    loss : callable
        ``loss(model, images, targets)`` is one number on the tape, which the step is to make smaller.
    images, targets : ndarray
        As `loss` takes them.
    max_norm : float
        A gradient that is longer is shortened to it, by `minigrad.optim.clip_grad_norm`; 0 leaves it as it is.

    Returns
    -------
    float
        The loss, as it was before the step.

    Raises
    ------
    ValueError
        If the loss is not finite; nothing has been changed then.
    """
    value = loss(model, images, targets)
    if not math.isfinite(value.item()):
        raise ValueError(f"train: the loss became {value.item()}; use a lower lr, and look for NaNs in the images")
    # backward adds to the gradients that are there, and those of an earlier batch are spent.
    optimizer.zero_grad()
    value.backward(retain_graph=False)
    if max_norm:
        mg.optim.clip_grad_norm(optimizer.params, max_norm)
    optimizer.step()
    return value.item()
