"""Taking numbers out of a tensor, and putting gradients back where they came from.

`Gather` and `Scatter` are an adjoint pair.  The one trap: an index may name a place twice, and then its gradients
are *added*.  ``x[[0, 0]]`` uses ``x[0]`` two times.
"""

from __future__ import annotations

import numpy as np

from .op import Op
from .shape import normalise_axis, reshape


class Gather(Op):
    """``y = x[index]``, for slices, integers, integer arrays and masks."""

    def __init__(self, index):
        self.index = index

    def forward(self, x):
        return x[self.index]

    def backward(self, g, y, x):
        return Scatter(self.index, x.shape)(g)


class Scatter(Op):
    """``y = zeros; y[index] += x``: the adjoint of `Gather`."""

    def __init__(self, index, shape):
        self.index, self.shape = index, shape

    def forward(self, x):
        y = np.zeros(self.shape, x.dtype)
        if names_a_place_twice(self.index):
            np.add.at(y, self.index, x)
        else:
            y[self.index] = x
        return y

    def backward(self, g, y, x):
        return Gather(self.index)(g)


def names_a_place_twice(index) -> bool:
    """Whether `index` may name a place more than once: only arrays of integers can."""
    parts = index if isinstance(index, tuple) else (index,)
    return any(isinstance(p, (list, np.ndarray)) and np.asarray(p).dtype != bool for p in parts)


def plain_index(index):
    """Turn tensors and lists inside an index into arrays, which NumPy understands."""
    if isinstance(index, tuple):
        # A tuple inside a tuple is a list of places, for NumPy.
        return tuple(plain_index(list(part) if isinstance(part, tuple) else part) for part in index)
    if isinstance(index, list):
        index = np.asarray(index)
        return index if index.size else index.astype(int)
    if hasattr(index, "requires_grad"):
        if index.dtype.kind == "f":
            raise TypeError(f"a tensor of {index.dtype} cannot be an index; use integers or a mask of bools")
        return index.array
    return index


class Extremum(Op):
    """``y = max (or min) of x over the last axis``: the whole gradient goes to the first place that attains it.

    Ties go to the first index, as in PyTorch's ``max(dim)``; a share for each would be as right.
    """

    def __init__(self, arg):
        self.arg = arg

    def forward(self, x):
        self.places = self.arg(x, axis=-1)
        return np.take_along_axis(x, self.places[..., None], axis=-1)[..., 0]

    def backward(self, g, y, x):
        rest = np.indices(self.places.shape, sparse=True) if self.places.ndim else ()
        return Scatter((*rest, self.places), x.shape)(g)


def extremum(x, arg, axis, keepdims, name):
    """Max (``arg=np.argmax``) or min over one, several or all axes."""
    axes = normalise_axis(axis, x.ndim)
    if any(x.shape[i] == 0 for i in axes):
        raise ValueError(f"{name} of nothing: shape {x.shape} has no numbers along axis {axis}")
    kept = tuple(i for i in range(x.ndim) if i not in axes)
    rows = reshape(x.transpose(*kept, *axes), (*(x.shape[i] for i in kept), -1)) if axes else reshape(x, (*x.shape, 1))
    y = Extremum(arg)(rows)
    return reshape(y, tuple(1 if i in axes else n for i, n in enumerate(x.shape))) if keepdims else y
