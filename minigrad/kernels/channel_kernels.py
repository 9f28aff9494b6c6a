"""Kernels that only pass over memory: ReLU, what is the same for a whole channel, batch norm, crops.

Nothing here computes much, so what counts is how often a number travels between memory and processor.  Batch norm
written with array operations reads its picture a dozen times; here a thread takes one channel, which fits its cache,
and goes over it three times forwards and twice backwards.

Sums run in float32 within a row and in float64 over the rows.

Read next: ``numba_backend.py``, which calls all kernels.
"""

from .jit import claim, helper, kernel, summing
from .tiles import copy

CHUNK = 1 << 14  # numbers that a thread does at once


@kernel
def relu(queue, x, y):
    """``y = max(x, 0)``; NaN stays NaN, and there is no -0."""
    zero = x.dtype.type(0)  # a plain 0 would make float64 of everything
    start = claim(queue) * CHUNK
    while start < x.size:
        numbers, out = x[start : start + CHUNK], y[start : start + CHUNK]
        for i in range(numbers.size):
            out[i] = zero if numbers[i] <= zero else numbers[i]
        start = claim(queue) * CHUNK


@kernel
def gate(queue, g, x, y):
    """``y = g where x > 0, else 0``."""
    zero = x.dtype.type(0)
    start = claim(queue) * CHUNK
    while start < x.size:
        arriving, numbers, out = g[start : start + CHUNK], x[start : start + CHUNK], y[start : start + CHUNK]
        for i in range(numbers.size):
            out[i] = arriving[i] if numbers[i] > zero else zero
        start = claim(queue) * CHUNK


