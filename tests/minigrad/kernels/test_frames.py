"""Frames and offset tables: every tap of every window finds its pixel, by adding one number to the window's place.

The twins here go the slow way: they pad the picture with `np.pad`, and index it with the formula
``x[n, c, i s + u d - p, j s + v d - p]``.
"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("numba")

from minigrad.kernels import conv_kernels, frames, reference
from minigrad.kernels.emitter import lanes
from minigrad.kernels.frames import backward_layout, forward_layout
from minigrad.kernels.jit import compiled
from minigrad.kernels.shapes import conv_size, reach

LARGE, SMALL = frames.CACHE_BYTES, 3000  # a small cache cuts even the pictures of these tests into bands
fill = compiled(conv_kernels.fill)


@st.composite
def geometries(draw):
    """What a layout is made from, and the bytes of the cache."""

    def pair(low, high):
        return draw(st.integers(low, high)), draw(st.integers(low, high))

    groups, kernel, dilation, padding = draw(st.integers(1, 2)), pair(1, 3), pair(1, 3), pair(0, 5)
    C, O = draw(st.integers(1, 3)), draw(st.integers(1, 6))
    smallest = [max(1, reach(k, d) - 2 * p) for k, d, p in zip(kernel, dilation, padding)]
    plane = tuple(least + extra for least, extra in zip(smallest, pair(0, 9)))
    stride = pair(1, 4)
    x_shape = (draw(st.integers(1, 7)), groups * C, *plane)
    windows = tuple(conv_size(*axis) for axis in zip(plane, kernel, stride, padding, dilation))
    dtype = np.dtype(draw(st.sampled_from([np.float32, np.float64])))
    shapes = x_shape, (groups * O, C, *kernel), (x_shape[0], groups * O, *windows)
    how = stride, padding, dilation, groups
    return *shapes, *how, dtype, draw(st.sampled_from([1, 2, 4])), draw(st.sampled_from([LARGE, SMALL]))


@pytest.fixture(scope="module")
def layout_of(cache_of):
    """``layout_of(forward_layout, case)``."""

    def layout(make, case):
        with cache_of(case[-1]):
            return make(*case[:-1])

    return layout


def numbered(shape, dtype):
    """A picture whose numbers all differ, and differ from padding."""
    return np.arange(1, 1 + np.prod(shape), dtype=dtype).reshape(shape)


def strips(x, layout, group=0):
    """Every strip: its first image, number of images and first row, and what `fill` lays into a dirty frame."""
    frame, channels = layout.frame, layout.work.channels
    for s in range(layout.work.strips):
        n, row = s // frame.bands * frame.images, s % frame.bands * frame.band_rows
        framed = np.full(layout.frame_size, np.nan, x.dtype)
        fill(x, s, group * channels, 0, channels, frame, framed)
        yield n, min(frame.images, len(x) - n), row, framed


def windows_of(images, row, frame, rows, columns):
    """Indices k, i, j of a strip's windows, as arrays that broadcast, and the places of the windows in the frame."""
    k, i, j = np.ix_(range(images), range(max(0, min(frame.band_rows, rows - row))), range(columns))
    return k, i, j, (k * frame.rows + i) * frame.columns + j


@settings(max_examples=60)
@given(geometries())
def test_every_tap_of_every_window_finds_its_pixel(layout_of, case):
    x_shape, (_, C, KH, KW), (_, _, OH, OW), stride, padding, dilation, groups, dtype, *_ = case
    layout = layout_of(forward_layout, case)
    x = numbered(x_shape, dtype)
    padded = np.pad(x, ((0, 0), (0, 0), *zip(padding, padding)))
    for group in range(groups):
        for n, images, row, framed in strips(x, layout, group):
            k, i, j, place = windows_of(images, row, layout.frame, OH, OW)
            for r, (c, u, v) in enumerate(np.ndindex(C, KH, KW)):
                rows, columns = (row + i) * stride[0] + u * dilation[0], j * stride[1] + v * dilation[1]
                seen = padded[n + k, group * C + c, rows, columns]
                np.testing.assert_array_equal(framed[place + layout.offsets[r]], seen)


@settings(max_examples=60)
@given(geometries())
def test_strips_see_every_window_once(layout_of, case):
    N, _, OH, OW = case[2]
    layout, seen = layout_of(forward_layout, case), np.zeros((N, OH, OW), int)
    for n, images, row, _ in strips(np.zeros(case[0], case[7]), layout):
        k, i, j, _ = windows_of(images, row, layout.frame, OH, OW)
        seen[n + k, row + i, j] += 1
    assert (seen == 1).all()


