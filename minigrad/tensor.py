"""The tensor: an array that remembers which op made it, and what that op was made from.

Those memories *are* the tape.  ``y = a * b + c`` leaves ``y.op = Add`` with inputs ``(a * b, c)``, whose first has
``op = Mul`` with inputs ``(a, b)``: a graph that points from the answer back to its causes, which is the direction in
which gradients travel.  `Tensor.record` writes it.

Read next: ``backward.py``, which walks the tape.
"""

from __future__ import annotations

import numpy as np

from . import context, tamper
from .backward import backward
from .dtypes import as_array, cast, common_dtype, read_only, settled
from .operators import Operators


class Tensor(Operators):
    """An n-dimensional array on which gradients can be computed.

    Parameters
    ----------
    data : array_like
        Copied, unless `copy` is False.  Python floats become float32; a float64 array stays float64.
    requires_grad : bool
        Whether gradients with respect to this tensor will be asked for.  Floats only.

    Attributes
    ----------
    grad : ndarray or None
        Where `backward` adds up the gradient of a tensor that no op made (a *leaf*).
    op : Op or None
        The op that made it, if that is on the tape.
    array : ndarray
        The numbers, for ops to read.  `data` hands them out to everyone else.

    Examples
    --------
    >>> x = Tensor([1.0, 2.0], requires_grad=True)
    >>> (x * x).sum().backward()
    >>> x.grad
    array([2., 4.], dtype=float32)
    """

    __slots__ = ("array", "grad", "requires_grad", "op", "first_shown", "__weakref__")
    __array_ufunc__ = None  # lets `ndarray * tensor` reach Tensor.__rmul__
    __hash__ = object.__hash__

    def __init__(self, data, requires_grad: bool = False, copy: bool = True):
        self.array = as_array(data, copy)
        if requires_grad and self.array.dtype.kind != "f":
            raise TypeError(f"only floats have gradients, and this is {self.array.dtype}; write 3.0 for 3")
        self.grad: np.ndarray | None = None
        self.requires_grad, self.op = requires_grad, None
        self.first_shown: int | None = None

    @staticmethod
    def wrap(array) -> Tensor:
        """A tensor around an array that is ours already: no copy, no past."""
        y = Tensor.__new__(Tensor)
        y.array = array if isinstance(array, np.ndarray) else np.asarray(array)
        y.grad, y.requires_grad, y.op, y.first_shown = None, False, None, None
        return y

    def record(self, op, inputs) -> Tensor:
        """Apply `op` to `inputs` and, if any of them wants a gradient, put it on the tape."""
        dtype = common_dtype(inputs)
        tensors = tuple(x if isinstance(x, Tensor) else Tensor.wrap(np.array(x, dtype)) for x in inputs)
        y = Tensor.wrap(settled(op.forward(*(cast(x.array, dtype) for x in tensors)), dtype))
        if y.array.base is not None and any(np.may_share_memory(y.array, x.array) for x in tensors):
            y.array = read_only(y.array)  # a view: to write into it would change an input behind the tape's back
        if context.recording() and any(x.requires_grad for x in tensors) and y.array.dtype.kind == "f":
            op.inputs, op.layer = tensors, context.current_layer()
            op.marks = tuple(tamper.mark(x) for x in (*tensors, y))
            y.op, y.requires_grad = op, True
        return y

    @property
    def data(self) -> np.ndarray:
        """The numbers.  Assign to replace them; an array that is on the tape must not be written into."""
        tamper.note_shown(self)
        return self.array

    @data.setter
    def data(self, new) -> None:
        array = as_array(new)
        if self.requires_grad and array.dtype.kind != "f":
            raise TypeError(f"data: this tensor requires gradients, so it takes floats, not {array.dtype}")
        self.array, self.first_shown = array, None

    shape = property(lambda self: self.array.shape)
    dtype = property(lambda self: self.array.dtype)
    ndim = property(lambda self: self.array.ndim)
    size = property(lambda self: self.array.size)
    backward = backward

    def detach(self) -> Tensor:
        """The same numbers, to be read, without their past: no gradient flows through the result."""
        return Tensor.wrap(read_only(self.array))

    def __repr__(self) -> str:
        past = f", op={self.op!r}" if self.op else ", requires_grad=True" if self.requires_grad else ""
        return f"tensor({np.array2string(self.array, separator=', ', prefix='tensor(')}{past})"


def tensor(data, requires_grad: bool = False) -> Tensor:
    """Make a `Tensor` from a copy of `data`: the way in for arrays, lists and numbers."""
    return Tensor(data, requires_grad)


def as_tensor(x) -> Tensor:
    """`x` itself if it is a tensor, else a tensor of it."""
    return x if isinstance(x, Tensor) else Tensor(x)
