"""Do our explanations equal Captum's, in float64, on a net without branches?

Captum explains PyTorch nets by hooks on their modules, so with modules used once and no branches it is a fair judge.
Both sides get the same net, picture, class, patch, way and noise.  Where the *definitions* differ, the table compares
what is common, and the difference is this:

- saliency: ours is the largest size over the channels, theirs the size in each channel (``abs=True``);
- Grad-CAM: ours is enlarged bilinearly, as in the paper; theirs to the nearest pixel unless it is asked (a line of the
  table shows how far apart that is), and its ReLU is off unless it is asked;
- occlusion: ours watches the probability, theirs whatever the net puts out; their map is our ``occlusion_heatmap``, the
  mean over the patches that cover a pixel;
- SmoothGrad: our noise is a share of the picture's range, theirs is absolute, and by default 1 with 5 samples;
- the defaults of Integrated Gradients are the same: Gauss-Legendre with 50 points, and a baseline of 0.

Captum keeps the counts of occlusion and the weights of Integrated Gradients in float32, so these agree to about 1e-8
only.
"""

from __future__ import annotations

import sys
import time
import warnings
from unittest import mock

import numpy as np

import explain
from explain.integrated_gradients import input_x_gradient, integrated_gradients
from explain.smoothgrad import smoothgrad
from minigrad import nn

from .agreement import relative_difference
from .networks import same_weights

TOLERANCE = 1e-6
SIZE, CLASSES = 18, 5
LAYERS = ("1", "4", "7")  # the ReLU after each convolution
SAMPLES, SIGMA = 6, 0.15  # of SmoothGrad


def add_arguments(parser) -> None:
    parser.add_argument("--seed", type=int, default=0, help="draw other weights, pictures and classes")
    parser.add_argument("--times", type=int, default=5, help="how many nets are drawn")


def run(options) -> int:
    """Print a line per explanation.  0 if everything agrees, 1 if anything doesn't, 2 without Captum."""
    try:
        import captum
        import torch
    except ImportError:
        print("This benchmark compares with Captum, which is not installed:  pip install torch captum", file=sys.stderr)
        return 2
    start = time.perf_counter()
    print(f"minigrad against Captum {captum.__version__} on PyTorch {torch.__version__}, float64, "
          f"{options.times} nets, seed {options.seed}\n\n{'explanation':44} {'worst relative difference':>27}")
    agrees = True
    for name, difference in worst_differences(options, torch).items():
        by_definition = name.startswith("(")
        fine = by_definition or difference <= TOLERANCE
        print(f"{name:44} {difference:27.1e}{'' if fine else '   DISAGREES'}")
        agrees &= fine
    print(f"\n{'Everything agrees' if agrees else 'Something disagrees'}: the tolerance is {TOLERANCE:g}, and what "
          f"stands in brackets differs by definition.   ({time.perf_counter() - start:.1f} s)")
    return 0 if agrees else 1


def worst_differences(options, torch) -> dict[str, float]:
    """The largest relative difference of each explanation over all nets."""
    worst: dict[str, float] = {}
    for i in range(options.times):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Captum says of every hook that it sets and removes it
            pairs = compared(np.random.default_rng([options.seed, i]), torch)
        for name, (ours, theirs) in pairs.items():
            worst[name] = max(worst.get(name, 0.0), relative_difference(ours, theirs.detach().numpy()))
    return worst


def compared(rng, torch) -> dict:
    """Each explanation of one net, picture and class: from its name to (ours, theirs)."""
    ours, theirs = net(nn), net(torch.nn)
    same_weights(rng, torch, ours, theirs)
    ours.eval(), theirs.eval()
    image, target = rng.standard_normal((3, SIZE, SIZE)), int(rng.integers(CLASSES))
    case = ours, theirs, image, torch.tensor(image[None]), target
    return {**gradients(case), **gradcams(case), **occlusions(case, torch), **averages(case, torch)}


def net(n):
    """The same net without branches out of either framework's layers."""
    return n.Sequential(
        n.Conv2d(3, 6, 3, padding=1), n.ReLU(), n.MaxPool2d(2),
        n.Conv2d(6, 8, 3, padding=1), n.ReLU(), n.BatchNorm2d(8),
        n.Conv2d(8, 8, 3, stride=2), n.ReLU(), n.AdaptiveAvgPool2d(2),
        n.Flatten(), n.Linear(32, 12), n.ReLU(), n.Linear(12, CLASSES),
    )


