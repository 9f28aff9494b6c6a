"""One configuration in both frameworks: the same numbers in, the same random gradient back."""

from __future__ import annotations

import numpy as np

import minigrad as mg


def compare(rng, torch, ours, theirs, *inputs):
    """Apply both functions to the same numbers and send the same random gradient back through both."""
    xs = [mg.tensor(np.asarray(x, np.float64), requires_grad=True) for x in inputs]
    ts = [torch.tensor(np.asarray(x, np.float64), requires_grad=True) for x in inputs]
    y, t = ours(*xs), theirs(*ts)
    g = rng.standard_normal(y.shape)
    gx, gt = mg.grad(y, tuple(xs), g), torch.autograd.grad(t, ts, torch.tensor(g))
    return [(y.numpy(), t), *((a.numpy(), b) for a, b in zip(gx, gt))]


def integers(rng, low, high, n=2):
    """`n` integers from `low` to `high`, both included."""
    return tuple(int(i) for i in rng.integers(low, high + 1, n))


def integer(rng, low, high):
    return integers(rng, low, high, 1)[0]


def coin(rng):
    return bool(rng.integers(2))


def window_size(rng, kernel, dilation, padding, more=5):
    """A picture on which the window fits at least once."""
    return tuple(max(1, d * (k - 1) + 1 - 2 * p) + integer(rng, 0, more) for k, d, p in zip(kernel, dilation, padding))
