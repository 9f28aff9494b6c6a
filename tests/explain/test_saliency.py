"""Gradients as explanations: held to the weights of a linear model, and to finite differences on a net."""

import numpy as np
import pytest

import explain
import minigrad as mg
from explain.forward import Forward
from explain.saliency import largest
from minigrad import nn

from ..exercises.judging import compare

gradients = pytest.mark.exercise(
    "input-gradient", "explain.forward:Forward.gradient", chapter=10, needs=["reverse-sweep"]
)
maps = pytest.mark.exercise("saliency-map", "explain.saliency:largest", chapter=10, needs=["input-gradient"])


class OneReLU(nn.Module):
    """The score of class 0 is the sum of weight times relu(pixel), that of class 1 the sum of the pixels."""

    weight = np.array([[10.0, -10.0], [10.0, -10.0]])

    def __init__(self):
        self.relu = nn.ReLU()

    def forward(self, x):
        scores = (self.relu(x) * self.weight).sum(axis=(1, 2, 3)), x.sum(axis=(1, 2, 3))
        return mg.stack(scores, axis=1)


PICTURE = np.array([[[5.0, 5.0], [-5.0, -5.0]]])


@gradients
def test_each_picture_has_the_gradient_of_its_own_score():
    scales = np.array([1.0, 2, 3]).reshape(3, 1, 1, 1)
    run = Forward(OneReLU(), scales * PICTURE, target=0)
    found = run.gradient(run.x)
    assert isinstance(found, np.ndarray), f"the gradient is a {type(found).__name__}, and should be an ndarray (.array)"
    compare(found, np.stack([[[[10.0, -10.0], [0, 0]]]] * 3), "the gradient of three pictures' scores")


@gradients
def test_the_gradient_is_that_of_the_class_asked_for():
    run = Forward(OneReLU(), np.stack([PICTURE, PICTURE]), target=[0, 1])
    expected = np.array([[[[10.0, -10], [0, 0]]], [[[1, 1], [1, 1]]]])
    compare(run.gradient(run.x), expected, "the gradients of class 0 for one picture, of class 1 for the next")


@gradients
def test_the_gradient_takes_the_rule_that_was_asked_for():
    run = Forward(OneReLU(), PICTURE, target=0)
    compare(run.gradient(run.x, "deconvnet"), np.array([[[[10.0, 0], [10, 0]]]]), "the map under the rule deconvnet")


@gradients
def test_the_gradient_leaves_nothing_on_the_tape():
    run = Forward(OneReLU(), PICTURE, target=0)
    run.gradient(run.x)
    assert run.x.grad is None, "a .grad was left on the picture, where the next sweep would add to it: use mg.grad"


@maps
def test_the_size_of_a_gradient_has_no_sign():
    compare(largest(np.array([[[[-2.0, 3], [5, -7]]]])), np.array([[[2.0, 3], [5, 7]]]), "the map of one channel")


@maps
def test_a_pixel_counts_as_much_as_its_largest_channel():
    even = np.array([[[[2.0, 3], [5, 7]]] * 3])
    compare(largest(even), np.array([[[2.0, 3], [5, 7]]]), "the map of three channels that are the same")
    one = np.array([[[3.0, -5], [1, 0]], [[-4, 2], [-1, 6]]])
    compare(largest(one), np.array([[4.0, 5], [1, 6]]), "the map (H, W) of a picture (C, H, W) of two channels")


def test_the_gradient_of_a_linear_model_is_its_weights(linear_model):
    gradient = explain.gradient(linear_model, np.random.default_rng(0).standard_normal((2, 3, 8, 8)), target=1)
    weights = linear_model.fc.weight.numpy()[1].reshape(3, 8, 8)
    assert np.array_equal(gradient, np.stack([weights, weights]))


def test_the_gradient_predicts_what_a_small_change_does_to_the_score(small_cnn, images):
    small_cnn.eval()
    direction = np.random.default_rng(3).standard_normal(images.shape)

    def scores(step):
        return small_cnn(mg.tensor(images + step * direction)).numpy()[:, 2]

    change = (scores(1e-6) - scores(-1e-6)) / 2e-6
    predicted = (explain.gradient(small_cnn, images, 2) * direction).sum(axis=(1, 2, 3))
    assert np.allclose(change, predicted, rtol=1e-5)


def test_pictures_in_a_batch_do_not_influence_each_other(small_cnn, images):
    together = explain.gradient(small_cnn, images, [0, 1, 2], rule="guided")
    alone = [explain.gradient(small_cnn, image, c, rule="guided") for c, image in enumerate(images)]
    assert np.allclose(together, alone, rtol=1e-10)


@pytest.mark.parametrize("rule", ["vanilla", "deconvnet", "guided"])
def test_saliency_is_the_largest_size_of_the_gradient_over_the_channels(small_cnn, images, rule):
    gradient = explain.gradient(small_cnn, images, 1, rule)
    saliency = explain.saliency(small_cnn, images, 1, rule)
    assert saliency.shape == (3, 16, 16)
    assert saliency[0, 2, 5] == max(abs(gradient[0, 0, 2, 5]), abs(gradient[0, 1, 2, 5]), abs(gradient[0, 2, 2, 5]))


def test_a_single_picture_gives_a_map_without_the_batch_axis(small_cnn, images):
    assert explain.gradient(small_cnn, images[0]).shape == (3, 16, 16)
    assert explain.saliency(small_cnn, images[0]).shape == (16, 16)


def test_one_forward_pass_under_three_rules_equals_three_passes_exactly(small_cnn, images):
    together = explain.saliency_by_rule(small_cnn, images, 0)
    for rule, saliency in together.items():
        assert np.array_equal(saliency, explain.saliency(small_cnn, images, 0, rule))


def test_the_three_rules_differ(small_cnn, images):
    vanilla, deconvnet, guided = explain.saliency_by_rule(small_cnn, images, 0).values()
    for one, other in ((vanilla, guided), (vanilla, deconvnet), (guided, deconvnet)):
        assert not np.allclose(one, other)


def test_maps_have_both_signs_at_the_input_under_every_rule(small_cnn, images):
    for rule in ("vanilla", "deconvnet", "guided"):
        gradient = explain.gradient(small_cnn, images, 0, rule)
        assert gradient.min() < 0 < gradient.max()


def test_a_rule_of_ones_own_can_be_explained_with(small_cnn, images):
    doubled = explain.gradient(small_cnn, images, 0, rule=lambda g, x: np.where(x > 0, g, 0))
    assert np.allclose(doubled, explain.gradient(small_cnn, images, 0))


def test_a_net_without_relus_refuses_a_rule(linear_model):
    with pytest.raises(ValueError, match="no ReLU"):
        explain.saliency(linear_model, np.zeros((3, 8, 8)), 0, rule="guided")
