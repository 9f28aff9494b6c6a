"""Several seeds' tables in one: pooled by hand, and written between the marks of a file."""

import numpy as np
import pytest

import explain.__main__ as command
from explain.evaluation import readme, report
from explain.evaluation.league import League
from explain.evaluation.measures import chosen_measures

MEASURES = chosen_measures("energy in mask,deletion")


def table(seed, values, methods=("gradient", "guided", "edges")):
    """Two scenes with the same values (methods, measures)."""
    return League(methods, np.array([values, values], float), {"seed": seed}, MEASURES)


@pytest.fixture
def two():
    return [table(0, [[0.2, 0.5], [0.4, 0.1], [0.9, 0.9]]), table(1, [[0.4, 0.5], [0.4, 0.3], [0.9, 0.9]])]


def cells(text, method):
    """The lines of a method, as lists of cells."""
    return [line.strip("| ").split(" | ")[1:] for line in text.splitlines() if line.startswith(f"| {method} |")]


def test_the_mean_is_that_of_the_seeds_and_the_best_method_is_bold(two):
    text = readme.markdown(two)
    assert cells(text, "gradient")[0] == ["0.30", "0.50"] and cells(text, "guided")[0] == ["**0.40**", "**0.20**"]


def test_a_baseline_is_in_italics_and_never_bold(two):
    assert cells(readme.markdown(two), "*edges*")[0] == ["0.90", "0.90"]


def test_below_stand_the_interval_and_how_far_the_seeds_differ(two):
    _, localisation, faithfulness = cells(readme.markdown(two), "guided")
    assert localisation == ["0.400 ± 0.000 (0.400–0.400)"]
    assert faithfulness[0].startswith("0.200 ± ") and faithfulness[0].endswith("(0.100–0.300)")


def test_where_the_edge_detector_wins_is_said_in_words(two):
    assert "- An edge detector does better than guided in energy in mask." in readme.markdown(two)


def test_who_is_better_than_a_random_map_in_all_measures_of_faithfulness_is_said():
    found = table(0, [[0.9, 0.1], [0.1, 0.4], [0.5, 0.3]], ("gradient", "guided", "random"))
    found.values[0, 0, 1], found.values[1, 0, 1] = 0.0, 0.2
    assert readme.better_than_random(found).endswith("with 95% confidence in each: gradient.")
    found.values[0, 0, 1] = 0.3  # no better than the random map on one of two scenes
    assert readme.better_than_random(found).endswith(": none.")


def test_without_a_random_map_nothing_is_said_of_it(two):
    assert readme.better_than_random(two[0]) == "" and "random map" not in readme.markdown(two)


def test_a_measure_without_a_value_is_a_dash():
    text = readme.markdown([table(0, [[np.nan, 0.5], [np.nan, 0.5], [np.nan, 0.5]])])
    assert cells(text, "gradient")[0] == ["–", "**0.50**"]


@pytest.mark.parametrize(("other", "words"), [
    (table(0, np.zeros((3, 2))), "the same scenes can't be counted twice"),
    (table(1, np.zeros((1, 2)), ("edges",)), "different methods or measures"),
    (League(("gradient", "guided", "edges"), np.zeros((5, 3, 2)), {"seed": 1}, MEASURES), "different numbers of"),
])
def test_tables_that_do_not_belong_together_are_refused(two, other, words):
    with pytest.raises(ValueError, match=words):
        readme.markdown([two[0], other])


def test_the_command_writes_the_table_and_nothing_else(two, tmp_path, capsys):
    file, tables = tmp_path / "README.md", [tmp_path / str(seed) for seed in (0, 1)]
    file.write_text(f"before\n{readme.BEGIN}\nold\n{readme.END}\nafter\n")
    for league, folder in zip(two, tables):
        report.write(league, folder)
    arguments = ["readme", "--readme", str(file), "--tables", *(str(folder / "league.npz") for folder in tables)]
    assert command.main(arguments) == 0 and str(file) in capsys.readouterr().out
    assert file.read_text() == f"before\n{readme.BEGIN}\n{readme.markdown(two)}\n{readme.END}\nafter\n"
