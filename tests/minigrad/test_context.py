"""`no_grad` and layer names: held to nesting, to exceptions and to threads.

What to take from it: what is true for a while lives in context variables, so it is undone however a block is left.
"""

import threading

import pytest

import minigrad as mg
from minigrad import context


def test_nothing_is_recorded_inside_no_grad(leaf):
    x = leaf([1.0])
    with mg.no_grad():
        y = x * x
    assert y.op is None and not y.requires_grad
    assert (x * x).requires_grad


def test_no_grad_nests(leaf):
    x = leaf([1.0])
    with mg.no_grad():
        with mg.no_grad():
            pass
        assert not (x * x).requires_grad
    assert (x * x).requires_grad


def test_an_exception_ends_no_grad():
    with pytest.raises(ArithmeticError), mg.no_grad():
        raise ArithmeticError
    assert context.recording()


def test_no_grad_decorates_a_function(leaf):
    @mg.no_grad()
    def square(x):
        return x * x

    for _ in range(2):
        assert not square(leaf([1.0])).requires_grad


def test_no_grad_in_one_thread_doesnt_reach_another():
    entered, seen = threading.Event(), threading.Event()
    recording = []

    def other():
        entered.wait(5)
        recording.append(context.recording())
        seen.set()

    thread = threading.Thread(target=other)
    thread.start()
    with mg.no_grad():
        entered.set()
        seen.wait(5)
    thread.join()
    assert recording == [True]


def test_a_gradient_can_be_asked_for_inside_no_grad(leaf):
    x = leaf(3.0)
    y = x * x
    with mg.no_grad():
        slope = mg.grad(y, x, create_graph=True)
    assert slope.requires_grad
    assert mg.grad(slope, x).item() == 2


def test_ops_know_the_layer_that_was_running(leaf):
    with context.running("features.0"):
        y = leaf([1.0]) * 2
    assert y.op.layer == "features.0"
    assert repr(y.op) == "Mul in 'features.0'"
    assert (y + 1).op.layer == ""


def test_an_exception_ends_a_layer():
    with pytest.raises(ArithmeticError), context.running("features.0"):
        raise ArithmeticError
    assert context.current_layer() == ""
