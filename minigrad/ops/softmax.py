"""Softmax, its logarithm, and the losses that are made from it.

All are computed from ``x - max(x)``: softmax doesn't change when all scores grow by the same amount, and then
no exponential can overflow.
"""

from __future__ import annotations

import numpy as np

from .activation import Softplus
from .index import Gather
from .op import Op
from .shape import normalise_axis


class Softmax(Op):
    """``y_i = e^x_i / sum_j e^x_j``, along one axis."""

    def __init__(self, axis):
        self.axis = axis

    def forward(self, x):
        e = np.exp(x - x.max(axis=self.axis, keepdims=True))
        return e / e.sum(axis=self.axis, keepdims=True)

    def backward(self, g, y, x):
        """Gradient of the scores `x`, of their shape, from the gradient `g` of the probabilities `y`."""
        # dy_j/dx_i = y_j ([i = j] - y_i), so gx_i = sum over j of g_j y_j ([i = j] - y_i) = y_i (g_i - sum_j g_j y_j).
        return y * (g - (g * y).sum(axis=self.axis, keepdims=True))


class LogSoftmax(Op):
    """``y_i = x_i - log sum_j e^x_j``;  ``gx = g - softmax(x) sum_j g_j``."""

    def __init__(self, axis):
        self.axis = axis

    def forward(self, x):
        x = x - x.max(axis=self.axis, keepdims=True)
        return x - np.log(np.exp(x).sum(axis=self.axis, keepdims=True))

    def backward(self, g, y, x):
        return g - y.exp() * g.sum(axis=self.axis, keepdims=True)


def softmax(x, axis=-1):
    """Probabilities from scores: ``e^x_i / sum_j e^x_j`` along `axis`."""
    return Softmax(one_axis(x, axis, "softmax"))(x)


def log_softmax(x, axis=-1):
    """Logarithm of `softmax`, exact also where a probability would round to 0."""
    return LogSoftmax(one_axis(x, axis, "log_softmax"))(x)


def one_axis(x, axis, name):
    """The axis of scores, which must have at least one."""
    (axis,) = normalise_axis(axis, x.ndim)
    if x.shape[axis] == 0:
        raise ValueError(f"{name}: shape {x.shape} has no scores along axis {axis}")
    return axis


def cross_entropy(logits, target, reduction="mean"):
    """How surprised the net is by the truth: ``-log p_t``, or ``-sum_c t_c log p_c`` for a target of probabilities.

    Parameters
    ----------
    logits : Tensor (N, K) or (N, K, ...)
        Scores before softmax.
    target : int array (N,) or (N, ...), or float array of the logits' shape
        The right class of each sample, or a probability for every class.
    reduction : {"mean", "sum", "none"}
        The mean is over the samples.

    Raises
    ------
    ValueError, TypeError
        For classes outside 0..K-1, NaNs, a shape that doesn't fit, an empty batch.
    """
    if logits.ndim < 2 or logits.shape[0] == 0:
        raise ValueError(f"cross_entropy: logits must be (N, K) with N at least 1, and have shape {logits.shape}")
    target = np.asarray(getattr(target, "array", target))
    log_p = log_softmax(logits, axis=1)
    if target.dtype.kind == "f":
        if target.shape != logits.shape:
            raise TypeError(
                f"cross_entropy: a target of {target.dtype} gives a probability for every class, so its shape must be "
                f"{logits.shape}, and it is {target.shape}; for class numbers pass integers"
            )
        if not np.isfinite(target).all():
            raise ValueError("cross_entropy: the target has NaN or infinite probabilities")
        losses = -(log_p * target.astype(logits.dtype)).sum(axis=1)
    else:
        losses = nll(log_p, target)
    return reduced(losses, reduction)


def nll(log_p, target):
    """``-log p`` of the right class of each sample (and place): (N, ...), from `log_p` (N, K, ...) and ints (N, ...).

    `checked_classes` refuses targets that are none; `Gather` takes numbers out of a tensor, by NumPy's index.
    """
    checked_classes(log_p, target)
    where = np.indices(target.shape, sparse=True)
    return -Gather((where[0], target, *where[1:]))(log_p)


def checked_classes(log_p, target):
    """Refuse what cannot be the right classes for `log_p`: no integers, another shape, a class that there isn't."""
    n, classes = log_p.shape[:2]
    if target.dtype.kind not in "iu":
        raise TypeError(f"cross_entropy: class numbers must be integers, not {target.dtype}")
    if target.shape != (n, *log_p.shape[2:]):
        raise ValueError(f"cross_entropy: {log_p.shape} logits need a target of shape {(n, *log_p.shape[2:])}, "
                         f"and it has {target.shape}")
    if target.min() < 0 or target.max() >= classes:
        raise ValueError(f"cross_entropy: the target has classes {target.min()} to {target.max()}, "
                         f"and the net has scores for 0 to {classes - 1}")


def binary_cross_entropy_with_logits(logits, target, reduction="mean"):
    """``-t log p - (1 - t) log(1 - p)`` with p = sigmoid(logits), computed as ``softplus(x) - t x``."""
    target = np.asarray(getattr(target, "array", target))
    if target.shape != logits.shape:
        raise ValueError(f"binary_cross_entropy_with_logits: logits {logits.shape} and target {target.shape} differ")
    if not np.isfinite(target).all():
        raise ValueError("binary_cross_entropy_with_logits: the target has NaN or infinite numbers")
    return reduced(Softplus()(logits) - logits * target.astype(logits.dtype), reduction)


def mse_loss(x, target, reduction="mean"):
    """Mean squared difference."""
    if x.shape != np.shape(getattr(target, "array", target)):
        raise ValueError(f"mse_loss: shapes {x.shape} and {np.shape(getattr(target, 'array', target))} differ")
    return reduced((x - target) ** 2, reduction)


def reduced(losses, reduction):
    """Turn one loss per sample into what was asked for."""
    if reduction not in ("mean", "sum", "none"):
        raise ValueError(f"reduction {reduction!r}: use 'mean', 'sum' or 'none'")
    return losses if reduction == "none" else losses.mean() if reduction == "mean" else losses.sum()
