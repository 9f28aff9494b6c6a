"""Explanations that are themselves put to the test: does the heat map show what the network uses?

The lecture's research group divides such tests into three kinds (AlRegib & Prabhushankar 2022): *direct*, by people;
*indirect*, by the performance in a task, such as localisation or masking; *targeted*, for a given network or data set.
Each file here begins by saying of which kind its measure is; the direct one is ``explain/quiz``.

``randomisation``, ``cascade`` and ``permuted`` ask whether the heat hangs on the net; ``localisation``, whether it is
on the object; ``insertion_deletion``, ``confidence``, ``infidelity`` and ``road`` ask the net whether it hangs on the
heat.  ``methods`` and ``measures`` say what is compared, ``league`` compares, with ``kept`` and ``distributed`` to help
it over long runs, ``report`` and ``figures`` show it.
"""

from . import randomisation, similarity
from .bootstrap import interval
from .cascade import Cascade, cascade
from .confidence import average_drop, confidences, increase_in_confidence
from .infidelity import infidelity, sensitivity_max
from .insertion_deletion import area, deletion_curve, insertion_curve
from .league import League, league
from .localisation import best_iou, mass_inside, peak_inside
from .methods import METHODS, Method
from .road import road
from .similarity import spearman, ssim

__all__ = [
    "METHODS",
    "Cascade",
    "League",
    "Method",
    "area",
    "average_drop",
    "best_iou",
    "cascade",
    "confidences",
    "deletion_curve",
    "increase_in_confidence",
    "infidelity",
    "insertion_curve",
    "interval",
    "league",
    "mass_inside",
    "peak_inside",
    "randomisation",
    "road",
    "sensitivity_max",
    "similarity",
    "spearman",
    "ssim",
]
