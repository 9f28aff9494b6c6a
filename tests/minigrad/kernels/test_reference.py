"""The plain loops: held to pictures small enough to do by hand, to NumPy's sliding windows, and to finite differences.

What to take from it: which picture makes which mistake visible.  A single bright pixel shows whether the filter was
turned round, two channels of which one is ten times the other show a channel that was left out, and a single window
shows each product by itself.
"""

import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view

import minigrad as mg
from minigrad import functional as F
from minigrad.kernels import reference

from ...exercises.judging import compare

MODULE = "minigrad.kernels.reference"
windows = pytest.mark.exercise("conv-window", f"{MODULE}:_window", chapter=5)
loops = pytest.mark.exercise("conv-loops", f"{MODULE}:_conv_cells", chapter=5, needs=["conv-window"])
forward = pytest.mark.exercise("conv-forward", f"{MODULE}:conv2d", chapter=5, needs=["conv-loops"])
to_input = pytest.mark.exercise(
    "conv-input-gradient", f"{MODULE}:conv2d_grad_input", chapter=5, needs=["conv-forward"]
)
to_weight = pytest.mark.exercise(
    "conv-weight-gradient", f"{MODULE}:conv2d_grad_weight", chapter=5, needs=["conv-forward"]
)
maxima = pytest.mark.exercise("max-pool", f"{MODULE}:max_pool2d", chapter=6, needs=["conv-window"])
unpooling = pytest.mark.exercise("max-unpool", f"{MODULE}:max_unpool2d", chapter=6, needs=["max-pool"])
means = pytest.mark.exercise("avg-pool-gradient", f"{MODULE}:avg_pool2d_grad", chapter=6)


@pytest.fixture
def plain_loops():
    before = mg.get_backend()
    mg.set_backend("reference")
    yield
    mg.set_backend(before)


@pytest.fixture
def rng():
    return np.random.default_rng(7)


def spread(rng, *shape):
    """Numbers of which no two are near each other, so that a step doesn't change who wins."""
    return rng.permutation(np.arange(np.prod(shape), dtype=float)).reshape(shape)


def image(*rows):
    """Rows of numbers as an array (1, 1, H, W)."""
    return np.array(rows, dtype=float)[None, None]


def conv(x, w, stride=(1, 1), padding=(0, 0), dilation=(1, 1), groups=1):
    return reference.conv2d(x, w, stride, padding, dilation, groups)


def slid(x, w):
    """Every window of x (H, W) that has the shape of w, times w, summed."""
    return np.einsum("ijkl,kl->ij", sliding_window_view(x, w.shape), w)


def taps(count, size, kernel, stride, padding, dilation):
    """A row for each window, a column for each cell of the axis: 1 + the offset k that meets it there, else 0."""
    table = np.zeros((count, size))
    for position in range(count):
        for place, k in reference._window(position, size, kernel, stride, padding, dilation):
            assert 0 <= place < size, f"place {place} lies outside of an axis of {size}: leave out what is padding"
            table[position, place] = k + 1
    return table


# The window


@windows
def test_a_window_of_three_steps_along_an_axis_of_five():
    expected = [[1, 2, 3, 0, 0], [0, 1, 2, 3, 0], [0, 0, 1, 2, 3]]
    compare(taps(3, 5, 3, 1, 0, 1), np.array(expected, float), "windows (rows) on cells (columns), 1 + the offset")


@windows
def test_padding_lets_the_first_window_begin_outside():
    expected = [[2, 3, 0, 0, 0], [1, 2, 3, 0, 0], [0, 1, 2, 3, 0], [0, 0, 1, 2, 3], [0, 0, 0, 1, 2]]
    compare(taps(5, 5, 3, 1, 1, 1), np.array(expected, float), "windows (rows) on cells (columns), with padding 1")


@windows
def test_the_next_window_begins_a_stride_later():
    first = [min(place for place, _ in reference._window(i, 9, 3, 3, 0, 1)) for i in range(3)]
    compare(np.array(first), [0, 3, 6], "the first place of each window, with stride 3")


@windows
def test_dilation_draws_the_cells_of_a_window_apart():
    places = [place for place, _ in reference._window(0, 9, 3, 1, 0, 4)]
    compare(np.array(places), [0, 4, 8], "the places of a window, with dilation 4")


@windows
def test_stride_padding_and_dilation_together():
    expected = np.array([[0, 2, 0, 3, 0, 0, 0], [0, 0, 1, 0, 2, 0, 3], [0, 0, 0, 0, 0, 1, 0]], float)
    compare(taps(3, 7, 3, 3, 1, 2), expected, "windows on cells, with stride 3, padding 1, dilation 2")


