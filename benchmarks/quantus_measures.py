"""Do our measures of explanations equal Quantus's, on the same net, pictures, maps and masks?

Quantus 0.6 has many measures.  Three have an equal here, once the definitions are brought together:

- *pointing game*: theirs has no margin, and where several pixels are largest, one of them on the object is enough; ours
  points with the first.  With a single peak they are the same.
- *relevance mass accuracy*, our energy in the mask: theirs adds up negative numbers as well, ours leaves them out, so
  here the maps have none.
- *pixel flipping*, our deletion: theirs takes each channel of a pixel by itself, and its curve begins after the first
  step.  So here the pictures have one channel, and our first point is left out.  (Their area is that of steps of
  length 1; ours divides by their number, and includes both ends.)
"""

from __future__ import annotations

import sys
import warnings

import numpy as np

import explain
from explain.evaluation.insertion_deletion import deletion_curve
from minigrad import nn

from .agreement import relative_difference
from .captum_agreement import CLASSES, TOLERANCE, add_arguments
from .networks import same_weights

__all__ = ["add_arguments", "run"]
PICTURES, SIZE, STEP = 4, 12, 8  # STEP: pixels that are taken at a time


def run(options) -> int:
    """Print a line per measure.  0 if everything agrees, 1 if anything doesn't, 2 without Quantus."""
    try:
        import quantus
        import torch
    except ImportError:
        print("This benchmark compares with Quantus, which is not installed:  pip install torch quantus",
              file=sys.stderr)
        return 2
    print(f"minigrad's measures against Quantus {quantus.__version__}, {options.times} nets, seed {options.seed}\n\n"
          f"{'measure':44} {'worst relative difference':>27}")
    worst: dict[str, float] = {}
    for i in range(options.times):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Quantus warns of every choice that a measure has
            pairs = compared(np.random.default_rng([options.seed, i]), quantus, torch)
        for name, (ours, theirs) in pairs.items():
            worst[name] = max(worst.get(name, 0.0), relative_difference(ours, np.asarray(theirs, float)))
    for name, difference in worst.items():
        print(f"{name:44} {difference:27.1e}{'' if difference <= TOLERANCE else '   DISAGREES'}")
    agrees = max(worst.values()) <= TOLERANCE
    print(f"\n{'Everything agrees' if agrees else 'Something disagrees'}: the tolerance is {TOLERANCE:g}.")
    return 0 if agrees else 1


def compared(rng, quantus, torch) -> dict:
    """Each measure of one net and a few pictures of one channel: from its name to (ours, theirs)."""
    ours, theirs = net(nn), net(torch.nn)
    same_weights(rng, torch, ours, theirs)
    ours.astype("float32"), theirs.float()  # Quantus hands on float32 only
    ours.eval(), theirs.eval()
    images = rng.standard_normal((PICTURES, 1, SIZE, SIZE)).astype("float32")
    target, maps = rng.integers(CLASSES, size=PICTURES), rng.random((PICTURES, SIZE, SIZE))
    masks = rng.random(maps.shape) < 0.4
    given = {"model": theirs, "x_batch": images, "y_batch": target, "a_batch": maps[:, None], "s_batch": masks[:, None],
             "softmax": True, "device": "cpu"}
    quiet = {"disable_warnings": True, "abs": False, "normalise": False}
    flipped = quantus.PixelFlipping(features_in_step=STEP, perturb_baseline=0.0, **quiet)(**given)
    return {
        "pointing game": (explain.peak_inside(maps, masks).astype(float), quantus.PointingGame(**quiet)(**given)),
        "energy in the mask": (explain.mass_inside(maps, masks), quantus.RelevanceMassAccuracy(**quiet)(**given)),
        "deletion curve": (deletion_curve(ours, images, maps, target, steps=SIZE * SIZE // STEP)[:, 1:], flipped),
    }


def net(n):
    """A small net for pictures of one channel out of either framework's layers."""
    return n.Sequential(
        n.Conv2d(1, 6, 3, padding=1), n.ReLU(), n.MaxPool2d(2), n.Conv2d(6, 8, 3), n.ReLU(),
        n.AdaptiveAvgPool2d(2), n.Flatten(), n.Linear(32, CLASSES),
    )
