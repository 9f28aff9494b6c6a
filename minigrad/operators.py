"""Which op stands for each operator and method of a tensor: a table to look things up in.

`Tensor` inherits it.  Names and meaning are NumPy's (and PyTorch's, with ``axis`` for ``dim``).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .ops import activation, elementwise, index, matmul, shape


class Operators:
    """The arithmetic of a tensor.  Every method applies one op, or a few."""

    __slots__ = ()
    array: Any
    data: Any
    wrap: Any

    # Arithmetic

    def __add__(self, other):
        return elementwise.Add()(self, other)

    def __radd__(self, other):
        return elementwise.Add()(other, self)

    def __sub__(self, other):
        return elementwise.Sub()(self, other)

    def __rsub__(self, other):
        return elementwise.Sub()(other, self)

    def __mul__(self, other):
        return elementwise.Mul()(self, other)

    def __rmul__(self, other):
        return elementwise.Mul()(other, self)

    def __truediv__(self, other):
        return elementwise.Div()(self, other)

    def __rtruediv__(self, other):
        return elementwise.Div()(other, self)

    def __pow__(self, other):
        return elementwise.Pow()(self, other)

    def __rpow__(self, other):
        return elementwise.Pow()(other, self)

    def __neg__(self):
        return elementwise.Neg()(self)

    def __matmul__(self, other):
        return matmul.matmul(self, other)

    def __rmatmul__(self, other):
        return matmul.matmul(self.wrap(np.asarray(other)), self)

    def exp(self):
        return elementwise.Exp()(self)

    def log(self):
        return elementwise.Log()(self)

    def sqrt(self):
        return elementwise.Sqrt()(self)

    def abs(self):
        return elementwise.Abs()(self)

    __abs__ = abs

    def clip(self, low=None, high=None):
        return elementwise.Clip(low, high)(self)

    def relu(self):
        return activation.ReLU()(self)

    def sigmoid(self):
        return activation.Sigmoid()(self)

    def tanh(self):
        return activation.Tanh()(self)

    # Comparisons answer with a mask, which has no gradient

    def __eq__(self, other):
        return self.wrap(self.array == raw(other))

    def __ne__(self, other):
        return self.wrap(self.array != raw(other))

    def __lt__(self, other):
        return self.wrap(self.array < raw(other))

    def __le__(self, other):
        return self.wrap(self.array <= raw(other))

    def __gt__(self, other):
        return self.wrap(self.array > raw(other))

    def __ge__(self, other):
        return self.wrap(self.array >= raw(other))

    def __and__(self, other):
        return self.wrap(self.array & raw(other))

    def __or__(self, other):
        return self.wrap(self.array | raw(other))

    def __invert__(self):
        return self.wrap(~self.array)

    def argmax(self, axis=None):
        return self.wrap(self.array.argmax(axis=axis))

    def argmin(self, axis=None):
        return self.wrap(self.array.argmin(axis=axis))

    # Reductions

    def sum(self, axis=None, keepdims=False):
        return shape.sum_(self, axis, keepdims)

    def mean(self, axis=None, keepdims=False):
        return shape.mean(self, axis, keepdims)

    def var(self, axis=None, keepdims=False):
        """Variance about the mean, divided by n (NumPy's default, and what batch norm uses)."""
        return ((self - self.mean(axis, keepdims=True)) ** 2).mean(axis, keepdims)

    def max(self, axis=None, keepdims=False):
        return index.extremum(self, np.argmax, axis, keepdims, "max")

    def min(self, axis=None, keepdims=False):
        return index.extremum(self, np.argmin, axis, keepdims, "min")

    # The numbers in a tensor: all, one, or one part after the other

    def numpy(self) -> np.ndarray:
        """The numbers as an array, the same as `data`."""
        return self.data

    def item(self) -> float:
        """The number in a tensor of one number."""
        if self.array.size != 1:
            raise ValueError(f"item: shape {self.array.shape} is not one number; index the tensor or reduce it first")
        return self.array.item()

    def __len__(self) -> int:
        if not self.array.ndim:
            raise TypeError("a 0-d tensor has no length")
        return self.array.shape[0]

    def __iter__(self):
        return (self[i] for i in range(len(self)))

    def __float__(self) -> float:
        return float(self.item())

    def __bool__(self) -> bool:
        return bool(self.item())

    # Shapes

    def __getitem__(self, key):
        return index.Gather(index.plain_index(key))(self)

    def reshape(self, *sizes):
        return shape.reshape(self, as_sizes(sizes))

    def flatten(self, start=0):
        sizes = self.array.shape
        return self.reshape(*sizes[:start], math.prod(sizes[start:]))

    def transpose(self, *axes):
        return shape.transpose(self, as_sizes(axes))

    T = property(transpose)

    def swapaxes(self, a, b):
        order = list(range(self.array.ndim))
        order[a], order[b] = order[b], order[a]
        return self.transpose(*order)

    def broadcast_to(self, *sizes):
        return shape.broadcast_to(self, as_sizes(sizes))

    def astype(self, dtype):
        return shape.AsType(np.dtype(dtype))(self)


def raw(x):
    """The array inside a tensor; anything else as it is."""
    return getattr(x, "array", x)


def as_sizes(sizes) -> tuple[int, ...]:
    """Accept both ``f(2, 3)`` and ``f((2, 3))``."""
    return tuple(int(n) for n in (sizes[0] if len(sizes) == 1 and isinstance(sizes[0], (tuple, list)) else sizes))
