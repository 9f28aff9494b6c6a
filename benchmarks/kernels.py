"""Single ops, as users call them: ``functional`` on tensors that require gradients, and ``backward``.

Forward alone, with the tape that it leaves; and forward and backward, from a given gradient to the gradients of *all*
inputs, also of the first layer's picture: the same on both sides.  Both frameworks have the same names and arguments,
so each op is written down once, as a function of the module that holds it.

Read next: ``training.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np

import minigrad as mg

from . import peers, plain
from .case import Case, Sides

LAYERS = [  # N, C, H, O, K, stride, padding
    (64, 1, 28, 16, 3, 1, 1),
    (64, 16, 28, 32, 3, 1, 1),
    (64, 3, 32, 16, 3, 1, 1),
    (64, 16, 32, 32, 3, 1, 1),
    (64, 32, 16, 64, 3, 1, 1),
    (1, 64, 56, 64, 3, 1, 1),
    (8, 64, 56, 64, 3, 1, 1),
    (8, 128, 28, 128, 3, 1, 1),
    (8, 256, 14, 256, 3, 1, 1),
    (8, 3, 224, 64, 7, 2, 3),
    (8, 3, 224, 64, 11, 4, 2),
    (8, 64, 56, 64, 1, 1, 0),
    (1, 3, 32, 16, 3, 1, 1),
]
SIZES = [4, 8, 16, 32, 64, 128]  # of the pictures in the chart of time against size
SIZED = (8, 32, 32, 3, 1, 1)  # N, C, O, K, stride, padding there
MAPS = (64, 32, 32, 32)  # what pooling, ReLU and batch norm get
FEATURES, CLASSES = 1024, 1000


@dataclass(frozen=True)
class Op:
    """An op on random inputs.

    Attributes
    ----------
    apply : callable
        ``apply(F, *inputs, *constants)``, with F either framework's ``functional``.
    shapes : shapes of the inputs, all of which require gradients
    constants : arrays that don't
    flops : float
        Of the forward pass; the backward pass to two inputs has twice as many.
    plain : callable, optional
        ``plain(inputs, g)`` with NumPy and SciPy: the output, and the gradients unless g is None.
    """

    name: str
    apply: Callable
    shapes: tuple
    constants: tuple = ()
    flops: float = 0.0
    size: float = 0.0
    plain: Callable | None = None
    groups: tuple[str, ...] = ("other ops, forward", "other ops, forward + backward")


def cases() -> Iterator[Case]:
    """Every op forward, then every op forward and backward."""
    every = [*convolutions(), *others(), *by_size()]
    for way in (0, 1):
        for op in every:
            if way < len(op.groups):
                flops = op.flops * (1, 3)[way]
                yield Case(op.groups[way], op.name, partial(sides, op, bool(way)), flops, op.size)


def convolutions() -> list[Op]:
    """The layers of the nets that people train on small pictures, and the first layers of the large ones."""
    groups = ("convolution, forward", "convolution, forward + backward")
    return [convolution(layer, f"{n}x{c}x{h}x{h} to {o}, {k}x{k}" + (f" / {s}" if s > 1 else ""), groups)
            for layer in LAYERS for n, c, h, o, k, s, _ in [layer]]


def by_size() -> list[Op]:
    """One layer on larger and larger pictures."""
    n, c, *rest = SIZED
    return [convolution((n, c, h, *rest), f"{h}x{h} pixels", ("convolution by size, forward",), h) for h in SIZES]


def convolution(layer, name: str, groups: tuple[str, ...], size: float = 0.0) -> Op:
    n, c, h, o, k, stride, padding = layer
    windows = (h + 2 * padding - k) // stride + 1
    return Op(name, lambda F, x, w: F.conv2d(x, w, None, stride, padding), ((n, c, h, h), (o, c, k, k)),
              flops=2.0 * n * o * windows**2 * c * k * k, size=size, groups=groups)


def others(maps: tuple[int, int, int, int] = MAPS) -> list[Op]:
    """What stands between convolutions, what comes after them, and what every op costs however small it is."""
    n, c = maps[:2]
    channels = np.zeros(c, np.float32), np.ones(c, np.float32)
    labels = np.random.default_rng(0).integers(0, CLASSES, n)
    small = ("one small op, forward", "one small op, forward + backward")
    return [
        Op("max pooling 2x2 / 2", lambda F, x: F.max_pool2d(x, 2, 2), (maps,)),
        Op("max pooling 3x3 / 2", lambda F, x: F.max_pool2d(x, 3, 2), (maps,)),
        Op("average pooling 2x2 / 2", lambda F, x: F.avg_pool2d(x, 2, 2), (maps,)),
        Op("ReLU", lambda F, x: F.relu(x), (maps,), plain=plain.relu),
        Op("batch norm, training", lambda F, x, w, b, mean, var: F.batch_norm(x, mean, var, w, b, training=True),
           (maps, (c,), (c,)), channels, plain=plain.batch_norm),
        Op("linear", lambda F, x, w, b: F.linear(x, w, b), ((n, FEATURES), (CLASSES, FEATURES), (CLASSES,)),
           flops=2.0 * n * FEATURES * CLASSES, plain=plain.linear),
        Op("softmax and cross-entropy", lambda F, x, classes: F.cross_entropy(x, classes), ((n, CLASSES),),
           (labels,), plain=lambda inputs, g: plain.cross_entropy(inputs, g, labels)),
        Op("x + y of one number", lambda F, x, y: x + y, ((1,), (1,)), groups=small, plain=plain.add),
    ]


def sides(op: Op, backward: bool) -> Sides:
    """Both sides of an op, on the same numbers and with the same gradient sent back."""
    inputs, g = numbers(op, backward)
    return Sides(our_side(op, inputs, g), their_side(op, inputs, g))


def numbers(op: Op, backward: bool) -> tuple[list[np.ndarray], np.ndarray | None]:
    """Random inputs, and a random gradient of the output's shape if there is a backward pass."""
    rng = np.random.default_rng(0)
    inputs = [rng.standard_normal(shape, np.float32) for shape in op.shapes]
    if not backward:
        return inputs, None
    (y,) = peers.on_numpy(our_side(op, inputs, None))()  # for its shape; on NumPy, so that nothing is compiled yet
    return inputs, rng.standard_normal(y.shape, np.float32)


