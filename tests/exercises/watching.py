"""What a function was given and what it returned, noted while the tests run: kinds and shapes, never values.

Read next: ``notes.py``, which compares a learner's notes with ours.
"""

from __future__ import annotations

import ast
import functools
import types
from importlib.machinery import PathFinder

import numpy as np

MOST = 50  # notes among which none is kept twice
LARGEST = 1 << 20  # numbers in an argument that is compared before and after


class Watch:
    """Stands in the way of imports, waiting for one module; then puts a note-taker around one of its functions.

    Attributes
    ----------
    notes : list of dict
        One for each call: the test, the arguments, the result, and which arguments were changed.
    test : str
        The one that is running.
    """

    def __init__(self, module: str, function: str, is_learners):
        self.module, self.function, self.is_learners = module, function, is_learners
        self.test = ""
        self.notes: list[dict] = []

    def find_spec(self, name, path=None, target=None):
        if name != self.module:
            return None
        spec = PathFinder.find_spec(name, path)
        execute = spec.loader.exec_module

        def exec_module(module):
            vars(module)["__store__"] = store
            execute(module)
            self.install(module)

        spec.loader.exec_module = exec_module
        spec.loader.source_to_code = self.compiled
        return spec

    def compiled(self, source, path, **_):
        """The module's code, in which the learner's lines ask `store` before they set an attribute."""
        tree = Stores(self.is_learners).visit(ast.parse(source, path))
        return compile(ast.fix_missing_locations(tree), path, "exec", dont_inherit=True)

    def install(self, module) -> None:
        """Replace the function by one that takes notes, unless it is a property or another special thing."""
        *classes, name = self.function.split(".")
        owner = functools.reduce(getattr, classes, module)
        if isinstance(function := vars(owner)[name], types.FunctionType):
            setattr(owner, name, self.noting(function))

    def noting(self, function):
        @functools.wraps(function)
        def noted(*args, **kwargs):
            given = (*args, *kwargs.values())
            asked = [[describe_argument(x) for x in given], *kwargs]
            before = [content(x) for x in given]
            result = function(*args, **kwargs)
            changed = [i for i, (x, b) in enumerate(zip(given, before)) if b is not None and content(x) != b]
            note = {"test": self.test, "given": asked, "result": describe(result), "changed": changed}
            if note not in self.notes[-MOST:]:
                self.notes.append(note)
            return result

        return noted


class Stores(ast.NodeTransformer):
    """Turns ``a.b = c`` into ``__store__(a).b = c`` on lines that are the learner's."""

    def __init__(self, is_learners):
        self.is_learners = is_learners

    def visit_Attribute(self, node):
        self.generic_visit(node)
        if isinstance(node.ctx, (ast.Store, ast.Del)) and self.is_learners(node.lineno):
            asked = ast.Call(ast.Name("__store__", ast.Load()), [node.value], [])
            node.value = ast.copy_location(asked, node.value)
        return node


def store(owner):
    """Let attributes of ordinary objects be set, but not of what all code shares: modules, classes, functions."""
    if isinstance(owner, (types.ModuleType, type, types.FunctionType, types.MethodType)):
        raise PermissionError(f"an exercise may not change {getattr(owner, '__name__', owner)!r}, which others share")
    return owner


def array_of(x):
    """The numbers of an array or tensor; None for anything else."""
    x = getattr(x, "array", x)
    return x if isinstance(x, np.ndarray) else None


def content(x):
    """All numbers of an array or tensor, in a form that can be compared later."""
    array = array_of(x)
    return None if array is None or array.size > LARGEST or array.dtype.hasobject else array.tobytes()


def describe_argument(x):
    """The same for what a function is given, where whole numbers (a shape, an axis) matter themselves."""
    if isinstance(x, (tuple, list)):
        return [describe_argument(one) for one in x[:50]]
    return repr(x) if isinstance(x, (int, str, np.integer, type(None))) else describe(x)


def describe(x) -> dict:
    """Type, shape and dtype of a value, and whether its numbers are finite; a tuple's or list's parts likewise."""
    if isinstance(x, (tuple, list)):
        return {"type": "list" if type(x) is list else "tuple", "parts": [describe(one) for one in x[:50]]}
    if isinstance(x, (bool, np.bool_)):
        return {"type": "bool"}
    if isinstance(x, (int, float, np.number)):
        return {"type": "number", "finite": bool(np.isfinite(x))}
    array = array_of(x)
    if array is None:
        return {"type": "function" if isinstance(x, types.FunctionType) else type(x).__name__}
    finite = bool(np.isfinite(array).all()) if array.dtype.kind == "f" else True
    return {"type": type(x).__name__, "shape": list(array.shape), "dtype": str(array.dtype), "finite": finite}
