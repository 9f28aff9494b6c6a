"""When Winograd's convolution pays, how it is cut into strips, and the three directions of it.

It is for filters of 3 x 3 that move by one, whose channels fill vectors, on pictures with enough pieces to pay for the
transform of the filters; in float32, as it rounds a little more than the plain sum.  ``numba_backend.py`` asks
`pays` first.

Read next: ``numba_kernels.py``, where pooling has the simplest kernels of all.
"""

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from . import winograd_kernels
from .emitter import lanes
from .launch import get_num_threads, launch, plain, scratch
from .winograd_kernels import POINTS
from .winograd_tiles import ROWS

STRIP_BYTES = 3 << 19  # of a thread's matrices
ROUND_BYTES = 12 << 20  # of all strips whose gradients are collected together
FEWEST_PIECES = 32


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


def pays(x_shape, w_shape, y_shape, stride, dilation, groups, dtype) -> bool:
    """Whether a convolution can be done like this, and is worth it."""
    pieces = x_shape[0] * -(-y_shape[2] // 4) * -(-y_shape[3] // 4)
    fits = tuple(w_shape[2:]) == (3, 3) and stride == dilation == (1, 1) and groups == 1 and dtype == np.float32
    wide = w_shape[0] % lanes(dtype) == 0 == w_shape[1] % max(ROWS, lanes(dtype))  # `collect` takes ROWS at once
    return fits and wide and pieces >= FEWEST_PIECES


def conv2d(x, w, padding, y, flipped=False):
    """``y``, written; with the filters flipped this is the gradient of x, given the gradient of y in its place."""
    C, O = x.shape[1], y.shape[1]
    threads = get_num_threads()
    plan, source, result = planned(x.shape, y.shape, padding, threads, 0)
    filters = scratch("filters", x.dtype, POINTS, C, O)
    launch(winograd_kernels.transform_filters, plain(w), flipped, plan.lanes, places(C, O),
           scratch("taps", x.dtype, threads, 9 * O), filters, threads=threads)
    laid = scratch("laid", x.dtype, threads, plan.images * max(source.rows * source.columns * C,
                                                              result.rows * result.columns * O))
    rows = POINTS * plan.pieces + ROWS  # the last tile of a product goes on behind the last row
    values = scratch("values", x.dtype, threads, rows * C)
    products = scratch("products", x.dtype, threads, rows * O)
    launch(winograd_kernels.convolve, plain(x), filters, plan, source, result, laid, values, products, y,
           threads=min(threads, plan.strips))


def conv2d_grad_weight(g, x, padding, gw):
    """``gw``, written, in rounds of strips: first all values, then for each point the sum over all pieces."""
    C, O = x.shape[1], g.shape[1]
    threads = get_num_threads()
    plan, *_ = planned(x.shape, g.shape, padding, 1, 0)  # how sums are cut must not depend on the number of threads
    strips = max(1, min(plan.strips, ROUND_BYTES // (POINTS * plan.pieces * (C + O) * x.itemsize)))
    plan, source, result = planned(x.shape, g.shape, padding, 1, strips)
    laid = scratch("laid", x.dtype, threads, plan.images * max(source.rows * source.columns * C,
                                                              result.rows * result.columns * O))
    values = scratch("values", x.dtype, POINTS, strips * plan.pieces, C)
    arriving = scratch("products", x.dtype, POINTS, strips * plan.pieces, O)
    sums = scratch("filters", x.dtype, POINTS, C, O)
    sums[:] = 0
    for first in range(0, plan.strips, strips):
        launch(winograd_kernels.evaluate, plain(x), plain(g), first, plan, source, result, laid, values, arriving,
               threads=min(threads, strips))
        launch(winograd_kernels.collect, values, arriving, plan.lanes, sums, threads=threads)
    launch(winograd_kernels.read_filters, sums, plan.lanes, places(C, O),
           scratch("taps", x.dtype, threads, 9 * O), gw, threads=threads)


@lru_cache(maxsize=256)
def planned(x_shape, y_shape, padding, threads, strips) -> tuple[Plan, Side, Side]:
    """The plan, and both sides; the values of so many strips are kept together (0: each strip has its own)."""
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
    together = max(strips, 1) * pieces
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
        np.arange(POINTS) * pieces * channels,
    )


@lru_cache(maxsize=256)
def places(C, O):
    """From tap to tap, and from point to point, of O filters of C channels."""
    return np.arange(POINTS) * O, np.arange(POINTS) * C * O
