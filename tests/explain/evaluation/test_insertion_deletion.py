"""Curves of pixels taken away or put back, held to RISE's algorithm as a loop."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import minigrad as mg
from explain.evaluation.insertion_deletion import area, blurred, deletion_curve, insertion_curve, ranks
from minigrad import functional as F

from ...exercises.judging import compare

order = pytest.mark.exercise("deletion-order", "explain.evaluation.insertion_deletion:ranks", chapter=14)


@order
def test_the_most_important_pixel_has_place_0():
    compare(ranks(np.array([[5.0, 3, 9, 1]])), [[1, 2, 0, 3]], "the places of 5, 3, 9, 1")


@order
def test_each_pixel_keeps_its_row_and_column():
    heat = np.array([[0.3, 0.9, 0.1], [0.5, 0.2, 0.8]])
    compare(ranks(heat), [[3, 0, 5], [2, 4, 1]], "the places of the pixels of a map (2, 3)")


@order
def test_of_equal_pixels_the_first_in_reading_order_goes_first():
    heat = np.zeros((4, 10))
    heat[2] = 1
    compare(ranks(heat)[2], np.arange(10), "the places of ten equal pixels, the largest of a map")
    compare(ranks(heat)[3], np.arange(30, 40), "the places of the last ten of thirty equal pixels")


@order
def test_a_negative_number_is_less_important_than_none():
    compare(ranks(np.array([[-9.0, 0, 1]])), [[2, 1, 0]], "the places of -9, 0, 1")


def slow_curve(model, start, finish, heat, target, at_a_time):
    """RISE's loop: score, replace the next pixels, score, ... until all are replaced."""
    order = sorted(range(heat.size), key=lambda p: (-heat.ravel()[p], p))
    now, scores = start.copy(), []
    for k in range(0, heat.size + at_a_time, at_a_time):
        scores.append(F.softmax(model.eval()(mg.tensor(now[None])), axis=1).numpy()[0, target])
        for p in order[k : k + at_a_time]:
            r, c = divmod(p, heat.shape[1])
            now[:, r, c] = finish[:, r, c]
    return scores


@pytest.mark.parametrize("batch_size", [3, 64])
def test_deletion_follows_rises_loop(small_cnn, images, batch_size):
    heat = np.random.default_rng(0).integers(0, 9, (3, 16, 16)).astype(float)  # with many equal pixels
    ours = deletion_curve(small_cnn, images, heat, [0, 1, 2], steps=8, fill=0.5, batch_size=batch_size)
    slow = [slow_curve(small_cnn, x, np.full_like(x, 0.5), m, c, 32) for c, (x, m) in enumerate(zip(images, heat))]
    assert ours.shape == (3, 9) and np.allclose(ours, slow, atol=1e-12)


def test_insertion_follows_rises_loop_from_the_blurred_picture(small_cnn, images):
    heat = np.random.default_rng(0).random((3, 16, 16))
    ours = insertion_curve(small_cnn, images, heat, [0, 1, 2], steps=5, blur=2.0)
    start = blurred(images, 2.0)
    slow = [slow_curve(small_cnn, start[i], images[i], heat[i], i, 52) for i in range(3)]
    assert ours.shape == (3, 6) and np.allclose(ours, slow, atol=1e-12)


def test_deletion_by_hand(weighed):
    # Scores log 9, log 3, 0 against 0: probabilities 9/10, 3/4, 1/2, and an area of (9/20 + 3/4 + 1/4) / 2.
    model, picture = weighed(np.log([[[3.0, 3.0]]])), np.ones((1, 1, 2))
    curve = deletion_curve(model, picture, np.array([[2.0, 1.0]]), target=0, steps=2)
    assert curve[0] == pytest.approx([0.9, 0.75, 0.5]) and area(curve)[0] == pytest.approx(0.725)


