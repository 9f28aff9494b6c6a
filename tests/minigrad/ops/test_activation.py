"""Point-wise non-linearities: held to finite differences, numbers by hand, and inputs that overflow a naive formula.

What to take from it: the same function can be computed by a formula that overflows and by one that doesn't.
"""

import numpy as np
import pytest

import minigrad as mg
from minigrad import functional as F

SMOOTH = [F.sigmoid, F.tanh, F.softplus]


@pytest.mark.parametrize("fn", SMOOTH)
def test_smooth_activations_match_finite_differences_twice(fn, normal):
    assert mg.gradcheck(fn, normal(2, 3))
    assert mg.gradgradcheck(fn, normal(2, 3))


@pytest.mark.parametrize("fn", [F.relu, F.leaky_relu, lambda x: F.leaky_relu(x, 0.3)])
def test_activations_with_a_kink_match_finite_differences_away_from_it(fn, spread):
    assert mg.gradcheck(fn, spread(3, 4))
    assert mg.gradgradcheck(lambda x: fn(x) ** 2, spread(3, 4))


def test_relu_keeps_what_is_positive_and_its_slope_at_zero_is_zero(leaf):
    x = leaf([-1.0, 0.0, 2.0])
    y = F.relu(x)
    assert y.numpy().tolist() == [0, 0, 2]
    assert mg.grad(y.sum(), x).numpy().tolist() == [0, 0, 1]


def test_relu_lets_nan_through():
    assert np.isnan(F.relu(mg.tensor(np.array([np.nan]))).item())


def test_leaky_relu_by_hand(leaf):
    x = leaf([-10.0, 0.0, 2.0])
    y = F.leaky_relu(x, 0.1)
    assert y.numpy().tolist() == [-1, 0, 2]
    assert mg.grad(y.sum(), x).numpy().tolist() == [0.1, 0.1, 1]


def test_the_slope_of_sigmoid_at_zero_is_a_quarter(leaf):
    x = leaf(0.0)
    assert F.sigmoid(x).item() == 0.5
    assert mg.grad(F.sigmoid(x), x).item() == 0.25


@pytest.mark.parametrize("fn, low, high", [(F.sigmoid, 0, 1), (F.tanh, -1, 1), (F.softplus, 0, 1e4)])
def test_large_inputs_neither_overflow_nor_give_nan(fn, low, high):
    for dtype in (np.float32, np.float64):
        x = mg.tensor(np.array([-1e4, 1e4], dtype), requires_grad=True)
        y = fn(x)
        assert y.dtype == dtype and y.numpy().tolist() == [low, high]
        assert np.isfinite(mg.grad(y.sum(), x).numpy()).all()


def test_sigmoid_is_symmetric(normal):
    x = normal(20) * 10
    np.testing.assert_allclose(F.sigmoid(x).numpy() + F.sigmoid(-x).numpy(), 1, rtol=1e-15)


def test_method_and_function_are_the_same(normal):
    x = mg.tensor(normal(5))
    for name in ("relu", "sigmoid", "tanh"):
        np.testing.assert_array_equal(getattr(x, name)().numpy(), getattr(F, name)(x).numpy())
