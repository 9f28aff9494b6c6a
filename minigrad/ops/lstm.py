"""One step of an LSTM: a memory that is only ever multiplied and added to.

A plain recurrent net squashes its whole state at every step, and so its gradient with it, until after some twenty words
nothing is left.  Hochreiter & Schmidhuber 1997 keep a *cell* c beside the output h, which gates let through, add to and
read; along the cell the gradient is multiplied by f alone, and f can stay near 1.

Shapes: gates (N, 4H), in PyTorch's order i, f, z, o (its documentation calls z g, which is a gradient here); c and h
(N, H).

Read next: ``nn/recurrent.py``, which gives the gates their weights and walks along a sentence.
"""

from __future__ import annotations

import numpy as np

from .op import Op
from .shape import Concatenate, reshape


class LSTMStep(Op):
    """``c' = f c + i z``,  ``h' = o tanh c'``  with ``i, f, o = sigmoid`` and ``z = tanh`` of the quarters of `gates`.

    The output is h' and c', one above the other: (2, N, H).  A gradient reaches c' by two ways, from the next step's
    cell (gc') and through h' (gh'):

        ``d  = gc' + gh' o (1 - tanh^2 c')``           what arrives at c' altogether
        ``gi = d z i (1 - i)``,   ``gf = d c f (1 - f)``,   ``gz = d i (1 - z^2)``
        ``go = gh' tanh c' o (1 - o)``
        ``gc = d f``                                   no weight, no squashing: the way back in time
    """

    activation = True

    def forward(self, gates, c):
        i, f, z, o = np.split(gates, 4, axis=1)
        c_new = sigmoid(f) * c + sigmoid(i) * np.tanh(z)
        return np.stack([sigmoid(o) * np.tanh(c_new), c_new])

    def backward(self, g, y, gates, c):
        n = c.shape[1]
        i, f, o = (gates[:, k * n : (k + 1) * n].sigmoid() for k in (0, 1, 3))
        z, tanh_c = gates[:, 2 * n : 3 * n].tanh(), y[1].tanh()
        gh, gc = g[0], g[1]
        d = gc + gh * o * (1.0 - tanh_c * tanh_c)
        gi, gf, gz = d * z * i * (1.0 - i), d * c * f * (1.0 - f), d * i * (1.0 - z * z)
        go = gh * tanh_c * o * (1.0 - o)
        return Concatenate(1)(gi, gf, gz, go), d * f


def sigmoid(x):
    """``1 / (1 + e^-x)`` as ``(1 + tanh(x / 2)) / 2``, which is the same and never overflows."""
    return 0.5 + 0.5 * np.tanh(0.5 * x)


def lstm_step(gates, c):
    """The next h and c, each (N, H), from the gates before their sigmoid or tanh (N, 4H) and c (N, H)."""
    if gates.ndim != 2 or c.ndim != 2 or gates.shape != (c.shape[0], 4 * c.shape[1]):
        raise ValueError(f"lstm_step: c {c.shape} needs gates {(*c.shape[:1], 4 * c.shape[-1])}, in the order i, f, z, "
                         f"o, and they are {gates.shape}")
    both = LSTMStep()(gates, c)
    return reshape(both[:1], c.shape), reshape(both[1:], c.shape)
