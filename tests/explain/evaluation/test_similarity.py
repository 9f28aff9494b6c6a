"""Likeness of maps, against scipy, by hand, and against a loop over windows."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from explain.evaluation.similarity import correlation, spearman, ssim

MAPS = arrays(float, (2, 4, 5), elements=st.integers(-3, 3).map(float))


def slow_ssim(a, b):
    """Wang's formula, window after window, with weights exp(-d^2 / (2 1.5^2)) that add up to 1."""
    d = np.arange(-5, 6)
    w = np.exp(-(d[:, None] ** 2 + d**2) / (2 * 1.5**2))
    w /= w.sum()
    found = []
    for r in range(a.shape[0] - 10):
        for c in range(a.shape[1] - 10):
            p, q = a[r : r + 11, c : c + 11], b[r : r + 11, c : c + 11]
            mp, mq = (w * p).sum(), (w * q).sum()
            vp, vq, cov = (w * (p - mp) ** 2).sum(), (w * (q - mq) ** 2).sum(), (w * (p - mp) * (q - mq)).sum()
            found.append((2 * mp * mq + 1e-4) * (2 * cov + 9e-4) / ((mp**2 + mq**2 + 1e-4) * (vp + vq + 9e-4)))
    return np.mean(found)


@given(MAPS, MAPS)
def test_spearman_is_scipys(a, b):
    for ours, p, q in zip(spearman(a, b), a, b):
        if np.ptp(p) > 0 and np.ptp(q) > 0:
            assert ours == pytest.approx(stats.spearmanr(p.ravel(), q.ravel()).statistic, abs=1e-12)
        else:
            assert np.isnan(ours)


@given(MAPS)
def test_spearman_sees_the_order_only(a):
    assert np.allclose(spearman(a, np.exp(a)), np.where(np.ptp(a, axis=(1, 2)) > 0, 1, np.nan), equal_nan=True)


def test_spearman_by_hand_with_two_equal_numbers():
    # Ranks 1, 2.5, 2.5, 4 against 1, 2, 3, 4: r = 4.5 / sqrt(4.5 * 5).
    assert spearman(np.array([[1.0, 5, 5, 9]]), np.array([[1.0, 2, 3, 4]]))[0] == pytest.approx(4.5 / np.sqrt(22.5))


def test_ssim_is_the_formula_in_every_window():
    a, b = np.random.default_rng(0).random((2, 14, 13))
    assert ssim(a[None], b[None])[0] == pytest.approx(slow_ssim(a, b), abs=1e-12)


def test_ssim_of_two_plain_maps_by_hand():
    # No variance: what is left is (2 * 0.2 * 0.8 + C1) / (0.04 + 0.64 + C1), C1 = 0.0001.
    dark, bright = np.full((1, 11, 11), 0.2), np.full((1, 11, 11), 0.8)
    assert ssim(dark, bright)[0] == pytest.approx((0.32 + 1e-4) / (0.68 + 1e-4))


@given(arrays(float, (1, 12, 12), elements=st.floats(0, 1)), arrays(float, (1, 12, 12), elements=st.floats(0, 1)))
def test_ssim_is_symmetric_and_1_for_equal_maps(a, b):
    assert ssim(a, b) == pytest.approx(ssim(b, a)) and ssim(a, a) == pytest.approx(1) and ssim(a, b) <= 1 + 1e-9


def test_correlation_of_a_constant_map_is_not_a_number():
    assert np.isnan(correlation(np.ones((3, 3)), np.eye(3)))


@pytest.mark.parametrize(("function", "shapes", "words"), [
    (spearman, ((2, 3), (2, 4)), "must be of one shape"),
    (ssim, ((1, 10, 12), (1, 10, 12)), "sides of at least 11"),
    (ssim, ((3, 12, 12), (2, 12, 12)), "must be of one shape"),
])
def test_maps_that_cannot_be_compared_are_refused(function, shapes, words):
    with pytest.raises(ValueError, match=words):
        function(*(np.zeros(shape) for shape in shapes))
