"""The kernels in plain NumPy: no loop over pixels, no compiler.

Two pictures carry the whole file.  A convolution is a matrix product, once each
window has been written out as a column (*im2col*):

      w (O, C KH KW)  @  columns (C KH KW, OH OW)  =  y (O, OH OW)

and whatever is summed or compared *within* windows is a loop over the few cells
of the window, each of which sees one shifted picture of the whole image:

      frame[kh::stride, kw::stride]        cell (kh, kw) of every window at once

The first picture costs memory and time: every pixel is written KH KW times.  What
follows are the files of a backend that needs no columns.

Read next: ``jit.py``.
"""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from .framing import frame, remove_frame
from .shapes import conv_size, pool_size, reach, span, window_area


def conv2d(x, w, stride, padding, dilation, groups):
    """``y = w @ columns(x)``, group by group."""
    axes = zip(x.shape[2:], w.shape[2:], stride, padding, dilation)
    plane = tuple(conv_size(*axis) for axis in axes)
    columns = _im2col(x, plane, w.shape[2:], stride, padding, dilation, groups)
    y = _by_group(w, groups) @ columns
    return y.reshape(x.shape[0], w.shape[0], *plane)


def finished_conv2d(x, w, finish, stride, padding, dilation, groups):
    """One pass over the picture after the other."""
    y = conv2d(x, w, stride, padding, dilation, groups)
    y *= _per_channel(finish.scale, y)
    y += _per_channel(finish.shift, y)
    if finish.other is not None:
        y += finish.other
    y[y <= finish.least] = finish.least  # not a maximum, which would keep -0
    return y


def conv2d_grad_input(g, w, x_shape, stride, padding, dilation, groups):
    """``gx = col2im(w.T @ g)``: columns added back to where they were read."""
    columns = _by_group(w, groups).swapaxes(-1, -2) @ _flat_planes(g, groups)
    return _col2im(columns, x_shape, g.shape[2:], w.shape[2:], stride, padding, dilation)


def conv2d_grad_weight(g, x, w_shape, stride, padding, dilation, groups):
    """``gw = g @ columns(x).T``, summed over the images."""
    columns = _im2col(x, g.shape[2:], w_shape[2:], stride, padding, dilation, groups)
    gw = _flat_planes(g, groups) @ columns.swapaxes(-1, -2)
    return gw.sum(axis=0).reshape(w_shape)


