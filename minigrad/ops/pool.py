"""Pooling, and what undoes it.

Max pooling keeps the largest number of every window and remembers where it stood: these are the *switches* of Zeiler &
Fergus 2014.  Its backward pass sets each gradient down where its switch points, so backpropagation through max
pooling *is* their unpooling.  Where windows overlap, gradients that meet are added.  Ties go to the first place in
reading order.

Shapes: x (N, C, H, W), y (N, C, OH, OW).
"""

from __future__ import annotations

import numpy as np

from .. import kernels
from ..kernels.shapes import pool_size
from .op import Op
from .pairs import pair


class MaxPool2d(Op):
    """``y[i, j] = max over the window at (s i - p, s j - p)``;  the gradient returns to where the maximum stood."""

    def __init__(self, *window):
        self.window = window

    def forward(self, x):
        y, self.switches = kernels.max_pool2d(x, *self.window)
        return y

    def backward(self, g, y, x):
        return Unpool(self.switches, x.shape[2:])(g)


class Unpool(Op):
    """``y = zeros; y[switches] += x``, plane by plane: the adjoint of `TakeSwitched`."""

    def __init__(self, switches, plane):
        self.switches, self.plane = switches, plane

    def forward(self, x):
        return kernels.max_unpool2d(x, self.switches, self.plane)

    def backward(self, g, y, x):
        return TakeSwitched(self.switches)(g)


class TakeSwitched(Op):
    """``y = x[switches]``, plane by plane: the adjoint of `Unpool`."""

    def __init__(self, switches):
        self.switches = switches

    def forward(self, x):
        return kernels.gather_switches(x, self.switches)

    def backward(self, g, y, x):
        return Unpool(self.switches, x.shape[2:])(g)


class AvgPool2d(Op):
    """``y[i, j] = mean over the window``;  each pixel of the window gets its share of the gradient."""

    def __init__(self, *window):
        self.window = window

    def forward(self, x):
        return kernels.avg_pool2d(x, *self.window)

    def backward(self, g, y, x):
        return AvgPool2dInput(x.shape, *self.window)(g)


class AvgPool2dInput(Op):
    """The adjoint of `AvgPool2d`: spread each number evenly over its window."""

    def __init__(self, x_shape, *window):
        self.x_shape, self.window = x_shape, window

    def forward(self, g):
        return kernels.avg_pool2d_grad(g, self.x_shape, *self.window)

    def backward(self, g, y, x):
        return AvgPool2d(*self.window)(g)


def max_pool2d(x, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False, return_indices=False):
    """Largest number in every window.

    Parameters
    ----------
    x : Tensor (N, C, H, W)
    kernel_size, stride, padding, dilation : int or pair
        The stride is the kernel size unless given.  The padding is -inf, and at most half the kernel.
    ceil_mode : bool
        Also take the windows that hang over the lower and right edge.
    return_indices : bool
        Return the switches too: places in the flattened plane, ``row * W + column``.

    Returns
    -------
    Tensor (N, C, OH, OW), or that and an int64 array of the same shape.
    """
    kernel, stride, padding, dilation = check_window("max_pool2d", x, kernel_size, stride, padding, dilation, ceil_mode)
    op = MaxPool2d(kernel, stride, padding, dilation, bool(ceil_mode))
    y = op(x)
    return (y, op.switches) if return_indices else y


def max_unpool2d(x, indices, kernel_size, stride=None, padding=0, output_size=None):
    """Set every number down where its switch points, zeros elsewhere (Zeiler & Fergus 2014, section 2.1).

    Parameters
    ----------
    x : Tensor (N, C, OH, OW)
    indices : int array of the same shape
        Switches from ``max_pool2d(..., return_indices=True)``.
    output_size : (H, W), optional
        Needed where several sizes pool to the same one; by default the smallest that fits.
    """
    kernel = pair(kernel_size, "max_unpool2d: kernel_size", least=1)
    stride = kernel if stride is None else pair(stride, "max_unpool2d: stride", least=1)
    padding = pair(padding, "max_unpool2d: padding", least=0)
    indices = np.asarray(getattr(indices, "array", indices))
    if x.ndim != 4 or indices.shape != x.shape:
        raise ValueError(f"max_unpool2d: x {x.shape} and indices {indices.shape} must be (N, C, H, W), and the same")
    sizes = output_size or [(n - 1) * s - 2 * p + k for n, k, s, p in zip(x.shape[2:], kernel, stride, padding)]
    plane = (int(sizes[-2]), int(sizes[-1]))
    if indices.size and (indices.min() < 0 or indices.max() >= plane[0] * plane[1]):
        raise ValueError(f"max_unpool2d: indices reach from {indices.min()} to {indices.max()}, and a plane of {plane} "
                         f"has places 0 to {plane[0] * plane[1] - 1}")
    return Unpool(indices, plane)(x)


def avg_pool2d(x, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True):
    """Mean of every window; arguments as for `max_pool2d`.

    With ``count_include_pad`` zeros of the padding count as pixels, so means at the border are smaller.
    """
    kernel, stride, padding, _ = check_window("avg_pool2d", x, kernel_size, stride, padding, 1, ceil_mode)
    return AvgPool2d(kernel, stride, padding, bool(ceil_mode), bool(count_include_pad))(x)


def check_window(name, x, kernel_size, stride, padding, dilation, ceil_mode):
    """Check the window of a pooling layer, and bring it to its normal form."""
    if x.ndim != 4:
        raise ValueError(f"{name}: x must be (N, C, H, W), and has shape {x.shape}")
    if x.dtype.kind != "f":
        raise TypeError(f"{name}: x must be floats, not {x.dtype}")
    kernel = pair(kernel_size, f"{name}: kernel_size", least=1)
    stride = kernel if stride is None else pair(stride, f"{name}: stride", least=1)
    padding = pair(padding, f"{name}: padding", least=0)
    dilation = pair(dilation, f"{name}: dilation", least=1)
    if any(2 * p > k for p, k in zip(padding, kernel)):
        raise ValueError(f"{name}: padding {padding} must be at most half the kernel {kernel}, or a window could be "
                         "all padding")
    try:
        for axis in zip(x.shape[2:], kernel, stride, padding, dilation):
            pool_size(*axis, ceil_mode)
    except ValueError:
        raise ValueError(
            f"{name}: the window {kernel} (dilation {dilation}) is larger than the padded picture {x.shape}"
        ) from None
    return kernel, stride, padding, dilation
