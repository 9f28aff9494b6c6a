"""Taking the body out of a function and laying another in, on text, guided by the syntax tree.

Signature, decorators and docstring stay, to the letter; the body goes, its comments included.  Working on text keeps
everything else as it was, line for line.

Read next: ``submission.py``.
"""

from __future__ import annotations

import ast
import re
import textwrap
from typing import NamedTuple

Function = ast.FunctionDef | ast.AsyncFunctionDef


class Body(NamedTuple):
    """Where the body of a function is: lines `first` to `last` (from 1, inclusive), at `indent` spaces."""

    first: int
    last: int
    indent: int


def find(tree: ast.AST, name: str) -> Function:
    """The function of that qualified name, such as ``Conv2d.backward``.

    Raises
    ------
    LookupError
        If there is none.
    """
    node = tree
    for part in name.split("."):
        inside = [n for n in getattr(node, "body", ()) if getattr(n, "name", None) == part]
        if not inside:
            raise LookupError(f"there is no {name!r}")
        node = inside[-1]
    if not isinstance(node, Function):
        raise LookupError(f"{name!r} is not a function")
    return node


def body_of(source: str, name: str) -> Body:
    """Find the body of a function, without its docstring, with its comments.

    Examples
    --------
    >>> body_of('def f(x):\\n    "Doubles."\\n    # why\\n    return 2 * x\\n', "f")
    Body(first=3, last=4, indent=4)
    """
    return place(lines_of(source), find(ast.parse(source), name))


def place(lines: list[str], node: Function) -> Body:
    """The same for a node that has been found."""
    inside = node.body[0]
    if inside.lineno == header_end(lines, node):
        raise ValueError(f"{node.name}: its body must not stand on the line of the 'def'")
    first = (inside.end_lineno if ast.get_docstring(node) is not None else header_end(lines, node)) + 1
    last = node.end_lineno
    for i in range(last, len(lines)):
        text = lines[i].strip()
        if text and not (text.startswith("#") and indent_of(lines[i]) > node.col_offset):
            break
        last = i + 1 if text else last
    return Body(first, last, inside.col_offset)


def header_end(lines: list[str], node: Function) -> int:
    """The line on which the signature ends, with its colon."""
    parts = [*ast.walk(node.args), *([node.returns] if node.returns else [])]
    line = max([node.lineno, *(n.end_lineno for n in parts if hasattr(n, "end_lineno"))])
    while line < node.body[0].lineno and not lines[line - 1].partition("#")[0].rstrip().endswith(":"):
        line += 1
    return line


def lines_of(source: str) -> list[str]:
    """The lines as Python counts them (`str.splitlines` also ends lines at characters that Python doesn't)."""
    return re.split(r"\r\n|\r|\n", source)


def indent_of(line: str) -> int:
    return len(line) - len(line.lstrip())


def body_text(source: str, name: str) -> str:
    """The body of a function, as text, with no indentation."""
    body = body_of(source, name)
    return textwrap.dedent("\n".join(lines_of(source)[body.first - 1 : body.last])) + "\n"


def with_body(source: str, name: str, text: str) -> str:
    """The source with another body in one function.

    Examples
    --------
    >>> print(with_body('def f(x):\\n    "Doubles."\\n    return 2 * x\\n', "f", "return x + x"), end="")
    def f(x):
        "Doubles."
        return x + x
    """
    body, lines = body_of(source, name), lines_of(source)
    new = textwrap.indent(textwrap.dedent(text).strip("\n"), " " * body.indent)
    return "\n".join([*lines[: body.first - 1], new, *lines[body.last :]])


def blank(source: str, name: str, exercise: str) -> str:
    """The source with the body of a function replaced by one line that says which exercise it is."""
    return with_body(source, name, f'raise NotImplementedError("exercise: {exercise}")')


def is_blank(node: Function) -> bool:
    """Whether nothing but the line of `blank` is in a function."""
    rest = node.body[1:] if ast.get_docstring(node) is not None else node.body
    return len(rest) == 1 and isinstance(rest[0], ast.Raise) and "'exercise: " in ast.dump(rest[0])


def signature(node: Function) -> str:
    """Name, arguments and decorators, as Python writes them."""
    decorators = "".join(f"@{ast.unparse(d)}\n" for d in node.decorator_list)
    return f"{decorators}def {node.name}({ast.unparse(node.args)})"
