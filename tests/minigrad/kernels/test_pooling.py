"""Pooling: which cell wins, who receives the gradient, and what a mean divides by."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minigrad.kernels import numpy_backend, reference

numba_backend = pytest.importorskip("minigrad.kernels.numba_backend")
numba_kernels = pytest.importorskip("minigrad.kernels.numba_kernels")
pool_planes = pytest.importorskip("minigrad.kernels.pool_planes")

every_backend = pytest.mark.parametrize("backend", [reference, numpy_backend, numba_backend])
every_fast_backend = pytest.mark.parametrize("backend", [numpy_backend, numba_backend])


def image(*rows):
    """Rows of numbers as an array (1, 1, H, W)."""
    return np.array(rows, dtype=float)[None, None]


def max_pool(backend, x, kernel, stride=(1, 1), padding=(0, 0), dilation=(1, 1), ceil_mode=False):
    return backend.max_pool2d(x, kernel, stride, padding, dilation, ceil_mode)


def agree(actual, expected):
    """Equal up to rounding, relative to the largest value; NaN equals NaN."""
    assert actual.shape == expected.shape
    assert actual.dtype == expected.dtype
    tolerance = 1e-4 if expected.dtype == np.float32 else 1e-10
    scale = np.abs(expected[np.isfinite(expected)]).max(initial=0)
    np.testing.assert_allclose(actual, expected, rtol=0, atol=tolerance * scale)


@st.composite
def poolings(draw, dilations=(1, 2), values=(-np.inf, -1, 0, 1, 2, np.nan)):
    """A non-contiguous x of few different values (many ties), and a geometry."""

    def pair(low, high):
        return draw(st.integers(low, high)), draw(st.integers(low, high))

    kernel, stride, dilation = pair(1, 4), pair(1, 5), pair(*dilations)
    padding = tuple(draw(st.integers(0, k // 2)) for k in kernel)
    # Large enough for the window without its padding: each window then sees the image.
    H, W = (d * (k - 1) + 1 + more for k, d, more in zip(kernel, dilation, pair(0, 4)))
    dtype = draw(st.sampled_from([np.float32, np.float64]))
    rng = np.random.default_rng(draw(st.integers(0, 99)))
    x = rng.choice(np.array(values, dtype), size=(draw(st.integers(1, 2)), 2, W, H)).swapaxes(2, 3)
    return x, kernel, stride, padding, dilation, draw(st.booleans())


finite = poolings(dilations=(1, 1), values=(-1, 0.5, 3))


@every_fast_backend
@settings(max_examples=60)
@given(poolings())
def test_max_pool_agrees_with_the_definition(backend, case):
    y, switches = backend.max_pool2d(*case)
    expected, expected_switches = reference.max_pool2d(*case)
    np.testing.assert_array_equal(y, expected)
    np.testing.assert_array_equal(switches, expected_switches)
    assert (y.dtype, switches.dtype) == (expected.dtype, np.int64)


@every_backend
@settings(max_examples=25)
@given(poolings())
def test_switches_point_to_the_maximum(backend, case):
    y, switches = backend.max_pool2d(*case)
    np.testing.assert_array_equal(backend.gather_switches(case[0], switches), y)


@every_backend
def test_of_equal_values_the_first_in_reading_order_wins(backend):
    y, switches = max_pool(backend, image([0, 5, 5], [5, 5, 5]), (2, 3))
    assert (y.item(), switches.item()) == (5, 1)


@every_backend
def test_padding_never_wins_even_against_minus_infinity(backend):
    y, switches = max_pool(backend, np.full((1, 1, 2, 2), -np.inf), (2, 2), padding=(1, 1))
    assert (y == -np.inf).all()
    assert switches[0, 0].tolist() == [[0, 0, 1], [0, 0, 1], [2, 2, 3]]


@every_backend
def test_nan_wins_over_every_number_and_the_last_nan_over_the_first(backend):
    y, switches = max_pool(backend, image([1, np.nan, np.inf, np.nan, 3]), (1, 5))
    assert np.isnan(y.item())
    assert switches.item() == 3


@every_backend
def test_overlapping_windows_add_up_in_their_common_maximum(backend):
    """The fixture of FluxML/Flux.jl#1197: one pixel wins in all four windows."""
    x = image([0, 0, 0], [0, 9, 0], [0, 0, 0])
    y, switches = max_pool(backend, x, (2, 2))
    gx = backend.max_unpool2d(image([1, 2], [3, 4]), switches, (3, 3))
    assert gx[0, 0].tolist() == [[0, 0, 0], [0, 10, 0], [0, 0, 0]]


@every_backend
@settings(max_examples=25)
@given(finite)
def test_unpooling_is_the_adjoint_of_gathering(backend, case):
    """<g, gather(x)> = <unpool(g), x>."""
    x = case[0].astype(float)
    _, switches = backend.max_pool2d(*case)
    g = np.random.default_rng(0).normal(size=switches.shape)
    gx = backend.max_unpool2d(g, switches, x.shape[2:])
    y = backend.gather_switches(x, switches)
    np.testing.assert_allclose((gx * x).sum(), (g * y).sum(), rtol=0, atol=1e-10 * (1 + g.size))


