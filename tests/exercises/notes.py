"""Comparing what a learner's function returned with what ours returns: kinds and shapes, never values.

A result that is None, of another type, shape or dtype, or not finite where ours is, explains a failing test better
than the test does.  Only notes of calls with arguments alike are compared, so a result that led the test astray
earlier is not blamed for what came later.

Read next: ``messages.py``.
"""

from __future__ import annotations


def first_difference(theirs: list[dict], ours: list[dict], of_shapes) -> tuple[str, str] | None:
    """What is wrong with the learner's notes beside ours: kind and words; None if nothing is.

    `of_shapes` says what a wrong shape looks like, given theirs and ours: ``minigrad.diagnosis`` has it.
    """
    known = {repr(note["given"]): note["result"] for note in ours}
    for note in theirs:
        asked = known.get(repr(note["given"]))
        if asked and (found := difference(note["result"], asked, "the result", of_shapes)):
            return found
    return None


def changed_argument(theirs: list[dict], ours: list[dict]) -> str | None:
    """Words for a learner's function that writes into what it is given, where ours doesn't."""
    allowed = {i for note in ours for i in note["changed"]}
    changed = sorted({i for note in theirs for i in note["changed"]} - allowed)
    if changed:
        return (f"it writes into its argument number {changed[0] + 1}, which others go on using: "
                "make a new array (g * 2, not g *= 2)")


def difference(mine: dict, ours: dict, what: str, of_shapes) -> tuple[str, str] | None:
    """Compare two descriptions, in the order in which a learner would want to know."""
    if mine["type"] == "NoneType" != ours["type"]:
        why = "nothing is passed on" if what.startswith("part") else "is there a return?"
        return "returned None", f"{what} is None: {why}"
    if "function" in (mine["type"], ours["type"]):
        return None  # a gradient that is computed only when somebody wants it
    if mine["type"] != ours["type"]:
        return "type", f"{what} is a {mine['type']}; a {ours['type']} is asked for"
    parts = mine.get("parts", ()), ours.get("parts", ())
    if len(parts[0]) != len(parts[1]) and ours["type"] == "tuple":
        return "shape", f"{what} has {len(parts[0])} parts; {len(parts[1])} are asked for"
    for i, (a, b) in enumerate(zip(*parts)):
        if found := difference(a, b, f"part {i} of {what}", of_shapes):
            return found
    return difference_of_numbers(mine, ours, what, of_shapes)


def difference_of_numbers(mine: dict, ours: dict, what: str, of_shapes) -> tuple[str, str] | None:
    """Shape, dtype, and whether all is finite."""
    if mine.get("shape") != ours.get("shape"):
        shapes = tuple(mine["shape"]), tuple(ours["shape"])
        return "shape", f"{what} has shape {shapes[0]}; {shapes[1]} is asked for\n  {of_shapes(*shapes)}"
    if mine.get("dtype") != ours.get("dtype"):
        return "dtype", f"{what} has dtype {mine['dtype']}; {ours['dtype']} is asked for: keep that of the input"
    if mine.get("finite") is False and ours.get("finite"):
        return "not finite", f"{what} has NaN or infinity in it: a division by zero, log 0, or an overflow"
    return None
