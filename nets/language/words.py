"""The words that scenes are described with, and sentences as rows of numbers.

A net reads and writes whole numbers: a word is its place in :data:`WORDS`.  Sentences of one batch are rows of one
array, so the shorter ones are padded with :data:`PAD`, and every caption ends in :data:`END`.

Read next: ``groups.py``, the pictures.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from ..shapes import SHAPES, ring

FORMS = {"ring": ring, **{name: SHAPES[name] for name in ("star", "square", "cross", "heart", "triangle")}}
SHAPE_WORDS = tuple(FORMS)
PLURALS = tuple({"cross": "crosses"}.get(name, name + "s") for name in FORMS)
COLOURS = {"red": (0.95, 0.12, 0.1), "green": (0.1, 0.75, 0.15), "blue": (0.2, 0.35, 1.0), "yellow": (1.0, 0.9, 0.1),
           "white": (1.0, 1.0, 1.0)}
COLOUR_WORDS = tuple(COLOURS)
SIZE_WORDS = ("small", "large")
PATTERN_WORDS = ("plain", "striped")
COUNT_WORDS = ("one", "two", "three")
RELATIONS = ("left of", "right of", "above", "below")

PAD, END = 0, 1
WORDS = ("", ".", "a", "two", "three", "small", "large", "plain", "striped", *COLOUR_WORDS, *SHAPE_WORDS, *PLURALS,
         "left", "right", "of", "above", "below", "is", "are", "there", "how", "many", "what", "colour", "the", "or")
NUMBER_OF = {word: number for number, word in enumerate(WORDS)}


def encoded(sentences: Iterable[Sequence[str]], longest: int) -> np.ndarray:
    """Lists of words as rows of numbers, padded to `longest`; int64 (N, longest).

    Raises
    ------
    ValueError
        For a word that is not in :data:`WORDS`, or a sentence that is too long.

    Examples
    --------
    >>> encoded([["a", "ring"], ["two"]], longest=3).tolist()
    [[2, 14, 0], [3, 0, 0]]
    """
    rows = []
    for sentence in sentences:
        unknown = [word for word in sentence if word not in NUMBER_OF]
        if unknown:
            raise ValueError(f"the word {unknown[0]!r} is not known here; the words are {', '.join(WORDS[1:])}")
        if len(sentence) > longest:
            raise ValueError(f"{' '.join(sentence)!r} has {len(sentence)} words, and there is room for {longest}")
        rows.append([NUMBER_OF[word] for word in sentence] + [PAD] * (longest - len(sentence)))
    return np.array(rows, np.int64).reshape(-1, longest)


def decoded(row: np.ndarray) -> str:
    """A row of numbers as text, up to its end.

    Examples
    --------
    >>> decoded([2, 14, 1, 0])
    'a ring'
    """
    words = []
    for number in row:
        if number in (PAD, END):
            break
        words.append(WORDS[int(number)])
    return " ".join(words)
