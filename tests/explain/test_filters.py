"""Filters as pictures: zero is grey, the scale is each tile's own, and what has no filters says so."""

import numpy as np
import pytest

import nets
from explain.filters import filter_rows, filter_tiles, filters
from minigrad import nn


def normal(*shape):
    return np.random.default_rng(0).standard_normal(shape)


def test_filters_are_the_weights_of_the_layer_and_a_copy():
    model = nets.SmallCNN()
    ours = filters(model, "features.4")
    assert np.array_equal(ours, model.features[4].weight.numpy())
    ours[:] = 0
    assert model.features[4].weight.numpy().any()


def test_a_layer_without_filters_is_refused_with_a_list_of_those_that_have_them():
    with pytest.raises(ValueError, match="'features.1', a BatchNorm2d.* features.0, features.4, .*, features.10$"):
        filters(nets.SmallCNN(), "features.1")
    with pytest.raises(ValueError, match="none in this net"):
        filters(nn.Sequential(nn.Linear(2, 2)), "0")


def test_an_unknown_layer_is_refused():
    with pytest.raises(ValueError, match="no layer 'conv1'"):
        filters(nets.SmallCNN(), "conv1")


def test_tiles_follow_the_formula_filter_by_filter():
    weights = normal(2, 3, 4, 5)
    tiles = filter_tiles(weights)
    for o, c, i, j in np.ndindex(weights.shape):
        largest = max(abs(w) for w in weights[o].flat)
        assert np.isclose(tiles[o, i, j, c], 0.5 + weights[o, c, i, j] / (2 * largest))


def test_rows_follow_the_formula_tile_by_tile():
    weights = normal(2, 4, 3, 3)
    rows = filter_rows(weights)
    for o, c, i, j in np.ndindex(weights.shape):
        largest = max(abs(w) for w in weights[o, c].flat)
        assert np.allclose(rows[o, c, i, j], 0.5 + weights[o, c, i, j] / (2 * largest))


def test_rows_scaled_by_the_filter_keep_faint_channels_faint():
    weights = np.ones((1, 2, 1, 1)) * np.array([1.0, 0.1]).reshape(1, 2, 1, 1)
    assert np.allclose(filter_rows(weights, per="filter")[0, :, 0, 0, 0], [1, 0.55])


def test_a_weight_of_zero_is_mid_grey_however_lopsided_the_filter():
    lopsided = np.array([0.0, 9, -1]).reshape(1, 1, 1, 3)
    assert np.allclose(filter_tiles(lopsided)[0, 0, :, 0], [0.5, 1, 0.5 - 1 / 18])
    assert np.allclose(filter_tiles(np.zeros((1, 3, 2, 2))), 0.5)


def test_the_scale_of_the_weights_does_not_matter():
    assert np.allclose(filter_tiles(normal(2, 3, 3, 3)), filter_tiles(1000 * normal(2, 3, 3, 3)))


def test_filters_over_one_channel_are_grey():
    tiles = filter_tiles(normal(2, 1, 3, 3))
    assert tiles.shape == (2, 3, 3, 3) and np.array_equal(tiles[..., 0], tiles[..., 2])


def test_filters_over_other_channels_have_no_colours():
    with pytest.raises(ValueError, match="over 16 channels.*filter_rows"):
        filter_tiles(normal(2, 16, 3, 3))


def test_what_are_no_filters_is_refused():
    with pytest.raises(ValueError, match="filters are"):
        filter_rows(normal(3, 3))
    with pytest.raises(ValueError, match="per must be"):
        filter_rows(normal(1, 1, 3, 3), per="layer")
