"""Lay pictures into a frame in which the neighbour of *every* pixel is at the same distance.

In a picture with its padding, taken as one long row, the pixel below is `columns` further and the pixel to the right is
1 further: a tap of the filter is a constant `offset`, and a kernel can run over all pixels without asking where a row
ends.  What it computes for the margins is not copied out.

    picture        frame, padding 1             with offsets, for 3 x 3 taps and columns = 4
                   . . . .
     a b c         . a b c     the right        -5 -4 -3       the window's upper left corner
     d e f         . d e f     margin is the    -1  0  1       is where it starts: add 5 to all
     g h i         . g h i     next row's left   3  4  5
                   . . . .

A stride of 2 takes the picture apart into *phases*, even and odd rows, even and odd columns: in its own phase, every
tap moves by one per window.  Small pictures share a frame, large ones are cut into *bands* of rows, so that what a
thread works on stays in its cache.

The gradient of the input is the same sum with the sides swapped: ``gx[h]`` collects ``g[i]`` over all i and u with
``i s + u d - p = h``.  For stride 1 that is a convolution with flipped filters; for stride 2, one for the even and one
for the odd h, each with the taps u that fit.

Read next: ``conv_kernels.py``.
"""

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from .emitter import lanes
from .tiles import NARROW, TALL, TAPS, WIDE, tile_pixels

CACHE_BYTES = 384 << 10  # of a thread's frame: within the L2 cache of most processors


class Frame(NamedTuple):
    """Where things are in a frame: numbers are at ``[channel, phase, phase, image, row, column]``."""

    top: int
    left: int
    step_h: int
    step_w: int
    phases_h: int
    phases_w: int
    images: int  # side by side in a frame
    rows: int
    columns: int
    bands: int  # of an image's rows, each with a frame of its own
    band_rows: int
    slack: int  # zeros behind the last pixel, which the last tile reads


