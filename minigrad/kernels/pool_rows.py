"""Max pooling of one row of windows, 16 windows at a time.

Which cell of a window is the largest is a matter of chance, so a processor that guesses what comes next guesses wrong
at every other cell, and each wrong guess costs it more than the whole window.  Vectors need no guesses: each lane is a
window, all look at their cell k at once, and a mask says which lanes found something better.

    cells k of 16 windows       8  1  5  ...
    best so far                 3  4  5  ...
    mask                        1  0  1  ...      best = cell where the mask is 1, and so for the switch

The cells are looked at from the last to the first, and one that is *as good* wins: so the first of equals is left at
the end, and a window of -inf points to a cell that is there, not to the padding.

The function with plain loops says what is computed; it also is what strides above 2 get.  The builder emits the same
for strides of 1 and 2, where the cells of neighbouring windows lie in one or two vectors.

Read next: ``numba_kernels.py``.
"""

import numpy as np

from .emitter import emitted
from .jit import either, helper


def plain_pool_row(x, p, y, switches, q, windows, width, bottom, rows, down, left, columns, along, stride):
    """``y[i] = max over j, k of x[bottom - j down, left + i stride + k along]``; ``switches[i]`` is that place.

    Parameters
    ----------
    x : (H, W)
    y, switches : (OW,), written
    windows, width : int
        OW and W.
    bottom, rows, down : int
        The last row that the windows see, how many there are, and how far from one to the next.
    left, columns, along : int
        The first column of window 0, in the padding if it is negative; how many, and how far from one to the next.
    stride : int
        Columns from one window to the next.
    """
    for i in range(windows):
        best, switch = -np.inf, 0
        for j in range(rows):
            h = bottom - j * down
            for k in range(columns - 1, -1, -1):
                w = left + i * stride + k * along
                # NaN is never smaller; and the first that comes, which is the last of the window, stays.
                if 0 <= w < width and not x[p + h * width + w] < best and best == best:
                    best, switch = x[p + h * width + w], h * width + w
        y[q + i], switches[q + i] = best, switch


def pool_row_of(stride):
    """`plain_pool_row` for a stride of 1 or 2, with a window in each lane."""

    @emitted
    def pool_row(e, x, p, y, switches, q, windows, width, bottom, rows, down, left, columns, along):
        builder = e.builder

        def vector_of_windows(i, _):
            def row(j, found):
                h = builder.sub(bottom, builder.mul(j, down))
                return e.loop(0, columns, 1, found, lambda k, found: cell(h, k, found))

            def cell(h, k, found):
                best, switch = found
                from_right = builder.sub(builder.sub(columns, e.index(1)), k)
                w = builder.add(builder.add(left, builder.mul(i, e.index(stride))), builder.mul(from_right, along))
                place = builder.add(builder.mul(h, width), w)
                cells = e.at(x, p, (h, width))
                value = e.load_inside(cells, w, width, -np.inf)
                if stride == 2:
                    more = e.load_inside(cells, builder.add(w, e.index(e.lanes)), width, -np.inf)
                    value = e.pick(value, more, range(0, 2 * e.lanes, 2))
                no_smaller = builder.fcmp_unordered(">=", value, best)
                no_nan_yet = builder.fcmp_ordered("ord", best, best)
                wins = builder.and_(e.inside(w, stride, width), builder.and_(no_smaller, no_nan_yet))
                return builder.select(wins, value, best), builder.select(wins, e.count_from(place, stride), switch)

            nothing = [e.constant(-np.inf), e.count_from(e.index(0), 0)]
            best, switch = e.loop(0, rows, 1, nothing, row)
            e.store_inside(best, e.at(y, q), i, windows)
            e.store_inside(e.whole(switch), e.at(switches, q), i, windows)
            return []

        e.loop(0, windows, e.lanes, [], vector_of_windows)

    return pool_row


def plain_pool_row_of(stride):
    """`plain_pool_row` for one stride."""

    def pool_row(x, p, y, switches, q, windows, width, bottom, rows, down, left, columns, along):
        plain_pool_row(x, p, y, switches, q, windows, width, bottom, rows, down, left, columns, along, stride)

    return pool_row


pool_row = helper(plain_pool_row)
pool_row_of_stride = either(plain_pool_row_of, pool_row_of)
pool_row_by_1, pool_row_by_2 = pool_row_of_stride(1), pool_row_of_stride(2)
