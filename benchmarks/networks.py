"""Layers, optimisers and small nets in both frameworks, with the same weights.

The weights are carried over by ``state_dict``: so this also compares the keys and the shapes.
"""

from __future__ import annotations

import numpy as np

import minigrad as mg
from minigrad import functional as F
from minigrad import nn

from .compare import coin, integer, integers


def same_weights(rng, torch, ours, theirs):
    """Give both modules the same random weights and averages, in float64."""
    ours.astype("float64")
    state = {}
    for key, value in ours.state_dict().items():
        # Small weights: where a tanh saturates, 1 - y^2 loses digits in both frameworks.
        drawn = rng.uniform(0.5, 1.5, value.shape) if "var" in key else 0.3 * rng.standard_normal(value.shape)
        state[key] = drawn if value.dtype.kind == "f" else value
    ours.load_state_dict(state)
    theirs.double().load_state_dict({key: torch.tensor(value) for key, value in state.items()})


def gradients_and_buffers(ours, theirs):
    """Pairs of what a backward and a training step changed."""
    pairs = [(p.grad, q.grad) for p, q in zip(ours.parameters(), theirs.parameters())]
    return pairs + [(p.numpy(), q) for (_, p), q in zip(ours.named_buffers(), theirs.buffers())]


def compare_modules(rng, torch, ours, theirs, x):
    """Same weights, same input, same gradient: output, input's and parameters' gradients, and running averages."""
    same_weights(rng, torch, ours, theirs)
    if coin(rng):
        ours.eval(), theirs.eval()
    x, t = mg.tensor(x, requires_grad=True), torch.tensor(x, requires_grad=True)
    y, s = ours(x), theirs(t)
    g = rng.standard_normal(y.shape)
    y.backward(g)
    s.backward(torch.tensor(g))
    return [(y.numpy(), s), (x.grad, t.grad), *gradients_and_buffers(ours, theirs)]


def layers(rng, torch):
    n = torch.nn
    stride, window = integer(rng, 1, 3), integers(rng, 1, 3)
    pairs = [
        (nn.Conv2d(4, 6, window, stride, 1, 1, 2), n.Conv2d(4, 6, window, stride, 1, 1, 2)),
        (nn.Conv2d(4, 3, window, bias=False), n.Conv2d(4, 3, window, bias=False)),
        (nn.BatchNorm2d(4, momentum=0.3), n.BatchNorm2d(4, momentum=0.3)),
        (nn.Linear(5, 3), n.Linear(5, 3)),
        (nn.MaxPool2d(window, ceil_mode=True), n.MaxPool2d(window, ceil_mode=True)),
        (nn.AvgPool2d(window, stride, ceil_mode=True), n.AvgPool2d(window, stride, ceil_mode=True)),
        (nn.AdaptiveAvgPool2d(window), n.AdaptiveAvgPool2d(window)),
        (nn.LocalResponseNorm(3, 0.5), n.LocalResponseNorm(3, 0.5)),
        (nn.ReLU(), n.ReLU()),
        (nn.Sigmoid(), n.Sigmoid()),
        (nn.Tanh(), n.Tanh()),
        (nn.Flatten(), n.Flatten()),
    ]
    ours, theirs = pairs[integer(rng, 0, len(pairs) - 1)]
    return compare_modules(rng, torch, ours, theirs, rng.standard_normal((2, 4, 5, 5)))


def net(n, channels, hidden, norm):
    """The same small net out of either framework's layers."""
    second = n.BatchNorm2d(channels) if norm else n.LocalResponseNorm(3, 0.1)
    features = [n.Conv2d(2, channels, 3, padding=1), n.ReLU(), second, n.MaxPool2d(2)]
    features += [n.Conv2d(channels, hidden, 3), n.ReLU(), n.AdaptiveAvgPool2d(2)]
    return n.Sequential(*features, n.Flatten(), n.Linear(4 * hidden, 5), n.Tanh(), n.Linear(5, 3))


def small_nets(rng, torch):
    channels, hidden, norm = integer(rng, 1, 3), integer(rng, 1, 4), coin(rng)
    ours, theirs = (net(n, channels, hidden, norm) for n in (nn, torch.nn))
    return compare_modules(rng, torch, ours, theirs, rng.standard_normal((3, 2, *integers(rng, 6, 9))))


def optimisers(rng, torch):
    """Five training steps; then the weights must still be the same."""
    channels, hidden = integer(rng, 1, 3), integer(rng, 1, 3)
    ours, theirs = (net(n, channels, hidden, True) for n in (nn, torch.nn))
    same_weights(rng, torch, ours, theirs)
    if coin(rng):
        settings = {
            "lr": 0.05,
            "momentum": float(rng.choice([0.0, 0.9])),
            "weight_decay": float(rng.choice([0.0, 0.1])),
        }
        steps: tuple = mg.optim.SGD(ours.parameters(), **settings), torch.optim.SGD(theirs.parameters(), **settings)
    else:
        settings = {"lr": 0.01, "weight_decay": float(rng.choice([0.0, 0.1]))}
        steps = mg.optim.Adam(ours.parameters(), **settings), torch.optim.Adam(theirs.parameters(), **settings)
    for _ in range(5):
        x, target = rng.standard_normal((4, 2, 6, 6)), rng.integers(0, 3, 4)
        for optimiser in steps:
            optimiser.zero_grad()
        F.cross_entropy(ours(mg.tensor(x)), target).backward()
        torch.nn.functional.cross_entropy(theirs(torch.tensor(x)), torch.tensor(target)).backward()
        for optimiser in steps:
            optimiser.step()
    return [(p.numpy(), q) for p, q in zip(ours.parameters(), theirs.parameters())]


def second_derivatives(rng, torch):
    """The gradient of a penalty on the gradient, for a smooth net: with respect to the input and both filters."""

    def loss(n, x, w, v):
        return (n.conv2d((n.conv2d(x, w) * 0.5).tanh(), v) ** 2).sum()

    shapes = (2, 2, *integers(rng, 5, 7)), (3, 2, 3, 2), (2, 3, 2, 2)
    inputs = [rng.standard_normal(s) for s in shapes]
    xs, ts = [mg.tensor(x, requires_grad=True) for x in inputs], [torch.tensor(x, requires_grad=True) for x in inputs]
    slope = mg.grad(loss(F, *xs), xs[0], create_graph=True)
    (their_slope,) = torch.autograd.grad(loss(torch.nn.functional, *ts), ts[0], create_graph=True)
    ours, theirs = mg.grad((slope**2).sum(), tuple(xs)), torch.autograd.grad((their_slope**2).sum(), ts)
    return [(slope.numpy(), their_slope), *((np.asarray(a.numpy()), b) for a, b in zip(ours, theirs))]


NETWORKS = {
    "layers": (layers, 30),
    "small nets": (small_nets, 12),
    "SGD, Adam: five steps": (optimisers, 8),
    "second derivatives": (second_derivatives, 6),
}
