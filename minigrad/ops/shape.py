"""Ops that only move numbers about: a gradient is moved back the way its number came.

`Sum` and `BroadcastTo` are each other's backward: stretching uses one number many times, so its gradients are added;
adding up many numbers hands each of them the same gradient.  Such pairs (they are called adjoint) return all over
this package: gathering and scattering, pooling and unpooling, convolution and transposed convolution.
"""

from __future__ import annotations

import math

import numpy as np

from .op import Op


class Sum(Op):
    """``y = sum of x over axis``, a tuple of axes; with `keepdims` they stay, with length 1."""

    def __init__(self, axis, keepdims):
        self.axis, self.keepdims = axis, keepdims

    def forward(self, x):
        return x.sum(axis=self.axis, keepdims=self.keepdims)

    def backward(self, g, y, x):
        """Gradient of `x`, of its shape, from the gradient `g` of the sums, which has the shape of `y`."""
        # y = x_1 + x_2 + ..., so dy/dx_i = 1: every summand gets the gradient of its sum, whole.  To say which sum is
        # whose, the summed axes are put back with length 1; then stretching along them hands out the copies.
        kept = tuple(1 if i in self.axis else n for i, n in enumerate(x.shape))
        return broadcast_to(reshape(g, kept), x.shape)


class Mean(Sum):
    """``y = mean of x over axis``: each of n numbers has a say of 1 / n in it, and gets that share of its gradient."""

    def forward(self, x):
        return x.mean(axis=self.axis, keepdims=self.keepdims)

    def backward(self, g, y, x):
        return super().backward(g / (x.size / max(y.size, 1)), y, x)


class BroadcastTo(Op):
    """``y = x, stretched``;  a number gets the sum of the gradients of its copies."""

    def __init__(self, shape):
        self.shape = shape

    def forward(self, x):
        return np.broadcast_to(x, self.shape)

    def backward(self, g, y, x):
        return unbroadcast(g, x.shape)


def unbroadcast(g, shape):
    """Bring the gradient `g` of an operand that NumPy stretched back to the operand's own `shape`.

    NumPy stretches in two ways: it puts new axes in front, and it repeats along axes of length 1.  Afterwards one
    number of the operand stands in many places; its gradient is what all of these together do to the result.

    Parameters
    ----------
    g : Tensor
        Gradient of the stretched operand.
    shape : tuple of int
        Shape of the operand before it was stretched, perhaps the same.

    Returns
    -------
    Tensor of `shape`.

    Examples
    --------
    >>> import minigrad as mg
    >>> unbroadcast(mg.tensor([[1.0, 2.0], [3.0, 4.0]]), (2, 1)).shape
    (2, 1)
    """
    # If y[i, j] = x[j] for all i, then a step of x[j] moves every y[i, j]: dL/dx[j] = sum over i of dL/dy[i, j].
    new_axes = tuple(range(g.ndim - len(shape)))
    stretched = tuple(len(new_axes) + i for i, n in enumerate(shape) if n == 1 and g.shape[len(new_axes) + i] != 1)
    return reshape(sum_(g, axis=new_axes + stretched), shape)


class Reshape(Op):
    """``y = the same numbers in another shape``."""

    def __init__(self, shape):
        self.shape = shape

    def forward(self, x):
        return x.reshape(self.shape)

    def backward(self, g, y, x):
        return reshape(g, x.shape)


class AsType(Op):
    """``y = x in another precision``;  the gradient returns to the precision of x."""

    def __init__(self, dtype):
        self.dtype = dtype

    def forward(self, x):
        return x.astype(self.dtype)

    def backward(self, g, y, x):
        return AsType(x.dtype)(g)


class Transpose(Op):
    """``y = x with its axes permuted``;  the gradient goes back through the inverse permutation."""

    def __init__(self, axes):
        self.axes = axes

    def forward(self, x):
        return x.transpose(self.axes)

    def backward(self, g, y, x):
        return Transpose(tuple(int(i) for i in np.argsort(self.axes)))(g)


class Concatenate(Op):
    """``y = the inputs, one after the other``;  each gets back its own stretch of the gradient."""

    def __init__(self, axis):
        self.axis = axis

    def forward(self, *xs):
        return np.concatenate(xs, axis=self.axis)

    def backward(self, g, y, *xs):
        ends = np.cumsum([x.shape[self.axis] for x in xs])
        before = (slice(None),) * self.axis
        return tuple(g[(*before, slice(int(end) - x.shape[self.axis], int(end)))] for x, end in zip(xs, ends))


class Pad(Op):
    """``y = x with a margin of one value``;  the margin is constant, so the gradient is cropped."""

    def __init__(self, widths, value):
        self.widths, self.value = widths, value

    def forward(self, x):
        return np.pad(x, self.widths, constant_values=self.value)

    def backward(self, g, y, x):
        return g[tuple(slice(before, before + n) for (before, _), n in zip(self.widths, x.shape))]


def normalise_axis(axis, ndim):
    """Turn ``None``, an int or several, negative ones included, into a tuple of axes of an `ndim`-array."""
    if axis is None:
        return tuple(range(ndim))
    axes = (axis,) if isinstance(axis, (int, np.integer)) else tuple(axis)
    for i in axes:
        if not -ndim <= i < ndim:
            raise ValueError(f"axis {i} does not exist in a tensor of {ndim} dimensions; use {-ndim} to {ndim - 1}")
    axes = tuple(int(i) % ndim for i in axes)
    if len(set(axes)) < len(axes):
        raise ValueError(f"axis {axis} names the same axis twice")
    return axes


def sum_(x, axis=None, keepdims=False):
    """Sum over `axis` (None: over all)."""
    axes = normalise_axis(axis, x.ndim)
    return Sum(axes, keepdims)(x) if axes else x


def mean(x, axis=None, keepdims=False):
    """Mean over `axis` (None: over all)."""
    axes = normalise_axis(axis, x.ndim)
    return Mean(axes, keepdims)(x) if axes else x


def reshape(x, shape):
    """Give `x` another shape; one entry may be -1, which stands for whatever is left."""
    if x.shape == shape:
        return x
    known = math.prod(n for n in shape if n != -1)
    fits = known == x.size if -1 not in shape else shape.count(-1) == 1 and known and x.size % known == 0
    if not fits:
        raise ValueError(f"reshape: cannot arrange the {x.size} numbers of shape {x.shape} as {shape}")
    return Reshape(shape)(x)


def broadcast_to(x, shape):
    """Stretch `x` to `shape` by NumPy's broadcasting rules."""
    return x if x.shape == shape else BroadcastTo(shape)(x)


def transpose(x, axes=()):
    """Permute the axes of `x`; without `axes`, reverse them."""
    order = normalise_axis(axes, x.ndim) if axes else tuple(reversed(range(x.ndim)))
    if len(order) != x.ndim:
        raise ValueError(f"transpose: a tensor of shape {x.shape} needs a place for each axis, and got {axes}")
    return Transpose(order)(x)
