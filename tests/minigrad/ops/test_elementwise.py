"""Arithmetic, number by number: held to derivatives by hand, and to finite differences with every kind of stretching.

What to take from it: where NumPy stretches an operand its gradient is a sum, and at corners a convention decides.
"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis.extra.numpy import mutually_broadcastable_shapes

import minigrad as mg

TWO = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "div": lambda a, b: a / b,
    "pow": lambda a, b: a**b,
}
ONE = {
    "neg": lambda x: -x,
    "exp": lambda x: x.exp(),
    "log": lambda x: x.log(),
    "sqrt": lambda x: x.sqrt(),
    "square": lambda x: x**2,
    "reciprocal": lambda x: 1 / x,
    "from a number": lambda x: 3 - x,
    "base 2": lambda x: 2**x,
    "inverse root": lambda x: x**-0.5,
}
EXERCISES = {
    "mul": pytest.mark.exercise(
        "mul-backward", "minigrad.ops.elementwise:Mul.backward", chapter=1, needs=["unbroadcast"]
    ),
    "div": pytest.mark.exercise(
        "div-backward", "minigrad.ops.elementwise:Div.backward", chapter=1, needs=["mul-backward"]
    ),
}
SHAPES = [((2, 3), (2, 3)), ((2, 3), (3,)), ((2, 1), (1, 3)), ((), (2, 2)), ((1,), (2,)), ((2, 1, 3), (4, 1))]


@pytest.mark.parametrize("name", [pytest.param(name, marks=EXERCISES.get(name, ())) for name in TWO])
@pytest.mark.parametrize("a, b", SHAPES)
def test_two_operands_match_finite_differences_however_they_are_stretched(name, a, b, positive):
    assert mg.gradcheck(TWO[name], (positive(*a), positive(*b)))


@pytest.mark.parametrize("name", TWO)
def test_second_derivatives_of_two_operands_match_finite_differences(name, positive):
    assert mg.gradgradcheck(TWO[name], (positive(2, 3), positive(3)))


@pytest.mark.parametrize("name", ONE)
def test_first_and_second_derivatives_of_one_operand_match_finite_differences(name, positive):
    assert mg.gradcheck(ONE[name], positive(2, 3))
    assert mg.gradgradcheck(ONE[name], positive(2, 3))


@settings(max_examples=25)
@given(mutually_broadcastable_shapes(num_shapes=2, max_dims=3, max_side=3, min_side=0))
def test_the_gradient_of_a_stretched_operand_counts_its_copies(shapes):
    a, b = (mg.tensor(np.ones(s), requires_grad=True) for s in shapes.input_shapes)
    y = a + b
    assert y.shape == shapes.result_shape
    for x, g in zip((a, b), mg.grad(y.sum(), (a, b)), strict=True):
        copies = y.size / x.size if x.size else 0
        np.testing.assert_array_equal(g.numpy(), np.full(x.shape, copies))


def test_the_quotient_rule_by_hand(leaf):
    a, b = leaf(6.0), leaf(2.0)
    assert [g.item() for g in mg.grad(a / b, (a, b))] == [1 / 2, -6 / 4]


def test_a_power_by_hand(leaf):
    a, b = leaf(2.0), leaf(3.0)
    base, exponent = mg.grad(a**b, (a, b))
    assert base.item() == 3 * 2**2
    assert exponent.item() == pytest.approx(8 * np.log(2))


def test_powers_of_zero_and_negative_numbers_have_finite_gradients(leaf):
    x = leaf([0.0, -2.0])
    assert mg.grad((x**2).sum(), x).numpy().tolist() == [0, -4]
    assert mg.grad((x**1).sum(), x).numpy().tolist() == [1, 1]
    assert mg.grad((x**0).sum(), x).numpy().tolist() == [0, 0]


def test_zero_to_a_variable_power_has_gradient_zero_for_the_power(leaf):
    b = leaf(2.0)
    assert mg.grad(mg.tensor(np.array(0.0)) ** b, b).item() == 0


@pytest.mark.parametrize(
    "fn", [lambda x: x.abs(), lambda x: abs(x), lambda x: x.clip(-0.5, 0.4), lambda x: x.clip(low=0)]
)
def test_functions_with_corners_match_finite_differences_away_from_them(fn, spread):
    assert mg.gradcheck(fn, spread(3, 4) + 0.01)


def test_the_slope_of_abs_at_zero_is_zero(leaf):
    x = leaf([-2.0, 0.0, 3.0])
    assert mg.grad(x.abs().sum(), x).numpy().tolist() == [-1, 0, 1]


def test_clip_passes_the_gradient_on_its_bounds(leaf):
    x = leaf([-2.0, -1.0, 0.0, 1.0, 2.0])
    assert mg.grad(x.clip(-1, 1).sum(), x).numpy().tolist() == [0, 1, 1, 1, 0]


@pytest.mark.parametrize("fn", [mg.maximum, mg.minimum])
def test_maximum_and_minimum_match_finite_differences(fn, spread):
    a, b = spread(2, 3, 2)[..., 0], spread(2, 3, 2)[..., 1] + 0.03
    assert mg.gradcheck(fn, (a, b))
    assert mg.gradcheck(fn, (a, b[0]))


@pytest.mark.parametrize("fn", [mg.maximum, mg.minimum])
def test_equals_share_the_gradient_in_halves(fn, leaf):
    a, b = leaf([1.0, 2.0]), leaf([1.0, 2.0])
    for g in mg.grad(fn(a, b).sum(), (a, b)):
        assert g.numpy().tolist() == [0.5, 0.5]


def test_where_matches_finite_differences_and_stretches(normal):
    mask = np.array([[True, False, True], [False, False, True]])
    assert mg.gradcheck(lambda a, b: mg.where(mask, a, b), (normal(2, 3), normal(3)))
    assert mg.gradcheck(lambda a, b: mg.where(mask[0], a, b), (normal(2, 3), normal(2, 1)))


def test_where_takes_a_mask_tensor_and_numbers(leaf):
    x = leaf([-1.0, 2.0])
    y = mg.where(x > 0, x, 0.0)
    assert y.numpy().tolist() == [0, 2]
    assert mg.grad(y.sum(), x).numpy().tolist() == [0, 1]
    assert mg.where(x > 0, 0.0, x).numpy().tolist() == [-1, 0]


def test_shapes_that_cannot_be_stretched_are_refused(leaf):
    with pytest.raises(ValueError, match=r"\(2,\).*\(3,\)"):
        leaf([1.0, 2.0]) + leaf([1.0, 2.0, 3.0])
