"""The words of the exercises: one page of Markdown for each chapter, in ``path/``.

A page begins ``# Title`` and motivates its chapter.  Then every exercise has a section ``## name`` with paragraphs
that begin ``Idea:``, ``Equation:`` and ``Shapes:`` (the three hints) and ``Why:`` (shown beside the solution).
The order of the sections is the order of the exercises.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

FOLDER = Path("tests/exercises/path")
HINTS = ("Idea", "Equation", "Shapes")


class Page(NamedTuple):
    """A chapter: its title, what it is for, and for every exercise its paragraphs by their first word."""

    chapter: int
    title: str
    motivation: str
    sections: dict[str, dict[str, str]]


def read_pages(root: Path) -> list[Page]:
    """All chapters' pages, in order; the number of a chapter is what its file's name begins with."""
    return [read_page(file) for file in sorted((root / FOLDER).glob("[0-9]*.md"))]


def read_page(file: Path) -> Page:
    """One page.

    Raises
    ------
    ValueError
        If the page has no title, or a section lacks one of its paragraphs.
    """
    head, *rest = re.split(r"^## +", file.read_text(encoding="utf-8"), flags=re.MULTILINE)
    title, _, motivation = head.strip().partition("\n")
    if not title.startswith("# "):
        raise ValueError(f"{file}: a page begins with '# Title'")
    sections = {}
    for section in rest:
        name, _, text = section.partition("\n")
        sections[name.strip()] = paragraphs = read_paragraphs(text)
        if missing := [word for word in (*HINTS, "Why") if word not in paragraphs]:
            raise ValueError(f"{file}: exercise {name.strip()!r} lacks {', '.join(missing)}")
    return Page(int(file.name.split("_")[0]), title[2:].strip(), motivation.strip(), sections)


def read_paragraphs(text: str) -> dict[str, str]:
    """Paragraphs by the word they begin with; what follows without such a word belongs to the one before.

    Examples
    --------
    >>> read_paragraphs("Idea: add them up.\\n\\n    sum(g)\\n\\nShapes: all (N,).")
    {'Idea': 'add them up.\\n\\n    sum(g)', 'Shapes': 'all (N,).'}
    """
    parts = re.split(rf"^({'|'.join((*HINTS, 'Why'))}): *", text, flags=re.MULTILINE)
    return {word: words.strip() for word, words in zip(parts[1::2], parts[2::2])}


def in_order(exercises: dict, pages: list[Page]) -> list:
    """The exercises in the order of the pages; those on no page come last, by chapter and name."""
    places = {name: i for i, name in enumerate(name for page in pages for name in page.sections)}
    return sorted(exercises.values(), key=lambda e: (e.chapter, places.get(e.name, len(places)), e.name))
