"""A partial forward pass: the net's answers to one picture with a patch covered, here or there, without starting over.

The clean picture has been through the net, and the tape has kept what every op put out.  A covered patch changes
a rectangle of each map (``changed_areas.py``).  To compute an op's new rectangle it takes the old one and a margin, and
the margin has not changed, so it is on the tape:

    input on the tape       its new rectangle        crop                      output

    . . . . . . . . .                                c c c c c c
    . . c c c c c c .            n n n n             c n n n n c      op,        o o o o o o
    . . c . . . . c .     +      n n n n       =     c n n n n c     no     ->   o o o o o o
    . . c . . . . c .                                c c c c c c    padding      (those whose windows touch an n)
    . . c c c c c c .

Where the tape's map ends, the crop has the op's padding.  Once a rectangle is nearly the whole map, and where an op
looks at all of it, the new rectangle is pasted into a copy of the map, and the op runs as usual.  A sum over the map is
the old sum plus what the rectangle changed of it.

The answers are those of the whole net: in exact arithmetic the same, in floats up to rounding, because a kernel may add
up a crop in another order than a map.

Read next: ``occlusion.py``, for which this is.
"""

from __future__ import annotations

import numpy as np

from minigrad import kernels
from minigrad.dtypes import cast, common_dtype, settled
from minigrad.kernels.shapes import span as length_of
from minigrad.ops import conv, norm, pool, shape

from .changed_areas import Area, Step, plan, span
from .influence import WINDOWS, window_of
from .pointwise_tails import Tail

LEAST_BYTES = 64 << 20  # of a map of all positions in a batch: any machine has room for it


