"""The choices that the lecture's sections make: which channels are shown, and where."""

import numpy as np
import pytest

import nets
from explain.activations import activations
from explain.lecture.looking import STAGES, bordered, in_square, stage_means, telling_channels
from explain.plot import picture
from explain.receptive_field import Rectangle


def test_each_class_gets_the_channel_that_tells_it_best():
    labels = np.array([0, 0, 1, 1, 2, 2])
    means = np.zeros((6, 4))
    means[:, 0] = [3, 3, 3, 3, 0, 0]  # large, but as much for class 1 as for class 0
    means[:, 1] = [0, 0, 0, 0, 1, 1]
    means[:, 2] = [0, 0, 1, 1, 0, 0]
    means[:, 3] = [1, 1, 0, 0, 0, 0]
    np.testing.assert_array_equal(telling_channels(means, labels, 3), [3, 2, 1])
    np.testing.assert_array_equal(telling_channels(means, labels + 4, 2), [3, 2])


def test_no_channel_is_chosen_twice_and_silent_ones_only_when_no_other_is_left():
    rng = np.random.default_rng(0)
    means = np.concatenate([np.zeros((40, 3)), rng.random((40, 4))], axis=1)
    chosen = telling_channels(means, np.arange(40) % 5, 9)
    assert len(set(chosen.tolist())) == 5
    assert set(chosen[:4].tolist()) == {3, 4, 5, 6}


def test_stage_means_are_the_means_of_the_activations():
    model = nets.SmallCNN(3, 1).eval()
    images = np.random.default_rng(1).uniform(-1, 1, (5, 1, 32, 32)).astype(np.float32)
    means = stage_means(model, images, batch_size=2)
    assert tuple(means) == STAGES
    for layer in STAGES:
        np.testing.assert_allclose(means[layer], activations(model, images, layer).mean(axis=(2, 3)), rtol=1e-4)


@pytest.mark.parametrize("rectangle", [Rectangle(2, 3, 7, 8), Rectangle(-4, -4, 4, 4), Rectangle(5, 5, 20, 20)])
def test_the_square_runs_along_the_inside_of_the_field(rectangle):
    image = np.zeros((1, 10, 10), np.float32)
    drawn = (in_square(image, rectangle) != picture(image)).any(axis=2)
    rows, columns = np.flatnonzero(drawn.any(axis=1)), np.flatnonzero(drawn.any(axis=0))
    inside = rectangle.cropped(10, 10)
    assert (rows[0], columns[0], rows[-1] + 1, columns[-1] + 1) == inside
    assert not drawn[inside.top + 1 : inside.bottom - 1, inside.left + 1 : inside.right - 1].any()


def test_a_border_enlarges_small_patches_evenly():
    tile = np.arange(4, dtype=float).reshape(2, 2, 1).repeat(3, axis=2) / 4
    drawn = bordered(tile, least=5)
    assert drawn.shape == (8, 8, 3)
    np.testing.assert_array_equal(drawn[1:-1:3, 1:-1:3], tile)
    assert (drawn[0] == 0.6).all() and (drawn[:, -1] == 0.6).all()
