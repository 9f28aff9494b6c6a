"""Influence: which numbers of the input can reach one number of the output, read from the tape.

Take one unit of some layer, walk the tape back, and keep for every axis of every tensor a vector of yes and no: can
this row (column, channel) still reach the unit?  Each kind of op has one rule, which turns the vectors of its output
into those of its inputs:

    point-wise      the same places                        (a stretched axis is one place)
    window          the taps s i + u d - p that fall inside the picture      (convolution, pooling)
    moving          wherever the number came from          (reshape, transpose, index)
    joining         each input its own share               (concatenation); where paths meet again, either will do
    mixing          the whole axis                         (sum, softmax, matrix product)

That is the reverse sweep of ``minigrad/backward.py`` with "can it matter?" in place of "how much does it?".  It asks
the ops and not the layers, so it works for any net.  What it says is never too small; it is exact for each axis as long
as different channels of a tensor don't reach the unit along paths of different extent.

Read next: ``explain/receptive_field.py``, which makes rectangles of it.
"""

from __future__ import annotations

import numpy as np

from minigrad.backward import leading_to, recorded_before
from minigrad.ops import activation, conv, elementwise, index, matmul, norm, pool, shape, softmax


def walk_back(y, x, start, through, join):
    """Carry `start` along the tape from `y` back to `x`, once through every op on the way.

    Parameters
    ----------
    y, x : Tensor
    through : callable
        ``through(op, y, value)`` returns a value for every input of the op; None where the path ends.
    join : callable
        ``join(a, b)``, where two paths meet.

    Returns
    -------
    What arrives at `x`; None if no path does.
    """
    order = recorded_before(y)
    on_the_way = leading_to({id(x)}, order)
    arrived = {id(y): start}
    for tensor in reversed(order):
        value = arrived.pop(id(tensor), None)
        if tensor is x:
            return value
        if value is None or tensor.op is None or id(tensor) not in on_the_way:
            continue
        for source, new in zip(tensor.op.inputs, through(tensor.op, tensor, value)):
            if new is not None and id(source) in on_the_way:
                arrived[id(source)] = join(arrived[id(source)], new) if id(source) in arrived else new
    return None


def influence(y, x, unit: tuple[int, ...]):
    """Which places along every axis of `x` can influence ``y[unit]``.

    Parameters
    ----------
    y, x : Tensor
        `y` was computed from `x`, which requires a gradient.
    unit : tuple of int
        A place for each axis of `y`.

    Returns
    -------
    tuple of bool ndarrays, one for each axis of `x`.

    Examples
    --------
    >>> import minigrad as mg
    >>> x = mg.tensor(np.zeros((1, 1, 4, 4)), requires_grad=True)
    >>> y = mg.functional.max_pool2d(x, 2)
    >>> influence(y, x, (0, 0, 1, 0))[2:]
    (array([False, False,  True,  True]), array([ True,  True, False, False]))
    """
    start = tuple(np.arange(n) == i for n, i in zip(y.shape, unit))
    found = walk_back(y, x, start, through, lambda a, b: tuple(one | other for one, other in zip(a, b)))
    return tuple(np.zeros(n, bool) for n in x.shape) if found is None else found


def through(op, y, seen):
    """Apply the rule of an op: `seen` of its output to that of each input, None for an input that isn't reached."""
    rule = next((rule for kinds, rule in RULES.items() if isinstance(op, kinds)), None)
    if rule is None:
        raise ValueError(f"receptive field: no rule says what {op!r} looks at; add one to explain.influence.RULES")
    return [new if all(axis.any() for axis in new) else None for new in rule(op, y, seen)]


def same_places(op, y, seen):
    return [aligned(seen, x.shape) for x in op.inputs]


def per_channel(op, y, seen):
    return [seen, *((seen[1],) for _ in op.inputs[1:])]


def aligned(seen, sizes):
    """Line axes up from the right, as broadcasting does; an axis of one place serves all."""
    last = seen[len(seen) - len(sizes) :]
    return tuple(axis if len(axis) == n else np.ones(n, bool) for axis, n in zip(last, sizes))


def windows(op, y, seen):
    x, *weight = op.inputs
    channels = in_groups(seen[1], op.geometry.groups, x.shape[1]) if weight else seen[1]
    plane = (taps(axis, n, *w) for axis, n, w in zip(seen[2:], x.shape[2:], zip(*window_of(op))))
    return [(seen[0], channels, *plane), *(everything(w) for w in weight)]


