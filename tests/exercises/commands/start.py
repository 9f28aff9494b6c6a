"""``start``: make a workspace."""

from __future__ import annotations

from pathlib import Path

from ..bench import MACHINERY, Bench
from ..pages import in_order, read_pages
from ..workspace import HIDDEN, make, refuse_inside


def add_to(commands) -> None:
    parser = commands.add_parser("start", help="make a workspace, a copy of the sources in which you write")
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--chapter", type=chapters, dest="chapters", metavar="N", help="leave out the other chapters")
    which.add_argument("--chapters", type=chapters, metavar="4-6", help="leave out the chapters before and after")
    parser.add_argument("--to", type=Path, metavar="DIR", help="where (default: my-minigrad, beside the sources)")
    parser.set_defaults(run=run, chapters=range(10_000))


def chapters(text: str) -> range:
    """``"4"`` or ``"4-6"`` as a range.

    Examples
    --------
    >>> chapters("4-6")
    range(4, 7)
    """
    first, _, last = text.partition("-")
    return range(int(first), int(last or first) + 1)


def run(options) -> int:
    if (MACHINERY / HIDDEN).exists():
        raise ValueError(f"{MACHINERY} is a workspace already.\nNext: python -m tests next")
    to = (options.to or MACHINERY.parent / "my-minigrad").expanduser().resolve()
    refuse_inside(to, MACHINERY)
    with Bench(MACHINERY) as bench:
        exercises = in_order(bench.exercises(), read_pages(MACHINERY))
    asked = [exercise for exercise in exercises if exercise.chapter in options.chapters]
    if not asked:
        raise ValueError(f"there are chapters {exercises[0].chapter} to {exercises[-1].chapter}.\n"
                         "Next: python -m tests start")
    make(MACHINERY, to, asked)
    print(f"Your workspace is {to}, with {len(asked)} exercises to write.\n")
    print(f"Next: cd {to}\n      python -m tests next")
    return 0
