"""Receptive fields: held to perturbation.  Outside nothing matters, and every line of the border does."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import minigrad as mg
import nets
from explain.activations import activations
from explain.receptive_field import ReceptiveField, Rectangle, receptive_field, receptive_fields, unit_field
from minigrad import functional as F
from minigrad import nn

PAIRS = [st.tuples(st.integers(a, b), st.integers(a, b)) for a, b in ((0, 1), (1, 2), (1, 3))]
SHORT, MEDIUM, LONG = PAIRS


@st.composite
def layers(draw):
    """A layer of two channels with windows of any geometry, or a point-wise one."""
    kind = draw(st.sampled_from(["conv", "conv", "grouped", "max", "average", "tanh", "norm"]))
    kernel, stride, padding, dilation = draw(LONG), draw(MEDIUM), draw(SHORT), draw(MEDIUM)
    ceil_mode = draw(st.booleans())
    at_most_half = tuple(min(p, k // 2) for p, k in zip(padding, kernel))
    # A dilated window can miss the picture altogether, and the largest number of nothing is -inf.
    never_empty = tuple(p if d == 1 else 0 for p, d in zip(at_most_half, dilation))
    return {
        "conv": lambda: nn.Conv2d(2, 2, kernel, stride, padding, dilation),
        "grouped": lambda: nn.Conv2d(2, 2, kernel, stride, padding, dilation, groups=2),
        "max": lambda: nn.MaxPool2d(kernel, stride, never_empty, dilation, ceil_mode),
        "average": lambda: nn.AvgPool2d(kernel, stride, at_most_half, ceil_mode, draw(st.booleans())),
        "tanh": nn.Tanh,
        "norm": lambda: nn.BatchNorm2d(2),
    }[kind]()


@st.composite
def stacks(draw):
    """A net of one to four layers, the shape of a picture that it takes, and one of its units."""
    mg.manual_seed(draw(st.integers(0, 99)))
    net = nn.Sequential(*draw(st.lists(layers(), min_size=1, max_size=4))).astype("float64")
    shape = (2, draw(st.integers(5, 11)), draw(st.integers(5, 11)))
    try:
        output = activations(nn.Sequential(net), np.zeros(shape), "0")
    except ValueError:  # a window is larger than what it slides over
        assume(False)
    return nn.Sequential(net), shape, tuple(draw(st.integers(0, n - 1)) for n in output.shape)


def reacts(net, shape, unit, changed, layer="0", tries=200):
    """Whether a unit's activation changes, in any of some random pictures, with the pixels in a mask (H, W)."""
    rng = np.random.default_rng(0)
    before = rng.standard_normal((tries, *shape))
    after = np.where(changed, 5 * rng.standard_normal(before.shape), before)
    here = (slice(None), *unit)
    return not np.array_equal(activations(net, before, layer)[here], activations(net, after, layer)[here])


def mask_of(field, shape):
    mask = np.zeros(shape[1:], bool)
    mask[field.top : field.bottom, field.left : field.right] = True
    return mask


def border_lines(field, shape):
    """A mask each for the first and last row, and the first and last column."""
    top, left, bottom, right = field
    lines = [(top, left, top + 1, right), (bottom - 1, left, bottom, right),
             (top, left, bottom, left + 1), (top, right - 1, bottom, right)]
    return [mask_of(Rectangle(*line), shape) for line in lines]


def assert_exact(net, shape, unit, layer="0"):
    field = unit_field(net, layer, unit, shape)
    assert not reacts(net, shape, unit, ~mask_of(field, shape), layer), "something outside of the field matters"
    if mask_of(field, shape).any():
        assert all(reacts(net, shape, unit, line, layer) for line in border_lines(field, shape)), "it is too wide"
    return field


@given(stacks())
@settings(max_examples=60)
def test_a_unit_reacts_to_the_border_of_its_field_and_to_nothing_beyond(drawn):
    assert_exact(*drawn)


@given(stacks())
@settings(max_examples=60)
def test_the_field_before_cropping_holds_the_exact_one_and_is_the_same_inside_the_picture(drawn):
    net, shape, unit = drawn
    whole, exact = receptive_field(net, "0", shape).rectangle(*unit[1:]), unit_field(net, "0", unit, shape)
    inside = whole.cropped(*shape[1:])
    assert not (mask_of(exact, shape) & ~mask_of(inside, shape)).any()
    assert inside != whole or exact == whole


