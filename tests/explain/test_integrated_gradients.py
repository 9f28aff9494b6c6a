"""Integrated Gradients: nothing of the score is lost on the way, and a case worked out by hand."""

import numpy as np
import pytest

import explain
import minigrad as mg
from explain.integrated_gradients import input_x_gradient, integrated_gradients
from minigrad import nn


def score(model, image, target):
    return model.eval()(mg.tensor(image[None])).numpy()[0, target]


def slow_integrated_gradients(model, image, target, baseline, steps):
    """A plain sum over the middles of many short steps, one picture at a time."""
    total = np.zeros(image.shape)
    for k in range(steps):
        total += explain.gradient(model, baseline + (k + 0.5) / steps * (image - baseline), target)
    return (image - baseline) * total / steps


def test_completeness_is_exact_for_a_linear_model(linear_model):
    image, baseline = np.random.default_rng(0).standard_normal((2, 3, 8, 8))
    model = linear_model.astype("float64")
    ours = integrated_gradients(model, image, 1, baseline, steps=1)
    assert np.isclose(ours.sum(), score(model, image, 1) - score(model, baseline, 1), rtol=1e-12)
    assert np.allclose(ours, (image - baseline) * model.fc.weight.numpy()[1].reshape(3, 8, 8), rtol=1e-12)


def test_completeness_holds_for_a_net_of_relus_but_for_its_kinks(small_cnn, images):
    baseline = 0.3 * images[1]
    difference = score(small_cnn, images[0], 2) - score(small_cnn, baseline, 2)
    sums = [integrated_gradients(small_cnn, images[0], 2, baseline, steps).sum() for steps in (4, 400)]
    errors = np.abs(np.subtract(sums, difference))
    assert errors[1] < 0.01 * abs(difference) and errors[1] < errors[0]


def test_two_ways_of_adding_up_agree(small_cnn, images):
    ours = integrated_gradients(small_cnn, images[0], 2, 0.0, steps=300)
    slow = slow_integrated_gradients(small_cnn, images[0], 2, np.zeros((3, 16, 16)), steps=300)
    assert np.abs(ours - slow).max() < 0.01 * np.abs(slow).max()


class Square(nn.Module):
    """The score is ``(2 a + b)^2`` of a picture of two pixels."""

    def forward(self, x):
        a, b = x[:, 0, 0, 0], x[:, 0, 0, 1]
        return ((2 * a + b) ** 2).reshape(-1, 1)


def test_a_square_is_shared_out_as_by_hand():
    # On the way from 0 to (1, 3) dS/da = 4 (2 a + b) = 20 t, whose mean is 10, and dS/db = 2 (2 a + b) = 10 t.
    ours = integrated_gradients(Square(), np.array([[[1.0, 3.0]]]), 0, steps=2)
    assert np.allclose(ours, [[[1 * 10, 3 * 5]]]) and ours.sum() == pytest.approx(25)


def test_a_pixel_that_equals_its_baseline_gets_nothing(small_cnn, images):
    baseline = images[0].copy()
    baseline[:, 8:] = 0
    ours = integrated_gradients(small_cnn, images[0], 0, baseline, steps=3)
    assert not ours[:, :8].any() and ours[:, 8:].any()


def test_neither_the_batches_nor_the_other_pictures_matter(small_cnn, images):
    together = integrated_gradients(small_cnn, images, [0, 1, 2], steps=5, batch_size=2)
    alone = [integrated_gradients(small_cnn, image, c, steps=5) for c, image in enumerate(images)]
    assert np.allclose(together, alone, rtol=1e-9, atol=1e-14)


@pytest.mark.parametrize("rule", ["deconvnet", "guided"])
def test_the_way_can_be_walked_under_another_rule(small_cnn, images, rule):
    ours = integrated_gradients(small_cnn, images[0], 0, steps=1, rule=rule)
    assert np.allclose(ours, images[0] * explain.gradient(small_cnn, images[0] / 2, 0, rule), rtol=1e-9)


def test_input_x_gradient_adds_up_to_the_score_where_there_is_no_bias(images):
    mg.manual_seed(0)
    convolution, linear = nn.Conv2d(3, 4, 3, bias=False), nn.Linear(16, 3, bias=False)
    model = nn.Sequential(convolution, nn.ReLU(), nn.AdaptiveAvgPool2d(2), nn.Flatten(), linear).astype("float64")
    assert np.isclose(input_x_gradient(model, images[0], 1).sum(), score(model, images[0], 1), rtol=1e-12)


def test_input_x_gradient_is_their_product_under_any_rule(small_cnn, images):
    guided = explain.gradient(small_cnn, images, 1, "guided")
    assert np.array_equal(input_x_gradient(small_cnn, mg.tensor(images), 1, "guided"), images * guided)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"steps": 0}, "at least 1, not 0"),
        ({"baseline": np.zeros((3, 8, 8))}, r"shape \(3, 8, 8\) does not fit"),
        ({"baseline": np.inf}, "infinite"),
    ],
)
def test_bad_input_says_what_was_wrong(small_cnn, images, arguments, words):
    with pytest.raises(ValueError, match=words):
        integrated_gradients(small_cnn, images, 0, **arguments)
