"""One photo, one net, one forward pass; and then as many questions as you like.

The forward pass leaves a tape.  Saliency, the deconvnet, guided backpropagation, Grad-CAM and its relatives are each a
sweep over it, under one rule or another, for one class or another, and two of them are not even that:

    Guided Grad-CAM  =  guided gradient * Grad-CAM        both are there already
    counterfactual   =  ReLU(-sum of alpha_k A_k)         the same sum as Grad-CAM's, with the other sign

Only occlusion has to run the net again, once for each place that is covered; but what the net then says, it says of
all classes at once.

Read next: ``explain/photo/panels.py``, which draws the answers.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np
from PIL import Image
from tqdm import tqdm

from minigrad import functional as F
from nets.training import predict

from ..contrastive import loss_of_foil
from ..forward import scores_of
from ..gradcam import class_activation_map, enlarged, forward_to_layer, layer_name
from ..occlusion import cover, positions
from ..saliency import largest
from .net import Net

OCCLUDED = 4  # covered pictures that the net sees at a time: more would not be faster, and take memory


class Asked:
    """A net's answer to a photo, and its reasons.

    Parameters
    ----------
    net : Net
    photo : PIL image
    layer : str, optional
        Whose maps Grad-CAM takes; None is the net's last convolutional stage.
    progress : bool
        Show a progress bar for what takes long.

    Attributes
    ----------
    image : ndarray (3, H, W)
        What the net took.
    seen : ndarray (3, H, W) in [-1, 1]
        The same, to be drawn.
    p : ndarray (K,)
        Probability of each class.
    order : list of int
        The classes, most probable first.

    Raises
    ------
    ValueError
        If the layer has no maps, or the net another number of classes than there are names.
    """

    def __init__(self, net: Net, photo: Image.Image, layer: str | None = None, progress: bool = False):
        self.progress = progress
        self.net, self.layer = net, layer or layer_name(net.model)
        self.image = net.prepare(photo)
        self.seen = net.seen(self.image)
        self.run, self.maps = forward_to_layer(net.model, self.image, None, self.layer)
        self.p = F.softmax(self.run.output.array, axis=1).array[0]
        if len(net.names) != len(self.p) or len(self.p) < 2:
            raise ValueError(f"{net.name} tells {len(self.p)} classes apart, and there are {len(net.names)} names for "
                             "them; it takes two classes or more, and a name for each")
        self.order = np.argsort(-self.p, kind="stable").tolist()
        self.known: dict[tuple, np.ndarray] = {}

    def gradient(self, target: int, rule: str) -> np.ndarray:
        """As `explain.gradient`: (3, H, W)."""
        if (rule, target) not in self.known:
            self.run.scores = scores_of(self.run.output, target)
            self.known[rule, target] = self.run.gradient(self.run.x, rule)[0]
        return self.known[rule, target]

    def saliency(self, target: int, rule: str) -> np.ndarray:
        """As `explain.saliency`: (H, W)."""
        return largest(self.gradient(target, rule))

    def evidence(self, target: int) -> np.ndarray:
        """Grad-CAM before its last ReLU, on the layer's own grid (h, w): what speaks for a class and what against."""
        if ("evidence", target) not in self.known:
            self.known["evidence", target] = self.weighed(scores_of(self.run.output, target))
        return self.known["evidence", target]

    def guided_gradcam(self, target: int) -> np.ndarray:
        """As `explain.guided_gradcam`: (3, H, W)."""
        where = enlarged(np.maximum(self.evidence(target), 0)[None], self.image.shape[1:])
        return self.gradient(target, "guided") * where

    def contrast(self, foil: int) -> np.ndarray:
        """What speaks for the answer rather than for `foil`, and what the other way round: (h, w)."""
        return self.weighed(loss_of_foil(self.run.output, foil))

    def weighed(self, scores) -> np.ndarray:
        """The maps of the layer, weighed by the mean gradient of `scores`, and added up."""
        self.run.scores = scores
        return class_activation_map(self.run, self.maps, relu=False, upsample=False)[0]

    def occlusion(self, target: int) -> np.ndarray:
        """As `explain.occlusion` with `window` and `fill`: how far the probability falls (rows, cols)."""
        return self.p[target] - self.covered[..., target]

    @cached_property
    def window(self) -> tuple[int, int]:
        """Patch and stride of occlusion in pixels: a fifth of the picture, in steps of a third of that."""
        patch = max(self.image.shape[-1] // 5, 2)
        return patch, max(patch // 3, 1)

    @cached_property
    def fill(self) -> np.ndarray:
        """What covers a patch, (3, 1, 1): the picture's own mean, as any other colour would be one more square."""
        return self.image.mean(axis=(1, 2), keepdims=True)

    def places(self) -> tuple[list[slice], list[slice]]:
        """Rows and columns that are covered, one slice for each position of the patch."""
        patch, stride = self.window
        return positions(self.image.shape[1:], (patch, patch), (stride, stride))

    @cached_property
    def covered(self) -> np.ndarray:
        """Probabilities (rows, cols, K) with the patch at each position: the net is run once for each."""
        rows, columns = self.places()
        found = []
        for row in tqdm(rows, desc=f"occlusion by {self.net.name}", unit="row", leave=False, disable=not self.progress):
            images = np.stack([cover(self.image, row, column, self.fill) for column in columns])
            found.append(F.softmax(predict(self.net.model, images, OCCLUDED), axis=1).array)
        return np.stack(found)

    def answer(self, count: int = 5) -> list[tuple[int, str, float]]:
        """The most probable classes: number, name, probability."""
        return [(number, self.net.names[number], float(self.p[number])) for number in self.order[:count]]

    def foil(self, wanted: int) -> int:
        """`wanted`, or the second choice where the net says just that."""
        return wanted if wanted != self.order[0] else self.order[1]