def _by_group(w, groups):
    """(O, C/G, KH, KW) as G matrices (O/G, C/G KH KW)."""
    O, C, KH, KW = w.shape
    return w.reshape(groups, O // groups, C * KH * KW)


def _flat_planes(g, groups):
    """(N, O, OH, OW) as N times G matrices (O/G, OH OW)."""
    N, O, OH, OW = g.shape
    return g.reshape(N, groups, O // groups, OH * OW)


def _im2col(x, plane, kernel, stride, padding, dilation, groups):
    """All windows as columns: (N, G, C/G KH KW, OH OW)."""
    N, C = x.shape[:2]
    reaches = tuple(reach(k, d) for k, d in zip(kernel, dilation))
    framed = frame(x, padding, _spans(plane, kernel, stride, dilation))
    windows = sliding_window_view(framed, reaches, axis=(2, 3))
    windows = windows[:, :, :: stride[0], :: stride[1], :: dilation[0], :: dilation[1]]
    rows = C // groups * kernel[0] * kernel[1]
    return windows.transpose(0, 1, 4, 5, 2, 3).reshape(N, groups, rows, plane[0] * plane[1])


def _col2im(columns, x_shape, plane, kernel, stride, padding, dilation):
    """The adjoint of ``_im2col``: a pixel sums what all its copies received."""
    N, C = x_shape[:2]
    columns = columns.reshape(N, C, *kernel, *plane)
    framed = np.zeros((N, C, *_spans(plane, kernel, stride, dilation)), dtype=columns.dtype)
    for cell in np.ndindex(*kernel):
        _shifted(framed, cell, plane, stride, dilation)[...] += columns[:, :, *cell]
    return remove_frame(framed, padding, x_shape)


def _spans(plane, kernel, stride, dilation):
    """The frame's height and width."""
    return tuple(span(*axis) for axis in zip(plane, kernel, stride, dilation))


def _shifted(framed, cell, plane, stride, dilation):
    """View of one cell (kh, kw) of every window: (N, C, OH, OW)."""
    rows, columns = (
        slice(k * d, k * d + (count - 1) * s + 1, s) for k, count, s, d in zip(cell, plane, stride, dilation)
    )
    return framed[:, :, rows, columns]


def max_pool2d(x, kernel, stride, padding, dilation, ceil_mode):
    """A running maximum over the cells of the window, in row-major order."""
    N, C, H, W = x.shape
    axes = zip((H, W), kernel, stride, padding, dilation)
    plane = tuple(pool_size(*axis, ceil_mode) for axis in axes)
    size = _spans(plane, kernel, stride, dilation)
    values = frame(x, padding, size, fill=-np.inf)
    # The frame of the switches says -1 where the padding is.
    places = frame(np.arange(H * W).reshape(1, 1, H, W), padding, size, fill=-1)
    y = np.full((N, C, *plane), -np.inf, dtype=x.dtype)
    switches = np.full(y.shape, -1, dtype=np.int64)
    for cell in np.ndindex(*kernel):
        value = _shifted(values, cell, plane, stride, dilation)
        place = _shifted(places, cell, plane, stride, dilation)
        # The first cell inside the image is taken even if it is -inf.
        wins = (place >= 0) & ((switches < 0) | (value > y) | np.isnan(value))
        np.copyto(y, value, where=wins)
        np.copyto(switches, place, where=wins)
    return y, np.maximum(switches, 0)


def max_unpool2d(g, switches, plane):
    """Scatter-add: ``np.add.at`` adds twice where an index comes twice."""
    N, C = g.shape[:2]
    H, W = plane
    gx = np.zeros((N * C, H * W), dtype=g.dtype)
    planes = np.arange(N * C)[:, None]
    np.add.at(gx, (planes, _flat(switches)), _flat(g))
    return gx.reshape(N, C, H, W)


def gather_switches(x, switches):
    """The adjoint of the scatter: read where it would write."""
    return np.take_along_axis(_flat(x), _flat(switches), axis=1).reshape(switches.shape)


def _flat(x):
    """(N, C, H, W) as (N C, H W)."""
    N, C, H, W = x.shape
    return x.reshape(N * C, H * W)


def avg_pool2d(x, kernel, stride, padding, ceil_mode, count_include_pad):
    """Sum the shifted pictures, divide by how many cells count."""
    axes = zip(x.shape[2:], kernel, stride, padding, (1, 1))
    plane = tuple(pool_size(*axis, ceil_mode) for axis in axes)
    framed = frame(x, padding, _spans(plane, kernel, stride, (1, 1)))
    y = np.zeros((*x.shape[:2], *plane), dtype=x.dtype)
    for cell in np.ndindex(*kernel):
        y += _shifted(framed, cell, plane, stride, (1, 1))
    area = window_area(x.shape[2:], plane, kernel, stride, padding, count_include_pad)
    return y / area.astype(x.dtype)


def avg_pool2d_grad(g, x_shape, kernel, stride, padding, ceil_mode, count_include_pad):
    """Divide, then add to each shifted picture: the forward pass read backwards."""
    plane = g.shape[2:]
    area = window_area(x_shape[2:], plane, kernel, stride, padding, count_include_pad)
    share = g / area.astype(g.dtype)
    framed = np.zeros((*x_shape[:2], *_spans(plane, kernel, stride, (1, 1))), dtype=g.dtype)
    for cell in np.ndindex(*kernel):
        _shifted(framed, cell, plane, stride, (1, 1))[...] += share
    return remove_frame(framed, padding, x_shape)


def relu(x):
    return np.maximum(x, 0) + 0  # no -0


def gate(g, x):
    return np.where(x > 0, g, 0)


def gates(g, x, by):
    by_x, by_g = (flags.reshape(-1, *(1,) * (g.ndim - 1)) for flags in by.T)
    return np.where(((x > 0) | ~by_x) & ((g > 0) | ~by_g), g, 0)


def affine(x, scale, shift):
    return x * _per_channel(scale, x) + _per_channel(shift, x)


def channel_sums(g, x):
    axes = _all_but_channels(x)
    return g.sum(axis=axes), (g * x).sum(axis=axes)


def batch_norm(x, w, b, eps):
    """Twice over the picture for the statistics, once to normalise."""
    axes = _all_but_channels(x)
    mean, var = x.mean(axis=axes), x.var(axis=axes)
    scale = (w / np.sqrt(var + eps)).astype(x.dtype)
    return affine(x, scale, (b - mean * scale).astype(x.dtype)), mean, var


def batch_norm_grad(g, x, mean, var, w, eps):
    """The gradient loses what would only shift or scale the batch."""
    std = np.sqrt(var + eps).astype(x.dtype)
    xn = (x - _per_channel(mean, x)) / _per_channel(std, x)
    gb, gw = channel_sums(g, xn)
    count = x.size // x.shape[1]
    along = g - _per_channel(gb / count, x) - xn * _per_channel(gw / count, x)
    return _per_channel(w / std, x) * along, gw, gb


def crops(x, corners, size, patches, places):
    """All rectangles at once, then the patches, as many at once as lie at the same place of their rectangle."""
    y = sliding_window_view(x, size, axis=(1, 2)).transpose(1, 2, 0, 3, 4)[corners[:, 0], corners[:, 1]]
    moves = places - corners
    for down, right in np.unique(moves, axis=0).tolist():
        some = (moves == (down, right)).all(axis=1)
        rows = slice(max(down, 0), max(down + patches.shape[2], 0))
        columns = slice(max(right, 0), max(right + patches.shape[3], 0))
        height, width = y[0, 0, rows, columns].shape
        top, left = max(-down, 0), max(-right, 0)
        y[some, :, rows, columns] = patches[some, :, top : top + height, left : left + width]
    return y


def _all_but_channels(x):
    return tuple(axis for axis in range(x.ndim) if axis != 1)


def _per_channel(numbers, x):
    """(C,) so that it meets the channels of x (N, C, ...)."""
    return numbers.reshape(-1, *(1,) * (x.ndim - 2))
