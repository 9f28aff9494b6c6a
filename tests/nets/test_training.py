"""Training can be stopped anywhere and goes on to the very same result.

The nets here are tiny and the data are two blobs: what is tested is the loop, not what can be learned.
"""

import dataclasses
import math
import threading

import numpy as np
import pytest

import minigrad as mg
import nets
from minigrad import nn
from nets.checkpoint import load_checkpoint, save_checkpoint
from nets.pictures import scaled
from nets.training import Run, evaluating


def blobs(epoch=0, n=64):
    """Pictures that are bright on the left (class 0) or on the right (class 1)."""
    rng = np.random.default_rng((7, epoch))
    labels = rng.integers(0, 2, n)
    images = rng.standard_normal((n, 1, 4, 4)).astype(np.float32)
    images[labels == 0, :, :, :2] += 2
    images[labels == 1, :, :, 2:] += 2
    return images, labels


def tiny(seed=0):
    mg.manual_seed(seed)
    return nn.Sequential(nn.Conv2d(1, 3, 3, padding=1), nn.BatchNorm2d(3), nn.ReLU(), nn.Dropout(0.2), nn.Flatten(),
                         nn.Linear(48, 2))


RECIPE = nets.Recipe(epochs=3, batch_size=16, lr=0.02, seed=4)


def trained(checkpoint=None, recipe=RECIPE, data=blobs, **settings):
    model = tiny()
    history = nets.train(model, data, recipe, data(99), checkpoint, progress=False, **settings)
    return model, history


def same(a, b):
    return all(np.array_equal(a[key], b[key]) for key in a | b)


def test_training_learns():
    model, history = trained()
    assert history.accuracies[-1] > 0.95
    assert np.mean(history.losses[-4:]) < np.mean(history.losses[:4])
    assert len(history.losses) == 12 and len(history.accuracies) == 3


def test_a_loss_and_a_measure_of_ones_own_are_used():
    def squares(model, images, targets):
        return mg.functional.mse_loss(model(mg.tensor(images)), np.eye(2, dtype=np.float32)[targets])

    _, history = trained(loss=squares, measure=lambda model, images, targets: len(images) / 100)
    assert history.accuracies == [0.64] * 3 and history.losses[-1] < 0.5 * history.losses[0]


def test_the_gradient_is_clipped_if_the_recipe_says_so(monkeypatch):
    norms = []
    monkeypatch.setattr(mg.optim, "clip_grad_norm", lambda params, max_norm: norms.append(max_norm))
    trained(recipe=dataclasses.replace(RECIPE, max_norm=0.5))
    assert norms == [0.5] * 12
    trained()
    assert len(norms) == 12


def test_the_same_seed_gives_the_same_net_bit_for_bit():
    (one, first), (two, second) = trained(), trained()
    assert same(one.state_dict(), two.state_dict()) and first == second


def test_another_seed_gives_another_order():
    one, _ = trained()
    two, _ = trained(recipe=dataclasses.replace(RECIPE, seed=5))
    assert not same(one.state_dict(), two.state_dict())


class Stop(Exception):
    """Stands for a power cut."""


@pytest.mark.parametrize("batches", [0, 1, 3, 4, 7, 11])
@pytest.mark.parametrize("stop", [KeyboardInterrupt, Stop])
def test_stopped_after_any_batch_it_goes_on_to_the_same_result(tmp_path, monkeypatch, batches, stop):
    undisturbed, history = trained()
    path = tmp_path / "run.npz"
    step, done = Run.step, []

    def stopping(self, *batch):
        if len(done) == batches:
            raise stop
        done.append(1)
        return step(self, *batch)

    monkeypatch.setattr(Run, "step", stopping)
    with pytest.raises(stop):
        trained(path)
    monkeypatch.setattr(Run, "step", step)
    resumed, resumed_history = trained(path)
    assert same(undisturbed.state_dict(), resumed.state_dict()) and history == resumed_history


def as_bytes(epoch=0):
    """The blobs as pictures come from a camera."""
    images, labels = blobs(epoch)
    return (images.clip(-2, 4) * 40 + 80).astype(np.uint8), labels


