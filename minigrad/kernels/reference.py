"""The kernels by definition: plain loops, obviously right, slow.

Letters: N images, C channels, H W plane; O filters, KH KW window; OH OW
windows.  Every loop runs over *output* positions and window cells, and asks of
each cell whether it lies inside the image.  The fast twins of these
functions are in ``numpy_backend.py`` and ``numba_backend.py``; tests compare
them pair by pair.

Read next: ``numpy_backend.py``.
"""

from itertools import product

import numpy as np

from .shapes import conv_size, pool_size


def conv2d(x, w, stride, padding, dilation, groups):
    """``y[n,o,i,j] = sum of x[n, c, i s + kh d - p, j s + kw d - p] w[o,c,kh,kw]`` over c, kh, kw.

    What lies outside the image counts 0.  ``_conv_shape`` says how large y is, and
    ``_conv_cells`` which products there are.
    """
    y = np.zeros(_conv_shape(x.shape, w.shape, stride, padding, dilation), dtype=x.dtype)
    for out, inp, weight in _conv_cells(x.shape, w.shape, y.shape, stride, padding, dilation, groups):
        y[out] += x[inp] * w[weight]
    return y


def finished_conv2d(x, w, finish, stride, padding, dilation, groups):
    """`conv2d`, then ``max(scale[o] y + shift[o] + other, least)``, number by number."""
    y = conv2d(x, w, stride, padding, dilation, groups)
    for i in np.ndindex(*y.shape):
        y[i] = y[i] * finish.scale[i[1]] + finish.shift[i[1]] + (0 if finish.other is None else finish.other[i])
        y[i] = finish.least if y[i] <= finish.least else y[i]
    return y


def conv2d_grad_input(g, w, x_shape, stride, padding, dilation, groups):
    """Gradient of ``x``, of shape ``x_shape``, from the gradient g (N, O, OH, OW) of ``y``."""
    # Each product x w that went into y sends g w back to its x: the two sides of the assignment are swapped.
    gx = np.zeros(x_shape, dtype=g.dtype)
    for out, inp, weight in _conv_cells(x_shape, w.shape, g.shape, stride, padding, dilation, groups):
        gx[inp] += g[out] * w[weight]
    return gx


def conv2d_grad_weight(g, x, w_shape, stride, padding, dilation, groups):
    """Gradient of ``w``, of shape ``w_shape``, from the gradient g (N, O, OH, OW) of ``y``."""
    # And g x to its w.
    gw = np.zeros(w_shape, dtype=g.dtype)
    for out, inp, weight in _conv_cells(x.shape, w_shape, g.shape, stride, padding, dilation, groups):
        gw[weight] += g[out] * x[inp]
    return gw


def _conv_shape(x_shape, w_shape, stride, padding, dilation):
    """(N, O, OH, OW) from (N, C, H, W) and (O, C/groups, KH, KW)."""
    axes = zip(x_shape[2:], w_shape[2:], stride, padding, dilation)
    return (x_shape[0], w_shape[0], *(conv_size(*axis) for axis in axes))