@every_backend
def test_mean_by_hand(backend):
    y = backend.avg_pool2d(image([1, 2, 3], [4, 5, 6]), (2, 2), (1, 1), (0, 0), False, True)
    assert y.ravel().tolist() == [3, 4]


@every_backend
@pytest.mark.parametrize(("count_include_pad", "corner"), [(True, 2.0), (False, 8.0)])
def test_padding_dilutes_the_mean_only_if_it_counts(backend, count_include_pad, corner):
    y = backend.avg_pool2d(image([8, 8], [8, 8]), (2, 2), (2, 2), (1, 1), False, count_include_pad)
    assert (y == corner).all()


@every_backend
def test_a_window_hanging_over_the_end_divides_by_what_is_there(backend):
    y = backend.avg_pool2d(image([2, 4, 6]), (1, 2), (1, 2), (0, 0), True, True)
    assert y.ravel().tolist() == [3, 6]


@every_fast_backend
@settings(max_examples=40)
@given(finite, st.booleans())
def test_avg_pool_and_its_gradient_agree_with_the_definition(backend, case, count_include_pad):
    x, kernel, stride, padding, _, ceil_mode = case
    how = kernel, stride, padding, ceil_mode, count_include_pad
    y = reference.avg_pool2d(x, *how)
    agree(backend.avg_pool2d(x, *how), y)
    agree(*(b.avg_pool2d_grad(y, x.shape, *how) for b in (backend, reference)))


@every_backend
@settings(max_examples=20)
@given(finite, st.booleans())
def test_gradient_is_the_adjoint_of_avg_pool(backend, case, count_include_pad):
    x, kernel, stride, padding, _, ceil_mode = case
    x, how = x.astype(float), (kernel, stride, padding, ceil_mode, count_include_pad)
    y = backend.avg_pool2d(x, *how)
    gx = backend.avg_pool2d_grad(y, x.shape, *how)
    np.testing.assert_allclose((gx * x).sum(), (y * y).sum(), rtol=1e-10)


@every_backend
def test_pooling_an_empty_batch_gives_an_empty_result(backend):
    x = np.zeros((0, 2, 4, 4))
    y, switches = max_pool(backend, x, (2, 2), (2, 2))
    assert y.shape == switches.shape == (0, 2, 2, 2)
    assert backend.max_unpool2d(y, switches, (4, 4)).shape == x.shape
    assert backend.gather_switches(x, switches).shape == y.shape
    assert backend.avg_pool2d(x, (2, 2), (2, 2), (0, 0), False, True).shape == y.shape
    assert backend.avg_pool2d_grad(y, x.shape, (2, 2), (2, 2), (0, 0), False, True).shape == x.shape


SIZES = np.random.default_rng(0).normal(size=(2, 5, 6))
WINDOWS = np.random.default_rng(1).normal(size=(2, 2, 3))
SWITCHES = np.array([[3, 0, 3], [1, 29, 1]])
GEOMETRY = (3, 2), (2, 2), (1, 0)
TWINS = {
    "max_pool": ((SIZES, *GEOMETRY, (1, 1)), [WINDOWS, np.zeros((2, 2, 3), np.int64)]),
    "scatter": ((WINDOWS[:, 0], SWITCHES), [SIZES.reshape(2, 30)]),
    "gather": ((SIZES.reshape(2, 30), SWITCHES), [WINDOWS[:, 0]]),
    "avg_pool": ((SIZES, *GEOMETRY, np.full((2, 3), 6)), [WINDOWS]),
    "avg_pool_grad": ((WINDOWS, *GEOMETRY, np.full((2, 3), 6)), [SIZES]),
}


@pytest.mark.parametrize("name", TWINS)
def test_compiled_kernel_overwrites_a_dirty_buffer_as_its_python_twin_does(name):
    inputs, outs = TWINS[name]
    inputs = [np.array(i) if isinstance(i, np.ndarray) else i for i in inputs]
    kernel = getattr(numba_kernels, name)
    compiled, plain = ([np.full(o.shape, dirt, o.dtype) for o in outs] for dirt in (-77, 99))
    kernel(np.zeros(2, np.int64), *inputs, *compiled)
    getattr(kernel, "py_func", kernel)(np.zeros(2, np.int64), *inputs, *plain)
    for one, other in zip(compiled, plain):
        np.testing.assert_allclose(one, other, rtol=1e-12)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("stride", "compiled"), [(1, "pool_plane_by_1"), (2, "pool_plane_by_2")])
def test_windows_in_lanes_find_what_plain_loops_find(stride, compiled, dtype):
    """A plane of 7 x 41, windows of 3 x 4 with dilation 2 along the rows: neither fills its last vector."""
    x = np.random.default_rng(0).choice(np.array([-np.inf, 0, 1, 2, np.nan], dtype), 500)
    windows = 4, (41 + 2 - 7) // stride + 1
    rows = np.array([0, 0, 1, 4]), np.array([0, 2, 3, 3])
    found = []
    for pool in getattr(pool_planes, compiled), pool_planes.plain_pool_plane_by(stride):
        y, switches = np.full(300, -77, dtype), np.full(300, -77)
        pool(x, 9, (7, 41), y, switches, 5, windows, *rows, 1, -1, 4, 2)
        found.append((y, switches))
    for one, other in zip(*found):
        np.testing.assert_array_equal(one, other)
