"""Ops that only move numbers about: held to finite differences and to their adjoints.

What to take from it: two linear ops are adjoint if ``<A x, g> = <x, A* g>`` for all x and g, and a backward *is* the
adjoint.  Summing and stretching are such a pair.
"""

import numpy as np
import pytest

import minigrad as mg
from minigrad.ops.shape import BroadcastTo, Concatenate, Pad, Reshape, Sum, Transpose, unbroadcast

from ...exercises.judging import compare

undo = pytest.mark.exercise("unbroadcast", "minigrad.ops.shape:unbroadcast", chapter=1)
sums = pytest.mark.exercise("sum-backward", "minigrad.ops.shape:Sum.backward", chapter=2)

LINEAR = {
    "sum over one axis": (lambda: Sum((1,), False), (2, 3, 2)),
    "sum over all, axes kept": (lambda: Sum((0, 1), True), (2, 3)),
    "stretch": (lambda: BroadcastTo((2, 4, 3)), (4, 1)),
    "reshape": (lambda: Reshape((3, 4)), (2, 6)),
    "transpose": (lambda: Transpose((2, 0, 1)), (2, 3, 4)),
    "pad": (lambda: Pad([(1, 0), (2, 1)], 0.0), (2, 3)),
}


@pytest.mark.parametrize("name", LINEAR)
def test_the_backward_is_the_adjoint(name, normal):
    op, shape = LINEAR[name]
    x = mg.tensor(normal(*shape), requires_grad=True)
    y = op()(x)
    g = normal(*y.shape)
    back = mg.grad(y, x, g).numpy()
    assert (y.numpy() * g).sum() == pytest.approx((x.numpy() * back).sum())


@pytest.mark.parametrize("name", LINEAR)
def test_first_and_second_derivatives_match_finite_differences(name, normal):
    op, shape = LINEAR[name]
    assert mg.gradcheck(lambda x: op()(x), normal(*shape))
    assert mg.gradgradcheck(lambda x: op()(x * x), normal(*shape))


@undo
@pytest.mark.parametrize(
    "small, large",
    [((2, 3), (2, 3)), ((3,), (2, 3)), ((2, 1), (2, 3)), ((), (2, 3)), ((1, 1), (2, 3)), ((3, 1), (2, 3, 4))],
)
def test_what_was_stretched_gets_a_gradient_of_its_own_shape(small, large, normal):
    assert mg.gradcheck(lambda x: BroadcastTo(large)(x), normal(*small))


@undo
def test_nothing_is_added_up_where_nothing_was_stretched(normal):
    g = normal(1, 3)
    compare(unbroadcast(mg.tensor(g), (1, 3)), g, "the gradient of an operand that was not stretched")


@sums
@pytest.mark.parametrize("axis", [1, 0, None])
@pytest.mark.parametrize("keepdims", [False, True])
def test_the_gradient_of_a_square_of_numbers_summed_along_an_axis(axis, keepdims, normal):
    assert mg.gradcheck(lambda x: x.sum(axis=axis, keepdims=keepdims), normal(3, 3))


@sums
@pytest.mark.parametrize("axis", [0, 1, -1, (0, 2)])
def test_the_gradient_of_a_sum_matches_finite_differences_whatever_is_summed(axis, normal):
    assert mg.gradcheck(lambda x: x.sum(axis=axis), normal(2, 3, 4))


def test_every_summand_gets_the_gradient_of_its_sum(leaf):
    x = leaf([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    assert mg.grad(x.sum(axis=0), x, [10.0, 20.0, 30.0]).numpy().tolist() == [[10, 20, 30], [10, 20, 30]]


def test_a_stretched_number_gets_the_sum_of_its_copies_gradients(leaf):
    x = leaf([1.0, 2.0])
    assert mg.grad(x.broadcast_to(3, 2), x, [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]).numpy().tolist() == [9, 12]


@pytest.mark.parametrize("axis", [None, 0, -1, (0, 2)])
@pytest.mark.parametrize("name", ["sum", "mean", "var"])
def test_reductions_match_finite_differences(name, axis, normal):
    assert mg.gradcheck(lambda x: getattr(x, name)(axis=axis), normal(2, 3, 2))
    assert mg.gradgradcheck(lambda x: getattr(x, name)(axis=axis, keepdims=True), normal(2, 3, 2))


def test_the_gradient_of_a_mean_is_one_over_n(leaf):
    x = leaf([1.0, 2.0, 3.0, 4.0])
    assert mg.grad(x.mean(), x).numpy().tolist() == [0.25] * 4


def test_a_sum_over_no_axes_changes_nothing(leaf):
    x = leaf([1.0, 2.0])
    assert x.sum(axis=()).numpy().tolist() == [1, 2]


def test_the_sum_of_nothing_is_zero_and_its_gradient_empty():
    x = mg.tensor(np.ones((0, 3)), requires_grad=True)
    assert x.sum().item() == 0
    assert mg.grad(x.sum(), x).shape == (0, 3)


def test_reshape_works_out_what_minus_one_stands_for(normal):
    x = mg.tensor(normal(2, 3, 4))
    assert x.reshape(2, -1).shape == (2, 12)
    assert x.reshape((-1,)).shape == (24,)
    assert x.flatten(1).shape == (2, 12)


def test_an_empty_batch_can_be_flattened():
    assert mg.tensor(np.ones((0, 3, 4))).flatten(1).shape == (0, 12)


def test_transpose_reverses_the_axes_unless_told():
    x = mg.tensor(np.zeros((2, 3, 4)))
    assert x.T.shape == (4, 3, 2)
    assert x.transpose(1, 0, -1).shape == (3, 2, 4)
    assert x.swapaxes(0, -1).shape == (4, 3, 2)


def test_each_of_the_concatenated_gets_its_own_stretch(leaf):
    a, b = leaf([[1.0], [2.0]]), leaf([[3.0, 4.0], [5.0, 6.0]])
    ga, gb = mg.grad(mg.cat([a, b], axis=1), (a, b), [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    assert ga.numpy().tolist() == [[1], [4]]
    assert gb.numpy().tolist() == [[2, 3], [5, 6]]


@pytest.mark.parametrize("axis", [0, 1, -1])
def test_concatenation_matches_finite_differences(axis, normal):
    assert mg.gradcheck(lambda a, b: mg.cat([a, b, a], axis=axis), (normal(2, 2), normal(2, 2)))
    assert mg.gradgradcheck(lambda a, b: mg.cat([a * a, b * a], axis=axis), (normal(2, 2), normal(2, 2)))


def test_concatenate_sizes_may_differ_along_its_axis_only(normal):
    y = Concatenate(1)(mg.tensor(normal(2, 1)), mg.tensor(normal(2, 4)))
    assert y.shape == (2, 5)


def test_astype_returns_the_gradient_to_the_old_precision():
    x = mg.tensor([1.0], requires_grad=True)
    y = x.astype("float64")
    assert y.dtype == np.float64
    assert mg.grad(y.sum(), x).dtype == np.float32
