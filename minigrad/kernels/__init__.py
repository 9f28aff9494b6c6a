"""Convolution, pooling and normalisation on plain arrays: one interface, three backends.

    reference       loops that follow the definition: obviously right, slow
    numpy           vectorised: windows as views, convolution as a matrix product
    numba           sums that stay in registers, by compiled loops on all cores: the default

The functions below are the interface.  Each hands its arguments to the
active backend, chosen by ``set_backend`` or the variable MINIGRAD_BACKEND and
imported at its first use, so that nothing here needs Numba to be installed.

Letters: N images, C channels, H W plane; O filters, KH KW window; OH OW windows;
``x w y`` forward, ``g`` the gradient arriving, ``gx gw`` those leaving.  Pairs are
(vertical, horizontal) tuples of int; arrays are float32 or float64, in any layout.
Semantics are PyTorch's.

Read next: ``shapes.py``.  Each file names the one after it.
"""

import importlib
import math
import os
from importlib.util import find_spec
from typing import Any, NamedTuple

from .launch import get_num_threads, set_num_threads

__all__ = ["Finish", "get_backend", "get_num_threads", "set_backend", "set_num_threads"]

_MODULES = {
    "numba": "minigrad.kernels.numba_backend",
    "numpy": "minigrad.kernels.numpy_backend",
    "reference": "minigrad.kernels.reference",
}
_chosen = None


class Finish(NamedTuple):
    """What happens to a convolution's output while it is still in the cache.

    Attributes
    ----------
    scale, shift : ndarray (O,)
    other : ndarray (N, O, OH, OW) or None
        What is added.
    least : float
        0 makes a ReLU of it, -inf lets everything through.
    """

    scale: Any
    shift: Any
    other: Any = None
    least: float = -math.inf


def set_backend(name):
    """Choose who computes from now on: "numba", "numpy" or "reference"."""
    global _chosen
    _chosen = _checked(name)


def get_backend():
    """The active backend's name."""
    if _chosen is None:
        set_backend(os.environ.get("MINIGRAD_BACKEND") or _default())
    return _chosen


def _default():
    return "numba" if find_spec("numba") else "numpy"


def _checked(name):
    if name not in _MODULES:
        raise ValueError(f"unknown backend {name!r}: choose one of {', '.join(_MODULES)}")
    if name == "numba" and not find_spec("numba"):
        raise ValueError('Numba is not installed: pip install numba, or use the backend "numpy"')
    return name


def _backend():
    # import_module looks into sys.modules first: this costs a microsecond.
    return importlib.import_module(_MODULES[get_backend()])


def conv2d(x, w, stride, padding, dilation, groups):
    """Cross-correlation: ``y[n,o,i,j] = sum x[n, c, i s + kh d - p, j s + kw d - p] w[o,c,kh,kw]``.

    Parameters
    ----------
    x : ndarray (N, C, H, W)
    w : ndarray (O, C/groups, KH, KW)
    stride, padding, dilation : pairs
    groups : int
        Filter o sees only the channels of its own group, o // (O / groups).

    Returns
    -------
    y : ndarray (N, O, OH, OW)
    """
    return _backend().conv2d(x, w, stride, padding, dilation, groups)


def finished_conv2d(x, w, finish, stride, padding, dilation, groups):
    """`conv2d`, and what follows it number by number: ``max(scale[o] y + shift[o] + other, least)``.

    Parameters
    ----------
    finish : Finish
    """
    return _backend().finished_conv2d(x, w, finish, stride, padding, dilation, groups)


def conv2d_grad_input(g, w, x_shape, stride, padding, dilation, groups):
    """Gradient of ``conv2d`` for its input: g (N, O, OH, OW) -> gx of shape ``x_shape``."""
    return _backend().conv2d_grad_input(g, w, x_shape, stride, padding, dilation, groups)


def conv2d_grad_weight(g, x, w_shape, stride, padding, dilation, groups):
    """Gradient of ``conv2d`` for its weight: g (N, O, OH, OW) -> gw of shape ``w_shape``."""
    return _backend().conv2d_grad_weight(g, x, w_shape, stride, padding, dilation, groups)


