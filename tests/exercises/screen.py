"""What a submission may say.  An exercise is a few lines of mathematics, and those need little of the language.

Refused is whatever could reach the judge instead of convincing it: other modules, files, the interpreter's insides,
and classes of one's own (an object that says it equals everything is right everywhere).  A refusal names the line.
``sandbox.py`` refuses the same again while the code runs, should something slip through here.

Read next: ``sandbox.py``.
"""

from __future__ import annotations

import ast

# What new imports may come from, besides what the module has already.
LIBRARIES = {"math", "numpy", "itertools", "functools", "collections", "operator", "typing"}

# Python's own functions that lead out of an exercise.
DOORS = {"__import__", "breakpoint", "compile", "delattr", "eval", "exec", "exit", "getattr", "globals", "help",
         "input", "locals", "memoryview", "open", "quit", "setattr", "type", "vars"}

# Attributes that lead from harmless objects to harmful ones: what modules import, NumPy's files, frames, raw memory.
PASSAGES = {"DataSource", "as_strided", "attrgetter", "builtins", "cr_frame", "ctypes", "ctypeslib", "dump", "dumps",
            "f2py", "f_back", "f_builtins", "f_globals", "f_locals", "fromfile", "fromregex", "genfromtxt", "gi_code",
            "gi_frame", "importlib", "io", "load", "loadtxt", "memmap", "methodcaller", "modules", "npyio",
            "open_memmap", "os", "save", "savetxt", "savez", "savez_compressed", "seterrcall", "subprocess", "sys",
            "tb_frame", "testing", "tofile"}


class Refused(Exception):
    """Something that keeps a submission from being run, and the line in the learner's file."""

    def __init__(self, line: int, what: str):
        super().__init__(what)
        self.line, self.what = line, what


def screen(parts: list[ast.AST], function: ast.AST, module: ast.Module) -> None:
    """Refuse what an exercise may not say; what our solution says itself is always allowed.

    Parameters
    ----------
    parts : list of ast.AST
        The learner's function, and what it uses of the learner's file.
    function : ast.AST
        Our solution.
    module : ast.Module
        The module that it is from, whose imports are allowed as well.

    Raises
    ------
    Refused
        For the first such line.
    """
    customary = {words(node) for node in (*ast.walk(function), *module.body)} - {""}
    for part in parts:
        harmless = {id(node.func) for node in ast.walk(part) if isinstance(node, ast.Call) and only_asks(node)}
        for node in ast.walk(part):
            what = objection(node)
            if what and words(node) not in customary and id(node) not in harmless:
                raise Refused(getattr(node, "lineno", 1), f"an exercise may not {what}")


def words(node: ast.AST) -> str:
    """What must occur in our solution for it to be allowed in theirs: a name, an attribute or an import."""
    if isinstance(node, ast.Attribute):
        return f".{node.attr}"
    return ast.dump(node) if isinstance(node, (ast.Import, ast.ImportFrom)) else getattr(node, "id", "")


def only_asks(call: ast.Call) -> bool:
    """Whether this is ``type(x)``, or ``getattr(x, "name")`` with a harmless name."""
    match call:
        case ast.Call(func=ast.Name(id="type"), args=[_], keywords=[]):
            return True
        case ast.Call(func=ast.Name(id="getattr"), args=[_, ast.Constant(value=str(name)), *_]):
            return not leads_out(name)
    return False


def objection(node: ast.AST) -> str | None:
    """What a node does that an exercise may not do; None if it is harmless."""
    match node:
        case ast.Import(names=names):
            bad = [alias.name for alias in names if not is_library(alias.name)]
            return f"import {bad[0]}: NumPy and what its module imports are enough" if bad else None
        case ast.ImportFrom(module=module, level=level, names=names):
            fine = not level and all(is_library(f"{module}.{alias.name}") for alias in names)
            return None if fine else f"import from {'.' * level}{module or ''}: what its module imports is enough"
        case ast.Name(id=name) if name in DOORS or leads_out(name):
            return f"use {name}"
        case ast.Attribute(attr=name) if leads_out(name):
            return f"use .{name}"
        case ast.ClassDef(name=name):
            return f"define a class ({name}): functions are enough"
        case ast.MatchClass():
            return "match classes: an if is enough"
        case ast.Global(names=names):
            return f"say 'global {names[0]}': a function returns what it has found"
    return None


def is_library(dotted: str) -> bool:
    """Whether this module, or name from a module, is one of mathematics."""
    first, *rest = dotted.split(".")
    return first in LIBRARIES and not any(leads_out(name) or name.startswith(("_", "*")) for name in rest)


def leads_out(name: str) -> bool:
    """Whether an attribute is a passage, or belongs to the interpreter (``__globals__``)."""
    return name in PASSAGES or (name.startswith("__") and name.endswith("__"))
