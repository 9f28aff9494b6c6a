"""Attention: look something up softly.

A dictionary returns the value whose key equals the query.  Attention returns a mean of all values, in which each counts
by how well its key fits the query: so it has a gradient, and can be learned.

Shapes: query (..., L, E), keys (..., S, E), values (..., S, D); a mask (..., L, S) of bools, True where one may look.

Read next: ``nn/attention.py``, in which what fits is learned.
"""

from __future__ import annotations

import math

import numpy as np

from .elementwise import where
from .softmax import softmax


def attention_weights(scores, mask=None):
    """``a = softmax(scores)`` along the last axis, with 0 where the mask is False.

    Raises
    ------
    ValueError
        If a mask does not fit, or leaves a query nothing to look at.
    """
    if mask is None:
        return softmax(scores)
    mask = np.asarray(getattr(mask, "array", mask))
    if mask.dtype != bool or np.broadcast_shapes(mask.shape, scores.shape) != scores.shape:
        raise ValueError(f"attention: a mask must be bools that fit the scores {scores.shape}, not {mask.dtype} "
                         f"{mask.shape}")
    if not mask.any(axis=-1).all():
        raise ValueError("attention: the mask leaves a query nothing to look at; give it one place at least")
    return softmax(where(mask, scores, -np.inf))


def scaled_dot_product_attention(query, key, value, mask=None):
    """``softmax(q k^T / sqrt E) v``: the better a key points the query's way, the more its value counts.

    The root keeps the scores' spread at 1 however long the keys are; else softmax would soon see one key only
    (Vaswani et al. 2017, section 3.2.1).

    Examples
    --------
    >>> import minigrad as mg
    >>> keys, values = mg.tensor([[9.0, 0.0], [0.0, 9.0]]), mg.tensor([[1.0], [5.0]])
    >>> scaled_dot_product_attention(mg.tensor([[9.0, 0.0]]), keys, values).numpy()
    array([[1.]], dtype=float32)
    """
    matrices = min(query.ndim, key.ndim, value.ndim) >= 2
    if not matrices or query.shape[-1] != key.shape[-1] or key.shape[-2] != value.shape[-2]:
        raise ValueError(f"scaled_dot_product_attention: query {query.shape}, key {key.shape} and value {value.shape} "
                         "must be (..., L, E), (..., S, E) and (..., S, D)")
    scores = (query @ key.swapaxes(-1, -2)) / math.sqrt(query.shape[-1])
    return attention_weights(scores, mask) @ value
