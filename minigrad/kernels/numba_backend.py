"""The default backend: compiled kernels, run by a team of threads.

im2col makes one large matrix product of a convolution, but first writes every pixel KH KW times.  Here every pixel is
laid once, into a frame that fits the cache of a thread, and a table says how far it is from there to each tap:

    w  --pack-->  blocks of filters --.
    x  --fill-->  frame, offsets  ----+-->  tiles of sums in registers  --copy out-->  y      (`conv_kernels`)

Wide filters of 3 x 3 need only a quarter of the multiplications (`winograd`); filters of one pixel need no frame at all
(`conv_kernels.pointwise`); pooling goes over planes (`numba_kernels`), max pooling by 16 windows at a time
(`pool_planes`), and all else passes over memory as rarely as it can (`channel_kernels`).

Each function makes the arrays, asks how many threads the work is worth, and launches.  This is the last file of the
folder; ``minigrad/ops/conv.py`` is where all of it is called from.
"""

import numpy as np

from . import Finish, channel_kernels, conv_kernels, numba_kernels, numpy_backend, winograd
from .frames import backward_layout, forward_layout
from .launch import launch, plain, scratch, team
from .memory import keep_freed_memory
from .shapes import conv_size, pool_size, window_area
from .tiles import TAPS, WIDE

POINTWISE_BYTES = 256 << 10  # of the pixels that stay in a thread's cache while all filters look at them
PASS = 32  # multiply-adds in the time in which memory delivers a number
CELL = 16  # multiply-adds in the time of looking at one number in a loop without vectors

keep_freed_memory()


def conv2d(x, w, stride, padding, dilation, groups):
    """`correlate` over the frame of ``x``."""
    return finished_conv2d(x, w, None, stride, padding, dilation, groups)


def finished_conv2d(x, w, finish, stride, padding, dilation, groups):
    """The same, and each part is finished as soon as it is there."""
    axes = zip(x.shape[2:], w.shape[2:], stride, padding, dilation)
    y = np.empty((x.shape[0], w.shape[0], *(conv_size(*axis) for axis in axes)), dtype=x.dtype)
    if winograd.pays(x.shape, w.shape, y.shape, stride, dilation, groups, x.dtype):
        winograd.conv2d(x, w, padding, y, finish=epilogue(finish, x.dtype))
        return y
    geometry = x.shape, w.shape, y.shape, stride, padding, dilation, groups, x.dtype
    correlate(x, w, forward_layout(*geometry, team(y.size * w[0].size)), y, epilogue(finish, x.dtype))
    return y


def conv2d_grad_input(g, w, x_shape, stride, padding, dilation, groups):
    """`correlate` over the frame of ``g``, with the filters flipped."""
    gx = np.empty(x_shape, dtype=g.dtype)
    if winograd.pays(g.shape, w.shape, gx.shape, stride, dilation, groups, g.dtype) and max(padding) <= 2:
        winograd.conv2d(g, w, (2 - padding[0], 2 - padding[1]), gx, None, flipped=True)
        return gx
    geometry = gx.shape, w.shape, g.shape, stride, padding, dilation, groups, g.dtype
    correlate(g, w, backward_layout(*geometry, team(g.size * w[0].size)), gx, None)
    return gx


def epilogue(finish, dtype):
    """A `Finish` as kernels take it, all arrays in one dtype and `other` flat, or empty for none; None stays None."""
    if finish is None:
        return None
    other = np.empty(0, dtype) if finish.other is None else plain(finish.other).reshape(-1)
    return Finish(plain(finish.scale), plain(finish.shift), other, dtype.type(finish.least))


