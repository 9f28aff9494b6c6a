"""Which exercises there are: whatever pytest collects that is marked with one.

A test says what it exercises::

    @pytest.mark.exercise("conv-forward", "minigrad.kernels.reference:conv2d", chapter=5, needs=["matmul"])

Several tests may name one exercise; together they judge it.  So there is no list that could drift from the tests.

Read next: ``surgery.py``.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple


class Exercise(NamedTuple):
    """What the marks of one exercise say, put together.

    Attributes
    ----------
    target : str
        ``"package.module:qualified.name"`` of the function whose body is to be written.
    needs : tuple of str
        Exercises that come before, by name: a recommendation, nothing fails without them.
    also : tuple of str
        Helpers, written like `target`, that are blanked along because they would give the answer away.
    files : tuple of str
        Where its tests are, relative to the root.
    tests : int
        How many there are.
    """

    name: str
    target: str
    chapter: int
    needs: tuple[str, ...]
    also: tuple[str, ...]
    files: tuple[str, ...]
    tests: int

    @property
    def file(self) -> str:
        """The target's file, relative to the root."""
        return file_of(self.target)

    @property
    def function(self) -> str:
        """The target's name inside its file, such as ``Conv2d.backward``."""
        return self.target.partition(":")[2]

    @property
    def helpers(self) -> tuple[str, ...]:
        """The names of those helpers that are in the same file."""
        return tuple(name.partition(":")[2] for name in self.also if file_of(name) == self.file)


def exercise_from(row: list) -> Exercise:
    """An exercise that has been through JSON."""
    return Exercise(*(tuple(part) if isinstance(part, list) else part for part in row))


class Collector:
    """A plugin of pytest that reads the marks of everything collected into `exercises`, by name."""

    def __init__(self, root: Path):
        self.root = root
        self.exercises: dict[str, Exercise] = {}

    def pytest_collection_finish(self, session) -> None:
        for item in session.items:
            for mark in item.iter_markers("exercise"):
                self.add(exercise_of(mark, item.path.relative_to(self.root).as_posix()))

    def add(self, found: Exercise) -> None:
        """Put another test of an exercise to those that are known."""
        known = self.exercises.get(found.name, found)
        if known[:5] != found[:5]:
            raise ValueError(f"exercise {found.name!r}: {found.files[0]} says {found[:5]}, and {known.files[0]} says "
                             f"{known[:5]}; let them agree")
        files = tuple(dict.fromkeys(known.files + found.files))
        tests = known.tests + 1 if found.name in self.exercises else 1
        self.exercises[found.name] = known._replace(files=files, tests=tests)


def exercise_of(mark, file: str) -> Exercise:
    """The exercise that one mark on one test in `file` describes."""
    name, target = mark.args
    unknown = set(mark.kwargs) - {"chapter", "needs", "also"}
    if unknown or ":" not in target:
        raise ValueError(f"exercise {name!r} in {file}: the mark takes a name, 'module:function', chapter=, needs= and "
                         f"also=, and has {mark.args}, {mark.kwargs}")
    needs, also = (tuple(mark.kwargs.get(key, ())) for key in ("needs", "also"))
    return Exercise(name, target, mark.kwargs["chapter"], needs, also, (file,), 1)


def marked_files(root: Path) -> list[str]:
    """The test files that mention the mark: to collect these is to collect all exercises, only sooner."""
    files = sorted((root / "tests").rglob("test_*.py"))
    return [f.relative_to(root).as_posix() for f in files if "mark.exercise(" in f.read_text(encoding="utf-8")]


def file_of(target: str) -> str:
    """The file of a target, relative to the root.

    Examples
    --------
    >>> file_of("minigrad.ops.conv:Conv2d.backward")
    'minigrad/ops/conv.py'
    """
    return target.partition(":")[0].replace(".", "/") + ".py"
