"""Maps that explain nothing: what they are, and that they depend on nothing that they shouldn't."""

import numpy as np
import pytest

import minigrad as mg
import nets
from explain.evaluation.baselines import another_random_map, centre_map, edge_map, random_map, uniform_map

BASELINES = [random_map, another_random_map, uniform_map, centre_map, edge_map]


@pytest.mark.parametrize("baseline", BASELINES)
def test_a_baseline_knows_neither_the_net_nor_the_class_nor_other_pictures(baseline, small_cnn, images):
    mg.manual_seed(7)
    another = type(small_cnn)().astype("float64")
    maps = baseline(small_cnn, images, [0, 1, 2])
    assert maps.shape == (3, 16, 16)
    assert np.array_equal(maps[1:], baseline(another, images[1:], 4))


def test_random_maps_are_uniform_and_unlike():
    maps = [random(nets.SmallCNN(), np.random.default_rng(0).random((4, 3, 64, 64)))
            for random in (random_map, another_random_map)]
    assert maps[0].mean() == pytest.approx(0.5, abs=0.01) and maps[0].var() == pytest.approx(1 / 12, abs=0.002)
    assert abs(np.corrcoef(maps[0].ravel(), maps[1].ravel())[0, 1]) < 0.03


def test_every_picture_has_a_random_map_of_its_own(small_cnn, images):
    first, second, _ = random_map(small_cnn, images)
    assert (first != second).all()


def slow_edges(grey):
    """Sobel's two filters, written out, on a picture that is reflected at its border."""
    padded = np.pad(grey, 1, mode="symmetric")
    filters = np.array([[1, 0, -1], [2, 0, -2], [1, 0, -1]])
    def strength(r, c):
        window = padded[r : r + 3, c : c + 3]
        return np.hypot((window * filters).sum(), (window * filters.T).sum())
    return np.array([[strength(r, c) for c in range(grey.shape[1])] for r in range(grey.shape[0])])


def test_edges_are_sobels(small_cnn, images):
    assert np.allclose(edge_map(small_cnn, images), [slow_edges(image.mean(axis=0)) for image in images])


def test_the_centre_is_brightest_and_a_quarter_of_the_side_away_it_has_faded_by_half_a_nat():
    heat = centre_map(nets.SmallCNN(), np.zeros((1, 3, 33, 33)))[0]
    assert heat.max() == heat[16, 16] == 1
    assert np.interp(16 + 33 / 4, np.arange(33), heat[16]) == pytest.approx(np.exp(-0.5), abs=0.01)


def test_uniform_is_uniform(small_cnn, images):
    assert (uniform_map(small_cnn, images) == 1).all()
