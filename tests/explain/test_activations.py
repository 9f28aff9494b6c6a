"""Activations: the very numbers that the layer puts out, and the channels that stand out among them."""

import numpy as np
import pytest

import minigrad as mg
from explain.activations import activations, strongest_channels
from minigrad import nn


def test_activations_are_what_the_layer_puts_out_in_eval_mode(real_cnn, images):
    ours = activations(real_cnn, images, "features.3")
    assert real_cnn.training, "left as it was"
    real_cnn.eval()
    y = mg.tensor(images)
    for i in range(4):
        y = real_cnn.features[i](y)
    assert np.array_equal(ours, y.numpy())


def test_a_single_picture_gives_maps_without_the_batch_axis(real_cnn, images):
    assert activations(real_cnn, images[0], "features.12").shape == (64, 4, 4)


def test_a_layer_of_plain_neurons_gives_a_number_each(real_cnn, images):
    assert activations(real_cnn, images, "classifier").shape == (3, 5)


def test_an_unknown_layer_is_refused_with_a_list_of_the_layers(real_cnn, images):
    with pytest.raises(ValueError, match="no layer 'conv9'.*pool, classifier"):
        activations(real_cnn, images, "conv9")


class Twice(nn.Module):
    """A net that uses one ReLU in two places, and another one never."""

    def __init__(self):
        self.relu, self.idle = nn.ReLU(), nn.ReLU()

    def forward(self, x):
        return self.relu(2 * self.relu(x) - 1)


def test_each_run_of_a_reused_layer_can_be_chosen():
    image = np.full((1, 1, 2), 2.0)
    assert np.array_equal(activations(Twice(), image, "relu:0"), image)
    assert np.array_equal(activations(Twice(), image, "relu:1"), 2 * image - 1)


@pytest.mark.parametrize(("layer", "words"), [("relu", "2 times.*'relu:0'"), ("relu:2", "ran 2"), ("idle", "ran 0")])
def test_a_layer_that_did_not_run_exactly_once_is_refused(layer, words):
    with pytest.raises(ValueError, match=words):
        activations(Twice(), np.ones((1, 2, 2)), layer)


def test_channels_are_chosen_by_their_peak_over_all_pictures():
    maps = np.zeros((2, 3, 2, 2))
    maps[0, 1, 0, 1], maps[1, 2, 1, 1], maps[:, 0] = 5, 7, 1
    assert strongest_channels(maps, 3).tolist() == [2, 1, 0]
    assert strongest_channels(maps[0], 1).tolist() == [1]


def test_channels_with_equal_peaks_come_in_their_order():
    assert strongest_channels(np.ones((4, 2, 2)), 3).tolist() == [0, 1, 2]


@pytest.mark.parametrize(("shape", "count", "words"), [((3, 4), 1, "maps must be"), ((3, 2, 2), 4, "has 3 channels"),
                                                       ((3, 2, 2), 0, "count is 0")])
def test_channels_that_cannot_be_chosen_are_refused(shape, count, words):
    with pytest.raises(ValueError, match=words):
        strongest_channels(np.ones(shape), count)
