"""The reverse pass: walk the tape from the answer to its causes, and hand each op the gradient that arrived.

The chain rule says:  ``dL/dx  =  sum over all y that x went into of  dL/dy * dy/dx``.
So an op can pass its gradient on as soon as all the ops that used its output have done so, and each op is passed
*once*, however many paths lead through it.  `sweep` does this, step by step, and asks a rule what to do at each ReLU:
that is all that separates saliency, deconvnet and guided backpropagation.

Read next: ``rules.py``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from . import context, tamper
from .diagnosis import of_shapes
from .dtypes import read_only, unshared
from .forgetting import forgetting
from .rules import RULES, choose, name_of, vanilla


class Step(NamedTuple):
    """One step of the sweep: at `tensor` the whole gradient `arrived`; `leaving` has one entry per input of its op."""

    tensor: Any
    arrived: Any
    leaving: tuple


def backward(y, seed=None, rule=None, retain_graph: bool = True) -> None:
    """Add the gradient of `y` to ``x.grad`` (None at first) of every leaf ``x`` that requires it.

    Parameters
    ----------
    seed : array_like, optional
        Gradient that arrives at `y`, of its shape.  1 by default, which needs `y` to be one number.
    rule : str, callable or dict, optional
        What a ReLU does to a gradient: see `minigrad.rules.choose`.
    retain_graph : bool
        False forgets the tape on the way, which needs less memory, but then this sweep is the last (``forgetting.py``).

    Raises
    ------
    ValueError
        For a bad seed or rule, or an array changed since the forward pass.  No ``grad`` has been touched then.
    """
    order, start = recorded_before(y), first_gradient(y, seed)
    taken = {id(start.array), *(id(t.array) for x in order if x.op for t in (x, *x.op.inputs))}
    steps = sweep(y, start, order, {id(x) for x in order}, rule)
    passed = steps if retain_graph else forgetting(steps)
    leaves = filter(lambda step: step.tensor.op is None, passed)  # it lets go of all other steps, and their arrays
    for x, g in [(step.tensor, step.arrived.array) for step in leaves]:
        x.grad = unshared(g, taken) if x.grad is None else x.grad + g


def grad(y, x, grad_output=None, rule=None, create_graph: bool = False):
    """Gradient of `y` with respect to `x`, which may be anything on the tape.  No ``.grad`` is touched.

    Parameters
    ----------
    x : Tensor or tuple of Tensor
    grad_output, rule
        As `seed` and `rule` of `backward`.
    create_graph : bool
        Record the sweep, so that its result (a Tensor, or as many as `x`) can be differentiated again.

    Examples
    --------
    >>> import minigrad as mg
    >>> x = mg.tensor(3.0, requires_grad=True)
    >>> slope = mg.grad(x ** 3, x, create_graph=True)
    >>> slope.item(), mg.grad(slope, x).item()
    (27.0, 18.0)
    """
    asked = tuple(x) if isinstance(x, (tuple, list)) else (x,)
    order, seed = recorded_before(y), first_gradient(y, grad_output)
    known, targets = {id(t) for t in order}, {id(one) for one in asked}
    for one in asked:
        if id(one) not in known:
            raise ValueError(f"grad: y does not depend on x, of shape {one.shape}, by anything on the tape; make x "
                             "with requires_grad=True, and don't run the forward pass in no_grad, or detach")
    steps = sweep(y, seed, order, leading_to(targets, order), rule, create_graph)
    arrived = {id(step.tensor): step.arrived for step in steps if id(step.tensor) in targets}
    # Where nothing arrived, every path was constant.  A copy, as ops may hand one array to several inputs.
    found = tuple(arrived[id(one)] if id(one) in arrived else 0.0 * one.detach() for one in asked)
    gradients = found if create_graph else tuple(y.wrap(g.array.copy()) for g in found)
    return gradients if isinstance(x, (tuple, list)) else gradients[0]


def sweep(y, seed, order, wanted, rule=None, create_graph: bool = False) -> Iterator[Step]:
    """Yield step by step how the gradient `seed`, arriving at `y`, travels back: a `Step` for each tensor it reaches.

    `order` is what `recorded_before` found: `y` is its end.  It is used up, so that nothing here keeps what was passed.
    Only gradients of tensors whose ``id`` is in `wanted` are computed.  ``choose`` says which rule an op gets;
    ``pass_on`` takes a gradient through an op.  What is computed is on the tape if `create_graph`, and only then.
    """
    rule_of = choose(rule, [x.op for x in order if x.op and any(id(i) in wanted for i in x.op.inputs)], create_graph)
    arrived = {id(y): seed}
    while order:
        if (g := arrived.pop(id(x := order.pop()), None)) is None:
            continue
        leaving: tuple = ()
        if x.op is not None:
            with context.recorded(create_graph):
                leaving = pass_on(x, g, wanted, rule_of(x.op))
                for source, gx in zip(x.op.inputs, leaving):
                    if gx is not None:
                        arrived[id(source)] = arrived[id(source)] + gx if id(source) in arrived else gx
        yield Step(x, g, leaving)


def pass_on(y, g, wanted, rule) -> tuple:
    """Take the gradient `g` that arrived at `y` through the op that made it: a gradient (or None) per input."""
    op = y.op
    if not any(id(x) in wanted for x in op.inputs):
        return ()
    tamper.check(op, y)
    by_rule = op.follows_rule and rule is not vanilla
    leaving = y.wrap(apply_rule(rule, g, op)) if by_rule else op.backward(g, y, *op.inputs)
    per_input = zip(op.inputs, leaving if isinstance(leaving, tuple) else (leaving,))
    return tuple(finished(op, x, gx) if id(x) in wanted else None for x, gx in per_input)


def apply_rule(rule, g, op) -> np.ndarray:
    """Ask a rule what leaves a ReLU.  It may write into `g`, a copy (if not `only_reads`), not into the tape's `x`."""
    x = read_only(op.inputs[0].array)
    gx = rule(g.array if rule in RULES.values() or hasattr(rule, "only_reads") else g.array.copy(), x)
    if np.shape(gx) != x.shape:
        raise ValueError(f"{op!r}: rule {name_of(rule)!r} returned {type(gx).__name__} of shape {np.shape(gx)}; "
                         f"a rule takes (grad, x) and returns an array of their shape, here {x.shape}")
    return np.asarray(gx, dtype=g.dtype)


