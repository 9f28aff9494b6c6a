"""Forgetting the tape on the way back, so that training needs less memory.

A tape keeps every array that a gradient may be computed from: in a training step that is most of the memory.  Once a
gradient has passed an op, only another sweep would need what the op remembers, and training makes no other.  So the op
can be dropped at once, and with it the arrays of which nobody else knows.  That is PyTorch's default
(``retain_graph=False``), and why its ``backward`` can be called only once; here a tape is kept unless one says so, as
explanations sweep it several times.

Read next: ``rules.py``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from .ops.op import Op


class Spent(Op):
    """What is left of an op that was forgotten: it tells whoever wants to pass it again."""

    @property
    def inputs(self):  # type: ignore[override]
        raise ValueError("backward: an earlier backward(retain_graph=False) has forgotten this part of the tape; run "
                         "the forward pass again, or keep the tape by retain_graph=True")


def forgetting(steps: Iterable[Any]) -> Iterator[Any]:
    """The steps of a sweep (``backward.py``), each followed by forgetting the op that was passed."""
    for step in steps:
        if step.tensor.op is not None:
            step.tensor.op = Spent()
        yield step
        del step  # or it would keep its arrays until the next step has been computed
