"""A panel's colours say what its scale says, and what there is nothing of is said in words."""

import io

import numpy as np
import pytest
from matplotlib import colormaps
from PIL import Image

from explain.photo.panels import Panel, draw, heat_panel, overlay_panel, place, signed_panel

GREY = np.zeros((3, 12, 12))  # in [-1, 1]: the middle


def corner(value=1.0):
    heat_map = np.zeros((12, 12))
    heat_map[:4, 8:] = value
    return heat_map


def test_an_overlay_begins_at_zero_even_where_no_place_is_at_zero():
    panel = overlay_panel("", GREY, 1 + corner())
    halfway = 0.45 * 0.5 + 0.55 * np.array(colormaps["turbo"](0.5)[:3])
    assert np.allclose(panel.rgb[11, 0], halfway, atol=0.02)


def test_overlays_with_the_same_top_can_be_compared():
    weak, strong = (overlay_panel("", GREY, corner(value), top=1.0) for value in (0.25, 1.0))
    assert np.allclose(weak.rgb[1, 10], 0.45 * 0.5 + 0.55 * np.array(colormaps["turbo"](0.25)[:3]), atol=0.02)
    assert np.allclose(strong.rgb[1, 10], 0.45 * 0.5 + 0.55 * np.array(colormaps["turbo"](1.0)[:3]), atol=0.02)


def test_an_overlay_of_nothing_says_so_and_has_no_scale():
    panel = overlay_panel("Grad-CAM", GREY, -corner())
    assert "nothing: no place is above 0" in panel.title and not panel.colours and np.allclose(panel.rgb, 0.5)


def test_a_signed_map_is_red_above_zero_blue_below_and_grey_at_zero():
    both = corner() - corner()[::-1, ::-1]
    rgb = signed_panel("", GREY, both, ("against", "0", "for")).rgb
    assert rgb[1, 10, 0] > rgb[1, 10, 2] and rgb[10, 1, 2] > rgb[10, 1, 0] and np.allclose(rgb[1, 1], 0.5)


def test_a_signed_map_of_nothing_is_the_grey_picture():
    assert np.allclose(signed_panel("", GREY, np.zeros((3, 3)), ("against", "0", "for")).rgb, 0.5)


def test_heat_that_is_the_same_everywhere_says_so():
    assert "the same everywhere" in heat_panel("vanilla", np.ones((4, 4))).title


@pytest.mark.parametrize(("turn", "where"), [(lambda a: a, "upper right"), (np.fliplr, "upper left"),
                                             (np.flipud, "lower right"), (lambda a: np.roll(a, (4, -4), (0, 1)),
                                                                          "middle")])
def test_a_place_is_put_into_words(turn, where):
    assert place(turn(corner())) == f"half of it lies in 6 % of the picture, and it is strongest at the {where}"


def test_a_map_without_anything_positive_has_no_place():
    assert place(-corner()) == "there is none"


@pytest.mark.parametrize(("columns", "across", "down"), [([2], 2, 1), ([4], 2, 2), ([2, 2], 2, 2), ([3], 2, 2)])
def test_two_panels_stand_side_by_side_and_so_do_two_nets(columns, across, down):
    panel = Panel("title", np.full((8, 8, 3), 0.2))
    image = Image.open(io.BytesIO(draw([("net", [panel] * count) for count in columns]))).convert("L")
    dark = np.asarray(image) < 80
    wide = np.diff(np.flatnonzero(np.diff(dark[:, :].mean(axis=0) > 0.3)))[::2]
    high = np.diff(np.flatnonzero(np.diff(dark[:, :].mean(axis=1) > 0.3)))[::2]
    assert (len(wide), len(high)) == (across, down) and min(*wide, *high) > 400
