"""``reset``: take the body out again, and keep what was there."""

from __future__ import annotations

from pathlib import Path

from .. import surgery
from ..registry import Exercise
from ..screen import Refused
from ..submission import rescued
from ..workspace import HIDDEN, Workspace, blanked, here
from . import named


def add_to(commands) -> None:
    parser = commands.add_parser("reset", help="begin an exercise again; what you have is kept aside")
    parser.add_argument("name", help="the exercise")
    parser.set_defaults(run=run)


def run(options) -> int:
    workspace = here()
    exercise = named(workspace, options.name)
    kept = keep_aside(workspace, exercise)
    (workspace.root / exercise.file).write_text(without_body(workspace, exercise), encoding="utf-8")
    workspace.note(exercise, passed=None, hints=0)
    print(f"{exercise.name} is blank again; the file as it was is {kept.relative_to(workspace.root).as_posix()}\n")
    print(f"Next: python -m tests next {exercise.name}")
    return 0


def keep_aside(workspace: Workspace, exercise: Exercise) -> Path:
    """A copy of the learner's file, under a name that is free."""
    folder = workspace.root / HIDDEN / "before-reset"
    folder.mkdir(exist_ok=True)
    number = 1
    while (kept := folder / f"{exercise.name}-{number}.py").exists():
        number += 1
    kept.write_text(workspace.source(exercise), encoding="utf-8")
    return kept


def without_body(workspace: Workspace, exercise: Exercise) -> str:
    """The learner's file with that body taken out; the file as it was at the start if no such body can be found."""
    source = workspace.source(exercise)
    try:
        return surgery.blank(source, exercise.function, exercise.name)
    except LookupError:
        return at_the_start(workspace, exercise)
    except (SyntaxError, ValueError) as error:
        try:
            body = surgery.body_of(rescued(source, exercise.function, error), exercise.function)
        except Refused:
            return at_the_start(workspace, exercise)
        line = " " * body.indent + f'raise NotImplementedError("exercise: {exercise.name}")'
        lines = surgery.lines_of(source)
        return "\n".join([*lines[: body.first - 1], line, *lines[body.last :]])


def at_the_start(workspace: Workspace, exercise: Exercise) -> str:
    """The exercise's file with all its exercises blank."""
    with workspace.reference() as root:
        return blanked(root, [e for e in workspace.exercises if e.file == exercise.file])[exercise.file]
