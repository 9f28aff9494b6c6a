"""Matrix products: held to a product by hand, NumPy's rules for vectors and stacks, and finite differences.

What to take from it: of all the ways to multiply three matrices, the shapes leave one for each gradient.
"""

import numpy as np
import pytest

import minigrad as mg

SHAPES = [
    ((2, 3), (3, 4)),
    ((3,), (3, 2)),
    ((2, 3), (3,)),
    ((3,), (3,)),
    ((2, 2, 3), (2, 3, 1)),
    ((2, 2, 3), (3, 2)),
    ((3,), (2, 3, 2)),
    ((2, 1, 2, 3), (3, 3, 1)),
    ((1, 1), (1, 1)),
]


products = pytest.mark.exercise(
    "matmul-backward", "minigrad.ops.matmul:Matmul.backward", chapter=2, needs=["unbroadcast"]
)


@products
@pytest.mark.parametrize("a, b", SHAPES)
def test_matmul_is_numpys_and_matches_finite_differences(a, b, normal):
    x, y = normal(*a), normal(*b)
    np.testing.assert_allclose((mg.tensor(x) @ mg.tensor(y)).numpy(), x @ y)
    assert mg.gradcheck(lambda a, b: a @ b, (x, y))
    assert mg.gradgradcheck(lambda a, b: a @ b, (x, y))


def test_a_product_and_its_gradients_by_hand(leaf):
    a, b = leaf([[1.0, 2.0], [3.0, 4.0]]), leaf([[5.0], [6.0]])
    y = a @ b
    assert y.numpy().tolist() == [[17], [39]]
    ga, gb = mg.grad(y, (a, b), [[1.0], [10.0]])
    assert ga.numpy().tolist() == [[5, 6], [50, 60]]
    assert gb.numpy().tolist() == [[31], [42]]


@pytest.mark.parametrize("other", [np.array([1.0, 2.0]), np.array([[1.0], [2.0]])])
def test_arrays_may_stand_on_the_right(other, leaf):
    x = leaf([[3.0, 4.0]])
    np.testing.assert_array_equal((x @ other).numpy(), x.numpy() @ other)


def test_arrays_may_stand_on_the_left(leaf):
    x = leaf([3.0, 4.0])
    assert (np.array([1.0, 2.0]) @ x).item() == 11


def test_no_inner_axis_gives_zeros():
    y = mg.tensor(np.ones((2, 0)), requires_grad=True) @ mg.tensor(np.ones((0, 3)))
    assert y.numpy().tolist() == np.zeros((2, 3)).tolist()


@pytest.mark.parametrize(
    "a, b, words",
    [
        (
            (2, 3),
            (2, 3),
            r"matmul: shapes \(2, 3\) and \(2, 3\) do not fit: the last axis of the first \(3\).*second-to-last.*\(2\)",
        ),
        ((2, 3), (2,), r"matmul: shapes \(2, 3\) and \(2,\).*as long as the last of the second \(2\)"),
        ((), (2,), r"matmul: needs vectors or matrices, got shapes \(\) and \(2,\); use \*"),
    ],
)
def test_shapes_that_do_not_fit_are_refused(a, b, words):
    with pytest.raises(ValueError, match=words):
        mg.tensor(np.ones(a)) @ mg.tensor(np.ones(b))
