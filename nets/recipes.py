"""The nets that this project trains for its readers, from data to checkpoint, and with what recipe.

Two are a `SmallCNN`; one learns generated scenes, the other real handwriting.  The third is a `LeNet`, which learns the
same handwriting.  `pictures_net` learns whatever pictures it is given.  A net that has been trained is read from its
checkpoint; training that was stopped goes on from there.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from functools import cache, partial
from pathlib import Path

import numpy as np

import minigrad as mg

from .checkpoint import load_checkpoint
from .digits import digits
from .lenet import LeNet
from .pictures import Pictures
from .scenes import CLASSES, scenes
from .small_cnn import SmallCNN
from .training import History, Recipe, train

SCENES = 8192  # to learn from, of one or two objects; every epoch sees all of them
SCENES_RECIPE = Recipe(epochs=6, batch_size=32, lr=1e-2)
DIGITS_RECIPE = Recipe(epochs=6, batch_size=32, lr=1e-2)
LENET_RECIPE = Recipe(epochs=12, batch_size=32, lr=3e-3)  # it has no batch norm, which would bear a higher rate
PICTURES_RECIPE = Recipe(epochs=6, batch_size=32, lr=1e-2)
PICTURES_FEWEST, PICTURES_MOST = 1024, 8192  # in an epoch: fewer are repeated, of more some are drawn
PICTURES_TEST = 1000  # held-out pictures that are looked at after every epoch, at most
FIRST_HELD_OUT_SEED = 900_000  # seeds from here on make scenes that no net is trained on


def scenes_net(seed: int = 0, folder="lecture/checkpoints", retrain: bool = False, progress: bool = True):
    """A net that knows what is in a scene.

    Its target gives every object's class an equal share, so with several objects it learns to name them all.

    Parameters
    ----------
    seed : int
        Of the weights and of the scenes.
    folder : path
        Where its checkpoint is, or will be.
    retrain : bool
        Forget the checkpoint and train again.

    Returns
    -------
    model : SmallCNN, in eval mode
    history : History
    """
    training = cache(partial(scenes_to_learn, seed))  # 400 MB, drawn only if there is something left to learn
    recipe, test = replace(SCENES_RECIPE, seed=seed), scenes_to_test()
    return trained(len(CLASSES), 3, lambda epoch: training()[:2], recipe, test[:2], "scenes", folder, retrain, progress)


def scenes_samples(seed: int) -> tuple[Pictures, Pictures]:
    """The scenes that a net learns from, and those that it is tested on."""
    return scenes_to_learn(seed), scenes_to_test()


def scenes_to_learn(seed: int) -> Pictures:
    """Scenes of one or two objects, with a share for every class as labels."""
    drawn = scenes(SCENES, seed=seed % FIRST_HELD_OUT_SEED, objects=(1, 2))
    return Pictures(drawn.images, drawn.targets, CLASSES)


def scenes_to_test() -> Pictures:
    """Scenes of one object, that no net learns from."""
    drawn = scenes(500, seed=FIRST_HELD_OUT_SEED, objects=1)
    return Pictures(drawn.images, drawn.labels, CLASSES)


def digits_net(seed: int = 0, folder="lecture/checkpoints", retrain: bool = False, progress: bool = True):
    """A net that reads handwritten digits; arguments and result as for `scenes_net`."""
    training, test = digits()
    recipe = replace(DIGITS_RECIPE, seed=seed)
    return trained(10, 1, training, recipe, test, "digits", folder, retrain, progress)


def lenet_net(seed: int = 0, folder="lecture/checkpoints", retrain: bool = False, progress: bool = True):
    """A LeNet that reads the same digits, enlarged to 28 x 28; arguments as for `scenes_net`.

    Returns
    -------
    model : LeNet, in eval mode
    history : History
    """
    training, test = digits(size=28)
    recipe = replace(LENET_RECIPE, seed=seed)
    return trained(10, 1, training, recipe, test, "lenet", folder, retrain, progress, quiet_lenet)


def quiet_lenet(classes: int, channels: int) -> LeNet:
    """A fresh LeNet whose first filters are a tenth of their size.

    Left as they are they hardly change in training: the layers above make do with any, and the filters would be
    pictures of the noise that they began with.
    """
    model = LeNet(classes, channels)
    first = next(model.parameters())
    first.data = 0.1 * first.array
    return model


def pictures_net(training: Pictures, test: Pictures, name: str, seed: int = 0, folder="lecture/checkpoints",
                 retrain: bool = False, progress: bool = True):
    """A net that knows some pictures, such as those of `nets.fashion_mnist` or `nets.image_folder`.

    Parameters
    ----------
    training, test : Pictures
        To learn from, and held out.
    name : str
        Of the checkpoint.  A checksum of the pictures is added to it; the checkpoints of this name and seed that were
        made from other pictures are removed.
    seed, folder, retrain, progress
        As for `scenes_net`.

    Returns
    -------
    model : SmallCNN, in eval mode
    history : History
    """
    order = np.random.default_rng(seed).permutation(len(training.images))[:PICTURES_MOST]
    order = np.resize(order, max(len(order), PICTURES_FEWEST))
    samples = training.images[order], training.labels[order]
    held_out = test.images[:PICTURES_TEST], test.labels[:PICTURES_TEST]
    digest = hashlib.sha256(repr(training.names).encode())
    for array in (*samples, *held_out):
        digest.update(np.ascontiguousarray(array).data)
    named = f"{name}-{digest.hexdigest()[:8]}"
    for old in Path(folder).glob("*.npz"):
        if re.fullmatch(rf"{re.escape(name)}-[0-9a-f]{{8}}-{seed}", old.stem) and not old.stem.startswith(named):
            old.unlink()
    recipe, channels = replace(PICTURES_RECIPE, seed=seed), training.images.shape[1]
    return trained(len(training.names), channels, samples, recipe, held_out, named, folder, retrain, progress)


def read_small_cnn(path) -> SmallCNN:
    """The `SmallCNN` whose checkpoint is at `path`, in eval mode, however far its training has come.

    Raises
    ------
    ValueError
        If there is no checkpoint, or it is damaged or of another architecture.
    """
    arrays, _ = load_checkpoint(path)
    state = {name.removeprefix("model/"): array for name, array in arrays.items() if name.startswith("model/")}
    if not {"features.0.weight", "classifier.weight"} <= state.keys():
        raise ValueError(f"{path} holds no SmallCNN; train one, e.g. with nets.scenes_net")
    model = SmallCNN(len(state["classifier.weight"]), state["features.0.weight"].shape[1])
    model.load_state_dict(state)
    model.eval()
    return model


def trained(classes, channels, samples, recipe, held_out, name, folder, retrain, progress,
            architecture=SmallCNN) -> tuple[mg.nn.Module, History]:
    """Train a net of an architecture, or read the one that has been trained.

    The samples are a pair, or what `nets.train` takes: a function of the epoch.
    """
    path = Path(folder) / f"{name}-{recipe.seed}.npz"
    if retrain:
        path.unlink(missing_ok=True)
    mg.manual_seed(recipe.seed)
    model = architecture(classes, channels)
    data = samples if callable(samples) else lambda epoch: samples
    return model, train(model, data, recipe, held_out, path, progress, name)