def max_pool2d(x, kernel, stride, padding, dilation, ceil_mode):
    """Maximum of each window, and its *switch*: where the maximum was.

    Padding is -inf.  Ties go to the first cell in row-major order; NaN wins.

    Returns
    -------
    y : ndarray (N, C, OH, OW)
    switches : ndarray of int64 (N, C, OH, OW)
        ``h * W + w`` in the plane without padding.
    """
    return _backend().max_pool2d(x, kernel, stride, padding, dilation, ceil_mode)


def max_unpool2d(g, switches, plane):
    """Add each ``g[n,c,i,j]`` to cell ``switches[n,c,i,j]`` of an empty ``plane`` (H, W).

    This is the gradient of ``max_pool2d``; where windows overlap, values add up.
    """
    return _backend().max_unpool2d(g, switches, plane)


def gather_switches(x, switches):
    """``y[n,c,i,j] = x[n,c].flat[switches[n,c,i,j]]``: the adjoint of ``max_unpool2d``."""
    return _backend().gather_switches(x, switches)


def avg_pool2d(x, kernel, stride, padding, ceil_mode, count_include_pad):
    """Mean of each window (N, C, OH, OW); padding is 0 and counts if ``count_include_pad``."""
    return _backend().avg_pool2d(x, kernel, stride, padding, ceil_mode, count_include_pad)


def avg_pool2d_grad(g, x_shape, kernel, stride, padding, ceil_mode, count_include_pad):
    """Gradient of ``avg_pool2d``: each cell of a window receives ``g`` over its divisor."""
    return _backend().avg_pool2d_grad(g, x_shape, kernel, stride, padding, ceil_mode, count_include_pad)


def relu(x):
    """``max(x, 0)``, of any shape; NaN stays NaN."""
    return _backend().relu(x)


def gate(g, x):
    """``g`` where ``x > 0``, else 0: what all backward rules of a ReLU are made of."""
    return _backend().gate(g, x)


def gates(g, x, by):
    """`g` with several gates at once: picture n is shut where ``x <= 0`` if `by[n, 0]`, where ``g <= 0`` if `by[n, 1]`.

    Parameters
    ----------
    g : ndarray (N, ...)
    x : ndarray (N, ...), or (1, ...) if it is the same for all
    by : ndarray of bool (N, 2)
    """
    return _backend().gates(g, x, by)


def affine(x, scale, shift):
    """``scale[c] x + shift[c]`` for x (N, C, ...): what is the same for a whole channel."""
    return _backend().affine(x, scale, shift)


def channel_sums(g, x):
    """``sum of g`` and ``sum of g x`` for every channel of g, x (N, C, ...): the gradients of `affine`."""
    return _backend().channel_sums(g, x)


def batch_norm(x, w, b, eps):
    """``(x - mean) / sqrt(var + eps) w + b`` with the mean and variance of each channel of x (N, C, ...).

    Returns
    -------
    y : ndarray like x
    mean, var : ndarray (C,)
    """
    return _backend().batch_norm(x, w, b, eps)


def batch_norm_grad(g, x, mean, var, w, eps):
    """Gradients ``gx, gw, gb`` of `batch_norm`, given the mean and variance that it found."""
    return _backend().batch_norm_grad(g, x, mean, var, w, eps)


def crops(x, corners, size, patches, places):
    """Rectangles of one picture, each with a patch laid over: what a partial forward pass needs.

    Parameters
    ----------
    x : ndarray (C, H, W)
    corners : ndarray of int64 (B, 2)
        Upper row and left column of each rectangle, which lies inside the picture.
    size : (height, width) of all of them
    patches : ndarray (B, C, h, w)
    places : ndarray of int64 (B, 2)
        Upper row and left column of each patch in the picture.  It may reach beyond its rectangle, or miss it.

    Returns
    -------
    y : ndarray (B, C, height, width)
    """
    return _backend().crops(x, corners, size, patches, places)
