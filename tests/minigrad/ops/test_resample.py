"""Changing a picture's size: held to weights by hand, PyTorch's alignment, and finite differences.

What to take from it: resizing is linear, so it is a matrix, whose rows say which pixels an output pixel is mixed from.
"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import minigrad as mg
from minigrad import functional as F
from minigrad.ops.resample import adaptive, bilinear, nearest


def row(*numbers):
    return np.array(numbers, dtype=np.float64).reshape(1, 1, 1, -1)


def test_bilinear_aligns_the_edges_of_pixels_not_their_centres():
    y = F.interpolate(row(0, 4), size=(1, 4), mode="bilinear")
    assert y.numpy().tolist() == [[[[0, 1, 3, 4]]]]


def test_bilinear_shrinking_takes_the_two_nearest_pixels():
    assert F.interpolate(row(0, 1, 2, 9), size=(1, 2), mode="bilinear").numpy().tolist() == [[[[0.5, 5.5]]]]


def test_nearest_repeats_pixels():
    assert F.interpolate(row(1, 2, 3), size=(1, 6)).numpy().tolist() == [[[[1, 1, 2, 2, 3, 3]]]]
    assert F.interpolate(row(1, 2, 3), size=(2, 2)).numpy().tolist() == [[[[1, 2], [1, 2]]]]


def test_a_scale_factor_multiplies_both_sides(normal):
    x = normal(1, 2, 3, 2)
    np.testing.assert_array_equal(F.interpolate(x, scale_factor=2).numpy(), F.interpolate(x, size=(6, 4)).numpy())


def test_a_scale_factor_that_rounds_puts_pixels_where_the_factor_says():
    # 3 * 1.5 = 4.5 gives 4 pixels, at (i + 1/2) / 1.5 - 1/2: -1/6, 1/2, 7/6, 11/6
    y = F.interpolate(row(0, 6, 12), scale_factor=1.5, mode="bilinear").numpy()
    np.testing.assert_allclose(y[0, 0, 0], [0, 3, 7, 11])
    assert F.interpolate(row(1, 2, 3), scale_factor=1.5).numpy()[0, 0, 0].tolist() == [1, 1, 2, 3]


def test_adaptive_windows_overlap_where_sizes_do_not_divide():
    np.testing.assert_allclose(F.adaptive_avg_pool2d(row(1, 2, 3, 4, 5), (1, 2)).numpy(), row(2, 4))
    np.testing.assert_allclose(F.adaptive_avg_pool2d(row(1, 2, 3, 4, 5), (1, 3)).numpy(), row(1.5, 3, 4.5))


def test_adaptive_pooling_to_more_pixels_than_there_are_repeats_them():
    assert F.adaptive_avg_pool2d(row(1, 2), (1, 4)).numpy().tolist() == [[[[1, 1, 2, 2]]]]


def test_adaptive_pooling_to_one_is_the_mean(normal):
    x = normal(2, 3, 4, 5)
    np.testing.assert_allclose(F.adaptive_avg_pool2d(x, 1).numpy(), x.mean(axis=(2, 3), keepdims=True))


@settings(max_examples=50)
@given(st.sampled_from([bilinear, nearest, adaptive]), st.integers(1, 9), st.integers(1, 9))
def test_every_way_of_sampling_mixes_with_weights_that_sum_to_one(sampling, n_in, n_out):
    mix = sampling(n_in, n_out)
    assert mix.shape == (n_out, n_in) and mix.min() >= 0
    np.testing.assert_allclose(mix.sum(axis=1), 1)


@pytest.mark.parametrize("sampling", [bilinear, nearest, adaptive])
def test_the_same_size_changes_nothing(sampling):
    np.testing.assert_array_equal(sampling(5, 5), np.eye(5))


@pytest.mark.parametrize(
    "fn",
    [
        lambda x: F.interpolate(x, size=(5, 2), mode="bilinear"),
        lambda x: F.interpolate(x, size=4),
        lambda x: F.adaptive_avg_pool2d(x, (2, 3)),
        lambda x: F.adaptive_avg_pool2d(x, 1),
    ],
)
def test_resizing_matches_finite_differences_twice(fn, normal):
    assert mg.gradcheck(fn, normal(1, 2, 3, 4))
    assert mg.gradgradcheck(lambda x: fn(x) ** 2, normal(1, 1, 3, 4))


X = np.zeros((1, 1, 2, 2))


@pytest.mark.parametrize(
    "mistake, words",
    [
        (
            lambda: F.interpolate(X, size=2, mode="cubic"),
            "interpolate: unknown mode 'cubic'; use 'nearest' or 'bilinear'",
        ),
        (lambda: F.interpolate(X), "interpolate: give either size or scale_factor"),
        (lambda: F.interpolate(X, size=2, scale_factor=2), "interpolate: give either size or scale_factor"),
        (lambda: F.interpolate(X[0], size=2), r"interpolate: x must be \(N, C, H, W\).*\(1, 2, 2\)"),
        (lambda: F.interpolate(X, size=0), "interpolate: size must be at least 1"),
        (lambda: F.adaptive_avg_pool2d(X, 0), "adaptive_avg_pool2d: output_size must be at least 1"),
        (lambda: F.adaptive_avg_pool2d(X[..., :0], 1), r"adaptive_avg_pool2d: .*\(1, 1, 2, 0\)"),
    ],
)
def test_mistakes_are_refused_in_words(mistake, words):
    with pytest.raises(ValueError, match=words):
        mistake()


def test_adaptive_average_pooling_to_the_same_size_changes_nothing():
    x = mg.tensor(np.random.default_rng(0).standard_normal((1, 2, 7, 5)))
    assert np.array_equal(F.adaptive_avg_pool2d(x, (7, 5)).numpy(), x.numpy())
