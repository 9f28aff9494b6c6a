"""Checking a gradient against the definition of a derivative.

If ``L`` is a number computed from ``x``, then for a small step h

    dL/dx_i  =  (L(x + h e_i) - L(x - h e_i)) / 2h   + an error of order h^2,

whatever anyone wrote in a backward.  ``L`` is made from the function's outputs by a fixed random weighting, so that
every output takes part and none can hide behind another.  All is done in float64.

Read next: ``diagnosis.py``, which knows what a wrong result usually means.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from .backward import first_gradient, grad, leading_to, recorded_before, sweep
from .diagnosis import diagnose
from .ops.op import Op
from .tensor import Tensor, as_tensor

FULL_CHECK = 300  # up to so many numbers, every one is nudged
SAMPLE = 20  # of more than that, so many are, and all of them together along one random direction


class GradientError(AssertionError):
    """A gradient that differs from the finite difference."""


class Slopes(NamedTuple):
    """Change of L per step, seen to the right and to the left; their mean is the central difference."""

    right: float
    left: float

    @property
    def central(self) -> float:
        return (self.right + self.left) / 2

    def has_kink(self) -> bool:
        return abs(self.right - self.left) > 1e-3 * max(abs(self.right), abs(self.left), 1e-3)


def gradcheck(fn: Callable, inputs, eps: float = 1e-6, rtol: float = 1e-5, atol: float = 1e-6, seed: int = 0) -> bool:
    """Compare the gradient of `fn` with central finite differences.

    Parameters
    ----------
    fn : callable
        Takes the inputs as tensors and returns a tensor, or a tuple of them.
    inputs : array_like or Tensor, or a tuple of them
        Floats are brought to float64 and checked; integers and masks are passed on as they are.
    eps : float
        Half the width of the difference.
    rtol, atol : float
        Allowed difference, relative to the gradient's largest number, and absolute.

    Returns
    -------
    True

    Raises
    ------
    GradientError
        Naming the input, the worst index, both values, their ratio, and what the pattern of errors usually means.

    Examples
    --------
    >>> import numpy as np
    >>> gradcheck(lambda x: x * x.sigmoid(), np.array([0.5, -1.0]))
    True
    """
    tensors = prepared(inputs)
    total = weighted_sum(fn, seed)
    checked = [i for i, t in enumerate(tensors) if t.requires_grad]
    if not checked:
        raise ValueError("gradcheck: none of the inputs are floats, so there is no gradient to check")
    gradients = repeated_gradient(total, tensors, checked)
    for i, ours in zip(checked, gradients):
        compare(total, tensors, i, ours, eps, rtol, atol, np.random.default_rng(seed))
    return True


def gradgradcheck(
    fn: Callable, inputs, eps: float = 1e-6, rtol: float = 1e-5, atol: float = 1e-6, seed: int = 0
) -> bool:
    """Compare the *second* derivatives of `fn` with finite differences of its first; arguments as in `gradcheck`.

    Examples
    --------
    >>> import numpy as np
    >>> gradgradcheck(lambda x: x ** 3, np.array([0.5, -1.0]))
    True
    """
    total = weighted_sum(fn, seed)

    def slope(*tensors: Tensor):
        asked = tuple(t for t in tensors if t.requires_grad)
        gradients = grad(total(*tensors), asked, create_graph=True)
        # A gradient may not depend on every input (a linear function's depends on none): 0 times each is a fair answer.
        nothing = sum(0.0 * t.sum() for t in asked)
        return tuple(g + nothing for g in gradients)

    return gradcheck(slope, inputs, eps, rtol, atol, seed + 1)


def prepared(inputs) -> tuple[Tensor, ...]:
    """Copies of the inputs: floats in float64 that require gradients, everything else as it is."""
    given = tuple(inputs) if isinstance(inputs, (tuple, list)) else (inputs,)
    arrays = [as_tensor(x).array for x in given]
    return tuple(Tensor(a.astype(np.float64), True) if a.dtype.kind == "f" else Tensor(a) for a in arrays)


def weighted_sum(fn: Callable, seed: int) -> Callable:
    """``L(inputs) = sum over the outputs of fn, each number with its own fixed random weight``."""

    def total(*tensors: Tensor) -> Tensor:
        outputs = fn(*tensors)
        rng = np.random.default_rng(seed)
        outputs = outputs if isinstance(outputs, tuple) else (outputs,)
        return sum(Weighing(rng.uniform(0.5, 1.5, y.shape) * rng.choice([-1, 1], y.shape))(y) for y in outputs)

    return total


class Weighing(Op):
    """``y = sum of weights x``, in an op of its own: what is checked, be it ``*`` or ``sum``, must not judge itself."""

    def __init__(self, weights):
        self.weights = weights

    def forward(self, x):
        return np.asarray((x * self.weights).sum())

    def backward(self, g, y, x):
        return y.wrap(g.array * self.weights)  # off the tape, as g is the 1 that every check starts with


def repeated_gradient(total: Callable, tensors, checked) -> list[np.ndarray]:
    """The gradient by the backward under test, which must come out the same when asked for twice."""
    y = total(*tensors)
    asked = tuple(tensors[i] for i in checked)
    first = [g.array.copy() for g in grad(y, asked)]
    gradients = attentive_sweep(y, {id(t) for t in asked})
    second = [gradients.get(id(t), 0 * a) for t, a in zip(asked, first)]  # none where nothing arrived
    for i, a, b in zip(checked, first, second):
        if not np.array_equal(a, b, equal_nan=True):
            ratio = np.abs(b).sum() / max(np.abs(a).sum(), 1e-300)
            raise GradientError(
                f"gradcheck: input {i}: a second sweep over the same tape gives {ratio:.4g} times the first: backward "
                "keeps something from call to call (it accumulates, or writes into what forward stored)"
            )
    return first


def attentive_sweep(y, targets) -> dict[int, np.ndarray]:
    """Sweep, and complain of an op whose backward writes into the gradient that it is handed: others may share it."""
    order = recorded_before(y)
    handed: dict[int, tuple] = {}
    gradients = {}
    for step in sweep(y, first_gradient(y, None), order, leading_to(targets, order)):
        _, before = handed.get(id(step.arrived), (None, step.arrived.array))
        if not np.array_equal(before, step.arrived.array, equal_nan=True):
            raise GradientError(
                f"gradcheck: the backward of {step.tensor.op!r} writes into g, the gradient that arrives: others may "
                "be handed the same array, so make a new one (g * 2, not g *= 2)"
            )
        handed |= {id(gx): (gx, gx.array.copy()) for gx in step.leaving if gx is not None}
        gradients[id(step.tensor)] = step.arrived.array
    return gradients


def compare(total, tensors, i, ours, eps, rtol, atol, rng) -> None:
    """Hold the gradient of input `i` against finite differences, all of them or a sample."""
    x, middle = tensors[i].array, total(*tensors).item()
    if x.size <= FULL_CHECK:
        where = np.arange(x.size)
    else:
        compare_along(total, middle, tensors, i, ours, eps, rtol, atol, rng)
        where = rng.choice(x.size, SAMPLE, replace=False)
    slopes = [finite_difference(total, middle, tensors, i, unit(x.shape, k), eps) for k in where]
    mine, true = ours.reshape(-1)[where], np.array([s.central for s in slopes])
    scale = max(np.abs(true).max(initial=0), np.abs(mine).max(initial=0))

    def close(a, b):
        return np.abs(a - b) <= atol + rtol * scale

    wrong = ~close(mine, true)
    if wrong.any():
        worst = int(np.nanargmax(np.where(np.isnan(mine), np.inf, np.abs(mine - true))))
        full = (lambda a: a.reshape(x.shape)) if len(where) == x.size else (lambda a: a)
        complain(i, x.shape, int(where[worst]), mine[worst], slopes[worst], int(wrong.sum()), len(where),
                 diagnose(full(mine), full(true), close, [t.array for t in tensors] if len(where) == x.size else ()))


def complain(i, shape, place, mine, slopes, wrong, checked, diagnosis) -> None:
    """Raise the GradientError, in words."""
    index = tuple(int(k) for k in np.unravel_index(place, shape))
    if slopes.has_kink():
        diagnosis = (f"the function has a kink here (slope {slopes.left:.6g} to the left, {slopes.right:.6g} to the "
                     "right), where no difference can judge; move this input away from it")
    true = slopes.central
    ratio = f"{mine / true:.6g}" if true else "none (the difference is 0)"
    raise GradientError(
        f"gradcheck: the gradient of input {i}, shape {shape}, is wrong at {wrong} of {checked} places.\n"
        f"  worst at index {index}: backward says {mine:.8g}, finite differences say {true:.8g}, ratio {ratio}\n"
        f"  this looks like: {diagnosis}"
    )


def compare_along(total, middle, tensors, i, ours, eps, rtol, atol, rng) -> None:
    """Check a large input along one random direction u: ``<u, gradient> = dL(x + t u)/dt``."""
    u = rng.standard_normal(ours.shape)
    u /= np.linalg.norm(u)
    slopes = finite_difference(total, middle, tensors, i, u, eps)
    mine = float((u * ours).sum())
    scale = max(abs(slopes.central), float(np.linalg.norm(ours)) / np.sqrt(ours.size))
    if abs(mine - slopes.central) > atol + 10 * rtol * scale and not slopes.has_kink():
        raise GradientError(
            f"gradcheck: the gradient of input {i}, shape {ours.shape}, is wrong along a random direction: backward "
            f"says {mine:.8g}, finite differences say {slopes.central:.8g}; check a smaller input to see where"
        )


def finite_difference(total, middle, tensors, i, direction, eps) -> Slopes:
    """Slopes of L along `direction` of input `i`; near a kink the step is made smaller, as long as that helps."""
    for h in (eps, eps / 10, eps / 100):
        right = (total(*moved(tensors, i, h * direction)).item() - middle) / h
        left = (middle - total(*moved(tensors, i, -h * direction)).item()) / h
        slopes = Slopes(right, left)
        if not slopes.has_kink():
            break
    return slopes


def moved(tensors, i, step) -> tuple[Tensor, ...]:
    """The inputs, with input `i` moved by `step`."""
    return (*tensors[:i], Tensor(tensors[i].array + step, requires_grad=True), *tensors[i + 1 :])


def unit(shape, place) -> np.ndarray:
    """A step along one number only."""
    e = np.zeros(shape)
    e.flat[place] = 1.0
    return e
