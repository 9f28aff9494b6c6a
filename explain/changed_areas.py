"""Changed areas: how far the change of one patch of the picture spreads, layer by layer.

Cover a patch, and the first convolution puts out other numbers only where its windows touch the patch; the next layer
only where its windows touch those.  The changed area is a rectangle on every map, and rows and columns don't
talk to each other, so one axis is enough to see it (a kernel of 3, then pooling by 2):

    picture    . . . . # # # # . . . .      the patch, places 4 to 7
    conv 3     . . . # # # # # # . . .      one more on both sides
    pool 2      .  #   #   #   #   .        the four windows that touch those six

For windows (kernel k, stride s, padding p, dilation d), places a to b of the input reach the outputs from

    ceil((a + p - d (k - 1)) / s)   to   floor((b + p) / s).

Every position of the patch has a rectangle of its own.  At the border some are smaller; they are moved inwards and made
as large as the others, which is as right (it computes again what hasn't changed), and so all fit into one batch.

A `Step` of the plan says for one op whether it is run on rectangles or on whole maps.  An op for which no entry of
`REPEATABLE` vouches that it treats the pictures of a batch alike makes `plan` give up.

Read next: ``pointwise_tails.py``, which saves passes over memory; ``partial_forward.py`` carries the plan out.
"""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

import numpy as np

from minigrad.backward import leading_to, recorded_before
from minigrad.ops import activation, elementwise, index, matmul, norm, pool, shape, softmax

from .influence import POINTWISE, WINDOWS, window_of
from .pointwise_tails import Tail, find_tails
from .windows import moves_channels

NEARLY_ALL = 0.8  # of a map: beyond it, rectangles with their margins cost as much as the map


class Span(NamedTuple):
    """Rows, or columns: ``start[i]`` up to ``start[i] + size`` for the i-th position of the patch along this axis."""

    start: np.ndarray
    size: int


class Area(NamedTuple):
    """The rectangle that a patch at rows i and columns j changes: ``rows.start[i]``, ``columns.start[j]``."""

    rows: Span
    columns: Span


class Step(NamedTuple):
    """Run the op of `y` on `area` of its output, or on all of it if that is None; then forget the tensors `done`."""

    y: Any
    area: Area | None
    done: tuple[int, ...]
    tail: Tail | None = None  # what follows in the same pass over memory

    @property
    def end(self):
        """The tensor whose new numbers this step leaves."""
        return self.tail.chain[-1] if self.tail and self.tail.chain else self.y


def plan(x, output, patch: Area) -> list[Step] | None:
    """What to compute again, in order, when `patch` of `x` changes; None if that can't be told or saves nothing.

    Parameters
    ----------
    x, output : Tensor
        A picture (1, C, H, W), and what the net made of it, with the tape in between.
    patch : Area
        For every position of the patch.
    """
    order = recorded_before(output)
    on_the_way = leading_to({id(x)}, order)
    areas: dict[int, Area | None] = {id(x): patch}
    for y in order:
        if y is x or y.op is None or id(y) not in on_the_way:
            continue
        changed = [source for source in y.op.inputs if id(source) in areas]
        if not repeatable(y.op, y, changed):
            return None
        areas[id(y)] = grown(y.op, y, changed, areas)
    again = [y for y in order if y is not x and id(y) in areas]
    if not any(areas[id(y)] for y in again if isinstance(y.op, WINDOWS)) or id(output) not in areas:
        return None
    return in_order(again, areas, find_tails(again, areas))


def in_order(again, areas, tails) -> list[Step]:
    """The steps, with tails drawn in, and what is not needed any more after each."""
    drawn_in = {id(y) for tail in tails.values() for y in tail.chain}
    steps = [Step(y, areas[id(y)], (), tails.get(id(y))) for y in again if id(y) not in drawn_in]
    known = {id(step.end) for step in steps} | (areas.keys() - {id(y) for y in again})
    last = {id(x): i for i, step in enumerate(steps) for x in sources(step) if id(x) in known}
    return [step._replace(done=tuple(t for t, when in last.items() if when == i)) for i, step in enumerate(steps)]


def sources(step: Step) -> tuple:
    """The tensors of which a step needs the numbers."""
    shortcut = step.tail.shortcut if step.tail else None
    return step.y.op.inputs if shortcut is None else (*step.y.op.inputs, shortcut)


def span(begin, end, size: int) -> Span:
    """Spans of one length that hold places `begin` up to `end`, moved to lie inside an axis of `size`."""
    begin = np.clip(begin, 0, size - 1)
    length = max(int((np.minimum(end, size) - begin).max()), 1)
    return Span(np.minimum(begin, size - length), length)


