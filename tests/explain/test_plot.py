"""Colours and tiles: what is nothing looks like nothing, and no map can turn into NaN."""

import numpy as np
import pytest

from explain import plot


def test_grey_is_the_middle_of_the_range_of_pictures():
    assert np.allclose(plot.picture(np.zeros((3, 2, 2))), 0.5)
    assert plot.picture(np.ones((1, 2, 2))).shape == (2, 2, 3)


@pytest.mark.parametrize(("value", "reason"), [(7.0, "7 everywhere .*more"), (0.0, "0 everywhere .*at all")])
def test_a_constant_map_becomes_zeros_and_not_nan_and_a_warning_says_why(value, reason):
    with pytest.warns(UserWarning, match=reason):
        assert np.array_equal(plot.normalised(np.full((2, 2), value)), np.zeros((2, 2)))
    with pytest.warns(UserWarning, match="drawn as zeros"):
        assert np.isfinite(plot.overlay(np.zeros((3, 2, 2)), np.full((2, 2), value))).all()


def test_zero_is_the_middle_colour_of_a_signed_map_whatever_the_extremes():
    nothing = plot.signed(np.zeros((1, 1)))[0, 0]
    lopsided = plot.signed(np.array([[0.0, 9.0], [-1.0, 0.0]]))
    assert np.allclose(lopsided[0, 0], nothing)
    assert np.allclose(plot.signed(np.zeros((3, 2, 2))), 0.5)


def test_one_extreme_pixel_does_not_darken_all_others():
    heat_map = np.linspace(0, 1, 1000).reshape(25, 40)
    heat_map[0, 0] = 1e6
    assert plot.heat(heat_map)[-1, -1].sum() > 1.5


def test_an_overlay_is_hottest_where_the_map_is():
    tile = plot.overlay(np.zeros((3, 4, 4)), np.eye(4))
    assert tile[0, 0, 0] > tile[0, 1, 0], "more red on the diagonal"


def test_an_outline_touches_the_mask_from_outside_only():
    mask = np.zeros((5, 5), bool)
    mask[2, 2] = True
    drawn = plot.outlined(np.zeros((5, 5, 3)), mask)[..., 0]
    assert drawn[2, 2] == 0 and drawn.sum() == 4


def test_figures_become_png_files():
    tiles = [[np.zeros((4, 4, 3))] * 3, [np.ones((4, 4, 3))] * 2]
    assert plot.png(plot.grid(tiles, ["a", "b", "c"], ["first", "second"]), dpi=40).startswith(b"\x89PNG")
    numbers = np.array([[1.0, -2.0]])
    assert plot.png(plot.matrices([("title", numbers, numbers > 0)]), dpi=40).startswith(b"\x89PNG")


def test_what_is_no_picture_is_refused():
    with pytest.raises(ValueError, match="1 or 3"):
        plot.picture(np.zeros((2, 4, 4)))