def test_the_fields_of_lenet_are_those_computed_by_hand():
    table = receptive_fields(nets.LeNet(), (1, 28, 28))
    by_hand = {"features.0": (5, 1, -2), "features.2": (6, 2, -2), "features.3": (14, 2, -2), "features.5": (16, 4, -2)}
    assert {name: tuple(pair[0] for pair in table[name]) for name in by_hand} == by_hand


def test_the_fields_do_not_depend_on_the_size_of_the_picture():
    small, large = (receptive_fields(nets.SmallCNN(), (3, n, n)) for n in (32, 48))
    assert small == large and small["features.12"] == ReceptiveField((31, 31), (4, 4), (-14, -14))


def test_layers_without_windows_have_none_in_the_table():
    assert receptive_fields(nets.SmallCNN(), (3, 32, 32))["pool"] is None


class Net(nn.Module):
    """A function as a net, with one convolution (2 to 2 channels, 3 x 3, padding 1) for it to use."""

    def __init__(self, function):
        self.conv = nn.Conv2d(2, 2, 3, padding=1)
        self.end = nn.Sequential()
        self.function = function

    def forward(self, x):
        return self.end(self.function(self.conv, x))


def net(function):
    mg.manual_seed(0)
    return Net(function).astype("float64")


def two_groups(x):
    """A convolution of four channels, 1 x 1, which doesn't mix the first two with the last two."""
    return F.conv2d(x, np.ones((2, 2, 1, 1)), groups=2)


SHAPE = (2, 9, 8)
BRANCHES = {
    "residual": (lambda conv, x: x + conv(conv(x).tanh()), (0, 4, 4), (2, 2, 7, 7)),
    "narrow channel of two": (lambda conv, x: F.cat([x, conv(x)], axis=1), (0, 4, 4), (4, 4, 5, 5)),
    "wide channel of two": (lambda conv, x: F.cat([x, conv(x)], axis=1), (3, 4, 4), (3, 3, 6, 6)),
    "narrow group of two": (lambda conv, x: two_groups(F.cat([x, conv(x)], axis=1)), (0, 4, 4), (4, 4, 5, 5)),
    "wide group of two": (lambda conv, x: two_groups(F.cat([x, conv(x)], axis=1)), (1, 4, 4), (3, 3, 6, 6)),
    "dilated over a margin": (lambda conv, x: F.max_pool2d(conv(x), 3, 1, 1, dilation=2), (0, 0, 3), (0, 1, 5, 8)),
    "one channel taken": (lambda conv, x: conv(x)[:, 1:], (0, 0, 0), (0, 0, 2, 2)),
    "margin": (lambda conv, x: F.pad(conv(x), (1, 0, 2, 0)), (0, 2, 1), (0, 0, 2, 2)),
    "nothing but margin": (lambda conv, x: F.pad(conv(x), (1, 0, 2, 0)), (0, 1, 1), (0, 0, 0, 0)),
    "reflected margin": (lambda conv, x: F.pad(conv(x), (2, 0), mode="reflect"), (0, 4, 0), (3, 1, 6, 4)),
    "turned": (lambda conv, x: conv(x).transpose(0, 1, 3, 2), (0, 1, 7), (6, 0, 9, 3)),
    "normalised over channels": (lambda conv, x: F.local_response_norm(conv(x), 2), (0, 4, 4), (3, 3, 6, 6)),
    "softmax over channels": (lambda conv, x: F.softmax(conv(x), axis=1), (0, 4, 4), (3, 3, 6, 6)),
    "largest channel": (lambda conv, x: conv(x).max(axis=1, keepdims=True), (0, 4, 4), (3, 3, 6, 6)),
    "mean of every row": (lambda conv, x: conv(x).mean(axis=3), (0, 4), (3, 0, 6, 8)),
    "mean of quarters": (lambda conv, x: F.adaptive_avg_pool2d(x, 2), (0, 1, 0), (4, 0, 9, 4)),
    "enlarged": (lambda conv, x: F.interpolate(x, (18, 16), mode="bilinear"), (0, 8, 8), (3, 3, 5, 5)),
    "gated by the whole": (lambda conv, x: x * conv(x).mean(axis=(2, 3), keepdims=True), (0, 4, 4), (0, 0, 9, 8)),
    "plain neurons": (lambda conv, x: x.flatten(1) @ np.ones((144, 3)), (2,), (0, 0, 9, 8)),
    "transposed": (lambda conv, x: F.conv_transpose2d(x, conv.weight, stride=2, padding=1), (0, 4, 5), (2, 2, 3, 4)),
}


