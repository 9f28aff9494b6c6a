"""How a row comes about: equality first, and nothing that goes wrong ends the run."""

import numpy as np
import pytest

from benchmarks.case import Case, Probe, Sides


def one(value):
    return lambda: [np.array([value])]


def test_sides_that_agree_are_timed():
    row = Case("group", "name", lambda: Sides(one(1.0), one(1.0)), flops=5.0).measure(repeat=3)
    assert (row.status, row.pairs, row.flops) == ("measured", 3, 5.0)
    low, middle, high = row.ratio
    assert 0 < low <= middle <= high


def test_sides_that_differ_are_reported_and_not_timed():
    row = Case("group", "name", lambda: Sides(one(1.0), one(1.1))).measure(repeat=3)
    assert row.status == "differs" and row.ratio is None and row.samples == {}
    assert "differ by 9.1e-02" in row.note


@pytest.mark.parametrize("precise", [1.0, 2.0])
def test_float64_decides_where_float32_differs(precise):
    sides = Sides(one(1.0), one(1.001), precise=lambda: Sides(one(1.0), one(precise)))
    row = Case("group", "name", lambda: sides).measure(repeat=1)
    assert row.status == ("measured" if precise == 1.0 else "differs")


def test_a_side_with_noise_of_its_own_is_compared_by_a_stand_in_and_timed_itself():
    timed = []
    sides = Sides(one(1.0), lambda: timed.append(1) or [np.array([7.0])], check_theirs=one(1.0))
    row = Case("group", "name", lambda: sides).measure(repeat=1)
    assert row.status == "measured" and timed


def test_what_fails_becomes_a_row_that_says_so():
    def broken():
        raise MemoryError("no room\nfor more")

    row = Case("group", "name", broken).measure()
    assert (row.status, row.note) == ("failed", "MemoryError: no room")


def test_a_probe_notes_what_its_sides_have_measured():
    row = Probe("memory", "a step", lambda: 30.0, lambda: 40.0, unit="MB").measure(repeat=2)
    assert (row.ours, row.theirs, row.ratio, row.unit) == (30.0, 40.0, (0.75, 0.75, 0.75), "MB")


def test_a_probe_without_a_counterpart_has_no_ratio():
    row = Probe("compilation", "everything", lambda: 12.0, pairs=1).measure()
    assert (row.ours, row.ratio, row.status) == (12.0, None, "measured")


def test_the_first_results_of_both_sides_are_compared():
    """Otherwise one side of a training would be an epoch ahead."""
    ours, theirs = iter(range(100)), iter(range(100))
    sides = Sides(lambda: [np.array([next(ours)])], lambda: [np.array([next(theirs)])])
    assert Case("group", "name", lambda: sides).measure(repeat=1).difference == 0
