"""Optimisers: held to steps worked out by hand from the formulae in their docstrings, which are PyTorch's.

What to take from it: momentum remembers, weight decay pulls towards zero, and Adam's first step is the learning rate
whatever the gradient's size.
"""

import numpy as np
import pytest

import minigrad as mg
from minigrad import nn, optim

from ..exercises.judging import compare

descent = pytest.mark.exercise("sgd", "minigrad.optim:SGD.direction", chapter=8)


def stepped(optimiser, *gradients):
    """Give the only parameter these gradients, one per step; return its values after each."""
    (w,), values = optimiser.params, []
    for g in gradients:
        w.grad = np.array([g])
        optimiser.step()
        values.append(w.item())
    return values


def directions(gradients, w=(0.0, 0.0, 0.0), **settings):
    """What SGD subtracts at each step from a parameter `w` that is given these gradients."""
    optimiser = optim.SGD([mg.tensor(np.array(w), requires_grad=True)], **settings)
    return [optimiser.direction(0, np.array(w), np.array(g)) for g in gradients]


@descent
def test_a_first_step_is_the_learning_rate_times_the_gradient():
    (step,) = directions([[2.0, -1.0, 5.0]], lr=0.5)
    compare(step, [1.0, -0.5, 2.5], "what is subtracted, for lr = 0.5")


@descent
def test_weight_decay_adds_the_weights_to_the_gradient():
    (step,) = directions([[2.0, -1.0, 0.0]], w=(10.0, 10.0, -20.0), lr=1.0, weight_decay=0.25)
    compare(step, [4.5, 1.5, -5.0], "what is subtracted, with weight decay 0.25")


@descent
def test_a_second_step_goes_on_in_the_direction_of_the_first():
    first, second, third = directions([[4.0, 0.0, 1.0], [0.0, 2.0, 1.0], [0.0, 0.0, 0.0]], lr=0.1, momentum=0.5)
    compare(first, [0.4, 0.0, 0.1], "the first step, with momentum 0.5")
    compare(second, [0.2, 0.2, 0.15], "the second step, with momentum 0.5")
    compare(third, [0.1, 0.1, 0.075], "a third step, with momentum 0.5 and no gradient")


@descent
def test_memories_are_replaced_and_never_written_into():
    optimiser = optim.SGD([mg.tensor(np.zeros(2), requires_grad=True)], lr=1.0, momentum=0.5)
    before = optimiser.velocity[0]
    optimiser.direction(0, np.zeros(2), np.ones(2))
    assert not before.any(), "the old velocity was written into: make a new array (v = a * v + g, not v += g)"


def test_sgd_goes_down_the_slope(leaf):
    assert stepped(optim.SGD([leaf([1.0])], lr=0.5), 2.0, -1.0) == [0.0, 0.5]


def test_momentum_remembers_earlier_gradients(leaf):
    # v = 2, then 0.5 * 2 + 2 = 3, then 0.5 * 3 + 0 = 1.5
    assert stepped(optim.SGD([leaf([10.0])], lr=1.0, momentum=0.5), 2.0, 2.0, 0.0) == [8.0, 5.0, 3.5]


def test_weight_decay_pulls_towards_zero(leaf):
    # w - 0.5 (g + 0.1 w)
    assert stepped(optim.SGD([leaf([10.0])], lr=0.5, weight_decay=0.1), 1.0) == [10 - 0.5 * 2]


def test_weight_decay_goes_through_the_momentum(leaf):
    # v = 0.5 * 4 = 2, w = 2;  v = 0.5 * 2 + 0.5 * 2 = 2, w = 0
    assert stepped(optim.SGD([leaf([4.0])], lr=1.0, momentum=0.5, weight_decay=0.5), 0.0, 0.0) == [2.0, 0.0]


@pytest.mark.parametrize("g", [1e-3, 1.0, -500.0])
def test_adams_first_step_is_the_learning_rate_whatever_the_gradient(g, leaf):
    (w,) = stepped(optim.Adam([leaf([1.0])], lr=0.25), g)
    assert w == pytest.approx(1 - 0.25 * np.sign(g), rel=1e-4)


def test_adams_second_step_by_hand(leaf):
    # m = 0.9 * 0.1 * 1 + 0.1 * 3 = 0.39, s = 0.999 * 0.001 * 1 + 0.001 * 9 = 0.009999
    first, second = stepped(optim.Adam([leaf([0.0])], lr=1.0), 1.0, 3.0)
    assert second - first == pytest.approx(-(0.39 / (1 - 0.9**2)) / np.sqrt(0.009999 / (1 - 0.999**2)))


def test_adam_adds_weight_decay_to_the_gradient(leaf):
    (w,) = stepped(optim.Adam([leaf([2.0])], lr=0.1, weight_decay=0.5), -0.25)
    assert w == pytest.approx(1.9)


@pytest.mark.parametrize("make", [optim.SGD, optim.Adam])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_parameters_dtype_is_kept(make, dtype):
    w = mg.tensor(np.ones(2, dtype), requires_grad=True)
    optimiser = make([w], lr=0.1)
    for _ in range(2):
        w.grad = np.ones(2)
        optimiser.step()
    assert w.dtype == dtype


