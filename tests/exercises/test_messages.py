"""What a learner is told, for one wrong answer of every kind; the values have tests of their own, in mistakes/."""

import numpy as np
import pytest

from . import surgery
from .conftest import ROOT
from .messages import KINDS, next_command, translated
from .values import compare

EACH = {
    "not written yet": ("mul-backward", 'raise NotImplementedError("exercise: mul-backward")'),
    "crashed": ("mul-backward", "half = g\nreturn hlaf * b, g * a"),
    "returned None": ("mul-backward", "unbroadcast(g * b, a.shape), unbroadcast(g * a, b.shape)"),
    "type": ("mul-backward", "return [unbroadcast(g * b, a.shape), unbroadcast(g * a, b.shape)]"),
    "shape": ("mul-backward", "return g * b, g * a"),
    "dtype": ("saliency-map", "return 100 + np.abs(gradients).max(axis=-3).astype('float32')"),
    "not finite": ("saliency-map", "return np.nan * np.abs(gradients).max(axis=-3)"),
    "values": ("mul-backward", "return unbroadcast(g * a, a.shape), unbroadcast(g * b, b.shape)"),
}


def told(bench, exercise, body):
    source = (ROOT / exercise.file).read_text(encoding="utf-8")
    return bench.check(exercise, surgery.with_body(source, exercise.function, body))


def test_there_is_an_example_of_every_kind():
    assert tuple(EACH) == KINDS


@pytest.mark.parametrize("kind", EACH)
def test_each_kind_of_failure_is_told_from_the_others(kind, bench, exercises):
    name, body = EACH[kind]
    verdict = told(bench, exercises[name], body)
    assert (verdict.kind, verdict.passed) == (kind, False), verdict.message
    assert verdict.message.split("\n")[-1] == f"Next: {next_command(kind, name)}"


def test_a_crash_shows_the_learners_line_and_no_others(bench, exercises):
    message = told(bench, exercises["mul-backward"], EACH["crashed"][1]).message
    assert "return hlaf * b, g * a" in message and "NameError: name 'hlaf' is not defined" in message
    assert "pytest" not in message and message.count("File ") == 1


def test_what_is_printed_is_shown(bench, exercises):
    message = told(bench, exercises["mul-backward"], "print('g has shape', g.shape)\nreturn g, g").message
    assert "it printed:\n    g has shape (2, 3)" in message


def test_an_argument_that_is_written_into_is_told_even_if_all_numbers_are_right(bench, exercises):
    body = "new = unbroadcast(g * b, a.shape), unbroadcast(g * a, b.shape)\ng.array[...] *= 2\nreturn new"
    verdict = told(bench, exercises["mul-backward"], body)
    assert not verdict.passed and "writes into" in verdict.message


def test_numbas_typing_error_is_told_by_its_telling_line():
    long = ("Failed in nopython mode pipeline (step: nopython frontend)\n"
            "Cannot unify float64 and array(float64, 1d, C) for 'total.2', defined at conv.py (12)\n\n"
            "File \"conv.py\", line 12:\ndef f(x):\n    <source elided>\n")
    assert translated(long).split("\n") == [
        "Cannot unify float64 and array(float64, 1d, C) for 'total.2', defined at conv.py (12)",
        "  which means: one variable has two types on different ways through the function: give it one from the start",
        "  File \"conv.py\", line 12:",
    ]


def test_other_messages_are_left_as_they_are():
    assert translated("index 3 is out of bounds") == "index 3 is out of bounds"


def test_two_arrays_are_compared_at_the_worst_place():
    import minigrad.diagnosis  # noqa: F401  (the comparison asks the minigrad that is loaded)

    words = compare(np.array([1.0, 4.0, 9.0]), np.array([1.0, 2.0, 3.0]))
    assert "wrong at 2 of 3 places" in words and "worst at index (2,): yours 9, asked for 3, ratio 3" in words


@pytest.mark.parametrize("pair", [("a", 1.0), (np.ones(2), None), (object(), object()), (np.ones(2), np.ones(2))])
def test_what_is_no_difference_of_numbers_is_not_compared(pair):
    assert compare(*pair) is None
