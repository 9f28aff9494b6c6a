"""What of a learner's file counts, laid into the reference.

One exercise is judged on the reference's tree, with nothing of the learner's but the body of that function, and what
it calls: new functions of its module, helpers that were blanked along, and imports.  So a mistake anywhere else
cannot be reported here, chapter 6 works without chapters 1 to 5, and no other line of a submission is ever run.

Read next: ``screen.py``.
"""

from __future__ import annotations

import ast
import textwrap
from typing import NamedTuple

from .screen import Refused, screen
from .surgery import Function, body_of, find, indent_of, is_blank, lines_of, place, signature


class NotWritten(Exception):
    """The body is still the line that `surgery.blank` put there."""


class Segment(NamedTuple):
    """`count` lines of the overlay, from `line` on, are the learner's, from `theirs` on."""

    line: int
    count: int
    theirs: int


class Overlay(NamedTuple):
    """A module of the reference with the learner's lines in it, and which they are."""

    source: str
    segments: tuple[Segment, ...]

    def learners_line(self, line: int) -> int | None:
        """Where a line of the overlay stands in the learner's file; None if it is not the learner's."""
        for segment in self.segments:
            if 0 <= line - segment.line < segment.count:
                return segment.theirs + line - segment.line
        return None


class Insertion(NamedTuple):
    """`text`, the learner's lines from `theirs` on, takes the place of the reference's lines `first` to `last`."""

    first: int
    last: int
    text: list[str]
    theirs: int


def lay_in(reference: str, learners: str, function: str, also: tuple[str, ...] = ()) -> Overlay:
    """Lay a learner's function into the reference.

    Parameters
    ----------
    reference, learners : str
        The module's source, ours and theirs.
    function : str
        The name inside it of what is judged.
    also : tuple of str
        Helpers that were blanked along: taken from the learner if the learner's function uses them.

    Raises
    ------
    NotWritten
    Refused
        If the file can't be read, the signature was changed, or the function says what it may not.
    """
    try:
        theirs = ast.parse(learners)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        learners = rescued(learners, function, error)
        theirs = ast.parse(learners)
    ours, node = ast.parse(reference), written(theirs, function)
    if (asked := signature(find(ours, function))) != signature(node):
        raise Refused(node.lineno, f"the signature was changed; it is\n{asked}")
    if is_blank(node):
        raise NotWritten
    parts = used_with(node, ours, theirs, function, also)
    screen([node, *(part for part, _ in parts)], find(ours, function), ours)
    insertions = [replacement(reference, learners, function)]
    for part, name in parts:
        insertions.append(replacement(reference, learners, name) if name in also else
                          addition(reference, learners, part, function if "." in name else ""))
    return overlay(reference, insertions)


def refusal(reference: str, learners: str, exercise) -> dict | None:
    """Why a learner's module can't be judged in an exercise, as a report; None if it can be."""
    try:
        lay_in(reference, learners, exercise.function, exercise.helpers)
    except NotWritten:
        return {"refused": "", "kind": "not written yet", "line": None}
    except Refused as error:
        return {"refused": error.what, "kind": "crashed", "line": error.line}
    return None


def written(tree: ast.AST, function: str) -> Function:
    """The learner's function, or a Refused that says that it is missing."""
    try:
        return find(tree, function)
    except LookupError:
        raise Refused(1, f"{function} is no longer there; 'reset' brings it back") from None


def used_with(node, ours, theirs, function, also) -> list[tuple[ast.stmt, str]]:
    """What the learner's function needs of the learner's file: statements, and their qualified names."""
    scope = function.rpartition(".")[0]
    offered = dict(new_names(ours, theirs, ""))
    if scope:
        offered |= dict(new_names(find_class(ours, scope), find_class(theirs, scope), scope + "."))
    offered |= {name: found for name in also if (found := maybe(theirs, name))}
    needed, waiting = {}, [node]
    while waiting:
        words = {getattr(n, "id", getattr(n, "attr", None)) for n in ast.walk(waiting.pop())}
        for name, part in offered.items():
            if name.rpartition(".")[2] in words and name not in needed:
                needed[name] = part
                waiting.append(part)
    distinct = {id(part): (part, name) for name, part in needed.items()}
    return list(distinct.values())


