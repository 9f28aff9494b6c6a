"""The measures of the league table: which there are, which way is better, and how one scene is put to all of them.

A scene has two objects, so that a method must say *which* of them the class is about.  The class is the one that the
net predicts, as faithfulness wants it; if it is wrong about the scene (no object is of that class), then there is
nothing that the map should point at, and the measures of localisation are left out, as NaN.

A `Case` holds what all methods have in common on a scene, a `Trial` one method's map; whatever costs a pass of the net
is found when a measure first asks for it.

Read next: ``explain/evaluation/league.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from .confidence import average_drop, confidences, increase_in_confidence
from .infidelity import foretold_changes, largest_move, noises, score_changes, squares_removed, unexplained
from .insertion_deletion import area, deletion_curve, insertion_curve
from .localisation import MARGIN, best_iou, mass_inside, peak_inside
from .methods import Method, picked
from .road import road
from .scoring import pictures_and_classes

STEPS = 32  # of the curves: 128 pixels at a time
SQUARES, SIDE = 30, 12  # taken out for infidelity
WIGGLES, RADIUS = 4, 0.02  # for sensitivity: a hundredth of the pixels' range


class Case:
    """A net and a scene: what is the same for all methods.

    Parameters
    ----------
    model : Module
    scene : Scenes of length 1
    seed : int
        Of the squares and the noises.

    Attributes
    ----------
    x : ndarray (1, C, H, W)
    target : ndarray (1,)
        The class that the net predicts.
    mask : bool ndarray (1, H, W) or None
        Where the object of that class is.
    """

    def __init__(self, model, scene, seed: int = 0):
        self.model, self.seed, image = model, seed, scene.images[:1]
        self.x, _, self.target = pictures_and_classes(model, image, image[:, 0], None)
        self.mask = mask_of(scene, int(self.target[0]))

    @cached_property
    def squares(self) -> tuple[np.ndarray, np.ndarray]:
        """For infidelity: which pixels were taken out, (1, K, H, W), and how far the score fell, (1, K)."""
        removed, perturbed = squares_removed(self.x[0], SQUARES, SIDE, seed=self.seed)
        return removed[None], score_changes(self.model, self.x[0], perturbed, int(self.target[0]))[None]

    @cached_property
    def nearby(self) -> np.ndarray:
        """For sensitivity: pictures that nobody can tell from `x`, (n, C, H, W)."""
        return (self.x + noises(self.x.shape[1:], RADIUS, WIGGLES, self.seed)).astype(self.x.dtype)


class Trial:
    """A method and a case.

    Attributes
    ----------
    heat : ndarray (1, H, W)
    asked : tuple
        Model, picture, map and class: the arguments with which the measures of faithfulness begin.
    """

    def __init__(self, case: Case, method: Method):
        self.case, self.method = case, method
        self.mask: Any = case.mask  # None only where no measure of localisation is asked for
        self.heat = method(case.model, case.x, case.target)
        self.asked = (case.model, case.x, self.heat, case.target)

    @cached_property
    def confidences(self) -> tuple[np.ndarray, np.ndarray]:
        """The class's probability before and after, as `average_drop` and `increase_in_confidence` want it."""
        return confidences(*self.asked)

    def maps_nearby(self) -> np.ndarray:
        """The maps (n, H, W) of the pictures nearby, with the class held fast."""
        pictures = self.case.nearby
        return self.method(self.case.model, pictures, np.repeat(self.case.target, len(pictures)))


@dataclass(frozen=True)
class Measure:
    """What is measured.

    Attributes
    ----------
    name : str
    better : {"higher", "lower"}
    family : {"localisation", "faithfulness", "stability"}
    value : callable
        From a `Trial` to the number, as an array (1,).
    kind : {"indirect", "targeted"}
        Of evaluation, as AlRegib & Prabhushankar 2022 divide it: by the performance in a task, such as localisation or
        masking, or for a given net.  (The third kind is direct, by people.)
    """

    name: str
    better: str
    family: str
    value: Callable[[Trial], np.ndarray]
    kind: str = "indirect"

    def __call__(self, trial: Trial) -> float:
        """The number, or NaN if there is no object to be found."""
        return np.nan if self.family == "localisation" and trial.mask is None else float(self.value(trial)[0])


MEASURES = (
    Measure("pointing game", "higher", "localisation", lambda t: peak_inside(t.heat, t.mask)),
    Measure("pointing near", "higher", "localisation", lambda t: peak_inside(t.heat, t.mask, scaled_margin(t.mask))),
    Measure("energy in mask", "higher", "localisation", lambda t: mass_inside(t.heat, t.mask)),
    Measure("best IoU", "higher", "localisation", lambda t: best_iou(t.heat, t.mask)),
    Measure("deletion", "lower", "faithfulness", lambda t: area(deletion_curve(*t.asked, STEPS))),
    Measure("insertion", "higher", "faithfulness", lambda t: area(insertion_curve(*t.asked, STEPS))),
    Measure("average drop", "lower", "faithfulness", lambda t: average_drop(*t.confidences)),
    Measure("increase", "higher", "faithfulness", lambda t: increase_in_confidence(*t.confidences)),
    Measure("infidelity", "lower", "faithfulness", lambda t: infidelity_by_squares(t.heat, *t.case.squares)),
    Measure("ROAD", "lower", "faithfulness", lambda t: road(*t.asked, seed=t.case.seed).mean(axis=1)),
    Measure("sensitivity", "lower", "stability", lambda t: largest_move(t.heat, t.maps_nearby()[:, None]), "targeted"),
)


def chosen_measures(names: str | Sequence[str] = "all") -> tuple[Measure, ...]:
    """Measures by name, in the order given; ``"all"`` is all of them.

    Raises
    ------
    ValueError
        For a name that there isn't, or none at all; the message lists those there are.
    """
    return picked({measure.name: measure for measure in MEASURES}, names, "measure")


def measured(model, scene, methods: Sequence[Method], seed: int = 0, measures: Sequence[Measure] = MEASURES):
    """All measures of all methods on one scene.

    Parameters
    ----------
    model : Module
    scene : Scenes of length 1
    methods : sequence of `Method`
    seed : int
        Of the squares and the noises, the same for every method.
    measures : sequence of `Measure`

    Returns
    -------
    ndarray (methods, measures), NaN where a measure doesn't apply
    """
    case = Case(model, scene, seed)
    trials = (Trial(case, method) for method in methods)
    return np.array([[measure(trial) for measure in measures] for trial in trials], float)


def mask_of(scene, target: int) -> np.ndarray | None:
    """The mask (1, H, W) of the scene's object of that class, or None."""
    found = np.flatnonzero(scene.classes[0] == target)
    return scene.masks[0, found[:1]] if len(found) and scene.masks[0, found[0]].any() else None


def scaled_margin(mask) -> float:
    """15 pixels of a photo's 224, scaled to pictures of this size."""
    return MARGIN * min(mask.shape[-2:]) / 224


def infidelity_by_squares(heat, removed, change) -> np.ndarray:
    """The share of the score's changes that a map (1, H, W) leaves unexplained."""
    return unexplained(foretold_changes(removed, heat), change)
