"""Functions that are composed of ops: held to examples by hand, to NumPy's padding, and to finite differences.

What to take from it: what is composed of ops with right gradients has a right gradient for nothing.
"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import minigrad as mg
from minigrad import functional as F


def test_linear_by_hand(leaf):
    x, w, b = leaf([[1.0, 2.0]]), leaf([[3.0, 4.0], [5.0, 6.0]]), leaf([10.0, 20.0])
    y = F.linear(x, w, b)
    assert y.numpy().tolist() == [[3 + 8 + 10, 5 + 12 + 20]]
    gx, gw, gb = mg.grad(y, (x, w, b), [[1.0, -1.0]])
    assert gx.numpy().tolist() == [[3 - 5, 4 - 6]]
    assert gw.numpy().tolist() == [[1, 2], [-1, -2]]
    assert gb.numpy().tolist() == [1, -1]


@pytest.mark.parametrize("shape", [(3,), (2, 3), (2, 2, 3)])
def test_linear_matches_finite_differences_twice_for_any_leading_axes(shape, normal):
    inputs = (normal(*shape), normal(4, 3), normal(4))
    assert mg.gradcheck(F.linear, inputs)
    assert mg.gradgradcheck(F.linear, inputs)


PAD_MODES = {"constant": "constant", "reflect": "reflect", "replicate": "edge"}


@settings(max_examples=40)
@given(st.sampled_from(sorted(PAD_MODES)), st.tuples(*[st.integers(0, 2)] * 4))
def test_padding_is_numpys_with_the_last_axis_first(mode, widths):
    x = np.random.default_rng(0).standard_normal((2, 3, 4))
    left, right, top, bottom = widths
    expected = np.pad(x, ((0, 0), (top, bottom), (left, right)), mode=PAD_MODES[mode])
    np.testing.assert_array_equal(F.pad(x, widths, mode=mode).numpy(), expected)


@pytest.mark.parametrize("mode", PAD_MODES)
def test_padding_matches_finite_differences_twice(mode, normal):
    assert mg.gradcheck(lambda x: F.pad(x, (2, 1, 0, 1), mode), normal(2, 3))
    assert mg.gradgradcheck(lambda x: F.pad(x, (2, 1, 0, 1), mode) ** 2, normal(2, 3))


def test_padding_by_hand(leaf):
    x = leaf([1.0, 2.0, 3.0])
    assert F.pad(x, (1, 2), value=9.0).numpy().tolist() == [9, 1, 2, 3, 9, 9]
    assert F.pad(x, (2, 1), "reflect").numpy().tolist() == [3, 2, 1, 2, 3, 2]
    replicated = F.pad(x, (2, 1), "replicate")
    assert replicated.numpy().tolist() == [1, 1, 1, 2, 3, 3]
    assert mg.grad(replicated.sum(), x).numpy().tolist() == [3, 1, 2]


def test_negative_padding_crops(leaf):
    x = leaf([1.0, 2.0, 3.0])
    assert F.pad(x, (-1, 1)).numpy().tolist() == [2, 3, 0]
    assert mg.grad(F.pad(x, (-1, 1)).sum(), x).numpy().tolist() == [0, 1, 1]


def test_stacking_makes_a_new_axis(leaf):
    a, b = leaf([1.0, 2.0]), leaf([3.0, 4.0])
    y = mg.stack([a, b], axis=-1)
    assert y.numpy().tolist() == [[1, 3], [2, 4]]
    assert mg.grad(y, b, [[1.0, 2.0], [3.0, 4.0]]).numpy().tolist() == [2, 4]


def test_embedding_takes_rows_and_adds_up_the_gradients_of_a_word_that_occurs_twice(leaf):
    w = leaf([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    y = F.embedding([[2, 0], [2, 2]], w)
    assert y.shape == (2, 2, 2)
    assert mg.grad(y.sum(), w).numpy().tolist() == [[1, 1], [0, 0], [3, 3]]


def test_the_row_of_padding_gets_no_gradient(leaf):
    w = leaf([[0.0, 0.0], [3.0, 4.0]])
    y = F.embedding([[1, 0]], w, padding_idx=0)
    assert y.numpy().tolist() == [[[3, 4], [0, 0]]]
    assert mg.grad(y.sum(), w).numpy().tolist() == [[0, 0], [1, 1]]


def test_dropout_keeps_the_mean_and_scales_what_it_keeps():
    y = F.dropout(np.ones(10_000), 0.25).numpy()
    assert set(np.unique(y)) == {0, 1 / 0.75}
    assert y.mean() == pytest.approx(1, abs=0.02)


def test_dropout_is_reproducible_from_a_seed():
    draws = []
    for _ in range(2):
        mg.manual_seed(3)
        draws.append(F.dropout(np.ones(50)).numpy())
    np.testing.assert_array_equal(*draws)


def test_dropout_is_nothing_in_eval_mode_or_with_probability_zero(leaf):
    x = leaf([1.0])
    assert F.dropout(x, 0.5, training=False) is x
    assert F.dropout(x, 0.0) is x


def test_the_gradient_passes_dropout_where_numbers_did(leaf):
    x = leaf(np.ones(20))
    y = F.dropout(x, 0.5)
    np.testing.assert_array_equal(mg.grad(y.sum(), x).numpy(), y.numpy())


@pytest.mark.parametrize(
    "name", ["relu", "sigmoid", "tanh", "softplus", "softmax", "log_softmax", "leaky_relu", "dropout"]
)
def test_arrays_and_lists_are_taken_for_tensors(name):
    assert isinstance(getattr(F, name)([0.5, 1.0]), mg.Tensor)
    assert getattr(F, name)(np.array([0.5])).dtype == np.float64


X = np.zeros((2, 3))


@pytest.mark.parametrize(
    "mistake, error, words",
    [
        (
            lambda: F.linear(X, np.ones((4, 2))),
            ValueError,
            r"linear: x \(2, 3\) does not fit the weight \(4, 2\).*flatten",
        ),
        (lambda: F.linear(X, np.ones(3)), ValueError, "linear"),
        (lambda: F.cat([]), ValueError, "cat: give at least one"),
        (lambda: F.cat([X, X[0]]), ValueError, r"cat: shapes \[\(2, 3\), \(3,\)\] must be the same but for axis 0"),
        (lambda: F.cat([X, X], axis=2), ValueError, "axis 2 does not exist"),
        (lambda: F.stack([]), ValueError, "stack: give at least one"),
        (lambda: F.stack([X, X[:1]]), ValueError, "must be the same"),
        (lambda: F.pad(X, (1,)), ValueError, r"pad: widths come in pairs.*\(2, 3\)"),
        (
            lambda: F.pad(X, (1, 1), "mirror"),
            ValueError,
            "pad: unknown mode 'mirror'; use 'constant', 'reflect' or 'replicate'",
        ),
        (lambda: F.pad(X, (3, 0), "reflect"), ValueError, "pad: reflecting 3 of axis 1 needs more than its 3 numbers"),
        (lambda: F.dropout(X, 1.0), ValueError, "dropout: p must be a probability below 1, not 1.0"),
        (lambda: F.embedding([0.5], mg.tensor(X)), TypeError, "embedding: indices must be integers"),
        (lambda: F.embedding([2], mg.tensor(X)), ValueError, "embedding: indices 2 to 2 outside of the 2 rows"),
    ],
)
def test_mistakes_are_refused_in_words(mistake, error, words):
    with pytest.raises(error, match=words):
        mistake()
