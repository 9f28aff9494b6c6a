"""What is asked: a map by one of several methods, of a scene that nobody has seen, net or person.

The experiment is small, but an experiment.  Every scene is shown once, so nobody knows a picture from a map before.
Methods come in random order, equally often, and unnamed, so nobody guesses by what is thought of them.  Among them are
maps that never saw the net, so that it shows what people read from the picture and not from the net.  And a scene has
two objects: an edge detector shows both, but not which of them the net means, so who goes by it is right half the time.

Read next: ``explain/quiz/page.py``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

import nets
from minigrad import functional as F

from .. import plot
from ..evaluation.figures import tile
from ..evaluation.methods import Method

QUIZ_SEED = 3_000_000  # seeds from here on make the quiz's scenes, which nothing else shows
OBJECTS = 2  # in a scene
ENLARGED = 4
OUTLINE = 2 * [(0.0, 0.0, 0.0)] + 3 * [(1.0, 1.0, 1.0)] + [(0.0, 0.0, 0.0)]  # from the object outwards, pixel by pixel


@dataclass(frozen=True, eq=False)
class Question:
    """One map, and what there is to know about it.

    Attributes
    ----------
    method : str
        Whose map it is.
    heat : ndarray (H, W, 3)
        The map's positive part as brightness, in [0, 1].
    picture : ndarray (4 H, 4 W, 3)
        What it is a map of, with the object outlined that the net names, if there is one.
    said : int
        The class that the net predicts: the right answer.
    p : float
        The net's probability of it.
    there : tuple of int
        The classes of the objects in the picture.
    """

    method: str
    heat: np.ndarray
    picture: np.ndarray
    said: int
    p: float
    there: tuple[int, ...]


def questions(model, methods: Sequence[Method], n: int, seed: int = 0) -> list[Question]:
    """`n` questions about each method, in random order.

    Parameters
    ----------
    model : Module
        That knows the classes of `nets.scenes`.
    methods : sequence of `Method`
    n : int
        For each method, at least 1.
    seed : int
        Of the scenes and of the order, at least 0.

    Returns
    -------
    list of `Question`, the same for the same arguments

    Examples
    --------
    >>> from explain.evaluation.methods import chosen
    >>> (asked,) = questions(nets.SmallCNN(), chosen("edges"), n=1)
    >>> asked.method, asked.heat.shape, len(asked.there)
    ('edges', (64, 64, 3), 2)
    """
    if n < 1:
        raise ValueError(f"quiz: n is the number of questions for each method, at least 1, not {n}")
    drawn = nets.scenes(n * len(methods), QUIZ_SEED + seed, OBJECTS)
    order = np.random.default_rng(seed).permutation(np.repeat(np.arange(len(methods)), n))
    p = F.softmax(nets.predict(model, drawn.images)).numpy()
    said = p.argmax(axis=1)
    heat = np.empty((len(order), *drawn.images.shape[2:]))
    for m, method in enumerate(methods):
        heat[order == m] = method(model, drawn.images[order == m], said[order == m])
    return [Question(methods[m].name, tile(np.maximum(heat[i], 0)), shown(drawn, i, said[i]), int(said[i]),
                     float(p[i, said[i]]), tuple(drawn.classes[i].tolist())) for i, m in enumerate(order)]


def shown(drawn: nets.Scenes, i: int, said: int) -> np.ndarray:
    """The picture, enlarged, with the object of the class that the net names outlined, in black and white.

    Two colours, as any one of them might be the object's own or that of what is behind it.
    """
    rgb = larger(plot.picture(drawn.images[i]))
    for mask in drawn.masks[i, drawn.classes[i] == said]:
        mask = larger(mask)
        for colour in OUTLINE:
            rgb, mask = plot.outlined(rgb, mask, colour), ndimage.binary_dilation(mask)
    return rgb


def larger(array: np.ndarray) -> np.ndarray:
    """Every pixel (H, W, ...) as a square of `ENLARGED` by `ENLARGED`."""
    return array.repeat(ENLARGED, axis=0).repeat(ENLARGED, axis=1)
