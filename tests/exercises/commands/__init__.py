"""One file for each command, or two that belong together: what it is asked (`add_to`) and what it does."""

from __future__ import annotations

import difflib

from ..pages import Page, read_pages
from ..registry import Exercise
from ..workspace import Workspace


def named(workspace: Workspace, name: str | None) -> Exercise:
    """The exercise of that name; the next one if there is no name.

    Raises
    ------
    ValueError
        If there is none, with the names that come close.
    """
    if name is None:
        exercise = workspace.next()
        if exercise is None:
            raise ValueError("all exercises are done.\nNext: python -m tests check --mine")
        return exercise
    for exercise in workspace.exercises:
        if exercise.name == name:
            return exercise
    close = difflib.get_close_matches(name, [e.name for e in workspace.exercises], n=3, cutoff=0.4)
    hint = f"; did you mean {' or '.join(close)}?" if close else ""
    raise ValueError(f"there is no exercise {name!r} here{hint}\nNext: python -m tests list")


def page_of(workspace: Workspace, exercise: Exercise) -> Page | None:
    """The page that an exercise's chapter opens with."""
    return next((page for page in read_pages(workspace.root) if page.chapter == exercise.chapter), None)
