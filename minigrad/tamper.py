"""Noticing that an array was changed between the forward pass and the sweep that needs it.

A gradient is computed from the numbers of the forward pass.  If somebody writes into them in between, the result is
wrong and nothing else would say so.  Replacing an array is seen at once (it is another object).  Writing *into*
one can only be done by somebody who was handed it, by ``tensor.data``; so from then on, and only then, its bytes are
compared.
"""

from __future__ import annotations

import zlib

import numpy as np


def checksum(array: np.ndarray) -> int:
    """A number that changes when the bytes of `array` do."""
    return zlib.crc32(np.ascontiguousarray(array).reshape(-1).view(np.uint8).data) if array.size else 0


def note_shown(x) -> None:
    """Remember what the array of `x` looks like before it first leaves our hands."""
    if x.first_shown is None:
        x.first_shown = checksum(x.array)


def mark(x):
    """What `check` compares later: the array itself and, if it has been shown, its checksum by now."""
    return x.array, None if x.first_shown is None else checksum(x.array)


def check(op, y) -> None:
    """Raise ValueError if an input or the output of `op` is no longer what it was in the forward pass."""
    for i, (x, (array, sum_then)) in enumerate(zip((*op.inputs, y), op.marks)):
        name = f"input {i}" if i < len(op.inputs) else "the output"
        if x.array is not array:
            problem = "was replaced (by an optimiser's step, or an assignment to .data)"
        elif x.first_shown is not None and checksum(array) != (x.first_shown if sum_then is None else sum_then):
            problem = "was written into"
        else:
            continue
        raise ValueError(
            f"{op!r}: {name}, of shape {x.shape}, {problem} after the forward pass, so its gradient would be wrong; "
            "call backward before changing it, or run the forward pass again"
        )