def gradients(case) -> dict:
    """The three backward rules."""
    from captum.attr import Deconvolution, GuidedBackprop, InputXGradient, Saliency

    ours, theirs, image, x, target = case
    return {
        "gradient": (explain.gradient(ours, image, target), Saliency(theirs).attribute(x, target, abs=False)[0]),
        "saliency": (explain.saliency(ours, image, target), Saliency(theirs).attribute(x, target)[0].amax(0)),
        "deconvnet": (explain.gradient(ours, image, target, "deconvnet"),
                      Deconvolution(theirs).attribute(x, target)[0]),
        "guided backpropagation": (explain.gradient(ours, image, target, "guided"),
                                   GuidedBackprop(theirs).attribute(x, target)[0]),
        "input x gradient": (input_x_gradient(ours, image, target), InputXGradient(theirs).attribute(x, target)[0]),
    }


def gradcams(case) -> dict:
    """Grad-CAM at every stage, as small as it is and enlarged; Guided Grad-CAM."""
    from captum.attr import GuidedGradCam, LayerAttribution, LayerGradCam

    ours, theirs, image, x, target = case
    pairs = {}
    for layer in LAYERS:
        cam = LayerGradCam(theirs, theirs[int(layer)]).attribute(x, target)
        signed = explain.gradcam(ours, image, target, layer, relu=False, upsample=False)
        pairs[f"Grad-CAM of layer {layer}, signed"] = signed, cam[0, 0]
    bilinear, nearest = (LayerAttribution.interpolate(cam, (SIZE, SIZE), how)[0, 0] for how in ("bilinear", "nearest"))
    enlarged = explain.gradcam(ours, image, target, layer, relu=False)
    pairs["Grad-CAM, enlarged bilinearly"] = enlarged, bilinear
    pairs["(Grad-CAM, bilinear against nearest)"] = enlarged, nearest
    their_product = GuidedGradCam(theirs, theirs[int(layer)]).attribute(x, target, interpolate_mode="bilinear")[0]
    pairs["Guided Grad-CAM"] = explain.guided_gradcam(ours, image, target, layer), their_product
    return pairs


def occlusions(case, torch) -> dict:
    """With patches that overlap, watching the score and watching the probability."""
    from captum.attr import Occlusion

    ours, theirs, image, x, target = case
    window = {"sliding_window_shapes": (3, 5, 5), "strides": (3, 3, 3), "baselines": 0.25, "target": target}
    pairs = {}
    for score, judge in (("logit", theirs), ("probability", torch.nn.Sequential(theirs, torch.nn.Softmax(dim=1)))):
        heat = explain.occlusion_heatmap(ours, image, target, patch=5, stride=3, fill=0.25, score=score)
        pairs[f"occlusion, {score}"] = heat, Occlusion(judge).attribute(x, **window)[0, 0]
    return pairs


def averages(case, torch) -> dict:
    """Gradients averaged along a path, and over noise: theirs is made to draw what ours drew."""
    from captum.attr import IntegratedGradients, NoiseTunnel, Saliency

    ours, theirs, image, x, target = case
    way = {"baselines": -0.5, "target": target, "n_steps": 20, "method": "gausslegendre"}
    noise = np.random.default_rng(1).standard_normal((SAMPLES, *image.shape)) * SIGMA * np.ptp(image)
    tunnel = NoiseTunnel(Saliency(theirs))
    with mock.patch.object(torch, "normal", return_value=torch.tensor(noise)):
        smooth = tunnel.attribute(x, nt_type="smoothgrad", nt_samples=SAMPLES, stdevs=1.0, target=target, abs=False)
    return {
        "Integrated Gradients": (integrated_gradients(ours, image, target, baseline=-0.5, steps=20),
                                 IntegratedGradients(theirs).attribute(x, **way)[0]),
        "SmoothGrad, the same noise": (smoothgrad(ours, image, target, SAMPLES, SIGMA, seed=1), smooth[0]),
    }
