"""Winograd's convolution: the matrices by hand, the vector loops by their plain twins, the whole by the plain sum."""

from contextlib import contextmanager

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("numba")

from minigrad.kernels import Finish, numba_backend, numpy_backend, winograd, winograd_tiles
from minigrad.kernels import launch as launching
from minigrad.kernels.emitter import REGISTERS, lanes
from minigrad.kernels.jit import compiled
from minigrad.kernels.numba_backend import epilogue
from minigrad.kernels.winograd_tiles import ROWS, A, B, G

LANES = lanes(np.float32)
FEWEST = max(LANES, ROWS)  # channels
HOW = (1, 1), (1, 1), 1  # stride, dilation, groups


def correlation(x, w):
    """``y[i, j] = sum x[i + u, j + v] w[u, v]``."""
    size = len(x) - len(w) + 1
    return np.array([[(x[i : i + len(w), j : j + len(w)] * w).sum() for j in range(size)] for i in range(size)])


def test_a_1d_filter_is_a_product_of_values_at_six_points():
    """Two polynomials are multiplied by multiplying their values: A' [(G w) * (B' x)] is the correlation of x and w."""
    x, w = np.array([1.0, 2, 4, 8, 16, 32]), np.array([1.0, 0, -1])
    np.testing.assert_allclose(A.T @ ((G @ w) * (B.T @ x)), [1 - 4, 2 - 8, 4 - 16, 8 - 32])


def test_36_products_give_a_4x4_piece_of_the_correlation():
    rng = np.random.default_rng(0)
    x, w = rng.normal(size=(6, 6)), rng.normal(size=(3, 3))
    y = A.T @ ((G @ w @ G.T) * (B.T @ x @ B)) @ A
    np.testing.assert_allclose(y, correlation(x, w), atol=1e-13)


def test_36_products_give_the_gradient_of_the_filter():
    rng = np.random.default_rng(0)
    x, g = rng.normal(size=(6, 6)), rng.normal(size=(4, 4))
    gw = G.T @ ((A @ g @ A.T) * (B.T @ x @ B)) @ G
    np.testing.assert_allclose(gw, correlation(x, g), atol=1e-13)


SANDWICHES = {"G": G, "B'": B.T, "A'": A.T, "A": A, "G'": G.T}
every_dtype = pytest.mark.parametrize("dtype", [np.float32, np.float64])


def numbers(dtype, size):
    return np.random.default_rng(0).normal(size=size).astype(dtype)


def agree(actual, expected):
    tolerance = 1e-5 if actual.dtype == np.float32 else 1e-12
    np.testing.assert_allclose(actual, expected, rtol=0, atol=tolerance * np.abs(expected[~np.isnan(expected)]).max())


@every_dtype
@pytest.mark.parametrize("name", SANDWICHES)
def test_sandwich_agrees_with_its_plain_twin_and_with_matrix_products(name, dtype):
    L, n = SANDWICHES[name], lanes(dtype)
    sandwich = winograd_tiles._sandwich(L)

    @compiled
    def call(*arguments):
        sandwich(*arguments)

    rng = np.random.default_rng(1)
    froms, tos = (rng.permutation(size**2) * n + 1 for size in L.shape[::-1])
    source = numbers(dtype, 36 * n + 9)
    emitted, plain = (np.full(36 * n + 9, np.nan, dtype) for _ in range(2))
    call(source, 2, froms, emitted, 3, tos)
    winograd_tiles.plain_sandwich_of(L)(source, 2, froms, plain, 3, tos)
    agree(emitted, plain)
    patch = source[2 + froms].reshape(L.shape[1], L.shape[1])
    agree(emitted[3 + tos], (L @ patch @ L.T).ravel())