# The loops


@forward
def test_products_are_added_up(rng):
    x, w = rng.normal(size=(1, 2, 4, 5)), np.zeros((3, 2, 1, 1))
    w[:, 1, 0, 0] = 1, 2, 3  # these filters look at one channel, and the last at the other too
    w[2, 0, 0, 0] = 10
    expected = np.concatenate([x[:, 1:], 2 * x[:, 1:], 3 * x[:, 1:] + 10 * x[:, :1]], axis=1)
    compare(conv(x, w), expected, "a convolution by three filters, of which only the last sees two pixels")


@loops
@forward
def test_a_bright_pixel_leaves_the_filter_turned_round_and_not_the_filter(rng):
    x = np.zeros((1, 1, 5, 5))
    x[0, 0, 2, 2] = 1
    w = rng.normal(size=(1, 1, 3, 3))
    compare(conv(x, w), w[:, :, ::-1, ::-1], "a convolution of one bright pixel")


@loops
def test_every_product_comes_once():
    cells = list(reference._conv_cells((2, 4, 3, 3), (4, 2, 2, 2), (2, 4, 2, 2), (1, 1), (0, 0), (1, 1), 2))
    compare(len(cells), 2 * 4 * 2 * 2 * 2 * 2 * 2, "the number of products: N O OH OW (C / groups) KH KW")
    compare(len(set(cells)), len(cells), "the number of different products")


@loops
def test_a_filter_sees_the_channels_of_its_group_only(rng):
    x, w = np.ones((1, 2, 3, 3)), rng.normal(size=(2, 1, 2, 2))
    x[:, 1] = 10
    total = w.sum(axis=(1, 2, 3))[:, None, None] * np.ones((1, 2, 2, 2))
    total[:, 1] *= 10
    compare(conv(x, w, groups=2), total, "two filters in two groups, where channel 1 is ten times channel 0")


@loops
@forward
def test_all_channels_of_several_pictures_take_part(rng):
    x, w = rng.normal(size=(2, 3, 5, 4)), rng.normal(size=(2, 3, 3, 2))
    y = [[sum(slid(x[n, c], w[o, c]) for c in range(3)) for o in range(2)] for n in range(2)]
    compare(conv(x, w), np.array(y), "a convolution of two pictures of three channels")


@forward
@loops
def test_padding_is_a_margin_of_zeros(rng):
    x, w = rng.normal(size=(1, 1, 5, 5)), rng.normal(size=(1, 1, 3, 3))
    compare(conv(x, w, padding=(1, 1)), slid(np.pad(x[0, 0], 1), w[0, 0])[None, None], "a convolution, padded by 1")


@forward
@loops
def test_a_stride_takes_every_second_window(rng):
    x, w = rng.normal(size=(1, 2, 6, 7)), rng.normal(size=(2, 2, 2, 3))
    each = sum(slid(x[0, c], w[0, c]) for c in range(2))
    compare(conv(x, w[:1], stride=(2, 3))[0, 0], each[::2, ::3], "a convolution with stride (2, 3)")


@forward
@loops
def test_dilation_is_a_filter_with_gaps(rng):
    x, w, gaps = rng.normal(size=(1, 1, 5, 6)), rng.normal(size=(1, 1, 2, 3)), np.zeros((3, 5))
    gaps[::2, ::2] = w[0, 0]
    compare(conv(x, w, dilation=(2, 2))[0, 0], slid(x[0, 0], gaps), "a convolution with dilation 2")


# Its gradients


def checked(x, w, **how):
    """Hold the gradients of both to finite differences of the plain loops."""
    return mg.gradcheck(lambda x, w: F.conv2d(x, w, **how), (x, w))


@to_input
@to_weight
def test_with_a_single_window_every_product_stands_alone(plain_loops, rng):
    assert checked(rng.normal(size=(1, 1, 3, 3)), rng.normal(size=(1, 1, 3, 3)))


@to_input
def test_a_pixel_in_two_windows_gets_both_their_gradients(plain_loops, rng):
    assert checked(rng.normal(size=(1, 1, 1, 7)), rng.normal(size=(1, 1, 1, 3)), stride=(1, 2))


@to_weight
def test_a_tap_gets_the_gradients_of_all_windows(plain_loops, rng):
    assert checked(rng.normal(size=(1, 1, 1, 6)), rng.normal(size=(1, 1, 1, 4)), stride=(1, 4), padding=(0, 1))


