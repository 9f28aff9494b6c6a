"""The Taylor argument: exact for a linear model, exact to first order for a net, and wrong further away."""

import numpy as np
import pytest

import minigrad as mg
from explain.linearisation import along_line, draw_lines


@pytest.fixture
def direction():
    return np.random.default_rng(5).standard_normal((3, 16, 16))


def test_of_a_linear_model_the_prediction_is_the_score_everywhere(linear_model):
    image, far = np.random.default_rng(0).standard_normal((2, 3, 8, 8))
    line = along_line(linear_model.astype("float64"), image, 1, 100 * far)
    assert np.allclose(line.score, line.prediction, rtol=1e-10)


def test_the_score_is_that_of_the_pictures_on_the_line(small_cnn, images, direction):
    line = along_line(small_cnn, images[0], 2, direction, steps=[-0.5, 0.25])
    small_cnn.eval()
    expected = [small_cnn(mg.tensor(images[:1] + t * direction)).numpy()[0, 2] for t in (-0.5, 0.25)]
    assert np.allclose(line.score, expected, rtol=1e-10)


def test_the_prediction_touches_the_score_at_the_picture(small_cnn, images, direction):
    line = along_line(small_cnn, images[0], 2, direction, steps=[-1e-6, 0, 1e-6])
    assert np.isclose(line.score[1], line.prediction[1], rtol=1e-14)
    slopes = [(values[2] - values[0]) / 2e-6 for values in (line.score, line.prediction)]
    assert np.isclose(*slopes, rtol=1e-6)


def test_far_from_the_picture_a_net_is_not_linear(small_cnn, images, direction):
    line = along_line(small_cnn, images[0], 2, direction, steps=[3.0])
    assert abs(line.score - line.prediction)[0] > 0.1 * abs(line.score[0])


def test_without_a_direction_the_score_is_climbed_by_a_pixel_of_one(small_cnn, images):
    line = along_line(small_cnn, images[0], 2, steps=[0.0, 0.01])
    assert line.score[1] > line.score[0]


def test_the_class_predicted_for_the_picture_is_followed_all_along(small_cnn, images, direction):
    predicted = int(small_cnn.eval()(mg.tensor(images[:1])).numpy().argmax())
    lines = [along_line(small_cnn, images[0], target, direction) for target in (None, predicted)]
    assert np.array_equal(lines[0].score, lines[1].score)


def test_the_size_of_the_batches_does_not_matter(small_cnn, images, direction):
    lines = [along_line(small_cnn, images[0], 2, direction, steps=7, batch_size=size) for size in (2, 64)]
    assert np.allclose(lines[0].score, lines[1].score, rtol=1e-12)


def test_walks_are_drawn_side_by_side_with_both_curves(small_cnn, images, direction):
    line = along_line(small_cnn, images[0], 2, direction, steps=5)
    figure = draw_lines({"one": line, "two": line})
    assert [axes.get_title() for axes in figure.axes] == ["one", "two"]
    assert all(np.array_equal(axes.lines[1].get_ydata(), line.score) for axes in figure.axes)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"direction": np.ones((3, 8, 8))}, r"shape \(3, 16, 16\), not \(3, 8, 8\)"),
        ({"direction": np.full((3, 16, 16), np.nan)}, "NaN"),
        ({"steps": []}, "list of numbers"),
        ({"steps": 0}, "at least 1"),
    ],
)
def test_bad_input_says_what_was_wrong(small_cnn, images, arguments, words):
    with pytest.raises(ValueError, match=words):
        along_line(small_cnn, images[0], 0, **arguments)


def test_several_pictures_are_refused(small_cnn, images):
    with pytest.raises(ValueError, match="for each in turn"):
        along_line(small_cnn, images, 0)
