"""Intervals of means: by hand, and as often right as they claim."""

import numpy as np
import pytest

from explain.evaluation.bootstrap import interval


def slow_interval(values, level, samples, seed):
    """Draw, take the mean, sort."""
    rng = np.random.default_rng(seed)
    means = [values[rng.integers(len(values), size=len(values))].mean() for _ in range(samples)]
    return np.quantile(means, [(1 - level) / 2, (1 + level) / 2])


def test_it_is_the_middle_of_the_means_of_resampled_values():
    values = np.random.default_rng(1).standard_normal(30)
    assert interval(values, 0.9, samples=100, seed=3)[1:] == pytest.approx(slow_interval(values, 0.9, 100, 3))


def test_of_one_value_nothing_else_can_be_drawn():
    assert [float(part) for part in interval(np.array([3.0]))] == [3, 3, 3]


def test_it_covers_the_true_mean_about_as_often_as_it_says():
    rng = np.random.default_rng(0)
    inside = 0
    for trial in range(200):
        _, low, high = interval(rng.random(60), 0.9, samples=300, seed=trial)
        inside += low <= 0.5 <= high
    assert 165 <= inside <= 195  # 180 expected, with a standard deviation of 4


def test_it_narrows_with_the_square_root_of_n():
    rng = np.random.default_rng(0)
    widths = [np.subtract(*interval(rng.standard_normal(n))[:0:-1]) for n in (100, 1600)]
    assert widths[0] / widths[1] == pytest.approx(4, rel=0.3)


def test_missing_values_are_left_out_of_their_column_only():
    values = np.array([[1.0, np.nan], [3.0, 5.0], [5.0, np.nan]])
    mean, low, high = interval(values)
    assert mean.tolist() == [3, 5] and (low[1], high[1]) == (5, 5) and low[0] < 3 < high[0]


def test_a_column_without_values_has_no_mean():
    assert all(np.isnan(part[1]) for part in interval(np.array([[1.0, np.nan], [2.0, np.nan]])))


def test_columns_are_drawn_together():
    values = np.random.default_rng(0).random((20, 1))
    _, low, high = interval(np.hstack([values, values + 1, values - values]))
    assert low[1] == pytest.approx(low[0] + 1) and low[2] == high[2] == 0


def test_equal_seeds_give_equal_intervals():
    values = np.random.default_rng(0).random(20)
    assert interval(values, seed=1) == interval(values, seed=1) != interval(values, seed=2)


@pytest.mark.parametrize(("values", "level"), [([], 0.95), (1.0, 0.95), ([1.0], 1.0), ([1.0], 0.0)])
def test_no_values_and_no_level_are_refused(values, level):
    with pytest.raises(ValueError, match="interval: "):
        interval(np.array(values), level)
