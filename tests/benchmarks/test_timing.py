"""The statistics on numbers made by hand, and what the clock is pointed at."""

import math

import numpy as np
import pytest

import minigrad as mg
from benchmarks import timing


def test_the_two_sides_take_turns():
    order = []
    timing.in_turns(lambda: order.append("ours") or 0.0, lambda: order.append("theirs") or 0.0, pairs=2)
    assert order == ["ours", "theirs", "ours", "theirs"]


def test_ratios_are_taken_within_pairs_so_that_a_slow_moment_cancels_out():
    ours, theirs = [1.0, 10.0, 1.0], [2.0, 20.0, 2.0]
    assert timing.ratios(ours, theirs) == (0.5, 0.5, 0.5)


def test_quartiles_lie_between_neighbours():
    assert timing.quartiles([1.0, 2.0]) == (1.25, 1.5, 1.75)


def test_twice_as_fast_and_twice_as_slow_cancel_out_in_the_geometric_mean():
    assert timing.geometric_mean([2.0, 0.5, 4.0, 0.25]) == pytest.approx(1.0)


def test_the_difference_is_relative_to_the_largest_number_of_each_result():
    ours, theirs = [np.array([100.0, 1.0]), np.array([1e-3])], [np.array([100.0, 0.0]), np.array([2e-3])]
    assert timing.difference(ours, theirs) == 0.5
    assert timing.difference(ours[:1], theirs[:1]) == 0.01


def test_tensors_and_numbers_are_results_too():
    assert timing.difference([mg.tensor([1.0, 2.0]), 3.0], [np.array([1.0, 2.0]), 3.0]) == 0


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_what_is_not_finite_agrees_with_nothing(bad):
    assert timing.difference([np.array([bad])], [np.array([1.0])]) == math.inf


def test_results_of_other_shapes_are_not_compared_by_stretching_them():
    with pytest.raises(ValueError, match=r"\(1,\) and \(3,\)"):
        timing.difference([np.zeros(1)], [np.zeros(3)])


def test_a_missing_result_is_noticed():
    with pytest.raises(ValueError):
        timing.difference([np.zeros(1)], [np.zeros(1), np.zeros(1)])


def test_a_short_call_is_repeated_within_a_turn_and_a_turn_gives_the_time_of_one(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(timing.time, "perf_counter", lambda: now[0])
    monkeypatch.setattr(timing.time, "sleep", lambda seconds: None)
    calls = []

    def call():
        calls.append(1)
        now[0] += timing.SHORTEST / 10

    stopwatch = timing.Stopwatch(call)
    calls.clear()
    assert stopwatch() == pytest.approx(timing.SHORTEST / 10)
    assert len(calls) in (11, 12)  # one to wake up, then enough to fill a turn


def test_a_long_call_is_not_made_more_often_than_needed(monkeypatch):
    now, calls = [0.0], []
    monkeypatch.setattr(timing.time, "perf_counter", lambda: now[0])
    monkeypatch.setattr(timing.time, "sleep", lambda seconds: None)

    def call():
        calls.append(1)
        now[0] += 2 * timing.LONG

    assert timing.Stopwatch(call)() == 2 * timing.LONG and len(calls) == 2


def test_the_compile_clock_is_at_zero_while_nothing_is_compiled():
    with timing.compile_clock() as compiled:
        pass
    assert compiled() == 0
