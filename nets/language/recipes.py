"""The nets of language that this project trains for its readers, from pictures to checkpoint.

Every epoch draws new scenes, so no scene is seen twice and none can be learned by heart.  A net that has been trained
is read from its checkpoint; training that was stopped goes on from there.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

import minigrad as mg

from ..recipes import FIRST_HELD_OUT_SEED
from ..training import History, Recipe, train
from .answerer import Answerer, answer_loss, right_answers
from .captioner import Captioner, caption_loss, right_objects
from .captions import captions
from .groups import GroupScenes, group_scenes
from .questions import KINDS, questions

CAPTION_SCENES, QUESTION_SCENES = 4096, 2048  # in an epoch
CAPTIONS_RECIPE = Recipe(epochs=24, batch_size=32, lr=6e-3, max_norm=1.0)
PLAIN_RECIPE = replace(CAPTIONS_RECIPE, epochs=30)  # without attention
QUESTIONS_RECIPE = Recipe(epochs=36, batch_size=16, lr=4e-3, max_norm=1.0)
BLIND_RECIPE = replace(QUESTIONS_RECIPE, epochs=4)
TEST = 500  # held-out scenes
ABOUT_ANY = [KINDS.index(kind) for kind in ("existence", "colour", "relation")]  # the others ask about the first group


def captioner_net(seed: int = 0, folder="lecture/checkpoints", retrain: bool = False, progress: bool = True,
                  attention: bool = True) -> tuple[Captioner, History]:
    """A net that describes scenes of two groups.

    Parameters
    ----------
    seed : int
        Of the weights and of the scenes.
    folder : path
        Where its checkpoint is, or will be.
    retrain : bool
        Forget the checkpoint and train again.
    progress : bool
        Show a progress bar.
    attention : bool
        Whether the decoder may look at the picture again for every word.

    Returns
    -------
    model : Captioner, in eval mode
    history : History
        Its accuracies are the share of held-out captions in which all objects and colours are right.
    """
    def epoch(number: int):
        drawn = group_scenes(CAPTION_SCENES, seed % FIRST_HELD_OUT_SEED, groups=2, start=number * CAPTION_SCENES)
        return as_bytes(drawn.images), captions(drawn, seed=number).words

    test = held_out(groups=2)
    name, recipe = ("captions-attention", CAPTIONS_RECIPE) if attention else ("captions", PLAIN_RECIPE)
    return fitted(lambda: Captioner(attention), epoch, replace(recipe, seed=seed), (test.images, test), name, folder,
                  retrain, progress, caption_loss, right_objects)


def answerer_net(seed: int = 0, folder="lecture/checkpoints", retrain: bool = False, progress: bool = True,
                 blind: bool = False) -> tuple[Answerer, History]:
    """A net that answers questions about scenes of three groups; arguments and result as for `captioner_net`.

    Who has looked at a picture may be asked more than once: in training there are two questions of each kind that can
    be about any group.  With `blind` it never sees anything but grey: what it answers then, the questions gave away.
    Its accuracies are the share of held-out questions, one of each kind, that are answered rightly.
    """
    def seen(drawn: GroupScenes) -> np.ndarray:
        return np.full_like(drawn.images, 0) if blind else drawn.images

    def epoch(number: int):
        drawn = group_scenes(QUESTION_SCENES, seed % FIRST_HELD_OUT_SEED, groups=3, start=number * QUESTION_SCENES)
        once, again = (with_answers(drawn, seed=2 * number + turn) for turn in (0, 1))
        return as_bytes(seen(drawn)), np.concatenate([once, again[:, ABOUT_ANY]], axis=1)

    test = held_out(groups=3)
    recipe = replace(BLIND_RECIPE if blind else QUESTIONS_RECIPE, seed=seed)
    name = "answers-blind" if blind else "answers"
    return fitted(Answerer, epoch, recipe, (seen(test), with_answers(test)), name, folder, retrain, progress,
                  answer_loss, right_answers)


def held_out(groups: int, n: int = TEST) -> GroupScenes:
    """Scenes that no net is trained on."""
    return group_scenes(n, FIRST_HELD_OUT_SEED, groups)


def with_answers(scenes: GroupScenes, seed: int = 0) -> np.ndarray:
    """Questions about scenes, each with its answer as last number; int64 (N, K, L + 1)."""
    asked = questions(scenes, seed)
    return np.concatenate([asked.words, asked.answers[..., None]], axis=2)


def as_bytes(images: np.ndarray) -> np.ndarray:
    """Floats from -1 to 1 as bytes, which take a quarter of the memory."""
    return np.rint((images + 1) * 127.5).astype(np.uint8)


def fitted(architecture, epoch, recipe: Recipe, test, name: str, folder, retrain: bool, progress: bool, loss, measure):
    """Train a net, or read the one that has been trained."""
    path = Path(folder) / f"{name}-{recipe.seed}.npz"
    if retrain:
        path.unlink(missing_ok=True)
    mg.manual_seed(recipe.seed)
    model = architecture()
    return model, train(model, epoch, recipe, test, path, progress, name, loss, measure)
