"""The recipes train what they say, once, and keep it."""

import numpy as np
import pytest

import nets
from nets.training import Run


@pytest.fixture
def one_epoch(monkeypatch):
    for name in ("DIGITS_RECIPE", "LENET_RECIPE"):
        monkeypatch.setattr(nets.recipes, name, nets.Recipe(epochs=1, batch_size=256))


@pytest.mark.training
@pytest.mark.parametrize(("recipe", "kind"), [(nets.digits_net, nets.SmallCNN), (nets.lenet_net, nets.LeNet)])
def test_a_net_is_trained_once_and_read_after_that(one_epoch, tmp_path, monkeypatch, recipe, kind):
    first, history = recipe(seed=3, folder=tmp_path, progress=False)
    monkeypatch.setattr(Run, "step", lambda *_: pytest.fail("trained again"))
    second, again = recipe(seed=3, folder=tmp_path, progress=False)
    assert type(first) is kind and history == again and not second.training
    assert all(np.array_equal(a, second.state_dict()[name]) for name, a in first.state_dict().items())


@pytest.mark.training
def test_retrain_forgets_the_checkpoint(one_epoch, tmp_path, monkeypatch):
    nets.digits_net(folder=tmp_path, progress=False)
    steps, step = [], Run.step
    monkeypatch.setattr(Run, "step", lambda self, *batch: steps.append(1) or step(self, *batch))
    nets.digits_net(folder=tmp_path, retrain=True, progress=False)
    assert steps


@pytest.mark.training
def test_no_scene_is_drawn_for_a_net_that_has_nothing_left_to_learn(tmp_path, monkeypatch):
    monkeypatch.setattr(nets.recipes, "SCENES", 64)
    monkeypatch.setattr(nets.recipes, "SCENES_RECIPE", nets.Recipe(epochs=2, batch_size=32))
    drawn, to_learn = [], nets.recipes.scenes_to_learn
    monkeypatch.setattr(nets.recipes, "scenes_to_learn", lambda seed: drawn.append(seed) or to_learn(seed))
    first, _ = nets.scenes_net(seed=3, folder=tmp_path, progress=False)
    second, _ = nets.scenes_net(seed=3, folder=tmp_path, progress=False)
    assert drawn == [3]  # once for both epochs, and not again
    assert np.array_equal(first.classifier.weight.numpy(), second.classifier.weight.numpy())