@every_dtype
@pytest.mark.parametrize("adding", [False, True])
@pytest.mark.parametrize("vectors", [1, 2])
@pytest.mark.parametrize("count", [0, 1, 5])
def test_product_agrees_with_its_plain_twin_and_with_a_matrix_product(dtype, adding, vectors, count):
    product, width = winograd_tiles._product(vectors, adding), vectors * lanes(dtype)

    @compiled
    def call(*arguments):
        product(*arguments)

    a, b, pitch = numbers(dtype, 2 + ROWS * 7), numbers(dtype, 3 + 5 * (width + 1)), width + 2
    emitted = numbers(dtype, 1 + ROWS * pitch)
    before, plain = emitted.copy(), emitted.copy()
    call(a, 2, 7, 1, b, 3, width + 1, count, emitted, 1, pitch)
    winograd_tiles.plain_product_of(vectors, adding)(a, 2, 7, 1, b, 3, width + 1, count, plain, 1, pitch)
    agree(emitted, plain)
    matrices = a[2:].reshape(ROWS, 7)[:, :count] @ b[3:].reshape(5, width + 1)[:count, :width]
    agree(emitted[1:].reshape(ROWS, pitch)[:, :width], matrices + adding * before[1:].reshape(ROWS, pitch)[:, :width])


def test_a_product_of_two_vectors_fits_the_registers():
    """Its sums, the two vectors of a row and one factor at once."""
    assert ROWS * 2 + 2 + 1 <= REGISTERS


@compiled
def transpose(*arguments):
    winograd_tiles.transpose(*arguments)


