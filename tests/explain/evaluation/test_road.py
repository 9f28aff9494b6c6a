"""Imputing missing pixels from their neighbours: by hand, and against equations written down one by one."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import minigrad as mg
from explain.evaluation.road import imputed, road
from minigrad import functional as F

MISSING = arrays(bool, (4, 5)).filter(lambda m: not m.all())


def slow_imputed(image, missing):
    """One dense equation for each missing pixel: it is the mean of its neighbours, weighed 2 : 1 for corners."""
    places = [tuple(p) for p in np.argwhere(missing)]
    matrix, known = np.eye(len(places)), np.zeros((len(places), len(image)))
    for i, (r, c) in enumerate(places):
        around = [(r + dy, c + dx, 1 if dy and dx else 2) for dy in (-1, 0, 1) for dx in (-1, 0, 1) if dy or dx]
        around = [(y, x, w) for y, x, w in around if 0 <= y < missing.shape[0] and 0 <= x < missing.shape[1]]
        for y, x, w in around:
            share = w / sum(weight for *_, weight in around)
            if missing[y, x]:
                matrix[i, places.index((y, x))] -= share
            else:
                known[i] += share * image[:, y, x]
    filled = image.copy()
    if places:
        filled[:, missing] = np.linalg.solve(matrix, known).T
    return filled


@settings(max_examples=60)
@given(MISSING)
def test_missing_pixels_are_the_weighed_mean_of_their_neighbours(missing):
    image = np.random.default_rng(0).standard_normal((2, 4, 5))
    assert np.allclose(imputed(image, missing, noise=0.0), slow_imputed(image, missing), atol=1e-10)


@settings(max_examples=60)
@given(MISSING, st.integers(0, 5))
def test_imputed_values_lie_between_those_that_are_known(missing, seed):
    image = np.random.default_rng(seed).standard_normal((1, 4, 5))
    filled, known = imputed(image, missing, noise=0.0), image[:, ~missing]
    assert filled.min() >= known.min() - 1e-9 and filled.max() <= known.max() + 1e-9
    assert np.array_equal(filled[:, ~missing], known)


def test_one_missing_pixel_by_hand():
    image, missing = np.arange(9.0).reshape(1, 3, 3) ** 2, np.zeros((3, 3), bool)
    missing[1, 1] = True
    # Sides 1, 9, 25, 49 weigh 1/6 each, corners 0, 4, 36, 64 weigh 1/12.
    assert imputed(image, missing, noise=0.0)[0, 1, 1] == pytest.approx(84 / 6 + 104 / 12)


def test_noise_is_added_to_what_is_imputed_and_to_nothing_else():
    image, missing = np.zeros((3, 30, 30)), np.zeros((30, 30), bool)
    missing[5:25] = True
    noisy = imputed(image, missing, noise=0.5, seed=1)
    assert noisy[:, missing].std() == pytest.approx(0.5, rel=0.05) and not noisy[:, ~missing].any()


def test_a_share_of_the_most_relevant_pixels_is_imputed(small_cnn, images):
    heat = np.random.default_rng(0).random((3, 16, 16))
    ours = road(small_cnn, images, heat, [0, 1, 2], shares=(0.0, 0.25), noise=0.0)
    for i in range(3):
        missing = heat[i] >= np.sort(heat[i].ravel())[-64]
        pair = mg.tensor(np.stack([images[i], slow_imputed(images[i], missing)]))
        assert np.allclose(ours[i], F.softmax(small_cnn.eval()(pair), axis=1).numpy()[:, i])


def test_least_relevant_first_is_most_relevant_first_of_the_negative_map(small_cnn, images):
    heat = np.random.default_rng(0).random((3, 16, 16))
    least_first = road(small_cnn, images, heat, 0, most_relevant_first=False)
    assert np.array_equal(least_first, road(small_cnn, images, -heat, 0))


@pytest.mark.parametrize("share", [1.0, -0.1])
def test_a_share_that_leaves_nothing_is_refused(small_cnn, images, share):
    with pytest.raises(ValueError, match="shares of the pixels"):
        road(small_cnn, images, images[:, 0], 0, shares=(share,))


def test_something_must_be_left_to_impute_from():
    with pytest.raises(ValueError, match="nothing to impute from"):
        imputed(np.zeros((1, 2, 2)), np.ones((2, 2), bool))
    with pytest.raises(ValueError, match="must be bools"):
        imputed(np.zeros((1, 2, 2)), np.ones((2, 2)))
