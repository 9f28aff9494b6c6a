"""Matrix product: the one op in which most of a network's arithmetic is done, forwards and backwards."""

from __future__ import annotations

import numpy as np

from .op import Op
from .shape import reshape, unbroadcast


class Matmul(Op):
    """``Y = A B`` for (..., n, k) and (..., k, m); leading axes are broadcast like NumPy's."""

    def forward(self, a, b):
        return a @ b

    def backward(self, g, y, a, b):
        """Gradients of `a` (..., n, k) and of `b` (..., k, m), each of its own shape, from `g` (..., n, m)."""
        # Y_ij = sum over k of A_ik B_kj, so dL/dA_ik = sum over j of G_ij B_kj.  In matrices dL/dA = G B^T and
        # dL/dB = A^T G: look at the shapes, and there is no other way to multiply.
        return (
            lambda: unbroadcast(g @ b.swapaxes(-1, -2), a.shape),
            lambda: unbroadcast(a.swapaxes(-1, -2) @ g, b.shape),
        )


def matmul(a, b):
    """Multiply matrices, or stacks of them; a vector counts as a row on the left, as a column on the right."""
    b = b if hasattr(b, "op") else a.wrap(np.asarray(b))
    if a.ndim == 0 or b.ndim == 0:
        raise ValueError(f"matmul: needs vectors or matrices, got shapes {a.shape} and {b.shape}; use * for scalars")
    rows = reshape(a, (1, -1)) if a.ndim == 1 else a
    columns = reshape(b, (-1, 1)) if b.ndim == 1 else b
    if rows.shape[-1] != columns.shape[-2]:
        raise ValueError(
            f"matmul: shapes {a.shape} and {b.shape} do not fit: the last axis of the first ({a.shape[-1]}) must be "
            f"as long as the {'last' if b.ndim == 1 else 'second-to-last'} of the second ({columns.shape[-2]})"
        )
    y = Matmul()(rows, columns)
    shape = y.shape[:-2] + (() if a.ndim == 1 else y.shape[-2:-1]) + (() if b.ndim == 1 else y.shape[-1:])
    return reshape(y, shape)
