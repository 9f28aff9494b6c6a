"""Soft attention: where to look is learned, and can be looked at.

A decoder that has to describe a picture asks, before each word, which places it should look at.  A query q (its state)
meets the places' features x_1 ... x_S; the scores of the places become weights a that sum to 1, and what it sees is the
context, their weighted mean:

    a  =  softmax(e_1 ... e_S)          context  =  sum over s of a_s x_s

    additive      e_s = v . tanh(W q + U x_s)          (Bahdanau et al. 2015, appendix A.1.2)
    dot product   e_s = (W q) . (U x_s) / sqrt A       (Luong et al. 2015; the root is Vaswani et al.'s, 2017)

The weights are no explanation by themselves: they say where the net looked, not what it made of it.

Shapes: L queries (N, L, Q), places (N, S, K), hidden size A; weights (N, L, S) and context (N, L, K).
"""

from __future__ import annotations

import math

from .. import functional as F
from .layers import Linear, at_least_one
from .module import Module


class Attention(Module):
    """What both kinds share: ``context, weights = attention(query, places, mask)``.

    Parameters
    ----------
    query_size, place_size, hidden_size : int
        Q, K and A.

    Call
    ----
    query : Tensor (N, L, Q)
    places : Tensor (N, S, K)
    mask : bool array (N, L, S) or one that can be stretched to it, optional
        False where one must not look.
    keys : Tensor (N, S, A), optional
        ``attention.key(places)``, from who asks the same places often and has computed it once.
    """

    def __init__(self, query_size: int, place_size: int, hidden_size: int):
        at_least_one(type(self).__name__, query_size=query_size, place_size=place_size, hidden_size=hidden_size)
        self.query = Linear(query_size, hidden_size)
        self.key = Linear(place_size, hidden_size, bias=False)

    def forward(self, query, places, mask=None, keys=None):
        sizes = self.query.weight.shape[1], self.key.weight.shape[1]
        if query.ndim != 3 or places.ndim != 3 or (query.shape[2], places.shape[2]) != sizes \
                or len(query) != len(places):
            raise ValueError(f"{type(self).__name__}: query {query.shape} and places {places.shape} must be "
                             f"(N, L, {sizes[0]}) and (N, S, {sizes[1]})")
        keys = self.key(places) if keys is None else keys
        weights = F.attention_weights(self.scores(self.query(query), keys), mask)
        return weights @ places, weights

    def scores(self, q, keys):
        """How well each place's key (N, S, A) fits each q (N, L, A): (N, L, S).  A subclass says it."""


class AdditiveAttention(Attention):
    """``e_s = v . tanh(W q + U x_s)``: a small net looks at query and place together.

    Examples
    --------
    >>> import minigrad as mg, numpy as np
    >>> context, weights = AdditiveAttention(2, 3, 4)(mg.tensor(np.ones((1, 1, 2))), mg.tensor(np.ones((1, 5, 3))))
    >>> context.numpy().round(6), weights.numpy().round(6)
    (array([[[1., 1., 1.]]]), array([[[0.2, 0.2, 0.2, 0.2, 0.2]]]))
    """

    def __init__(self, query_size: int, place_size: int, hidden_size: int):
        super().__init__(query_size, place_size, hidden_size)
        self.score = Linear(hidden_size, 1, bias=False)

    def scores(self, q, keys):
        (n, s, a), queries = keys.shape, q.shape[1]
        together = (q.reshape(n, queries, 1, a) + keys.reshape(n, 1, s, a)).tanh()
        return self.score(together).reshape(n, queries, s)


class DotProductAttention(Attention):
    """``e_s = (W q) . (U x_s) / sqrt A``: cheaper, as there is no tanh for every place."""

    def scores(self, q, keys):
        return (q @ keys.swapaxes(1, 2)) / math.sqrt(q.shape[2])
