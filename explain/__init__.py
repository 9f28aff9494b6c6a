"""Explanations of what a network answers, one file for each kind.

``forward`` is what most start from, ``evaluation`` puts them to the test, and ``plot``, ``page`` and
``lecture`` show them.  The README in this folder lists the others in the order in which to read them.
"""

from . import evaluation, plot
from .activations import activations, strongest_channels
from .bias import background_reliance
from .class_image import class_image
from .contrastive import contrastive_gradcam, counterfactual_gradcam
from .embedding import embed, nearest, trustworthiness, tsne
from .embedding_map import picture_map, scatter_by_class, scatter_of_pictures
from .evaluation.localisation import mass_inside, peak_inside
from .evaluation.randomisation import randomised
from .filters import filter_rows, filter_tiles, filters
from .forward import Forward
from .given import Given
from .gradcam import gradcam, guided_gradcam
from .gradcam_plus_plus import gradcam_plus_plus
from .integrated_gradients import input_x_gradient, integrated_gradients
from .language import (
    answer_score,
    attention_maps,
    caption_gradcam,
    caption_score,
    question_saliency,
    word_gradcam,
    word_score,
)
from .linearisation import Line, along_line, draw_lines
from .occlusion import occlusion, occlusion_heatmap
from .patches import Patch, maximal_patches
from .receptive_field import ReceptiveField, Rectangle, receptive_field, receptive_fields, unit_field
from .saliency import gradient, saliency, saliency_by_rule
from .segmentation import iou, segment, segment_by, threshold_mask
from .smoothgrad import smoothgrad

__all__ = [
    "Forward",
    "Given",
    "Line",
    "Patch",
    "ReceptiveField",
    "Rectangle",
    "activations",
    "along_line",
    "answer_score",
    "attention_maps",
    "background_reliance",
    "caption_gradcam",
    "caption_score",
    "class_image",
    "contrastive_gradcam",
    "counterfactual_gradcam",
    "draw_lines",
    "embed",
    "evaluation",
    "filter_rows",
    "filter_tiles",
    "filters",
    "gradcam",
    "gradcam_plus_plus",
    "gradient",
    "guided_gradcam",
    "input_x_gradient",
    "integrated_gradients",
    "iou",
    "mass_inside",
    "maximal_patches",
    "nearest",
    "occlusion",
    "occlusion_heatmap",
    "peak_inside",
    "picture_map",
    "plot",
    "question_saliency",
    "randomised",
    "receptive_field",
    "receptive_fields",
    "saliency",
    "saliency_by_rule",
    "scatter_by_class",
    "scatter_of_pictures",
    "segment",
    "segment_by",
    "smoothgrad",
    "strongest_channels",
    "threshold_mask",
    "trustworthiness",
    "tsne",
    "unit_field",
    "word_gradcam",
    "word_score",
]
