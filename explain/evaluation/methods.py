"""Every method under one roof: ``method(model, images, target) -> (N, H, W)``.

Measures can only compare what has one form, a number for each pixel, more where it matters more for the class.  A
method keeps its own form in `raw`, and `reduce` says how that becomes a map:

    largest    |.|, the largest channel     gradients: sensitivity, whose sign says little     (Simonyan et al. 2014)
    total      sum of the channels          contributions, which add up; signed
    as it is                                class activation maps, which end in a ReLU, occlusion, and the baselines

The counterfactual and the contrastive Grad-CAM are not here: they answer other questions than "why this class?".

Read next: ``explain/evaluation/league.py``.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from ..gradcam import gradcam, guided_gradcam
from ..gradcam_plus_plus import gradcam_plus_plus
from ..integrated_gradients import input_x_gradient, integrated_gradients
from ..occlusion import occlusion_heatmap
from ..saliency import gradient, largest
from ..smoothgrad import smoothgrad
from . import baselines

POINTS = 20  # of the path of Integrated Gradients, and noisy copies for SmoothGrad: enough for a ranking, not for print
PATCH, STRIDE = 12, 6  # pixels, of 64; about half an object


def total(maps: np.ndarray) -> np.ndarray:
    """Sum of the channels: (N, C, H, W) to (N, H, W)."""
    return maps.sum(axis=1)


def as_it_is(maps: np.ndarray) -> np.ndarray:
    """The map itself."""
    return maps


def quietly(explanation, model, images, target=None) -> np.ndarray:
    """An explanation without its warning that a map is empty: here that is no accident, but a result, and it loses."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".* is empty", UserWarning)
        return explanation(model, images, target)


@dataclass(frozen=True)
class Method:
    """An explanation that can be measured.

    Attributes
    ----------
    name : str
    raw : callable
        ``raw(model, images, target)``, images (N, C, H, W), to the method's own map: (N, C, H, W) or (N, H, W), with
        the signs that it has.
    reduce : callable
        From that to (N, H, W).
    baseline : bool
        Whether it is one of the maps that explain nothing.
    """

    name: str
    raw: Callable
    reduce: Callable[[np.ndarray], np.ndarray] = as_it_is
    baseline: bool = False

    def __call__(self, model, images, target=None) -> np.ndarray:
        return self.reduce(self.raw(model, images, target))


METHODS = {method.name: method for method in (
    Method("gradient", gradient, largest),
    Method("deconvnet", partial(gradient, rule="deconvnet"), largest),
    Method("guided", partial(gradient, rule="guided"), largest),
    Method("input x gradient", input_x_gradient, total),
    Method("integrated gradients", partial(integrated_gradients, steps=POINTS), total),
    Method("SmoothGrad", partial(smoothgrad, n=POINTS), largest),
    Method("occlusion", partial(occlusion_heatmap, patch=PATCH, stride=STRIDE)),
    Method("Grad-CAM", partial(quietly, gradcam)),
    Method("Grad-CAM++", partial(quietly, gradcam_plus_plus)),
    Method("Guided Grad-CAM", partial(quietly, guided_gradcam), largest),
    Method("edges", baselines.edge_map, baseline=True),
    Method("centre", baselines.centre_map, baseline=True),
    Method("uniform", baselines.uniform_map, baseline=True),
    Method("random", baselines.random_map, baseline=True),
    Method("random again", baselines.another_random_map, baseline=True),
)}


def chosen(names: str | Sequence[str] = "all") -> tuple[Method, ...]:
    """Methods by name, in the order given; ``"all"`` is all of them.

    Raises
    ------
    ValueError
        For a name that there isn't, or none at all; the message lists those there are.

    Examples
    --------
    >>> [method.name for method in chosen(["Grad-CAM", "random"])]
    ['Grad-CAM', 'random']
    """
    return picked(METHODS, names, "method")


def picked(known: dict, names: str | Sequence[str], what: str) -> tuple:
    """What `known` has under some names, a sequence or a text with commas in between, each once; or under all."""
    if isinstance(names, str):
        names = list(known) if names == "all" else [name.strip() for name in names.split(",")]
    unknown = [name for name in names if name not in known]
    if unknown or not names:
        raise ValueError(f"there is no {what} {', '.join(unknown) or 'given'}; the {what}s are {', '.join(known)}")
    return tuple(known[name] for name in dict.fromkeys(names))
