"""Pooling and unpooling: held to windows written out by hand, PyTorch's conventions, and finite differences.

What to take from it: the backward of max pooling *is* the unpooling of deconvnets; where windows overlap, gradients
that meet are added; and how many windows there are is a matter of rounding.
"""

import numpy as np
import pytest

import minigrad as mg
from minigrad import functional as F

WINDOWS = [
    {"kernel_size": 2},
    {"kernel_size": 3, "stride": 1},
    {"kernel_size": 3, "stride": 2, "padding": 1},
    {"kernel_size": (1, 2), "stride": (3, 1)},
    {"kernel_size": 2, "stride": 2, "ceil_mode": True},
    {"kernel_size": 3, "stride": 2, "padding": 1, "ceil_mode": True},
]


@pytest.mark.parametrize("window", [*WINDOWS, {"kernel_size": 2, "dilation": 2, "stride": 1}])
def test_max_pooling_matches_finite_differences_twice(window, spread):
    assert mg.gradcheck(lambda x: F.max_pool2d(x, **window), spread(1, 2, 5, 3))
    assert mg.gradgradcheck(lambda x: F.max_pool2d(x, **window) ** 2, spread(1, 1, 5, 3))


@pytest.mark.parametrize("window", [*WINDOWS, {"kernel_size": 3, "padding": 1, "count_include_pad": False}])
def test_average_pooling_matches_finite_differences_twice(window, normal):
    assert mg.gradcheck(lambda x: F.avg_pool2d(x, **window), normal(1, 2, 5, 3))
    assert mg.gradgradcheck(lambda x: F.avg_pool2d(x, **window) ** 2, normal(1, 1, 5, 3))


def picture(rows):
    return mg.tensor(np.array(rows, dtype=np.float64)[None, None], requires_grad=True)


def test_max_pooling_by_hand():
    x = picture([[1, 2, 5, 0], [3, 4, 1, 1], [0, 0, 7, 6], [9, 0, 0, 8]])
    y, switches = F.max_pool2d(x, 2, return_indices=True)
    assert y.numpy()[0, 0].tolist() == [[4, 5], [9, 8]]
    assert switches[0, 0].tolist() == [[5, 2], [12, 15]]
    g = mg.grad(y, x, [[[[10.0, 20.0], [30.0, 40.0]]]]).numpy()[0, 0]
    assert g.tolist() == [[0, 0, 20, 0], [0, 10, 0, 0], [0, 0, 0, 0], [30, 0, 0, 40]]


def test_gradients_are_added_where_windows_overlap():
    x = picture([[0, 0, 0], [0, 9, 0], [0, 0, 0]])
    y = F.max_pool2d(x, 2, stride=1)
    assert mg.grad(y, x, [[[[1.0, 2.0], [3.0, 4.0]]]]).numpy()[0, 0].tolist() == [[0, 0, 0], [0, 10, 0], [0, 0, 0]]


def test_of_equal_maxima_the_first_in_reading_order_gets_the_gradient():
    x = picture([[7, 7], [7, 7]])
    assert mg.grad(F.max_pool2d(x, 2).sum(), x).numpy()[0, 0].tolist() == [[1, 0], [0, 0]]


def test_padding_never_wins_a_maximum():
    assert F.max_pool2d(picture([[-1, -2], [-3, -4]]), 2, padding=1).numpy()[0, 0].tolist() == [[-1, -2], [-3, -4]]


def test_the_backward_of_max_pooling_is_unpooling(spread, normal):
    x = mg.tensor(spread(1, 2, 4, 4), requires_grad=True)
    y, switches = F.max_pool2d(x, 2, return_indices=True)
    g = normal(*y.shape)
    np.testing.assert_array_equal(mg.grad(y, x, g).numpy(), F.max_unpool2d(g, switches, 2).numpy())


def test_unpooling_after_pooling_keeps_the_maxima_and_nothing_else():
    x = picture([[1, 2], [3, 4]])
    y, switches = F.max_pool2d(x, 2, return_indices=True)
    assert F.max_unpool2d(y, switches, 2).numpy()[0, 0].tolist() == [[0, 0], [0, 4]]