ROUGH = dataclasses.replace(RECIPE, optimizer="sgd", lr=0.1, weight_decay=1e-3, augment="crop,flip")


@pytest.mark.parametrize("batches", [0, 1, 5, 8])
def test_augmentation_and_momentum_go_on_to_the_same_result_too(tmp_path, monkeypatch, batches):
    undisturbed, history = trained(recipe=ROUGH, data=as_bytes)
    path = tmp_path / "run.npz"
    step, done = Run.step, []

    def stopping(self, *batch):
        if len(done) == batches:
            raise Stop
        done.append(1)
        return step(self, *batch)

    monkeypatch.setattr(Run, "step", stopping)
    with pytest.raises(Stop):
        trained(path, ROUGH, as_bytes)
    monkeypatch.setattr(Run, "step", step)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("loader")]
    resumed, resumed_history = trained(path, ROUGH, as_bytes)
    assert same(undisturbed.state_dict(), resumed.state_dict()) and history == resumed_history


def test_sgd_with_momentum_learns_bytes():
    _, history = trained(recipe=dataclasses.replace(ROUGH, augment=""), data=as_bytes)
    assert history.accuracies[-1] > 0.95


def test_augmentation_changes_what_is_learned():
    plain, moved = (trained(recipe=dataclasses.replace(RECIPE, augment=names))[0] for names in ("", "crop"))
    assert not same(plain.state_dict(), moved.state_dict())


def test_the_loader_gives_the_batches_that_slicing_a_shuffled_set_gives():
    images, labels = blobs(n=37)
    order = np.random.default_rng((RECIPE.seed, 1)).permutation(37)
    run = Run(tiny(), RECIPE)
    run.history.batches_per_epoch, run.done = 2, 2  # one epoch of two batches is done
    batches = list(run.batches(images, labels, epoch=1))
    assert len(batches) == 2
    for start, batch in zip((0, 16), batches):
        part = order[start : start + 16]
        assert np.array_equal(batch[0], images[part]) and np.array_equal(batch[1], labels[part])


def test_a_long_epoch_is_saved_in_between(tmp_path, monkeypatch):
    saved, save = [], Run.save
    monkeypatch.setattr(Run, "save", lambda self, path: saved.append(self.done) or save(self, path))
    monkeypatch.setattr("nets.training.SAVE_EVERY", -1)
    trained(tmp_path / "run.npz")
    assert sorted(set(saved)) == list(range(1, 13))


def test_a_step_that_is_cut_in_two_does_not_spoil_the_checkpoint(tmp_path, monkeypatch):
    undisturbed, _ = trained()
    path = tmp_path / "run.npz"
    direction, calls = mg.optim.Adam.direction, []

    def interrupted(self, i, w, g):
        calls.append(i)
        if len(calls) == 20:  # in the middle of the parameters of some step
            raise KeyboardInterrupt
        return direction(self, i, w, g)

    monkeypatch.setattr(mg.optim.Adam, "direction", interrupted)
    with pytest.raises(KeyboardInterrupt):
        trained(path)
    monkeypatch.setattr(mg.optim.Adam, "direction", direction)
    assert same(undisturbed.state_dict(), trained(path)[0].state_dict())


