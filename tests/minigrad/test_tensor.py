"""Tensors as values: operators, indexing, dtypes and error messages are held to NumPy's and PyTorch's conventions.

What to take from it: one number is a tensor too, and a constant never changes the precision of what it is mixed with.
"""

import operator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import minigrad as mg

ARITHMETIC = [operator.add, operator.sub, operator.mul, operator.truediv, operator.pow]
COMPARISONS = [operator.eq, operator.ne, operator.lt, operator.le, operator.gt, operator.ge]


def test_python_floats_become_float32():
    assert mg.tensor([1.0, 2.0]).dtype == np.float32


def test_a_float64_array_stays_float64():
    assert mg.tensor(np.array([1.0])).dtype == np.float64


def test_integers_and_masks_keep_their_dtype():
    assert mg.tensor([1, 2]).dtype.kind == "i"
    assert mg.tensor([True]).dtype == bool


def test_the_array_that_a_tensor_is_made_from_is_copied():
    array = np.zeros(2)
    x = mg.tensor(array)
    array[0] = 5
    assert x.numpy()[0] == 0


@pytest.mark.parametrize("op", ARITHMETIC)
def test_operators_between_tensors_are_numpys(op, positive):
    a, b = positive(2, 3), positive(3)
    np.testing.assert_array_equal(op(mg.tensor(a), mg.tensor(b)).numpy(), op(a, b))


@pytest.mark.parametrize("op", ARITHMETIC)
@pytest.mark.parametrize("other", [2, 2.5, np.float64(2.5), np.array([2.0, 3.0])])
def test_numbers_and_arrays_mix_in_on_either_side(op, other):
    a = np.array([1.5, 2.5])
    np.testing.assert_allclose(op(mg.tensor(a), other).numpy(), op(a, other))
    np.testing.assert_allclose(op(other, mg.tensor(a)).numpy(), op(other, a))


@pytest.mark.parametrize("op", COMPARISONS)
def test_comparisons_give_masks_without_a_gradient(op):
    mask = op(mg.tensor([1.0, 2.0, 3.0], requires_grad=True), 2)
    assert mask.dtype == bool and not mask.requires_grad
    np.testing.assert_array_equal(mask.numpy(), op(np.array([1, 2, 3]), 2))


def test_masks_combine_with_and_or_not():
    x = mg.tensor([1.0, 2.0, 3.0])
    assert ((x > 1) & (x < 3)).numpy().tolist() == [False, True, False]
    assert ((x <= 1) | ~(x < 3)).numpy().tolist() == [True, False, True]


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize(
    "other", [3, 0.5, np.float64(0.5), mg.tensor(0.5), mg.tensor(np.array(0.5)), mg.tensor([1, 2])]
)
def test_scalars_and_integers_keep_the_dtype_of_a_float_tensor(dtype, other):
    x = mg.tensor(np.ones(2, dtype))
    assert (x * other).dtype == dtype
    assert (other - x).dtype == dtype


def test_float32_and_float64_arrays_meet_in_float64():
    assert (mg.tensor([1.0]) + mg.tensor(np.array([1.0]))).dtype == np.float64


def test_integers_times_a_python_float_are_float32():
    assert (mg.tensor([1, 2]) * 0.5).dtype == np.float32


def test_a_gradient_has_the_dtype_of_its_tensor_even_where_dtypes_mix():
    a, b = mg.tensor([1.0], requires_grad=True), mg.tensor(np.array([2.0]), requires_grad=True)
    (a * b).sum().backward()
    assert (a.grad.dtype, b.grad.dtype) == (np.float32, np.float64)


def test_float64_is_honoured_end_to_end(leaf):
    x = leaf([[0.1, -0.2], [0.3, 0.4]])
    y = ((x @ x.T).relu().exp().mean(axis=0) / 3).sigmoid().sum()
    y.backward()
    assert y.dtype == x.grad.dtype == np.float64


@settings(max_examples=40)
@given(st.data())
def test_basic_indexing_is_numpys_and_its_gradient_marks_what_was_taken(data):
    shape = data.draw(st.tuples(st.integers(1, 4), st.integers(1, 4), st.integers(1, 4)))
    key = tuple(data.draw(st.one_of(st.integers(-n, n - 1), st.slices(n))) for n in shape)
    x = mg.tensor(np.arange(float(np.prod(shape))).reshape(shape), requires_grad=True)
    y = x[key]
    np.testing.assert_array_equal(y.numpy(), x.numpy()[key])
    expected = np.zeros(shape)
    expected[key] = 1
    np.testing.assert_array_equal(mg.grad(y.sum(), x).numpy(), expected)


