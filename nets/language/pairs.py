"""Pairs of pictures that differ in one thing only, and questions whose answers hang on it.

    kind        question                  a picture             the other one
    existence   is there a red ring       no, the ring is blue  yes: the ring has been painted red
    colour      what colour is the ring   blue                  red: the ring has been painted red

An explanation of "no" can say where the missing evidence is only if there is such a place.  So here is the very scene
in which the evidence is there, with the same light and noise: the second picture is counterfactual evidence for the
first.  The question is the same for both.

Read next: ``encoder.py``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .groups import PAINTED, GroupScenes, group_scenes
from .questions import ANSWERS, LONGEST_QUESTION, noun, verb
from .words import COLOUR_WORDS, SHAPE_WORDS, encoded

PAIR_KINDS = ("existence", "colour")


@dataclass(frozen=True, eq=False)
class Pairs:
    """N pairs of pictures, with a question about each pair.

    Attributes
    ----------
    before, after : GroupScenes
        Of three groups; one of them is painted over in the second.
    words : int64 array (N, LONGEST_QUESTION)
    answers : int64 array (N, 2)
        Before and after, places in ``ANSWERS``.
    changed : bool array (N, H, W)
        The pixels of the group that is painted over.
    """

    before: GroupScenes
    after: GroupScenes
    words: np.ndarray
    answers: np.ndarray
    changed: np.ndarray


def pairs(n: int, seed: int = 0, kind: str = "existence", size: int = 64) -> Pairs:
    """Draw `n` scenes, and each again with one group painted over: any of the three, chosen at random.

    Parameters
    ----------
    n, seed, size
        As for `group_scenes`, whose scenes of three groups the first pictures are.
    kind : {"existence", "colour"}
        Of the question.  For "existence" a colour or a pattern is asked for, and the answers are "no" and "yes".

    Examples
    --------
    >>> from nets.language import decoded
    >>> two = pairs(2, seed=1)
    >>> [(decoded(words), [ANSWERS[k] for k in both]) for words, both in zip(two.words, two.answers)]
    [('is there a plain triangle', ['no', 'yes']), ('is there a plain star', ['no', 'yes'])]
    """
    if kind not in PAIR_KINDS:
        raise ValueError(f"pairs: kind is {kind!r}; only the answers of {' and '.join(PAIR_KINDS)} change with paint")
    before = group_scenes(n, seed, 3, size=size)
    rng = np.random.default_rng(seed)
    paints = {name: getattr(before, name).copy() for name in PAINTED}
    groups, asked = rng.integers(3, size=n), []
    for i, g in enumerate(groups):
        name = "colour" if kind == "colour" else str(rng.choice(list(PAINTED)))
        old, words = int(paints[name][i, g]), PAINTED[name]
        new = paints[name][i, g] = (old + int(rng.integers(1, len(words)))) % len(words)
        asked.append(of_colour(before, i, g, old, new) if kind == "colour" else
                     (f"is there a {words[new]} {SHAPE_WORDS[before.shape[i, g]]}", "no", "yes"))
    texts, *answers = zip(*asked)
    return Pairs(before, group_scenes(n, seed, 3, size=size, repainted=paints),
                 encoded([text.split() for text in texts], LONGEST_QUESTION),
                 np.array([[ANSWERS.index(answer) for answer in row] for row in answers]).T,
                 before.masks[np.arange(n), groups])


def of_colour(scenes: GroupScenes, i: int, g: int, old: int, new: int) -> tuple[str, str, str]:
    """The question for a group's colour, and both answers."""
    return f"what colour {verb(scenes, i, g)} {noun(scenes, i, g)}", COLOUR_WORDS[old], COLOUR_WORDS[new]
