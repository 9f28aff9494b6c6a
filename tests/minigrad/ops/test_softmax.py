"""Softmax and losses: held to probabilities by hand, finite differences, and scores of ten thousand.

What to take from it: computed from ``x - max(x)`` nothing overflows; and the gradient of cross-entropy with respect to
the scores is as simple as ``p - target``.
"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import minigrad as mg
from minigrad import functional as F
from minigrad.ops.softmax import nll

from ...exercises.judging import compare

probabilities = pytest.mark.exercise("softmax-backward", "minigrad.ops.softmax:Softmax.backward", chapter=3)
surprise = pytest.mark.exercise("cross-entropy", "minigrad.ops.softmax:nll", chapter=3)

LOGITS = np.log([[1.0, 2.0, 5.0], [6.0, 1.0, 1.0]])
P = np.array([[1, 2, 5], [6, 1, 1]]) / 8


def test_softmax_turns_logarithms_of_odds_into_probabilities():
    np.testing.assert_allclose(F.softmax(LOGITS).numpy(), P, rtol=1e-6)
    np.testing.assert_allclose(F.log_softmax(LOGITS).numpy(), np.log(P), rtol=1e-6)


@probabilities
@pytest.mark.parametrize("axis", [1, 0])
def test_the_gradient_of_softmax_matches_finite_differences(axis, normal):
    assert mg.gradcheck(lambda x: F.softmax(x, axis=axis), normal(2, 4))
    assert mg.gradcheck(lambda x: F.softmax(x, axis=axis), normal(3, 2, 2))


@surprise
def test_the_loss_of_each_sample_is_minus_the_log_of_its_right_class():
    log_p = mg.tensor(np.log(P))
    compare(nll(log_p, np.array([2, 1])), -np.log([5 / 8, 1 / 8]), "-log p of the classes 2 and 1")
    assert mg.gradcheck(lambda x: nll(x, np.array([2, 1])), np.log(P))


@surprise
def test_every_place_of_a_map_has_its_own_right_class(normal):
    log_p, target = normal(2, 3, 2), np.array([[0, 2], [1, 1]])
    expected = [[-log_p[0, 0, 0], -log_p[0, 2, 1]], [-log_p[1, 1, 0], -log_p[1, 1, 1]]]
    compare(nll(mg.tensor(log_p), target), expected, "-log p of the right class at each place")


@surprise
def test_a_class_that_there_is_not_is_refused(normal):
    for wrong in ([0, 3], [-1, 0]):
        try:
            nll(mg.tensor(normal(2, 3)), np.array(wrong))
        except ValueError:
            continue
        pytest.fail(f"of 3 classes, {wrong} should be refused by a ValueError (checked_classes)")


@pytest.mark.parametrize("fn", [F.softmax, F.log_softmax])
@pytest.mark.parametrize("axis", [0, 1, -1])
def test_softmax_matches_finite_differences_twice_along_any_axis(fn, axis, normal):
    assert mg.gradcheck(lambda x: fn(x, axis=axis), normal(2, 3))
    assert mg.gradgradcheck(lambda x: fn(x, axis=axis), normal(2, 3))


@settings(max_examples=20)
@given(st.integers(0, 10_000), st.floats(-1e3, 1e3))
def test_softmax_doesnt_see_a_shift_of_all_scores(seed, shift):
    x = np.random.default_rng(seed).standard_normal((2, 4))
    np.testing.assert_allclose(F.softmax(x + shift).numpy(), F.softmax(x).numpy(), rtol=1e-9)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_scores_of_ten_thousand_do_no_harm(dtype):
    x = mg.tensor(np.array([[1e4, 0.0, -1e4]], dtype), requires_grad=True)
    assert F.softmax(x).numpy().tolist() == [[1, 0, 0]]
    assert F.log_softmax(x).numpy().tolist() == [[0, -1e4, -2e4]]
    loss = F.cross_entropy(x, [2])
    assert loss.item() == 2e4
    assert mg.grad(loss, x).numpy().tolist() == [[1, 0, -1]]


def test_cross_entropy_by_hand():
    losses = -np.log([5 / 8, 1 / 8])
    assert F.cross_entropy(LOGITS, [2, 1]).item() == pytest.approx(losses.mean())
    assert F.cross_entropy(LOGITS, [2, 1], reduction="sum").item() == pytest.approx(losses.sum())
    np.testing.assert_allclose(F.cross_entropy(LOGITS, [2, 1], reduction="none").numpy(), losses)


def test_the_gradient_of_cross_entropy_is_probability_minus_target(leaf):
    x = leaf(LOGITS)
    g = mg.grad(F.cross_entropy(x, [2, 1], reduction="sum"), x)
    np.testing.assert_allclose(g.numpy(), P - np.array([[0, 0, 1], [0, 1, 0]]), atol=1e-15)


def test_class_numbers_and_probabilities_of_one_agree(normal):
    x = normal(4, 3)
    assert F.cross_entropy(x, [0, 2, 1, 1]).item() == pytest.approx(F.cross_entropy(x, np.eye(3)[[0, 2, 1, 1]]).item())


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_cross_entropy_matches_finite_differences(reduction, normal, rng):
    classes, probabilities = np.array([0, 2, 1, 1]), rng.dirichlet(np.ones(3), 4)
    for target in (classes, probabilities):
        assert mg.gradcheck(lambda x, target=target: F.cross_entropy(x, target, reduction), normal(4, 3))
        assert mg.gradgradcheck(lambda x, target=target: F.cross_entropy(x, target, reduction), normal(4, 3))


def test_cross_entropy_of_a_picture_takes_a_class_per_pixel(normal):
    x, target = normal(2, 3, 2, 2), np.arange(8).reshape(2, 2, 2) % 3
    flat = F.cross_entropy(x.transpose(0, 2, 3, 1).reshape(-1, 3), target.reshape(-1))
    assert F.cross_entropy(x, target).item() == pytest.approx(flat.item())
    assert mg.gradcheck(lambda x: F.cross_entropy(x, target), x)


def test_binary_cross_entropy_is_cross_entropy_with_two_classes(normal):
    x, t = normal(5), np.array([0.0, 1.0, 1.0, 0.0, 1.0])
    two = np.stack([np.zeros(5), x], axis=1)
    assert F.binary_cross_entropy_with_logits(x, t).item() == pytest.approx(F.cross_entropy(two, t.astype(int)).item())


def test_the_other_losses_match_finite_differences(normal):
    t = np.array([0.0, 1.0, 0.3])
    for loss in (F.binary_cross_entropy_with_logits, F.mse_loss):
        assert mg.gradcheck(lambda x, loss=loss: loss(x, t), normal(3))
        assert mg.gradgradcheck(lambda x, loss=loss: loss(x, t), normal(3))


def test_mean_squared_error_by_hand():
    assert F.mse_loss(np.array([1.0, 5.0]), np.array([2.0, 2.0])).item() == (1 + 9) / 2


X = np.zeros((2, 3))


@pytest.mark.parametrize(
    "mistake, error, words",
    [
        (lambda: F.cross_entropy(X[0], [1]), ValueError, r"cross_entropy: logits must be \(N, K\).*\(3,\)"),
        (lambda: F.cross_entropy(X[:0], []), ValueError, r"cross_entropy:.*\(0, 3\)"),
        (lambda: F.cross_entropy(X, [0, 3]), ValueError, "cross_entropy:.*classes 0 to 3.*scores for 0 to 2"),
        (lambda: F.cross_entropy(X, [-1, 0]), ValueError, "classes -1 to 0"),
        (lambda: F.cross_entropy(X, [0]), ValueError, r"cross_entropy:.*\(2, 3\).*target of shape \(2,\).*\(1,\)"),
        (lambda: F.cross_entropy(X, [0.0, 1.0]), TypeError, "for class numbers pass integers"),
        (lambda: F.cross_entropy(X, [True, False]), TypeError, "cross_entropy:.*integers, not bool"),
        (lambda: F.cross_entropy(X, X * np.nan), ValueError, "cross_entropy:.*NaN"),
        (lambda: F.cross_entropy(X, [0, 1], reduction="max"), ValueError, "'max'.*'mean', 'sum' or 'none'"),
        (lambda: F.softmax(X, axis=2), ValueError, "axis 2 does not exist"),
        (lambda: F.softmax(np.zeros((2, 0))), ValueError, r"softmax: shape \(2, 0\)"),
        (lambda: F.log_softmax(np.zeros((2, 0))), ValueError, r"log_softmax: shape \(2, 0\)"),
        (lambda: F.mse_loss(X, X[0]), ValueError, r"mse_loss: shapes \(2, 3\) and \(3,\)"),
        (lambda: F.binary_cross_entropy_with_logits(X, X[0]), ValueError, r"binary_cross_entropy.*\(2, 3\).*\(3,\)"),
    ],
)
def test_mistakes_are_refused_in_words(mistake, error, words):
    with pytest.raises(error, match=words):
        mistake()
