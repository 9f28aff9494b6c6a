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

import copy

import numpy as np

import minigrad as mg
from minigrad import tamper
from minigrad.backward import leading_to, recorded_before
from minigrad.ops import pool

from .changed_areas import repeatable
from .forward import Forward


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
    tape = None
    if len(rules) > 1 and len(run.x.array) == 1 and all(isinstance(rule, str) for rule in rules):
        tape = copied(run.x, run.output, len(rules))
    if tape is None:
        return [run.gradient(run.x, rule) for rule in rules]
    x, output = tape
    seed = np.repeat(run.gradient(run.output), len(rules), axis=0)
    return list(mg.grad(output, x, seed, rule=each_its_own(rules)).array[:, None])


def each_its_own(rules):
    """The rule that treats picture i of a batch by ``rules[i]``."""
    chosen = [mg.rules.resolve(rule) for rule in rules]

    def side_by_side(g, x):
        return np.concatenate([rule(g[i : i + 1], x[i : i + 1]) for i, rule in enumerate(chosen)])

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
    op = copy.copy(y.op)
    op.inputs = tuple(copies.get(id(source), source) for source in op.inputs)
    if isinstance(op, pool.MaxPool2d):
        op.switches = spread(op.switches, n)
    result = mg.Tensor.wrap(spread(y.array, n))
    result.op, result.requires_grad = op, True
    op.marks = tuple(tamper.mark(tensor) for tensor in (*op.inputs, result))
    return result


def spread(array: np.ndarray, n: int) -> np.ndarray:
    """`n` times the one picture of `array`, without a copy."""
    return np.broadcast_to(array, (n, *array.shape[1:]))
