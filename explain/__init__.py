"""Explanations of what a network answers, one file for each kind.

``forward`` (what they all start from), ``saliency``, ``gradcam``, ``occlusion``; ``localisation`` holds them against
the truth; ``plot``, ``page`` and ``lecture`` show them.
"""

from . import plot
from .forward import Forward
from .gradcam import gradcam, guided_gradcam
from .localisation import peak_inside
from .occlusion import occlusion, occlusion_heatmap
from .saliency import gradient, saliency, saliency_by_rule

__all__ = [
    "Forward",
    "gradcam",
    "gradient",
    "guided_gradcam",
    "occlusion",
    "occlusion_heatmap",
    "peak_inside",
    "plot",
    "saliency",
    "saliency_by_rule",
]
