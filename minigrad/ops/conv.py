"""Convolution: one trilinear form, read in three directions.

A convolution pairs every picture ``x``, every filter bank ``w`` and every ``g`` of the output's shape to one number,

    T(x, w, g)  =  sum over n, o, i, j, c, u, v of   x[n, c, s i + u, s j + v] * w[o, c, u, v] * g[n, o, i, j],

linear in each of the three.  Leaving one out gives the three ops here, which are therefore each other's gradients,
to any order:

    without g:  ``Conv2d(x, w)``          what the layer computes
    without x:  ``Conv2dInput(g, w)``     gradient of the input, also known as transposed convolution
    without w:  ``Conv2dWeight(x, g)``    gradient of the filters

So the "deconvnet" that projects activations back to pixels is nothing but backpropagation through the same filters.

Shapes: x (N, C, H, W), w (O, C / groups, KH, KW), y and g (N, O, OH, OW).  The sums are done in ``kernels/``.

Read next: ``ops/pool.py``.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .. import kernels
from ..kernels.shapes import reach
from .op import Op
from .pairs import pair


class Geometry(NamedTuple):
    """How the filter steps over the picture: what all three ops share."""

    stride: tuple[int, int]
    padding: tuple[int, int]
    dilation: tuple[int, int]
    groups: int


class Conv2d(Op):
    """``y[n, o, i, j] = b[o] + sum over c, u, v of x[n, c, s i + u d - p, s j + v d - p] w[o, c, u, v]``."""

    def __init__(self, geometry):
        self.geometry = geometry

    def forward(self, x, w, *bias):
        if not bias:
            return kernels.conv2d(x, w, *self.geometry)
        return kernels.finished_conv2d(x, w, kernels.Finish(np.ones_like(bias[0]), *bias), *self.geometry)

    def backward(self, g, y, x, w, *bias):
        return (
            lambda: Conv2dInput(x.shape, self.geometry)(g, w),
            lambda: Conv2dWeight(w.shape, self.geometry)(x, g),
            *(lambda: g.sum(axis=(0, 2, 3)) for _ in bias),
        )


class Conv2dInput(Op):
    """``gx = the x-slot of T(., w, g)``: every ``g`` is spread over the window it came from, weighed by the filter."""

    def __init__(self, x_shape, geometry):
        self.x_shape, self.geometry = x_shape, geometry

    def forward(self, g, w):
        return kernels.conv2d_grad_input(g, w, self.x_shape, *self.geometry)

    def backward(self, g, y, x, w):
        return (
            lambda: first_windows(Conv2d(self.geometry)(g, w), x),
            lambda: Conv2dWeight(w.shape, self.geometry)(g, x),
        )


class Conv2dWeight(Op):
    """``gw = the w-slot of T(x, ., g)``: each filter tap collects what it saw times what came back."""

    def __init__(self, w_shape, geometry):
        self.w_shape, self.geometry = w_shape, geometry

    def forward(self, x, g):
        return kernels.conv2d_grad_weight(g, x, self.w_shape, *self.geometry)

    def backward(self, g, y, x, gy):
        return (
            lambda: Conv2dInput(x.shape, self.geometry)(gy, g),
            lambda: first_windows(Conv2d(self.geometry)(x, g), gy),
        )


def first_windows(y, like):
    """Leave out windows that `like` doesn't have: a transposed convolution may pad its output beyond a stride."""
    return y if y.shape == like.shape else y[:, :, : like.shape[2], : like.shape[3]]


