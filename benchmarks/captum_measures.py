"""Do our measures of explanations equal Captum's, in float64, on the same net, pictures, maps and noise?

Captum 0.9 has two of them, *infidelity* and *sensitivity* (``captum.metrics``).  The definitions are the same but for
defaults, and here both sides get the same:

- infidelity: theirs watches what the net puts out, as ours does with ``score="logit"`` (ours can watch the probability
  as well); `normalise` is theirs, off by default in both;
- sensitivity: both divide by the size of the map; ours can leave that out (``normalise=False``), as the paper does.
  Noise is uniform in a box in both, theirs of float32, so here both are given the same noise.

The others have no equal there; see ``quantus_measures.py``.
"""

from __future__ import annotations

import sys
import warnings
from functools import partial

import numpy as np

import explain
from explain.evaluation.infidelity import infidelity, sensitivity_max, squares_removed
from minigrad import nn

from .agreement import relative_difference
from .captum_agreement import CLASSES, SIZE, TOLERANCE, add_arguments, net
from .networks import same_weights

__all__ = ["add_arguments", "run"]
PICTURES, SAMPLES, RADIUS = 3, 7, 0.05


def run(options) -> int:
    """Print a line per measure.  0 if everything agrees, 1 if anything doesn't, 2 without Captum."""
    try:
        import captum
        import torch
    except ImportError:
        print("This benchmark compares with Captum, which is not installed:  pip install torch captum", file=sys.stderr)
        return 2
    print(f"minigrad's measures against Captum {captum.__version__} on PyTorch {torch.__version__}, float64, "
          f"{options.times} nets, seed {options.seed}\n\n{'measure':50} {'worst relative difference':>27}")
    worst: dict[str, float] = {}
    for i in range(options.times):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Captum says of every hook that it sets and removes it
            pairs = compared(np.random.default_rng([options.seed, i]), torch)
        for name, (ours, theirs) in pairs.items():
            worst[name] = max(worst.get(name, 0.0), relative_difference(ours, theirs.detach().numpy()))
    for name, difference in worst.items():
        print(f"{name:50} {difference:27.1e}{'' if difference <= TOLERANCE else '   DISAGREES'}")
    agrees = max(worst.values()) <= TOLERANCE
    print(f"\n{'Everything agrees' if agrees else 'Something disagrees'}: the tolerance is {TOLERANCE:g}.")
    return 0 if agrees else 1


def compared(rng, torch) -> dict:
    """Each measure of one net and a few pictures: from its name to (ours, theirs)."""
    ours, theirs = net(nn), net(torch.nn)
    same_weights(rng, torch, ours, theirs)
    ours.eval(), theirs.eval()
    images, target = rng.standard_normal((PICTURES, 3, SIZE, SIZE)), rng.integers(CLASSES, size=PICTURES)
    case = ours, theirs, images, torch.tensor(images), target, torch.tensor(target)
    return {**infidelities(rng, torch, case), **sensitivities(rng, torch, case)}


def infidelities(rng, torch, case) -> dict:
    """Of the gradient under noise, and of picture times gradient with squares taken out; as it is, and normalised."""
    from captum.metrics import infidelity as their_infidelity

    ours, theirs, images, x, target, classes = case
    gradient = explain.gradient(ours, images, target)
    noise = 0.1 * rng.standard_normal((PICTURES, SAMPLES, *images.shape[1:]))
    squares = [squares_removed(image, SAMPLES, 5, seed=i) for i, image in enumerate(images)]
    removed = np.stack([np.repeat(square[:, None], 3, axis=1) for square, _ in squares])
    perturbed = np.stack([changed for _, changed in squares])
    kinds = {"gradient, noise": (gradient, noise, images[:, None] - noise),
             "input x gradient, squares": (images * gradient, removed, perturbed)}
    pairs = {}
    for name, (phi, change, changed) in kinds.items():
        given = tuple(torch.tensor(part.reshape(-1, *images.shape[1:])) for part in (change, changed))
        for normalise in (False, True):
            pairs[f"infidelity, {name}{', normalised' if normalise else ''}"] = (
                infidelity(ours, images, phi, change, target, changed, normalise),
                their_infidelity(theirs, always(given), x, torch.tensor(phi), target=classes,
                                 n_perturb_samples=SAMPLES, normalize=normalise))
    return pairs


def always(given):
    """A function of the pictures that perturbs them as `given`, whatever they are."""
    return lambda inputs: given


def sensitivities(rng, torch, case) -> dict:
    """Of two of the backward rules."""
    from captum.attr import Deconvolution, GuidedBackprop
    from captum.metrics import sensitivity_max as theirs_max

    ours, theirs, images, x, target, classes = case
    noise = rng.uniform(-RADIUS, RADIUS, (SAMPLES, *images.shape[1:]))
    repeated = torch.tensor(np.tile(noise, (PICTURES, 1, 1, 1)))
    pairs = {}
    for rule, method in (("deconvnet", Deconvolution), ("guided", GuidedBackprop)):
        explained = partial(explain.gradient, ours, target=target, rule=rule)
        pairs[f"sensitivity, {rule}"] = (
            sensitivity_max(explained, images, noise=noise),
            theirs_max(method(theirs).attribute, x, lambda inputs: inputs + repeated, n_perturb_samples=SAMPLES,
                       target=classes))
    return pairs