def correlate(x, w, layout, y, finish):
    """Pack the weights, then run `conv_kernels.correlate`, or `pointwise` where that is enough."""
    frame, work, offsets, places, phases, frame_size, out_size, threads, _ = layout
    blocks = work.groups * -(-work.filters // work.width)
    packed = scratch("packed", x.dtype, blocks, len(places), work.width)
    launch(conv_kernels.pack, plain(w).reshape(-1), work, places, packed, threads=team(packed.size * CELL))
    N, C, H, W = x.shape
    if layout.pointwise and x.shape[2:] == y.shape[2:]:
        chunk = max(1, POINTWISE_BYTES // (C * x.itemsize * work.pixels)) * work.pixels
        launch(conv_kernels.pointwise, plain(x).reshape(N, C, H * W), packed, np.arange(C) * (H * W), work.pixels,
               chunk, y.reshape(N, -1, H * W), threads=threads)
        if finish is not None:  # later, as tiles overlap
            launch(channel_kernels.finish, _rows(y), finish, threads=team(y.size * PASS))
        return
    frames = scratch("frames", x.dtype, threads, frame_size)
    tiles = scratch("tiles", x.dtype, threads, work.width * out_size)
    launch(conv_kernels.correlate, plain(x), packed, frame, work, offsets, phases, frames, tiles, y, finish,
           threads=threads)


def conv2d_grad_weight(g, x, w_shape, stride, padding, dilation, groups):
    """`collect` over the frames of ``x`` and ``g``."""
    O, C, KH, KW = w_shape
    if winograd.pays(x.shape, w_shape, g.shape, stride, dilation, groups, x.dtype):
        gw = np.empty(w_shape, dtype=x.dtype)
        winograd.conv2d_grad_weight(g, x, padding, gw)
        return gw
    geometry = x.shape, tuple(w_shape), g.shape, stride, padding, dilation, groups, x.dtype
    layout = forward_layout(*geometry, 1)  # how the sum is cut must not depend on the number of threads
    blocks, taps = groups * -(-(O // groups) // WIDE), -(-C * KH * KW // TAPS) * TAPS
    threads = team(g.size * C * KH * KW)
    by_filter = min(blocks, threads)
    parts = by_filter, min(threads // by_filter, taps // TAPS)
    frames = scratch("frames", x.dtype, threads, layout.frame_size)
    arriving = scratch("tiles", x.dtype, threads, WIDE * layout.out_size)
    gw = np.empty((blocks, taps, WIDE), dtype=x.dtype)
    launch(conv_kernels.collect, plain(g), plain(x), layout.frame, layout.work, layout.offsets, frames, arriving, parts,
           gw, threads=threads)
    per_filter = gw.reshape(groups, -1, taps, WIDE).swapaxes(2, 3).reshape(groups, -1, taps)
    return np.ascontiguousarray(per_filter[:, : O // groups, : C * KH * KW]).reshape(w_shape)


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
    launch(numba_kernels.max_pool, _join(plain(x)), *geometry, _join(y), _join(switches),
           threads=team(y.size * kernel[0] * kernel[1] * CELL))
    return y, switches


def max_unpool2d(g, switches, plane):
    """Scatter-add ``g`` to its switches, which are trusted to lie inside the plane."""
    gx = np.empty((*g.shape[:2], *plane), dtype=g.dtype)
    launch(numba_kernels.scatter, _flat(plain(g)), _flat_switches(switches), _flat(gx),
           threads=team(gx.size * CELL))
    return gx


def gather_switches(x, switches):
    """Read ``x`` at its switches: the adjoint of ``max_unpool2d``."""
    y = np.empty(switches.shape, dtype=x.dtype)
    launch(numba_kernels.gather, _flat(plain(x)), _flat_switches(switches), _flat(y), threads=team(y.size * CELL))
    return y


def avg_pool2d(x, kernel, stride, padding, ceil_mode, count_include_pad):
    """The mean of each window."""
    axes = zip(x.shape[2:], kernel, stride, padding, (1, 1))
    y = np.empty((*x.shape[:2], *(pool_size(*axis, ceil_mode) for axis in axes)), dtype=x.dtype)
    area = window_area(x.shape[2:], y.shape[2:], kernel, stride, padding, count_include_pad)
    launch(numba_kernels.avg_pool, _join(plain(x)), kernel, stride, padding, area, _join(y),
           threads=team(y.size * kernel[0] * kernel[1] * CELL))
    return y


def avg_pool2d_grad(g, x_shape, kernel, stride, padding, ceil_mode, count_include_pad):
    """Every cell of a window receives its share."""
    gx = np.empty(x_shape, dtype=g.dtype)
    area = window_area(x_shape[2:], g.shape[2:], kernel, stride, padding, count_include_pad)
    launch(numba_kernels.avg_pool_grad, _join(plain(g)), kernel, stride, padding, area, _join(gx),
           threads=team(g.size * kernel[0] * kernel[1] * CELL))
    return gx


def relu(x):
    """Number by number, in pieces."""
    if x.dtype.kind != "f":
        return numpy_backend.relu(x)
    y = np.empty(x.shape, x.dtype)
    launch(channel_kernels.relu, plain(x).reshape(-1), y.reshape(-1), threads=team(x.size * PASS))
    return y


def gate(g, x):
    """Number by number, in pieces."""
    if g.dtype.kind != "f" or g.dtype != x.dtype or g.shape != x.shape:
        return numpy_backend.gate(g, x)
    arriving = plain(g)
    y = np.empty(g.shape, g.dtype) if arriving is g else arriving  # a copy that had to be made has room for the result
    arrays = arriving.reshape(-1), plain(x).reshape(-1), y.reshape(-1)
    launch(channel_kernels.gate, *arrays, threads=team(x.size * PASS))
    return y


def gates(g, x, by):
    """Picture by picture, in pieces."""
    if g.dtype != x.dtype:
        return numpy_backend.gates(g, x, by)
    y = np.empty(g.shape, g.dtype)
    arrays = (plain(array).reshape(len(array), -1) for array in (g, x, by, y))
    launch(channel_kernels.gates, *arrays, threads=team(g.size * PASS))
    return y


def affine(x, scale, shift):
    """Plane by plane."""
    y = np.empty(x.shape, x.dtype)
    launch(channel_kernels.affine, _rows(x), plain(scale), plain(shift), _rows(y), threads=team(x.size * PASS))
    return y


def channel_sums(g, x):
    """Channel by channel."""
    sums, products = np.empty(x.shape[1], x.dtype), np.empty(x.shape[1], x.dtype)
    launch(channel_kernels.channel_sums, _rows(g), _rows(x), sums, products, threads=team(x.size * PASS))
    return sums, products


def batch_norm(x, w, b, eps):
    """Channel by channel, which stays in the cache."""
    y, mean, var = np.empty(x.shape, x.dtype), np.empty(x.shape[1], x.dtype), np.empty(x.shape[1], x.dtype)
    launch(channel_kernels.batch_norm, _rows(x), plain(w), plain(b), eps, _rows(y), mean, var,
           threads=team(x.size * PASS))
    return y, mean, var


def batch_norm_grad(g, x, mean, var, w, eps):
    """Channel by channel, which stays in the cache."""
    gx, gw, gb = np.empty(x.shape, x.dtype), np.empty(x.shape[1], x.dtype), np.empty(x.shape[1], x.dtype)
    statistics = plain(mean), plain(var), plain(w), eps
    launch(channel_kernels.batch_norm_grad, _rows(g), _rows(x), *statistics, _rows(gx), gw, gb,
           threads=team(x.size * PASS))
    return gx, gw, gb


def crops(x, corners, size, patches, places):
    """Rectangle by rectangle."""
    y = np.empty((*patches.shape[:2], *size), x.dtype)
    launch(channel_kernels.crops, plain(x), plain(corners), plain(patches), plain(places), y,
           threads=team(y.size * PASS))
    return y


def _rows(x):
    """(N, C, ...) as (N, C, L)."""
    return plain(x).reshape(x.shape[0], x.shape[1], -1)