@pytest.mark.parametrize(
    "key",
    [
        [2, 0],
        np.array([[0, 1], [2, 2]]),
        (slice(None), [0, 0]),
        ([0, 1], [1, 2]),
        (0, [1, 1]),
        (None, 1),
        (..., 0),
        np.array([True, False, True]),
    ],
)
def test_fancy_indexing_is_numpys(key):
    array = np.arange(9.0).reshape(3, 3)
    np.testing.assert_array_equal(mg.tensor(array)[key].numpy(), array[key])


def test_a_mask_tensor_selects_and_its_gradient_returns_to_the_selected(leaf):
    x = leaf([3.0, -1.0, 2.0])
    positive = x[x > 0]
    assert positive.numpy().tolist() == [3.0, 2.0]
    assert mg.grad(positive.sum(), x).numpy().tolist() == [1.0, 0.0, 1.0]


def test_iterating_gives_the_rows(leaf):
    x = leaf([[1.0, 2.0], [3.0, 4.0]])
    first, second = x
    assert len(x) == 2
    assert mg.grad((first * second).sum(), x).numpy().tolist() == [[3.0, 4.0], [1.0, 2.0]]


def test_item_and_float_of_one_number():
    assert mg.tensor([[2.5]]).item() == 2.5
    assert float(mg.tensor(2.5)) == 2.5


def test_detach_cuts_the_past(leaf):
    x = leaf([2.0])
    assert mg.grad((x * x.detach()).sum(), x).item() == 2.0
    assert not x.detach().requires_grad


def test_repr_shows_the_numbers_and_the_op():
    x = mg.tensor([1.0], requires_grad=True)
    assert repr(x) == "tensor([1.], requires_grad=True)"
    assert repr(x + 1) == "tensor([2.], op=Add)"


def test_reductions_take_negative_and_several_axes(normal):
    array = normal(2, 3, 4)
    x = mg.tensor(array)
    for name in ("sum", "mean", "var", "max", "min"):
        for axis in (None, 0, -1, (0, 2), (-1, 0)):
            for keepdims in (False, True):
                ours = getattr(x, name)(axis=axis, keepdims=keepdims).numpy()
                np.testing.assert_allclose(ours, getattr(array, name)(axis=axis, keepdims=keepdims), rtol=1e-12)


def test_tensors_can_be_keys_of_a_dict():
    x, y = mg.tensor(1.0), mg.tensor(1.0)
    assert {x: "x", y: "y"}[x] == "x"


@pytest.mark.parametrize(
    "mistake, error, words",
    [
        (lambda: mg.tensor([1, 2], requires_grad=True), TypeError, "only floats have gradients.*3.0 for 3"),
        (lambda: mg.tensor("abc"), TypeError, "real numbers.*str"),
        (lambda: mg.tensor([1j]), TypeError, "real numbers.*complex"),
        (lambda: mg.tensor([1.0, 2.0]).item(), ValueError, r"shape \(2,\) is not one number"),
        (lambda: len(mg.tensor(1.0)), TypeError, "0-d tensor"),
        (lambda: bool(mg.tensor([1.0, 2.0])), ValueError, "not one number"),
        (lambda: mg.tensor([1.0])[mg.tensor([0.0])], TypeError, "cannot be an index"),
        (lambda: mg.tensor([1.0]).sum(axis=1), ValueError, "axis 1 does not exist in a tensor of 1 dim"),
        (lambda: mg.tensor([[1.0]]).sum(axis=(0, 0)), ValueError, "same axis twice"),
        (lambda: mg.tensor([1.0, 2.0]).reshape(3), ValueError, r"2 numbers of shape \(2,\) as \(3,\)"),
        (lambda: mg.tensor([[1.0]]).transpose(0), ValueError, "needs a place for each axis"),
        (lambda: mg.tensor([[1.0]]).transpose(0, 0), ValueError, "same axis twice"),
        (lambda: mg.tensor(np.ones((0, 2))).max(axis=0), ValueError, r"max of nothing: shape \(0, 2\)"),
    ],
)
def test_mistakes_are_refused_in_words(mistake, error, words):
    with pytest.raises(error, match=words):
        mistake()


def test_data_of_a_parameter_can_be_replaced_but_not_by_integers():
    x = mg.tensor([1.0, 2.0], requires_grad=True)
    x.data = np.array([5.0, 6.0], np.float32)
    assert (x + 0).numpy().tolist() == [5.0, 6.0]
    with pytest.raises(TypeError, match="takes floats"):
        x.data = np.array([1, 2])
