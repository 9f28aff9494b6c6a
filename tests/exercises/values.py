"""Two arrays that a test found different, in the words of a gradient check: worst place, both numbers, their ratio."""

from __future__ import annotations

import sys

import numpy as np


def compare(mine, true) -> str | None:
    """Say where and how two arrays differ.

    Parameters
    ----------
    mine, true : anything
        What the learner's function led to, and what the test asked for.

    Returns
    -------
    str or None
        None if they are not both numbers of one shape.
    """
    mine, true = numbers(mine), numbers(true)
    if mine is None or true is None:
        return None
    if mine.shape != true.shape:
        return f"the numbers have shape {mine.shape}; {true.shape} is asked for"
    scale = max(np.abs(true).max(initial=0), 1e-12)

    def close(a, b):
        return np.abs(a - b) <= 1e-7 * scale

    wrong = ~close(mine, true)
    if not wrong.any():
        return None
    index = np.unravel_index(np.nanargmax(np.where(np.isfinite(mine), np.abs(mine - true), np.inf)), mine.shape)
    ours, asked = mine[index], true[index]
    ratio = f"{ours / asked:.6g}" if asked else "none (0 is asked for)"
    return (f"wrong at {int(wrong.sum())} of {mine.size} places.\n"
            f"  worst at index {tuple(map(int, index))}: yours {ours:.8g}, asked for {asked:.8g}, ratio {ratio}\n"
            f"  this looks like: {diagnosis(mine, true, close)}")


def diagnosis(mine, true, close) -> str:
    """What minigrad, the one that is being judged, makes of the difference."""
    return sys.modules["minigrad.diagnosis"].diagnose(mine, true, close)


def numbers(x):
    """An array of floats from an array, tensor, number or nested list; None if it is none of these."""
    x = getattr(x, "array", getattr(x, "expected", x))
    try:
        array = np.asarray(x)
        return array.astype(np.float64) if array.dtype.kind in "fiub" else None
    except (TypeError, ValueError):
        return None