def finished(op, x, gx):
    """Compute a gradient that was put off until somebody wants it, and check that it fits its input."""
    gx = gx() if callable(gx) else gx
    if gx is None:
        return None
    if not hasattr(gx, "op"):
        raise TypeError(f"{op!r}: backward must return tensors, not {type(gx).__name__}; compute with g itself")
    if gx.shape != x.shape:
        raise ValueError(f"{op!r}: backward returned a gradient of shape {gx.shape} for an input of shape {x.shape}; "
                         + of_shapes(gx.shape, x.shape))
    return gx if gx.dtype == x.dtype else gx.astype(x.dtype)


def recorded_before(y) -> list:
    """All tensors that `y` was made from and that require a gradient, each once, `y` last: inputs before outputs."""
    # A depth-first search without recursion, which would run out of stack on a long chain: each tensor goes on the
    # stack a second time beneath its inputs, under a None, and into the order when it comes up again.
    order, seen, stack = [], set(), [y]
    while stack:
        if (x := stack.pop()) is None:
            order.append(stack.pop())
        elif id(x) not in seen:
            seen.add(id(x))
            stack += [x, None, *[i for i in (x.op.inputs if x.op else ()) if i.requires_grad]]
    return order


def leading_to(targets: set, order) -> set:
    """The ids of those tensors in `order` from which the gradient can reach one of `targets`."""
    found = set(targets)
    for x in order:
        if x.op is not None and any(id(i) in found for i in x.op.inputs):
            found.add(id(x))
    return found


def first_gradient(y, seed):
    """The gradient that the sweep starts with: `seed`, checked, or 1 for a tensor of one number."""
    if not y.requires_grad:
        raise ValueError(f"backward: nothing that this tensor of shape {y.shape} was made from requires a gradient; "
                         "pass requires_grad=True to mg.tensor, and don't compute it in no_grad or after detach")
    if seed is None:
        if y.size != 1:
            raise ValueError(f"backward: y has shape {y.shape}, so there is no single gradient to start from; "
                             "reduce it to one number (y.sum()) or pass a seed of that shape")
        return y.wrap(np.ones(y.shape, y.dtype))
    given = seed if hasattr(seed, "op") else y.wrap(np.array(seed))
    if given.dtype.kind not in "fiu" or given.shape != y.shape:
        raise ValueError(f"backward: the seed is {given.dtype} {given.shape}; y needs numbers of its shape, {y.shape}")
    return given if given.dtype == y.dtype else given.astype(y.dtype)
