"""Every function of the framework under one roof, as ``minigrad.functional``, with PyTorch's names.

Arrays and numbers are taken for tensors.  What a function computes, and its gradient, stands in ``ops/``.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from . import random
from .ops import activation, attention, conv, elementwise, lstm, matmul, norm, pool, resample, shape
from .ops import softmax as losses
from .tensor import Tensor, as_tensor


def taking_arrays(function: Callable, tensors: int = 1) -> Callable:
    """Let `function` take arrays in place of its first so many arguments."""

    @functools.wraps(function)
    def wrapped(*args: Any, **kwargs: Any):
        return function(*(as_tensor(a) if i < tensors and a is not None else a for i, a in enumerate(args)), **kwargs)

    return wrapped


def relu(x) -> Tensor:
    """``max(x, 0)``; its gradient is up to the rule of the reverse pass."""
    return activation.ReLU()(as_tensor(x))


def leaky_relu(x, negative_slope: float = 0.01) -> Tensor:
    """``x`` where positive, ``negative_slope * x`` elsewhere."""
    return activation.LeakyReLU(negative_slope)(as_tensor(x))


def sigmoid(x) -> Tensor:
    """``1 / (1 + e^-x)``, without overflow."""
    return activation.Sigmoid()(as_tensor(x))


def tanh(x) -> Tensor:
    """Hyperbolic tangent."""
    return activation.Tanh()(as_tensor(x))


def softplus(x) -> Tensor:
    """``log(1 + e^x)``, without overflow."""
    return activation.Softplus()(as_tensor(x))


def maximum(a, b) -> Tensor:
    """The larger of two, element by element."""
    return elementwise.Maximum()(as_tensor(a), b)


def minimum(a, b) -> Tensor:
    """The smaller of two, element by element."""
    return -elementwise.Maximum()(-as_tensor(a), -as_tensor(b))


def where(condition, a, b) -> Tensor:
    """`a` where `condition` holds, else `b`."""
    return elementwise.where(condition, a if isinstance(b, Tensor) else as_tensor(a), b)


def linear(x, weight, bias=None) -> Tensor:
    """``x weight^T + bias`` for x (..., inputs) and weight (outputs, inputs)."""
    x, weight = as_tensor(x), as_tensor(weight)
    if weight.ndim != 2 or x.ndim < 1 or x.shape[-1] != weight.shape[1]:
        raise ValueError(
            f"linear: x {x.shape} does not fit the weight {weight.shape}: the last axis of x must be "
            f"{weight.shape[-1]} long; flatten pictures first"
        )
    y = matmul.matmul(x, weight.T)
    return y if bias is None else y + bias


def cat(tensors: Sequence, axis: int = 0) -> Tensor:
    """Put tensors one after the other along `axis`."""
    xs = [as_tensor(x) for x in tensors]
    if not xs:
        raise ValueError("cat: give at least one tensor")
    (axis,) = shape.normalise_axis(axis, xs[0].ndim)
    rest = {x.shape[:axis] + x.shape[axis + 1 :] for x in xs}
    if len(rest) > 1:
        raise ValueError(f"cat: shapes {[x.shape for x in xs]} must be the same but for axis {axis}")
    return shape.Concatenate(axis)(*xs)


def stack(tensors: Sequence, axis: int = 0) -> Tensor:
    """Put tensors of one shape one after the other along a new axis."""
    xs = [as_tensor(x) for x in tensors]
    if not xs:
        raise ValueError("stack: give at least one tensor")
    (axis,) = shape.normalise_axis(axis, xs[0].ndim + 1)
    return cat([x.reshape(*x.shape[:axis], 1, *x.shape[axis:]) for x in xs], axis)


def pad(x, widths: Sequence[int], mode: str = "constant", value: float = 0.0) -> Tensor:
    """Add a margin: `widths` is (left, right), (left, right, top, bottom), ... from the last axis on.

    `mode` is ``"constant"``, ``"reflect"`` or ``"replicate"``; negative widths crop.
    """
    x = as_tensor(x)
    if len(widths) % 2 or len(widths) > 2 * x.ndim:
        raise ValueError(f"pad: widths come in pairs, at most {x.ndim} for shape {x.shape}, not {tuple(widths)}")
    pairs = [(int(widths[i]), int(widths[i + 1])) for i in range(0, len(widths), 2)]
    pairs = [(0, 0)] * (x.ndim - len(pairs)) + pairs[::-1]
    crop = tuple(slice(max(-a, 0), n - max(-b, 0)) for n, (a, b) in zip(x.shape, pairs))
    x = x[crop] if any(min(p) < 0 for p in pairs) else x
    margin = [(max(a, 0), max(b, 0)) for a, b in pairs]
    if mode == "constant":
        return shape.Pad(margin, value)(x)
    if mode not in ("reflect", "replicate"):
        raise ValueError(f"pad: unknown mode {mode!r}; use 'constant', 'reflect' or 'replicate'")
    for axis, (a, b) in enumerate(margin):
        if mode == "reflect" and max(a, b) >= x.shape[axis]:
            raise ValueError(f"pad: reflecting {max(a, b)} of axis {axis} needs more than its {x.shape[axis]} numbers")
        source = np.pad(np.arange(x.shape[axis]), (a, b), mode="reflect" if mode == "reflect" else "edge")
        x = x[(slice(None),) * axis + (source,)] if a or b else x
    return x


def dropout(x, p: float = 0.5, training: bool = True) -> Tensor:
    """In training, set each number to 0 with probability `p` and scale the others by ``1 / (1 - p)``."""
    x = as_tensor(x)
    if not 0 <= p < 1:
        raise ValueError(f"dropout: p must be a probability below 1, not {p}")
    if not training or p == 0:
        return x
    kept = random.generator().random(x.shape) >= p
    return x * (kept / (1 - p)).astype(x.dtype)


def embedding(indices, weight, padding_idx: int | None = None) -> Tensor:
    """Rows of `weight` (words, features) at integer `indices`, of any shape; row `padding_idx` gets no gradient."""
    indices = np.asarray(getattr(indices, "array", indices))
    if indices.dtype.kind not in "iu":
        raise TypeError(f"embedding: indices must be integers, not {indices.dtype}")
    if indices.size and (indices.min() < 0 or indices.max() >= weight.shape[0]):
        raise ValueError(f"embedding: indices {indices.min()} to {indices.max()} outside of the {weight.shape[0]} rows")
    rows = weight[indices]
    return rows if padding_idx is None else where((indices == padding_idx)[..., None], rows.detach(), rows)


softmax = taking_arrays(losses.softmax)
log_softmax = taking_arrays(losses.log_softmax)
cross_entropy = taking_arrays(losses.cross_entropy)
binary_cross_entropy_with_logits = taking_arrays(losses.binary_cross_entropy_with_logits)
mse_loss = taking_arrays(losses.mse_loss)
conv2d = taking_arrays(conv.conv2d, tensors=3)
conv_transpose2d = taking_arrays(conv.conv_transpose2d, tensors=3)
max_pool2d = taking_arrays(pool.max_pool2d)
max_unpool2d = taking_arrays(pool.max_unpool2d)
avg_pool2d = taking_arrays(pool.avg_pool2d)
adaptive_avg_pool2d = taking_arrays(resample.adaptive_avg_pool2d)
interpolate = taking_arrays(resample.interpolate)
batch_norm = taking_arrays(norm.batch_norm, tensors=5)
local_response_norm = taking_arrays(norm.local_response_norm)
lstm_step = taking_arrays(lstm.lstm_step, tensors=2)
attention_weights = taking_arrays(attention.attention_weights)
scaled_dot_product_attention = taking_arrays(attention.scaled_dot_product_attention, tensors=3)
