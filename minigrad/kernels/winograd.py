"""When Winograd's convolution pays, how it is cut into strips, and the three directions of it.

It is for filters of 3 x 3 that move by one, whose channels fill vectors, on pictures with enough pieces to pay for the
transform of the filters; in float32, as it rounds a little more than the plain sum.  ``numba_backend.py`` asks
`pays` first.

Read next: ``numba_kernels.py``, where average pooling has the simplest kernels of all.
"""

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from . import winograd_kernels, winograd_rounds
from .emitter import lanes
from .launch import launch, plain, scratch, team
from .winograd_kernels import POINTS
from .winograd_tiles import ROWS

STRIP_BYTES = 1 << 20  # of a thread's matrices
SUMS_BYTES = 5 << 19  # of the sums for a gradient of filters, up to where a thread's cache keeps them
SHARES, FEWEST_OF_SHARE = 4, 48  # of a batch, each with sums of its own; and the pieces that one has at least
ROUND_BYTES = 12 << 20  # of all strips whose gradients are collected together
MORE = 1.5  # times as many values of pieces as of filters: up to there it is the filters that should stay in the cache
FILTER_BYTES = 16 << 20  # of all filters' values: beyond that no cache keeps them from strip to strip
LINE = 16  # numbers that a cache keeps together
TRANSFORM = 700  # multiply-adds in the time in which a filter's values for a channel are computed
CHUNK = 64  # channels whose filters are transformed together
FEWEST_PIECES, FEWEST_PRODUCTS = 4, 1 << 12  # of values, for a point


class Plan(NamedTuple):
    """How pictures are cut into strips of pieces; counts are of one strip."""

    images: int
    bands: int  # of an image's rows
    band_rows: int
    strips: int  # in all
    pieces_h: int
    pieces_w: int
    pieces: int
    lanes: int


class Side(NamedTuple):
    """Where things are on one side of the convolution: x with its padding, or y."""

    top: int
    left: int
    rows: int  # of a strip's image
    columns: int
    planes: np.ndarray  # (lanes,) from channel to channel in NCHW
    pixels: np.ndarray  # of the picture, in the order of its rows, to where they are laid
    patch: np.ndarray  # of a piece, from its corner
    points: np.ndarray  # (36,) from point to point in the values


class Taps(NamedTuple):
    """Where weights are while they are transformed."""

    filters: np.ndarray  # (width,) from filter to filter in the weights
    rows: np.ndarray  # (9 CHUNK,) from tap to tap of a chunk of channels, with a row of filters for each
    taps: np.ndarray  # (9,) the same within a channel
    points: np.ndarray  # (36,) from point to point in their values


def pays(x_shape, w_shape, y_shape, stride, dilation, groups, dtype) -> bool:
    """Whether a convolution can be done like this, and is worth it."""
    if tuple(w_shape[2:]) != (3, 3) or not stride == dilation == (1, 1) or groups != 1 or dtype != np.float32:
        return False
    wide = w_shape[0] % lanes(dtype) == 0 == w_shape[1] % max(ROWS, lanes(dtype))  # `collect` takes ROWS at once
    pieces = pieces_of(y_shape)
    return wide and pieces >= FEWEST_PIECES and pieces * w_shape[0] * w_shape[1] >= FEWEST_PRODUCTS