def test_both_ends_are_the_whole_picture_and_none_of_it(small_cnn, images):
    curve = deletion_curve(small_cnn, images, images[:, 0], 1, steps=7)
    ends = F.softmax(small_cnn.eval()(mg.tensor(np.concatenate([images, 0 * images[:1]]))), axis=1).numpy()[:, 1]
    assert np.allclose(curve[:, 0], ends[:3]) and np.allclose(curve[:, -1], ends[3])


def test_the_originally_predicted_class_is_watched(small_cnn, images):
    predicted = small_cnn.eval()(mg.tensor(images)).numpy().argmax(axis=1)
    curves = [deletion_curve(small_cnn, images, images[:, 0], target, steps=4) for target in (None, predicted)]
    assert np.array_equal(*curves)


def test_any_score_can_be_watched(small_cnn, images):
    ours = deletion_curve(small_cnn, images, images[:, 0], lambda output: output[:, 2] - output[:, 1], steps=4)
    output = small_cnn.eval()(mg.tensor(images)).numpy()
    assert np.allclose(ours[:, 0], output[:, 2] - output[:, 1])


def test_the_best_order_for_a_linear_model_is_that_of_its_contributions(weighed):
    rng = np.random.default_rng(0)
    weight, picture = rng.standard_normal((1, 6, 6)), rng.standard_normal((1, 6, 6))
    model, contributions = weighed(weight), (weight * picture)
    best, worst, chance = (
        area(deletion_curve(model, picture, heat, 0, steps=36))[0]
        for heat in (contributions[0], -contributions[0], rng.random((6, 6)))
    )
    assert best < chance < worst


@given(arrays(float, (4, 4), elements=st.integers(-3, 3).map(float)))
def test_only_the_order_of_the_pixels_counts(weighed, heat):
    picture, weight = np.random.default_rng(0).standard_normal((2, 3, 4, 4))
    curves = [deletion_curve(weighed(weight), picture, m, 0, steps=4) for m in (heat, np.exp(heat) + 5)]
    assert np.array_equal(*curves)


@given(arrays(float, (3, 5), elements=st.integers(-3, 3).map(float)))
def test_ranks_are_places_from_the_largest_down_the_first_in_reading_order_first(heat):
    order = sorted(range(15), key=lambda p: (-heat.ravel()[p], p))
    assert ranks(heat).ravel()[order].tolist() == list(range(15))


def test_area_is_the_trapezoid_rule():
    curve = np.random.default_rng(0).random((2, 11))
    assert area(curve) == pytest.approx(np.trapezoid(curve, dx=0.1))


def test_the_net_is_left_in_training_mode(small_cnn, images):
    small_cnn.train()
    deletion_curve(small_cnn, images, images[:, 0], 0, steps=2)
    assert all(module.training for module in small_cnn.modules())


@pytest.mark.parametrize(("heat", "options", "words"), [
    (np.zeros((3, 16, 15)), {}, r"maps \(3, 16, 15\) don't fit images \(3, 3, 16, 16\)"),
    (np.full((3, 16, 16), np.nan), {}, "NaN"),
    (np.zeros((3, 16, 16)), {"steps": 0}, "steps must be from 1 to the 256 pixels"),
    (np.zeros((3, 16, 16)), {"steps": 257}, "steps must be from 1 to the 256 pixels"),
    (np.zeros((3, 16, 16)), {"batch_size": 0}, "batch_size must be at least 1"),
    (np.zeros((3, 16, 16)), {"score": "loss"}, "unknown score 'loss'"),
])
def test_bad_arguments_are_refused(small_cnn, images, heat, options, words):
    with pytest.raises(ValueError, match=words):
        deletion_curve(small_cnn, images, heat, 0, **options)


def test_a_negative_blur_and_a_curve_of_one_point_are_refused(small_cnn, images):
    with pytest.raises(ValueError, match="blur is a standard deviation"):
        insertion_curve(small_cnn, images, images[:, 0], 0, blur=-1)
    with pytest.raises(ValueError, match="at least its two ends"):
        area(np.ones((4, 1)))
