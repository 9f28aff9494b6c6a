"""Every exercise, held to what it promises: blank it fails, solved it passes, and typical mistakes are recognised.

What to take from it: an exercise is only as good as what it says about a wrong answer.  ``python -m tests mistakes
NAME`` prints the whole messages.
"""

import ast
from collections import Counter
from typing import NamedTuple

import pytest

from . import surgery
from .commands.grade import graded
from .commands.mistakes import all_mistakes, caught
from .conftest import ROOT
from .pages import read_pages

MISTAKES = all_mistakes(ROOT)
NAMES = [name for page in read_pages(ROOT) for name in page.sections]


class Case(NamedTuple):
    """One exercise with a body, or with our own if there is none; all the others are blank."""

    exercise: str
    body: str | None = None

    def source(self, exercises, blank):
        """The module as the learner has it."""
        exercise = exercises[self.exercise]
        source, ours = blank.source(exercise), (ROOT / exercise.file).read_text(encoding="utf-8")
        if self.body is not None:
            return surgery.with_body(source, exercise.function, self.body)
        for name in (exercise.function, *exercise.helpers):
            source = surgery.with_body(source, name, surgery.body_text(ours, name))
        return source


def names_of(mistakes):
    """A readable id for each mistake."""
    seen = Counter()
    return [f"{m.exercise}-{seen.update([m.exercise]) or seen[m.exercise]}" for m in mistakes]


def test_the_pages_and_the_marks_name_the_same_exercises(exercises):
    assert sorted(NAMES) == sorted(exercises)


def test_every_exercise_is_on_the_page_of_its_chapter(exercises):
    pages = {name: page.chapter for page in read_pages(ROOT) for name in page.sections}
    assert pages == {exercise.name: exercise.chapter for exercise in exercises.values()}


def test_what_an_exercise_needs_comes_before_it(exercises):
    names = list(exercises)
    for exercise in exercises.values():
        assert all(names.index(needed) < names.index(exercise.name) for needed in exercise.needs), exercise.name


def test_every_exercise_has_at_least_three_mistakes(exercises):
    counts = Counter(mistake.exercise for mistake in MISTAKES)
    assert {name: counts[name] for name in exercises if counts[name] < 3} == {}


def test_nothing_handed_in_but_blanks_scores_nothing_and_is_told_so(exercises, blank):
    for result in graded(ROOT, list(exercises.values()), blank.root):
        assert not result["passed"] and f"{result['name']}: not written yet\n" in result["message"]


def test_our_own_solutions_get_full_marks(exercises):
    results = graded(ROOT, list(exercises.values()), ROOT)
    assert [result["message"] for result in results if not result["passed"]] == []


@pytest.mark.parametrize("name", NAMES)
def test_signature_and_docstring_outlive_the_body(name, exercises, blank):
    exercise = exercises[name]
    ours, theirs = ((root / exercise.file).read_text(encoding="utf-8") for root in (ROOT, blank.root))
    before, after = (surgery.find(ast.parse(source), exercise.function) for source in (ours, theirs))
    assert surgery.is_blank(after) and not surgery.is_blank(before)
    assert surgery.signature(before) == surgery.signature(after)
    assert ast.get_docstring(before, clean=False) == ast.get_docstring(after, clean=False)


@pytest.mark.parametrize("case", [Case(name) for name in NAMES], ids=NAMES)
def test_one_exercise_alone_passes_with_all_the_others_blank(case, verdicts):
    assert verdicts[case].passed, verdicts[case].message


@pytest.mark.parametrize(("mistake", "case"), [(m, Case(m.exercise, m.body)) for m in MISTAKES], ids=names_of(MISTAKES))
def test_a_typical_mistake_is_caught_with_the_right_diagnosis(mistake, case, verdicts):
    assert caught(mistake, verdicts[case]), f"{mistake.diagnosis!r} is not in:\n{verdicts[case].message}"


@pytest.mark.parametrize(("mistake", "case"), [(m, Case(m.exercise, m.body)) for m in MISTAKES], ids=names_of(MISTAKES))
def test_every_failure_ends_with_the_next_command(mistake, case, verdicts):
    assert verdicts[case].message.split("\n")[-1].startswith("Next: python -m tests ")
