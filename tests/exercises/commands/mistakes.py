"""``mistakes``: for whoever writes exercises: every typical mistake, and what is said about it."""

from __future__ import annotations

import importlib
from pathlib import Path

from .. import surgery
from ..bench import MACHINERY, Bench, judged
from ..messages import Verdict
from ..mistakes import Mistake
from ..registry import Exercise
from ..workspace import write_whole


def add_to(commands) -> None:
    parser = commands.add_parser("mistakes", help="for authors: a table of typical mistakes and their diagnoses")
    parser.add_argument("names", nargs="*", help="only these exercises, with the whole messages")
    parser.add_argument("--to", type=Path, metavar="FILE", help="write the table, in Markdown")
    parser.set_defaults(run=run)


def run(options) -> int:
    collected = [m for m in all_mistakes(MACHINERY) if m.exercise in options.names or not options.names]
    if not collected:
        raise ValueError("there are no mistakes collected here.\nNext: python -m tests list")
    with Bench(MACHINERY) as bench:
        exercises = bench.exercises()
    asked = [exercises[mistake.exercise] for mistake in collected]
    verdicts = judged(MACHINERY, enumerate((e, made(MACHINERY, e, m)) for e, m in zip(asked, collected)))
    found = [(mistake, verdicts[i]) for i, mistake in enumerate(collected)]
    missed = [mistake for mistake, verdict in found if not caught(mistake, verdict)]
    if options.names:
        print("\n\n".join(f"{indented(m.body)}\n\n{v.message}" for m, v in found))
    if options.to:
        write_whole(options.to, table(found))
    print(f"\n{len(found) - len(missed)} of {len(found)} mistakes are caught with the right diagnosis.")
    for mistake in missed:
        print(f"not: {mistake.exercise}, {mistake.diagnosis!r}:\n{indented(mistake.body)}")
    return 1 if missed else 0


def all_mistakes(root: Path) -> list[Mistake]:
    """The collection, chapter by chapter."""
    files = sorted((root / "tests/exercises/mistakes").glob("[0-9]*.py"))
    modules = [importlib.import_module(f"tests.exercises.mistakes.{file.stem}") for file in files]
    return [mistake for module in modules for mistake in module.MISTAKES]


def made(root: Path, exercise: Exercise, mistake: Mistake) -> str:
    """The module of an exercise with a mistake in it."""
    return surgery.with_body((root / exercise.file).read_text(encoding="utf-8"), exercise.function, mistake.body)


def caught(mistake: Mistake, verdict: Verdict) -> bool:
    return not verdict.passed and mistake.diagnosis in verdict.message


def indented(body: str) -> str:
    return "\n".join("    " + line for line in body.strip("\n").split("\n"))


def table(found: list[tuple[Mistake, Verdict]]) -> str:
    """Mistakes beside the words that were found in their diagnosis."""
    rows = ["| exercise | what is written | kind | what is said | caught |", "|---|---|---|---|---|"]
    for mistake, verdict in found:
        body = "<br>".join(f"`{line.strip()}`" for line in mistake.body.strip().split("\n") if line.strip())
        cells = (mistake.exercise, body.replace("|", "\\|"), verdict.kind or "passed", said(mistake, verdict),
                 "yes" if caught(mistake, verdict) else "NO")
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows) + "\n"


def said(mistake: Mistake, verdict: Verdict) -> str:
    """The line of the message with the diagnosis in it."""
    lines = [line.strip() for line in verdict.message.split("\n")]
    return next((line for line in lines if mistake.diagnosis in line), lines[0]).replace("|", "\\|")
