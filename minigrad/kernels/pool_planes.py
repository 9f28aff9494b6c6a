"""Max pooling of a plane, 16 windows at a time.

Which cell of a window is the largest is a matter of chance, so a processor that guesses which way an ``if`` will go
guesses wrong at every other cell, and each wrong guess costs more than all else that is done for the window.  Vectors
need no guesses: each lane is a window, all look at the same cell of theirs at once, and a mask says which lanes have
found something better.

    the next cell of 16 windows       8  1  5  ...
    best so far                       3  4  5  ...
    mask                              1  0  0  ...      best = next where the mask is 1, and so for the switches

The function with plain loops says what is computed; it also is what strides above 2 get.  The builder beneath it emits
the same for strides of 1 and 2, where the same cell of neighbouring windows is found in one or two vectors.

Read next: ``numba_kernels.py``.
"""

import numpy as np

from .emitter import emitted
from .jit import either, helper


def plain_pool_plane(x, p, size, y, switches, q, windows, tops, counts, down, left, columns, right, stride):
    """``y[q + i OW + j] = max of the window's cells``, ``switches[...] = its h W + w``; the first of equals wins.

    Parameters
    ----------
    x : (any,)
    p, size : int, pair
        Where the plane begins in it, and its H and W.
    y, switches : (any,), written
    q, windows : int, pair
        Where the plane's windows begin in them, and OH and OW.
    tops, counts, down : (OH,), (OH,), int
        The first row of the plane that each row of windows sees, how many rows, and how far from one to the next.
    left, columns, right : int
        The first column that window 0 sees, in the padding if it is negative; how many columns, and how far from one
        to the next.
    stride : int
        Columns from one window to the next.
    """
    for i in range(windows[0]):
        for j in range(windows[1]):
            start = left + j * stride
            best, switch = -np.inf, -1
            for h in range(tops[i], tops[i] + counts[i] * down, down):
                for w in range(start, start + columns * right, right):
                    if 0 <= w < size[1]:
                        value = x[p + h * size[1] + w]
                        # Only NaN differs from itself.  The first cell is taken even if it is -inf.
                        if value > best or value != value or switch < 0:
                            best, switch = value, h * size[1] + w
            place = q + i * windows[1] + j
            y[place], switches[place] = best, max(switch, 0)


def pool_plane_by(stride):
    """`plain_pool_plane` for a stride of 1 or 2, with a window in each lane."""

    @emitted
    def pool_plane(e, x, p, H, W, y, switches, q, OH, OW, tops, counts, down, left, columns, right):
        add, multiply = e.builder.add, e.builder.mul

        def row(i, _):
            top, out = e.read(tops, i), add(q, multiply(i, OW))

            def vector(j, _):
                start = add(left, multiply(j, e.index(stride)))

                def first_column(k, found):  # from the last to the first
                    w = add(start, multiply(e.builder.sub(e.builder.sub(columns, e.index(1)), k), right))
                    return [e.builder.select(e.inside(w, stride, W), e.count_from(w, stride), found[0])]

                def cells(k, found):
                    row_start = multiply(add(top, multiply(k, down)), W)
                    return e.loop(0, columns, 1, found, lambda l, found: cell(row_start, l, found))

                def cell(row_start, l, found):
                    best, switch = found
                    w = add(start, multiply(l, right))
                    value = e.load_inside(e.at(x, p, row_start), w, W, -np.inf)
                    if stride == 2:
                        more = e.load_inside(e.at(x, p, row_start), add(w, e.index(e.lanes)), W, -np.inf)
                        value = e.pick(value, more, range(0, 2 * e.lanes, 2))
                    wins = e.builder.or_(e.builder.fcmp_ordered(">", value, best),
                                         e.builder.fcmp_unordered("uno", value, value))
                    place = e.count_from(add(row_start, w), stride)
                    return e.builder.select(wins, value, best), e.builder.select(wins, place, switch)

                (first,) = e.loop(0, columns, 1, [e.count_from(e.index(0), 0)], first_column)
                first = add(first, e.count_from(multiply(top, W), 0))
                best, switch = e.loop(0, e.read(counts, i), 1, [e.constant(-np.inf), first], cells)
                e.store_inside(best, e.at(y, out), j, OW)
                e.store_inside(e.whole(switch), e.at(switches, out), j, OW)
                return []

            e.loop(0, OW, e.lanes, [], vector)
            return []

        e.loop(0, OH, 1, [], row)

    def call(x, p, size, y, switches, q, windows, tops, counts, down, left, columns, right):
        pool_plane(x, p, size[0], size[1], y, switches, q, windows[0], windows[1], tops, counts, down, left, columns,
                   right)

    return helper(call)


def plain_pool_plane_by(stride):
    """`plain_pool_plane` for one stride."""

    def pool_plane(*arguments):
        plain_pool_plane(*arguments, stride)

    return pool_plane


pool_plane = helper(plain_pool_plane)
_by = either(plain_pool_plane_by, pool_plane_by)
pool_plane_by_1, pool_plane_by_2 = _by(1), _by(2)
