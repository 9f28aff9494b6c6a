"""One step of an LSTM: held to a step by hand, to the six lines of its definition, and to finite differences.

What to take from it: with its gates open and shut, the cell remembers, forgets and takes over exactly; and the gradient
that goes back along it is multiplied by the forget gate and by nothing else.
"""

import numpy as np
import pytest

import minigrad as mg
from minigrad import functional as F

OPEN, SHUT = 50.0, -50.0  # what a sigmoid turns into 1 and 0


def six_lines(gates, c):
    """The definition, out of the smallest ops."""
    n = c.shape[1]
    i, f, o = gates[:, :n].sigmoid(), gates[:, n : 2 * n].sigmoid(), gates[:, 3 * n :].sigmoid()
    z = gates[:, 2 * n : 3 * n].tanh()
    c_new = f * c + i * z
    return o * c_new.tanh(), c_new


def test_a_step_by_hand(leaf):
    # Gates of 0: i = f = o = 1/2 and z = 0; so c' = c/2 = ln 2, tanh c' = (2 - 1/2) / (2 + 1/2) = 3/5, h' = 3/10.
    gates, c = leaf(np.zeros((1, 4))), leaf([[2 * np.log(2)]])
    h, c_new = F.lstm_step(gates, c)
    assert (h.item(), c_new.item()) == pytest.approx((0.3, np.log(2)))
    # d = o (1 - tanh^2) = 8/25:  gi = d z i (1-i) = 0,  gf = d c / 4,  gz = d i,  go = tanh c' / 4,  gc = d f
    gg, gc = mg.grad(h, (gates, c))
    np.testing.assert_allclose(gg.numpy(), [[0, 0.08 * 2 * np.log(2), 0.16, 0.15]])
    assert gc.item() == pytest.approx(0.16)


def test_a_step_is_its_six_lines_forwards_and_backwards(leaf, normal):
    gates, c, seeds = leaf(normal(3, 8)), leaf(normal(3, 2)), (normal(3, 2), normal(3, 2))
    results = []
    for step in (F.lstm_step, six_lines):
        h, c_new = step(gates, c)
        both = (h * seeds[0] + c_new * seeds[1]).sum()
        results.append([h, c_new, *mg.grad(both, (gates, c))])
    for ours, theirs in zip(*results):
        np.testing.assert_allclose(ours.numpy(), theirs.numpy(), rtol=1e-12)


def test_a_step_matches_finite_differences_twice(normal):
    assert mg.gradcheck(F.lstm_step, (normal(2, 12), normal(2, 3)))
    assert mg.gradgradcheck(F.lstm_step, (normal(2, 12), normal(2, 3)))


@pytest.mark.parametrize(("i", "f", "expected"), [(SHUT, OPEN, 0.7), (OPEN, SHUT, 1.0), (SHUT, SHUT, 0.0)])
def test_the_gates_keep_replace_and_forget(i, f, expected):
    _, c = F.lstm_step(np.array([[i, f, OPEN, 0.0]]), mg.tensor(np.array([[0.7]])))
    assert c.item() == pytest.approx(expected)


def test_an_open_forget_gate_hands_the_gradient_back_through_a_hundred_steps(leaf):
    first = c = leaf([[0.7]])
    for _ in range(100):
        _, c = F.lstm_step(np.array([[SHUT, OPEN, 0.0, 0.0]]), c)
    assert mg.grad(c.sum(), first).item() == pytest.approx(1)


def test_gates_of_a_thousand_do_no_harm(leaf):
    gates = leaf([[1000.0, -1000.0, 1000.0, -1000.0]])
    h, c = F.lstm_step(gates, np.array([[5.0]]))
    assert (h.item(), c.item()) == (0, 1)
    assert mg.grad(h, gates).numpy().tolist() == [[0, 0, 0, 0]]


def test_the_rules_for_relus_are_refused_on_the_way_through_an_lstm(leaf):
    x = leaf(np.ones((1, 4)))
    h, _ = F.lstm_step(F.relu(x), np.ones((1, 1)))
    with pytest.raises(ValueError, match="'guided' is defined for ReLUs only, and the gradient passes LSTMStep"):
        mg.grad(h, x, rule="guided")


@pytest.mark.parametrize("gates", [np.zeros((2, 7)), np.zeros(8), np.zeros((1, 8))])
def test_gates_that_dont_fit_are_refused(gates):
    with pytest.raises(ValueError, match=r"lstm_step: c \(2, 2\) needs gates \(2, 8\)"):
        F.lstm_step(gates, np.zeros((2, 2)))
