"""The sanity check, on a net so small that every number can be made again by hand."""

import numpy as np
import pytest

import explain
import minigrad as mg
import nets
from explain.evaluation import figures
from explain.evaluation.cascade import Cascade, cascade
from explain.evaluation.methods import Method, chosen
from explain.evaluation.similarity import spearman, ssim
from minigrad import nn


@pytest.mark.parametrize("direction", ["cascading", "independent"])
def test_each_map_is_compared_with_that_of_the_whole_net(direction, small_cnn, images):
    result = cascade(small_cnn, images, chosen(["gradient"]), direction, seed=5)
    assert result.layers == ("none", "classifier", "features.4", "features.0")
    target = explain.Forward(small_cnn, images).target
    gone = [["classifier"], ["classifier", "features.4", "features.5"]]
    if direction == "independent":
        gone[1] = gone[1][1:]
    for k, layers in enumerate(gone, 1):
        pair = small_cnn, explain.randomised(small_cnn, 5, layers)
        raw = [explain.gradient(net, images, target) for net in pair]
        sizes = [np.abs(one).max(axis=1) for one in raw]
        seen = [one / one.max(axis=(1, 2), keepdims=True) for one in sizes]
        slow = np.stack([spearman(*np.abs(raw)), spearman(*raw), ssim(*seen)], axis=1)
        assert np.allclose(result.values[:, 0, k], slow)


def test_before_anything_is_forgotten_a_map_is_like_itself(small_cnn, images):
    result = cascade(small_cnn, images, chosen("gradient,Guided Grad-CAM,edges"))
    assert result.means()[[0, 2], 0] == pytest.approx(1)


def test_a_map_that_never_looked_at_the_net_never_notices(small_cnn, images):
    assert cascade(small_cnn, images, chosen(["edges", "random"])).means() == pytest.approx(1)


def test_the_class_of_the_whole_net_is_explained_all_the_way_down(small_cnn, images):
    asked = []
    def raw(model, images, target):
        asked.append(target)
        return images
    cascade(small_cnn, images, [Method("spy", raw, lambda maps: maps[:, 0])])
    predicted = small_cnn.eval()(mg.tensor(images)).numpy().argmax(axis=1)
    assert len(asked) >= 4 and all(np.array_equal(target, predicted) for target in asked)


def likeness_of_two_random_nets(width, rule, pairs=6):
    """Mean Spearman correlation of the maps of two nets that know nothing, with `width` filters in each layer."""
    drawn = nets.scenes(4, seed=1, objects=1).images
    layers = nn.Conv2d(3, width, 5, stride=2, padding=2), nn.ReLU(), nn.Conv2d(width, width, 3), nn.ReLU()
    net = nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(width, 10))
    maps = [explain.gradient(explain.randomised(net, seed), drawn, 0, rule) for seed in range(2 * pairs)]
    return np.nanmean([spearman(*pair) for pair in zip(maps[::2], maps[1::2])])  # a narrow net may have an empty map


@pytest.mark.training
def test_guided_maps_of_random_nets_are_alike_and_more_so_if_they_are_wide_gradients_are_not():
    narrow, wide = (likeness_of_two_random_nets(width, "guided") for width in (8, 128))
    assert wide > narrow + 0.1
    assert wide > likeness_of_two_random_nets(128, "vanilla") + 0.2


def test_means_leave_out_what_is_not_a_number():
    values = np.full((2, 1, 2, 3), np.nan)
    values[0, 0, 0] = 0.5
    means = Cascade(("none", "fc"), ("m",), values, np.zeros((1, 2, 4, 4))).means()
    assert (means[0, 0] == 0.5).all() and np.isnan(means[0, 1]).all()


def test_the_figures_have_a_tile_for_each_map_and_a_curve_for_each_method(small_cnn, images):
    down, alone = (cascade(small_cnn, images, chosen("gradient,edges"), way) for way in ("cascading", "independent"))
    tiles, curves = figures.tiles(down, images[0]), figures.curves(down, alone)
    assert len(tiles.axes) == 2 * (1 + 4) and len(curves.axes) == 2 * 3
    assert [len(ax.lines) for ax in curves.axes] == [3] * 6  # a line at 0 as well
