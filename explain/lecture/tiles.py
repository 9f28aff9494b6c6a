"""Rows of tiles that several sections show."""

from __future__ import annotations

import numpy as np

import nets
from minigrad import functional as F

from .. import plot
from ..gradcam import gradcam, guided_gradcam
from ..occlusion import occlusion_heatmap
from ..saliency import saliency, saliency_by_rule

RULES = ("vanilla", "deconvnet", "guided")
METHODS = ("picture", "occlusion", *RULES, "Grad-CAM", "Guided\nGrad-CAM")


def all_methods(model, image: np.ndarray, target: int) -> list[np.ndarray]:
    """A row of tiles: the picture, and what each of `METHODS` makes of it."""
    by_rule = saliency_by_rule(model, image, target, RULES)
    return [
        plot.picture(image),
        plot.overlay(image, occluded(model, image, target)),
        *(plot.heat(by_rule[rule]) for rule in RULES),
        plot.overlay(image, gradcam(model, image, target)),
        plot.signed(guided_gradcam(model, image, target)),
    ]


def occluded(model, image: np.ndarray, target: int) -> np.ndarray:
    """How much covering each place lowers the probability; what raises it counts as nothing.

    The patch has the picture's own mean colour: a square of any other would be one more square to see.
    """
    patch = max(image.shape[-1] // 5, 2)
    mean = image.mean(axis=(1, 2), keepdims=True)
    return np.maximum(occlusion_heatmap(model, image, target, patch, max(patch // 3, 1), fill=mean), 0)


def answers(model, images: np.ndarray, names) -> list[str]:
    """What the net says of each picture, and with what probability."""
    p = F.softmax(nets.predict(model, images)).numpy()
    return [f"{names[row.argmax()]}\n{row.max():.0%}" for row in p]


def rule_saliency(rule: str):
    """Saliency under one rule, in the form that every method has: (model, images, target)."""
    return lambda model, images, target: saliency(model, images, target, rule)
