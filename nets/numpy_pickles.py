"""What NumPy writes into pickles: the names, and functions that do what these are for with arrays of numbers only.

NumPy pickles an array in two steps.  ``_reconstruct`` makes an empty one and ``BUILD`` brings shape, dtype, order and
bytes; the dtype is made in the same way, of a code such as ``f4`` and then its byte order.  Since NumPy 2.3, and the
fifth version of pickles, there is ``_frombuffer`` in one step.

Read next: ``cifar.py``.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from .safe_pickle import Unbuilt
from .untrusted import MOST_AXES, PLAIN, Allowance, numbers


def numpy_globals(allowance: Allowance) -> dict[str, Callable | None]:
    """The table for `safe_pickle.load`: from NumPy's names, old and new, to what is called in their place."""
    table: dict[str, Callable | None] = {
        "numpy.ndarray": None,
        "numpy.dtype": dtype_of_code,
        "_codecs.encode": partial(encode, allowance),
        "__builtin__.bytes": lambda: b"",  # how Python 3 writes no bytes at all
    }
    for core in ("numpy.core", "numpy._core"):
        table[f"{core}.multiarray._reconstruct"] = lambda *_: Unbuilt(partial(build_array, allowance))
        table[f"{core}.multiarray.scalar"] = lambda dtype, content: array_from(allowance, content, dtype, (), "C")
        table[f"{core}.numeric._frombuffer"] = partial(from_buffer, allowance)
    return table


def build_array(allowance: Allowance, state: Any) -> np.ndarray:
    """What ``BUILD`` makes of an empty array."""
    _, shape, dtype, fortran, content = state
    return array_from(allowance, content, dtype, shape, "F" if fortran is True else "C")


def from_buffer(allowance: Allowance, content: Any, dtype: Any, shape: Any, order: Any, axes: Any = None) -> np.ndarray:
    """``_frombuffer``: "K" is the order of an array whose axes are to be exchanged afterwards."""
    array = array_from(allowance, content, dtype, shape, "C" if order == "K" else order)
    return array.transpose(axes) if order == "K" else array


def array_from(allowance: Allowance, content: Any, dtype: Any, shape: Any, order: Any) -> np.ndarray:
    """An array of these bytes, or of a text that stands for them: Python 2 knew no difference."""
    if type(content) is str:
        content = encode(allowance, content, "latin1")
    if type(content) not in (bytes, bytearray) or not isinstance(dtype, np.dtype) or type(shape) is not tuple:
        raise TypeError("an array that isn't made of bytes, a dtype and a shape")
    if type(order) is not str or order not in ("C", "F"):
        raise TypeError("an array of an order that is neither C nor F")
    if any(type(n) is not int for n in shape[: MOST_AXES + 1]):
        raise TypeError("an array whose shape isn't made of whole numbers")
    return numbers(content, dtype, shape, allowance, "F" if order == "F" else "C")


def encode(allowance: Allowance, text: Any, encoding: Any) -> bytes:
    """``_codecs.encode``, by which Python 3 writes bytes for Python 2."""
    if type(text) is not str or type(encoding) is not str or encoding not in ("latin1", "latin-1"):
        raise TypeError("a text that isn't to become bytes by Latin-1")
    allowance.take(len(text), "a text")
    return text.encode("latin-1")


def dtype_of_code(code: Any, *_) -> Unbuilt:
    """``numpy.dtype``: the state that follows tells the byte order."""
    if type(code) is not str or not re.fullmatch(PLAIN, code):
        raise ValueError("an array of something else than plain numbers")

    def build(state: Any) -> np.dtype:
        order, fields = state[1], state[2:5]
        if type(order) is not str or order not in ("<", ">", "|", "=") or fields != (None, None, None):
            raise ValueError("an array of something else than plain numbers")
        return np.dtype(order + code)

    return Unbuilt(build)