def test_stopped_while_it_measures_it_still_measures_every_epoch(tmp_path, monkeypatch):
    _, history = trained()
    path = tmp_path / "run.npz"
    monkeypatch.setattr("nets.training.predict", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        trained(path)
    monkeypatch.undo()
    assert trained(path)[1] == history


def test_a_finished_run_is_read_and_not_repeated(tmp_path, monkeypatch):
    path = tmp_path / "run.npz"
    first, history = trained(path)
    monkeypatch.setattr(Run, "step", lambda *_: pytest.fail("trained again"))
    second, again = trained(path)
    assert same(first.state_dict(), second.state_dict()) and history == again


def test_a_checkpoint_of_another_recipe_is_refused(tmp_path):
    path = tmp_path / "run.npz"
    trained(path)
    with pytest.raises(ValueError, match=r"another recipe \(lr 0.02 and not 0.5\)"):
        trained(path, recipe=dataclasses.replace(RECIPE, lr=0.5))


def test_a_checkpoint_from_before_a_setting_existed_counts_as_made_with_its_usual_value(tmp_path):
    path = tmp_path / "run.npz"
    trained(path)
    arrays, notes = load_checkpoint(path)
    for name in ("optimizer", "augment", "about"):
        del notes["recipe"][name]
    save_checkpoint(path, arrays, notes)
    trained(path)
    with pytest.raises(ValueError, match="optimizer 'adam' and not 'sgd'"):
        trained(path, recipe=dataclasses.replace(RECIPE, optimizer="sgd"))


@pytest.mark.parametrize(("settings", "words"), [
    ({"optimizer": "lbfgs"}, "there is no optimizer 'lbfgs'; use adam or sgd"),
    ({"augment": "turn"}, "there is no augmentation turn"), ({"epochs": 0}, "at least 1"),
    ({"lr": -1.0}, "learning rate"),
])
def test_a_recipe_that_cannot_be_followed_is_refused(settings, words):
    with pytest.raises(ValueError, match=words):
        trained(recipe=dataclasses.replace(RECIPE, **settings))


def test_the_learning_rate_rises_and_then_falls_to_nothing():
    rates = [RECIPE.lr_at(progress) for progress in np.linspace(0, 1, 21)]
    assert math.isclose(max(rates), 0.02) and rates.index(max(rates)) == 4
    assert rates[-1] < 1e-12 and rates[0] == 0


def test_a_loss_that_is_not_a_number_stops_the_run():
    with pytest.raises(ValueError, match="the loss became nan|inf"), np.errstate(all="ignore"):
        nets.train(tiny(), blobs, dataclasses.replace(RECIPE, lr=1e38), progress=False)


@pytest.mark.parametrize(
    ("samples", "words"),
    [
        ((np.zeros((0, 1, 4, 4), np.float32), np.zeros(0, int)), "at least 1"),
        ((np.zeros((3, 1, 4, 4), np.float32), np.zeros(2, int)), "as many"),
        ((np.full((3, 1, 4, 4), np.nan, np.float32), np.zeros(3, int)), "NaN"),
        ((np.zeros((3, 1, 4, 4), np.float32), np.full((3, 2), np.nan)), "NaN"),
        ((np.zeros((3, 1, 4, 4), np.float32), np.array([0, 1, 2])), "classes 0 to 2"),
    ],
)
def test_samples_that_cannot_be_trained_on_are_refused(samples, words):
    with pytest.raises(ValueError, match=words):
        nets.train(tiny(), lambda epoch: samples, RECIPE, progress=False)


def test_evaluating_puts_every_part_back_in_its_mode():
    model = tiny().train()
    model[1].eval()
    with pytest.raises(Stop), evaluating(model):
        assert not any(module.training for module in model.modules())
        raise Stop
    assert [module.training for module in model.modules()].count(False) == 1


def test_predict_converts_bytes_as_training_does():
    model, images = tiny(), as_bytes()[0]
    assert np.array_equal(nets.predict(model, images), nets.predict(model, scaled(images)))


def test_predict_does_not_depend_on_the_batch_size():
    model, images = tiny(), blobs()[0]
    assert np.allclose(nets.predict(model, images, 5), nets.predict(model, images, 64), atol=1e-6)


def test_the_learning_curve_shows_every_epoch():
    figure = nets.learning_curve(trained()[1])
    losses, accuracies = figure.axes
    assert len(losses.lines[0].get_xdata()) == 12 and len(accuracies.lines[0].get_xdata()) == 3


def test_the_axis_of_epochs_has_no_fractions():
    _, accuracies = nets.learning_curve(trained()[1]).axes
    assert all(tick == round(tick) for tick in accuracies.get_xticks())


def test_a_curve_of_nothing_is_refused():
    with pytest.raises(ValueError, match="nothing has been trained"):
        nets.learning_curve(nets.History())
