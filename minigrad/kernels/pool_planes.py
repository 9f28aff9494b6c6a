"""Max pooling of a plane, 16 windows at a time.

Which cell of a window is the largest is a matter of chance, so a processor that guesses which way an ``if`` will go
often guesses wrong, and each wrong guess costs more than all else that is done for the window.  Vectors need no
guesses: each lane is a window, all look at the same cell of theirs at once, and a mask says which lanes have found
something better.

    the next cell of 16 windows       8  1  5  ...
    best so far                       3  4  5  ...
    mask                              1  0  0  ...      best = next where the mask is 1, and so for the switches

The function with plain loops says what is computed; it also is what strides above 2 get.  The builder beneath it emits
the same for strides of 1 and 2, where the same cell of neighbouring windows is found in one or two vectors.

Read next: ``channel_kernels.py``.
"""

import numpy as np

from .emitter import VECTOR_BYTES, emitted
from .jit import compiled, either, helper


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
    """`plain_pool_plane` for a stride of 1 or 2, with a window in each lane; lanes in the padding see -inf."""

    @emitted
    def pool_windows(e, x, p, W, y, switches, q, j, OW, top, count, down, left, columns, right):
        builder, add, multiply = e.builder, e.builder.add, e.builder.mul
        start = add(left, multiply(j, e.index(stride)))  # of the first lane's window
        none = e.count_from(-1, 0)

        def row(k, found):
            place = multiply(add(top, multiply(k, down)), W)
            return e.loop(0, columns, 1, found, lambda l, found: cell(place, add(start, multiply(l, right)), found))

        def cell(place, w, found):
            best, switch = found
            value = e.load_inside(e.at(x, p, place), w, W, -np.inf)
            if stride == 2:
                more = e.load_inside(e.at(x, p, place), add(w, e.index(e.lanes)), W, -np.inf)
                value = e.pick(value, more, range(0, 2 * e.lanes, 2))
            greater, is_nan = builder.fcmp_ordered(">", value, best), builder.fcmp_unordered("uno", value, value)
            is_first = builder.and_(e.inside(w, stride, W), builder.icmp_signed("==", switch, none))
            wins = builder.or_(builder.or_(greater, is_nan), is_first)
            return (builder.select(wins, value, best),
                    builder.select(wins, e.count_from(add(place, w), stride), switch))

        best, switch = e.loop(0, count, 1, [e.constant(-np.inf), none], row)
        switch = builder.select(builder.icmp_signed("==", switch, none), e.count_from(0, 0), switch)
        e.store_inside(best, e.at(y, q), j, OW)
        e.store_inside(e.whole(switch), e.at(switches, q), j, OW)

    def pool_plane(x, p, size, y, switches, q, windows, tops, counts, down, left, columns, right):
        (_, W), (OH, OW) = size, windows
        for i in range(OH):
            for j in range(0, OW, VECTOR_BYTES // x.itemsize):
                pool_windows(x, p, W, y, switches, q + i * OW, j, OW, tops[i], counts[i], down, left, columns, right)

    return compiled(pool_plane)  # not a helper: Python calls it too, from ``max_pool.py_func``


def plain_pool_plane_by(stride):
    """`plain_pool_plane` for one stride."""

    def pool_plane(*arguments):
        plain_pool_plane(*arguments, stride)  # type: ignore[call-arg]

    return pool_plane


pool_plane = helper(plain_pool_plane)
pool_plane_by_1, pool_plane_by_2 = (either(plain_pool_plane_by, pool_plane_by)(stride) for stride in (1, 2))
