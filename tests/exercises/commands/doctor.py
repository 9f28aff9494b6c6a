"""``doctor``: is everything here that the exercises need?"""

from __future__ import annotations

import ast
import os
import sys
import time
import zipfile
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from ..bench import MACHINERY, Bench
from ..registry import Exercise
from ..workspace import HIDDEN, Workspace, here

PACKAGES = ("numpy", "scipy", "matplotlib", "scikit-learn", "tqdm", "pillow", "numba", "pytest", "hypothesis")


def add_to(commands) -> None:
    parser = commands.add_parser("doctor", help="whether everything is here that the exercises need")
    parser.set_defaults(run=run)


def run(options) -> int:
    in_workspace = (MACHINERY / HIDDEN).exists()
    findings = [python(), *packages(), writable(MACHINERY), fences()]
    if in_workspace:
        findings += told(lambda: workspace_findings(here()))
    findings += told(lambda: [judging(MACHINERY, in_workspace)])
    for fine, words in findings:
        print(f"{'ok' if fine else '!!'}  {words}")
    ill = any(not fine for fine, _ in findings)
    well = "next" if in_workspace else "start"
    print(f"\n{'Mend what is marked !! first.' if ill else 'All is well.'}\n"
          f"\nNext: python -m tests {'doctor' if ill else well}")
    return 1 if ill else 0


def told(look: Callable[[], list[tuple[bool, str]]]) -> list[tuple[bool, str]]:
    """Findings; one that is bad if the look itself failed."""
    try:
        return look()
    except (ValueError, OSError, KeyError, zipfile.BadZipFile) as error:
        return [(False, f"{type(error).__name__}: {error}")]


def python() -> tuple[bool, str]:
    found = ".".join(map(str, sys.version_info[:3]))
    return sys.version_info >= (3, 11), f"Python {found} (3.11 or later is needed)"


def packages() -> list[tuple[bool, str]]:
    findings = []
    for name in PACKAGES:
        try:
            findings.append((True, f"{name} {version(name)}"))
        except PackageNotFoundError:
            findings.append((False, f"{name} is missing: pip install {name}"))
    return findings


def writable(folder: Path) -> tuple[bool, str]:
    fine = os.access(folder, os.W_OK)
    return fine, f"{folder} can be written to" if fine else f"{folder} cannot be written to: copy it elsewhere"


def fences() -> tuple[bool, str]:
    """What stands around a learner's code on this system, for teachers to know."""
    if not hasattr(os, "fork"):
        return True, "checks are limited in time (this system has no limits of memory and processes)"
    from ..sandbox import works_as_another

    return True, "checks are limited in time, memory and files" + (
        " and run as a user of their own" if works_as_another() else "")


def workspace_findings(workspace: Workspace) -> list[tuple[bool, str]]:
    """The archive is whole, and every file with an exercise in it can be read."""
    with zipfile.ZipFile(workspace.root / HIDDEN / "reference.zip") as archive:
        broken = archive.testzip()
    whole = "whole" if broken is None else f"damaged: {broken}"
    findings = [(broken is None, f"the finished sources in .exercises are {whole}")]
    for file in dict.fromkeys(exercise.file for exercise in workspace.exercises):
        try:
            ast.parse((workspace.root / file).read_text(encoding="utf-8"))
        except (OSError, SyntaxError, ValueError) as error:
            findings.append((False, f"{file} cannot be read: {error}"))
    return findings


def judging(root: Path, in_workspace: bool) -> tuple[bool, str]:
    """Judge our own solution of one exercise, and say how long that takes."""
    begun = time.monotonic()
    if in_workspace:
        workspace = here()
        with workspace.bench() as bench:
            return solved(bench, workspace.exercises[0], begun)
    with Bench(root) as bench:
        return solved(bench, next(iter(bench.exercises().values())), begun)


def solved(bench: Bench, exercise: Exercise, begun: float) -> tuple[bool, str]:
    found = bench.check(exercise, (bench.root / exercise.file).read_text(encoding="utf-8"))
    seconds = time.monotonic() - begun
    words = f"a check takes {seconds:.1f} s" if found.passed else f"our own solution fails:\n{found.message}"
    return found.passed, words