@settings(max_examples=60)
@given(geometries())
def test_fill_lays_the_padded_picture_apart_into_phases(layout_of, case):
    """Cell (i, j) of phase (a, b) is the padded picture's cell (i s + a, j s + b); behind the frame are zeros."""
    layout = layout_of(forward_layout, case)
    frame, x = layout.frame, numbered(case[0], case[7])
    more = frame.step_h * (frame.rows + frame.band_rows * frame.bands), frame.step_w * frame.columns
    padded = np.pad(x, ((0, 0), (0, 0), (frame.top, more[0]), (frame.left, more[1])))
    for n, images, row, framed in strips(x, layout):
        cells, slack = framed[: -frame.slack], framed[-frame.slack :]
        shape = -1, frame.phases_h, frame.phases_w, frame.images, frame.rows, frame.columns
        for c, a, b, k in np.ndindex(layout.work.channels, frame.phases_h, frame.phases_w, frame.images):
            phase = padded[n + k, c, a :: frame.step_h, b :: frame.step_w] if k < images else np.zeros(more)
            expected = phase[row : row + frame.rows, : frame.columns]
            np.testing.assert_array_equal(cells.reshape(shape)[c, a, b, k], expected)
        assert not slack.any()


@settings(max_examples=60)
@given(geometries())
def test_no_tile_reads_or_writes_beyond_its_room(layout_of, case):
    for make in (forward_layout, backward_layout):
        layout = layout_of(make, case)
        frame, furthest = layout.frame, max(layout.offsets, default=0)
        plane = frame.images * frame.rows * frame.columns
        for phase in layout.phases:
            last = ((frame.images - 1) * frame.rows + min(frame.band_rows, phase[4]) - 1) * frame.columns + phase[5] - 1
            end = last // layout.work.pixels * layout.work.pixels + layout.work.pixels
            assert end + furthest <= layout.frame_size
            assert end <= layout.out_size
        count = -(-plane // lanes(case[7])) * lanes(case[7])  # what dot_tile reads
        assert count <= layout.out_size
        assert count + furthest <= layout.frame_size


@settings(max_examples=60)
@given(geometries())
def test_phases_of_the_gradient_of_the_input_sum_what_the_definition_sums(layout_of, case):
    x_shape, w_shape, y_shape, stride, padding, dilation, groups, _, *rest = case
    dtype = np.dtype(np.float64)
    layout = layout_of(backward_layout, (*case[:7], dtype, *rest))
    rng = np.random.default_rng(0)
    g, w = rng.integers(-9, 9, y_shape).astype(dtype), rng.integers(-9, 9, w_shape).astype(dtype)
    gx = np.full(x_shape, np.nan)
    for group in range(groups):
        for n, images, row, framed in strips(g, layout, group):
            for first, last, h, v, rows, columns in layout.phases:
                k, i, j, place = windows_of(images, row, layout.frame, rows, columns)
                for c in range(w_shape[1]):
                    start = group * layout.work.group_step + c * layout.work.filter_step
                    total = np.zeros(place.shape)
                    for r in range(first, last):
                        total += w.flat[start + layout.places[r]] * framed[place + layout.offsets[r]]
                    gx[n + k, group * w_shape[1] + c, (row + i) * stride[0] + h, j * stride[1] + v] = total
    np.testing.assert_array_equal(gx, reference.conv2d_grad_input(g, w, x_shape, stride, padding, dilation, groups))


def simple(N=1, C=1, size=3, kernel=3, stride=1, padding=1, threads=1):
    """The forward layout of a square picture."""
    windows = conv_size(size, kernel, stride, padding, 1)
    shapes = (N, C, size, size), (1, C, kernel, kernel), (N, 1, windows, windows)
    return forward_layout(*shapes, (stride,) * 2, (padding,) * 2, (1, 1), 1, np.dtype(np.float32), threads)


def test_the_picture_of_the_docstring_is_right():
    """The right margin is the next row's left: 4 columns are enough for 3 pixels with padding on both sides."""
    layout = simple()
    assert layout.frame.columns == 4
    assert (layout.offsets[:9] - 5).tolist() == [-5, -4, -3, -1, 0, 1, 3, 4, 5]


def test_a_stride_of_2_moves_every_tap_by_one_cell_in_its_own_phase():
    layout = simple(size=8, kernel=2, stride=2, padding=0)
    plane = layout.frame.rows * layout.frame.columns
    assert (layout.frame.phases_h, layout.frame.phases_w) == (2, 2)
    assert layout.offsets[:4].tolist() == [0, plane, 2 * plane, 3 * plane]


def test_small_pictures_share_a_frame_and_large_ones_are_cut(cache_of):
    assert simple(N=20, size=6).frame.images == 20
    with cache_of(SMALL):
        large = simple(size=60)
    assert (large.frame.images, large.frame.bands * large.frame.band_rows >= 60) == (1, True)
    assert large.frame.bands > 1


def test_every_thread_gets_a_strip():
    assert simple(N=1, size=20, threads=4).threads == 4
    assert simple(N=7, size=6, threads=2).work.strips == 2


def test_an_empty_batch_has_no_strips():
    assert simple(N=0).work.strips == 0
