"""Optimisers: how a gradient becomes a step, and `clip_grad_norm`, which keeps it from becoming too long.

Parameters are *replaced*, never written into: a tape that still needs the old numbers notices.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np

from .tensor import Tensor


class Optimizer:
    """What all optimisers share: the parameters, and a memory of earlier gradients for each."""

    memories: tuple[str, ...] = ()

    def __init__(self, params: Iterable[Tensor], lr: float):
        self.params = list(params)
        if not self.params:
            raise ValueError("optimiser: there are no parameters to train; pass model.parameters()")
        if not all(isinstance(p, Tensor) and p.requires_grad for p in self.params):
            raise TypeError("optimiser: params must be tensors that require gradients; pass model.parameters()")
        if not lr >= 0:
            raise ValueError(f"optimiser: the learning rate must be 0 or more, not {lr}")
        self.lr = lr
        self.steps = 0
        for name in self.memories:
            setattr(self, name, [np.zeros_like(p.array) for p in self.params])

    def zero_grad(self) -> None:
        """Forget the gradients: `backward` adds to what is there."""
        for p in self.params:
            p.grad = None

    def step(self) -> None:
        """Move every parameter that has a gradient."""
        self.steps += 1
        for i, p in enumerate(self.params):
            if p.grad is not None:
                p.data = p.array - self.direction(i, p.array, p.grad).astype(p.dtype, copy=False)

    def direction(self, i: int, w: np.ndarray, g: np.ndarray) -> np.ndarray:
        """What to subtract from parameter number `i`, whose value is `w` and gradient `g`; `step` does it.

        Memories are replaced as well, never written into.
        """
        return self.lr * g

    def state_dict(self, copy: bool = True) -> dict[str, np.ndarray]:
        """Step count and memories as arrays, to go on from later."""
        state = {"steps": np.array(self.steps)}
        for name in self.memories:
            state |= {f"{name}.{i}": m.copy() if copy else m for i, m in enumerate(getattr(self, name))}
        return state

    def load_state_dict(self, state) -> None:
        """Take over what `state_dict` returned.  ValueError, and no change, if it is of other parameters."""
        mine = self.state_dict()
        if {k: v.shape for k, v in mine.items()} != {k: np.shape(v) for k, v in state.items()}:
            raise ValueError("optimiser: this state belongs to other parameters or another optimiser")
        self.steps = int(state["steps"])
        for name in self.memories:
            setattr(self, name, [np.array(state[f"{name}.{i}"]) for i in range(len(self.params))])


class SGD(Optimizer):
    """Stochastic gradient descent: ``v <- momentum v + g + weight_decay w``,  ``w <- w - lr v``, with v = 0 at first.

    There is a v for each parameter, ``velocity[i]``.
    """

    memories = ("velocity",)
    velocity: list[np.ndarray]

    def __init__(self, params, lr: float = 0.01, momentum: float = 0.0, weight_decay: float = 0.0):
        super().__init__(params, lr)
        self.momentum, self.weight_decay = momentum, weight_decay

    def direction(self, i, w, g):
        """``lr v`` with the new v of parameter `i`, whose value is `w` and gradient `g`; `velocity` keeps that v."""
        self.velocity[i] = self.momentum * self.velocity[i] + g + self.weight_decay * w
        return self.lr * self.velocity[i]


class Adam(Optimizer):
    """Kingma & Ba 2015, algorithm 1: steps of about `lr`, whatever the gradient's scale.

    ``m <- b1 m + (1 - b1) g``,  ``s <- b2 s + (1 - b2) g^2``,  ``w <- w - lr m^ / (sqrt s^ + eps)``; the hats
    divide by ``1 - b^t``, as both averages start from 0.
    """

    memories = ("mean", "square")
    mean: list[np.ndarray]
    square: list[np.ndarray]

    def __init__(self, params, lr: float = 1e-3, betas=(0.9, 0.999), eps: float = 1e-8, weight_decay: float = 0.0):
        super().__init__(params, lr)
        self.betas, self.eps, self.weight_decay = betas, eps, weight_decay

    def direction(self, i, w, g):
        b1, b2 = self.betas
        g = g + self.weight_decay * w
        self.mean[i] = b1 * self.mean[i] + (1 - b1) * g
        self.square[i] = b2 * self.square[i] + (1 - b2) * g * g
        m, s = self.mean[i] / (1 - b1**self.steps), self.square[i] / (1 - b2**self.steps)
        return self.lr * m / (np.sqrt(s) + self.eps)


def clip_grad_norm(params: Iterable[Tensor], max_norm: float) -> float:
    """Shorten the gradient, taken as one long vector, to `max_norm`; its direction stays.

    Along a sentence gradients are multiplied at every word.  Now and then one gets so long that its step would undo
    all that was learned (Pascanu et al. 2013).  Call it between ``loss.backward()`` and ``optimiser.step()``.

    Formula: ``g <- g min(1, max_norm / (|g| + 1e-6))``, as PyTorch's ``clip_grad_norm_``.

    Returns
    -------
    float
        The length |g| before.

    Raises
    ------
    ValueError
        If `max_norm` is not positive, or the gradient is not finite: no factor would help then.

    Examples
    --------
    >>> w = Tensor([0.0, 0.0], requires_grad=True)
    >>> w.grad = np.array([30.0, 40.0], np.float32)
    >>> clip_grad_norm([w], max_norm=1.0), w.grad.round(4)
    (50.0, array([0.6, 0.8], dtype=float32))
    """
    if not max_norm > 0:
        raise ValueError(f"clip_grad_norm: max_norm must be positive, not {max_norm}")
    gradients = [(p, p.grad) for p in params if p.grad is not None]
    length = math.sqrt(sum(float(np.square(g, dtype=np.float64).sum()) for _, g in gradients))
    if not math.isfinite(length):
        raise ValueError(f"clip_grad_norm: the gradient's length is {length}; use a lower learning rate, and look for "
                         "NaNs in the data")
    factor = min(1.0, max_norm / (length + 1e-6))
    for p, g in gradients:
        p.grad = g * g.dtype.type(factor)
    return length
