"""Does a map show what the word means?  The pointing game for captions and answers.

A noun of a caption refers to a group of objects, and an answer rests on one; scenes with language know which.  So the
pointing game of ``localisation.py`` can be played word by word: is the brightest pixel of the word's map on the objects
that it means?  A peak at random would hit as often as the objects' share of the picture; that is the baseline.

Only words and answers that are right are counted: where a net is wrong, so is what its word refers to.

What about evidence that is not there?  "No" can be asked why it is not "yes" (`missing_evidence`).  And of the same
scene there is a picture with the evidence (``nets/language/pairs.py``): what speaks against "no" can be nowhere in the
one, and must be in the right place in the other (`counterfactual_evidence`).

Kind of evaluation: *indirect*, by the task of localisation, as there.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from nets.language import ANSWERS, KINDS, GroupScenes, Pairs, Questions, answers
from nets.language.words import PLURALS, SHAPE_WORDS, WORDS

from ..contrastive import contrastive_gradcam, counterfactual_gradcam
from ..given import Given
from ..gradcam import gradcam
from ..language import answer_score, word_gradcam
from .localisation import near, peak_inside


class Pointing(NamedTuple):
    """How many maps were looked at, the share whose peak is on the objects meant, and that of random peaks."""

    n: int
    hits: float
    chance: float


def pointing(maps: np.ndarray, masks: np.ndarray, margin: float = 0.0) -> Pointing:
    """The pointing game of some maps (N, H, W), with its baseline; a peak less than `margin` pixels away is a hit, too.

    Examples
    --------
    >>> maps, masks = np.array([[[0.0, 2.0]], [[3.0, 1.0]]]), np.array([[[False, True]], [[False, True]]])
    >>> pointing(maps, masks)
    Pointing(n=2, hits=0.5, chance=0.5)
    """
    return Pointing(len(maps), float(peak_inside(maps, masks, margin).mean()), float(near(masks, margin).mean()))


def nouns_meant(words: np.ndarray, scenes: GroupScenes) -> list[tuple[int, int, int]]:
    """``(i, t, g)`` for each word t of caption i that is the noun of group g of its scene.

    Examples
    --------
    >>> from nets import language
    >>> scenes = language.group_scenes(50, seed=1)
    >>> len(nouns_meant(language.captions(scenes).words, scenes))  # two in each
    100
    """
    shape_of = {WORDS.index(name): shape for names in (SHAPE_WORDS, PLURALS) for shape, name in enumerate(names)}
    return [(i, t, g) for i, t in np.ndindex(words.shape) if int(words[i, t]) in shape_of
            for g in np.flatnonzero(scenes.shape[i] == shape_of[int(words[i, t])]).tolist()]


def signed_maps(model, images: np.ndarray, words: np.ndarray) -> np.ndarray:
    """`word_gradcam` without its ReLU: where all evidence is negative, the least negative still has a peak."""
    return word_gradcam(model, images, words, relu=False)


def pointing_of_nouns(model, scenes: GroupScenes, words: np.ndarray, method=signed_maps,
                      batch_size: int = 50, margin: float = 0.0) -> Pointing:
    """The pointing game for the nouns of captions (N, T); nouns of what is not there don't count.

    `method` is called as ``method(model, images, words)`` and returns maps (N, T, H, W): `signed_maps`, or
    `explain.attention_maps`.  With a `margin` near misses count, as in `pointing`; without, who looks straight at
    a ring misses it: its middle is no part of it, and about as wide as a place of the maps.
    """
    maps, masks = [], []
    for start in range(0, len(words), batch_size):
        part = slice(start, start + batch_size)
        found = method(model, scenes.images[part], words[part])
        for i, t, g in nouns_meant(words[part], scenes[part]):
            maps.append(found[i, t])
            masks.append(scenes.masks[start + i, g])
    return pointing(np.array(maps), np.array(masks), margin)


def pointing_of_answers(model, scenes: GroupScenes, asked: Questions, given: np.ndarray,
                        batch_size: int = 50, margin: float = 0.0) -> dict[str, Pointing]:
    """The pointing game for right answers, by kind of question, each with the group that its answer rests on.

    Parameters
    ----------
    model : Module
        An answerer.
    scenes : GroupScenes
    asked : Questions
    given : int array (N, K)
        The net's answers, as of `nets.language.answers`.
    batch_size : int
    margin : float
        In pixels, as in `pointing`: 0 is strict, and a ring's hole is outside; with a few, near misses count.

    Returns
    -------
    dict from kind of question to Pointing; "no" rests on nothing, and is left out.
    """
    table = {}
    for k, kind in enumerate(KINDS):
        right = np.flatnonzero((given[:, k] == asked.answers[:, k]) & asked.refers[:, k].any(axis=1))
        maps = [gradcam(Given(model, asked.words[part, k]), scenes.images[part], given[part, k], relu=False)
                for part in np.split(right, range(batch_size, len(right), batch_size)) if len(part)]
        if maps:
            table[kind] = pointing(np.concatenate(maps), meant(scenes, asked.refers[:, k])[right], margin)
    return table


def meant(scenes: GroupScenes, refers: np.ndarray) -> np.ndarray:
    """The pixels (N, H, W) of all groups that are referred to (N, G)."""
    return (scenes.masks & refers[:, :, None, None]).any(axis=1)


def missing_evidence(model, scenes: GroupScenes, asked: Questions, given: np.ndarray) -> Pointing:
    """Why "no", rather than "yes"?  Where the contrastive maps of a right "no" peak, if the noun's group is not so.

    "Is there a red ring?"  No: the ring is blue.  What would have to be different for a "yes" is the ring, so that is
    where the map should be.
    """
    kind, no, yes = KINDS.index("existence"), ANSWERS.index("no"), ANSWERS.index("yes")
    items = np.flatnonzero((given[:, kind] == no) & (asked.answers[:, kind] == no)
                           & asked.subjects[:, kind].any(axis=1))
    if not len(items):
        raise ValueError('missing_evidence: no "no" is right of which the noun is in the picture; ask more questions')
    maps = contrastive_gradcam(Given(model, asked.words[items, kind]), scenes.images[items], yes, relu=False)
    return pointing(maps, meant(scenes, asked.subjects[:, kind])[items])


def counterfactual_evidence(model, pairs: Pairs, batch_size: int = 50) -> tuple[Pointing, Pointing]:
    """What if not P?  Where the counterfactual maps of an answer P peak, before and after the evidence for P is gone.

    P is the right answer to the first picture of a pair, such as "no" where the ring is blue, and wrong for the second,
    where the ring is red.  On both its map shows what speaks against P.  In the first that is nothing, least of all the
    ring; in the second it is the ring.  The score of P is its log-probability (`explain.answer_score`).

    Parameters
    ----------
    model : Module
        An answerer.
    pairs : Pairs
        Of `nets.language.pairs`; only those count of which the net answers both pictures rightly.
    batch_size : int

    Returns
    -------
    before, after : Pointing
        Whether the peak is on the group that differs.
    """
    both = (pairs.before.images, pairs.after.images)
    given = np.stack([answers(model, images, pairs.words) for images in both], axis=1)
    right = np.flatnonzero((given == pairs.answers).all(axis=1))
    if not len(right):
        raise ValueError("counterfactual_evidence: of no pair both answers are right; draw more, or train the net")
    parts = np.split(right, range(batch_size, len(right), batch_size))
    before, after = (np.concatenate([counterfactual_gradcam(Given(model, pairs.words[part]), images[part],
                                                            answer_score(pairs.answers[part, 0]), relu=False)
                                     for part in parts])
                     for images in both)
    return pointing(before, pairs.changed[right]), pointing(after, pairs.changed[right])
