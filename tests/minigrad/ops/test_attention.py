"""Attention: held to a lookup by hand, to a loop over queries and to finite differences.

What to take from it: it is a mean whose weights depend on a question, and what is masked has no share in it.
"""

import numpy as np
import pytest

import minigrad as mg
from minigrad import functional as F


def one_query_after_the_other(q, k, v, mask):
    """The definition: for each query, the mean of the values where it may look."""
    rows = []
    for query, allowed in zip(q, mask):
        odds = [np.exp(query @ key / np.sqrt(len(query))) if may else 0.0 for key, may in zip(k, allowed)]
        rows.append(sum(o * value for o, value in zip(odds, v)) / sum(odds))
    return np.array(rows)


def test_weights_by_hand():
    scores = np.log([[1.0, 2.0, 5.0]])
    np.testing.assert_allclose(F.attention_weights(scores).numpy(), [[1 / 8, 2 / 8, 5 / 8]])
    np.testing.assert_allclose(F.attention_weights(scores, [[True, False, True]]).numpy(), [[1 / 6, 0, 5 / 6]])


def test_attention_is_a_mean_for_each_query(normal, rng):
    q, k, v, mask = normal(4, 3), normal(5, 3), normal(5, 2), rng.random((4, 5)) < 0.6
    mask[:, 0] = True
    ours = F.scaled_dot_product_attention(q, k, v, mask)
    np.testing.assert_allclose(ours.numpy(), one_query_after_the_other(q, k, v, mask))


def test_attention_matches_finite_differences_twice(normal):
    inputs, mask = (normal(2, 2, 3), normal(2, 4, 3), normal(2, 4, 2)), np.arange(4) != 1
    for check in (mg.gradcheck, mg.gradgradcheck):
        assert check(F.scaled_dot_product_attention, inputs)
        assert check(lambda q, k, v: F.scaled_dot_product_attention(q, k, v, mask), inputs)


def test_what_is_masked_changes_nothing_and_gets_no_gradient(leaf, normal):
    q, k, mask = leaf(normal(1, 3)), leaf(normal(2, 3)), np.array([True, False])
    v = leaf([[1.0], [1e6]])
    y = F.scaled_dot_product_attention(q, k, v, mask)
    assert y.numpy().tolist() == [[1.0]]
    gk, gv = mg.grad(y, (k, v))
    assert gv.numpy().tolist() == [[1.0], [0.0]] and not gk.numpy().any()


@pytest.mark.parametrize(("mistake", "words"), [
    (lambda: F.attention_weights(np.zeros((1, 2)), [[False, False]]), "leaves a query nothing to look at"),
    (lambda: F.attention_weights(np.zeros((1, 2)), [[1.0, 0.0]]), r"bools that fit the scores \(1, 2\), not float64"),
    (lambda: F.attention_weights(np.zeros((1, 2)), np.ones((3, 2), bool)), r"fit the scores \(1, 2\)"),
    (lambda: F.scaled_dot_product_attention(np.zeros((1, 2)), np.zeros((3, 4)), np.zeros((3, 1))), r"key \(3, 4\)"),
    (lambda: F.scaled_dot_product_attention(np.zeros(2), np.zeros((3, 2)), np.zeros((3, 1))), r"query \(2,\)"),
])
def test_mistakes_are_refused_in_words(mistake, words):
    with pytest.raises(ValueError, match=words):
        mistake()
