"""Partial forward passes: whatever the net, occlusion gives what whole passes give."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import explain
import minigrad as mg
from explain import partial_forward as parts
from explain.changed_areas import span, touching
from explain.occlusion import cover, positions
from minigrad import functional as F
from minigrad import nn

from .test_pointwise_tails import Block, used

SMALL, PAIR = st.integers(1, 3), st.tuples(st.integers(1, 3), st.integers(1, 3))


class Residual(nn.Module):
    """A layer and what goes around it, which are added; `x` has the same plane as what the layer makes of it."""

    def __init__(self):
        self.layer = nn.Conv2d(2, 2, 3, padding=1)

    def forward(self, x):
        return F.relu(x + self.layer(x))


class Fire(nn.Module):
    """Two layers side by side, whose channels are put one after the other, and brought back to two."""

    def __init__(self):
        self.narrow, self.wide, self.after = nn.Conv2d(2, 2, 1), nn.Conv2d(2, 3, 3, padding=1), nn.Conv2d(5, 2, 1)

    def forward(self, x):
        return self.after(mg.cat([self.narrow(x), self.wide(x)], axis=1))


class Gated(nn.Module):
    """Every channel times a number that depends on its whole map."""

    def forward(self, x):
        return x * F.sigmoid(x.mean(axis=(2, 3), keepdims=True))


@st.composite
def layers(draw):
    kernel, stride, padding, dilation = draw(PAIR), draw(PAIR), draw(PAIR), draw(PAIR)
    at_most_half = tuple(min(p, k // 2) for p, k in zip(padding, kernel))
    ceil_mode = draw(st.booleans())
    makers = {
        "conv": lambda: nn.Conv2d(2, 2, kernel, stride, padding, dilation),
        "grouped": lambda: nn.Conv2d(2, 2, kernel, stride, padding, groups=2),
        "max": lambda: nn.MaxPool2d(kernel, stride, at_most_half, 1, ceil_mode),
        "average": lambda: nn.AvgPool2d(kernel, stride, at_most_half, ceil_mode, draw(st.booleans())),
        "norm": lambda: used(nn.BatchNorm2d(2)),
        "block": lambda: Block(draw(st.booleans())),
        "relu": nn.ReLU,
        "tanh": nn.Tanh,
        "residual": Residual,
        "fire": Fire,
        "gated": Gated,
    }
    return makers[draw(st.sampled_from(sorted(makers)))]()


@st.composite
def cases(draw):
    """A net of up to four layers and a mean, a picture that it takes, and a patch and stride."""
    mg.manual_seed(draw(st.integers(0, 99)))
    body = draw(st.lists(layers(), min_size=1, max_size=4))
    net = nn.Sequential(*body, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(2, 3)).astype("float64").eval()
    size = draw(st.integers(8, 17)), draw(st.integers(8, 17))
    image = np.random.default_rng(draw(st.integers(0, 99))).standard_normal((2, *size))
    try:
        net(mg.tensor(image[None]))
    except ValueError:  # a window is larger than what it slides over
        assume(False)
    patch = draw(PAIR)
    return net, image, patch, tuple(draw(st.integers(1, p)) for p in patch)


def both(net, image, **how):
    """Drops by partial and by whole passes."""
    return [explain.occlusion(net, image, 1, score="logit", partial=partial, **how) for partial in (True, False)]


def prepared(net, image, windows):
    """A partial forward pass, or None, for a net in eval mode."""
    x = mg.tensor(image[None], requires_grad=True)
    return parts.partial_forward(x, net(x), windows)


@given(cases())
def test_partial_passes_give_what_whole_passes_give(case):
    net, image, patch, stride = case
    partial, whole = both(net, image, patch=patch, stride=stride, fill=0.5)
    assert np.allclose(partial, whole, rtol=0, atol=1e-12 * max(1, np.abs(net(mg.tensor(image[None])).numpy()).max()))


@given(cases())
def test_the_plan_alone_is_right_without_the_one_position_that_is_tried(case):
    net, image, patch, stride = case
    windows = positions(image.shape[1:], patch, stride)
    forward = prepared(net, image, windows)
    assume(forward is not None)
    at = [(r, c) for r in range(len(windows[0])) for c in range(len(windows[1]))]
    changed = np.random.default_rng(5).standard_normal(image.shape)

    expected = net(mg.tensor(np.stack([cover(image, windows[0][r], windows[1][c], changed) for r, c in at]))).numpy()
    assert np.allclose(forward(changed, at), expected, rtol=0, atol=1e-12 * max(1, np.abs(expected).max()))


@given(st.integers(0, 9), SMALL, SMALL, SMALL, st.integers(0, 2), SMALL)
def test_the_windows_that_touch_a_span_are_those_that_its_places_reach(begin, length, k, s, p, d):
    size = 12
    count = (size + 2 * p - d * (k - 1) - 1) // s + 1
    taps = np.arange(count)[:, None] * s - p + d * np.arange(k)
    reached = np.flatnonzero(((taps >= begin) & (taps < begin + length)).any(axis=1))
    seen = span(np.array([begin]), np.array([begin + length]), size)
    found = touching(seen, count, (k, s, p, d))
    assert set(reached) <= set(range(found.start[0], found.start[0] + found.size))
    assert 0 <= found.start[0] <= count - found.size


def test_at_the_border_a_rectangle_is_moved_inwards_and_all_have_one_size():
    patches = span(np.array([0, 4, 8]), np.array([4, 8, 10]), 10)
    seen = touching(patches, 10, (3, 1, 1, 1))
    assert (seen.start.tolist(), seen.size) == ([0, 3, 4], 6)


def test_float32_agrees_to_1e_6_of_probability(real_cnn):
    image = np.random.default_rng(0).standard_normal((3, 48, 48)).astype(np.float32)
    net = real_cnn.astype("float32")
    partial, whole = (explain.occlusion(net, image, 1, partial=on) for on in (True, False))
    assert np.allclose(partial, whole, rtol=0, atol=1e-6)


class Choosing(nn.Module):
    """Works with a condition that the tape doesn't show to come from the picture."""

    def __init__(self):
        self.conv = nn.Conv2d(2, 3, 3)

    def forward(self, x):
        y = self.conv(x)
        return mg.where(y.array > 0, y, y * 0.5).mean(axis=(2, 3))


