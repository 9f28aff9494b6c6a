"""LSTM: a cell that reads one word, and the loop that reads a sentence with it.

Names, shapes and arguments are PyTorch's, so its weights fit.  Sentences of one batch differ in length: the shorter
ones are padded, and a *mask* says which places are words.  Where it is False, h and c stay as they were.

Shapes: ``N`` sentences, ``T`` places, ``F`` features of a word, ``H`` features of h and of c.

Read next: ``nn/attention.py``.
"""

from __future__ import annotations

import numpy as np

from .. import functional as F
from ..tensor import Tensor
from . import init
from .layers import at_least_one
from .module import Module, Parameter

State = tuple[Tensor, Tensor]


class LSTMCell(Module):
    """One step: ``gates = x W_ih^T + b_ih + h W_hh^T + b_hh``, and what ``ops/lstm.py`` makes of them.

    Weights are (4H, F) and (4H, H), for the gates i, f, z, o from top to bottom.

    Examples
    --------
    >>> import minigrad as mg
    >>> h, c = LSTMCell(3, 2)(mg.tensor([[1.0, 2.0, 3.0]]))
    >>> h.shape, c.shape
    ((1, 2), (1, 2))
    """

    weight_ih: Parameter
    weight_hh: Parameter
    bias_ih: Parameter | None
    bias_hh: Parameter | None

    def __init__(self, input_size: int, hidden_size: int, bias: bool = True):
        at_least_one("LSTMCell", input_size=input_size, hidden_size=hidden_size)
        for name, array in first_weights(input_size, hidden_size, bias).items():
            setattr(self, name, None if array is None else Parameter(array))
        self.hidden_size = hidden_size

    def forward(self, x, state: State | None = None):
        if x.ndim != 2 or x.shape[1] != self.weight_ih.shape[1]:
            raise ValueError(f"LSTMCell: x must be (N, {self.weight_ih.shape[1]}), and has shape {x.shape}")
        h, c = zeros_for(x, self.hidden_size) if state is None else state
        gates = F.linear(x, self.weight_ih, self.bias_ih) + F.linear(h, self.weight_hh, self.bias_hh)
        return F.lstm_step(gates, c)

    def extra_repr(self):
        return f"{self.weight_ih.shape[1]}, {self.hidden_size}"


