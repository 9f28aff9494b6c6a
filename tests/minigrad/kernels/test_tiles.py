"""Register tiles: what LLVM makes of the emitted instructions, against the plain loops that say what is meant.

Under NUMBA_DISABLE_JIT=1 the tiles *are* the plain loops, and only what is worked by hand here is still a test.
"""

import numpy as np
import pytest

pytest.importorskip("numba")

from minigrad.kernels import tiles
from minigrad.kernels.emitter import REGISTERS, lanes
from minigrad.kernels.jit import compiled

every_dtype = pytest.mark.parametrize("dtype", [np.float32, np.float64])
OFFSETS = np.array([7, 0, 19, 3, 2, 2, 2, 2])  # in no order, and with one that repeats


@compiled
def wide_tile(*arguments):
    tiles.wide_tile(*arguments)


@compiled
def narrow_tile(*arguments):
    tiles.narrow_tile(*arguments)


@compiled
def dot_tile(*arguments):
    tiles.dot_tile(*arguments)


@compiled
def copy(*arguments):
    tiles.copy(*arguments)


every_width = pytest.mark.parametrize(("tile", "filters"), [(wide_tile, tiles.WIDE), (narrow_tile, tiles.NARROW)])


def numbers(dtype, *shape):
    return np.random.default_rng(0).normal(size=shape).astype(dtype)


def agree(actual, expected):
    """NaN where NaN is expected, and otherwise equal up to rounding."""
    np.testing.assert_allclose(actual, expected, rtol=0, atol=1e-5 if actual.dtype == np.float32 else 1e-13)


@every_dtype
@every_width
@pytest.mark.parametrize("taps", [(0, 0), (0, 1), (0, 5), (2, 5)])
def test_correlate_tile_agrees_with_the_plain_loops_and_writes_nothing_else(tile, filters, dtype, taps):
    pixels = tiles.tile_pixels(filters, dtype)
    frame, weights, pitch = numbers(dtype, 200), numbers(dtype, 5, filters), pixels + 3
    emitted, plain = (np.full(filters * pitch + 9, np.nan, dtype) for _ in range(2))
    tile(frame, 3, OFFSETS, *taps, weights, emitted, 5, pitch)
    tiles.plain_correlate_tile(frame, 3, OFFSETS, *taps, weights, plain, 5, pitch)
    agree(emitted, plain)


@every_dtype
@every_width
def test_a_tap_with_one_weight_is_a_picture_moved(tile, filters, dtype):
    """Filter o has the weight o for the neighbour 7 to the right: out[o, i] = o frame[i + 7]."""
    pixels = tiles.tile_pixels(filters, dtype)
    frame, weights = np.arange(200, dtype=dtype), np.arange(filters, dtype=dtype)[None]
    out = np.zeros((filters, pixels), dtype)
    tile(frame, 0, OFFSETS, 0, 1, weights, out.reshape(-1), 0, pixels)
    np.testing.assert_array_equal(out, np.outer(weights, frame[7 : 7 + pixels]))


@every_dtype
@pytest.mark.parametrize("vectors", [0, 1, 4])
def test_dot_tile_agrees_with_the_plain_loops_and_touches_nothing_else(dtype, vectors):
    count = vectors * lanes(dtype)
    g, frame, pitch = numbers(dtype, 3 + tiles.WIDE * (count + 5)), numbers(dtype, 200), count + 5
    emitted = numbers(dtype, 8, tiles.WIDE)
    plain = emitted.copy()
    dot_tile(g, 3, pitch, frame, 1, OFFSETS, 2, count, emitted)
    tiles.plain_dot_tile(g, 3, pitch, frame, 1, OFFSETS, 2, count, plain)
    agree(emitted, plain)


@every_dtype
def test_dot_tile_adds_to_what_is_there(dtype):
    """With g = 1 every tap collects the sum of the pixels it sees; 100 was there before."""
    count = lanes(dtype)
    g, frame, out = np.ones(tiles.WIDE * count, dtype), np.arange(99, dtype=dtype), np.full((3, tiles.WIDE), 100, dtype)
    dot_tile(g, 0, count, frame, 0, OFFSETS, 0, count, out)
    for tap, offset in enumerate(OFFSETS[:3]):
        np.testing.assert_array_equal(out[tap], 100 + frame[offset : offset + count].sum())


@every_dtype
@pytest.mark.parametrize("count", [0, 1, 37])
def test_copy_copies_so_many_numbers_and_no_more(dtype, count):
    source, out = np.arange(50, dtype=dtype), np.full(50, -1, dtype)
    copy(source, 3, out, 5, count)
    expected = np.full(50, -1, dtype)
    expected[5 : 5 + count] = np.arange(3, 3 + count)
    np.testing.assert_array_equal(out, expected)


@pytest.mark.parametrize("filters", [tiles.WIDE, tiles.NARROW])
def test_a_tile_fits_the_registers(filters):
    """Its sums, the pixels of one tap and one weight at once."""
    vectors = tiles.SUMS // filters
    assert filters * vectors == tiles.SUMS
    assert tiles.SUMS + vectors + 1 <= REGISTERS


def test_the_sums_of_dot_tile_fit_the_registers():
    assert tiles.WIDE * tiles.TAPS + tiles.TAPS + 1 <= REGISTERS
