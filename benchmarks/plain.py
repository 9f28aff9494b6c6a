"""Some ops and their gradients, written out with NumPy and SciPy: our counterpart where PyTorch is not installed.

Each takes the inputs and the gradient g that arrives, and returns the output, followed by the inputs' gradients unless
g is None.
"""

from __future__ import annotations

import numpy as np
from scipy.special import log_softmax


def add(inputs, g):
    x, y = inputs
    return [x + y] if g is None else [x + y, g, g]


def relu(inputs, g):
    (x,) = inputs
    y = np.maximum(x, 0)
    return [y] if g is None else [y, np.where(x > 0, g, 0)]


def linear(inputs, g):
    x, w, b = inputs
    y = x @ w.T + b
    return [y] if g is None else [y, g @ w, g.T @ x, g.sum(axis=0)]


def batch_norm(inputs, g):
    """With z the normalised x:  ``gx = w / deviation * (g - mean(g) - z * mean(g * z))``."""
    x, w, b = inputs
    axes, per_channel = (0, 2, 3), (1, -1, 1, 1)
    deviation = np.sqrt(x.var(axis=axes, keepdims=True) + 1e-5)
    z = (x - x.mean(axis=axes, keepdims=True)) / deviation
    y = z * w.reshape(per_channel) + b.reshape(per_channel)
    if g is None:
        return [y]
    mean_g, mean_gz = g.mean(axis=axes, keepdims=True), (g * z).mean(axis=axes, keepdims=True)
    gx = w.reshape(per_channel) / deviation * (g - mean_g - z * mean_gz)
    return [y, gx, (g * z).sum(axis=axes), g.sum(axis=axes)]


def cross_entropy(inputs, g, classes):
    """The gradient of the mean of ``-log p[class]`` is ``(p - one hot) / N``."""
    (x,) = inputs
    rows, log_p = np.arange(len(x)), log_softmax(x, axis=1)
    loss = -log_p[rows, classes].mean()
    if g is None:
        return [loss]
    gx = np.exp(log_p)
    gx[rows, classes] -= 1
    return [loss, g * gx / len(x)]
