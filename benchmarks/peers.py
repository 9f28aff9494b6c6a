"""Whom we are compared with: PyTorch and Captum where they are installed, or else NumPy and SciPy.

Without PyTorch, convolution, pooling, training and explanations run a second time on the NumPy backend; the other ops
are written out with NumPy and SciPy in ``plain.py``.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from types import ModuleType

import minigrad as mg


def installed(name: str) -> ModuleType | None:
    """The module of this name, or None if it is not installed."""
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


def title() -> str:
    """Whom the tables of this run compare us with."""
    if installed("torch") is None:
        return "NumPy and SciPy"
    return "PyTorch and Captum" if installed("captum") else "PyTorch"


def on_numpy(call: Callable) -> Callable:
    """The same call on the NumPy backend."""

    def switched():
        before = mg.get_backend()
        mg.set_backend("numpy")
        try:
            return call()
        finally:
            mg.set_backend(before)

    return switched
