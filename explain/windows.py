"""How windows on windows grow: the size, stride and offset of what the units of a layer see.

For a stack of windows (kernel k, stride s, padding p, dilation d), the unit at r sees the places from
``stride r + first`` to ``stride r + last`` of the picture.  We walk from the unit back to the picture, so that each op
on the way refines what "place" means:

    stride  ->  stride s
    first   ->  first s - p
    last    ->  last s - p + d (k - 1)

Point-wise ops change nothing.  Where two paths meet again, as in a residual net, the wider one counts.  Anything else,
such as a mean over the whole picture, is no window.

Before: ``explain/receptive_field.py``.  Next: ``explain/influence.py``, for what is no window.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from minigrad.ops import index, norm, shape

from .influence import POINTWISE, WINDOWS, walk_back, window_of


class NoWindows(ValueError):
    """A layer's units don't look through windows of one size and stride."""


class Windows(NamedTuple):
    """The unit at r sees the places from ``stride r + first`` to ``stride r + last``; each (vertical, horizontal)."""

    stride: np.ndarray
    first: np.ndarray
    last: np.ndarray


def grown(y, x) -> Windows | None:
    """What the units of `y` see of `x`, from which it was computed; None if nothing.  NoWindows if it's no windows."""
    nothing = np.zeros(2, int)
    return walk_back(y, x, Windows(nothing + 1, nothing, nothing), widened, widest)


def widened(op, y, seen: Windows) -> list[Windows]:
    """What the units see of each of an op's inputs, if they see `seen` of its output."""
    if isinstance(op, WINDOWS):
        kernel, s, p, d = (np.array(pair) for pair in window_of(op))
        return [Windows(seen.stride * s, seen.first * s - p, seen.last * s - p + d * (kernel - 1))]
    if isinstance(op, shape.Pad) and y.ndim == 4:
        margin = np.array([before for before, _ in op.widths[2:]])
        return [Windows(seen.stride, seen.first - margin, seen.last - margin)]
    if isinstance(op, norm.Affine):
        return [seen]
    if isinstance(op, POINTWISE) or moves_channels(op, y):
        return [seen if x.shape[-2:] == y.shape[-2:] else stretched(seen, x, y) for x in op.inputs]
    raise NoWindows(f"receptive field: {op!r} does not look through windows of one size and stride; "
                    "unit_field says what a single unit sees")


def stretched(seen: Windows, x, y) -> Windows:
    """The same place for every unit, so stride 0, along the axes on which `x` was stretched to the shape of `y`."""
    as_long = np.array((1, 1, *x.shape)[-2:]) == y.shape[-2:]
    return Windows(*(numbers * as_long for numbers in seen))


def moves_channels(op, y) -> bool:
    """Whether an op takes channels, or puts them one after the other, and leaves rows and columns where they are."""
    if y.ndim != 4 or not isinstance(op, (index.Gather, shape.Concatenate)):
        return False
    if isinstance(op, shape.Concatenate):
        return op.axis < 2
    return isinstance(op.index, tuple) and len(op.index) == 2 and y.shape[2:] == op.inputs[0].shape[2:]


def widest(a: Windows, b: Windows) -> Windows:
    """Where two paths meet, the first and the last place that either sees."""
    if (a.stride != b.stride).any():
        raise NoWindows(f"receptive field: paths of strides {a.stride.tolist()} and {b.stride.tolist()} meet, so the "
                        "units have no windows of one size; unit_field says what a single unit sees")
    return Windows(a.stride, np.minimum(a.first, b.first), np.maximum(a.last, b.last))
