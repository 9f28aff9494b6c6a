"""The learner's workspace: a copy of the sources with bodies taken out, the finished sources in an archive, a diary.

The workspace carries its own reference, packed in ``.exercises/reference.zip``: so it works wherever it is moved,
stays true to the tests it was made from when the checkout goes on, and nobody's search for a word stumbles over the
answers.  Beside it lies ``registry.json``, what pytest collected from that very archive.

The diary, ``progress.json``, only says what has been checked.  Who deletes it loses nothing that ``check --all``
would not find out again.

Read next: ``commands/``.
"""

from __future__ import annotations

import ast
import hashlib
import json
import os
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from . import surgery
from .bench import MACHINERY, Bench
from .registry import Exercise, exercise_from, file_of
from .submission import lay_in, refusal

PARTS = ("minigrad", "nets", "explain", "benchmarks", "tests", "setup.cfg", "pyproject.toml", "README.md", "LICENSE",
         "ruff.toml")
HIDDEN = Path(".exercises")
README = """This is your minigrad: the parts that you are to write say NotImplementedError.

    python -m tests next     what to write now, and where
    python -m tests check    whether it is right
    python -m tests list     how far you are

Everything else: tests/README.md, or python -m tests --help.
"""


class Workspace:
    """A folder made by `start`.

    Attributes
    ----------
    root : Path
    exercises : list of Exercise
        Those that are the learner's to write, in order.
    progress : dict
        By name: ``{"passed": digest of the function that passed, "hints": how many were shown}``.
    """

    def __init__(self, root: Path):
        self.root = root
        told = json.loads((root / HIDDEN / "registry.json").read_text(encoding="utf-8"))
        self.exercises = [exercise_from(row) for row in told]
        self.diary = root / HIDDEN / "progress.json"
        self.progress = read_diary(self.diary)

    @contextmanager
    def reference(self) -> Iterator[Path]:
        """The finished sources, unpacked for as long as they are needed."""
        with tempfile.TemporaryDirectory(prefix="minigrad-", ignore_cleanup_errors=True) as folder:
            with zipfile.ZipFile(self.root / HIDDEN / "reference.zip") as archive:
                archive.extractall(folder)
            yield Path(folder)

    @contextmanager
    def bench(self) -> Iterator[Bench]:
        """A bench to judge on."""
        with self.reference() as root, Bench(root) as bench:
            yield bench

    def source(self, exercise: Exercise) -> str:
        """The learner's version of the exercise's module; empty if it is missing."""
        file = self.root / exercise.file
        return file.read_text(encoding="utf-8", errors="replace") if file.is_file() else ""

    def reference_source(self, exercise: Exercise) -> str:
        """Ours."""
        with zipfile.ZipFile(self.root / HIDDEN / "reference.zip") as archive:
            return archive.read(exercise.file).decode("utf-8")

    def passed(self, exercise: Exercise) -> bool:
        """Whether the function, as it is now, has passed."""
        return self.progress.get(exercise.name, {}).get("passed") == self.digest(exercise)

    def digest(self, exercise: Exercise) -> str:
        """A fingerprint of what would be judged, or why nothing would be: another one whenever that changes."""
        ours, theirs = self.reference_source(exercise), self.source(exercise)
        if why := refusal(ours, theirs, exercise):
            return f"{why['kind']} {why['line']} {why['refused']}"
        overlay = lay_in(ours, theirs, exercise.function, exercise.helpers)
        return hashlib.sha256(overlay.source.encode()).hexdigest()[:16]

    def next(self) -> Exercise | None:
        """The first exercise that has not passed; None at the end of the path."""
        return next((exercise for exercise in self.exercises if not self.passed(exercise)), None)

    def note(self, exercise: Exercise, **what) -> None:
        """Write something into the diary."""
        self.progress[exercise.name] = self.progress.get(exercise.name, {}) | what
        write_whole(self.diary, json.dumps(self.progress, indent=1, sort_keys=True) + "\n")


def write_whole(file: Path, text: str) -> None:
    """Write a file so that it is there whole, or as it was."""
    temporary = file.with_name(f".{file.name}.new")
    temporary.write_text(text, encoding="utf-8")
    os.replace(temporary, file)


def read_diary(file: Path) -> dict:
    """The diary; an empty one if it is missing or damaged, as all of it can be found out again."""
    try:
        told = json.loads(file.read_text(encoding="utf-8"))
        return {name: entry for name, entry in told.items() if isinstance(entry, dict)}
    except (OSError, ValueError, AttributeError):
        return {}


def here() -> Workspace:
    """The workspace that this very file is in.

    Raises
    ------
    ValueError
        If it is the checkout instead.
    """
    if not (MACHINERY / HIDDEN / "registry.json").is_file():
        raise ValueError(f"{MACHINERY} is not a workspace, and the sources are not where one writes answers.\n"
                         "Next: python -m tests start")
    return Workspace(MACHINERY)


def refuse_inside(to: Path, root: Path) -> None:
    """Refuse a folder for the workspace that is inside the sources, or not empty."""
    if to == root or root in to.parents:
        raise ValueError(f"{to} is inside the sources, where answers would sooner or later be committed.\n"
                         f"Next: python -m tests start --to {root.parent / 'my-minigrad'}")
    if to.exists() and (not to.is_dir() or any(to.iterdir())):
        raise ValueError(f"{to} exists and is not empty; nothing was changed.\n"
                         f"Next: python -m tests start --to {to}-2")


def make(root: Path, to: Path, asked: list[Exercise]) -> Workspace:
    """Make a workspace of the sources at `root`, in which the exercises that are `asked` for are blank."""
    refuse_inside(to, root)
    (to / HIDDEN).mkdir(parents=True)
    with zipfile.ZipFile(to / HIDDEN / "reference.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sources(root):
            name = file.relative_to(root).as_posix()
            archive.write(file, name)
            (to / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, to / name)
    for file, text in blanked(root, asked).items():
        (to / file).write_text(text, encoding="utf-8")
    (to / "START_HERE.txt").write_text(README, encoding="utf-8")
    (to / HIDDEN / "registry.json").write_text(json.dumps(asked, indent=1), encoding="utf-8")
    return Workspace(to)


def sources(root: Path) -> Iterator[Path]:
    """Every file that belongs to the project, and none that Python or an editor has left there.

    The collection of mistakes stays behind: it is about other people's answers.
    """
    for part in PARTS:
        for file in sorted([root / part, *(root / part).rglob("*")]):
            inside = file.relative_to(root).parts
            left_behind = inside[-2:-1] == ("mistakes",) and file.name != "__init__.py"
            if file.is_file() and not left_behind and not any(p[0] == "." or p == "__pycache__" for p in inside):
                yield file


def blanked(root: Path, exercises: list[Exercise]) -> dict[str, str]:
    """The files in which these exercises are, by name, with their bodies and those of their helpers taken out."""
    files: dict[str, str] = {}
    for exercise in exercises:
        for target in (exercise.target, *exercise.also):
            file, function = file_of(target), target.partition(":")[2]
            source = files.get(file) or (root / file).read_text(encoding="utf-8")
            if not surgery.is_blank(surgery.find(ast.parse(source), function)):
                source = surgery.blank(source, function, exercise.name)
            files[file] = source
    return files