def test_unpooling_takes_the_size_that_rounding_lost(spread):
    x = spread(1, 1, 5, 5)
    y, switches = F.max_pool2d(x, 2, return_indices=True)
    assert F.max_unpool2d(y, switches, 2, output_size=(5, 5)).shape == (1, 1, 5, 5)


def test_unpooling_matches_finite_differences_twice(spread, normal):
    switches = F.max_pool2d(spread(1, 2, 4, 4), 2, return_indices=True)[1]
    assert mg.gradcheck(lambda x: F.max_unpool2d(x, switches, 2), normal(1, 2, 2, 2))
    assert mg.gradgradcheck(lambda x: F.max_unpool2d(x, switches, 2) ** 2, normal(1, 2, 2, 2))


def test_ceil_mode_takes_the_window_that_hangs_over_the_edge():
    x = picture([[1, 2, 3, 4, 5]])
    assert F.max_pool2d(x, (1, 2)).numpy().tolist() == [[[[2, 4]]]]
    assert F.max_pool2d(x, (1, 2), ceil_mode=True).numpy().tolist() == [[[[2, 4, 5]]]]


def test_ceil_mode_leaves_out_a_window_that_starts_in_the_right_padding():
    x = picture([[1, 2, 3]])
    assert F.max_pool2d(x, (1, 2), stride=(1, 2), padding=(0, 1), ceil_mode=True).shape == (1, 1, 1, 2)


def test_average_pooling_by_hand():
    x = picture([[1, 2, 3, 4], [5, 6, 7, 8]])
    y = F.avg_pool2d(x, 2)
    assert y.numpy().tolist() == [[[[3.5, 5.5]]]]
    assert mg.grad(y.sum(), x).numpy()[0, 0].tolist() == [[0.25] * 4] * 2


def test_padding_counts_as_pixels_or_not():
    x = picture([[4.0]])
    assert F.avg_pool2d(x, 3, padding=1).item() == pytest.approx(4 / 9)
    assert F.avg_pool2d(x, 3, padding=1, count_include_pad=False).item() == 4


def test_what_hangs_over_the_padding_in_ceil_mode_never_counts():
    x = picture([[1, 2, 6]])
    assert F.avg_pool2d(x, (1, 2), ceil_mode=True).numpy().tolist() == [[[[1.5, 6]]]]


X = np.zeros((1, 1, 4, 4))


@pytest.mark.parametrize("name", ["max_pool2d", "avg_pool2d"])
@pytest.mark.parametrize(
    "x, arguments, error, words",
    [
        (X[0], {"kernel_size": 2}, ValueError, r": x must be \(N, C, H, W\), and has shape \(1, 4, 4\)"),
        (X, {"kernel_size": 5}, ValueError, r": the window \(5, 5\).*larger than the padded picture \(1, 1, 4, 4\)"),
        (
            X,
            {"kernel_size": 2, "padding": 2},
            ValueError,
            r": padding \(2, 2\) must be at most half the kernel \(2, 2\)",
        ),
        (X, {"kernel_size": 0}, ValueError, ": kernel_size must be at least 1, not 0"),
        (X, {"kernel_size": 2, "stride": 0}, ValueError, ": stride must be at least 1"),
        (X, {"kernel_size": 2.0}, ValueError, ": kernel_size must be an integer or two"),
        (X.astype(int), {"kernel_size": 2}, TypeError, ": x must be floats, not int"),
    ],
)
def test_mistakes_are_refused_in_words(name, x, arguments, error, words):
    with pytest.raises(error, match=name + words):
        getattr(F, name)(mg.tensor(x), **arguments)


def test_switches_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match=r"max_unpool2d: x \(1, 1, 4, 4\) and indices \(1, 1, 2, 2\)"):
        F.max_unpool2d(X, np.zeros((1, 1, 2, 2), int), 2)
    with pytest.raises(ValueError, match=r"max_unpool2d: .*to 99.*\(8, 8\) has places 0 to 63"):
        F.max_unpool2d(X, np.full((1, 1, 4, 4), 99), 2)
