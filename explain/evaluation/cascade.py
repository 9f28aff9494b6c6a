"""The sanity check: how much of a map is left when the net forgets what it learned?  (Adebayo et al. 2018)

Make the net's layers random, from the top down, and explain the same class after each.  A map that shows what the net
knows must fall apart at once.  One that stays as it was shows the picture, and would show it for any net.  Three
likenesses to the first map are measured, as in the paper's figures:

    Spearman, absolute   rank correlation of the sizes |map|: is the heat in the same places?
    Spearman, signed     rank correlation of the map itself: has it the same signs?
    SSIM                 structural similarity of |map|, drawn as one number for each pixel: does it look the same?

What to expect of a net like `nets.SmallCNN`: the signs of the plain gradient are gone with the classifier; a guided map
keeps more than half of its signed correlation until only the first layer is left, whose filters do the drawing.  The
*sizes* of the plain gradient keep more of theirs than one might think, since pooling lets it through at the same pixels
as before, whatever the layers above say.  What is left when even the first layer is random depends on its width: with
16 filters, as here, next to nothing, under any rule; with hundreds, as in the paper's nets, the guided maps of any two
random nets are alike, since so many random filters together see every edge (Nie et al. 2018 show that with many
filters the guided rule gives back the picture).

Kind of evaluation: *targeted*: it asks whether a method depends on a given net's weights, whatever these are good for.
Read next: ``explain/evaluation/permuted.py``, where the net has learned, but nothing that is true.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from tqdm import tqdm

from ..forward import Forward
from .methods import Method
from .randomisation import forgetting
from .similarity import spearman, ssim

LIKENESSES = ("Spearman, absolute", "Spearman, signed", "SSIM")


@dataclass(frozen=True, eq=False)
class Cascade:
    """How alike maps stay.

    Attributes
    ----------
    layers : tuple of str
        From the top down; the first is "none", before anything was forgotten.
    methods : tuple of str
    values : ndarray (pictures, methods, layers, likenesses)
        NaN where a map is constant, and so like nothing.
    maps : ndarray (methods, layers, H, W)
        Of the first picture, to be drawn.
    """

    layers: tuple[str, ...]
    methods: tuple[str, ...]
    values: np.ndarray
    maps: np.ndarray

    def means(self) -> np.ndarray:
        """Over the pictures, (methods, layers, likenesses), leaving out the NaNs; NaN where there is nothing else."""
        there = ~np.isnan(self.values)
        total, number = np.where(there, self.values, 0).sum(axis=0), there.sum(axis=0)
        return np.divide(total, number, out=np.full(total.shape, np.nan), where=number > 0)


def cascade(model, images, methods: Sequence[Method], direction: str = "cascading", seed: int = 0,
            progress: bool = False) -> Cascade:
    """Explain pictures by a net that forgets layer by layer, and compare with the maps of the net as it was.

    Parameters
    ----------
    model : Module
    images : ndarray (N, C, H, W)
        The class that is explained is the one that the whole net predicts, all the way down.
    methods : sequence of `Method`
    direction : {"cascading", "independent"}
    seed : int
        Of the random weights.
    progress : bool
        Show a progress bar.

    Examples
    --------
    >>> import nets
    >>> from explain.evaluation.methods import chosen
    >>> pictures = np.random.default_rng(0).uniform(-1, 1, (1, 3, 32, 32))
    >>> cascade(nets.SmallCNN(), pictures, chosen(["gradient"])).values.shape
    (1, 1, 6, 3)
    """
    target = Forward(model, images).target
    forgetful = {"none": model, **forgetting(model, direction, seed)}
    values = np.empty((len(images), len(methods), len(forgetful), len(LIKENESSES)))
    drawn = np.empty((len(methods), len(forgetful), *np.shape(images)[2:]))
    with tqdm(total=values[0, ..., 0].size, desc=direction, unit="map", disable=not progress) as bar:
        for m, method in enumerate(methods):
            first = method.raw(model, images, target)
            for k, net in enumerate(forgetful.values()):
                raw = method.raw(net, images, target)
                values[:, m, k] = likenesses(first, raw, method)
                drawn[m, k] = method.reduce(raw)[0]
                bar.update()
    return Cascade(tuple(forgetful), tuple(method.name for method in methods), values, drawn)


def likenesses(first: np.ndarray, raw: np.ndarray, method: Method) -> np.ndarray:
    """How alike two sets of raw maps (N, ...) of a method are, (N, 3)."""
    alike = ssim(brightness(method.reduce(first)), brightness(method.reduce(raw)))
    return np.stack([spearman(np.abs(first), np.abs(raw)), spearman(first, raw), alike], axis=1)


def brightness(maps: np.ndarray) -> np.ndarray:
    """Sizes (N, H, W) in [0, 1], each map's largest at 1, as they would be drawn; zeros stay zeros."""
    sizes = np.abs(maps).astype(float)
    largest = sizes.max(axis=(1, 2), keepdims=True)
    return np.divide(sizes, largest, out=np.zeros_like(sizes), where=largest > 0)
