"""The class's own picture: higher scores than where it began, and the known answer for a linear model."""

import numpy as np
import pytest

import explain
from explain.class_image import class_image


def test_the_score_is_climbed(small_cnn):
    start, end = (class_image(small_cnn, 3, (3, 16, 16), steps=steps) for steps in (0, 20))
    low, high = (explain.Forward(small_cnn, image, 3).scores.item() for image in (start, end))
    assert not start.any() and high > low


def test_of_a_linear_model_it_is_the_weights_over_twice_the_penalty(linear_model):
    weights = linear_model.fc.weight.numpy()[1].reshape(3, 8, 8)
    ours = class_image(linear_model, 1, (3, 8, 8), steps=300, step=0.02, penalty=0.2, blur=0)
    assert np.allclose(ours, weights / (2 * 0.2), atol=0.01), "where the gradient w - 2 lambda I vanishes"


def test_pixels_stay_where_pictures_live(small_cnn):
    image = class_image(small_cnn, 0, (3, 16, 16), steps=5, step=3.0)
    assert np.abs(image).max() <= 1 and image.dtype == np.float64


def test_equal_calls_give_equal_pictures(small_cnn):
    assert np.array_equal(*(class_image(small_cnn, 1, (3, 16, 16), steps=3) for _ in range(2)))


def test_the_climb_can_follow_another_rule_and_be_smoothed(small_cnn):
    options = {"blur": 0}, {"blur": 0, "rule": "guided"}, {"blur": 2}
    plain, guided, smooth = (class_image(small_cnn, 1, (3, 16, 16), steps=3, **given) for given in options)
    assert not np.allclose(plain, guided)
    assert np.abs(np.diff(smooth)).mean() < 0.5 * np.abs(np.diff(plain)).mean()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"target": [0, 1]}, "single class"),
        ({"target": 5}, "classes 0 to 4"),
        ({"shape": (16, 16)}, r"\(16, 16\)"),
        ({"step": 0.0}, "positive step"),
    ],
)
def test_bad_input_says_what_was_wrong(small_cnn, arguments, words):
    with pytest.raises(ValueError, match=words):
        class_image(small_cnn, **{"target": 0, "shape": (3, 16, 16), "steps": 1, **arguments})
