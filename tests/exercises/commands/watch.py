"""``watch``: check whenever a file is saved."""

from __future__ import annotations

import time
from collections.abc import Iterator

from ..registry import Exercise
from ..workspace import Workspace, here
from . import named
from .check import check_one

PAUSE = 0.3  # seconds between two looks


def add_to(commands) -> None:
    parser = commands.add_parser("watch", help="check whenever you save; Ctrl-C ends it")
    parser.add_argument("name", nargs="?", help="the exercise (default: the one whose function was changed)")
    parser.set_defaults(run=run)


def run(options) -> int:
    workspace = here()
    only = [named(workspace, options.name)] if options.name else workspace.exercises
    print("Waiting for you to save a file; Ctrl-C ends it.", flush=True)
    with workspace.bench() as bench:
        for exercise in changed(workspace, only, PAUSE):
            print(f"\n{time.strftime('%H:%M:%S')}", flush=True)
            check_one(workspace, bench, exercise)
    return 0


def changed(workspace: Workspace, exercises: list[Exercise], pause: float) -> Iterator[Exercise]:
    """Yield the exercises whose function is another than before, for ever, as they are saved."""
    files = {exercise.file: None for exercise in exercises}
    before = {exercise: workspace.digest(exercise) for exercise in exercises}
    while True:
        times = {file: modified(workspace, file) for file in files}
        if times != files:
            files = times
            for exercise in exercises:
                if (now := workspace.digest(exercise)) != before[exercise]:
                    before[exercise] = now
                    yield exercise
        time.sleep(pause)


def modified(workspace: Workspace, file: str) -> int | None:
    path = workspace.root / file
    return path.stat().st_mtime_ns if path.exists() else None
