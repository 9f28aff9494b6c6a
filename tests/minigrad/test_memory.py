"""Memory: training is held to constant memory, and a tape to being freed the moment nobody holds it.

What to take from it: a tape points from the answer to its causes and nothing points back, so there are no cycles; what
drops the answer drops the tape, without waiting for the garbage collector.
"""

import gc
import tracemalloc
import weakref
from contextlib import contextmanager

import numpy as np
import pytest

import minigrad as mg
from minigrad import functional as F
from minigrad import nn


@contextmanager
def without_garbage_collection():
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


@pytest.fixture
def net():
    return nn.Sequential(
        nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(2, 2)
    )


def train(net, optimiser, steps, rng):
    for _ in range(steps):
        x = mg.tensor(rng.standard_normal((2, 1, 4, 4)).astype(np.float32))
        loss = F.cross_entropy(net(x), [0, 1])
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()


def test_500_training_steps_grow_no_memory_and_leave_no_cycles(net, rng):
    optimiser = mg.optim.Adam(net.parameters())
    train(net, optimiser, 20, rng)
    with without_garbage_collection():
        tracemalloc.start()
        try:
            # CPython keeps stores of small objects to reuse.  They fill up at first, and a collection empties them.
            train(net, optimiser, 500, rng)
            gc.collect()
            before, _ = tracemalloc.get_traced_memory()
            train(net, optimiser, 500, rng)
            in_cycles = gc.collect()
            after, _ = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert in_cycles < 50
    assert after - before < 20_000


def test_a_tape_is_freed_by_reference_counting_alone(net, rng):
    with without_garbage_collection():
        y = net(mg.tensor(rng.standard_normal((2, 1, 4, 4)).astype(np.float32))).sum()
        hidden = [weakref.ref(x) for x in mg.recorded_before(y) if x.op is not None]
        y.backward(rule="guided")
        assert len(hidden) > 8
        del y
        assert all(ref() is None for ref in hidden)


@pytest.mark.parametrize("create_graph", [False, True])
def test_a_gradient_is_freed_by_reference_counting_alone(create_graph, leaf):
    with without_garbage_collection():
        x = leaf([1.0, 2.0])
        y = (x.exp() * x).sum()
        slope = weakref.ref(mg.grad(y, x, create_graph=create_graph))
        assert slope() is None


def test_a_tape_is_freed_after_an_exception_in_a_rule(leaf):
    def broken(g, x):
        raise ArithmeticError("on purpose")

    with without_garbage_collection():
        x = leaf([1.0])
        y = F.relu(x * 2)
        ref = weakref.ref(y)
        with pytest.raises(ArithmeticError):
            mg.grad(y, x, rule=broken)
        del y
        gc.collect()
        assert ref() is None


def test_a_long_tape_can_be_dropped(leaf):
    x = leaf(1.0)
    y = x
    for _ in range(50_000):
        y = y + 1.0
    ref = weakref.ref(y.op.inputs[0])
    del y
    assert ref() is None


def test_a_layer_holds_its_weights_once_while_it_is_made():
    tracemalloc.start()
    try:
        weights = nn.Linear(4000, 4000).weight.numpy().nbytes
        assert tracemalloc.get_traced_memory()[1] < 1.5 * weights
    finally:
        tracemalloc.stop()
