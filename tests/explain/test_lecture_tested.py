"""What the lecture says in words about its league table and its sanity check: whatever the figures are, they decide."""

import numpy as np
import pytest

from explain.evaluation import report
from explain.evaluation.cascade import LIKENESSES, Cascade
from explain.evaluation.league import League
from explain.evaluation.measures import MEASURES
from explain.lecture.charts import number
from explain.lecture.tested import CLEAR, league_notice, sanity_notice, table, won_by_baselines

NAMES = ("Grad-CAM", "gradient", "edges", "uniform", "random")
PLACE = {measure.name: k for k, measure in enumerate(MEASURES)}


@pytest.fixture
def found():
    """Five methods on three scenes: Grad-CAM is always best, and the others all alike."""
    values = np.full((3, len(NAMES), len(MEASURES)), 0.5)
    values[:, 0] = [0.9 if measure.better == "higher" else 0.1 for measure in MEASURES]
    return League(NAMES, values)


def put(found, method, measure, value):
    found.values[:, NAMES.index(method), PLACE[measure]] = value


def test_the_one_with_most_first_places_is_named_with_their_number(found):
    put(found, "gradient", "ROAD", 0.0)
    assert f"best mean is that of Grad-CAM, in {len(MEASURES) - 1} of {len(MEASURES)} measures" in league_notice(found)


def test_two_with_equally_many_first_places_are_both_named(found):
    found.values[:, 1] = found.values[:, 0]
    assert f"that of Grad-CAM and gradient, in {len(MEASURES)} of" in league_notice(found)


def test_where_edges_win_the_page_says_so_and_where_they_do_not_it_says_that(found):
    assert "An edge detector does better than none of these methods." in league_notice(found)
    put(found, "edges", "insertion", 0.7)
    assert "An edge detector does better than gradient in insertion." in league_notice(found)
    assert "none of these" not in league_notice(found)


def test_a_baseline_in_the_first_place_is_named_with_the_reason(found):
    assert won_by_baselines(found) == []
    put(found, "uniform", "average drop", 0.0)
    put(found, "random", "deletion", 0.0)
    deletion, drop = won_by_baselines(found)
    assert deletion == "In deletion the first place goes to a baseline (random)."
    assert drop.startswith("In average drop the first place goes to a baseline (uniform): ") and "whole picture" in drop


def test_a_first_place_that_is_shared_with_a_method_goes_to_no_baseline(found):
    put(found, "uniform", "average drop", 0.1)
    assert won_by_baselines(found) == []


def test_the_table_brackets_what_is_no_better_than_chance_and_not_the_baselines(found):
    put(found, "gradient", "best IoU", 0.6)
    rows = table(found).rows
    gradient, edges = rows[1], rows[2]
    assert gradient[1 + PLACE["pointing game"]] == "(0.50)\n±0.00" and gradient[1 + PLACE["best IoU"]] == "0.60\n±0.00"
    assert rows[0][1:5] == 4 * ["0.90\n±0.00"] and not any("(" in cell for cell in edges)


def test_the_table_marks_the_best_of_each_column(found):
    put(found, "uniform", "ROAD", 0.0)
    column = 1 + PLACE["ROAD"]
    assert sorted(table(found).strong) == sorted([*((0, 1 + k) for k in range(len(MEASURES)) if 1 + k != column),
                                                  (3, column)])


def test_measures_that_nobody_has_are_no_reason_to_fail(found):
    found.values[:, :, PLACE["best IoU"]] = np.nan
    assert "Grad-CAM" in league_notice(found) and len(table(found).rows) == len(NAMES)


def test_the_picture_has_no_more_panels_in_a_row_than_the_page_has_room_for(found):
    tops = [ax.get_subplotspec().rowspan.start for ax in report.picture(found, columns=4).axes if ax.get_visible()]
    assert [tops.count(row) for row in range(3)] == [4, 4, len(MEASURES) - 8]


def likeness(gradient, guided):
    """A cascade of two methods over a whole net, one with its first layer left, and one with nothing left."""
    values = np.ones((1, 2, 3, len(LIKENESSES)))
    values[0, :, 1:] = np.array([gradient, guided])[..., None]
    return Cascade(("none", "features.4", "features.0"), ("gradient", "guided"), values, np.zeros((2, 3, 4, 4)))


@pytest.mark.parametrize(("gap", "late"), [(CLEAR + 0.01, True), (CLEAR - 0.01, False), (-0.5, False)])
def test_the_papers_finding_is_claimed_only_where_it_is_seen(gap, late):
    text = sanity_notice(likeness(gradient=(0.3, 0.1), guided=(0.3 + gap, 0.1)))
    assert ("as in the paper, the guided rule notices late" in text) == late
    assert ("unlike in the paper" in text) != late
    assert f"by {number(0.3 + gap)}, and those of the gradient by 0.30" in text


@pytest.mark.parametrize(("left", "survives"), [(0.5, True), (0.15, False)])
def test_that_guided_maps_survive_everything_is_claimed_only_where_they_do(left, survives):
    text = sanity_notice(likeness(gradient=(0.3, 0.1), guided=(0.6, left)))
    assert ("survives even that. The edge" in text) == survives and ("here it does not" in text) != survives