@every_dtype
def test_transpose_agrees_with_its_plain_twin_and_turns_rows_into_columns(dtype):
    n = lanes(dtype)
    source, rng = np.arange(2 * n * n + 9).astype(dtype), np.random.default_rng(1)
    froms, tos = (rng.permutation(2 * n) * n + 1 for _ in range(2))
    emitted, plain = (np.full(2 * n * n + 9, np.nan, dtype) for _ in range(2))
    transpose(source, 2, froms, n // 2, emitted, 3, tos, n)
    winograd_tiles.plain_transpose(source, 2, froms, n // 2, plain, 3, tos, n)
    np.testing.assert_array_equal(emitted, plain)
    rows, columns = 2 + froms[n // 2 : n // 2 + n], 3 + tos[n:]
    np.testing.assert_array_equal(emitted[columns[:, None] + np.arange(n)], source[rows[:, None] + np.arange(n)].T)


@contextmanager
def rooms_of(strip, round_):
    """Plans for so many bytes of a strip, and of a round; and for small shares, so that there are several."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(winograd, "STRIP_BYTES", strip)
        patch.setattr(winograd, "FEWEST_OF_SHARE", 2)
        patch.setattr(winograd, "ROUND_BYTES", round_)
        winograd.planned.cache_clear()
        yield
    winograd.planned.cache_clear()


def problem(N=2, C=FEWEST, O=FEWEST, plane=(5, 7), padding=(1, 1), seed=0):
    """x, w, g of a convolution that Winograd's can do."""
    rng, windows = np.random.default_rng(seed), [n + 2 * p - 2 for n, p in zip(plane, padding)]
    shapes = (N, C, *plane), (O, C, 3, 3), (N, O, *windows)
    return [rng.normal(size=shape).astype(np.float32) for shape in shapes]


WAYS = {
    "strip by strip": (winograd.strip_by_strip, winograd.sum_by_share),
    "in rounds": (winograd.filter_by_filter, winograd.sum_by_point),
}
in_both_ways = pytest.mark.parametrize("way", WAYS)


def all_directions(x, w, g, padding, way):
    """y, y with what follows it, gx and gw by Winograd's convolution, into dirty arrays."""
    y, finished, gx, gw = (np.full_like(like, np.nan) for like in (g, g, x, w))
    convolve, sum_up = WAYS[way]
    convolve(x, w, padding, y, None, False)
    convolve(x, w, padding, finished, epilogue(finish_of(g), x.dtype), False)
    convolve(g, w, (2 - padding[0], 2 - padding[1]), gx, None, True)
    sum_up(g, x, padding, gw)
    return y, finished, gx, gw


def finish_of(g):
    """A scale and shift for each channel, a shortcut and a ReLU."""
    scale, shift = np.random.default_rng(1).normal(size=(2, g.shape[1])).astype(g.dtype)
    return Finish(scale, shift, g, 0.0)


def by_the_plain_sum(x, w, g, padding):
    """The same in float64, by the NumPy backend (which test_conv.py holds to the definition)."""
    x, w, g = (array.astype(float) for array in (x, w, g))
    stride, dilation, groups = HOW
    how = stride, padding, dilation, groups
    return (
        numpy_backend.conv2d(x, w, *how),
        numpy_backend.finished_conv2d(x, w, finish_of(g), *how),
        numpy_backend.conv2d_grad_input(g, w, x.shape, *how),
        numpy_backend.conv2d_grad_weight(g, x, w.shape, *how),
    )


def assert_all_agree(case, padding, way):
    for actual, expected in zip(all_directions(*case, padding, way), by_the_plain_sum(*case, padding)):
        np.testing.assert_allclose(actual, expected, rtol=0, atol=1e-5 * np.abs(expected).max())


SMALL, MIDDLE = 1, 36 * 2 * FEWEST * 4 * 6  # bytes: a row of pieces in each strip; six pieces


@in_both_ways
@settings(max_examples=25)
@given(
    st.integers(1, 5),
    st.tuples(st.integers(1, 13), st.integers(1, 13)),
    st.tuples(st.integers(0, 2), st.integers(0, 2)),
    st.sampled_from([(winograd.STRIP_BYTES, winograd.ROUND_BYTES), (SMALL, SMALL), (MIDDLE, 2 * MIDDLE)]),
)
def test_all_three_directions_agree_with_the_plain_sum(way, N, plane, padding, rooms):
    plane = tuple(max(n, 3 - 2 * p) for n, p in zip(plane, padding))
    with rooms_of(*rooms):
        assert_all_agree(problem(N, plane=plane, padding=padding), padding, way)


@in_both_ways
@pytest.mark.parametrize(("C", "O"), [(FEWEST, 2 * LANES), (3 * FEWEST, LANES), (winograd.CHUNK + FEWEST, 3 * LANES)])
def test_channels_and_filters_may_differ(C, O, way):
    """Both kinds of product, two vectors of filters at once and one that is left over; and more than one chunk."""
    assert_all_agree(problem(N=1, C=C, O=O), (1, 1), way)


@in_both_ways
@pytest.mark.parametrize("plane", [(4, 4), (4, 5), (9, 3)])
def test_nothing_is_left_over_from_nan_in_an_earlier_call(plane, way):
    """Rooms are used again, and 0 times NaN is NaN: what is not written must not be looked at.

    With rounds of two strips, three images leave a gap in the last one.
    """
    case, padding = problem(N=3, plane=plane), (1, 1)
    with rooms_of(SMALL, 2 * 36 * 2 * FEWEST * 4 * -(-plane[0] // 4) * -(-plane[1] // 4)):
        all_directions(*case, padding, way)
        for room in launching._rooms.arrays.values():
            room.fill(np.nan)
        assert_all_agree(case, padding, way)


@in_both_ways
def test_nan_stays_in_its_image(way):
    x, w, g = problem(N=3, plane=(6, 6))
    x[1, 2, 3, 3] = g[1, 4, 2, 2] = np.nan
    y, _, gx, _ = all_directions(x, w, g, (1, 1), way)
    for image in (0, 2):
        assert np.isfinite(y[image]).all() and np.isfinite(gx[image]).all()
    assert np.isnan(y[1]).any() and np.isnan(gx[1]).any()


def pays(x_shape=(2, 32, 16, 16), w_shape=(32, 32, 3, 3), stride=(1, 1), dilation=(1, 1), groups=1, dtype=np.float32):
    return winograd.pays(x_shape, w_shape, (x_shape[0], w_shape[0], *x_shape[2:]), stride, dilation, groups, dtype)


def test_it_pays_for_wide_3x3_filters_that_move_by_one():
    assert pays()


@pytest.mark.parametrize(
    "otherwise",
    [
        {"w_shape": (32, 32, 5, 3)},
        {"w_shape": (32, 33, 3, 3)},
        {"w_shape": (3, 32, 3, 3)},
        {"stride": (1, 2)},
        {"dilation": (2, 1)},
        {"groups": 2},
        {"dtype": np.float64},
        {"x_shape": (1, 64, 4, 8), "w_shape": (64, 64, 3, 3)},
        {"x_shape": (1, 16, 8, 8), "w_shape": (16, 16, 3, 3)},
    ],
    ids=str,
)
def test_it_is_left_alone_where_it_does_not_fit_or_does_not_pay(otherwise):
    assert not pays(**otherwise)


def test_channels_fill_the_rows_of_a_product_even_where_vectors_are_short(monkeypatch):
    """With 4 lanes, 12 channels fill vectors; the last 8 rows of a product would run into the next point's sums."""
    monkeypatch.setattr(winograd, "lanes", lambda dtype: 4)
    monkeypatch.setattr(winograd, "ROWS", 8)
    assert pays(x_shape=(8, 16, 16, 16), w_shape=(12, 16, 3, 3))
    assert not pays(x_shape=(8, 12, 16, 16), w_shape=(16, 12, 3, 3))


def test_filters_are_made_when_needed_where_they_are_more_than_the_pieces(monkeypatch):
    went = []
    for convolve, _ in WAYS.values():
        monkeypatch.setattr(winograd, convolve.__name__, lambda *_, name=convolve.__name__: went.append(name))
    for N in (1, 8):
        x, w, g = problem(N=N, C=4 * FEWEST, O=4 * FEWEST, plane=(16, 16))
        winograd.conv2d(x, w, (1, 1), g, None)
    assert went == ["filter_by_filter", "strip_by_strip"]


def test_gradients_of_filters_are_summed_in_the_cache_as_long_as_it_holds_the_sums(monkeypatch):
    went = []
    for _, sum_up in WAYS.values():
        monkeypatch.setattr(winograd, sum_up.__name__, lambda *_, name=sum_up.__name__: went.append(name))
    for filters in (4, 16):
        x, w, g = problem(N=1, C=filters * FEWEST, O=filters * FEWEST)
        winograd.conv2d_grad_weight(g, x, (1, 1), w)
    assert went == ["sum_by_share", "sum_by_point"]


@in_both_ways
def test_gradients_of_filters_are_the_same_bits_for_any_number_of_threads(way, monkeypatch):
    x, w, g = problem(N=7, plane=(9, 9))
    results = []
    with rooms_of(SMALL, 2 * MIDDLE):
        for threads in (1, 2, 4):
            monkeypatch.setattr(winograd, "team", lambda _, threads=threads: threads)
            WAYS[way][1](g, x, (1, 1), gw := np.empty_like(w))
            results.append(gw)
    for other in results[1:]:
        np.testing.assert_array_equal(results[0], other)


def test_the_backend_asks_whether_it_pays(monkeypatch):
    x, w, g = problem(N=8, C=4 * FEWEST, O=4 * FEWEST, plane=(8, 8))  # 32 pieces
    called = []
    monkeypatch.setattr(winograd, "conv2d", lambda *_, flipped=False, **__: called.append(("conv2d", flipped)))
    monkeypatch.setattr(winograd, "conv2d_grad_weight", lambda *_: called.append("gradient of w"))
    stride, dilation, groups = HOW
    numba_backend.conv2d(x, w, stride, (1, 1), dilation, groups)
    numba_backend.conv2d_grad_input(g, w, x.shape, stride, (1, 1), dilation, groups)
    numba_backend.conv2d_grad_weight(g, x, w.shape, stride, (1, 1), dilation, groups)
    assert called == [("conv2d", False), ("conv2d", True), "gradient of w"]
    numba_backend.conv2d(x[:1, :, :4], w, stride, (1, 1), dilation, groups)
    assert len(called) == 3


@pytest.mark.parametrize("count", [1, 16, 1000, 1024, 64 * 32, 512 * 512])
def test_matrices_of_two_points_begin_on_different_lines_of_the_cache(count):
    pitch = winograd.apart(count)
    assert count <= pitch < count + 2 * winograd.LINE
    lines = {point * pitch // winograd.LINE % 64 for point in range(winograd.POINTS)}  # a cache has 64 sets, or more
    assert len(lines) == winograd.POINTS
