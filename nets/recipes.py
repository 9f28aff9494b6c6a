"""The two nets that this project trains for its readers, from data to checkpoint, and with what recipe.

Both are a `SmallCNN`; one learns generated scenes, the other real handwriting.  A net that has been trained is read
from its checkpoint; training that was stopped goes on from there.
"""

from __future__ import annotations

from pathlib import Path

import minigrad as mg

from .digits import digits
from .scenes import CLASSES, scenes
from .small_cnn import SmallCNN
from .training import History, Recipe, train

SCENES_PER_EPOCH = 8192
SCENES_RECIPE = {"epochs": 6, "batch_size": 64, "lr": 3e-3}
DIGITS_RECIPE = {"epochs": 10, "batch_size": 32, "lr": 3e-3}


def scenes_net(seed: int = 0, folder="lecture/checkpoints", retrain: bool = False, progress: bool = True):
    """A net that knows what is in a scene; new scenes are drawn for every epoch.

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
    test = scenes(500, seed=held_out_seed(seed), objects=1)

    def epoch_of_scenes(epoch: int):
        drawn = scenes(SCENES_PER_EPOCH, seed=training_seed(seed, epoch))
        return drawn.images, drawn.targets

    recipe = Recipe(seed=seed, **SCENES_RECIPE)
    return trained(len(CLASSES), 3, epoch_of_scenes, recipe, (test.images, test.labels), "scenes", folder, retrain, progress)


def digits_net(seed: int = 0, folder="lecture/checkpoints", retrain: bool = False, progress: bool = True):
    """A net that reads handwritten digits; arguments and result as for `scenes_net`."""
    training, test = digits()
    recipe = Recipe(seed=seed, **DIGITS_RECIPE)
    return trained(10, 1, lambda epoch: training, recipe, test, "digits", folder, retrain, progress)


def trained(classes, channels, data, recipe, held_out, name, folder, retrain, progress) -> tuple[SmallCNN, History]:
    """Train a SmallCNN, or read the one that has been trained."""
    path = Path(folder) / f"{name}-{recipe.seed}.npz"
    if retrain:
        path.unlink(missing_ok=True)
    mg.manual_seed(recipe.seed)
    model = SmallCNN(classes, channels)
    return model, train(model, data, recipe, held_out, path, progress, name)


def training_seed(seed: int, epoch: int) -> int:
    """A seed of scenes for every epoch of every training; below the held-out ones."""
    return 1000 * (seed % 900) + epoch


def held_out_seed(seed: int) -> int:
    """A seed of scenes that no epoch uses."""
    return 900_000 + seed % 900