def _conv_cells(x_shape, w_shape, y_shape, stride, padding, dilation, groups):
    """Every product of a convolution, as three indices: into y (n, o, i, j), x (n, c, h, w) and w (o, k, kh, kw).

    Filters and channels are split into ``groups``, in order: filter o sees the channels of its own group only, and
    its k counts them from 0.  ``_window`` says which cells a window covers along an axis.
    """
    _, C, H, W = x_shape
    O, _, KH, KW = w_shape
    for n, o, oh, ow in np.ndindex(*y_shape):
        group = o // (O // groups)
        for c in range(C // groups):
            for h, kh in _window(oh, H, KH, stride[0], padding[0], dilation[0]):
                for v, kw in _window(ow, W, KW, stride[1], padding[1], dilation[1]):
                    yield (n, o, oh, ow), (n, group * (C // groups) + c, h, v), (o, c, kh, kw)


def _window(position, size, kernel, stride, padding, dilation):
    """The cells of one window that lie inside an axis of ``size`` cells: pairs (place, offset k in the window).

    Window 0 begins in the padding, ``padding`` cells before place 0; the next begins ``stride`` cells later.  Its
    ``kernel`` cells are ``dilation`` apart.
    """
    for k in range(kernel):
        place = position * stride - padding + k * dilation
        if 0 <= place < size:
            yield place, k


def max_pool2d(x, kernel, stride, padding, dilation, ceil_mode):
    """The largest cell of each window, and where it was: y and switches, int64, both (N, C, OH, OW).

    A switch is ``h * W + w`` in the plane without padding, which never wins; ``pool_size`` says how many windows there
    are.  Among equals the first in row-major order wins.  A NaN wins over every number, and (as in PyTorch) the last
    of several NaN.
    """
    N, C, H, W = x.shape
    axes = zip((H, W), kernel, stride, padding, dilation)
    shape = (N, C, *(pool_size(*axis, ceil_mode) for axis in axes))
    y = np.full(shape, -np.inf, dtype=x.dtype)
    switches = np.zeros(shape, dtype=np.int64)
    for n, c, oh, ow in np.ndindex(*shape):
        rows = _window(oh, H, kernel[0], stride[0], padding[0], dilation[0])
        columns = _window(ow, W, kernel[1], stride[1], padding[1], dilation[1])
        cells = [(h, w) for (h, _), (w, _) in product(rows, columns)]
        for i, (h, w) in enumerate(cells):
            value = x[n, c, h, w]
            if i == 0 or value > y[n, c, oh, ow] or np.isnan(value):
                y[n, c, oh, ow] = value
                switches[n, c, oh, ow] = h * W + w
    return y, switches


def max_unpool2d(g, switches, plane):
    """Gradient of ``x`` (N, C, *plane) from the gradient g (N, C, OH, OW) of its maxima, and their switches."""
    # y is a copy of the cell that won, so its gradient goes there, whole; a cell may win in several windows.
    H, W = plane
    gx = np.zeros((*g.shape[:2], H, W), dtype=g.dtype)
    for n, c, i, j in np.ndindex(*g.shape):
        gx[n, c, *divmod(switches[n, c, i, j], W)] += g[n, c, i, j]
    return gx


def gather_switches(x, switches):
    """``y[n,c,i,j] = x[n,c].flat[switches[n,c,i,j]]``: the adjoint of unpooling."""
    W = x.shape[3]
    y = np.zeros(switches.shape, dtype=x.dtype)
    for n, c, i, j in np.ndindex(*switches.shape):
        y[n, c, i, j] = x[n, c, *divmod(switches[n, c, i, j], W)]
    return y


def avg_pool2d(x, kernel, stride, padding, ceil_mode, count_include_pad):
    """``y = sum of the window's cells / how many cells count``."""
    axes = zip(x.shape[2:], kernel, stride, padding, (1, 1))
    y = np.zeros((*x.shape[:2], *(pool_size(*axis, ceil_mode) for axis in axes)), dtype=x.dtype)
    for out, inp, divisor in _mean_cells(x.shape, y.shape, kernel, stride, padding, count_include_pad):
        y[out] += x[inp] / divisor
    return y


def avg_pool2d_grad(g, x_shape, kernel, stride, padding, ceil_mode, count_include_pad):
    """Gradient of ``x``, of shape ``x_shape``, from the gradient g of its means; see ``_mean_cells``."""
    # y = sum of x / divisor, so every cell of a window receives that share of its gradient.
    gx = np.zeros(x_shape, dtype=g.dtype)
    for out, inp, divisor in _mean_cells(x_shape, g.shape, kernel, stride, padding, count_include_pad):
        gx[inp] += g[out] / divisor
    return gx


def _mean_cells(x_shape, y_shape, kernel, stride, padding, count_include_pad):
    """Every summand of an average pooling: index into y, into x, and the divisor."""
    _, _, H, W = x_shape
    for n, c, oh, ow in np.ndindex(*y_shape):
        rows = [h for h, _ in _window(oh, H, kernel[0], stride[0], padding[0], 1)]
        columns = [w for w, _ in _window(ow, W, kernel[1], stride[1], padding[1], 1)]
        divisor = len(rows) * len(columns)
        if count_include_pad:
            # The window once more, over the axis with its padding as cells like any other.
            tall = _window(oh, H + 2 * padding[0], kernel[0], stride[0], 0, 1)
            wide = _window(ow, W + 2 * padding[1], kernel[1], stride[1], 0, 1)
            divisor = len(list(tall)) * len(list(wide))
        for h, w in product(rows, columns):
            yield (n, c, oh, ow), (n, c, h, w), divisor


def relu(x):
    """Number by number."""
    return _each(x, lambda i: x[i] if not x[i] <= 0 else 0)


def gate(g, x):
    """Number by number."""
    return _each(g, lambda i: g[i] if x[i] > 0 else 0)


def gates(g, x, by):
    """Number by number."""
    y = np.zeros(g.shape, g.dtype)
    for n, *i in np.ndindex(*g.shape):
        seen = x[(n if len(x) > 1 else 0, *i)]
        if not (by[n, 0] and not seen > 0 or by[n, 1] and not g[n, *i] > 0):
            y[n, *i] = g[n, *i]
    return y


def affine(x, scale, shift):
    """Number by number; the second index is the channel."""
    return _each(x, lambda i: scale[i[1]] * x[i] + shift[i[1]])


def channel_sums(g, x):
    """Number by number."""
    sums, products = np.zeros(x.shape[1], x.dtype), np.zeros(x.shape[1], x.dtype)
    for i in np.ndindex(*x.shape):
        sums[i[1]] += g[i]
        products[i[1]] += g[i] * x[i]
    return sums, products


def batch_norm(x, w, b, eps):
    """Mean, variance, and the formula."""
    count = x.size // x.shape[1]
    mean = channel_sums(x, x)[0] / count
    centred = _each(x, lambda i: x[i] - mean[i[1]])
    var = channel_sums(centred, centred)[1] / count
    return _each(x, lambda i: w[i[1]] * centred[i] / (var[i[1]] + eps) ** 0.5 + b[i[1]]), mean, var


def batch_norm_grad(g, x, mean, var, w, eps):
    """The formula, number by number."""
    count = x.size // x.shape[1]
    xn = _each(x, lambda i: (x[i] - mean[i[1]]) / (var[i[1]] + eps) ** 0.5)
    gb, gw = channel_sums(g, xn)
    gx = _each(x, lambda i: w[i[1]] / (var[i[1]] + eps) ** 0.5 * (g[i] - gb[i[1]] / count - xn[i] * gw[i[1]] / count))
    return gx, gw, gb


def crops(x, corners, size, patches, places):
    """Every cell is the patch's, if that is there, or else the picture's."""
    y = np.empty((len(corners), len(x), *size), dtype=x.dtype)
    for b, c, i, j in np.ndindex(*y.shape):
        h, w = corners[b] + (i, j)
        u, v = (h, w) - places[b]
        patched = 0 <= u < patches.shape[2] and 0 <= v < patches.shape[3]
        y[b, c, i, j] = patches[b, c, u, v] if patched else x[c, h, w]
    return y


def _each(like, function):
    """An array like `like`, with the function of every index."""
    y = np.empty_like(like)
    for i in np.ndindex(*like.shape):
        y[i] = function(i)
    return y
