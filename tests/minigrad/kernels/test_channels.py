"""ReLU, gates, batch norm, what is the same for a channel: by hand, and the fast kernels against the reference."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minigrad.kernels import numpy_backend, reference

numba_backend = pytest.importorskip("minigrad.kernels.numba_backend")

BACKENDS = [reference, numpy_backend, numba_backend]
every_backend = pytest.mark.parametrize("backend", BACKENDS)
every_fast_backend = pytest.mark.parametrize("backend", [numpy_backend, numba_backend])


def agree(actual, expected):
    """Equal up to rounding, relative to the largest value."""
    assert actual.shape == expected.shape and actual.dtype == expected.dtype
    tolerance = 1e-4 if expected.dtype == np.float32 else 1e-10
    np.testing.assert_allclose(actual, expected, rtol=0, atol=tolerance * np.abs(expected).max(initial=1e-9))


@st.composite
def pictures(draw, count=2):
    """So many arrays (N, C, ...) of one shape, the second of them read-only and not contiguous."""
    shape = draw(st.lists(st.integers(1, 4), min_size=2, max_size=4))
    dtype = draw(st.sampled_from([np.float32, np.float64]))
    rng = np.random.default_rng(draw(st.integers(0, 99)))
    arrays = [rng.normal(size=shape).astype(dtype)] + [rng.normal(size=shape[::-1]).astype(dtype).T] * (count - 1)
    arrays[-1].flags.writeable = False
    return arrays


def per_channel(x, seed):
    return np.random.default_rng(seed).normal(size=x.shape[1]).astype(x.dtype)


@every_backend
def test_relu_by_hand(backend):
    y = backend.relu(np.array([-1.0, -0.0, 0.0, 2.0, np.inf]))
    assert y.tolist() == [0, 0, 0, 2, np.inf] and not np.signbit(y).any()


@every_backend
def test_relu_keeps_nan_where_a_gate_is_shut(backend):
    nan = np.array([np.nan])
    assert np.isnan(backend.relu(nan)) and backend.gate(np.ones(1), nan) == 0


@every_backend
def test_a_gate_lets_through_where_x_is_positive(backend):
    g, x = np.array([[1.0, -2.0, 3.0]]), np.array([[0.5, 1.0, 0.0]])
    assert backend.gate(g, x).tolist() == [[1, -2, 0]]


@every_backend
def test_every_picture_has_gates_of_its_own(backend):
    g, x = np.array([[3.0, -4.0, 5.0, -6.0]] * 4), np.array([[1.0, 1.0, -1.0, np.nan]])
    y = backend.gates(g, x, np.array([[True, False], [False, True], [True, True], [False, False]]))
    assert y.tolist() == [[3, -4, 0, 0], [3, 0, 5, 0], [3, 0, 0, 0], [3, -4, 5, -6]]


@every_fast_backend
@given(arrays=pictures(), together=st.booleans(), seed=st.integers(0, 99))
def test_gates_agree_with_the_reference(backend, arrays, together, seed):
    g, x = arrays
    x, by = x[:1] if together else x, np.random.default_rng(seed).integers(0, 2, (len(g), 2)).astype(bool)
    agree(backend.gates(g, x, by), reference.gates(g, x, by))


@every_backend
def test_batch_norm_by_hand(backend):
    x = np.array([[[1.0, 3.0]], [[5.0, 7.0]]])  # one channel, mean 4, variance 5
    y, mean, var = backend.batch_norm(x, np.array([2.0]), np.array([1.0]), 4.0)
    assert (mean, var) == (4, 5) and np.allclose(y, 1 + 2 * (x - 4) / 3)


@every_backend
def test_the_gradient_of_batch_norm_is_blind_to_shifts_of_the_batch(backend):
    rng = np.random.default_rng(0)
    x, ones = rng.normal(size=(3, 2, 4)), np.ones((3, 2, 4))
    _, mean, var = backend.batch_norm(x, np.ones(2), np.zeros(2), 1e-5)
    gx, gw, gb = backend.batch_norm_grad(ones, x, mean, var, np.ones(2), 1e-5)
    assert np.abs(gx).max() < 1e-12 and np.abs(gw).max() < 1e-12 and np.allclose(gb, 12)


@every_fast_backend
@given(arrays=pictures())
def test_gate_and_relu_agree_with_the_reference(backend, arrays):
    g, x = arrays
    np.testing.assert_array_equal(backend.gate(g, x), reference.gate(g, x))
    np.testing.assert_array_equal(backend.relu(x), reference.relu(x))


@every_fast_backend
@given(arrays=pictures(1))
def test_affine_agrees_with_the_reference(backend, arrays):
    (x,) = arrays
    scale, shift = per_channel(x, 1), per_channel(x, 2)
    agree(backend.affine(x, scale, shift), reference.affine(x, scale, shift))


@every_fast_backend
@given(arrays=pictures())
def test_batch_norm_and_its_gradients_agree_with_the_reference(backend, arrays):
    g, x = arrays
    w, b = per_channel(x, 1), per_channel(x, 2)
    expected = reference.batch_norm(x, w, b, 0.1)
    for actual, one in zip(backend.batch_norm(x, w, b, 0.1), expected):
        agree(actual, one.astype(x.dtype))
    statistics = *expected[1:], w, 0.1
    for actual, one in zip(backend.batch_norm_grad(g, x, *statistics), reference.batch_norm_grad(g, x, *statistics)):
        agree(actual, one.astype(x.dtype))


@pytest.mark.parametrize("size", [1, 1 << 14, (1 << 14) + 1])
def test_pieces_of_any_size_are_done_once(size):
    x = np.arange(size, dtype=np.float32) - size // 2
    np.testing.assert_array_equal(numba_backend.relu(x), np.maximum(x, 0))


def test_a_sum_over_many_numbers_keeps_its_digits():
    x = np.full((64, 1, 4096), 0.1, np.float32)
    _, mean, var = numba_backend.batch_norm(x, np.ones(1, np.float32), np.zeros(1, np.float32), 1e-5)
    assert abs(mean[0] - 0.1) < 1e-6 and var[0] < 1e-11
