"""Convolution: by hand, by its adjoints, and fast kernels against the reference."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minigrad.kernels import numpy_backend, reference

numba_backend = pytest.importorskip("minigrad.kernels.numba_backend")
numba_kernels = pytest.importorskip("minigrad.kernels.numba_kernels")

BACKENDS = [reference, numpy_backend, numba_backend]
FAST = [numpy_backend, numba_backend]
PLAIN = {"stride": (1, 1), "padding": (0, 0), "dilation": (1, 1), "groups": 1}
every_backend = pytest.mark.parametrize("backend", BACKENDS)
every_fast_backend = pytest.mark.parametrize("backend", FAST)


def image(*rows):
    """Rows of numbers as an array (1, 1, H, W)."""
    return np.array(rows, dtype=float)[None, None]


def agree(actual, expected):
    """Equal up to rounding, relative to the largest value."""
    assert actual.shape == expected.shape
    assert actual.dtype == expected.dtype
    tolerance = 1e-4 if expected.dtype == np.float32 else 1e-10
    scale = np.abs(expected).max(initial=0)
    np.testing.assert_allclose(actual, expected, rtol=0, atol=tolerance * scale)


@st.composite
def convolutions(draw):
    """x, w, g and the settings of a small convolution; x and g not contiguous."""

    def pair(low, high):
        return draw(st.integers(low, high)), draw(st.integers(low, high))

    groups, kernel, dilation, padding = draw(st.integers(1, 3)), pair(1, 3), pair(1, 2), pair(0, 2)
    C, O = groups * draw(st.integers(1, 2)), groups * draw(st.integers(1, 2))
    smallest = [max(1, d * (k - 1) + 1 - 2 * p) for k, d, p in zip(kernel, dilation, padding)]
    H, W = (least + extra for least, extra in zip(smallest, pair(0, 4)))
    how = {"stride": pair(1, 4), "padding": padding, "dilation": dilation, "groups": groups}
    dtype = draw(st.sampled_from([np.float32, np.float64]))
    rng = np.random.default_rng(draw(st.integers(0, 99)))
    x = rng.normal(size=(draw(st.integers(1, 2)), C, W, H)).astype(dtype).swapaxes(2, 3)
    w = rng.normal(size=(O, C // groups, *kernel)).astype(dtype)
    y = reference.conv2d(x, w, **how)
    g = rng.normal(size=y.shape[::-1]).astype(dtype).T
    g.flags.writeable = False
    return x, w, y, g, how


@every_backend
def test_conv2d_by_hand(backend):
    x, w = image([1, 2, 3], [4, 5, 6], [7, 8, 9]), image([1, 0], [0, -1])
    assert (backend.conv2d(x, w, **PLAIN) == -4).all()  # each pixel minus its lower right one


@every_backend
def test_conv2d_does_not_flip_the_filter(backend):
    x, w = image([1, 2, 3]), image([10, 1])
    assert backend.conv2d(x, w, **PLAIN).tolist() == [[[[12, 23]]]]


@every_backend
def test_gradients_by_hand(backend):
    x, w, g = image([1, 2, 3]), image([10, 1]), image([1, -1])
    assert backend.conv2d_grad_input(g, w, x.shape, **PLAIN).tolist() == [[[[10, -9, -1]]]]
    assert backend.conv2d_grad_weight(g, x, w.shape, **PLAIN).tolist() == [[[[-1, -1]]]]


@every_fast_backend
@settings(deadline=None, max_examples=40)
@given(convolutions())
def test_conv2d_agrees_with_the_definition(backend, case):
    x, w, y, _, how = case
    agree(backend.conv2d(x, w, **how), y)


@every_fast_backend
@settings(deadline=None, max_examples=30)
@given(convolutions())
def test_gradient_of_input_agrees_with_the_definition(backend, case):
    x, w, _, g, how = case
    agree(
        backend.conv2d_grad_input(g, w, x.shape, **how),
        reference.conv2d_grad_input(g, w, x.shape, **how),
    )


@every_fast_backend
@settings(deadline=None, max_examples=30)
@given(convolutions())
def test_gradient_of_weight_agrees_with_the_definition(backend, case):
    x, w, _, g, how = case
    agree(
        backend.conv2d_grad_weight(g, x, w.shape, **how),
        reference.conv2d_grad_weight(g, x, w.shape, **how),
    )


@every_backend
@settings(deadline=None, max_examples=20)
@given(convolutions())
def test_gradients_are_the_adjoints_of_the_convolution(backend, case):
    """<g, conv(x, w)> = <grad_input(g, w), x> = <grad_weight(g, x), w>."""
    x, w, _, g, how = case
    x, w, g = (array.astype(float) for array in (x, w, g))
    y = backend.conv2d(x, w, **how)
    score = (g * y).sum()
    near = {"rtol": 0, "atol": 1e-10 * max(1, np.abs(g * y).sum())}
    gx = backend.conv2d_grad_input(g, w, x.shape, **how)
    gw = backend.conv2d_grad_weight(g, x, w.shape, **how)
    np.testing.assert_allclose((gx * x).sum(), score, **near)
    np.testing.assert_allclose((gw * w).sum(), score, **near)


@every_backend
def test_rows_that_no_window_touches_receive_no_gradient(backend):
    g, w = np.ones((1, 1, 2, 1)), np.ones((1, 1, 2, 2))
    gx = backend.conv2d_grad_input(g, w, (1, 1, 6, 2), (3, 1), (0, 0), (1, 1), 1)
    assert gx[0, 0, :, 0].tolist() == [1, 1, 0, 1, 1, 0]  # rows 2 and 5 are between and behind


@every_backend
def test_a_depthwise_filter_sees_only_its_own_channel(backend):
    x = np.stack([np.full((2, 2), 1.0), np.full((2, 2), 10.0)])[None]
    y = backend.conv2d(x, np.ones((2, 1, 2, 2)), **{**PLAIN, "groups": 2})
    assert y.ravel().tolist() == [4, 40]


@every_fast_backend
@pytest.mark.parametrize("groups", [1, 2, 4])
def test_the_shortcut_for_1x1_agrees_with_the_definition(backend, groups):
    rng = np.random.default_rng(0)
    x, w = rng.normal(size=(2, 4, 3, 5)), rng.normal(size=(8, 4 // groups, 1, 1))
    g, how = rng.normal(size=(2, 8, 3, 5)), {**PLAIN, "groups": groups}
    agree(backend.conv2d(x, w, **how), reference.conv2d(x, w, **how))
    agree(*(b.conv2d_grad_input(g, w, x.shape, **how) for b in (backend, reference)))
    agree(*(b.conv2d_grad_weight(g, x, w.shape, **how) for b in (backend, reference)))


@every_backend
def test_an_empty_batch_gives_an_empty_result_and_a_zero_gradient_of_weight(backend):
    x, w, g = np.zeros((0, 1, 4, 4)), np.ones((2, 1, 3, 3)), np.zeros((0, 2, 2, 2))
    assert backend.conv2d(x, w, **PLAIN).shape == g.shape
    assert backend.conv2d_grad_input(g, w, x.shape, **PLAIN).shape == x.shape
    assert not backend.conv2d_grad_weight(g, x, w.shape, **PLAIN).any()


@pytest.mark.parametrize("images_per_batch", [1, 2])
def test_the_result_does_not_depend_on_how_images_are_batched(monkeypatch, images_per_batch):
    rng = np.random.default_rng(0)
    x, w, g = (rng.normal(size=s) for s in ((3, 2, 5, 5), (4, 2, 3, 3), (3, 4, 3, 3)))
    columns_of_one_image = 2 * 3 * 3 * 3 * 3 * x.itemsize
    monkeypatch.setattr(numba_backend, "COLUMN_BYTES", images_per_batch * columns_of_one_image)
    agree(numba_backend.conv2d(x, w, **PLAIN), reference.conv2d(x, w, **PLAIN))
    both = numba_backend, reference
    agree(*(b.conv2d_grad_input(g, w, x.shape, **PLAIN) for b in both))
    agree(*(b.conv2d_grad_weight(g, x, w.shape, **PLAIN) for b in both))


@pytest.mark.parametrize("kernel", [numba_kernels.im2col, numba_kernels.col2im])
def test_compiled_kernel_agrees_with_its_python_twin(kernel):
    """And both overwrite whatever the output buffer held."""
    rng = np.random.default_rng(0)
    image_stack, columns = rng.normal(size=(2, 3, 7, 6)), rng.normal(size=(2, 3, 2, 3, 3, 2))
    source, out = (image_stack, columns) if kernel is numba_kernels.im2col else (columns, image_stack)
    compiled, plain = np.full_like(out, np.nan), np.full_like(out, 7.0)
    kernel(source, (2, 3), (1, 2), compiled)
    getattr(kernel, "py_func", kernel)(source, (2, 3), (1, 2), plain)
    np.testing.assert_allclose(compiled, plain, rtol=1e-12)
