"""Winograd's convolution in rounds: the values of many pieces are kept, and the filters come by.

In a wide net there are more filters than pieces: 512 filters of 512 channels have 38 MB of values, and to fetch them
again for every strip would take longer than to multiply.  So the loops are turned inside out:

    for a round of strips                   evaluate all their pieces
        for a few filters                   transform them, multiply them with all pieces, forget them
    read all results off

The gradient of so many filters has the same order: values of x and of g first, then the sum over all pieces.

Read next: ``winograd.py``, which plans and calls.
"""

from .jit import NEXT_THREAD, claim, helper, kernel
from .winograd_kernels import POINTS, add_pieces, each_piece, gather, lay, pick, read_pieces
from .winograd_tiles import (
    ROWS,
    add_product,
    add_wide_product,
    evaluate_filter,
    evaluate_gradient,
    evaluate_picture,
    product,
    wide_product,
)


@kernel
def evaluate_pictures(queue, x, first, count, plan, side, laid, values):
    """``values[point, piece, c]`` of `count` strips from `first` on, which all stand in one array."""
    size = plan.pieces * x.shape[1]
    t = claim(queue, NEXT_THREAD)
    s = claim(queue)
    while s < count:
        if first + s < plan.strips:
            lay(x, first + s, plan, side, laid[t])
            each_piece(evaluate_picture, laid[t], plan, side, x.shape[1], values.reshape(-1), s * plan.pieces)
        else:
            values[:, s * size : (s + 1) * size] = 0  # times what has arrived in the round before
        s = claim(queue)


@kernel
def evaluate_gradients(queue, g, first, count, plan, side, laid, arriving):
    """``arriving[point, piece, o]`` of `count` strips from `first` on."""
    t = claim(queue, NEXT_THREAD)
    s = claim(queue)
    while s < count and first + s < plan.strips:
        lay(g, first + s, plan, side, laid[t])
        each_piece(evaluate_gradient, laid[t], plan, side, g.shape[1], arriving.reshape(-1), s * plan.pieces)
        s = claim(queue)


@kernel
def multiply_filters(queue, values, pieces, w, flipped, lanes, tables, taps, filters, products):
    """``products[point, piece, o] = sum over c of values[point, piece, c] times the value of filter (o, c)``.

    For filters so many that their values would not fit a cache: a thread takes two vectors of filters, a chunk of their
    channels, and uses them for all pieces.  So a weight is read once, and its 36 values never leave the cache.

    Parameters
    ----------
    values : (36, at least pieces C)
    pieces : int
        A multiple of ROWS.
    w, flipped
        As for `transform_filters`.
    tables : as `winograd.Taps`
    taps : (threads, chunk, 9, 2 lanes), scratch
    filters : (threads, 36, at least chunk 2 lanes), scratch
    products : (36, at least pieces O), written
    """
    C, O = (w.shape[0], w.shape[1]) if flipped else (w.shape[1], w.shape[0])
    chunk, width = taps.shape[1], taps.shape[3]
    t = claim(queue, NEXT_THREAD)
    block = claim(queue)
    while block * width < O:
        o = block * width
        vectors = min(width, O - o) // lanes
        for c in range(0, C, chunk):
            count = min(chunk, C - c)
            gather(w, flipped, o, c, count, vectors, lanes, tables, taps[t])
            transform(taps[t], count, vectors, lanes, tables, filters[t])
            multiply_chunk(values, pieces, C, c, count, filters[t], width, vectors, products, O, o)
        block = claim(queue)


@kernel
def read_strips(queue, products, first, count, plan, side, laid, y, finish):
    """Read off and put in place the results of `count` strips from `first` on."""
    count = min(count, plan.strips - first)
    t = claim(queue, NEXT_THREAD)
    s = claim(queue)
    while s < count:
        read_pieces(products.reshape(-1), s * plan.pieces, plan, side, y.shape[1], laid[t])
        pick(laid[t], first + s, plan, side, y, finish)
        s = claim(queue)


@kernel
def collect(queue, values, arriving, pieces, C, O, lanes, sums):
    """``sums[point, c, o] += sum over pieces of values[point, piece, c] arriving[point, piece, o]``."""
    a, b, out = values.reshape(-1), arriving.reshape(-1), sums.reshape(-1)
    point = claim(queue)
    while point < POINTS:
        q, r, p = point * values.shape[1], point * arriving.shape[1], point * sums.shape[1]
        add_pieces(a, q, b, r, pieces, C, O, lanes, out, p)
        point = claim(queue)


@helper
def transform(taps, count, vectors, lanes, tables, filters):
    """The values of some channels of some filters: ``filters[point, i, j]``."""
    source, out, width = taps.reshape(-1), filters.reshape(-1), taps.shape[2]
    for i in range(count):
        for v in range(0, vectors * lanes, lanes):
            evaluate_filter(source, i * 9 * width + v, tables.taps, out, i * width + v, tables.points)


@helper
def multiply_chunk(values, pieces, C, c, count, filters, width, vectors, products, O, o):
    """Add to ``products[:, :, o ...]`` what the channels from `c` on contribute; the first chunk overwrites."""
    a, b, out = values.reshape(-1), filters.reshape(-1), products.reshape(-1)
    for point in range(POINTS):
        s = point * filters.shape[1]
        for i in range(0, pieces, ROWS):
            q, p = point * values.shape[1] + i * C + c, point * products.shape[1] + i * O + o
            if vectors == 2 and c > 0:
                add_wide_product(a, q, C, 1, b, s, width, count, out, p, O)
            elif vectors == 2:
                wide_product(a, q, C, 1, b, s, width, count, out, p, O)
            elif c > 0:
                add_product(a, q, C, 1, b, s, width, count, out, p, O)
            else:
                product(a, q, C, 1, b, s, width, count, out, p, O)
