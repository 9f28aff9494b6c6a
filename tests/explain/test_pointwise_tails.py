"""Point-wise tails: which ops are drawn into the pass of a convolution, and that what they do is what the net does."""

import numpy as np
import pytest

import minigrad as mg
from explain.pointwise_tails import find_tails
from minigrad import functional as F
from minigrad import kernels, nn
from minigrad.backward import recorded_before


def used(norm):
    """A batch norm with statistics and weights that change something."""
    rng = np.random.default_rng(3)
    for tensor in (norm.weight, norm.bias, norm.running_mean, norm.running_var):
        tensor.data = rng.uniform(0.5, 2.0, tensor.shape)
    return norm


class Block(nn.Module):
    """Two convolutions with batch norm, and what goes around them; with the order in which the sum is written."""

    def __init__(self, shortcut_first=False):
        self.conv1, self.norm1 = nn.Conv2d(2, 2, 3, padding=1), used(nn.BatchNorm2d(2))
        self.conv2, self.norm2 = nn.Conv2d(2, 2, 3, padding=1, bias=False), used(nn.BatchNorm2d(2))
        self.shortcut_first = shortcut_first

    def forward(self, x):
        y = self.norm2(self.conv2(F.relu(self.norm1(self.conv1(x)))))
        return F.relu(x + y if self.shortcut_first else y + x)


def tails(net, x):
    """The tails of a net whose maps change everywhere, in order."""
    net.eval().astype("float64")
    order = [y for y in recorded_before(net(x)) if y.op is not None and y.ndim == 4]
    return list(find_tails(order, {id(y): None for y in (x, *order)}).items()), {id(y): y for y in order}


@pytest.fixture
def x():
    return mg.tensor(np.random.default_rng(0).standard_normal((1, 2, 5, 6)), requires_grad=True)


def kinds(tail):
    return [type(y.op).__name__ for y in tail.chain]


@pytest.mark.parametrize("shortcut_first", [False, True])
def test_batch_norm_shortcut_and_relu_are_drawn_in_whatever_comes_first_in_the_sum(x, shortcut_first):
    (_, first), (_, second) = tails(Block(shortcut_first), x)[0]
    assert kinds(first) == ["FrozenBatchNorm", "ReLU"]
    assert kinds(second) == ["FrozenBatchNorm", "Add", "ReLU"] and second.shortcut is x


def test_a_tail_does_in_one_pass_what_its_ops_do_one_after_the_other(x):
    found, tensors = tails(Block(), x)
    for key, tail in found:
        conv = tensors[key]
        shortcut = None if tail.shortcut is None else tail.shortcut.array
        finish = kernels.Finish(tail.scale, tail.shift, shortcut, tail.least)
        picture, filters = (tensor.array for tensor in conv.op.inputs[:2])
        result = kernels.finished_conv2d(picture, filters, finish, *conv.op.geometry)
        assert np.allclose(result, tail.chain[-1].array, rtol=0, atol=1e-12)


def test_a_tail_ends_where_somebody_else_needs_what_is_in_between(x):
    conv = nn.Conv2d(2, 2, 3)

    y = conv(x)
    order = [y for y in recorded_before(F.relu(y) + y) if y.op is not None and y.ndim == 4]
    (tail,) = find_tails(order, {id(y): None for y in (x, *order)}).values()
    assert tail.chain == () and np.array_equal(tail.shift, conv.bias.numpy())


def test_a_shortcut_that_is_not_known_yet_is_added_by_itself(x):
    left, right = nn.Conv2d(2, 2, 3, bias=False), nn.Conv2d(2, 2, 3, bias=False)
    total = left(x) + right(x)
    order = [y for y in recorded_before(total) if y.op is not None and y.ndim == 4]
    (tail,) = find_tails(order, {id(y): None for y in (x, *order)}).values()
    assert tail.chain == (total,), "so it is the one that runs last that adds the other"
