"""Convolution: held to sums by hand, to finite differences in every geometry, and the identity of its three readings.

What to take from it: one trilinear form gives convolution, transposed convolution and the filters' gradient, so that
projecting activations back through the filters and backpropagation are the same thing.
"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import minigrad as mg
from minigrad import functional as F

GEOMETRIES = [
    {},
    {"stride": 2},
    {"padding": 1},
    {"stride": (2, 1), "padding": (0, 1)},
    {"dilation": (2, 1)},
    {"stride": 3, "padding": 1},
    {"groups": 2},
    {"groups": 2, "stride": 2, "padding": 1, "dilation": 2},
]


@pytest.mark.parametrize("geometry", GEOMETRIES)
def test_conv2d_gradients_of_input_weight_and_bias_match_finite_differences(geometry, normal):
    w = normal(2, 2 // geometry.get("groups", 1), 2, 2)
    assert mg.gradcheck(lambda x, w, b: F.conv2d(x, w, b, **geometry), (normal(1, 2, 4, 3), w, normal(2)))


@pytest.mark.parametrize("geometry", GEOMETRIES[3::2])
def test_conv2d_second_derivatives_match_finite_differences(geometry, normal):
    w = normal(2, 2 // geometry.get("groups", 1), 2, 2)
    assert mg.gradgradcheck(lambda x, w: F.conv2d(x, w, **geometry), (normal(1, 2, 3, 3), w))


TRANSPOSED = [
    {},
    {"stride": 2, "output_padding": 1},
    {"groups": 2, "padding": 1, "dilation": 2},
    {"output_padding": 2, "dilation": 3},
]


@pytest.mark.parametrize("geometry", TRANSPOSED)
def test_conv_transpose2d_matches_finite_differences_twice(geometry, normal):
    w = normal(2, 1, 2, 2)
    assert mg.gradcheck(
        lambda x, w, b: F.conv_transpose2d(x, w, b, **geometry),
        (normal(1, 2, 2, 3), w, normal(geometry.get("groups", 1))),
    )
    assert mg.gradgradcheck(lambda x, w: F.conv_transpose2d(x, w, **geometry), (normal(1, 2, 2, 2), w))


def test_a_transposed_convolution_with_filters_of_one_pixel_may_pad_beyond_its_stride(normal):
    x, w = normal(1, 1, 2, 2), np.full((1, 1, 1, 1), 3.0)
    y = F.conv_transpose2d(x, w, output_padding=1, dilation=2).numpy()
    np.testing.assert_array_equal(y[0, 0], np.pad(3 * x[0, 0], ((0, 1), (0, 1))))
    assert mg.gradcheck(lambda x, w: F.conv_transpose2d(x, w, output_padding=1, dilation=2), (x, w))


def test_a_convolution_by_hand(leaf):
    x = leaf([[[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]]]])
    w = leaf([[[[1.0, 0.0], [0.0, -1.0]]]])
    y = F.conv2d(x, w)
    assert y.numpy().tolist() == [[[[1 - 5, 2 - 6], [4 - 8, 5 - 9]]]]
    gx, gw = mg.grad(y.sum(), (x, w))
    assert gx.numpy()[0, 0].tolist() == [[1, 1, 0], [1, 0, -1], [0, -1, -1]]
    assert gw.numpy()[0, 0].tolist() == [[1 + 2 + 4 + 5, 2 + 3 + 5 + 6], [4 + 5 + 7 + 8, 5 + 6 + 8 + 9]]


def test_padding_adds_zeros_and_stride_skips(leaf):
    x, w = leaf([[[[1.0, 2.0], [3.0, 4.0]]]]), leaf(np.ones((1, 1, 2, 2)))
    assert F.conv2d(x, w, padding=1).numpy()[0, 0].tolist() == [[1, 3, 2], [4, 10, 6], [3, 7, 4]]
    assert F.conv2d(x, w, padding=1, stride=2).numpy()[0, 0].tolist() == [[1, 2], [3, 4]]


def test_dilation_spreads_the_taps(leaf):
    x, w = leaf(np.arange(9.0).reshape(1, 1, 3, 3)), leaf(np.ones((1, 1, 2, 2)))
    assert F.conv2d(x, w, dilation=2).item() == 0 + 2 + 6 + 8


def test_groups_do_not_see_each_other(normal):
    x, w = normal(1, 4, 3, 3), normal(2, 2, 2, 2)
    both = F.conv2d(x, w, groups=2).numpy()
    for i in range(2):
        alone = F.conv2d(x[:, 2 * i : 2 * i + 2], w[i : i + 1]).numpy()
        np.testing.assert_allclose(both[:, i : i + 1], alone)


def test_the_bias_is_added_to_every_pixel_of_its_channel(normal):
    x, w, b = normal(1, 1, 3, 3), normal(2, 1, 2, 2), np.array([10.0, 20.0])
    np.testing.assert_allclose(
        F.conv2d(x, w, b).numpy() - F.conv2d(x, w).numpy(), np.broadcast_to(b[:, None, None], (1, 2, 2, 2))
    )


@settings(max_examples=20)
@given(st.integers(1, 3), st.integers(0, 2), st.integers(1, 2), st.integers(1, 3), st.integers(1, 3), st.integers(0, 3))
def test_backward_through_a_convolution_is_transposed_convolution(stride, padding, dilation, height, width, remains):
    rng = np.random.default_rng(remains)
    size = [dilation * (k - 1) + 1 + 2 + remains for k in (height, width)]
    x = mg.tensor(rng.standard_normal((1, 2, *size)), requires_grad=True)
    w = rng.standard_normal((3, 2, height, width))
    y = F.conv2d(x, w, stride=stride, padding=padding, dilation=dilation)
    g = rng.standard_normal(y.shape)
    back = mg.grad(y, x, g).numpy()
    rest = [(n + 2 * padding - dilation * (k - 1) - 1) % stride for n, k in zip(size, (height, width), strict=True)]
    transposed = F.conv_transpose2d(g, w, None, stride, padding, tuple(rest), dilation=dilation).numpy()
    np.testing.assert_allclose(back, transposed, atol=1e-12)


def test_one_trilinear_form_is_read_in_three_directions(leaf, normal):
    x, w = leaf(normal(2, 2, 4, 3)), leaf(normal(3, 2, 2, 2))
    y = F.conv2d(x, w, stride=2, padding=1)
    g = normal(*y.shape)
    gx, gw = mg.grad(y, (x, w), g)
    form = (y.numpy() * g).sum()
    assert (gx.numpy() * x.numpy()).sum() == pytest.approx(form)
    assert (gw.numpy() * w.numpy()).sum() == pytest.approx(form)


def test_non_contiguous_pictures_are_fine(normal):
    x, w = normal(3, 4, 2, 1).T, normal(1, 2, 2, 2)
    np.testing.assert_allclose(F.conv2d(x, w).numpy(), F.conv2d(x.copy(), w).numpy())


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_dtype_is_kept_both_ways(dtype, normal):
    x, w = (mg.tensor(normal(1, 1, 3, 3).astype(dtype), requires_grad=True) for _ in range(2))
    y = F.conv2d(x, w)
    assert y.dtype == dtype
    assert all(g.dtype == dtype for g in mg.grad(y.sum(), (x, w)))


X, W = np.zeros((1, 4, 5, 5)), np.zeros((6, 4, 3, 3))


@pytest.mark.parametrize(
    "mistake, error, words",
    [
        (lambda: F.conv2d(X[0], W), ValueError, r"conv2d: x must be \(N, C, H, W\).*\(4, 5, 5\).*adds an axis"),
        (lambda: F.conv2d(X, W[0]), ValueError, r"conv2d: the filters must have 4 axes.*\(4, 3, 3\)"),
        (lambda: F.conv2d(X[:, :3], W), ValueError, r"conv2d: x \(1, 3, 5, 5\) has 3 channels.*\(6, 4, 3, 3\).*take 4"),
        (lambda: F.conv2d(X, W[:, :1], groups=4), ValueError, "conv2d: 6 filters cannot be split into 4 groups"),
        (
            lambda: F.conv2d(X[..., :2], W),
            ValueError,
            r"conv2d: the filter \(6, 4, 3, 3\) covers 3.*\(1, 4, 5, 2\) is only 2 wide",
        ),
        (lambda: F.conv2d(X, W, dilation=3), ValueError, "conv2d: .*covers 7 pixels with dilation 3.*only 5 high"),
        (lambda: F.conv2d(X, W, np.zeros(5)), ValueError, r"conv2d: the bias has shape \(5,\).*\(6,\)"),
        (lambda: F.conv2d(X, W, stride=0), ValueError, "conv2d: stride must be at least 1, not 0"),
        (lambda: F.conv2d(X, W, padding=-1), ValueError, "conv2d: padding must be at least 0"),
        (lambda: F.conv2d(X, W, dilation=(1, 2, 3)), ValueError, "conv2d: dilation must be an integer or two"),
        (lambda: F.conv2d(X, W, stride=1.5), ValueError, "conv2d: stride must be an integer"),
        (lambda: F.conv2d(X, W, groups=0), ValueError, "conv2d: groups must be a positive integer"),
        (lambda: F.conv2d(X.astype(int), W), TypeError, "conv2d: x must be floats, not int"),
        (lambda: F.conv_transpose2d(X[:, :3], W), ValueError, "conv_transpose2d: x .* has 3 channels.*take 6"),
        (lambda: F.conv_transpose2d(X, W[:4], output_padding=1), ValueError, "conv_transpose2d: output_padding"),
        (lambda: F.conv_transpose2d(X, W[:4], padding=9), ValueError, r"conv_transpose2d: .*output of \(-11, -11\)"),
    ],
)
def test_mistakes_are_refused_in_words(mistake, error, words):
    with pytest.raises(error, match=words):
        mistake()
