"""Maps of embeddings: every point is drawn, none hides another, and up is up."""

import itertools

import numpy as np
import pytest

from explain import plot
from explain.embedding_map import own_cells, picture_map, scatter_by_class, scatter_of_pictures

POINTS = np.random.default_rng(0).standard_normal((30, 2))


def test_every_point_is_drawn_once_with_its_class():
    labels = np.arange(30) % 3
    ax = scatter_by_class(POINTS, labels, ["ant", "bee", "cow"], title="insects and others").axes[0]
    drawn = {c.get_label(): np.asarray(c.get_offsets()) for c in ax.collections}
    assert list(drawn) == ["ant", "bee", "cow"] and np.allclose(drawn["bee"], POINTS[labels == 1])
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["ant", "bee", "cow"]


def test_classes_that_do_not_occur_have_no_entry_and_nameless_ones_their_number():
    legend = scatter_by_class(POINTS, np.repeat([7, 2], 15)).axes[0].get_legend()
    assert [text.get_text() for text in legend.get_texts()] == ["2", "7"]


def test_any_two_of_many_classes_differ_in_colour_or_marker():
    ax = scatter_by_class(POINTS, np.arange(30)).axes[0]
    looks = {(tuple(c.get_facecolor()[0]), c.get_paths()[0].vertices.tobytes()) for c in ax.collections}
    assert len(looks) == 30


def test_no_two_pictures_have_the_same_cell():
    cells = own_cells(np.repeat(POINTS[:3], 8, axis=0), 5)
    assert len({tuple(cell) for cell in cells}) == 24 and cells.min() >= 0 and cells.max() < 5


def test_the_cells_are_those_with_the_least_squared_ways():
    points = np.array([[0.0, 0], [0.2, 0.1], [1, 1], [0.9, 1]])
    at = np.stack([1 - points[:, 1], points[:, 0]], axis=1)
    by_trial = min(itertools.permutations(np.ndindex(2, 2)), key=lambda cells: ((at - np.array(cells)) ** 2).sum())
    assert np.array_equal(own_cells(points, 2), by_trial)


def test_a_crowd_makes_room_by_many_short_ways_instead_of_one_long_one():
    at = np.array([cell for cell in np.ndindex(3, 3) if cell != (1, 2)] + [(0, 0)])
    points = np.stack([at[:, 1], 2 - at[:, 0]], axis=1)
    ways = ((own_cells(points, 3) - at) ** 2).sum(axis=1)
    assert ways.sum() == 3, "1 + 1 + 1 or 1 + 2; straight from the corner to the gap it would be 1 + 4"


def test_pictures_that_lie_apart_stay_where_they_are_and_y_points_up():
    corners = np.array([[0.0, 0], [4, 0], [0, 4], [4, 4]])
    assert own_cells(corners, 5).tolist() == [[4, 0], [4, 4], [0, 0], [0, 4]]


def test_all_points_in_one_place_are_no_trouble():
    assert len({tuple(cell) for cell in own_cells(np.ones((4, 2)), 3)}) == 4


def test_a_map_shows_all_of_every_picture():
    images = np.linspace(-1, 0.9, 12).reshape(12, 1, 1, 1) * np.ones((1, 1, 4, 4))
    canvas = picture_map(POINTS[:12], images, cells=6, tile=4)
    values, counts = np.unique(np.round(canvas[..., 0], 6), return_counts=True)
    assert np.allclose(values, [*(np.linspace(-1, 0.9, 12) + 1) / 2, 1], atol=1e-6)
    assert counts.tolist() == [16] * 12 + [16 * 24]


def test_both_maps_become_png_files():
    images = np.zeros((30, 3, 4, 4))
    for figure in (scatter_by_class(POINTS, np.zeros(30, int)), scatter_of_pictures(POINTS, images, cells=8, tile=4)):
        assert plot.png(figure, dpi=30).startswith(b"\x89PNG")


@pytest.mark.parametrize("arguments", [{"cells": 5}, {"tile": 0}])
def test_pictures_that_find_no_room_are_refused(arguments):
    with pytest.raises(ValueError, match="picture_map.*take more cells"):
        picture_map(POINTS, np.zeros((30, 1, 4, 4)), **arguments)


def test_points_and_labels_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="points must be"):
        scatter_by_class(POINTS[:, :1], np.zeros(30))
    with pytest.raises(ValueError, match=r"labels \(29,\) as many"):
        scatter_by_class(POINTS, np.zeros(29))