@kernel
def gates(queue, g, x, by, y):
    """`gate` by x, by g itself, or by both: for each picture as `by` says.

    Parameters
    ----------
    g, y : (N, L)
    x : (N, L), or (1, L) for all
    by : (N, 2)
    """
    N, L = g.shape
    zero, chunks = x.dtype.type(0), -(-L // CHUNK)
    item = claim(queue)
    while item < N * chunks:
        n, part = divmod(item, chunks)
        start, stop = part * CHUNK, min(L, (part + 1) * CHUNK)
        arriving, numbers, out = g[n, start:stop], x[min(n, len(x) - 1), start:stop], y[n, start:stop]
        by_x, by_g = by[n]
        if by_x and by_g:
            for i in range(out.size):
                out[i] = arriving[i] if (numbers[i] > zero) & (arriving[i] > zero) else zero
        else:
            seen = numbers if by_x else arriving
            for i in range(out.size):
                out[i] = arriving[i] if (seen[i] > zero) | (not (by_x or by_g)) else zero
        item = claim(queue)


@kernel
def affine(queue, x, scale, shift, y):
    """``y = scale x + shift``, with one scale and one shift for each channel.

    Parameters
    ----------
    x, y : (N, C, L)
    scale, shift : (C,)
    """
    N, C, L = x.shape
    p = claim(queue)
    while p < N * C:
        n, c = divmod(p, C)
        a, b = scale[c], shift[c]
        for i in range(L):
            y[n, c, i] = x[n, c, i] * a + b
        p = claim(queue)


@kernel
def finish(queue, y, finish):
    """``y = max(scale y + shift + other, least)``, in place, for y (N, C, L)."""
    N, C, L = y.shape
    p = claim(queue)
    while p < N * C:
        finish_some(y.reshape(-1), p * L, L, p % C, finish)
        p = claim(queue)


@helper
def finish_some(y, p, count, c, finish):
    """`finish` for `count` numbers of channel c, from place p on; nothing if it is None."""
    if finish is None:
        return
    a, b, least = finish.scale[c], finish.shift[c], finish.least
    if finish.other.size:
        for i in range(p, p + count):
            total = y[i] * a + b + finish.other[i]
            y[i] = least if total <= least else total
    else:
        for i in range(p, p + count):
            total = y[i] * a + b
            y[i] = least if total <= least else total


@kernel
def channel_sums(queue, g, x, sums, products):
    """``sums[c] = sum of g``, ``products[c] = sum of g x``: the gradients of `affine`'s shift and scale."""
    N, C, L = x.shape
    c = claim(queue)
    while c < C:
        total, along = 0.0, 0.0
        for n in range(N):
            total += row_sum(g[n, c])
            along += row_product(g[n, c], x[n, c], x[n, c, 0] - x[n, c, 0])
        sums[c], products[c] = total, along
        c = claim(queue)


@kernel
def batch_norm(queue, x, w, b, eps, y, mean, var):
    """``y = (x - mean) / sqrt(var + eps) w + b``, with the mean and variance of each channel.

    Parameters
    ----------
    x : (N, C, L)
    w, b : (C,)
    y, mean, var : written
    """
    N, C, L = x.shape
    c = claim(queue)
    while c < C:
        total = 0.0
        for n in range(N):
            total += row_sum(x[n, c])
        mean[c] = total / (N * L)
        spread = 0.0
        for n in range(N):
            spread += row_squares(x[n, c], mean[c])
        var[c] = spread / (N * L)
        scale = w[c] / (var[c] + eps) ** 0.5
        normalise(x, c, mean[c], scale, b[c], y)
        c = claim(queue)


@kernel
def batch_norm_grad(queue, g, x, mean, var, w, eps, gx, gw, gb):
    """``gx = w / std (g - mean(g) - xn mean(g xn))``, ``gw = sum(g xn)``, ``gb = sum(g)``.

    ``xn = (x - mean) / std``.

    Parameters
    ----------
    g, x, gx : (N, C, L)
    mean, var, w, gw, gb : (C,)
    """
    N, C, L = x.shape
    c = claim(queue)
    while c < C:
        total, along = 0.0, 0.0
        for n in range(N):
            total += row_sum(g[n, c])
            along += row_product(g[n, c], x[n, c], mean[c])
        std = (var[c] + eps) ** 0.5
        gb[c], gw[c] = total, along / std
        pass_gradient(g, x, c, mean[c], w[c] / std, total / (N * L), along / (std * std) / (N * L), gx)
        c = claim(queue)


@summing
def row_sum(row):
    total = row[0]
    for i in range(1, row.size):
        total += row[i]
    return total


@summing
def row_squares(row, mean):
    """``sum of (row - mean)^2``."""
    total = (row[0] - mean) * (row[0] - mean)
    for i in range(1, row.size):
        total += (row[i] - mean) * (row[i] - mean)
    return total


@summing
def row_product(g, row, mean):
    """``sum of g (row - mean)``."""
    total = g[0] * (row[0] - mean)
    for i in range(1, row.size):
        total += g[i] * (row[i] - mean)
    return total


@summing
def normalise(x, c, mean, scale, shift, y):
    """``y = (x - mean) scale + shift`` for one channel, in x's own precision."""
    a, b = x.dtype.type(scale), x.dtype.type(shift)
    for n in range(x.shape[0]):
        for i in range(x.shape[2]):
            y[n, c, i] = (x[n, c, i] - mean) * a + b


@summing
def pass_gradient(g, x, c, mean, scale, g_mean, slope, gx):
    """``gx = scale (g - g_mean - (x - mean) slope)`` for one channel, in x's own precision."""
    a, b, s = x.dtype.type(scale), x.dtype.type(g_mean), x.dtype.type(slope)
    for n in range(x.shape[0]):
        for i in range(x.shape[2]):
            gx[n, c, i] = a * (g[n, c, i] - b - (x[n, c, i] - mean) * s)


@kernel
def crops(queue, x, corners, patches, places, y):
    """Row by row: what is left of the patch, the patch, what is right of it.

    Parameters
    ----------
    x : (C, H, W)
    corners, places : (B, 2)
    patches : (B, C, h, w)
    y : (B, C, height, width), written
    """
    _, H, W = x.shape
    B, C, height, width = y.shape
    _, _, h, w = patches.shape
    picture, laid_over, crop = x.reshape(-1), patches.reshape(-1), y.reshape(-1)
    b = claim(queue)
    while b < B:
        top, left = corners[b]
        down, right = places[b, 0] - top, places[b, 1] - left
        first, last = min(max(right, 0), width), min(max(right + w, 0), width)
        for c in range(C):
            for i in range(height):
                source, p = (c * H + top + i) * W + left, ((b * C + c) * height + i) * width
                if down <= i < down + h and first < last:
                    copy(picture, source, crop, p, first)
                    copy(laid_over, ((b * C + c) * h + i - down) * w + first - right, crop, p + first, last - first)
                    copy(picture, source + last, crop, p + last, width - last)
                else:
                    copy(picture, source, crop, p, width)
        b = claim(queue)
