"""The default backend: compiled loops around NumPy's matrix product.

The pictures are those of ``numpy_backend.py``.  What changes is that the columns
of im2col, KH KW times as many numbers as the image has, are never there all at
once.  Images pass in batches of B through one buffer that fits the cache:

      x[batch] -> frame -> im2col -> columns (C KH KW, B OH OW) -> w @ columns -> y[batch]

Within a batch the channels come first, so that *one* matrix product serves all
its images.  The threads of a BLAS wait for one another in every call, and waiting
is what costs when other programs want the cores too.

The loops are in ``numba_kernels.py``; ``launch.py`` calls them.
"""

import numpy as np

from . import numba_kernels
from .framing import frame, remove_frame
from .launch import launch, plain
from .shapes import conv_size, pool_size, span, window_area

COLUMN_BYTES = 16 << 20  # a batch's columns: few meetings of the BLAS, and still within a usual L3


def conv2d(x, w, stride, padding, dilation, groups):
    """``y = w @ columns(x)``."""
    axes = zip(x.shape[2:], w.shape[2:], stride, padding, dilation)
    y = np.empty((x.shape[0], w.shape[0], *(conv_size(*axis) for axis in axes)), dtype=x.dtype)
    weights = _by_group(w, groups)
    if _is_pointwise(w.shape, x.shape, y.shape, stride, padding):
        return np.matmul(weights, _flat_planes(x, groups)).reshape(y.shape)
    for batch, columns in _columns(x, w.shape, y.shape, stride, padding, dilation):
        product = weights @ _as_matrices(columns, groups)
        y[batch] = product.reshape(w.shape[0], -1, *y.shape[2:]).swapaxes(0, 1)
    return y


def conv2d_grad_weight(g, x, w_shape, stride, padding, dilation, groups):
    """``gw = g @ columns(x).T``, batches added in a fixed order."""
    if _is_pointwise(w_shape, x.shape, g.shape, stride, padding):
        gw = _flat_planes(g, groups) @ _flat_planes(x, groups).swapaxes(-1, -2)
        return gw.sum(axis=0).reshape(w_shape)
    gw = np.zeros(w_shape, dtype=g.dtype)
    total = _by_group(gw, groups)
    for batch, columns in _columns(x, w_shape, g.shape, stride, padding, dilation):
        total += _filters_first(g[batch], groups) @ _as_matrices(columns, groups).swapaxes(-1, -2)
    return gw


def conv2d_grad_input(g, w, x_shape, stride, padding, dilation, groups):
    """``gx = col2im(w.T @ g)``."""
    weights = _by_group(w, groups).swapaxes(-1, -2)
    if _is_pointwise(w.shape, x_shape, g.shape, stride, padding):
        return np.matmul(weights, _flat_planes(g, groups)).reshape(x_shape)
    gx = np.empty(x_shape, dtype=g.dtype)
    size = _spans(g.shape[2:], w.shape[2:], stride, dilation)
    for batch, columns in _buffers(x_shape, w.shape, g.shape, g.dtype):
        np.matmul(weights, _filters_first(g[batch], groups), out=_as_matrices(columns, groups))
        framed = np.empty((x_shape[1], columns.shape[3], *size), dtype=g.dtype)
        launch(numba_kernels.col2im, columns, stride, dilation, framed)
        gx[batch] = remove_frame(framed.swapaxes(0, 1), padding, gx[batch].shape)
    return gx


def _columns(x, w_shape, y_shape, stride, padding, dilation):
    """Batch by batch: which images, and their columns (C, KH, KW, B, OH, OW)."""
    size = _spans(y_shape[2:], w_shape[2:], stride, dilation)
    for batch, columns in _buffers(x.shape, w_shape, y_shape, x.dtype):
        framed = frame(x[batch].swapaxes(0, 1), padding, size)
        launch(numba_kernels.im2col, framed, stride, dilation, columns)
        yield batch, columns