def window_of(op):
    """Kernel, stride, padding and dilation of a convolution or pooling, each (vertical, horizontal)."""
    if isinstance(op, conv.Conv2d):
        return op.inputs[1].shape[2:], *op.geometry[:3]
    return (*op.window[:3], (1, 1)) if isinstance(op, pool.AvgPool2d) else op.window[:4]


def taps(seen, size, kernel, stride, padding, dilation):
    """The places of an axis of `size` at which the windows that are `seen` look."""
    at = np.flatnonzero(seen)[:, None] * stride + np.arange(kernel) * dilation - padding
    return np.isin(np.arange(size), at)


def stamps(op, y, seen):
    """A transposed convolution: an input matters if any place that it stamps does."""
    x, w = op.inputs
    plane = []
    for axis, n, (k, s, p, d) in zip(seen[2:], x.shape[2:], zip(w.shape[2:], *op.geometry[:3])):
        at = np.arange(n)[:, None] * s + np.arange(k) * d - p
        plane.append(np.isin(at, np.flatnonzero(axis)).any(axis=1))
    return [(seen[0], in_groups(seen[1], op.geometry.groups, x.shape[1]), *plane), everything(w)]


def in_groups(channels, groups, n):
    """All channels, of `n`, in the groups that hold any of `channels`."""
    return np.repeat(channels.reshape(groups, -1).any(axis=1), n // groups)


def moved(op, y, seen):
    """Let the op move places as it moved numbers, and see where those that matter came from."""
    (x,) = op.inputs
    places = op.forward(np.arange(x.size).reshape(x.shape))[np.ix_(*seen)]
    at = np.unravel_index(places.ravel(), x.shape)
    return [tuple(np.isin(np.arange(n), where) for n, where in zip(x.shape, at))]


def shares(op, y, seen):
    ends = np.cumsum([x.shape[op.axis] for x in op.inputs])[:-1]
    return [(*seen[: op.axis], part, *seen[op.axis + 1 :]) for part in np.split(seen[op.axis], ends)]


def inside_margin(op, y, seen):
    (x,) = op.inputs
    return [tuple(axis[before : before + n] for axis, (before, _), n in zip(seen, op.widths, x.shape))]


def whole_axes(op, y, seen):
    """Sum, softmax, max: all of the axes that are mixed, the same places along the others."""
    (x,) = op.inputs
    mixed = [x.ndim - 1] if isinstance(op, index.Extremum) else sorted(np.atleast_1d(op.axis))
    kept = list(seen)
    for i in mixed if y.ndim < x.ndim else ():
        kept.insert(i, None)
    return [tuple(np.ones(n, bool) if i in mixed else kept[i] for i, n in enumerate(x.shape))]


def product(op, y, seen):
    """Rows of the one, columns of the other; in between, all that isn't multiplied by a constant 0."""
    a, b = op.inputs
    *leading, rows, columns = seen
    by_b, by_a = nonzero(b, b.array[..., columns], -2), nonzero(a, a.array[..., rows, :], -1)
    return [(*aligned(leading, a.shape[:-2]), rows, by_b), (*aligned(leading, b.shape[:-2]), by_a, columns)]


def nonzero(factor, array, axis):
    """Where a constant matrix, such as that of an interpolation, isn't 0; anywhere if it is learned or computed."""
    by_place = np.moveaxis(array, axis, 0).reshape(array.shape[axis], -1)
    return by_place.any(axis=1) | factor.requires_grad


def everything(x):
    return tuple(np.ones(n, bool) for n in x.shape)


E, A = elementwise, activation
POINTWISE = (E.Add, E.Sub, E.Neg, E.Mul, E.Div, E.Pow, E.Exp, E.Log, E.Sqrt, E.Abs, E.Maximum, E.Clip, E.Where,
             A.ReLU, A.LeakyReLU, A.Sigmoid, A.Tanh, A.Softplus, shape.AsType)
WINDOWS = (conv.Conv2d, pool.MaxPool2d, pool.AvgPool2d)
RULES = {
    POINTWISE: same_places,
    (norm.Affine,): per_channel,
    WINDOWS: windows,
    (conv.Conv2dInput,): stamps,
    (shape.Reshape, shape.Transpose, shape.BroadcastTo, index.Gather): moved,
    (shape.Concatenate,): shares,
    (shape.Pad,): inside_margin,
    (shape.Sum, softmax.Softmax, softmax.LogSoftmax, index.Extremum): whole_axes,
    (matmul.Matmul,): product,
}
