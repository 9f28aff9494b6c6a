"""Captum's side of ``explanations.py``: the same questions to the same net."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from unittest import mock

import numpy as np
import torch
from captum.attr import (
    Deconvolution,
    GuidedBackprop,
    GuidedGradCam,
    IntegratedGradients,
    LayerAttribution,
    LayerGradCam,
    NoiseTunnel,
    Occlusion,
    Saliency,
)

from .explanations import SIGMA, STEPS


def explanation(net, model, picture, target: int, batch: int, method: str, window=None) -> Callable[[], Sequence]:
    """A function that has Captum explain `net`, the twin of our `model`."""
    x = torch.tensor(picture[None])
    if window:
        return lambda: [occlusion(net, x, target, batch, *window)]
    if method == "three rules":
        ways = Saliency(net), Deconvolution(net), GuidedBackprop(net)
        return lambda: [way.attribute(x, target).abs().amax(1)[0] for way in ways]
    layer = net.get_submodule(model.last_conv_stage)
    spread = SIGMA * float(np.ptp(picture))
    methods: dict[str, Callable] = {
        "saliency": lambda: Saliency(net).attribute(x, target).amax(1),
        "deconvnet": lambda: Deconvolution(net).attribute(x, target),
        "guided backpropagation": lambda: GuidedBackprop(net).attribute(x, target),
        "Grad-CAM": lambda: gradcam(net, layer, x, target),
        "Guided Grad-CAM": lambda: GuidedGradCam(net, layer).attribute(x, target, interpolate_mode="bilinear"),
        "Integrated Gradients": lambda: IntegratedGradients(net).attribute(
            x, target=target, n_steps=STEPS, internal_batch_size=batch),
        "SmoothGrad": lambda: NoiseTunnel(Saliency(net)).attribute(
            x, nt_samples=STEPS, nt_samples_batch_size=min(batch, STEPS), stdevs=spread, target=target, abs=False),
    }
    return lambda: [methods[method]()[0]]


def gradcam(net, layer, x, target: int):
    cam = LayerGradCam(net, layer).attribute(x, target, relu_attributions=True)
    return LayerAttribution.interpolate(cam, tuple(x.shape[2:]), "bilinear")[:, 0]


def occlusion(net, x, target: int, batch: int, patch: int, stride: int):
    return Occlusion(net).attribute(x, (3, patch, patch), (3, stride, stride), target=target,
                                    perturbations_per_eval=batch)[0, 0]


def with_our_noise(smoothgrad: Callable, picture, batch: int) -> Callable:
    """The same call, which draws the noise that our SmoothGrad draws: only then can results be compared."""
    noise = np.random.default_rng(0).standard_normal((STEPS, *picture.shape), picture.dtype) * SIGMA * np.ptp(picture)
    parts = [torch.tensor(noise[i : i + batch].astype(picture.dtype)) for i in range(0, STEPS, batch)]

    def call():
        with mock.patch.object(torch, "normal", side_effect=parts):
            return smoothgrad()

    return call