class Axis(NamedTuple):
    """How taps see one axis of a picture."""

    size: int  # of the picture
    windows: int
    padding: int
    step: int
    shifts: tuple[tuple[int, int, int], ...]  # (tap, phase, steps) of every tap

    @property
    def phases(self) -> int:
        return max((phase for _, phase, _ in self.shifts), default=0) + 1

    @property
    def reach(self) -> int:
        """Steps from a window's first tap to its last."""
        return max((steps for _, _, steps in self.shifts), default=0)

    @property
    def length(self) -> int:
        """Cells in the frame; padding behind the picture is left to the padding before what comes next."""
        everything = self.windows + self.reach
        before = max(0, -((self.phases - 1 - self.padding) // self.step))
        behind = max(0, everything + -(self.size + self.padding) // self.step)
        return max(self.windows, everything - min(before, behind))


class Work(NamedTuple):
    """What is summed, beside the frame; all counts are of one group."""

    groups: int
    channels: int  # of the picture that is framed
    filters: int  # of the result
    width: int  # filters of a tile
    pixels: int  # of a tile
    strips: int  # frames to fill, each by one thread
    parts: int  # of the filters, each with frames of its own
    filter_step: int  # in the flat weights, from filter to filter
    group_step: int
    out_step_h: int
    out_step_w: int


class Layout(NamedTuple):
    """All that a kernel needs to know about a convolution, before it sees a number."""

    frame: Frame
    work: Work
    offsets: np.ndarray  # (taps + TAPS,) from a pixel to its neighbour in the frame
    places: np.ndarray  # (taps,) in the weights of a group's first filter
    phases: np.ndarray  # (P, 6) first and last tap, first row and column, rows and columns of the result
    frame_size: int  # numbers in a frame
    out_size: int  # numbers of the results of one filter
    threads: int
    pointwise: bool  # one tap without padding or stride, and only full tiles


@lru_cache(maxsize=512)
def forward_layout(x_shape, w_shape, y_shape, stride, padding, dilation, groups, dtype, threads) -> Layout:
    """Layout of ``conv2d``; its frame serves the gradient of the weight as well."""
    (N, _, *plane), (O, C, *kernel), windows = x_shape, w_shape, y_shape[2:]
    axes = [
        Axis(n, out, p, s, tuple((u, u * d % s, u * d // s) for u in range(k)))
        for n, out, p, s, d, k in zip(plane, windows, padding, stride, dilation, kernel)
    ]
    weights = np.arange(C * kernel[0] * kernel[1]).reshape(C, *kernel)
    taps = weights.size
    return layout(
        N, axes, [(axes[0].shifts, axes[1].shifts, 0, 0, *windows)], weights,
        (groups, C, O // groups, taps, O // groups * taps), (1, 1), dtype, threads,
    )


@lru_cache(maxsize=512)
def backward_layout(x_shape, w_shape, y_shape, stride, padding, dilation, groups, dtype, threads) -> Layout:
    """Layout of ``conv2d_grad_input``, which frames g: one phase of taps for every phase of the picture."""
    (N, _, *plane), (O, C, *kernel), windows = x_shape, w_shape, y_shape[2:]
    per_axis = [phases_of_gradient(*axis) for axis in zip(plane, kernel, stride, padding, dilation)]
    fronts = [max([0, *(-steps for _, taps in axis for _, _, steps in taps)]) for axis in per_axis]
    moved = [
        [(a, tuple((u, 0, steps + front) for u, _, steps in taps)) for a, taps in axis]
        for axis, front in zip(per_axis, fronts)
    ]
    axes = [
        Axis(out, -(-n // s), front, 1, tuple(shift for _, taps in axis for shift in taps))
        for n, out, s, front, axis in zip(plane, windows, stride, fronts, moved)
    ]
    phases = [
        (rows, columns, a, b, -(-(plane[0] - a) // stride[0]), -(-(plane[1] - b) // stride[1]))
        for a, rows in moved[0] for b, columns in moved[1]
    ]
    size = C * kernel[0] * kernel[1]
    weights = (np.arange(O // groups)[:, None, None] * size + np.arange(kernel[0] * kernel[1]).reshape(kernel))
    return layout(
        N, axes, phases, weights,
        (groups, O // groups, C, kernel[0] * kernel[1], O // groups * size), stride, dtype, threads,
    )


def phases_of_gradient(size, kernel, stride, padding, dilation):
    """For every phase a of the picture's cells, the taps u that reach them: ``a + p - u d`` is a multiple of s."""
    return [
        (a, [(u, 0, (a + padding - u * dilation) // stride) for u in range(kernel)
             if (a + padding - u * dilation) % stride == 0])
        for a in range(min(stride, size))
    ]


def layout(N, axes, phases, weights, work, out_steps, dtype, threads) -> Layout:
    """Bring axes, taps and phases into the tables that the kernels walk over."""
    groups, channels, filters, filter_step, group_step = work
    # Threads share the pictures, and each fetches all weights; or, if these are more, the weights, and each frames all.
    share_pictures = N * axes[0].windows * axes[1].windows >= filters * weights[0].size
    frame = fitted(N, channels, axes, dtype, threads if share_pictures else 1)
    plane = frame.images * frame.rows * frame.columns
    offsets, places, table = tables(phases, weights, frame)
    width = fitting_width(filters, (frame.images * frame.rows - frame.rows + frame.band_rows) * frame.columns, dtype)
    pixels = tile_pixels(width, dtype)
    strips = -(-N // frame.images) * frame.bands
    parts = min(-(-filters // width), -(-threads // max(strips, 1)))
    full_tiles = filters % WIDE == 0 and axes[0].windows * axes[1].windows >= pixels
    one_tap = len(places) == channels and out_steps == (1, 1) and all(a.padding == 0 and a.step == 1 for a in axes)
    return Layout(
        frame=frame,
        work=Work(groups, channels, filters, width, pixels, strips, parts, filter_step, group_step, *out_steps),
        offsets=offsets,
        places=places,
        phases=table,
        frame_size=channels * frame.phases_h * frame.phases_w * plane + frame.slack,
        out_size=-(-plane // lanes(dtype)) * lanes(dtype) + pixels,
        threads=max(1, min(threads, strips * parts)),
        pointwise=groups == 1 and one_tap and full_tiles and width == WIDE,
    )


def fitting_width(filters, pixels, dtype) -> int:
    """How many filters a tile should have: the fewer tiles cover all filters and pixels, the better."""
    if filters <= NARROW:
        return NARROW
    return min((WIDE, TALL), key=lambda width: -(-filters // width) * -(-pixels // tile_pixels(width, dtype)))


def tables(phases, weights, frame):
    """How far every tap is from its window, and where its weight is; and for every phase, from which tap to which.

    Parameters
    ----------
    phases : list of (shifts down, shifts right, first row, first column, rows, columns)
        The shifts of the taps, as in `Axis`, and the part of the result that they sum up to.
    weights : (channels, KH, KW)
        Places in the flat weights.
    """
    plane = frame.images * frame.rows * frame.columns
    offsets: list[int] = []
    places: list[int] = []
    table = []
    for rows, columns, *part in phases:
        first = len(offsets)
        for c in range(len(weights)):
            for u, a, down in rows:
                for v, b, right in columns:
                    position = (c * frame.phases_h + a) * frame.phases_w + b
                    offsets.append(position * plane + down * frame.columns + right)
                    places.append(weights[c, u, v])
        table.append((first, len(offsets), *part))
    behind = offsets[-1:] * TAPS  # what a last tile of dot_tile reads beyond them
    return np.array(offsets + behind, np.int64), np.array(places, np.int64), np.array(table, np.int64)


def fitted(N, channels, axes, dtype, threads) -> Frame:
    """The frame, with as many pictures or as small a band as the cache asks for, and work for every thread."""
    rows, columns = axes
    itemsize = np.dtype(dtype).itemsize
    whole = (channels * rows.phases * columns.phases + WIDE) * rows.length * columns.length * itemsize
    N = max(N, 1)  # an empty batch has a frame too, which nobody fills
    share = -(-N // threads)
    images = max(1, min(share, CACHE_BYTES // whole))
    images = -(-share // -(-share // images))  # as many in one strip as in another
    bands = max(-(-whole // CACHE_BYTES), -(-threads // N)) if images == 1 else 1
    band_rows = max(1, -(-rows.windows // bands))
    bands = -(-rows.windows // band_rows)
    length = rows.length if bands == 1 else band_rows + rows.reach
    return Frame(rows.padding, columns.padding, rows.step, columns.step, rows.phases, columns.phases,
                 images, length, columns.length, bands, band_rows,
                 rows.reach * columns.length + columns.reach + tile_pixels(NARROW, dtype))
