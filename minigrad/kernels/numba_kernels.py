"""The loops of pooling that Numba compiles: pure functions ``(queue, inputs, out)`` that return nothing.

A *plane* is one channel of one image.  A thread claims one of the P = N C planes after the other and writes only what
it has claimed, so there is no race, and the result is the same for any number of threads.

Read them in pairs.  A gradient kernel has its partner's loops and indices, with the two sides of the assignment
swapped: that *is* what "adjoint" means.  Under ``NUMBA_DISABLE_JIT=1`` (and as ``kernel.py_func``) they are ordinary
Python.

Read next: ``pool_planes.py``, max pooling by vectors.
"""

import numpy as np

from .jit import claim, helper, kernel
from .pool_planes import pool_plane, pool_plane_by_1, pool_plane_by_2


@kernel
def max_pool(queue, x, kernel, stride, padding, dilation, y, switches):
    """``y = max of the window``, ``switches = its h W + w``; strictly greater, so ties go first.

    Parameters
    ----------
    x : (P, H, W)
    kernel, stride, padding, dilation : pairs
    y, switches : (P, OH, OW), written
    """
    P, OH, OW = y.shape
    _, H, W = x.shape
    numbers, results, places = x.reshape(-1), y.reshape(-1), switches.reshape(-1)
    tops, counts = np.empty(OH, np.int64), np.empty(OH, np.int64)
    for i in range(OH):
        tops[i], counts[i] = inside(i * stride[0] - padding[0], kernel[0], dilation[0], H)
    columns = -padding[1], kernel[1], dilation[1]
    p = claim(queue)
    while p < P:
        plane = numbers, p * H * W, (H, W), results, places, p * OH * OW, (OH, OW), tops, counts, dilation[0]
        if stride[1] == 1:
            pool_plane_by_1(*plane, *columns)
        elif stride[1] == 2:
            pool_plane_by_2(*plane, *columns)
        else:
            pool_plane(*plane, *columns, stride[1])
        p = claim(queue)


@helper
def inside(start, count, step, size):
    """Of cells ``start, start + step, ...``, so many of them: the first inside of an axis, and how many are inside."""
    first = start % step if start < 0 else start
    stop = min(size, start + (count - 1) * step + 1)
    return first, max(0, -((first - stop) // step))


@kernel
def scatter(queue, g, switches, gx):
    """``gx[p, switches[p,i]] += g[p,i]``, from zero: g, switches (P, OH OW), gx (P, H W)."""
    P, L = g.shape
    p = claim(queue)
    while p < P:
        gx[p] = 0
        for i in range(L):
            gx[p, switches[p, i]] += g[p, i]
        p = claim(queue)


@kernel
def gather(queue, x, switches, y):
    """``y[p,i] = x[p, switches[p,i]]``: x (P, H W), switches and y (P, OH OW)."""
    P, L = y.shape
    p = claim(queue)
    while p < P:
        for i in range(L):
            y[p, i] = x[p, switches[p, i]]
        p = claim(queue)


@kernel
def avg_pool(queue, x, kernel, stride, padding, area, y):
    """``y[p,oh,ow] = sum of x[p,h,w] over the window / area[oh,ow]``.

    Parameters
    ----------
    x : (P, H, W)
    kernel, stride, padding : pairs
    area : (OH, OW), what each window divides by
    y : (P, OH, OW), written
    """
    P, OH, OW = y.shape
    _, H, W = x.shape
    p = claim(queue)
    while p < P:
        for oh in range(OH):
            top = oh * stride[0] - padding[0]
            for ow in range(OW):
                left = ow * stride[1] - padding[1]
                total = 0.0
                for h in range(max(top, 0), min(top + kernel[0], H)):
                    for w in range(max(left, 0), min(left + kernel[1], W)):
                        total += x[p, h, w]
                y[p, oh, ow] = total / area[oh, ow]
        p = claim(queue)


@kernel
def avg_pool_grad(queue, g, kernel, stride, padding, area, gx):
    """``gx[p,h,w] += g[p,oh,ow] / area[oh,ow]`` over the window, from zero.

    Shapes as in ``avg_pool``, with g for y and gx (written) for x.
    """
    P, OH, OW = g.shape
    _, H, W = gx.shape
    p = claim(queue)
    while p < P:
        gx[p] = 0
        for oh in range(OH):
            top = oh * stride[0] - padding[0]
            for ow in range(OW):
                left = ow * stride[1] - padding[1]
                share = g[p, oh, ow] / area[oh, ow]
                for h in range(max(top, 0), min(top + kernel[0], H)):
                    for w in range(max(left, 0), min(left + kernel[1], W)):
                        gx[p, h, w] += share
        p = claim(queue)
