"""The other sanity check: a net that has learned its lesson well, but the lesson was false.

Give every training picture the label of another one, and a net can still learn them by heart; yet nothing that it
knows tells anything about pictures.  A map that shows what the net knows must differ from that of a net that learned
the true labels (Adebayo et al. 2018: the "data randomization test").

Both nets see the same few pictures, often enough to know them all.  Few, as a small net has room for few only.

Kind of evaluation: *targeted*, at the data that a net learned from.
Read next: ``explain/evaluation/localisation.py``, where the truth about the picture is known.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

import nets
from nets.recipes import SCENES_RECIPE, trained

from .bootstrap import interval
from .cascade import LIKENESSES, likenesses
from .methods import Method

PICTURES = 256
RECIPE = replace(SCENES_RECIPE, epochs=100)


def permuted_nets(seed: int = 0, folder="lecture/checkpoints", retrain: bool = False, progress: bool = True) -> dict:
    """Two nets that learned the same scenes of one object: with their labels, and with the labels shuffled.

    Arguments are those of `nets.scenes_net`.

    Returns
    -------
    dict from ``"true"`` and ``"permuted"`` to (model, share of its training pictures that it knows)
    """
    drawn = nets.scenes(PICTURES, seed=seed, objects=1)
    shuffled = np.random.default_rng(seed).permutation(drawn.labels)
    recipe, made = replace(RECIPE, seed=seed), {}
    for name, labels in (("true", drawn.labels), ("permuted", shuffled)):
        samples = drawn.images, labels
        model, history = trained(len(nets.CLASSES), 3, samples, recipe, samples, f"{name}-labels", folder, retrain,
                                 progress)
        made[name] = model, history.accuracies[-1]
    return made


def label_likeness(models, images, methods: Sequence[Method], target) -> dict[str, dict[str, tuple]]:
    """How alike the maps of two nets are, for the same class of the same pictures.

    Parameters
    ----------
    models : pair of Modules
    images : ndarray (N, C, H, W)
    methods : sequence of `Method`
    target : int or N ints

    Returns
    -------
    dict from method to dict from likeness (as in ``cascade.py``) to (mean, low, high) over the pictures
    """
    found = {}
    for method in methods:
        one, other = (method.raw(model, images, target) for model in models)
        triples = np.stack(interval(likenesses(one, other, method)), axis=1)
        found[method.name] = {name: tuple(triple) for name, triple in zip(LIKENESSES, triples.tolist())}
    return found
