"""Forgetting: a backward pass that keeps no tape gives the same gradients, and can't be repeated.

What to take from it: most of the memory of a training step is kept for a second sweep, which training never makes.
"""

import tracemalloc
import weakref

import numpy as np
import pytest

import minigrad as mg
from minigrad import functional as F


def product(x):
    """A short tape: exp, then times x, then the sum."""
    return (x.exp() * x).sum()


def test_gradients_are_the_same_whether_the_tape_is_kept_or_not(leaf):
    kept, forgotten = leaf([1.0, -2.0]), leaf([1.0, -2.0])
    product(kept).backward()
    product(forgotten).backward(retain_graph=False)
    np.testing.assert_array_equal(kept.grad, forgotten.grad)


def test_gradients_add_up_over_several_tapes(leaf):
    x = leaf([1.0])
    for _ in range(2):
        (3 * x).sum().backward(retain_graph=False)
    assert x.grad.tolist() == [6.0]


def test_rules_are_asked_on_a_tape_that_is_forgotten(leaf):
    x = leaf([2.0])
    (F.relu(x) * -1.0).sum().backward(rule="guided", retain_graph=False)
    assert x.grad.tolist() == [0.0]


@pytest.mark.parametrize("again", [lambda y, x: y.backward(), lambda y, x: mg.grad(y, x)])
def test_a_second_sweep_says_that_the_tape_was_forgotten(again, leaf):
    x = leaf([1.0])
    y = product(x)
    y.backward(retain_graph=False)
    with pytest.raises(ValueError, match="retain_graph"):
        again(y, x)


def test_what_is_made_from_a_forgotten_tensor_says_so_too(leaf):
    hidden = leaf([1.0]).exp()
    hidden.sum().backward(retain_graph=False)
    with pytest.raises(ValueError, match="retain_graph"):
        (2 * hidden).sum().backward()


def test_a_tape_that_is_kept_can_be_swept_again(leaf):
    x = leaf([1.0])
    y = product(x)
    y.backward()
    y.backward()
    np.testing.assert_allclose(x.grad, 2 * 2 * np.e, rtol=1e-6)


def test_what_only_the_tape_knew_is_gone(leaf):
    y = leaf([1.0]).exp().exp().sum()
    hidden = [weakref.ref(x) for x in mg.recorded_before(y) if x.op is not None and x is not y]
    y.backward(retain_graph=False)
    assert len(hidden) == 2
    assert all(ref() is None for ref in hidden)


def test_a_long_chain_needs_memory_for_the_tape_and_hardly_more(leaf):
    size, ops = 100_000, 30  # numbers of 4 bytes each
    x = mg.tensor(np.ones(size, np.float32), requires_grad=True)
    tracemalloc.start()
    try:
        y = x
        for _ in range(ops):
            y = y * 1.0
        y = y.sum()
        tape, _ = tracemalloc.get_traced_memory()
        tracemalloc.reset_peak()
        y.backward(retain_graph=False)
        left, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < tape + 4 * size * 4
    assert left < 3 * size * 4
