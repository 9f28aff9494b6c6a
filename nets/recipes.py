"""The two nets that this project trains for its readers, from data to checkpoint, and with what recipe.

Both are a `SmallCNN`; one learns generated scenes, the other real handwriting.  A net that has been trained is read
from its checkpoint; training that was stopped goes on from there.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import minigrad as mg

from .digits import digits
from .scenes import CLASSES, scenes
from .small_cnn import SmallCNN
from .training import History, Recipe, train

SCENES = 8192  # to learn from, of one or two objects; every epoch sees all of them
SCENES_RECIPE = Recipe(epochs=6, batch_size=32, lr=1e-2)
DIGITS_RECIPE = Recipe(epochs=6, batch_size=32, lr=1e-2)
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
    drawn = scenes(SCENES, seed=seed % FIRST_HELD_OUT_SEED, objects=(1, 2))
    test = scenes(500, seed=FIRST_HELD_OUT_SEED, objects=1)
    recipe = replace(SCENES_RECIPE, seed=seed)
    samples, held_out = (drawn.images, drawn.targets), (test.images, test.labels)
    return trained(len(CLASSES), 3, samples, recipe, held_out, "scenes", folder, retrain, progress)


def digits_net(seed: int = 0, folder="lecture/checkpoints", retrain: bool = False, progress: bool = True):
    """A net that reads handwritten digits; arguments and result as for `scenes_net`."""
    training, test = digits()
    recipe = replace(DIGITS_RECIPE, seed=seed)
    return trained(10, 1, training, recipe, test, "digits", folder, retrain, progress)


def trained(classes, channels, samples, recipe, held_out, name, folder, retrain, progress) -> tuple[SmallCNN, History]:
    """Train a SmallCNN, or read the one that has been trained."""
    path = Path(folder) / f"{name}-{recipe.seed}.npz"
    if retrain:
        path.unlink(missing_ok=True)
    mg.manual_seed(recipe.seed)
    model = SmallCNN(classes, channels)
    return model, train(model, lambda epoch: samples, recipe, held_out, path, progress, name)