def conv2d(x, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    """Slide every filter over the picture (a cross-correlation, as everywhere in deep learning).

    Parameters
    ----------
    x : Tensor (N, C, H, W)
    weight : Tensor (O, C / groups, KH, KW)
    bias : Tensor (O,), optional
    stride, padding, dilation : int or (vertical, horizontal)
        Padding adds zeros on both sides.
    groups : int
        Split the channels into so many groups that don't see each other.

    Returns
    -------
    Tensor (N, O, OH, OW) with ``OH = (H + 2 padding - dilation (KH - 1) - 1) // stride + 1``.

    Raises
    ------
    ValueError
        If the shapes don't fit each other or the filter is larger than the padded picture.
    """
    geometry = check_geometry("conv2d", x, weight, stride, padding, dilation, groups)
    channels = weight.shape[1] * groups
    if x.shape[1] != channels:
        raise ValueError(f"conv2d: x {x.shape} has {x.shape[1]} channels, and the filters {weight.shape} with "
                         f"groups={groups} take {channels}")
    if weight.shape[0] % groups:
        raise ValueError(f"conv2d: {weight.shape[0]} filters cannot be split into {groups} groups; choose a divisor")
    for size, k, p, d, axis in zip(x.shape[2:], weight.shape[2:], *geometry[1:3], ("high", "wide")):
        if size + 2 * p < reach(k, d):
            raise ValueError(
                f"conv2d: the filter {weight.shape} covers {reach(k, d)} pixels with dilation {d}, and the padded "
                f"picture {x.shape} is only {size + 2 * p} {axis}; use a larger picture, padding or a smaller filter"
            )
    return Conv2d(geometry)(x, weight, *checked_bias("conv2d", weight.shape[0], bias))


def conv_transpose2d(x, weight, bias=None, stride=1, padding=0, output_padding=0, groups=1, dilation=1):
    """The adjoint of `conv2d`: every number of `x` stamps the filter, times itself, onto the output.

    Parameters
    ----------
    x : Tensor (N, C, H, W)
    weight : Tensor (C, O / groups, KH, KW)
        As the convolution of which this is the adjoint has it.
    output_padding : int or pair
        Rows and columns to add at the lower right: several picture sizes have the same number of windows.

    Returns
    -------
    Tensor (N, O, OH, OW) with
    ``OH = (H - 1) stride - 2 padding + dilation (KH - 1) + output_padding + 1``.
    """
    geometry = check_geometry("conv_transpose2d", x, weight, stride, padding, dilation, groups)
    extra = pair(output_padding, "conv_transpose2d: output_padding", least=0)
    if x.shape[1] != weight.shape[0]:
        raise ValueError(f"conv_transpose2d: x {x.shape} has {x.shape[1]} channels, and the filters {weight.shape} "
                         f"take {weight.shape[0]}")
    if weight.shape[0] % groups:
        raise ValueError(f"conv_transpose2d: {weight.shape[0]} channels cannot be split into {groups} groups; "
                         "choose a divisor")
    if any(e >= max(s, d) for e, s, d in zip(extra, geometry.stride, geometry.dilation)):
        raise ValueError(f"conv_transpose2d: output_padding {extra} must be less than the stride or the dilation")
    size = tuple(
        (n - 1) * s - 2 * p + d * (k - 1) + e + 1
        for n, k, s, p, d, e in zip(x.shape[2:], weight.shape[2:], *geometry[:3], extra)
    )
    if min(size) < 1:
        raise ValueError(f"conv_transpose2d: x {x.shape} with filters {weight.shape} gives an output of {size} pixels; "
                         "use less padding")
    y = Conv2dInput((x.shape[0], weight.shape[1] * groups, *size), geometry)(x, weight)
    return sum((b.reshape(1, -1, 1, 1) for b in checked_bias("conv_transpose2d", y.shape[1], bias)), start=y)


def check_geometry(name, x, w, stride, padding, dilation, groups) -> Geometry:
    """Check what both convolutions need, and bring it to its normal form."""
    if x.ndim != 4:
        raise ValueError(f"{name}: x must be (N, C, H, W), and has shape {x.shape}; x[None] adds an axis to one")
    if w.ndim != 4:
        raise ValueError(f"{name}: the filters must have 4 axes, and have shape {w.shape}")
    if x.dtype.kind != "f":
        raise TypeError(f"{name}: x must be floats, not {x.dtype}; use x.astype('float32')")
    if not isinstance(groups, int) or groups < 1:
        raise ValueError(f"{name}: groups must be a positive integer, not {groups!r}")
    return Geometry(
        pair(stride, f"{name}: stride", least=1),
        pair(padding, f"{name}: padding", least=0),
        pair(dilation, f"{name}: dilation", least=1),
        groups,
    )


def checked_bias(name, filters, b) -> tuple:
    """The bias in a tuple, which is empty if there is none."""
    if b is None:
        return ()
    if b.shape != (filters,):
        raise ValueError(f"{name}: the bias has shape {b.shape}, and {filters} filters need ({filters},)")
    return (b,)
