"""Questions about scenes of three groups, their answers, and the objects that an answer rests on.

    existence  is there a striped ring             yes, no
    count      how many rings are there            one, two, three
    colour     what colour are the rings           the five colours
    size       is the ring small or large          small, large
    relation   what is left of the ring            the six nouns

Every kind is balanced: whatever the words of a question, all its answers are equally probable.  So somebody who reads
the questions well and never looks at a picture does not get beyond chance (:data:`CHANCE`), and a net that does has
looked.  In a question about a relation, another group stands on another side, so "the other one" is no answer.

Read next: ``pairs.py``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .groups import GroupScenes
from .words import (
    COLOUR_WORDS,
    COUNT_WORDS,
    PATTERN_WORDS,
    PLURALS,
    RELATIONS,
    SHAPE_WORDS,
    SIZE_WORDS,
    decoded,
    encoded,
)

LONGEST_QUESTION = 6
KINDS = ("existence", "count", "colour", "size", "relation")
ANSWERS = ("yes", "no", *COUNT_WORDS, *COLOUR_WORDS, *SIZE_WORDS, *SHAPE_WORDS)
CHANCE = dict(zip(KINDS, (1 / 2, 1 / 3, 1 / 5, 1 / 2, 1 / 5)))  # what is asked about is no answer to a relation


@dataclass(frozen=True, eq=False)
class Questions:
    """A question of each kind about each scene, in the order of :data:`KINDS` (``K`` of them).

    Attributes
    ----------
    words : int64 array (N, K, LONGEST_QUESTION)
    answers : int64 array (N, K)
        Places in :data:`ANSWERS`.
    refers : bool array (N, K, G)
        The group that the answer rests on: what is asked for or, for a relation, what the answer names.  None for "no".
    subjects : bool array (N, K, G)
        The group that the question's noun names, where the scene has one.
    """

    words: np.ndarray
    answers: np.ndarray
    refers: np.ndarray
    subjects: np.ndarray

    def text(self, i: int, kind: int) -> str:
        return decoded(self.words[i, kind]) + "?"


def questions(scenes: GroupScenes, seed: int = 0) -> Questions:
    """Ask each scene a question of every kind.

    Examples
    --------
    >>> from nets.language import group_scenes
    >>> asked = questions(group_scenes(3, seed=1, groups=3))
    >>> [(asked.text(0, kind), ANSWERS[asked.answers[0, kind]]) for kind in range(5)]
    [('is there a striped triangle?', 'yes'), ('how many hearts are there?', 'two'),
     ('what colour are the hearts?', 'white'), ('are the hearts small or large?', 'small'),
     ('what is left of the triangle?', 'heart')]
    """
    n, groups = scenes.shape.shape
    if groups != 3:
        raise ValueError(f"questions: a scene must have three groups, and these have {groups}")
    rng = np.random.default_rng(seed)
    asked = [ask(scenes, i, rng) for i in range(n) for ask in (existence, count, colour, size, relation)]
    words, answers, evidence, subject = zip(*asked)
    one_hot = np.vstack([np.eye(groups, dtype=bool), np.zeros(groups, bool)])  # -1 is no group
    shape = (n, len(KINDS), -1)
    return Questions(encoded([text.split() for text in words], LONGEST_QUESTION).reshape(shape),
                     np.array([ANSWERS.index(answer) for answer in answers]).reshape(shape[:2]),
                     one_hot[list(evidence)].reshape(shape), one_hot[list(subject)].reshape(shape))


Asked = tuple[str, str, int, int]  # question, answer, the group that it rests on, the group that its noun names


def existence(scenes: GroupScenes, i: int, rng) -> Asked:
    """A coin decides whether there is one; if not, another coin whether it would be alike, or of a form not there."""
    kinds = ((scenes.colour, COLOUR_WORDS), (scenes.size, SIZE_WORDS), (scenes.pattern, PATTERN_WORDS))
    attribute, words = kinds[rng.integers(len(kinds))]
    g, yes, alike = int(rng.integers(3)), bool(rng.integers(2)), bool(rng.integers(2))
    shape, value = int(scenes.shape[i, g]), int(attribute[i, g])
    if not yes and alike:
        value = (value + int(rng.integers(1, len(words)))) % len(words)
    elif not yes:
        shape = int(rng.choice(np.setdiff1d(np.arange(len(SHAPE_WORDS)), scenes.shape[i])))
        g = -1
    return f"is there a {words[value]} {SHAPE_WORDS[shape]}", "yes" if yes else "no", g if yes else -1, g


def count(scenes: GroupScenes, i: int, rng) -> Asked:
    """Of the first group, whose number was drawn freely."""
    return f"how many {PLURALS[scenes.shape[i, 0]]} are there", COUNT_WORDS[scenes.count[i, 0]], 0, 0


def colour(scenes: GroupScenes, i: int, rng) -> Asked:
    g = int(rng.integers(3))
    return f"what colour {verb(scenes, i, g)} {noun(scenes, i, g)}", COLOUR_WORDS[scenes.colour[i, g]], g, g


def size(scenes: GroupScenes, i: int, rng) -> Asked:
    """Of the first group: that others are many says that they are small, and "the rings" would give it away."""
    return f"{verb(scenes, i, 0)} {noun(scenes, i, 0)} small or large", SIZE_WORDS[scenes.size[i, 0]], 0, 0


def relation(scenes: GroupScenes, i: int, rng) -> Asked:
    """What is on one side of a group that has the others on two different sides.

    There always is such a group: had two of three groups both others on one side, these would be on opposite sides of
    the third.
    """
    seen = {g: [(scenes.relation(i, other, g), other) for other in range(3) if other != g] for g in range(3)}
    g = int(rng.choice([g for g, ((one, _), (two, _)) in seen.items() if one != two]))
    where, other = seen[g][rng.integers(2)]
    return f"what is {RELATIONS[where]} {noun(scenes, i, g)}", SHAPE_WORDS[scenes.shape[i, other]], other, g


def noun(scenes: GroupScenes, i: int, g: int) -> str:
    """``the ring``, or ``the rings``."""
    return "the " + (PLURALS if scenes.count[i, g] else SHAPE_WORDS)[scenes.shape[i, g]]


def verb(scenes: GroupScenes, i: int, g: int) -> str:
    return "are" if scenes.count[i, g] else "is"
