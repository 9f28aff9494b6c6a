"""A report in words, the most helpful first, ending with the command to type next.

Tests are run up to the first that fails: their authors put the most telling first.  What is said of it comes in the
order in which one would look for the cause oneself: not written yet, crashed, returned None, type, shape, dtype, not
finite, values.

Read next: ``workspace.py``.
"""

from __future__ import annotations

import ast
from typing import NamedTuple

from .notes import changed_argument, first_difference
from .registry import Exercise
from .surgery import find, lines_of

KINDS = ("not written yet", "crashed", "returned None", "type", "shape", "dtype", "not finite", "values")
NUMBA = {
    "Cannot unify": "one variable has two types on different ways through the function: give it one from the start",
    "No implementation of function": "these types can't be used together here; look at the types in the brackets",
    "is not defined": "a name is used that nothing was assigned to",
    "Untyped global name": "a compiled function may only use numbers, NumPy, and other compiled functions",
    "Use of unsupported NumPy function": "Numba doesn't know this function of NumPy: write the loop",
}


class Verdict(NamedTuple):
    """What is said about one exercise; `kind` is one of KINDS, or empty if it passed."""

    name: str
    passed: bool
    kind: str
    message: str


def verdict(exercise: Exercise, report: dict, ours: list[dict], learners: str, seconds: float, of_shapes) -> Verdict:
    """Judge by a report.

    Parameters
    ----------
    report : dict
        From ``judge.judge``, or ``{"fault": ...}`` from the server.
    ours : list of dict
        The notes of our solution.
    learners : str
        The learner's file, from which lines are quoted.
    seconds : float
        The time limit.
    of_shapes : callable
        Says what a wrong shape looks like.
    """
    kind, words = cause(exercise, report, ours, learners, seconds, of_shapes)
    if not kind:
        return Verdict(exercise.name, True, "", passed_words(exercise, report))
    where = f"{exercise.file}, line {line_of(learners, exercise.function)}, {exercise.function}"
    parts = [f"{exercise.name}: {headline(kind)}", f"  in {where}", "", *(f"  {line}" for line in words.split("\n")),
             *printed(report), "", f"Next: {next_command(kind, exercise.name)}"]
    return Verdict(exercise.name, False, kind, "\n".join(line.rstrip() for line in parts))


def cause(exercise, report, ours, learners, seconds, of_shapes) -> tuple[str, str]:
    """The kind of failure, and its words; empty strings if there is none."""
    if "fault" in report:
        return "crashed", fault(report, seconds)
    if "refused" in report:
        return refusal(report, exercise, learners)
    failed = [outcome for outcome in report["outcomes"] if not outcome["passed"]]
    theirs = report["notes"]
    if not failed and len(report["outcomes"]) == exercise.tests:
        changed = changed_argument(theirs, ours)
        return ("values", changed) if changed else ("", "")
    if not failed:
        return "crashed", "the tests were stopped before they had all been run"
    kind, words = of_outcome(failed[0], exercise, learners)
    if kind not in ("not written yet", "crashed"):
        there = [note for note in theirs if note["test"] == failed[0]["test"]]
        if changed := changed_argument(there, ours):
            words = f"{words}\nand {changed}"
        kind, words = min((kind, words), first_difference(there, ours, of_shapes) or (kind, words), key=rank)
    return kind, words


def rank(found: tuple[str, str]) -> int:
    """The place of a kind in the order of KINDS."""
    return KINDS.index(found[0])


def of_outcome(outcome: dict, exercise: Exercise, learners: str) -> tuple[str, str]:
    """The same for one test that failed."""
    test = f"\n\nthe test that says so: {outcome['test']}"
    if outcome["exercise"]:
        helper = "" if outcome["exercise"] == exercise.name else f"it uses what belongs to {outcome['exercise']!r}; "
        return "not written yet", helper + "a line is still there that says: raise NotImplementedError"
    if outcome["lines"]:
        return "crashed", crash(outcome, exercise, learners) + test
    if outcome["values"]:
        return "values", said_of_values(outcome["values"]) + test
    return kind_by(outcome["error"], outcome["words"]), outcome["words"] + test


def kind_by(error: str, words: str) -> str:
    """The kind of failure that an exception speaks of which the engine or a test has raised."""
    if "returned None" in words:
        return "returned None"
    if error == "TypeError" or "returned a " in words and "should be an array" in words:
        return "type"
    return "shape" if "has shape" in words or "gradient of shape" in words else "values"


def said_of_values(words: str) -> str:
    """A gradient check speaks of a backward; here it is the learner's, and speaks to them."""
    return words.removeprefix("gradcheck: ").replace("backward says", "yours")


def crash(outcome: dict, exercise: Exercise, learners: str) -> str:
    """The learner's lines on the way to an exception, and nothing of pytest's or NumPy's."""
    lines = lines_of(learners)
    shown = []
    for line, name in outcome["lines"][-4:]:
        shown.append(f'File "{exercise.file}", line {line}, in {name}')
        shown.append(f"    {lines[line - 1].strip()}")
    words = outcome["words"].strip()
    if outcome["error"] == "MemoryError":
        words = f"it asks for more memory than an exercise is given. {words}"
    shown.append(f"{outcome['error']}: {translated(words)}")
    return "\n".join(shown)


def translated(words: str) -> str:
    """A message of Numba's compiler, which is long, by its first telling line; others as they are."""
    if "Failed in nopython mode" not in words and "numba" not in words:
        return words
    for sign, meaning in NUMBA.items():
        if sign in words:
            told = next(line.strip() for line in words.split("\n") if sign in line)
            place = next((line.strip() for line in words.split("\n") if line.strip().startswith("File ")), "")
            return f"{told}\n  which means: {meaning}" + (f"\n  {place}" if place else "")
    return words


def refusal(report: dict, exercise: Exercise, learners: str) -> tuple[str, str]:
    """What kept the function from being run."""
    if not report["refused"]:
        return report["kind"], "its docstring says what is asked for; the body is yours to write"
    lines = lines_of(learners)
    line = min(report["line"], len(lines))
    return report["kind"], f'File "{exercise.file}", line {line}\n    {lines[line - 1].strip()}\n{report["refused"]}'


def fault(report: dict, seconds: float) -> str:
    """Why there was no report."""
    if report["fault"] == "time":
        return f"no answer within {seconds:g} seconds: a loop that doesn't end?"
    return (f"the process that ran it ended without an answer (exit code {report.get('status')}): it left Python, or "
            "went beyond its limits of time, memory or files")


def printed(report: dict) -> list[str]:
    """What the learner's function printed, which may be what they are looking for."""
    text = report.get("printed", "").strip()
    return ["", "  it printed:", *(f"    {line}" for line in text.split("\n")[:20])] if text else []


def passed_words(exercise: Exercise, report: dict) -> str:
    tests = "its test passes" if exercise.tests == 1 else f"all its {exercise.tests} tests pass"
    return "\n".join([f"{exercise.name}: right, {tests}", *printed(report)])


def headline(kind: str) -> str:
    return {"not written yet": "not written yet", "crashed": "crashed", "values": "wrong values"}.get(
        kind, kind if kind.startswith("returned") else f"wrong {kind}" if kind != "not finite" else kind)


def next_command(kind: str, name: str) -> str:
    """The command that helps most."""
    command = "check" if kind == "crashed" else "hint"
    return f"python -m tests {command} {name}"


def line_of(source: str, function: str) -> int:
    """The line on which a function begins; 1 if the file can't be read."""
    try:
        return find(ast.parse(source), function).lineno
    except (SyntaxError, ValueError, LookupError, RecursionError, MemoryError):
        return 1
