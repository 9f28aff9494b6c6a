"""Point-wise non-linearities.  ReLU is the one whose backward pass is a matter of choice.

Read next: ``rules.py``, the choices.
"""

from __future__ import annotations

import numpy as np

from .. import kernels
from .elementwise import where
from .op import Op


class ReLU(Op):
    """``y = max(x, 0)``;  backwards the sweep consults a rule, and the true gradient is the rule `vanilla`."""

    follows_rule = True

    def forward(self, x):
        return kernels.relu(x)

    def backward(self, g, y, x):
        return Gate()(g, x)


class Gate(Op):
    """``y = g where x > 0, else 0``: linear in g, and as far as gradients go, x is a constant."""

    def forward(self, g, x):
        return kernels.gate(g, x)

    def backward(self, gg, y, g, x):
        return Gate()(gg, x), None


class LeakyReLU(Op):
    """``y = x where x > 0, else a x``;  ``dy/dx = 1 or a``."""

    activation = True

    def __init__(self, slope):
        self.slope = slope

    def forward(self, x):
        return np.where(x > 0, x, self.slope * x)

    def backward(self, g, y, x):
        return where(x > 0, g, self.slope * g)


class Sigmoid(Op):
    """``y = 1 / (1 + e^-x)``;  ``dy/dx = y (1 - y)``."""

    activation = True

    def forward(self, x):
        # e^-|x| never overflows; the two branches are the same function.
        e = np.exp(-np.abs(x))
        return np.where(x >= 0, 1 / (1 + e), e / (1 + e)).astype(x.dtype)

    def backward(self, g, y, x):
        return g * y * (1.0 - y)


class Tanh(Op):
    """``y = tanh x``;  ``dy/dx = 1 - y^2``."""

    activation = True

    def forward(self, x):
        return np.tanh(x)

    def backward(self, g, y, x):
        return g * (1.0 - y * y)


class Softplus(Op):
    """``y = log(1 + e^x)``, a smooth ReLU;  ``dy/dx = sigmoid x``."""

    activation = True

    def forward(self, x):
        return np.logaddexp(x, 0).astype(x.dtype)

    def backward(self, g, y, x):
        return g * Sigmoid()(x)
