"""Sizes are what one gets by laying windows on the axis one by one."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minigrad.kernels.framing import frame, remove_frame
from minigrad.kernels.shapes import conv_size, pool_size, window_area

axes = st.fixed_dictionaries(
    {
        "size": st.integers(1, 12),
        "kernel": st.integers(1, 5),
        "stride": st.integers(1, 6),
        "padding": st.integers(0, 2),
        "dilation": st.integers(1, 3),
    }
)


def windows_that_fit(size, kernel, stride, padding, dilation):
    """Starts of all windows that lie inside the padded axis."""
    last_cell = dilation * (kernel - 1)
    return [s for s in range(0, size + 2 * padding, stride) if s + last_cell < size + 2 * padding]


@given(axes)
def test_conv_size_counts_the_windows_that_fit(axis):
    expected = len(windows_that_fit(**axis))
    if expected:
        assert conv_size(**axis) == expected
    else:
        with pytest.raises(ValueError, match="reaches"):
            conv_size(**axis)


def test_remains_too_short_for_a_stride_get_no_window():
    assert conv_size(size=6, kernel=3, stride=2, padding=0, dilation=1) == 2


def test_ceil_mode_adds_a_window_that_hangs_over_the_end():
    assert pool_size(6, kernel=3, stride=2, padding=0, dilation=1, ceil_mode=False) == 2
    assert pool_size(6, kernel=3, stride=2, padding=0, dilation=1, ceil_mode=True) == 3


def test_ceil_mode_adds_no_window_that_starts_in_the_right_padding():
    # Starts, counted from the left padding: 0, 4; the next, 4 of 3 + 1, is padding.
    assert pool_size(3, kernel=2, stride=4, padding=1, dilation=1, ceil_mode=True) == 1


def test_pooling_refuses_padding_of_more_than_half_a_window():
    with pytest.raises(ValueError, match="more than half"):
        pool_size(6, kernel=3, stride=1, padding=2, dilation=1, ceil_mode=False)


def test_pooling_refuses_a_window_larger_than_the_image():
    with pytest.raises(ValueError, match="does not fit"):
        pool_size(2, kernel=5, stride=1, padding=0, dilation=1, ceil_mode=False)


def test_padding_counts_in_the_area_only_if_included():
    geometry = ((2, 2), (2, 2), (2, 2), (2, 2), (1, 1))  # one pixel in each of four windows
    assert (window_area(*geometry, include_pad=True) == 4).all()
    assert (window_area(*geometry, include_pad=False) == 1).all()


def test_cells_beyond_the_padding_never_count_in_the_area():
    assert window_area((3, 1), (2, 1), (2, 1), (2, 1), (0, 0), include_pad=True).tolist() == [[2], [1]]


@given(*[st.integers(1, 4)] * 4, *[st.integers(0, 3)] * 2)
def test_removing_the_frame_is_the_adjoint_of_framing(H, W, rows, columns, top, left):
    rng = np.random.default_rng(0)
    x, g = rng.normal(size=(H, W)), rng.normal(size=(rows, columns))
    framed = frame(x, (top, left), (rows, columns))
    np.testing.assert_allclose((g * framed).sum(), (remove_frame(g, (top, left), (H, W)) * x).sum())
