"""Soft attention as a layer: held to its formula, place by place, and to finite differences."""

import numpy as np
import pytest

import minigrad as mg
from minigrad import nn

KINDS = [nn.AdditiveAttention, nn.DotProductAttention]


@pytest.fixture(params=KINDS, ids=lambda kind: kind.__name__)
def attention(request):
    mg.manual_seed(3)
    return request.param(2, 3, 4).astype("float64")


def scores_by_hand(attention, query, places):
    """The formula, for one query and one place after the other."""
    w = {name: array for name, array in attention.state_dict().items()}
    q = w["query.weight"] @ query + w["query.bias"]
    keys = [w["key.weight"] @ place for place in places]
    if isinstance(attention, nn.AdditiveAttention):
        return np.array([w["score.weight"][0] @ np.tanh(q + key) for key in keys])
    return np.array([q @ key / 2 for key in keys])  # the root of 4


def test_the_context_is_the_mean_that_the_formula_says(attention, normal):
    queries, places = normal(2, 3, 2), normal(2, 5, 3)
    context, weights = attention(mg.tensor(queries), mg.tensor(places))
    for i, q in np.ndindex(2, 3):
        odds = np.exp(scores_by_hand(attention, queries[i, q], places[i]))
        np.testing.assert_allclose(weights.numpy()[i, q], odds / odds.sum())
        np.testing.assert_allclose(context.numpy()[i, q], odds / odds.sum() @ places[i])


def test_keys_that_are_known_need_not_be_computed_again(attention, normal):
    query, places = mg.tensor(normal(2, 1, 2)), mg.tensor(normal(2, 5, 3))
    again, _ = attention(query, places, None, attention.key(places))
    np.testing.assert_array_equal(again.numpy(), attention(query, places)[0].numpy())


def test_a_masked_place_is_not_looked_at(attention, normal):
    mask = np.array([[[True, False, True]]])
    _, weights = attention(mg.tensor(normal(1, 2, 2)), mg.tensor(normal(1, 3, 3)), mask)
    np.testing.assert_array_equal(weights.numpy() > 0, np.repeat(mask, 2, axis=1))


def test_attention_matches_finite_differences_twice(attention, normal):
    for check in (mg.gradcheck, mg.gradgradcheck):
        assert check(attention, (normal(2, 2, 2), normal(2, 3, 3)))


def test_every_weight_gets_a_gradient(attention, normal):
    context, _ = attention(mg.tensor(normal(2, 1, 2)), mg.tensor(normal(2, 3, 3)))
    context.sum().backward()
    assert all(p.grad is not None and np.isfinite(p.grad).all() for p in attention.parameters())


def test_shapes_that_dont_fit_are_refused(attention, normal):
    for query, places in (((2, 1, 3), (2, 5, 3)), ((2, 1, 2), (2, 5, 2)), ((2, 1, 2), (1, 5, 3)), ((2, 2), (2, 5, 3))):
        with pytest.raises(ValueError, match=r"must be \(N, L, 2\) and \(N, S, 3\)"):
            attention(mg.tensor(normal(*query)), mg.tensor(normal(*places)))
