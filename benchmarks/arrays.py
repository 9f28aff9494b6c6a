"""Random configurations of the ops on arrays of any shape, in both frameworks.

Each function draws one: it returns pairs of (our array, their tensor), first of the outputs, then of the gradient of
every input under a random seed.  Operands are stretched, indices name places twice.
"""

from __future__ import annotations

import numpy as np

import minigrad as mg
from minigrad import functional as F

from .compare import coin, compare, integer, integers

# Scores and losses


def softmax(rng, torch):
    name = ("softmax", "log_softmax")[integer(rng, 0, 1)]
    shape = integers(rng, 1, 5, 3)
    axis = integer(rng, -3, 2)
    x = rng.standard_normal(shape) * 10 ** integer(rng, 0, 3)
    return compare(
        rng, torch, lambda x: getattr(F, name)(x, axis), lambda x: getattr(torch.nn.functional, name)(x, axis), x
    )


def cross_entropy(rng, torch):
    reduction = ("mean", "sum", "none")[integer(rng, 0, 2)]
    n, k, places = integer(rng, 1, 4), integer(rng, 2, 5), integers(rng, 1, 3, integer(rng, 0, 2))
    classes = rng.integers(0, k, (n, *places))
    probabilities = np.moveaxis(rng.dirichlet(np.ones(k), (n, *places)), -1, 1)
    target = probabilities if coin(rng) else classes
    return compare(
        rng,
        torch,
        lambda x: F.cross_entropy(x, target, reduction),
        lambda x: torch.nn.functional.cross_entropy(x, torch.tensor(target), reduction=reduction),
        rng.standard_normal((n, k, *places)),
    )


def other_losses(rng, torch):
    name = ("mse_loss", "binary_cross_entropy_with_logits")[integer(rng, 0, 1)]
    reduction = ("mean", "sum", "none")[integer(rng, 0, 2)]
    shape = integers(rng, 1, 4, integer(rng, 1, 3))
    target = rng.uniform(0, 1, shape)
    return compare(
        rng,
        torch,
        lambda x: getattr(F, name)(x, target, reduction),
        lambda x: getattr(torch.nn.functional, name)(x, torch.tensor(target), reduction=reduction),
        rng.standard_normal(shape),
    )


# Matrices


def linear(rng, torch):
    inputs, outputs = integers(rng, 1, 5)
    x = rng.standard_normal((*integers(rng, 1, 3, integer(rng, 0, 2)), inputs))
    w, b = rng.standard_normal((outputs, inputs)), rng.standard_normal(outputs)
    return compare(rng, torch, F.linear, torch.nn.functional.linear, x, w, b)


def stretchable(rng, shape):
    """A shape that NumPy stretches to `shape`: some axes 1, some leading ones left out."""
    shape = tuple(1 if rng.integers(3) == 0 else n for n in shape)
    return shape[integer(rng, 0, len(shape)) :]


def matmul(rng, torch):
    n, k, m = integers(rng, 1, 4, 3)
    leading = integers(rng, 1, 3, integer(rng, 0, 2))
    a, b = (*stretchable(rng, leading), n, k), (*leading, k, m)
    a, b = ((k,) if rng.integers(5) == 0 else a), ((k,) if rng.integers(5) == 0 else b)
    return compare(rng, torch, lambda a, b: a @ b, lambda a, b: a @ b, rng.standard_normal(a), rng.standard_normal(b))


# Arithmetic


BINARY = {
    "+": (lambda a, b: a + b,) * 2,
    "-": (lambda a, b: a - b,) * 2,
    "*": (lambda a, b: a * b,) * 2,
    "/": (lambda a, b: a / b,) * 2,
    "**": (lambda a, b: a**b,) * 2,
    "maximum": (lambda a, b: mg.maximum(a, b), "maximum"),
    "minimum": (lambda a, b: mg.minimum(a, b), "minimum"),
}


def two_operands(rng, torch):
    ours, theirs = list(BINARY.values())[integer(rng, 0, len(BINARY) - 1)]
    shape = integers(rng, 1, 4, integer(rng, 0, 3))
    shapes = [shape, stretchable(rng, shape)]
    rng.shuffle(shapes)
    a, b = (rng.uniform(0.3, 2, s) for s in shapes)
    return compare(rng, torch, ours, getattr(torch, theirs) if isinstance(theirs, str) else theirs, a, b)


def one_operand(rng, torch):
    name = ("exp", "log", "sqrt", "abs", "sigmoid", "tanh", "relu", "softplus", "leaky_relu", "clip")[
        integer(rng, 0, 9)
    ]
    x = rng.uniform(0.3, 2, (3, 4)) if name in ("log", "sqrt") else rng.standard_normal((3, 4)) * 3
    theirs = getattr(torch, name, None) or getattr(torch.nn.functional, name)
    low, high = sorted(rng.standard_normal(2).tolist())
    if name == "clip":
        return compare(rng, torch, lambda x: x.clip(low, high), lambda x: torch.clip(x, low, high), x)
    return compare(rng, torch, lambda x: getattr(x, name)() if hasattr(x, name) else getattr(F, name)(x), theirs, x)