def _buffers(x_shape, w_shape, y_shape, dtype):
    """Batch by batch: which images, and room for their columns in one reused buffer."""
    (N, C), (KH, KW), (OH, OW) = x_shape[:2], w_shape[2:], y_shape[2:]
    per_image = C * KH * KW * OH * OW
    size = max(1, min(N, COLUMN_BYTES // (per_image * dtype.itemsize)))
    buffer = np.empty(size * per_image, dtype=dtype)
    for start in range(0, N, size):
        B = min(size, N - start)
        yield slice(start, start + B), buffer[: B * per_image].reshape(C, KH, KW, B, OH, OW)


def _is_pointwise(w_shape, x_shape, y_shape, stride, padding):
    """A 1x1 convolution that visits every pixel once: the image is its own columns.

    The planes may differ all the same, as a transposed convolution can pad its output.
    """
    same_plane = tuple(x_shape[2:]) == tuple(y_shape[2:])
    return tuple(w_shape[2:]) == (1, 1) and same_plane and stride == (1, 1) and padding == (0, 0)


def _spans(plane, kernel, stride, dilation):
    """The frame's height and width."""
    return tuple(span(*axis) for axis in zip(plane, kernel, stride, dilation))


def _by_group(w, groups):
    """(O, C/G, KH, KW) as G matrices (O/G, C/G KH KW)."""
    O, C, KH, KW = w.shape
    return w.reshape(groups, O // groups, C * KH * KW)


def _flat_planes(g, groups):
    """(N, O, OH, OW) as N times G matrices (O/G, OH OW)."""
    N, O, OH, OW = g.shape
    return g.reshape(N, groups, O // groups, OH * OW)


def _filters_first(g, groups):
    """(B, O, OH, OW) as G matrices (O/G, B OH OW)."""
    B, O, OH, OW = g.shape
    return g.swapaxes(0, 1).reshape(groups, O // groups, B * OH * OW)


def _as_matrices(columns, groups):
    """(C, KH, KW, B, OH, OW) as G matrices (C/G KH KW, B OH OW)."""
    C, KH, KW, B, OH, OW = columns.shape
    return columns.reshape(groups, C // groups * KH * KW, B * OH * OW)


def _join(x):
    """(N, C, ...) as N C planes (P, ...)."""
    return x.reshape(x.shape[0] * x.shape[1], *x.shape[2:])


def _flat(x):
    """(N, C, H, W) as (P, H W)."""
    N, C, H, W = x.shape
    return x.reshape(N * C, H * W)


def _flat_switches(switches):
    """(N, C, OH, OW) as (P, OH OW), in the one integer type that is compiled for."""
    return _flat(plain(switches.astype(np.int64, copy=False)))


def max_pool2d(x, kernel, stride, padding, dilation, ceil_mode):
    """The largest cell of each window, and where it was."""
    axes = zip(x.shape[2:], kernel, stride, padding, dilation)
    y = np.empty((*x.shape[:2], *(pool_size(*axis, ceil_mode) for axis in axes)), dtype=x.dtype)
    switches = np.empty(y.shape, dtype=np.int64)
    geometry = kernel, stride, padding, dilation
    launch(numba_kernels.max_pool, _join(plain(x)), *geometry, _join(y), _join(switches))
    return y, switches


def max_unpool2d(g, switches, plane):
    """Scatter-add ``g`` to its switches, which are trusted to lie inside the plane."""
    gx = np.empty((*g.shape[:2], *plane), dtype=g.dtype)
    launch(numba_kernels.scatter, _flat(plain(g)), _flat_switches(switches), _flat(gx))
    return gx


def gather_switches(x, switches):
    """Read ``x`` at its switches: the adjoint of ``max_unpool2d``."""
    y = np.empty(switches.shape, dtype=x.dtype)
    launch(numba_kernels.gather, _flat(plain(x)), _flat_switches(switches), _flat(y))
    return y


def avg_pool2d(x, kernel, stride, padding, ceil_mode, count_include_pad):
    """The mean of each window."""
    axes = zip(x.shape[2:], kernel, stride, padding, (1, 1))
    y = np.empty((*x.shape[:2], *(pool_size(*axis, ceil_mode) for axis in axes)), dtype=x.dtype)
    area = window_area(x.shape[2:], y.shape[2:], kernel, stride, padding, count_include_pad)
    launch(numba_kernels.avg_pool, _join(plain(x)), kernel, stride, padding, area, _join(y))
    return y


def avg_pool2d_grad(g, x_shape, kernel, stride, padding, ceil_mode, count_include_pad):
    """Every cell of a window receives its share."""
    gx = np.empty(x_shape, dtype=g.dtype)
    area = window_area(x_shape[2:], g.shape[2:], kernel, stride, padding, count_include_pad)
    launch(numba_kernels.avg_pool_grad, _join(plain(g)), kernel, stride, padding, area, _join(gx))
    return gx
