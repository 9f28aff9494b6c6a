"""Convolution: by hand, by its adjoints, and fast kernels against the reference."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minigrad.kernels import Finish, numpy_backend, reference
from minigrad.kernels.shapes import conv_size

pytest.importorskip("numba")

from minigrad.kernels import frames, launch, numba_backend, tiles, winograd
from minigrad.kernels.emitter import lanes

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
@settings(max_examples=40)
@given(convolutions())
def test_conv2d_agrees_with_the_definition(backend, case):
    x, w, y, _, how = case
    agree(backend.conv2d(x, w, **how), y)


@every_backend
def test_what_follows_a_convolution_by_hand(backend):
    x, w, other = image([1, 2, 3, np.nan]), image([1]), image([-3, -5, 0, 0])
    y = backend.finished_conv2d(x, w, **PLAIN, finish=Finish(np.array([2.0]), np.array([1.0]), other, 0.0))
    assert np.array_equal(y, [[[[0, 0, 7, np.nan]]]], equal_nan=True) and not np.signbit(y).any()


@every_fast_backend
@given(convolutions(), st.booleans(), st.sampled_from([0.0, -np.inf]))
def test_what_follows_a_convolution_agrees_with_the_definition(backend, case, with_other, least):
    x, w, _, g, how = case
    finish = finish_of(g, least)._replace(other=g if with_other else None)
    agree(backend.finished_conv2d(x, w, **how, finish=finish), reference.finished_conv2d(x, w, **how, finish=finish))


@every_fast_backend
@settings(max_examples=30)
@given(convolutions())
def test_gradient_of_input_agrees_with_the_definition(backend, case):
    x, w, _, g, how = case
    agree(
        backend.conv2d_grad_input(g, w, x.shape, **how),
        reference.conv2d_grad_input(g, w, x.shape, **how),
    )


@every_fast_backend
@settings(max_examples=30)
@given(convolutions())
def test_gradient_of_weight_agrees_with_the_definition(backend, case):
    x, w, _, g, how = case
    agree(
        backend.conv2d_grad_weight(g, x, w.shape, **how),
        reference.conv2d_grad_weight(g, x, w.shape, **how),
    )


@every_backend
@settings(max_examples=20)
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


WIDE, NARROW = tiles.WIDE, tiles.NARROW


def random_case(x_shape, w_shape, dtype=np.float32, stride=(1, 1), padding=(0, 0), dilation=(1, 1), groups=1):
    """x, w, g of normal numbers, and the settings."""
    rng, how = np.random.default_rng(0), {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
    axes = zip(x_shape[2:], w_shape[2:], stride, padding, dilation)
    y_shape = (x_shape[0], w_shape[0], *(conv_size(*axis) for axis in axes))
    return *(rng.normal(size=shape).astype(dtype) for shape in (x_shape, w_shape, y_shape)), how


def all_directions(backend, x, w, g, how):
    """y, gx and gw."""
    return (
        backend.conv2d(x, w, **how),
        backend.conv2d_grad_input(g, w, x.shape, **how),
        backend.conv2d_grad_weight(g, x, w.shape, **how),
    )


def finish_of(g, least=0.0):
    """What may follow a convolution with an output like `g`."""
    scale, shift = np.random.default_rng(1).normal(size=(2, g.shape[1])).astype(g.dtype)
    return Finish(scale, shift, g, least)


def agree_in_all_directions(case, twin=reference):
    for actual, expected in zip(all_directions(numba_backend, *case), all_directions(twin, *case)):
        agree(actual, expected)
    x, w, g, how = case
    finished = (backend.finished_conv2d(x, w, **how, finish=finish_of(g)) for backend in (numba_backend, twin))
    agree(*finished)


@pytest.mark.parametrize("filters", [1, NARROW, NARROW + 1, WIDE, WIDE + 1, 2 * WIDE])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_filters_need_not_fill_a_tile(filters, dtype):
    agree_in_all_directions(random_case((2, 3, 5, 4), (filters, 3, 3, 2), dtype, padding=(1, 0)))


@pytest.mark.parametrize("groups", [1, 2])
def test_pictures_that_share_a_frame_do_not_see_each_other(groups):
    case = random_case((7, 4, 3, 5), (6, 4 // groups, 3, 3), padding=(1, 2), groups=groups)
    assert all(frame.images == 7 for frame in frames_of(case))
    agree_in_all_directions(case)


@pytest.mark.parametrize("stride", [(1, 1), (2, 3)])
@pytest.mark.parametrize("dilation", [(1, 1), (3, 1)])
def test_the_edges_of_bands_do_not_show(cache_of, stride, dilation):
    case = random_case((2, 2, 23, 9), (3, 2, 3, 3), np.float64, stride, (2, 1), dilation)
    with cache_of(1500):
        assert all(frame.bands > 1 for frame in frames_of(case))
        agree_in_all_directions(case)


def frames_of(case, threads=1):
    """The frames of x, and of g for the gradient of x."""
    x, w, g, how = case
    geometry = x.shape, w.shape, g.shape, *how.values(), x.dtype, threads
    return [make(*geometry).frame for make in (frames.forward_layout, frames.backward_layout)]


@settings(max_examples=40)
@given(convolutions(), st.integers(1, 3), st.sampled_from([1, 2000, frames.CACHE_BYTES]))
def test_however_pictures_are_framed_and_cut_the_result_is_the_same(cache_of, case, repeats, size):
    """The NumPy backend is the twin here: it is held to the definition above."""
    x, w, _, g, how = case
    x, g = (np.concatenate([array] * repeats) for array in (x, g))
    w = np.concatenate([w] * repeats) if how["groups"] == 1 else w
    g = np.concatenate([g] * repeats, axis=1) if how["groups"] == 1 else g
    with cache_of(size):
        agree_in_all_directions((x, w, g, how), numpy_backend)


@pytest.mark.parametrize("plane", [(1, 1), (5, 7), (13, 16)])
@pytest.mark.parametrize("filters", [NARROW, WIDE, WIDE + 1, 2 * WIDE])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_filters_of_one_pixel_agree_with_the_plain_sum(plane, filters, dtype):
    agree_in_all_directions(random_case((2, 5, *plane), (filters, 5, 1, 1), dtype), numpy_backend)


def test_pictures_need_no_frame_where_filters_of_one_pixel_fill_their_tiles(monkeypatch):
    x, w, _, how = random_case((1, 3, 13, 16), (WIDE, 3, 1, 1))
    ran = []
    monkeypatch.setattr(numba_backend, "launch", lambda kernel, *_, **__: ran.append(kernel))
    numba_backend.conv2d(x, w, **how)
    assert ran == [numba_backend.conv_kernels.pack, numba_backend.conv_kernels.pointwise]


@pytest.mark.parametrize("padding", [(0, 0), (1, 1), (2, 0), (1, 2)])
@pytest.mark.parametrize("plane", [(9, 10), (13, 7)])
def test_wide_filters_of_3x3_agree_with_the_plain_sum(padding, plane):
    """These are Winograd's convolutions; see test_winograd.py."""
    C, O = max(winograd.ROWS, lanes(np.float32)), lanes(np.float32)
    agree_in_all_directions(random_case((6, C, *plane), (O, C, 3, 3), padding=padding), numpy_backend)


@every_backend
@pytest.mark.parametrize("kernel", [(1, 1), (3, 2)])
def test_nan_stays_in_its_image_and_reaches_the_pixels_that_see_it(backend, kernel):
    x, w, g, how = random_case((4, 2, 5, 6), (3, 2, *kernel), padding=(1, 1))
    x[1, 0, 2, 3] = g[2, 1, 3, 3] = np.nan
    y, gx, _ = all_directions(backend, x, w, g, how)
    for result, image, touched in ((y, 1, 3), (gx, 2, 2)):
        assert np.isnan(result).sum() == touched * kernel[0] * kernel[1]
        assert np.isfinite(np.delete(result, image, axis=0)).all()


def test_what_is_left_in_the_rooms_from_an_earlier_call_is_not_looked_at():
    case = random_case((3, 2, 5, 6), (3, 2, 3, 3), padding=(1, 1))
    agree_in_all_directions(case)
    for room in launch._rooms.arrays.values():
        room.fill(np.nan)
    agree_in_all_directions(case)