def new_names(ours, theirs, prefix: str):
    """Functions and imports at the top of a module or class of theirs, by the names that ours doesn't have."""
    known = {name for part in ours.body for name in bound_by(part)}
    for part in theirs.body:
        if isinstance(part, (*Function.__args__, ast.Import, ast.ImportFrom, ast.ClassDef)):
            yield from ((prefix + name, part) for name in bound_by(part) if name not in known)


def bound_by(part: ast.stmt) -> list[str]:
    """The names that a statement gives a meaning to."""
    if isinstance(part, (ast.Import, ast.ImportFrom)):
        return [(alias.asname or alias.name).partition(".")[0] for alias in part.names]
    if hasattr(part, "name"):
        return [part.name]
    return [n.id for n in ast.walk(part) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)]


def find_class(tree, name: str):
    """The class of that qualified name; an empty one if there is none."""
    for part in name.split("."):
        tree = next((n for n in tree.body if isinstance(n, ast.ClassDef) and n.name == part), ast.Module([], []))
    return tree


def maybe(tree, name):
    try:
        return find(tree, name)
    except LookupError:
        return None


def replacement(reference: str, learners: str, name: str) -> Insertion:
    """The learner's body of a function, where ours is."""
    ours, theirs = body_of(reference, name), body_of(learners, name)
    text = lines_of(learners)[theirs.first - 1 : theirs.last]
    if theirs.indent != ours.indent:  # only then, as this would also move the lines of a long string
        text = textwrap.indent(textwrap.dedent("\n".join(text)), " " * ours.indent).split("\n")
    return Insertion(ours.first, ours.last, text, theirs.first)


def addition(reference: str, learners: str, part: ast.stmt, function: str) -> Insertion:
    """A new statement of the learner's: after the method that is judged, or else at the end of the module."""
    first = min([part.lineno, *(d.lineno for d in getattr(part, "decorator_list", ()))])
    text = lines_of(learners)[first - 1 : part.end_lineno]
    after = body_of(reference, function).last if function else len(lines_of(reference))
    return Insertion(after + 1, after, text, first)


def overlay(reference: str, insertions: list[Insertion]) -> Overlay:
    """Put all insertions in, and remember where they came to stand."""
    lines, new, segments, at = lines_of(reference), [], [], 1
    for first, last, text, theirs in sorted(insertions, key=lambda one: (one.first, one.last)):
        new += lines[at - 1 : first - 1]
        segments.append(Segment(len(new) + 1, len(text), theirs))
        new += text
        at = last + 1
    return Overlay("\n".join([*new, *lines[at - 1 :]]) + "\n", tuple(segments))


def rescued(learners: str, function: str, error: Exception) -> str:
    """Of a file that Python cannot read, one function on its own, at its place, if that can be read.

    So a bracket that is open in one exercise doesn't spoil the others of its file.
    """
    lines = lines_of(learners)
    kept, depth, at = [""] * len(lines), -1, 0
    for part in function.split("."):
        at = next((i for i in range(at, len(lines)) if lines[i].split("(")[0].split(":")[0].split() in
                   (["def", part], ["class", part]) and indent_of(lines[i]) > depth), None)
        if at is None:
            raise unreadable(error)
        depth, kept[at] = indent_of(lines[at]), lines[at]
        at += 1
    end = next((i for i in range(at, len(lines)) if lines[i].strip() and indent_of(lines[i]) <= depth
                and not lines[i].lstrip().startswith(")")), len(lines))
    kept[at:end] = lines[at:end]
    text = "\n".join(kept)
    try:
        place(kept, find(ast.parse(text), function))
    except (SyntaxError, ValueError, LookupError, RecursionError, MemoryError) as worse:
        raise unreadable(worse) from None
    return text


def unreadable(error: Exception) -> Refused:
    """A syntax error, in words."""
    if not isinstance(error, SyntaxError):
        return Refused(1, f"Python cannot read this file: {error}")
    shown = f"\n    {error.text.strip()}" if error.text else ""
    return Refused(error.lineno or 1, f"Python cannot read this line ({error.msg}){shown}")
