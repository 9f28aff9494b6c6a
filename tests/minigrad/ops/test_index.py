"""Taking numbers out and putting gradients back: held to NumPy's indexing and to finite differences.

What to take from it: whatever names a place twice uses its number twice, so its gradients are added; and of equal
maxima the first one gets the whole gradient.
"""

import numpy as np
import pytest

import minigrad as mg
from minigrad.ops.index import Scatter

KEYS = {
    "an integer": 1,
    "a negative integer": -1,
    "a slice with a step": slice(None, None, 2),
    "a reversed slice": slice(None, None, -1),
    "a new axis": (slice(None), None, 0),
    "an ellipsis": (..., 1),
    "integers": np.array([0, 2]),
    "a place twice": np.array([1, 1, 0]),
    "a place twice, as a list": [1, 1],
    "a place twice, in a tuple of tuples": ((1, 1, 0), (0, 0, 2)),
    "a place twice, under two names": np.array([2, -1]),
    "integers and a slice": (slice(1, None), np.array([0, 0])),
    "two arrays that are stretched": (np.array([[0], [1]]), np.array([0, 0, 1])),
    "a mask": np.array([True, False, True]),
    "a full mask": np.eye(3, dtype=bool),
    "a 0-d array": np.array(2),
    "nothing": [],
}


@pytest.mark.parametrize("name", KEYS)
def test_indexing_matches_finite_differences(name, normal):
    x = normal(3, 3)
    np.testing.assert_array_equal(mg.tensor(x)[KEYS[name]].numpy(), x[KEYS[name]])
    assert mg.gradcheck(lambda x: x[KEYS[name]], x)
    assert mg.gradgradcheck(lambda x: x[KEYS[name]] ** 2, x)


def test_gradients_of_a_place_that_is_named_twice_are_added(leaf):
    x = leaf([1.0, 2.0, 3.0])
    assert mg.grad(x[[0, 0, 2]], x, [10.0, 20.0, 30.0]).numpy().tolist() == [30, 0, 30]


def test_scatter_adds_what_meets(leaf):
    x = leaf([1.0, 2.0, 3.0])
    y = Scatter(np.array([1, 1, 0]), (4,))(x)
    assert y.numpy().tolist() == [3, 3, 0, 0]
    assert mg.grad(y, x, [10.0, 20.0, 30.0, 40.0]).numpy().tolist() == [20, 20, 10]


@pytest.mark.parametrize("name", ["max", "min"])
@pytest.mark.parametrize("axis", [None, 0, 1, -1, (0, 2)])
def test_max_and_min_match_finite_differences(name, axis, spread):
    assert mg.gradcheck(lambda x: getattr(x, name)(axis=axis), spread(2, 3, 2))
    assert mg.gradcheck(lambda x: getattr(x, name)(axis=axis, keepdims=True), spread(2, 3, 2))


def test_second_derivatives_through_a_maximum_match_finite_differences(spread):
    assert mg.gradgradcheck(lambda x: x.max(axis=1) ** 3, spread(2, 3))


def test_of_equal_maxima_the_first_gets_the_gradient(leaf):
    x = leaf([[1.0, 5.0, 5.0], [2.0, 2.0, 2.0]])
    assert mg.grad(x.max(axis=1).sum(), x).numpy().tolist() == [[0, 1, 0], [1, 0, 0]]
    assert mg.grad(x.min(), x).numpy().tolist() == [[1, 0, 0], [0, 0, 0]]


def test_argmax_is_numpys():
    x = mg.tensor([[1.0, 3.0], [4.0, 2.0]])
    assert x.argmax().item() == 2
    assert x.argmax(axis=1).numpy().tolist() == [1, 0]
    assert x.argmin(axis=0).numpy().tolist() == [0, 1]


def test_an_index_out_of_range_is_refused():
    with pytest.raises(IndexError, match="out of bounds"):
        mg.tensor([1.0, 2.0])[2]
