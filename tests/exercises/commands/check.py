"""``check``: is it right?"""

from __future__ import annotations

from ..mine import run_mine
from ..registry import Exercise
from ..workspace import Workspace, here
from . import named


def add_to(commands) -> None:
    parser = commands.add_parser("check", help="whether an exercise is right, and if not, why")
    parser.add_argument("name", nargs="?", help="the exercise (default: the next one)")
    parser.add_argument("--all", action="store_true", help="every exercise that is written")
    parser.add_argument("--mine", action="store_true",
                        help="your engine as a whole: it trains a net and draws what the net looks at")
    parser.set_defaults(run=run)


def run(options) -> int:
    workspace = here()
    if options.mine:
        return run_mine(workspace)
    exercises = workspace.exercises if options.all else [named(workspace, options.name)]
    with workspace.bench() as bench:
        right = [check_one(workspace, bench, exercise, brief=options.all) for exercise in exercises]
    if options.all:
        print(f"\n{sum(right)} of {len(right)} are done.\n\nNext: python -m tests "
              + ("check --mine" if all(right) else "next"))
    return 0 if all(right) else 1


def check_one(workspace: Workspace, bench, exercise: Exercise, brief: bool = False) -> bool:
    """Check, write the diary, and print the verdict: a line if it is to be brief."""
    found = bench.glance(exercise, workspace.source(exercise)) or bench.check(exercise, workspace.source(exercise))
    workspace.note(exercise, passed=workspace.digest(exercise) if found.passed else None)
    if brief:
        print(f"[x] {exercise.name}" if found.passed else f"[ ] {exercise.name}: {found.kind}", flush=True)
        return found.passed
    print(found.message, flush=True)
    if found.passed:
        done = sum(map(workspace.passed, workspace.exercises))
        print(f"{done} of {len(workspace.exercises)} are done.\n")
        print(f"Next: python -m tests {'check --mine' if done == len(workspace.exercises) else 'next'}"
              f"   (or solution {exercise.name}, to compare)")
    return found.passed
