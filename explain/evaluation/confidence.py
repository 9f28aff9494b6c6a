"""Average drop and increase in confidence: how sure is the net of what the map leaves visible?

Chattopadhay et al. 2018 (Grad-CAM++, in their objective evaluation) multiply the picture by its map, so that bright
places stay and dark ones fade, and compare the class's probability before, Y, and after, O:

    average drop            =  mean of  max(0, Y - O) / Y      the smaller the better (they write it in per cent)
    increase in confidence  =  share of pictures with  O > Y   the larger the better

Where two objects share the probability, a map that hides the other object raises it, so these measures notice whether
a map is about *its* class.

Kind of evaluation: *indirect*, by masking.
Weakness: a map that is bright everywhere hides nothing, and its average drop is 0; even a random one leaves half of
every place visible, and can rival a map that is bright in the right place only.  Thin maps, such as gradients, lose to
both.  Read it beside a measure that punishes spreading, such as the energy in the mask.
Read next: ``explain/evaluation/infidelity.py``.
"""

from __future__ import annotations

import numpy as np

from ..forward import Target
from .scoring import in_batches, pictures_and_classes, scores_of_variants, target_of


def confidences(model, images, maps, target: Target = None, fill=0.0, batch_size: int = 64):
    """The class's probability for each picture as it is, and for what its map leaves of it.

    Formula: what is left is ``m x + (1 - m) fill``, with ``m = max(map, 0) / (largest of the map)``.

    Parameters
    ----------
    model : Module
    images : array_like (N, C, H, W) or (C, H, W)
    maps : ndarray (N, H, W) or (H, W)
        What is negative counts as 0; a map without anything positive leaves nothing.
    target : int, N ints, None (the predicted class) or callable (output -> N scores, all positive)
    fill : float, or array that broadcasts to (C, H, W)
        What a pixel fades to.
    batch_size : int

    Returns
    -------
    before, after : ndarrays (N,)
    """
    x, maps, classes = pictures_and_classes(model, images, maps, target)
    m = visible_share(maps)[:, None].astype(x.dtype)
    seen = m * x + (1 - m) * np.asarray(fill, x.dtype)
    pairs = [scores_of_variants(model, in_batches(np.stack([x[i], seen[i]]), batch_size), target_of(classes, i))
             for i in range(len(x))]
    before, after = np.array(pairs).T
    return before, after


def average_drop(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Share of its confidence that the net loses with each picture, (N,), in [0, 1]; their mean is the measure.

    Examples
    --------
    >>> average_drop(np.array([0.8, 0.5]), np.array([0.2, 0.9])).round(2)
    array([0.75, 0.  ])
    """
    lost = np.maximum(before - after, 0)
    return np.divide(lost, before, out=np.zeros_like(lost), where=before > 0)  # no confidence, none to lose


def increase_in_confidence(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Whether the net is surer of what it still sees than of the whole, bool (N,); their mean is the measure.

    Examples
    --------
    >>> increase_in_confidence(np.array([0.8, 0.5]), np.array([0.2, 0.9]))
    array([False,  True])
    """
    return after > before


def visible_share(maps: np.ndarray) -> np.ndarray:
    """The positive part of each map, with its largest number brought to 1; zeros where nothing is positive."""
    positive = np.maximum(maps, 0)
    largest = positive.max(axis=(1, 2), keepdims=True)
    return np.divide(positive, largest, out=np.zeros_like(positive, dtype=float), where=largest > 0)
