"""Explanations of one picture, ours against Captum's on a PyTorch net with the same weights.

Where the definitions differ (``captum_agreement.py`` lists how), both sides are asked for the same: Captum's saliency
is reduced to the largest channel, Grad-CAM is cut off at zero and enlarged bilinearly, occlusion watches the score
before softmax and is drawn as the mean over the patches that cover a pixel.  Points on a path, noisy copies and covered
pictures go through the nets in batches of the same size on both sides; Captum's default for occlusion, one picture at a
time, would be slower.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

import explain
import minigrad as mg
import nets

from . import peers
from .case import Case, Sides

STEPS, SIGMA = 50, 0.15  # of Integrated Gradients and SmoothGrad
RULES = ("vanilla", "deconvnet", "guided")


@dataclass(frozen=True)
class Subject:
    """A net that is to explain itself.

    Attributes
    ----------
    net : str
        Its name among ``nets.ARCHITECTURES``.
    size : int
        Of the picture.
    batch : int
        So many variants of the picture pass the net at once.
    windows : (patch, stride) of occlusion
        On the large nets a patch is large too: occlusion passes the net once for every position.
    """

    label: str
    net: str
    size: int
    batch: int
    windows: tuple[tuple[int, int], ...]


SUBJECTS = [
    Subject("small CNN", "small_cnn", 64, 64, ((8, 4), (6, 2))),
    Subject("ResNet-18", "resnet18", 224, 10, ((32, 16),)),
    Subject("VGG-11", "vgg11", 224, 10, ((64, 32),)),
]

OURS: dict[str, Callable] = {  # (model, picture, class, batch) to a map
    "saliency": lambda model, x, target, batch: explain.saliency(model, x, target),
    "deconvnet": lambda model, x, target, batch: explain.gradient(model, x, target, "deconvnet"),
    "guided backpropagation": lambda model, x, target, batch: explain.gradient(model, x, target, "guided"),
    "Grad-CAM": lambda model, x, target, batch: explain.gradcam(model, x, target),
    "Guided Grad-CAM": lambda model, x, target, batch: explain.guided_gradcam(model, x, target),
    "Integrated Gradients": lambda model, x, target, batch: explain.integrated_gradients(
        model, x, target, steps=STEPS, batch_size=batch),
    "SmoothGrad": lambda model, x, target, batch: explain.smoothgrad(
        model, x, target, n=STEPS, sigma=SIGMA, batch_size=batch),
}


def cases() -> Iterator[Case]:
    for subject in SUBJECTS:
        for method in OURS:
            yield Case("explanations by gradients", f"{subject.label}: {method}", partial(sides, subject, method))
        yield Case("all three rules of one picture", f"{subject.label}: saliency under three rules",
                   partial(sides, subject, "three rules"))
        for patch, stride in subject.windows:
            yield Case("occlusion", f"{subject.label}: {patch}x{patch} / {stride}",
                       partial(sides, subject, "occlusion", (patch, stride)))


def sides(subject: Subject, method: str, window: tuple[int, int] | None = None, dtype: str = "float32") -> Sides:
    """One explanation on both sides, for the class that the net itself predicts."""
    model, picture, target = posed(subject, dtype)
    ours = our_explanation(model, picture, target, subject.batch, method, window)
    precise = None if dtype == "float64" else lambda: sides(subject, method, window, "float64")
    if not (peers.installed("torch") and peers.installed("captum")):
        return Sides(ours, peers.on_numpy(ours), precise=precise)
    from . import captum_explanations as captum
    from .twins import twin

    theirs = captum.explanation(twin(subject.net, model), model, picture, target, subject.batch, method, window)
    check = captum.with_our_noise(theirs, picture, subject.batch) if method == "SmoothGrad" else None
    return Sides(ours, quietly(theirs), check and quietly(check), precise)


def posed(subject: Subject, dtype: str):
    """A net with random weights in eval mode, a picture of noise, and the class that the net sees in it."""
    mg.manual_seed(0)
    model = nets.ARCHITECTURES[subject.net]().eval().astype(dtype)
    picture = np.random.default_rng(0).standard_normal((3, subject.size, subject.size), np.float32).astype(dtype)
    return model, picture, int(nets.predict(model, picture[None]).argmax())


def our_explanation(model, picture, target: int, batch: int, method: str, window=None) -> Callable[[], Sequence]:
    if method == "three rules":
        return lambda: list(explain.saliency_by_rule(model, picture, target, RULES).values())
    if window:
        patch, stride = window
        return lambda: [explain.occlusion_heatmap(model, picture, target, patch, stride, score="logit",
                                                  batch_size=batch)]
    return lambda: [OURS[method](model, picture, target, batch)]


def quietly(call: Callable) -> Callable:
    """The same call without warnings: Captum says of every hook that it sets and removes it."""

    def quiet():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return call()

    return quiet