def their_side(op: Op, inputs, g) -> Callable:
    """PyTorch's, or else NumPy's and SciPy's."""
    if torch := peers.installed("torch"):
        return torch_side(torch, op, inputs, g)
    if op.plain is None:
        return peers.on_numpy(our_side(op, inputs, g))
    by_hand = op.plain
    return lambda: by_hand(inputs, g)


def our_constant(array: np.ndarray):
    """Classes are arrays here, and averages are tensors."""
    return mg.tensor(array) if array.dtype.kind == "f" else array


def our_side(op: Op, inputs, g) -> Callable:
    xs, constants = [mg.tensor(x, requires_grad=True) for x in inputs], [our_constant(c) for c in op.constants]
    return passes(lambda: op.apply(mg.functional, *xs, *constants), xs, None if g is None else mg.tensor(g))


def torch_side(torch, op: Op, inputs, g) -> Callable:
    xs = [torch.tensor(x, requires_grad=True) for x in inputs]
    constants = [torch.tensor(c) for c in op.constants]
    return passes(lambda: op.apply(torch.nn.functional, *xs, *constants), xs, None if g is None else torch.tensor(g))


def passes(forward: Callable, xs: list, g) -> Callable:
    """A forward pass, and a backward pass if there is a gradient `g` to send back, in whichever framework."""

    def run() -> list:
        for x in xs:
            x.grad = None
        y = forward()
        if g is None:
            return [y]
        y.backward(g)
        return [y, *(x.grad for x in xs)]

    return run
