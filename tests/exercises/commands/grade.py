"""``grade``: every exercise of somebody's workspace, each judged on its own."""

from __future__ import annotations

import json
import os
import stat
from contextlib import contextmanager
from pathlib import Path

from ..bench import MACHINERY, Bench, judged
from ..messages import Verdict
from ..pages import in_order, read_pages
from ..registry import Exercise
from ..workspace import HIDDEN, here, write_whole
from .start import chapters

LARGEST = 1 << 20  # bytes of a source file; ours have a hundredth of that


def add_to(commands) -> None:
    parser = commands.add_parser("grade", help="for teachers: judge everything in somebody's workspace")
    parser.add_argument("submission", type=Path, metavar="SUBMISSION_DIR")
    parser.add_argument("--json", nargs="?", const="-", metavar="FILE",
                        help="write a list of objects with name, chapter, passed and message (without FILE: to stdout)")
    parser.add_argument("--chapters", type=chapters, default=range(10_000), metavar="4-6", help="judge only these")
    parser.set_defaults(run=run)


def run(options) -> int:
    if not options.submission.is_dir():
        raise ValueError(f"{options.submission} is not a folder; give the workspace that was handed in")
    with reference() as (root, exercises):
        asked = [exercise for exercise in exercises if exercise.chapter in options.chapters]
        results = graded(root, asked, options.submission)
    text = json.dumps(results, indent=1) + "\n"
    if options.json == "-":
        print(text, end="")
    else:
        for result in results:
            print(f"{'[x]' if result['passed'] else '[ ]'} {result['name']}")
        print(f"{sum(result['passed'] for result in results)} of {len(results)} are right.")
        if options.json:
            write_whole(Path(options.json), text)
    return 0


@contextmanager
def reference():
    """The sources to judge by, and their exercises in order: those here, or those that this workspace carries."""
    if (MACHINERY / HIDDEN).exists():
        workspace = here()
        with workspace.reference() as root:
            yield root, workspace.exercises
    else:
        with Bench(MACHINERY) as bench:
            exercises = in_order(bench.exercises(), read_pages(MACHINERY))
        yield MACHINERY, exercises


def graded(root: Path, exercises: list[Exercise], submission: Path) -> list[dict]:
    """A list of objects with name, chapter, passed and message, one for each exercise.

    Parameters
    ----------
    root : Path
        The reference.
    submission : Path
        A folder of which nothing is believed: it is read, and never run outside the sandbox.
    """
    handed_in, results = {}, {}
    for exercise in exercises:
        try:
            handed_in[exercise] = exercise, source_in(submission, exercise.file)
        except ValueError as error:
            results[exercise] = Verdict(exercise.name, False, "crashed", f"{exercise.name}: {error}")
    results |= judged(root, handed_in.items())
    return [{"name": e.name, "chapter": e.chapter, "passed": results[e].passed, "message": results[e].message}
            for e in exercises]


def source_in(submission: Path, file: str) -> str:
    """The text of a file of a submission.

    Raises
    ------
    ValueError
        If it is missing, no ordinary file (a link could lead to the reference, a pipe would never end), or too long.
    """
    path = submission
    for part in Path(file).parts:
        path = path / part
        if path.is_symlink():
            raise ValueError(f"{path.relative_to(submission).as_posix()} is a link; hand in the file itself")
    try:
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0))
    except OSError as error:
        raise ValueError(f"{file} was not handed in ({error.strerror})") from None
    with os.fdopen(handle, "rb") as opened:
        told = os.fstat(handle)
        if not stat.S_ISREG(told.st_mode) or told.st_size > LARGEST:
            raise ValueError(f"{file} is no ordinary file of at most {LARGEST >> 20} MB")
        return opened.read(LARGEST).decode("utf-8", errors="replace")