def pieces_of(y_shape) -> int:
    """How many pieces of 4 x 4 cover all planes of one channel."""
    return y_shape[0] * -(-y_shape[2] // 4) * -(-y_shape[3] // 4)


def conv2d(x, w, padding, y, finish, flipped=False):
    """``y``, written; with the filters flipped this is the gradient of x, given the gradient of y in its place."""
    C, O = x.shape[1], y.shape[1]
    too_many = POINTS * C * O * x.itemsize > FILTER_BYTES
    by_filter = too_many or pieces_of(y.shape) * (C + O) <= MORE * C * O
    (filter_by_filter if by_filter else strip_by_strip)(x, w, padding, y, finish, flipped)


def strip_by_strip(x, w, padding, y, finish, flipped):
    """Transform the filters once; then all that happens to a strip happens in one thread's cache."""
    C, O = x.shape[1], y.shape[1]
    threads = team(POINTS * pieces_of(y.shape) * C * O)
    plan, source, result = planned(x.shape, y.shape, padding, threads)
    filters = scratch("filters", x.dtype, POINTS, apart(C * O))
    launch(winograd_kernels.transform_filters, plain(w), flipped, plan.lanes, taps_of(w.shape[1], 2 * plan.lanes),
           places(C, O)[1], scratch("taps", x.dtype, threads, CHUNK, 9, 2 * plan.lanes), filters,
           threads=min(threads, team(C * O * TRANSFORM)))
    # The last tile of a product goes on behind the last row.
    values = scratch("values", x.dtype, threads, POINTS * apart(plan.pieces * C) + ROWS * C)
    products = scratch("products", x.dtype, threads, POINTS * apart(plan.pieces * O) + ROWS * O)
    laid = room(threads, plan, source, result, C, O)
    launch(winograd_kernels.convolve, plain(x), filters, plan, source, result, laid, values, products, y,
           finish, threads=min(threads, plan.strips))


def filter_by_filter(x, w, padding, y, finish, flipped):
    """In rounds of strips: first their values, then with a few filters at a time all products, then the results."""
    C, O = x.shape[1], y.shape[1]
    threads = team(POINTS * pieces_of(y.shape) * C * O)
    plan, strips = a_round(x.shape, y.shape, padding, threads)
    pieces = -(-strips * plan.pieces // ROWS) * ROWS
    strips = pieces // plan.pieces  # as many as there is room for now
    plan, source, result = planned(x.shape, y.shape, padding, threads, pieces)
    laid = room(threads, plan, source, result, C, O)
    values = scratch("values", x.dtype, POINTS, apart(pieces * C))
    products = scratch("products", x.dtype, POINTS, apart(pieces * O))
    taps = scratch("taps", x.dtype, threads, CHUNK, 9, 2 * plan.lanes)
    filters = scratch("filters", x.dtype, threads, POINTS, apart(CHUNK * 2 * plan.lanes))
    tables, helpers = taps_of(w.shape[1], 2 * plan.lanes), min(threads, strips)
    for first in range(0, plan.strips, strips):
        launch(winograd_rounds.evaluate_pictures, plain(x), first, strips, plan, source, laid, values, threads=helpers)
        launch(winograd_rounds.multiply_filters, values, pieces, plain(w), flipped, plan.lanes, tables, taps, filters,
               products, threads=threads)
        launch(winograd_rounds.read_strips, products, first, strips, plan, result, laid, y, finish,
               threads=helpers)


def conv2d_grad_weight(g, x, padding, gw):
    """``gw``, written.  How sums are cut must not depend on the number of threads: so nor does any plan here."""
    in_cache = POINTS * x.shape[1] * g.shape[1] * x.itemsize <= SUMS_BYTES
    (sum_by_share if in_cache else sum_by_point)(g, x, padding, gw)


def sum_by_share(g, x, padding, gw):
    """Each share of the batch has sums of its own, in the cache of the thread to which all its strips come."""
    C, O = x.shape[1], g.shape[1]
    shares = max(1, min(SHARES, pieces_of(g.shape) // FEWEST_OF_SHARE))
    threads = min(shares, team(POINTS * pieces_of(g.shape) * C * O))
    plan, source, result = planned(x.shape, g.shape, padding, shares)
    laid = room(threads, plan, source, result, C, O)
    values = scratch("values", x.dtype, threads, POINTS * apart(plan.pieces * C))
    arriving = scratch("products", x.dtype, threads, POINTS * apart(plan.pieces * O))
    sums = scratch("sums", x.dtype, shares, POINTS, apart(C * O))
    launch(winograd_kernels.sum_up, plain(x), plain(g), plan, source, result, laid, values, arriving, sums,
           threads=threads)
    read_filters(sums, plan.lanes, threads, gw)


def read_filters(sums, lanes, threads, gw):
    """``gw``, written, from the sums (shares, 36, at least C O)."""
    O, C = gw.shape[:2]
    launch(winograd_kernels.read_filters, sums, lanes, places(C, O), scratch("taps", gw.dtype, threads, 9 * O), gw,
           threads=threads)


def sum_by_point(g, x, padding, gw):
    """In rounds of strips: first all values, then for each point the sum over all pieces."""
    C, O = x.shape[1], g.shape[1]
    threads = team(POINTS * pieces_of(g.shape) * C * O)
    plan, strips = a_round(x.shape, g.shape, padding, 1)
    plan, source, result = planned(x.shape, g.shape, padding, 1, strips * plan.pieces)
    laid = room(threads, plan, source, result, C, O)
    pieces = strips * plan.pieces
    values = scratch("values", x.dtype, POINTS, apart(pieces * C))
    arriving = scratch("products", x.dtype, POINTS, apart(pieces * O))
    sums = scratch("sums", x.dtype, 1, POINTS, apart(C * O))
    sums[:] = 0
    helpers = min(threads, strips)
    for first in range(0, plan.strips, strips):
        launch(winograd_rounds.evaluate_pictures, plain(x), first, strips, plan, source, laid, values, threads=helpers)
        launch(winograd_rounds.evaluate_gradients, plain(g), first, strips, plan, result, laid, arriving,
               threads=helpers)
        launch(winograd_rounds.collect, values, arriving, pieces, C, O, plan.lanes, sums[0], threads=threads)
    read_filters(sums, plan.lanes, threads, gw)


def room(threads, plan, source, result, C, O):
    """Scratch in which every thread lays out a strip, of x or of y."""
    return scratch("laid", np.dtype(np.float32), threads,
                   plan.images * max(source.rows * source.columns * C, result.rows * result.columns * O))


def a_round(x_shape, y_shape, padding, threads):
    """The plan, and how many of its strips are kept together."""
    plan, *_ = planned(x_shape, y_shape, padding, threads)
    return plan, max(1, min(plan.strips, ROUND_BYTES // (POINTS * plan.pieces * (x_shape[1] + y_shape[1]) * 4)))


@lru_cache(maxsize=256)
def planned(x_shape, y_shape, padding, threads, together=0) -> tuple[Plan, Side, Side]:
    """The plan, and both sides; the values of so many pieces are kept together (0: each strip has its own)."""
    (N, C, H, W), (_, O, OH, OW) = x_shape, y_shape
    pieces_h, pieces_w = -(-OH // 4), -(-OW // 4)
    most = max(1, STRIP_BYTES // (POINTS * (C + O) * 4))
    share = -(-N // threads)
    whole = pieces_h * pieces_w
    if whole <= most and threads <= N:
        images = min(share, most // whole)
        images, bands = -(-share // -(-share // images)), 1
    else:
        images, bands = 1, max(-(-whole // most), -(-threads // N))
    pieces_h = -(-pieces_h // bands)
    bands = -(-OH // (4 * pieces_h))
    pieces = images * pieces_h * pieces_w
    plan = Plan(images, bands, 4 * pieces_h, -(-N // images) * bands, pieces_h, pieces_w, pieces, lanes(np.float32))
    together = together or pieces
    source = side(padding[0], padding[1], 4 * pieces_h + 2, 4 * pieces_w + 2, C, H, W, 6, together)
    return plan, source, side(0, 0, 4 * pieces_h, 4 * pieces_w, O, OH, OW, 4, together)


def side(top, left, rows, columns, channels, H, W, patch, pieces) -> Side:
    """The tables of one side, for pieces of patch x patch."""
    pixel = np.arange(rows)[:, None] * columns + np.arange(columns)
    return Side(
        top, left, rows, columns,
        np.arange(lanes(np.float32)) * H * W,
        (np.arange(min(H, rows))[:, None] * columns + np.arange(W)).reshape(-1) * channels,
        np.ascontiguousarray(pixel[:patch, :patch]).reshape(-1) * channels,
        np.arange(POINTS) * apart(pieces * channels),
    )


@lru_cache(maxsize=256)
def taps_of(channels, width) -> Taps:
    """The tables for weights of so many channels, `width` filters at a time."""
    return Taps(np.arange(width) * channels * 9, np.arange(9 * CHUNK) * width, np.arange(9) * width,
                np.arange(POINTS) * apart(CHUNK * width))


@lru_cache(maxsize=256)
def places(C, O):
    """From tap to tap, and from point to point, of O filters of C channels."""
    return np.arange(POINTS) * O, np.arange(POINTS) * apart(C * O)


def apart(count: int) -> int:
    """How far the matrices of two points are from each other, if each has `count` numbers.

    The 36 values of a piece, or of a filter, are written together, one into each matrix.  Numbers that are 4096 bytes
    apart have to share a few lines of the cache, and would drive each other out (measured: the transform of 512 filters
    of 512 channels takes six times as long).  With an odd number of lines between them, each gets lines of its own.
    """
    return (-(-count // LINE) | 1) * LINE
