"""Normalisation: batch norm (Ioffe & Szegedy 2015) and AlexNet's local response norm.

Shapes: x (N, C, H, W) or (N, C); statistics are per channel, over all other axes.
"""

from __future__ import annotations

import numpy as np

from .. import context, kernels
from .op import Op
from .shape import Pad


class BatchNorm(Op):
    """``y = (x - mean) / std * w + b`` with the batch's own mean and std.

    The mean and the std depend on every x, so the gradient loses what would only shift or scale the batch:

        ``gx = w / std * (g - mean(g) - xn mean(g xn))``   with ``xn = (x - mean) / std``
        ``gw = sum(g xn)``,  ``gb = sum(g)``
    """

    def __init__(self, eps):
        self.eps = eps

    def forward(self, x, w, b):
        y, self.mean, self.var = kernels.batch_norm(x, w, b, self.eps)
        return y

    def backward(self, g, y, x, w, b):
        if not context.recording():  # the same in one go
            gradients = kernels.batch_norm_grad(g.array, x.array, self.mean, self.var, w.array, self.eps)
            return tuple(y.wrap(one) for one in gradients)
        axes, per_channel = layout(x)
        centred = x - x.mean(axis=axes, keepdims=True)
        std = ((centred * centred).mean(axis=axes, keepdims=True) + self.eps).sqrt()
        xn = centred / std
        gx = w.reshape(per_channel) / std * (
            g - g.mean(axis=axes, keepdims=True) - xn * (g * xn).mean(axis=axes, keepdims=True)
        )
        return gx, (g * xn).sum(axis=axes), g.sum(axis=axes)


class Affine(Op):
    """``y = a x + b`` with one a and one b for each channel;  ``gx = a g``, ``ga = sum(g x)``, ``gb = sum(g)``."""

    def forward(self, x, a, b):
        scale, shift = self.scale_and_shift(a, b)
        return kernels.affine(x, scale.astype(x.dtype, copy=False), shift.astype(x.dtype, copy=False))

    def scale_and_shift(self, a, b):
        """The numbers (C,) and (C,) by which every channel is multiplied, and that are added then."""
        return a, b

    def backward(self, g, y, x, a, b):
        axes, _ = layout(x)
        return lambda: Affine()(g, a, 0.0 * a), lambda: (g * x).sum(axis=axes), lambda: g.sum(axis=axes)


class FrozenBatchNorm(Affine):
    """``y = (x - mean) / std * w + b`` with a mean and std that don't depend on x: an `Affine` with ``a = w / std``.

    Then ``gx = w / std g``,  ``gw = sum(g (x - mean) / std)``,  ``gb = sum(g)``.
    """

    def __init__(self, mean, var, eps):
        self.mean, self.invstd = mean, 1 / np.sqrt(var + eps)

    def scale_and_shift(self, w, b):
        a = w * self.invstd
        return a, b - self.mean * a

    def backward(self, g, y, x, w, b):
        axes, per_channel = layout(x)
        return (
            lambda: self.scaled(g, w),
            lambda: (g * (x - self.mean.reshape(per_channel)) * self.invstd.reshape(per_channel)).sum(axis=axes),
            lambda: g.sum(axis=axes),
        )

    def scaled(self, g, w):
        """``w / std g``, as an op only if somebody is going to differentiate again."""
        none = np.zeros(self.mean.shape, g.dtype)
        if context.recording():
            return Affine()(g, w * self.invstd, none)
        return g.wrap(kernels.affine(g.array, (w.array * self.invstd).astype(none.dtype, copy=False), none))


def layout(x):
    """The axes that are averaged over, and the shape of one number per channel."""
    axes = tuple(i for i in range(x.ndim) if i != 1)
    return axes, tuple(-1 if i == 1 else 1 for i in range(x.ndim))


def batch_norm(x, running_mean, running_var, weight, bias, training=False, momentum=0.1, eps=1e-5):
    """Shift and scale every channel to mean `bias` and standard deviation `weight`.

    Parameters
    ----------
    x : Tensor (N, C, ...)
    running_mean, running_var : Tensor (C,)
        Averages for use in eval mode; replaced by updated ones in training mode.
    weight, bias : Tensor (C,)
    training : bool
        Normalise with the batch's statistics (True) or the running ones (False).
    momentum : float
        Share of the new batch in the running averages, whose variance is the unbiased one, as in PyTorch.
    """
    if x.ndim < 2 or weight.shape != (x.shape[1],):
        raise ValueError(f"batch_norm: x has shape {x.shape}, and the layer is made for {weight.shape[0]} channels")
    if not training:
        return FrozenBatchNorm(running_mean.array, running_var.array, eps)(x, weight, bias)
    n = x.size // max(x.shape[1], 1)
    if n < 2:
        raise ValueError(f"batch_norm: one value per channel has no variance, and x has shape {x.shape}; use eval()")
    op = BatchNorm(eps)
    y = op(x, weight, bias)
    running_mean.data = ((1 - momentum) * running_mean.array + momentum * op.mean).astype(running_mean.dtype)
    running_var.data = ((1 - momentum) * running_var.array + momentum * op.var * n / (n - 1)).astype(running_var.dtype)
    return y


def local_response_norm(x, size=5, alpha=1e-4, beta=0.75, k=1.0):
    """``y_c = x_c / (k + alpha / size * sum of x^2 over size neighbouring channels)^beta``.

    Krizhevsky et al. 2012, section 3.3, with PyTorch's division by `size`.  Without create_graph or with, its
    gradient follows from the ops that it is composed of.
    """
    if x.ndim < 3:
        raise ValueError(f"local_response_norm: x must be (N, C, ...), and has shape {x.shape}")
    if not isinstance(size, int) or size < 1:
        raise ValueError(f"local_response_norm: size must be a positive integer, not {size!r}")
    margin = ((0, 0), (size // 2, (size - 1) // 2), *((0, 0),) * (x.ndim - 2))
    squares = Pad(margin, 0)(x * x)
    channels = x.shape[1]
    energy = sum(squares[:, i : i + channels] for i in range(size))
    return x / (energy * (alpha / size) + k) ** beta
