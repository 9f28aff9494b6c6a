"""One step of learning: held to finite differences of the loss, on a net small enough to try every weight."""

import numpy as np
import pytest

import minigrad as mg
from minigrad import functional as F
from minigrad import nn
from nets.step import training_step
from nets.training import class_loss

from ..exercises.judging import compare

step = pytest.mark.exercise(
    "training-step", "nets.step:training_step", chapter=9, needs=["leaf-gradients", "sgd"]
)
RATE = 0.1


@pytest.fixture
def net():
    mg.manual_seed(3)
    return nn.Sequential(nn.Flatten(), nn.Linear(6, 4)).astype("float64")


@pytest.fixture
def batch():
    """Four pictures of six pixels, and their classes."""
    return np.random.default_rng(1).normal(size=(4, 1, 2, 3)), np.array([0, 3, 1, 3])


def loss_of(net, batch):
    """The mean of -log p of the right classes."""
    scores = net(mg.tensor(batch[0])).array
    p = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    return -np.log(p[np.arange(4), batch[1]]).mean()


def downhill(net, batch, eps=1e-6):
    """Where the weights go by one step down the slope: each weight is nudged to find it."""
    w = net[1].weight
    before, slope = w.array.copy(), np.zeros(w.shape)
    for i in np.ndindex(*w.shape):
        for sign in (1, -1):
            nudged = before.copy()
            nudged[i] += sign * eps
            w.data = nudged
            slope[i] += sign * loss_of(net, batch) / (2 * eps)
    w.data = before
    return -RATE * slope


def change(net, batch):
    """What a step adds to the weights."""
    before = net[1].weight.array.copy()
    training_step(net, mg.optim.SGD(net.parameters(), RATE), class_loss, *batch)
    return net[1].weight.array - before


@step
def test_the_weights_move_down_the_slope_of_the_loss(net, batch):
    expected = downhill(net, batch)
    compare(change(net, batch), expected, "what a step adds to the weights", rtol=1e-5)


@step
def test_gradients_that_an_earlier_batch_left_count_no_more(net, batch):
    change(net, batch)
    expected = downhill(net, batch)
    compare(change(net, batch), expected, "what a second step adds (an earlier batch left gradients)", rtol=1e-5)


@step
def test_the_loss_is_the_mean_before_the_step_as_a_number(net, batch):
    expected = loss_of(net, batch)
    loss = training_step(net, mg.optim.SGD(net.parameters(), RATE), class_loss, *batch)
    assert isinstance(loss, float), f"the loss is a {type(loss).__name__}, and should be a float (loss.item())"
    compare(loss, expected, "the loss that is returned, which is that before the step", rtol=1e-9)


@step
def test_a_loss_that_is_no_number_changes_nothing(net, batch):
    before = net[1].weight.array.copy()
    try:
        training_step(net, mg.optim.SGD(net.parameters(), RATE), class_loss, np.full((4, 1, 2, 3), np.nan), batch[1])
    except ValueError as error:
        assert "nan" in str(error)
    else:
        pytest.fail("a loss that is NaN should raise a ValueError before anything has changed")
    compare(net[1].weight.array, before, "the weights after a loss that is NaN, which should be left alone")


@step
def test_a_gradient_that_is_too_long_is_shortened(net, batch):
    before = net[1].weight.array.copy(), net[1].bias.array.copy()
    training_step(net, mg.optim.SGD(net.parameters(), RATE), class_loss, *batch, max_norm=0.01)
    moved = sum(((p.array - b) ** 2).sum() for p, b in zip(net.parameters(), before))
    compare(np.sqrt(moved), RATE * 0.01, "the length of a step whose gradient is shortened to 0.01", rtol=1e-3)


def test_many_steps_find_the_classes(net, batch):
    optimiser = mg.optim.SGD(net.parameters(), 1.0)
    for _ in range(100):
        loss = training_step(net, optimiser, class_loss, *batch)
    assert loss < 0.05
    assert F.softmax(net(mg.tensor(batch[0])), axis=1).numpy().argmax(axis=1).tolist() == batch[1].tolist()
