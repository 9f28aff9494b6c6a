"""Captions from a small grammar, which word means which objects, and what is right about a caption that a net wrote.

    caption  =  phrase relation phrase "."
    phrase   =  ("a" | "two" | "three") ["small"] ["striped"] colour noun
    relation =  "left of" | "right of" | "above" | "below"

as in "two small red rings left of a striped blue star".  Which group comes first is a coin's choice, so a scene has two
right captions, and a net is asked for either.

Read next: ``questions.py``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from .groups import GroupScenes
from .words import (
    COLOUR_WORDS,
    PLURALS,
    RELATIONS,
    SHAPE_WORDS,
    decoded,
    encoded,
)

LONGEST = 13  # words of a caption, with its full stop
ARTICLES = ("a", "two", "three")
PHRASE = rf"({'|'.join(ARTICLES)})( small)?( striped)? ({'|'.join(COLOUR_WORDS)}) ({'|'.join(PLURALS + SHAPE_WORDS)})"
CAPTION = re.compile(rf"{PHRASE} ({'|'.join(RELATIONS)}) {PHRASE}")
SLOTS = ("object", "colour", "size", "pattern", "count", "relation")


@dataclass(frozen=True, eq=False)
class Captions:
    """A caption for each scene.

    Attributes
    ----------
    words : int64 array (N, LONGEST)
        As in ``words.py``: the caption, its full stop, padding.
    refers : bool array (N, LONGEST, G)
        Which groups each word refers to: its phrase's, and a relation's words both.
    """

    words: np.ndarray
    refers: np.ndarray

    def texts(self) -> list[str]:
        return [decoded(row) for row in self.words]


def captions(scenes: GroupScenes, seed: int = 0) -> Captions:
    """Describe scenes of two groups.

    Examples
    --------
    >>> from nets.language import group_scenes
    >>> captions(group_scenes(3, seed=1)).texts()[0]
    'three small white triangles above two small white hearts'
    """
    if scenes.shape.shape[1] != 2:
        raise ValueError(f"captions: a caption speaks of two groups, and these scenes have {scenes.shape.shape[1]}")
    firsts = np.random.default_rng(seed).integers(2, size=len(scenes))
    sentences, refers = [], np.zeros((len(scenes), LONGEST, 2), bool)
    for i, first in enumerate(firsts.tolist()):
        a, relation, b = spoken(scenes, i, first)
        sentences.append([*a, *relation, *b, "."])
        refers[i, : len(a) + len(relation), first] = True
        refers[i, len(a) : len(a) + len(relation) + len(b), 1 - first] = True
    return Captions(encoded(sentences, LONGEST), refers)


def spoken(scenes: GroupScenes, i: int, first: int) -> tuple[list[str], list[str], list[str]]:
    """The words of scene `i` from group number `first` to the other: phrase, relation, phrase."""
    relation = RELATIONS[scenes.relation(i, first, 1 - first)].split()
    return phrase(scenes, i, first), relation, phrase(scenes, i, 1 - first)


def phrase(scenes: GroupScenes, i: int, g: int) -> list[str]:
    """Group `g` of scene `i` in words.  What is large, or plain, goes without saying."""
    shape, size, pattern, count = (int(a[i, g]) for a in (scenes.shape, scenes.size, scenes.pattern, scenes.count))
    noun = PLURALS[shape] if count else SHAPE_WORDS[shape]
    return [ARTICLES[count], *(["small"] if size == 0 else []), *(["striped"] if pattern == 1 else []),
            COLOUR_WORDS[scenes.colour[i, g]], noun]


def slots(words: np.ndarray, scenes: GroupScenes) -> dict[str, np.ndarray]:
    """What is right about captions, slot by slot.

    A caption's phrases are matched with the scene's groups in the order in which more of it is right.  A slot is right
    if it is for both groups; what does not follow the grammar has no slot right.

    Parameters
    ----------
    words : int array (N, T)
    scenes : GroupScenes

    Returns
    -------
    dict from each of :data:`SLOTS`, and ``"grammar"``, to bools (N,)

    Examples
    --------
    >>> from nets.language import group_scenes
    >>> scenes = group_scenes(20, seed=1)
    >>> all(right.all() for right in slots(captions(scenes).words, scenes).values())
    True
    """
    rows = []
    for i, row in enumerate(words):
        said = parsed(decoded(row))
        truths = [parsed(" ".join(sum(spoken(scenes, i, first), []))) for first in (0, 1)]
        rows.append((said is not None, *max((agreement(said, truth) for truth in truths), key=sum)))
    return dict(zip(("grammar", *SLOTS), np.array(rows, bool).T))


def parsed(text: str) -> tuple[dict, dict, str] | None:
    """Both phrases and the relation of a caption, or None if it follows no grammar."""
    found = CAPTION.fullmatch(text)
    if found is None:
        return None
    parts = found.groups()
    return described(parts[:5]), described(parts[6:]), parts[5]


def described(parts) -> dict[str, object]:
    """The slots of a phrase from what the grammar found in it."""
    count, small, striped, colour, noun = parts
    shape = PLURALS.index(noun) if noun in PLURALS else SHAPE_WORDS.index(noun)
    return {"object": shape, "colour": colour, "size": small, "pattern": striped, "count": count}


def agreement(said, truth) -> tuple[bool, ...]:
    """Whether each slot of a parsed caption is as in a true one."""
    if said is None:
        return (False,) * len(SLOTS)
    return (*(all(said[k][slot] == truth[k][slot] for k in (0, 1)) for slot in SLOTS[:-1]), said[2] == truth[2])