@pytest.mark.parametrize(("function", "unit", "by_hand"), BRANCHES.values(), ids=BRANCHES)
def test_the_field_through_any_op_is_exact_and_as_computed_by_hand(function, unit, by_hand):
    assert assert_exact(net(function), SHAPE, unit, "end") == by_hand


RESIDUAL, GATED = BRANCHES["residual"][0], BRANCHES["gated by the whole"][0]


def test_where_paths_meet_the_widest_counts():
    assert receptive_field(net(RESIDUAL), "end", SHAPE) == ReceptiveField((5, 5), (1, 1), (-2, -2))
    both = net(BRANCHES["wide channel of two"][0])
    assert receptive_field(both, "end", SHAPE) == ReceptiveField((3, 3), (1, 1), (-1, -1))


def test_a_margin_and_local_response_norm_leave_windows_windows():
    margin, response = (net(BRANCHES[name][0]) for name in ("margin", "normalised over channels"))
    assert receptive_field(margin, "end", SHAPE) == ReceptiveField((3, 3), (1, 1), (-3, -2))
    assert receptive_field(response, "end", SHAPE) == ReceptiveField((3, 3), (1, 1), (-1, -1))


def test_a_layer_that_runs_twice_has_two_fields():
    table = receptive_fields(net(RESIDUAL), SHAPE)
    assert table["conv:0"].size == (3, 3) and table["conv:1"].size == (5, 5)


def test_units_that_are_copies_of_one_have_one_field_and_stride_0():
    copies = net(lambda conv, x: F.max_pool2d(conv(x), (9, 8)) + np.zeros((1, 2, 9, 8)))
    assert receptive_field(copies, "end", SHAPE) == ReceptiveField((11, 10), (0, 0), (-1, -1))


def test_the_reach_of_a_gate_is_not_overlooked():
    with pytest.raises(ValueError, match="Mean.*unit_field"):
        receptive_field(net(GATED), "end", SHAPE)


def test_a_layer_without_rows_and_columns_is_refused():
    with pytest.raises(ValueError, match="'classifier'.*without rows and columns.*unit_field"):
        receptive_field(nets.SmallCNN(), "classifier", (3, 32, 32))


def test_paths_of_different_strides_are_refused():
    uneven = net(lambda conv, x: F.max_pool2d(x, 2) + F.avg_pool2d(x, (6, 5), stride=1))
    with pytest.raises(ValueError, match=r"paths of strides \[2, 2\] and \[1, 1\] meet.*unit_field"):
        receptive_field(uneven, "end", SHAPE)


def test_an_op_without_a_rule_is_named():
    unpooled = net(lambda conv, x: F.max_unpool2d(*F.max_pool2d(x, 2, return_indices=True), 2))
    with pytest.raises(ValueError, match="no rule says what Unpool looks at; add one to explain.influence.RULES"):
        unit_field(unpooled, "end", (0, 0, 0), SHAPE)


def test_what_does_not_depend_on_the_picture_has_no_field():
    constant = net(lambda conv, x: conv(0 * x.detach()))
    assert unit_field(constant, "end", (0, 0, 0), SHAPE) == (0, 0, 0, 0)
    with pytest.raises(ValueError, match="does not depend on the picture"):
        receptive_field(constant, "end", SHAPE)


@pytest.mark.parametrize("unit", [(16, 0, 0), (0, 8, 0), (0, -1, 0), (0, 0)])
def test_a_unit_that_is_not_there_is_refused(unit):
    with pytest.raises(ValueError, match=r"not in layer 'features.3', which puts out \(16, 8, 8\)"):
        unit_field(nets.SmallCNN(), "features.3", unit, (3, 32, 32))


def test_a_shape_that_is_no_pictures_is_refused():
    with pytest.raises(ValueError, match="that of one picture"):
        receptive_field(nets.SmallCNN(), "features.3", (1, 3, 32, 32))