@pytest.mark.parametrize("make", [lambda p: optim.SGD(p, lr=0.1, momentum=0.9), lambda p: optim.Adam(p, lr=0.1)])
def test_training_goes_on_from_a_saved_state_exactly(make, leaf):
    straight = stepped(make([leaf([1.0])]), 1.0, -2.0, 0.5, 0.25)
    first = make([leaf([1.0])])
    middle = stepped(first, 1.0, -2.0)[-1]
    second = make([leaf([middle])])
    second.load_state_dict(first.state_dict())
    assert stepped(second, 0.5, 0.25) == straight[2:]


def test_a_saved_state_is_a_copy(leaf):
    optimiser = optim.SGD([leaf([1.0])], lr=0.1, momentum=0.9)
    state = optimiser.state_dict()
    stepped(optimiser, 1.0)
    assert state["velocity.0"].tolist() == [0]


def test_the_state_of_another_optimiser_is_refused(leaf):
    optimiser = optim.SGD([leaf([1.0])], lr=0.1)
    for other in (optim.Adam([leaf([1.0])]), optim.SGD([leaf([1.0, 2.0])]), optim.SGD([leaf([1.0]), leaf([1.0])])):
        with pytest.raises(ValueError, match="belongs to other parameters or another optimiser"):
            optimiser.load_state_dict(other.state_dict())


def test_a_parameter_without_a_gradient_stays(leaf):
    w, frozen = leaf([1.0]), leaf([5.0])
    optimiser = optim.SGD([w, frozen], lr=1.0, weight_decay=0.1)
    w.grad = np.array([1.0])
    optimiser.step()
    assert frozen.item() == 5


def test_zero_grad_forgets(leaf):
    w = leaf([1.0])
    optimiser = optim.SGD([w], lr=1.0)
    (w * 2).sum().backward()
    optimiser.zero_grad()
    assert w.grad is None


def test_a_step_makes_a_new_array(leaf):
    w = leaf([1.0])
    before = w.array
    stepped(optim.SGD([w], lr=1.0), 1.0)
    assert before.tolist() == [1] and w.array is not before


def test_clipping_shortens_the_whole_gradient_and_keeps_its_direction(leaf):
    a, b, without = leaf([0.0]), leaf([0.0, 0.0]), leaf([0.0])
    a.grad, b.grad = np.array([2.0]), np.array([3.0, -6.0])
    assert optim.clip_grad_norm([a, b, without], max_norm=3.5) == 7.0
    np.testing.assert_allclose([*a.grad, *b.grad], [1, 1.5, -3], rtol=1e-6)
    assert without.grad is None


def test_a_short_gradient_is_left_as_it_is(leaf):
    w = leaf([0.0])
    w.grad = np.array([2.0])
    optim.clip_grad_norm([w], max_norm=3.0)
    assert w.grad.tolist() == [2.0]


def test_clipping_makes_a_new_array_in_the_gradients_precision():
    w = mg.tensor([0.0], requires_grad=True)
    w.grad = before = np.array([2.0], np.float32)
    optim.clip_grad_norm([w], max_norm=1.0)
    assert before.tolist() == [2.0] and w.grad.dtype == np.float32


@pytest.mark.parametrize(("gradient", "max_norm", "words"), [
    (1.0, 0.0, "max_norm must be positive, not 0.0"),
    (1.0, float("nan"), "max_norm must be positive"),
    (float("nan"), 1.0, "the gradient's length is nan"),
    (float("inf"), 1.0, "the gradient's length is inf"),
])
def test_what_cannot_be_clipped_is_refused(leaf, gradient, max_norm, words):
    w = leaf([0.0])
    w.grad = np.array([gradient])
    with pytest.raises(ValueError, match=words):
        optim.clip_grad_norm([w], max_norm)


@pytest.mark.parametrize("make", [lambda p: optim.SGD(p, lr=0.1, momentum=0.9), lambda p: optim.Adam(p, lr=0.05)])
def test_a_line_is_learned(make, rng):
    x = rng.standard_normal((64, 2)).astype(np.float32)
    target = mg.tensor(x @ np.array([[2.0], [-1.0]], np.float32) + 0.5)
    model = nn.Linear(2, 1)
    optimiser = make(model.parameters())
    for _ in range(200):
        loss = mg.functional.mse_loss(model(mg.tensor(x)), target)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    np.testing.assert_allclose(model.weight.numpy(), [[2, -1]], atol=1e-2)
    np.testing.assert_allclose(model.bias.numpy(), [0.5], atol=1e-2)


@pytest.mark.parametrize(
    "mistake, error, words",
    [
        (lambda: optim.SGD([], lr=0.1), ValueError, "no parameters to train"),
        (lambda: optim.SGD([mg.tensor([1.0])], lr=0.1), TypeError, "tensors that require gradients"),
        (
            lambda: optim.Adam([mg.tensor([1.0], requires_grad=True)], lr=-1),
            ValueError,
            "learning rate must be 0 or more, not -1",
        ),
        (lambda: optim.Adam([mg.tensor([1.0], requires_grad=True)], lr=float("nan")), ValueError, "learning rate"),
    ],
)
def test_mistakes_are_refused_in_words(mistake, error, words):
    with pytest.raises(error, match=words):
        mistake()
