"""Point-wise tails: what follows a convolution number by number, done in one pass over memory.

In a partial forward pass (``partial_forward.py``) the maps are small and many, and for ops that hardly compute anything
what takes time is to fetch every number and put it back.  Behind a convolution these are its bias, batch norm, the sum
with what went around it, and ReLU:

    conv  ->  + bias  ->  batch norm  ->  + shortcut  ->  ReLU        x = max(scale x + shift + shortcut, 0)

Frozen, batch norm is a scale and a shift for each channel, and so is a bias: together one multiplication, one addition.
Nobody but the next op in the row sees what is in between, so it need not be kept, and x may be overwritten.

Read next: ``partial_forward.py``.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from minigrad.ops import activation, conv, elementwise, norm

BATCH_NORM, SUM, RELU = norm.Affine, elementwise.Add, activation.ReLU
# In this order; any of them may be missing.
FOLLOWS: dict[type, tuple[type, ...]] = {BATCH_NORM: (SUM, RELU), SUM: (RELU,), RELU: ()}


class Tail(NamedTuple):
    """What happens to a convolution's output until something else than these ops needs it.

    Attributes
    ----------
    chain : tuple of Tensor
        What the ops of the tail made, one after the other; empty if there is a bias only.
    scale, shift : ndarray (C,)
    shortcut : Tensor or None
        What is added.
    least : float
        0 if there is a ReLU, else -inf.
    """

    chain: tuple
    scale: np.ndarray
    shift: np.ndarray
    shortcut: Any
    least: float


def find_tails(again: list, areas: dict) -> dict[int, Tail]:
    """From the ids of convolutions' outputs to their tails, for those that have one.

    Parameters
    ----------
    again : list of Tensor
        What is to be computed again, in order.
    areas : dict
        From the ids of tensors to the area that changes.  In a tail that must be the same everywhere.
    """
    users: dict[int, list] = {}
    for y in again:
        for x in y.op.inputs:
            users.setdefault(id(x), []).append(y)
    when = {id(y): i for i, y in enumerate(again)}
    chains = {id(y): (y, chain_after(y, users, when, areas)) for y in again if isinstance(y.op, conv.Conv2d)}
    return {key: tail_of(y, chain) for key, (y, chain) in chains.items() if chain or len(y.op.inputs) > 2}


def chain_after(y, users, when, areas) -> list:
    """What is made of `y` point by point, one after the other, as long as nobody else uses what is in between."""
    chain: list = []
    may_follow, x = tuple(FOLLOWS), y
    while len(users.get(id(x), ())) == 1:
        (following,) = users[id(x)]
        kind = next((kind for kind in may_follow if isinstance(following.op, kind)), None)
        if kind is None or not same_place(x, following, areas):
            break
        if kind is SUM and not known_before(shortcut_of(following, x), following, when, when[id(y)]):
            break
        chain.append(following)
        may_follow, x = FOLLOWS[kind], following
    return chain


def same_place(x, y, areas) -> bool:
    """Whether `y` is like `x`, and changes in the same rectangles."""
    a, b = areas[id(x)], areas[id(y)]
    if x.shape != y.shape or x.dtype != y.dtype or a is None or b is None:
        return x.shape == y.shape and x.dtype == y.dtype and a is b
    return all(s.size == t.size and np.array_equal(s.start, t.start) for s, t in zip(a, b))


def known_before(summand, total, when, now) -> bool:
    """Whether the other summand is there, as a map of the same shape, when the convolution runs."""
    return summand is not None and summand.shape == total.shape and when.get(id(summand), -1) < now


def shortcut_of(total, x):
    """The summand of `total` that isn't `x`; None if both are."""
    return next((summand for summand in total.op.inputs if summand is not x), None)


def tail_of(y, chain) -> Tail:
    """What happens along a chain, in numbers."""
    scale, shift, shortcut, least = np.ones(y.shape[1], y.dtype), np.zeros(y.shape[1], y.dtype), None, -np.inf
    for b in y.op.inputs[2:]:  # a bias, or none
        shift = b.array
    for x, following in zip([y, *chain], chain):
        if isinstance(following.op, BATCH_NORM):
            scale, moved = following.op.scale_and_shift(*(c.array for c in following.op.inputs[1:]))
            shift = scale * shift + moved
        elif isinstance(following.op, SUM):
            shortcut = shortcut_of(following, x)
        else:
            least = 0.0
    return Tail(tuple(chain), scale.astype(y.dtype), shift.astype(y.dtype), shortcut, least)
