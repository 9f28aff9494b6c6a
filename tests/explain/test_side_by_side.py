"""Several rules in one sweep: the same maps as sweeps one after the other, for whatever net."""

import numpy as np
import pytest

import explain
import minigrad as mg
import nets
from explain import side_by_side
from explain.forward import Forward
from minigrad import nn

RULES = ("guided", "vanilla", "deconvnet")


def one_after_the_other(model, image, target=None):
    return [explain.gradient(model, image[None], target, rule) for rule in RULES]


@pytest.mark.parametrize("name", ["small_cnn", "resnet18", "vgg11", "squeezenet1_1", "alexnet"])
def test_one_sweep_gives_what_three_sweeps_give(name):
    model = nets.ARCHITECTURES[name]().eval().astype("float64")
    image = np.random.default_rng(0).standard_normal((3, 64, 64))
    together = side_by_side.gradients_by_rule(Forward(model, image), RULES)
    for a, b in zip(together, one_after_the_other(model, image)):
        np.testing.assert_allclose(a, b, rtol=0, atol=1e-12 * np.abs(b).max())


def test_each_copy_gets_its_own_rule():
    x = mg.tensor([[-1.0, 2.0]], requires_grad=True)
    output = mg.functional.relu(x) * [[3.0, -4.0]]
    copies, result = side_by_side.copied(x, output, 3)
    found = mg.grad(result, copies, np.ones((3, 2)), rule=side_by_side.each_its_own(RULES))
    assert found.numpy().tolist() == [[0, 0], [0, -4], [3, 0]]


@pytest.mark.parametrize("rule", mg.rules.RULES)
def test_the_gates_of_a_rule_do_what_the_rule_says(rule):
    g, x = np.random.default_rng(0).standard_normal((2, 1, 50))
    assert np.array_equal(side_by_side.each_its_own([rule])(g, x), mg.rules.RULES[rule](g, x))


def test_copying_a_tape_copies_no_number(small_cnn):
    run = Forward(small_cnn, np.zeros((3, 16, 16)))
    _, result = side_by_side.copied(run.x, run.output, 5)
    assert result.shape == (5, *run.output.shape[1:])
    assert np.shares_memory(result.array, run.output.array)


def test_the_real_tape_is_left_as_it_was(small_cnn):
    run = Forward(small_cnn, np.zeros((3, 16, 16)))
    before = run.gradient(run.x, "guided")
    side_by_side.gradients_by_rule(run, RULES)
    assert np.array_equal(run.gradient(run.x, "guided"), before)


@pytest.mark.parametrize("layers", [
    [nn.Conv2d(3, 4, 3), nn.Flatten()],
    [nn.Conv2d(3, 4, 3), nn.Tanh(), nn.ReLU(), nn.Flatten()],
], ids=["no ReLU", "another non-linearity"])
def test_a_rule_that_does_not_fit_the_net_is_refused_by_name_as_ever(layers):
    model = nn.Sequential(*layers)
    image = np.ones((3, 8, 8), np.float32)
    with pytest.raises(ValueError, match="guided"):
        explain.saliency_by_rule(model, image, 0, RULES)
    assert np.isfinite(explain.saliency_by_rule(model, image, 0, ("vanilla",))["vanilla"]).all()


def test_several_pictures_are_swept_rule_by_rule(small_cnn):
    images = np.ones((2, 3, 16, 16)) * np.array([0.1, 0.7])[:, None, None, None]
    maps = explain.saliency_by_rule(small_cnn, images)
    for rule, found in maps.items():
        assert np.allclose(found, explain.saliency(small_cnn, images, rule=rule))
