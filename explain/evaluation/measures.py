"""The measures of the league table: which there are, which way is better, and how one scene is put to all of them.

A scene has two objects, so that a method must say *which* of them the class is about.  The class is the one that the
net predicts, as faithfulness wants it; if it is wrong about the scene (no object is of that class), then there is
nothing that the map should point at, and the measures of localisation are left out, as NaN.

Read next: ``explain/evaluation/league.py``.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np

from .confidence import average_drop, confidences, increase_in_confidence
from .infidelity import sensitivity_max, squares_removed, unexplained_share
from .insertion_deletion import area, deletion_curve, insertion_curve
from .localisation import MARGIN, best_iou, mass_inside, peak_inside
from .road import road
from .scoring import pictures_and_classes

STEPS = 32  # of the curves: 128 pixels at a time
SQUARES, SIDE = 30, 12  # taken out for infidelity
WIGGLES, RADIUS = 4, 0.02  # for sensitivity: a hundredth of the pixels' range


@dataclass(frozen=True)
class Measure:
    """What is measured.

    Attributes
    ----------
    name : str
    better : {"higher", "lower"}
    family : {"localisation", "faithfulness", "stability"}
    kind : {"indirect", "targeted"}
        Of evaluation, as AlRegib & Prabhushankar 2022 divide it: by the performance in a task, such as localisation or
        masking, or for a given net.  (The third kind is direct, by people.)
    """

    name: str
    better: str
    family: str
    kind: str = "indirect"


MEASURES = (
    Measure("pointing game", "higher", "localisation"),
    Measure("pointing near", "higher", "localisation"),
    Measure("energy in mask", "higher", "localisation"),
    Measure("best IoU", "higher", "localisation"),
    Measure("deletion", "lower", "faithfulness"),
    Measure("insertion", "higher", "faithfulness"),
    Measure("average drop", "lower", "faithfulness"),
    Measure("increase", "higher", "faithfulness"),
    Measure("infidelity", "lower", "faithfulness"),
    Measure("ROAD", "lower", "faithfulness"),
    Measure("sensitivity", "lower", "stability", "targeted"),
)
LOCALISATION = sum(measure.family == "localisation" for measure in MEASURES)


def measured(model, scene, methods, seed: int = 0) -> np.ndarray:
    """All measures of all methods on one scene.

    Parameters
    ----------
    model : Module
    scene : Scenes of length 1
    methods : sequence of `Method`
    seed : int
        Of the squares and the noises, the same for every method.

    Returns
    -------
    ndarray (methods, measures), NaN where a measure doesn't apply
    """
    image = scene.images[:1]
    x, _, target = pictures_and_classes(model, image, image[:, 0], None)
    mask = mask_of(scene, int(target[0]))
    rows = [[*on_the_object(heat, mask), *about_the_net(model, x, heat, target, seed),
             stability(model, x, method, target, seed)]
            for method in methods for heat in [method(model, x, target)]]
    return np.array(rows, float)


def mask_of(scene, target: int) -> np.ndarray | None:
    """The mask (1, H, W) of the scene's object of that class, or None."""
    found = np.flatnonzero(scene.classes[0] == target)
    return scene.masks[0, found[:1]] if len(found) and scene.masks[0, found[0]].any() else None


def on_the_object(heat, mask) -> list[float]:
    """The measures of localisation, NaN without an object to be found."""
    if mask is None:
        return [np.nan] * LOCALISATION
    hits = (peak_inside(heat, mask, margin) for margin in (0.0, scaled_margin(mask)))
    return [float(value[0]) for value in (*hits, mass_inside(heat, mask), best_iou(heat, mask))]


def scaled_margin(mask) -> float:
    """15 pixels of a photo's 224, scaled to pictures of this size."""
    return MARGIN * min(mask.shape[-2:]) / 224


def about_the_net(model, x, heat, target, seed: int) -> list[float]:
    """The measures of faithfulness, each a number for one picture (1, C, H, W) with its map (1, H, W)."""
    before, after = confidences(model, x, heat, target)
    removed, perturbed = squares_removed(x[0], SQUARES, SIDE, seed=seed)
    values = (
        area(deletion_curve(model, x, heat, target, STEPS)),
        area(insertion_curve(model, x, heat, target, STEPS)),
        average_drop(before, after),
        increase_in_confidence(before, after),
        unexplained_share(model, x, heat, removed[None], target, perturbed[None]),
        road(model, x, heat, target, seed=seed).mean(axis=1),
    )
    return [float(value[0]) for value in values]


def stability(model, x, method, target, seed: int) -> float:
    """Sensitivity, with the class held fast."""
    explanation = partial(explained, model, method, target)
    return float(sensitivity_max(explanation, x, RADIUS, WIGGLES, seed=seed)[0])


def explained(model, method, target, images) -> np.ndarray:
    """A method as a function of the pictures alone."""
    return method(model, images, target)
