"""Winograd's convolution, strip by strip: transform, multiply, transform back (``winograd_tiles.py`` has the formulae).

    x, NCHW  --lay-->  pixels x channels  --evaluate-->  36 matrices (pieces, C)
                                                             |  product with 36 matrices (C, O) of the filters
    y, NCHW  <--pick--  pixels x filters  <--read off--  36 matrices (pieces, O)

Inside, the channels of a pixel stand side by side: a vector is 16 channels of one pixel, and no transform ever meets
the border of a picture.  A *strip* is some pictures, or a band of one, whose matrices fit a thread's cache.  The
gradient of the filters (`sum_up`) goes the same way with two pictures, x and the gradient of y: the product sums over
the pieces.  Each number is summed in one fixed order, whoever adds it up.

Read next: ``winograd_rounds.py``, the same where filters are many.
"""

from .channel_kernels import finish_some
from .jit import NEXT_THREAD, claim, helper, kernel
from .winograd_tiles import (
    ROWS,
    add_product,
    add_wide_product,
    evaluate_filter,
    evaluate_gradient,
    evaluate_picture,
    product,
    read_off,
    read_off_filter,
    transpose,
    wide_product,
)

POINTS = 36


@kernel
def transform_filters(queue, w, flipped, lanes, tables, points, taps, filters):
    """``filters[point, c, o]``, the values of w[o, c]; flipped: of w[c, o] turned by half a turn, for x's gradient.

    Parameters
    ----------
    w : (O, C, 3, 3), or (C, O, 3, 3) if flipped
    tables : as `winograd.Taps`
    points : (36,) of int64
        From point to point in the values.
    taps : (threads, chunk, 9, 2 lanes), scratch
    filters : (36, at least C O), written
    """
    C, O = (w.shape[0], w.shape[1]) if flipped else (w.shape[1], w.shape[0])
    flat, chunk, width = filters.reshape(-1), taps.shape[1], taps.shape[3]
    blocks = -(-O // width)
    t = claim(queue, NEXT_THREAD)
    item = claim(queue)
    while item < blocks * -(-C // chunk):
        c, o = item // blocks * chunk, item % blocks * width
        count, vectors = min(chunk, C - c), min(width, O - o) // lanes
        gather(w, flipped, o, c, count, vectors, lanes, tables, taps[t])
        for i in range(count):
            for v in range(0, vectors * lanes, lanes):
                evaluate_filter(taps[t].reshape(-1), i * 9 * width + v, tables.taps, flat, (c + i) * O + o + v, points)
        item = claim(queue)


@helper
def gather(w, flipped, o, c, count, vectors, lanes, tables, taps):
    """Weights of some filters and channels, side by side: ``taps[i, k, j]`` is tap k of w[o + j, c + i]."""
    flat, out = w.reshape(-1), taps.reshape(-1)
    if flipped:
        for i in range(count):
            for j in range(vectors * lanes):
                for k in range(9):
                    taps[i, k, j] = w[c + i, o + j, 2 - k // 3, 2 - k % 3]
    else:
        start = (o * w.shape[1] + c) * 9
        for v in range(0, vectors * lanes, lanes):
            for r in range(0, 9 * count, lanes):
                transpose(flat, start + r, tables.filters, v, out, v, tables.rows, r)


@kernel
def convolve(queue, x, filters, plan, source, result, laid, values, products, y, finish):
    """``y`` (N, O, OH, OW) from ``x`` (N, C, H, W) and transformed filters (36, at least C O).

    Parameters
    ----------
    plan, source, result
        As `winograd.Plan`, and as `winograd.Side` for x and for y.
    laid, values, products : (threads, any), scratch
    finish
        As `epilogue` of ``numba_backend.py`` makes it.
    """
    C, O = x.shape[1], y.shape[1]
    weights, pitch = filters.reshape(-1), filters.shape[1]
    t = claim(queue, NEXT_THREAD)
    s = claim(queue)
    while s < plan.strips:
        lay(x, s, plan, source, laid[t])
        each_piece(evaluate_picture, laid[t], plan, source, C, values[t], 0)
        for point in range(POINTS):
            q, p = source.points[point], result.points[point]
            multiply(values[t], q, C, 1, plan.pieces, weights, point * pitch, C, O, plan.lanes, products[t], p)
        read_pieces(products[t], 0, plan, result, O, laid[t])
        pick(laid[t], s, plan, result, y, finish)
        s = claim(queue)


@kernel
def sum_up(queue, x, g, plan, source, result, laid, values, arriving, sums):
    """``sums[share, point, c, o] = sum over the share's pieces of x's value at c times that of the gradient g at o``.

    A share is every so-many-th strip: who sums it up, and when, does not matter to the result.

    Parameters
    ----------
    plan, source, result
        As for `convolve`, with g in the place of y.
    laid, values, arriving : (threads, any), scratch
    sums : (shares, 36, at least C O), written
    """
    shares, _, pitch = sums.shape
    flat, C, O = sums.reshape(-1), x.shape[1], g.shape[1]
    t = claim(queue, NEXT_THREAD)
    share = claim(queue)
    while share < shares:
        sums[share] = 0
        for s in range(share, plan.strips, shares):
            lay(x, s, plan, source, laid[t])
            each_piece(evaluate_picture, laid[t], plan, source, C, values[t], 0)
            lay(g, s, plan, result, laid[t])
            each_piece(evaluate_gradient, laid[t], plan, result, O, arriving[t], 0)
            for point in range(POINTS):
                q, r, p = source.points[point], result.points[point], (share * POINTS + point) * pitch
                add_pieces(values[t], q, arriving[t], r, plan.pieces, C, O, plan.lanes, flat, p)
        share = claim(queue)


@kernel
def read_filters(queue, sums, lanes, places, taps, gw):
    """The gradient (O, C, 3, 3) of the filters, read off the total of the ``sums`` (shares, 36, at least C O).

    Parameters
    ----------
    sums : overwritten
    places : pair of (36,) of int64
        From tap to tap, and from point to point.
    taps : (threads, 9 O), scratch
    """
    O, C = gw.shape[:2]
    total = sums[0].reshape(-1)
    t = claim(queue, NEXT_THREAD)
    c = claim(queue)
    while c < C:
        for point in range(POINTS):
            for share in range(1, len(sums)):
                for p in range(c * O, (c + 1) * O):
                    sums[0, point, p] += sums[share, point, p]
        for o in range(0, O, lanes):
            read_off_filter(total, c * O + o, places[1], taps[t], o, places[0])
        for o in range(O):
            for k in range(9):
                gw[o, c, k // 3, k % 3] = taps[t, k * O + o]
        c = claim(queue)


@helper
def lay(x, s, plan, side, laid):
    """The strip's pictures in their padding, pixel by pixel: ``laid[image, row, column, channel]``."""
    N, C, H, W = x.shape
    n, images = s // plan.bands * plan.images, min(plan.images, N - s // plan.bands * plan.images)
    row = s % plan.bands * plan.band_rows - side.top
    first, last = max(0, row), min(H, row + side.rows)
    laid[: plan.images * side.rows * side.columns * C] = 0
    flat = x.reshape(-1)
    for k in range(images):
        place = ((k * side.rows + first - row) * side.columns + side.left) * C
        for c in range(0, C, plan.lanes):
            q = (((n + k) * C + c) * H + first) * W
            turn_in(flat, q, side.planes, laid, place + c, side.pixels, (last - first) * W, plan.lanes)


@helper
def pick(laid, s, plan, side, y, finish):
    """From pixels with all their filters back to planes, without what stands over the edge, and finish them."""
    N, O, H, W = y.shape
    n, images = s // plan.bands * plan.images, min(plan.images, N - s // plan.bands * plan.images)
    row = s % plan.bands * plan.band_rows
    flat = y.reshape(-1)
    for k in range(images):
        place = k * side.rows * side.columns * O
        for o in range(0, O, plan.lanes):
            p = (((n + k) * O + o) * H + row) * W
            count = min(plan.band_rows, H - row) * W
            turn_out(laid, place + o, side.pixels, flat, p, side.planes, count, plan.lanes)
            for i in range(plan.lanes):
                finish_some(flat, p + side.planes[i], count, o + i, finish)


@helper
def turn_in(planes, q, froms, pixels, p, tos, count, lanes):
    """Transpose `count` pixels, as many at once as there are lanes; the last ones overlap those before."""
    if count < lanes:
        for i in range(count):
            for c in range(lanes):
                pixels[p + tos[i] + c] = planes[q + froms[c] + i]
    else:
        for i in range(0, count, lanes):
            at = min(i, count - lanes)
            transpose(planes, q + at, froms, 0, pixels, p, tos, at)


@helper
def turn_out(pixels, q, froms, planes, p, tos, count, lanes):
    """The way back of `turn_in`."""
    if count < lanes:
        for i in range(count):
            for c in range(lanes):
                planes[p + tos[c] + i] = pixels[q + froms[i] + c]
    else:
        for i in range(0, count, lanes):
            at = min(i, count - lanes)
            transpose(pixels, q, froms, at, planes, p + at, tos, 0)


@helper
def each_piece(transform, laid, plan, side, C, values, piece):
    """Transform every piece of a strip: ``values[point, piece, c]``, from `piece` on."""
    for k in range(plan.images):
        for i in range(plan.pieces_h):
            for j in range(plan.pieces_w):
                corner = ((k * side.rows + 4 * i) * side.columns + 4 * j) * C
                for c in range(0, C, plan.lanes):
                    transform(laid, corner + c, side.patch, values, piece * C + c, side.points)
                piece += 1


@helper
def read_pieces(products, piece, plan, side, O, laid):
    """The 4 x 4 results of every piece of a strip, from `piece` on: ``laid[image, row, column, o]``."""
    for k in range(plan.images):
        for i in range(plan.pieces_h):
            for j in range(plan.pieces_w):
                corner = ((k * side.rows + 4 * i) * side.columns + 4 * j) * O
                for o in range(0, O, plan.lanes):
                    read_off(products, piece * O + o, side.points, laid, corner + o, side.patch)
                piece += 1


@helper
def multiply(a, q, a_row, a_step, rows, b, s, count, O, lanes, out, p):
    """A matrix product (rows, count) times (count, O), tile by tile; the last tile goes on behind the last row."""
    for o in range(0, O, 2 * lanes):
        for i in range(0, rows, ROWS):
            if o + 2 * lanes <= O:
                wide_product(a, q + i * a_row, a_row, a_step, b, s + o, O, count, out, p + i * O + o, O)
            else:
                product(a, q + i * a_row, a_row, a_step, b, s + o, O, count, out, p + i * O + o, O)


@helper
def add_pieces(a, q, b, r, pieces, C, O, lanes, out, p):
    """Add to a matrix (C, O) the sum over pieces of what they have in `a` (pieces, C) times what in `b` (pieces, O)."""
    for o in range(0, O, 2 * lanes):
        for c in range(0, C, ROWS):
            if o + 2 * lanes <= O:
                add_wide_product(a, q + c, 1, C, b, r + o, O, pieces, out, p + c * O + o, O)
            else:
                add_product(a, q + c, 1, C, b, r + o, O, pieces, out, p + c * O + o, O)