class PartialForward:
    """The answers of a net to a picture that changes in one rectangle.

    Parameters
    ----------
    x, output : Tensor
        The picture (1, C, H, W), and what the net made of it, with the tape in between.
    windows : (list of slices, list of slices)
        The rows and the columns of the patch, for each of its positions.
    patch : Area
        The same as rectangles of one size.
    steps : list of Step
        From `plan`.
    """

    def __init__(self, x, output, windows, patch: Area, steps: list[Step]):
        self.output, self.steps = output, steps
        self.x, self.patch = x, patch
        self.starts = [np.array([window.start for window in axis]) for axis in windows]
        self.size = tuple(max(window.stop - window.start for window in axis) for axis in windows)
        self.areas = {id(x): patch, **{id(step.end): step.area for step in steps if step.area is not None}}
        self.padded: dict[int, np.ndarray] = {}
        self.tables: dict[int, np.ndarray] = {}

    def pictures_worth(self, n: int) -> int:
        """How many positions take as much memory as `n` whole pictures, by the largest map that either makes.

        In any case as many as `LEAST_BYTES` are enough for: the fewer batches there are, the less is not arithmetic.
        """
        whole = max(tensor.size for tensor in (self.x, *(step.y for step in self.steps)))
        areas = [(tensor, self.areas.get(id(tensor))) for tensor in (self.x, *(step.end for step in self.steps))]
        parts = max(t.size if a is None else t.shape[1] * a.rows.size * a.columns.size for t, a in areas)
        return max(1, n * whole // parts, LEAST_BYTES // (parts * self.x.array.itemsize))

    def __call__(self, beneath: np.ndarray, at) -> np.ndarray:
        """Run what has to be run again.

        Parameters
        ----------
        beneath : ndarray (C, H, W)
            The picture that shows where the patch is.
        at : list of (i, j)
            Rows i and columns j of the patch: which of its positions to run, as one batch.

        Returns
        -------
        ndarray (B, ...), the net's output for each.
        """
        where = tuple(np.array(at).T)
        values = {id(self.x): self.covered(beneath.astype(self.x.dtype), where)}
        for step in self.steps:
            values[id(step.end)] = self.run(step, values, where)
            for tensor in step.done:
                del values[tensor]
        return values[id(self.output)]

    def covered(self, beneath: np.ndarray, at) -> np.ndarray:
        """The rectangles of the picture that change, with the patch in them; it may hang over the picture's edge."""
        places = np.stack([starts[i] for starts, i in zip(self.starts, at)], axis=1)
        beyond = np.pad(beneath, [(0, 0), *((0, n) for n in self.size)])
        nothing = np.zeros((len(places), len(beneath), 0, 0), beneath.dtype)
        patches = kernels.crops(beyond, places, self.size, nothing, places)
        return kernels.crops(self.x.array[0], corners(self.patch, at), size_of(self.patch), patches, places)

    def run(self, step: Step, values, at) -> np.ndarray:
        """The new numbers that a step leaves."""
        op, y, area = step.y.op, step.y, step.area
        if area is None:
            if self.sums_a_plane(op):
                return self.summed(op, y, values, at)
            inputs = [self.whole(x, values, at) for x in op.inputs]
            if step.tail:
                return self.convolved(step, step.tail, op, inputs, values, at)
            return repeated(op, y, inputs, len(at[0]))
        if isinstance(op, WINDOWS):
            inputs = [self.seen_by_windows(y, area, values, at), *(w.array for w in op.inputs[1:])]
            op = without_padding(op)
            if step.tail:
                return self.convolved(step, step.tail, op, inputs, values, at)
            return computed(op, y.op, inputs)
        per_channel = op.inputs[1:] if isinstance(op, norm.Affine) else ()
        planes = op.inputs[: len(op.inputs) - len(per_channel)]
        inputs = [self.place_by_place(x, y, area, values, at) for x in planes]
        return repeated(op, y, [*inputs, *(c.array for c in per_channel)], len(at[0]))

    def convolved(self, step: Step, tail: Tail, op, inputs, values, at) -> np.ndarray:
        """What a convolution and its tail make of its input and filters; a bias is part of the tail."""
        x, shortcut = tail.shortcut, None
        if x is not None and step.area is not None:
            shortcut = self.place_by_place(x, step.y, step.area, values, at)
        elif x is not None:
            shortcut = np.broadcast_to(self.whole(x, values, at), (len(at[0]), *x.shape[1:]))
        picture, filters = (cast(array, step.y.dtype) for array in inputs[:2])
        finish = kernels.Finish(tail.scale, tail.shift, shortcut, tail.least)
        return kernels.finished_conv2d(picture, filters, finish, *op.geometry)

    def whole(self, x, values, at) -> np.ndarray:
        """All of `x`: from the tape, with what has changed pasted in."""
        new = values.get(id(x))
        if new is None or id(x) not in self.areas:
            return x.array if new is None else new
        everywhere = np.zeros((len(new), 2), np.int64)
        return kernels.crops(x.array[0], everywhere, x.shape[2:], new, corners(self.areas[id(x)], at))

    def sums_a_plane(self, op) -> bool:
        """Whether an op adds up all places of a map of which only a rectangle changes."""
        return isinstance(op, shape.Sum) and {2, 3} <= set(op.axis) and id(op.inputs[0]) in self.areas

    def summed(self, op, y, values, at) -> np.ndarray:
        """The sum on the tape, and by how much the sum over the rectangle has become more; for a mean the same."""
        (x,) = op.inputs
        now = values[id(x)]
        more = now.reshape(*now.shape[:2], -1).sum(axis=2) - self.sums_before(x, at)
        share = y.size / x.size if isinstance(op, shape.Mean) else 1.0
        more = (more.sum(axis=1) if 1 in op.axis else more) * share
        return y.array + more.reshape(-1, *y.shape[1:]).astype(y.dtype)

    def sums_before(self, x, at) -> np.ndarray:
        """What the map on the tape adds up to over each rectangle, (B, C)."""
        if id(x) not in self.tables:  # whose number [c, i, j] is the sum over what is above row i and left of column j
            self.tables[id(x)] = np.pad(x.array[0].cumsum(1, np.float64).cumsum(2), [(0, 0), (1, 0), (1, 0)])
        area = self.areas[id(x)]
        (top, left), (height, width) = corners(area, at).T, size_of(area)
        corner = self.tables[id(x)].transpose(1, 2, 0)
        return (corner[top + height, left + width] - corner[top, left + width]
                - corner[top + height, left] + corner[top, left])

    def seen_by_windows(self, y, area: Area, values, at) -> np.ndarray:
        """The part of an op's input at which the windows of `area` look, with padding where it ends."""
        x, (kernel, stride, padding, dilation) = y.op.inputs[0], window_of(y.op)
        if id(y) not in self.padded:
            self.padded[id(y)] = padded(y)
        size = tuple(length_of(s.size, *w) for s, w in zip(area, zip(kernel, stride, dilation)))
        first, changed = corners(area, at) * stride, corners(self.areas[id(x)], at) + padding
        return kernels.crops(self.padded[id(y)], first, size, values[id(x)], changed)

    def place_by_place(self, x, y, area: Area, values, at) -> np.ndarray:
        """The same `area` of an input as of the output."""
        new = values.get(id(x))
        if new is not None and same(self.areas[id(x)], area):
            return new
        if new is None and (1, 1, *x.shape)[-2:] == (1, 1):
            return x.array
        if new is not None:
            return kernels.crops(x.array[0], corners(area, at), size_of(area), new, corners(self.areas[id(x)], at))
        # Broadcasting may have stretched a constant over the plane; how many channels it has is its own business.
        return unchanged(np.broadcast_to(x.array, (1, *(1, 1, *x.shape)[-3:-2], *y.shape[2:]))[0], area, at)


def partial_forward(x, output, windows) -> PartialForward | None:
    """Prepare for a patch at any of some positions.

    Parameters
    ----------
    x, output : Tensor
        The clean picture (1, C, H, W), and what a net in eval mode made of it, with the tape in between.
    windows : (list of slices, list of slices)
        The rows and the columns of the patch, for each of its positions.

    Returns
    -------
    PartialForward, or None if the net has an op of which it isn't known how it treats a batch, or if nothing is saved.
    """
    patch = Area(*(span(np.array([w.start for w in axis]), np.array([w.stop for w in axis]), n)
                   for axis, n in zip(windows, x.shape[2:])))
    steps = plan(x, output, patch) if getattr(output, "requires_grad", False) else None
    return None if steps is None else PartialForward(x, output, windows, patch, steps)


def corners(area: Area, at) -> np.ndarray:
    """The upper row and the left column of each rectangle, (B, 2)."""
    return np.stack([axis.start[i] for axis, i in zip(area, at)], axis=1).astype(np.int64)


def size_of(area: Area) -> tuple[int, int]:
    """Height and width of the rectangles."""
    return area.rows.size, area.columns.size


def unchanged(x: np.ndarray, area: Area, at) -> np.ndarray:
    """The rectangles of a map (C, H, W) as they are, with nothing laid over."""
    nothing = np.zeros((len(at[0]), len(x), 0, 0), x.dtype)
    return kernels.crops(x, corners(area, at), size_of(area), nothing, corners(area, at))


def same(a: Area, b: Area) -> bool:
    return all(s.size == t.size and np.array_equal(s.start, t.start) for s, t in zip(a, b))


def padded(y) -> np.ndarray:
    """The input (C, H, W) of the windows of `y` with the margin that they see: -inf for a maximum, else 0."""
    x, (kernel, stride, padding, dilation) = y.op.inputs[0].array[0], window_of(y.op)
    reached = (length_of(n, *w) for n, w in zip(y.shape[2:], zip(kernel, stride, dilation)))
    margin = [(p, max(end - p - n, 0)) for end, p, n in zip(reached, padding, x.shape[1:])]
    return np.pad(x, [(0, 0), *margin], constant_values=-np.inf if isinstance(y.op, pool.MaxPool2d) else 0)


def without_padding(op):
    """The same windows on an input that has its padding already."""
    if isinstance(op, conv.Conv2d):
        return conv.Conv2d(op.geometry._replace(padding=(0, 0)))
    kernel, stride, _, dilation = window_of(op)
    return pool.AvgPool2d(kernel, stride, (0, 0), False, True) if isinstance(op, pool.AvgPool2d) else pool.MaxPool2d(
        kernel, stride, (0, 0), dilation, False)


def repeated(op, y, arrays, n: int) -> np.ndarray:
    """What an op of the tape makes of `n` pictures instead of one."""
    if isinstance(op, (shape.Reshape, shape.BroadcastTo)):
        op = type(op)((n, *y.shape[1:]))
    if isinstance(op, shape.Concatenate):
        arrays = [a if len(a) == n else np.broadcast_to(a, (n, *a.shape[1:])) for a in arrays]
    return computed(op, y.op, arrays)


def computed(op, recorded, arrays) -> np.ndarray:
    """Run `op` in the precision in which `recorded` ran."""
    dtype = common_dtype(recorded.inputs)
    return settled(op.forward(*(cast(a, dtype) for a in arrays)), dtype)
