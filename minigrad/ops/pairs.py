"""Reading ``3`` as ``(3, 3)``: sizes that may be given once for both directions."""

from __future__ import annotations

import numpy as np


def pair(value, what: str, least: int) -> tuple[int, int]:
    """`value` or (vertical, horizontal) as two ints of at least `least`; `what` names it in the error."""
    if type(value) is int and value >= least:  # nearly always, and a small net is called often
        return value, value
    values = tuple(value) if isinstance(value, (tuple, list)) else (value, value)
    if len(values) != 2 or not all(isinstance(v, (int, np.integer)) and not isinstance(v, bool) for v in values):
        raise ValueError(f"{what} must be an integer or two of them, not {value!r}")
    if min(values) < least:
        raise ValueError(f"{what} must be at least {least}, not {value!r}")
    return int(values[0]), int(values[1])
