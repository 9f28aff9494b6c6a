"""The wolf that was a snow detector: pictures in which the background gives the answer away.

Ribeiro et al. 2016 (section 6.4) trained a classifier on photos of wolves and huskies.  All wolves had been
photographed in snow, and that is what it learned: it found snow, and said wolf.  On photos taken the same way it was
nearly always right, so no accuracy would have told; an explanation did.

Here the story is told with shapes, so that everything about it is known.  The two *animals* are two shapes that are
alike, and *snow* is a striped background, where a *meadow* is a cloudy one.  `snow_scenes` says how often wolves stand
in snow and huskies in the meadow: always (a *shortcut*, with which the shape need not be looked at), half of the time
(the background says nothing), or never (the shortcut leads astray).

Legend: ``N`` scenes of ``H = W = size`` pixels.
Before: ``nets/scenes.py``, whose painter draws them.  Next: ``explain/bias.py``, which finds the snow detector out.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from numbers import Real

import numpy as np

from .recipes import FIRST_HELD_OUT_SEED, trained
from .scenes import BLOCK, block, checked, in_blocks
from .shapes import CLASSES
from .textures import FAMILIES, clouds, stripes
from .training import Recipe

ANIMALS = ("husky", "wolf")
SHAPES = np.array([CLASSES.index("circle"), CLASSES.index("triangle")])  # of the husky and of the wolf
GROUNDS = np.array([FAMILIES.index(clouds), FAMILIES.index(stripes)])  # meadow and snow
SNOW_SCENES, SNOW_TEST = 1536, 300  # to learn from, and held out
SNOW_RECIPE = Recipe(epochs=5, batch_size=16, lr=5e-3)
SIZE = 48


@dataclass(frozen=True, eq=False)
class SnowScenes:
    """Pictures of one animal each.

    Attributes
    ----------
    images : float32 array (N, 3, H, W)
        In [-1, 1].
    labels : int64 array (N,)
        Index into :data:`ANIMALS`: 1 for a wolf.
    snow : bool array (N,)
        Whether there is snow.
    masks : bool array (N, H, W)
        The animal's pixels.
    """

    images: np.ndarray
    labels: np.ndarray
    snow: np.ndarray
    masks: np.ndarray

    def __len__(self):
        return len(self.images)


def snow_scenes(n: int, seed: int = 0, shortcut: float = 1.0, size: int = SIZE) -> SnowScenes:
    """Draw `n` pictures of a wolf or a husky, in snow or in a meadow.

    Parameters
    ----------
    n : int
        At least 1.
    seed : int
        Equal seeds give equal pictures, and a longer set begins with the shorter one.  With another `shortcut`, the
        same seed puts the same animals, in the same places, on other ground.
    shortcut : float
        Share of the pictures in which the ground fits the animal: wolf and snow, or husky and meadow.  1 is a perfect
        shortcut, 0.5 none at all, 0 the reverse.
    size : int
        Side of the picture in pixels, at least 32.

    Returns
    -------
    SnowScenes

    Raises
    ------
    ValueError
        If an argument is out of its range.

    Examples
    --------
    >>> always, never = snow_scenes(8, seed=1), snow_scenes(8, seed=1, shortcut=0.0)
    >>> (always.snow == always.labels).all(), (never.snow == never.labels).any()
    (np.True_, np.False_)
    """
    checked(n, seed, 1, size)
    if not isinstance(shortcut, Real) or not 0 <= shortcut <= 1:
        raise ValueError(f"shortcut is {shortcut!r}; give a share between 0 (reversed) and 1 (always)")
    return SnowScenes(*in_blocks(n, seed, lambda rng: snow_block(rng, shortcut, size)))


def snow_block(rng: np.random.Generator, shortcut: float, size: int) -> tuple:
    """BLOCK scenes: images, labels, snow and masks."""
    labels = rng.integers(2, size=BLOCK)
    fits = rng.random(BLOCK) < shortcut
    snow = np.where(fits, labels, 1 - labels)
    dark, step = rng.uniform([0.05, 0.2], [0.2, 0.3], (BLOCK, 3, 2)).T  # clearly seen: nobody could overlook the snow
    palette = np.stack([dark.T, (dark + step).T], axis=1)
    images, _, masks = block(rng, size, lambda: SHAPES[labels][:, None], palette, GROUNDS[snow])
    return images, labels, snow == 1, masks[:, 0]


def biased_nets(seed: int = 0, folder="lecture/checkpoints", retrain: bool = False, progress: bool = True) -> dict:
    """Two nets for the same animals: one that could take the shortcut in training, and one that could not.

    They differ in nothing but their pictures' backgrounds, and both are tested, after every epoch, on new pictures like
    those they learned from: the snow detector's own test does not give it away.

    Parameters
    ----------
    seed : int
        Of the weights and of the pictures.
    folder : path
        Where the checkpoints are, or will be.
    retrain : bool
        Forget the checkpoints and train again.

    Returns
    -------
    dict from "shortcut" and "honest" to (model, history), as `scenes_net` returns them.
    """
    found = {}
    for name, shortcut in (("shortcut", 1.0), ("honest", 0.5)):
        drawn = snow_scenes(SNOW_SCENES, seed % FIRST_HELD_OUT_SEED, shortcut)
        test = snow_scenes(SNOW_TEST, FIRST_HELD_OUT_SEED, shortcut)
        samples, held_out = (drawn.images, drawn.labels), (test.images, test.labels)
        recipe = replace(SNOW_RECIPE, seed=seed)
        found[name] = trained(len(ANIMALS), 3, samples, recipe, held_out, f"snow-{name}", folder, retrain, progress)
    return found
