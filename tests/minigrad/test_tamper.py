"""Arrays changed between forward and backward: held to be noticed, every time, and never when nothing was changed.

What to take from it: a gradient belongs to the numbers of its forward pass; a framework that lets them be changed
silently returns wrong gradients silently.
"""

import numpy as np
import pytest

import minigrad as mg


def test_replacing_data_after_the_forward_pass_is_noticed(leaf):
    x = leaf([1.0, 2.0])
    y = (x * x).sum()
    x.data = np.array([5.0, 6.0])
    with pytest.raises(ValueError, match=r"Mul: input 0, of shape \(2,\), was replaced"):
        y.backward()
    assert x.grad is None


@pytest.mark.parametrize("hand_out", [lambda x: x.data, lambda x: x.numpy()])
def test_writing_into_an_array_shown_after_the_forward_pass_is_noticed(hand_out, leaf):
    x = leaf([1.0, 2.0])
    y = (x * x).sum()
    hand_out(x)[0] = 5
    with pytest.raises(ValueError, match="Mul: input 0, .*was written into"):
        y.backward()


def test_writing_into_an_array_shown_before_the_forward_pass_is_noticed(leaf):
    x = leaf([1.0, 2.0])
    array = x.data
    y = (x * x).sum()
    array[0] = 5
    with pytest.raises(ValueError, match="was written into"):
        mg.grad(y, x)


def test_writing_into_an_output_is_noticed(leaf):
    x = leaf([1.0, 2.0])
    y = x.exp()
    y.data[0] = 0
    with pytest.raises(ValueError, match="Exp: the output, .*was written into"):
        mg.grad(y.sum(), x)


def test_writing_before_the_forward_pass_is_fine(leaf):
    x = leaf([1.0, 2.0])
    x.data[0] = 5
    x.data[1] = 6
    assert mg.grad((x * x).sum(), x).numpy().tolist() == [10, 12]


def test_looking_is_fine(leaf):
    x = leaf([1.0, 2.0])
    y = x.exp()
    x.numpy(), y.data, x.data
    z = y.sum()
    x.numpy(), z.item()
    assert mg.grad(z, x).numpy().tolist() == y.numpy().tolist()


def test_writing_into_what_no_gradient_passes_is_fine(leaf):
    x, w = leaf([1.0]), leaf([2.0])
    y = x * 3 + w * 4
    (x * w).data[0] = 7
    assert mg.grad(y.sum(), x).item() == 3


def test_an_optimisers_step_between_forward_and_backward_is_noticed(leaf):
    w = leaf([1.0, 2.0])
    optimiser = mg.optim.SGD([w], lr=0.1)
    y = (w * w).sum()
    y.backward()
    optimiser.step()
    with pytest.raises(ValueError, match="optimiser's step"):
        y.backward()


@pytest.mark.parametrize(
    "view",
    [lambda x: x[0], lambda x: x.reshape(4), lambda x: x.T, lambda x: x.broadcast_to(3, 2, 2), lambda x: x.detach()],
    ids=["index", "reshape", "transpose", "broadcast", "detach"],
)
def test_a_tensor_that_shares_memory_with_another_cannot_be_written_into(leaf, view):
    x = leaf([[1.0, 2.0], [3.0, 4.0]])
    with pytest.raises(ValueError, match="read-only"):
        view(x).data[...] = 5
    assert x.numpy()[0, 0] == 1


def test_what_an_op_computed_anew_may_be_written_into(leaf):
    y = (leaf([1.0, 2.0]) * 2).numpy()
    y += 1
    assert y.tolist() == [3, 5]


def test_gradients_belong_to_whoever_asked_for_them(leaf):
    a, b = leaf([1.0, 2.0]), leaf([3.0, 4.0])
    ga, gb = (g.numpy() for g in mg.grad((a + b).sum(), (a, b)))
    ga += 1
    assert ga.tolist() == [2, 2] and gb.tolist() == [1, 1]


def test_the_remedy_stands_in_the_message(leaf):
    x = leaf([1.0])
    y = (x * x).sum()
    x.data = np.array([2.0])
    with pytest.raises(ValueError, match="call backward before changing it, or run the forward pass again"):
        y.backward()