def grown(op, y, changed, areas) -> Area | None:
    """The area of `y` that changes with those of its inputs; None for all of it."""
    before = [areas[id(x)] for x in changed]
    if y.ndim != 4 or None in before:
        return None
    if isinstance(op, WINDOWS) and no_share_of_padding(op, y):
        spans = [touching(*axis) for axis in zip(before[0], y.shape[2:], zip(*window_of(op)))]
    elif keeps_places(op, y) and all(x.shape[2:] == y.shape[2:] for x in changed):
        spans = [together(axis, n) for axis, n in zip(zip(*before), y.shape[2:])]
    else:
        return None
    area = Area(*spans)
    return area if area.rows.size * area.columns.size < NEARLY_ALL * y.shape[2] * y.shape[3] else None


def touching(seen: Span, size: int, window) -> Span:
    """The windows, `size` of them along this axis, that touch any place of a span."""
    k, s, p, d = window
    return span(-((d * (k - 1) - p - seen.start) // s), (seen.start + seen.size - 1 + p) // s + 1, size)


def together(spans, size: int) -> Span:
    """The least spans that hold each of several."""
    return span(np.min([s.start for s in spans], 0), np.max([s.start + s.size for s in spans], 0), size)


def no_share_of_padding(op, y) -> bool:
    """Whether all windows are alike: a mean counts fewer places where it hangs over the edge."""
    if not isinstance(op, pool.AvgPool2d):
        return True
    kernel, stride, padding, _ = window_of(op)
    inside = ((m - 1) * s + k <= n for m, s, k, n in zip(y.shape[2:], stride, kernel, op.inputs[0].shape[2:]))
    return padding == (0, 0) and all(inside)


def keeps_places(op, y) -> bool:
    """Whether the output at a place depends on the inputs at that place only."""
    if isinstance(op, shape.Pad):
        return not np.any(op.widths[2:])
    return isinstance(op, (norm.Affine, *POINTWISE)) or moves_channels(op, y)


def repeatable(op, y, changed) -> bool:
    """Whether the op, run on a batch of changed inputs, does to each what it did to the one picture on the tape."""
    if any(x.ndim == 0 or x.shape[0] != 1 for x in (y, *changed)):
        return False
    rule = rule_for(type(op))  # type: ignore[arg-type]
    return rule is not None and bool(rule(op, y, changed))


@cache
def rule_for(kind):
    """The entry of `REPEATABLE` for a kind of op, or None."""
    return next((rule for kinds, rule in REPEATABLE.items() if issubclass(kind, kinds)), None)


def leaves_nothing_out(x, output, model) -> bool:
    """Whether the tape says all that `output` was made from: `x`, and what belongs to the model.

    What a net computes beside the tape, say on ``x.numpy()``, can only come in as a constant.
    """
    own = {id(tensor) for tensor in model.parameters()} | {id(buffer) for _, buffer in model.named_buffers()}
    arrays = {id(buffer.array) for _, buffer in model.named_buffers()}
    order = recorded_before(output)
    known = own | {id(y) for y in order if y is x or y.op is not None}
    return all(
        all(id(source) in known for source in y.op.inputs)
        and not (isinstance(y.op, norm.FrozenBatchNorm) and id(y.op.mean) not in arrays)
        for y in order
        if y.op is not None
    )


def only_the_first(op, y, changed) -> bool:
    return len(changed) == 1 and changed[0] is op.inputs[0]


def aligned(op, y, changed) -> bool:
    """Broadcasting lines axes up from the right, so the first is that of the pictures only if none is missing."""
    return all(x.ndim == y.ndim for x in changed)


def plain_slices(op, y, changed) -> bool:
    at = op.index if isinstance(op.index, tuple) else (op.index,)
    return isinstance(at[0], slice) and at[0] == slice(None) and all(isinstance(i, (slice, int)) for i in at)


def never(op, y, changed) -> bool:
    """`Where` holds a condition that may have been computed from the picture, and the tape doesn't say so."""
    return False


REPEATABLE = {
    (elementwise.Where,): never,
    (*WINDOWS, norm.Affine): only_the_first,
    (*POINTWISE, activation.ReLU, shape.BroadcastTo): aligned,
    (matmul.Matmul,): lambda op, y, changed: aligned(op, y, changed) and (y.ndim > 2 or only_the_first(op, y, changed)),
    (shape.Sum,): lambda op, y, changed: 0 not in op.axis,
    (softmax.Softmax, softmax.LogSoftmax, shape.Concatenate): lambda op, y, changed: op.axis != 0,
    (index.Extremum,): lambda op, y, changed: changed[0].ndim > 1,
    (shape.Reshape,): lambda op, y, changed: True,  # both shapes begin with 1
    (shape.Transpose,): lambda op, y, changed: op.axes[0] == 0,
    (shape.Pad,): lambda op, y, changed: not np.any(op.widths[0]),
    (index.Gather,): plain_slices,
}