@to_weight
def test_the_gradients_of_all_pictures_are_added(plain_loops, rng):
    assert checked(rng.normal(size=(1, 1, 3, 3)).repeat(3, axis=0), rng.normal(size=(2, 1, 2, 2)))


@to_input
@to_weight
@pytest.mark.parametrize(
    "x, w, how",
    [
        ((1, 1, 5, 5), (1, 1, 3, 3), {"padding": 1}),
        ((2, 2, 4, 5), (3, 2, 2, 3), {"padding": (1, 0), "stride": (2, 1)}),
        ((1, 4, 3, 4), (2, 2, 2, 2), {"groups": 2}),
        ((1, 1, 6, 5), (1, 1, 2, 2), {"dilation": (2, 3)}),
    ],
)
def test_gradients_match_finite_differences_however_the_filter_steps(x, w, how, plain_loops, rng):
    assert checked(rng.normal(size=x), rng.normal(size=w), **how)


# Pooling


def pooled(x, kernel, stride, padding=(0, 0)):
    return reference.max_pool2d(x, kernel, stride, padding, (1, 1), False)


@maxima
def test_the_largest_of_each_window_by_hand():
    y, switches = pooled(image([1, 8, 2, 3], [4, 5, 9, 0], [7, 1, 3, 2], [1, 0, 2, 6]), (2, 2), (2, 2))
    compare(y, image([8, 9], [7, 6]), "the maxima of four windows")
    compare(switches, [[[[1, 6], [8, 15]]]], "the switches, which count h * W + w in the whole plane")


@maxima
def test_the_largest_of_negative_numbers_is_negative():
    y, _ = pooled(image([-3, -2], [-5, -4]), (2, 2), (2, 2))
    compare(y, image([-2]), "the maximum of negative numbers")


@maxima
def test_padding_never_wins():
    y, switches = pooled(image([-1, -2], [-3, -4]), (2, 2), (2, 2), (1, 1))
    compare(y, image([-1, -2], [-3, -4]), "maxima of windows that reach into the padding, which never wins")
    compare(switches, [[[[0, 1], [2, 3]]]], "switches, which count cells of the plane without padding")


@maxima
def test_of_equals_the_first_in_reading_order_wins():
    _, switches = pooled(image([0, 5, 5], [5, 5, 5]), (2, 3), (1, 1))
    compare(switches, [[[[1]]]], "the switch of a window with equals, of which the first in reading order wins")


@maxima
def test_a_nan_wins_and_every_picture_and_channel_has_its_own_windows(rng):
    x = spread(rng, 2, 2, 3, 4)
    x[1, 1, 2, 3] = np.nan
    y, switches = pooled(x, (2, 2), (1, 2))
    expected = [[x[:, :, i : i + 2, j : j + 2].max(axis=(2, 3)) for j in (0, 2)] for i in (0, 1)]
    compare(y, np.transpose(expected, (2, 3, 0, 1)), "the maxima of all pictures and channels, where a NaN wins")
    assert switches[1, 1, 1, 1] == 11, f"the NaN at h * W + w = 11 wins; the switch says {switches[1, 1, 1, 1]}"


@unpooling
def test_each_gradient_goes_to_the_cell_that_won(plain_loops, rng):
    assert mg.gradcheck(lambda x: F.max_pool2d(x, 2), spread(rng, 1, 1, 6, 6))


@unpooling
def test_a_cell_that_won_twice_gets_both_gradients(plain_loops):
    plane = image([0, 1, 2, 3], [4, 20, 5, 6], [7, 8, 9, 10], [11, 12, 13, 30])
    assert mg.gradcheck(lambda x: F.max_pool2d(x, 3, stride=1), plane)


@unpooling
def test_planes_may_be_oblong_and_many(plain_loops, rng):
    assert mg.gradcheck(lambda x: F.max_pool2d(x, (2, 3), stride=(2, 1)), spread(rng, 2, 2, 4, 5))


@means
@pytest.mark.parametrize(
    "how",
    [
        {"kernel_size": 2},
        {"kernel_size": (1, 3), "stride": (1, 2)},
        {"kernel_size": 3, "stride": 1, "padding": 1},
        {"kernel_size": (2, 3), "stride": (1, 2), "padding": (1, 1), "count_include_pad": False},
    ],
)
def test_a_mean_hands_every_cell_its_share(how, plain_loops, rng):
    assert mg.gradcheck(lambda x: F.avg_pool2d(x, **how), rng.normal(size=(1, 2, 4, 7)))
