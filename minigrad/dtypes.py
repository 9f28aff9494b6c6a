"""What arrays go in and come out: float32 unless someone asks for float64, and then float64 to the end."""

from __future__ import annotations

import numpy as np

DEFAULT_DTYPE = np.dtype(np.float32)


def as_array(data, copy: bool = True) -> np.ndarray:
    """Copy `data` to an array of numbers; Python floats become the default dtype, float32."""
    data = getattr(data, "array", data)
    array = np.array(data) if copy else np.asarray(data)
    if array.dtype.kind not in "fiub":
        raise TypeError(f"a tensor holds real numbers, and this is {type(data).__name__} of dtype {array.dtype}")
    if array.dtype == np.float64 and not isinstance(data, (np.ndarray, np.generic)):
        array = array.astype(DEFAULT_DTYPE)
    return array


def common_dtype(inputs):
    """PyTorch's promotion: tensors with axes decide; if none are floats, 0-d ones; if none, Python numbers.

    So ``x * 0.5`` and ``x * scalar_tensor`` keep the dtype of ``x``.
    """
    arrays = [getattr(x, "array", x) for x in inputs if hasattr(x, "array") or isinstance(x, np.ndarray)]
    dtypes = {x.dtype for x in arrays}
    if len(dtypes) == 1 and len(arrays) == len(inputs):
        return dtypes.pop()
    with_axes = [x.dtype for x in arrays if x.ndim and x.dtype.kind == "f"]
    without = [x.dtype for x in arrays if not x.ndim and x.dtype.kind == "f"]
    if with_axes or without:
        return np.result_type(*(with_axes or without))
    if any(isinstance(x, (float, np.floating)) for x in inputs):
        return DEFAULT_DTYPE
    return np.result_type(*arrays)


def settled(result, dtype) -> np.ndarray:
    """What an op on inputs of `dtype` computed, as an array; NumPy's float64 from integers becomes the default."""
    result = np.asarray(result)
    return result.astype(DEFAULT_DTYPE) if result.dtype == np.float64 and np.dtype(dtype).kind in "iub" else result


def read_only(array: np.ndarray) -> np.ndarray:
    """The same numbers, through which nobody can write."""
    view = array.view()
    view.flags.writeable = False
    return view


def cast(array: np.ndarray, dtype) -> np.ndarray:
    """Bring one input of an op to the op's dtype; masks may stay masks."""
    return array if array.dtype == dtype or array.dtype == bool else array.astype(dtype)


def unshared(array: np.ndarray, taken: set[int]) -> np.ndarray:
    """The array itself, to be kept and written into, if it is nobody else's; else a copy.

    `taken` holds the ids of arrays that somebody has; the result's is added.  A view is always somebody else's.
    """
    mine = array if array.base is None and id(array) not in taken else array.copy()
    taken.add(id(mine))
    return mine
