"""Side by side: several backward rules in one sweep, as if the picture had passed the net several times.

Each rule needs a sweep of its own, but all sweeps pass the same ops.  A kernel that is given three gradients at once
fetches every weight once instead of three times, and Python's part is done once.  So the tape of a single picture is
*copied* n times, without computing or copying a number (an array of strides 0 looks like a batch of equal pictures),
and swept once, under a rule that gives every copy its own:

    picture 0 of the batch    vanilla
    picture 1                 deconvnet        at every ReLU
    picture 2                 guided

That is right as long as no op mixes the pictures of a batch.  ``changed_areas.py`` knows for which ops that is so;
for a net with any other, or with other non-linearities than ReLUs, `gradients_by_rule` sweeps rule by rule.

Read next: ``gradcam.py``.
"""

from __future__ import annotations

import numpy as np

import minigrad as mg
from minigrad import kernels
from minigrad.backward import leading_to, recorded_before
from minigrad.ops import pool

from .changed_areas import repeatable
from .forward import Forward

GATES = {"vanilla": (True, False), "deconvnet": (False, True), "guided": (True, True)}  # is it shut by x, and by g?


def gradients_by_rule(run: Forward, rules) -> list[np.ndarray]:
    """The gradient of the scores with respect to the picture under each of `rules`.

    Parameters
    ----------
    run : Forward
    rules : sequence of str or callable (or anything else that `minigrad.grad` takes, then one after the other)

    Returns
    -------
    list of ndarray (N, C, H, W)
    """
    if len(rules) > 1 and len(run.x.array) == 1 and all(isinstance(rule, str) and rule in GATES for rule in rules):
        for end in (run.scores, run.output):  # the function behind a score may mix what the net keeps apart
            tape = copied(run.x, end, len(rules))
            if tape is not None:
                x, last = tape
                seed = np.repeat(run.gradient(end), len(rules), axis=0) if end is run.output else np.ones(last.shape)
                return list(mg.grad(last, x, seed, rule=each_its_own(rules)).array[:, None])
    return [run.gradient(run.x, rule) for rule in rules]


def each_its_own(rules):
    """The rule that treats picture i of a batch, which are all the same, by ``rules[i]``: in one pass over memory."""
    by = np.array([GATES[rule] for rule in rules])

    def side_by_side(g, x):
        return kernels.gates(g, x[:1], by)

    side_by_side.only_reads = True  # type: ignore[attr-defined]
    return side_by_side


def copied(x, output, n: int):
    """The tape from `x` (1, C, H, W) to `output` for a batch of `n` pictures that are all the same, or None."""
    order = recorded_before(output)
    on_the_way = leading_to({id(x)}, order)
    if not any(y.op.follows_rule for y in order if y.op is not None and id(y) in on_the_way):
        return None  # then `minigrad.grad` says what is wrong with a rule
    copies = {id(x): mg.tensor(x.array, requires_grad=True)}
    copies[id(x)].array = spread(x.array, n)
    for y in order:
        if y is x or y.op is None or id(y) not in on_the_way:
            continue
        changed = [source for source in y.op.inputs if id(source) in copies]
        if y.op.activation or not repeatable(y.op, y, changed):
            return None
        copies[id(y)] = copied_result(y, copies, n)
    return copies[id(x)], copies.get(id(output))


def copied_result(y, copies, n: int):
    """One tensor of the tape, its op pointing at the copies of what it was made from."""
    op = object.__new__(type(y.op))
    vars(op).update(vars(y.op))  # all that copy.copy would do
    op.inputs = tuple(copies.get(id(source), source) for source in op.inputs)
    if isinstance(op, pool.MaxPool2d):
        op.switches = spread(op.switches, n)
    result = mg.Tensor.wrap(spread(y.array, n))
    result.op, result.requires_grad = op, True
    op.marks = ()  # nobody else sees the copy, or could have written into it
    return result


def spread(array: np.ndarray, n: int) -> np.ndarray:
    """`n` times the one picture of `array`, without a copy."""
    shape, strides = (n, *array.shape[1:]), (0, *array.strides[1:])
    if not array.flags.c_contiguous:
        return np.broadcast_to(array, shape)
    return np.ndarray(shape, array.dtype, array, strides=strides)  # the same, in a tenth of the time