class LSTM(Module):
    """Cells along a sentence, in one layer or several on top of each other.

    ``output, (h, c) = lstm(x, state, mask)``

    Parameters
    ----------
    input_size, hidden_size : int
        F and H.
    num_layers : int
        Every further layer reads the h's of the one below.
    bias, batch_first : bool
        With `batch_first`, x, mask and output are (N, T, ...); otherwise (T, N, ...).

    Call
    ----
    x : Tensor (T, N, F) or (N, T, F)
    state : (h, c), each (num_layers, N, H), optional
        Zeros by default.
    mask : bool array (T, N) or (N, T), optional
        True for words, False for padding.  See `lengths_mask`.

    Returns
    -------
    output : Tensor (T, N, H) or (N, T, H)
        The top layer's h at every place; 0 where there is padding.
    h, c : Tensor (num_layers, N, H)
        After each sentence's last word, wherever that is.

    Examples
    --------
    >>> import minigrad as mg
    >>> output, (h, c) = LSTM(3, 2, batch_first=True)(mg.tensor(np.ones((1, 4, 3))), None, lengths_mask([2], 4))
    >>> bool((output.numpy()[0, 1] == h.numpy()[0, 0]).all()), output.numpy()[0, 2:].any()
    (True, np.False_)
    """

    def __init__(self, input_size: int, hidden_size: int, num_layers: int = 1, bias: bool = True,
                 batch_first: bool = False):
        at_least_one("LSTM", input_size=input_size, hidden_size=hidden_size, num_layers=num_layers)
        for k in range(num_layers):
            for name, array in first_weights(hidden_size if k else input_size, hidden_size, bias).items():
                setattr(self, f"{name}_l{k}", None if array is None else Parameter(array))
        self.input_size, self.hidden_size, self.num_layers = input_size, hidden_size, num_layers
        self.batch_first = batch_first

    def forward(self, x, state: State | None = None, mask=None):
        self.check(x, state)
        words = checked_mask(mask, x.shape[:2])
        if self.batch_first:
            x, words = x.swapaxes(0, 1), words.T
        finals = []
        for k in range(self.num_layers):
            first = zeros_for(x[0], self.hidden_size) if state is None else (state[0][k], state[1][k])
            x, last = self.layer(k, x, first, words)
            finals.append(last)
        h, c = (F.stack(parts) for parts in zip(*finals))
        return x.swapaxes(0, 1) if self.batch_first else x, (h, c)

    def layer(self, k: int, x, state: State, words: np.ndarray):
        """Layer number `k`: its h's (T, N, H), 0 at padding, and its last state."""
        w_ih, w_hh, b_ih, b_hh = (getattr(self, f"{name}_l{k}") for name in WEIGHTS)
        from_words, w_hh = F.linear(x, w_ih, b_ih), w_hh.T  # all places at once: they don't depend on each other
        h, c = state
        outputs = []
        for t, word in enumerate(words[..., None]):
            gates = from_words[t] + h @ w_hh
            h_new, c_new = F.lstm_step(gates if b_hh is None else gates + b_hh, c)
            if word.all():
                h, c = h_new, c_new
            else:
                h, c = F.where(word, h_new, h), F.where(word, c_new, c)
            outputs.append(h if word.all() else F.where(word, h, 0.0))
        return F.stack(outputs), (h, c)

    def check(self, x, state) -> None:
        """Refuse an input or a state of another size than the layer's."""
        if x.ndim != 3 or x.shape[2] != self.input_size or 0 in x.shape:
            order = "N, T" if self.batch_first else "T, N"
            raise ValueError(f"LSTM: x must be ({order}, {self.input_size}), none of them 0, and has shape {x.shape}")
        wanted = (self.num_layers, x.shape[0 if self.batch_first else 1], self.hidden_size)
        for name, part in zip("hc", state or ()):
            if part.shape != wanted:
                raise ValueError(f"LSTM: the state's {name} must be (layers, N, H), here {wanted}, and has shape "
                                 f"{part.shape}")

    def extra_repr(self):
        layers = f", num_layers={self.num_layers}" if self.num_layers > 1 else ""
        return f"{self.input_size}, {self.hidden_size}{layers}"


WEIGHTS = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")


def first_weights(inputs: int, hidden: int, bias: bool) -> dict[str, np.ndarray | None]:
    """Uniform within ``1 / sqrt H``, as in PyTorch."""
    shapes = ((4 * hidden, inputs), (4 * hidden, hidden), (4 * hidden,), (4 * hidden,))
    return {name: init.uniform(shape, hidden) if bias or len(shape) == 2 else None
            for name, shape in zip(WEIGHTS, shapes)}


def zeros_for(x, hidden: int) -> State:
    """An h and a c that know nothing yet, for x (N, ...)."""
    zeros = Tensor(np.zeros((x.shape[0], hidden), x.dtype))
    return zeros, zeros


def checked_mask(mask, shape: tuple[int, int]) -> np.ndarray:
    """The mask as bools of `shape`; everything is a word if there is none."""
    words = np.ones(shape, bool) if mask is None else np.asarray(getattr(mask, "array", mask))
    if words.dtype != bool or words.shape != shape:
        raise ValueError(f"LSTM: the mask must be bools of shape {shape}, True for words, not {words.dtype} "
                         f"{words.shape}")
    return words


def lengths_mask(lengths, longest: int | None = None) -> np.ndarray:
    """Mask (N, T) of sentences that begin at the first place and have these lengths.

    Examples
    --------
    >>> lengths_mask([1, 3])
    array([[ True, False, False],
           [ True,  True,  True]])
    """
    lengths = np.asarray(lengths)
    if lengths.ndim != 1 or not lengths.size or lengths.dtype.kind not in "iu" or lengths.min() < 0:
        raise ValueError(f"lengths_mask: lengths must be a list of whole numbers, at least 0, not {lengths!r}")
    longest = int(lengths.max()) if longest is None else longest
    if lengths.max() > longest:
        raise ValueError(f"lengths_mask: a length of {lengths.max()} does not fit {longest} places")
    return np.arange(longest) < lengths[:, None]