class Detached(Choosing):
    """Half of what it computes leaves no trace on the tape, so the plan must seem right and isn't."""

    def forward(self, x):
        y = self.conv(x)
        return (y + y.detach()).mean(axis=(2, 3))


class Upsampling(Choosing):
    """Has an op of which nobody has said how it treats a batch."""

    def forward(self, x):
        return F.conv_transpose2d(self.conv(x), self.conv.weight).mean(axis=(2, 3))


@pytest.mark.parametrize("net", [Choosing, Detached, Upsampling])
def test_a_net_to_which_it_does_not_apply_is_run_as_a_whole(net):
    image = np.random.default_rng(0).standard_normal((2, 12, 12))
    model = net().astype("float64")
    partial, whole = both(model, image, patch=4, stride=2)
    assert np.array_equal(partial, whole) and np.abs(whole).max() > 0


def test_a_net_without_windows_is_run_as_a_whole(linear_model):
    windows = positions((8, 8), (4, 4), (2, 2))
    assert prepared(linear_model, np.zeros((3, 8, 8), np.float32), windows) is None


def test_the_kinds_of_net_that_are_common_are_run_in_part(small_cnn):
    small_cnn.eval()
    for body in (small_cnn, nn.Sequential(nn.Conv2d(3, 2, 3), Residual(), Fire(), nn.Flatten()).astype("float64")):
        assert prepared(body, np.zeros((3, 16, 16)), positions((16, 16), (4, 4), (4, 4))) is not None


def test_a_batch_takes_no_more_memory_than_so_many_whole_pictures(small_cnn, monkeypatch):
    """The largest map is that of the first layer, 16 x 16 x 16 numbers of a picture of 32 x 32."""
    small_cnn.eval()
    seen = []
    crops = parts.kernels.crops
    monkeypatch.setattr(parts, "LEAST_BYTES", 0)
    monkeypatch.setattr(parts.kernels, "crops", lambda *a: seen.append(crops(*a)) or seen[-1])
    explain.occlusion(small_cnn, np.ones((3, 32, 32)), 1, patch=4, stride=4, batch_size=5)
    assert max(len(crops) for crops in seen) > 5, "as crops are small, there may be more of them"
    assert max(crops.size for crops in seen) <= 5 * 16 * 16 * 16


def test_what_takes_little_memory_is_one_batch(small_cnn, monkeypatch):
    sizes = []
    run = parts.PartialForward.__call__
    monkeypatch.setattr(parts.PartialForward, "__call__", lambda self, x, at: sizes.append(len(at)) or run(self, x, at))
    explain.occlusion(small_cnn, np.ones((3, 32, 32)), 1, patch=4, stride=4, batch_size=1)
    assert sizes[-1] == 64


def test_what_has_been_used_is_let_go(small_cnn, monkeypatch):
    small_cnn.eval()
    alive = []
    run = parts.PartialForward.run
    monkeypatch.setattr(parts.PartialForward, "run", lambda self, s, v, at: alive.append(len(v)) or run(self, s, v, at))
    explain.occlusion(small_cnn, np.ones((3, 32, 32)), 1, patch=4, stride=4)
    assert max(alive) == 1, "in a chain, one map at a time"
