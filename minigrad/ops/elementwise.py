"""Arithmetic, number by number: the derivatives everyone knows, and the one step that everyone forgets.

NumPy stretches the smaller operand of ``a + b`` silently.  One number is then used many times, so its gradient is
the *sum* over all its uses: `unbroadcast` (in ``shape.py``) undoes the stretching, and every op with two inputs ends in
it.

Read next: ``tensor.py``, where ``a + b`` becomes an entry on the tape.
"""

from __future__ import annotations

import numpy as np

from .op import Op
from .shape import unbroadcast


class Add(Op):
    """``y = a + b``;  ``dy/da = dy/db = 1``: the gradient is handed to both."""

    def forward(self, a, b):
        return a + b

    def backward(self, g, y, a, b):
        return unbroadcast(g, a.shape), lambda: unbroadcast(g, b.shape)


class Sub(Op):
    """``y = a - b``;  ``dy/da = 1``, ``dy/db = -1``."""

    def forward(self, a, b):
        return a - b

    def backward(self, g, y, a, b):
        return unbroadcast(g, a.shape), lambda: unbroadcast(-g, b.shape)


class Neg(Op):
    """``y = -x``;  ``dy/dx = -1``."""

    def forward(self, x):
        return -x

    def backward(self, g, y, x):
        return -g


class Mul(Op):
    """``y = a b``, number by number; NumPy stretches the smaller operand."""

    def forward(self, a, b):
        return a * b

    def backward(self, g, y, a, b):
        """Gradients of `a` and of `b`, each of its own shape, from the gradient `g` of ``y = a b``."""
        # dy/da = b and dy/db = a: each is weighed by the other.
        return lambda: unbroadcast(g * b, a.shape), lambda: unbroadcast(g * a, b.shape)


class Div(Op):
    """``y = a / b``, number by number; NumPy stretches the smaller operand."""

    def forward(self, a, b):
        return a / b

    def backward(self, g, y, a, b):
        """Gradients of `a` and of `b`, each of its own shape, from the gradient `g` of ``y = a / b``."""
        # dy/da = 1 / b, and dy/db = -a / b^2, which is -y / b.
        return lambda: unbroadcast(g / b, a.shape), lambda: unbroadcast(-g * y / b, b.shape)


class Pow(Op):
    """``y = a^b``;  ``dy/da = b a^(b-1)``, ``dy/db = a^b log a`` (0 where a is 0, as a limit)."""

    def forward(self, a, b):
        # NumPy squares faster than it raises to a power, but only when the exponent is a plain number.
        return a ** (b.item() if b.ndim == 0 else b)

    def backward(self, g, y, a, b):
        def base():
            # b a^(b-1) is 0 for b = 0, also at a = 0, where 0 * 0^(-1) would be 0 * inf.
            lowered = where(b == 0, 1.0, b - 1.0)
            return unbroadcast(g * b * a**lowered, a.shape)

        def exponent():
            safe = where(a > 0, a, 1.0)
            return unbroadcast(g * y * Log()(safe), b.shape)

        return base, exponent


class Exp(Op):
    """``y = e^x``;  ``dy/dx = y``."""

    def forward(self, x):
        return np.exp(x)

    def backward(self, g, y, x):
        return g * y


class Log(Op):
    """``y = log x``;  ``dy/dx = 1 / x``."""

    def forward(self, x):
        return np.log(x)

    def backward(self, g, y, x):
        return g / x


class Sqrt(Op):
    """``y = sqrt x``;  ``dy/dx = 1 / (2 y)``."""

    def forward(self, x):
        return np.sqrt(x)

    def backward(self, g, y, x):
        return g / (2.0 * y)


class Abs(Op):
    """``y = |x|``;  ``dy/dx = sign x``, which is 0 at the kink."""

    def forward(self, x):
        return np.abs(x)

    def backward(self, g, y, x):
        return g * np.sign(x.array)


class Maximum(Op):
    """``y = max(a, b)``: the larger one gets the gradient; equals share it in halves (as in PyTorch)."""

    def forward(self, a, b):
        return np.maximum(a, b)

    def backward(self, g, y, a, b):
        share = np.where(a.array == b.array, 0.5, a.array > b.array).astype(g.dtype)
        return unbroadcast(g * share, a.shape), unbroadcast(g * (1 - share), b.shape)


class Clip(Op):
    """``y = min(max(x, low), high)``: the gradient passes where x lies within the bounds."""

    def __init__(self, low, high):
        self.low, self.high = low, high

    def forward(self, x):
        return np.clip(x, self.low, self.high)

    def backward(self, g, y, x):
        low = -np.inf if self.low is None else self.low
        high = np.inf if self.high is None else self.high
        return g * ((x.array >= low) & (x.array <= high))


class Where(Op):
    """``y = a where the condition holds, else b``: each gets the gradient of the places it filled."""

    def __init__(self, condition):
        self.condition = condition

    def forward(self, a, b):
        return np.where(self.condition, a, b)

    def backward(self, g, y, a, b):
        to_a, to_b = where(self.condition, g, 0.0), where(self.condition, 0.0, g)
        return unbroadcast(to_a, a.shape), unbroadcast(to_b, b.shape)


def where(condition, a, b):
    """Choose element by element: `a` where `condition` (bool array or tensor) holds, else `b`."""
    condition = np.asarray(getattr(condition, "array", condition), dtype=bool)
    return Where(condition)(a, b)

