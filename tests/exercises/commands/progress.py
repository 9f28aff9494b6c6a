"""``list`` and ``next``: how far one is, and what comes next."""

from __future__ import annotations

import ast

from ..bench import MACHINERY, Bench
from ..pages import in_order, read_pages
from ..registry import Exercise
from ..surgery import find, signature
from ..workspace import HIDDEN, Workspace, here
from . import named, page_of


def add_to(commands) -> None:
    listing = commands.add_parser("list", help="a line for each exercise: [x] done, [>] next, [ ] to come")
    listing.set_defaults(run=show_all)
    following = commands.add_parser("next", help="what to write now, and where")
    following.add_argument("name", nargs="?", help="another exercise than the next")
    following.set_defaults(run=show_next)


def show_all(options) -> int:
    """Print the whole path; in the checkout as well, where nothing is ever done."""
    if (MACHINERY / HIDDEN).exists():
        workspace = here()
        done = [workspace.passed(exercise) for exercise in workspace.exercises]
        print("\n".join(lines(MACHINERY, workspace.exercises, done)))
        print(f"\n{sum(done)} of {len(done)} are done.\n")
        print(f"Next: python -m tests {'check --mine' if all(done) else 'next'}")
    else:
        with Bench(MACHINERY) as bench:
            exercises = in_order(bench.exercises(), read_pages(MACHINERY))
        print("\n".join(lines(MACHINERY, exercises, [False] * len(exercises))))
        print("\nThese are the sources; answers are written in a workspace.\n\nNext: python -m tests start")
    return 0


def lines(root, exercises: list[Exercise], done: list[bool]) -> list[str]:
    """The path, a line for each exercise, under the titles of the chapters."""
    titles = {page.chapter: page.title for page in read_pages(root)}
    width = max(len(exercise.name) for exercise in exercises)
    shown, chapter, following = [], None, done.index(False) if False in done else None
    for i, exercise in enumerate(exercises):
        if exercise.chapter != chapter:
            chapter = exercise.chapter
            shown += ["", f"Chapter {chapter}: {titles.get(chapter, '')}".rstrip(": ")]
        mark = "[x]" if done[i] else "[>]" if i == following else "[ ]"
        shown.append(f"{mark} {exercise.name:{width}}  {exercise.file}: {exercise.function}")
    return shown[1:]


def show_next(options) -> int:
    """Print what is asked: where, the signature, the docstring; and the chapter's page when it begins."""
    workspace = here()
    exercise = named(workspace, options.name)
    page = page_of(workspace, exercise)
    if page is not None and begins_chapter(workspace, exercise):
        print(f"Chapter {page.chapter}: {page.title}\n\n{page.motivation}\n\n{'-' * 20}\n")
    source = workspace.source(exercise) or workspace.reference_source(exercise)
    print(f"{exercise.name}: write the body of {exercise.function}\n")
    print("\n".join(asked(source, exercise)))
    missing = [name for name in exercise.needs if any(e.name == name and not workspace.passed(e)
                                                      for e in workspace.exercises)]
    if missing:
        print(f"\nIt builds on {', '.join(missing)}, which you have not done yet; it can be done on its own, too.")
    print(f"\nNext: python -m tests check {exercise.name}   (or hint {exercise.name})")
    return 0


def begins_chapter(workspace: Workspace, exercise: Exercise) -> bool:
    return next(e for e in workspace.exercises if e.chapter == exercise.chapter) == exercise


def asked(source: str, exercise: Exercise) -> list[str]:
    """Where the function is, its signature and its docstring."""
    try:
        node = find(ast.parse(source), exercise.function)
    except (SyntaxError, ValueError, LookupError) as error:
        return [f"{exercise.file} cannot be read ({error}); mend it first"]
    text = ast.get_docstring(node) or "(see what its class says)"
    return [f"  {exercise.file}, line {node.lineno}", "", *("  " + line for line in signature(node).split("\n")), "",
            *("    " + line for line in text.split("\n"))]