def where(rng, torch):
    shape = integers(rng, 1, 4, 3)
    mask = rng.integers(0, 2, stretchable(rng, shape)).astype(bool)
    a, b = rng.standard_normal(shape), rng.standard_normal(stretchable(rng, shape))
    return compare(
        rng, torch, lambda a, b: mg.where(mask, a, b), lambda a, b: torch.where(torch.tensor(mask), a, b), a, b
    )


# Reductions, indices, shapes


def reductions(rng, torch):
    name = ("sum", "mean", "max", "min", "var")[integer(rng, 0, 4)]
    shape, keepdims = integers(rng, 1, 4, 3), coin(rng)
    axis = integer(rng, -3, 2) if coin(rng) or name == "var" else (0, -1)
    theirs = {"max": "amax", "min": "amin"}.get(name, name)
    extra = {"correction": 0} if name == "var" else {}
    return compare(
        rng,
        torch,
        lambda x: getattr(x, name)(axis, keepdims),
        lambda x: getattr(torch, theirs)(x, axis, keepdim=keepdims, **extra),
        rng.standard_normal(shape),
    )


def indexing(rng, torch):
    x = rng.standard_normal((4, 3, 5))
    places = rng.integers(-3, 3, integers(rng, 1, 4, integer(rng, 1, 2)))
    keys = [
        (slice(1, None), None, -1),
        (..., slice(None, None, 2)),
        (places,),
        (slice(None), places),
        (places, 1, places),
        (2, places),
        (rng.integers(0, 2, 4).astype(bool),),
        (rng.integers(0, 2, (4, 3)).astype(bool), slice(1, 3)),
    ]
    key = keys[integer(rng, 0, len(keys) - 1)]
    their_key = tuple(torch.tensor(k) if isinstance(k, np.ndarray) else k for k in key)
    return compare(rng, torch, lambda x: x[key], lambda x: x[their_key], x)


def embedding(rng, torch):
    words, indices = integer(rng, 1, 5), integers(rng, 1, 4, integer(rng, 1, 3))
    indices = rng.integers(0, words, indices)
    return compare(
        rng,
        torch,
        lambda w: F.embedding(indices, w),
        lambda w: torch.nn.functional.embedding(torch.tensor(indices), w),
        rng.standard_normal((words, 3)),
    )


def cat_and_stack(rng, torch):
    shape, axis, n = list(integers(rng, 1, 3, 3)), integer(rng, -3, 2), integer(rng, 1, 3)
    name = ("cat", "stack")[integer(rng, 0, 1)]
    shapes = [list(shape) for _ in range(n)]
    for s in shapes if name == "cat" else ():
        s[axis] = integer(rng, 1, 3)
    xs = [rng.standard_normal(s) for s in shapes]
    return compare(rng, torch, lambda *xs: getattr(mg, name)(xs, axis), lambda *xs: getattr(torch, name)(xs, axis), *xs)


def shapes(rng, torch):
    order = tuple(int(i) for i in rng.permutation(3))
    x = rng.standard_normal(stretchable(rng, (2, 3, 4)))
    return compare(
        rng,
        torch,
        lambda x: x.broadcast_to(2, 3, 4).transpose(*order).reshape(4, -1).swapaxes(0, 1).flatten(),
        lambda x: x.broadcast_to(2, 3, 4).permute(*order).reshape(4, -1).swapaxes(0, 1).flatten(),
        x,
    )


def pad(rng, torch):
    mode = ("constant", "reflect", "replicate")[integer(rng, 0, 2)]
    low = -1 if mode == "constant" else 0
    widths, value = integers(rng, low, 2, 4), float(rng.standard_normal()) if mode == "constant" else 0.0
    x = rng.standard_normal((2, 2, *integers(rng, 3, 5)))
    extra = {"value": value} if mode == "constant" else {}
    return compare(
        rng,
        torch,
        lambda x: F.pad(x, widths, mode, value),
        lambda x: torch.nn.functional.pad(x, widths, mode, **extra),
        x,
    )


ARRAYS = {
    "softmax, log_softmax": (softmax, 12),
    "cross_entropy": (cross_entropy, 20),
    "mse, binary cross-entropy": (other_losses, 10),
    "linear": (linear, 8),
    "matmul": (matmul, 20),
    "+ - * / ** maximum minimum": (two_operands, 35),
    "exp log ... relu clip": (one_operand, 25),
    "where": (where, 8),
    "sum mean max min var": (reductions, 20),
    "indexing": (indexing, 20),
    "embedding": (embedding, 6),
    "cat, stack": (cat_and_stack, 10),
    "reshape transpose broadcast_to": (shapes, 8),
    "pad": (pad, 15),
}
