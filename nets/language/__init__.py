"""Pictures with words: scenes, captions and questions about them, and the nets that write and answer.

``words`` and ``groups`` (vocabulary and pictures); ``captions`` and ``questions`` (what is said about them).
"""

from .captions import SLOTS, Captions, captions, slots
from .groups import GroupScenes, group_scenes
from .questions import ANSWERS, CHANCE, KINDS, Questions, questions
from .words import WORDS, decoded, encoded

__all__ = [
    "ANSWERS",
    "CHANCE",
    "Captions",
    "GroupScenes",
    "KINDS",
    "Questions",
    "SLOTS",
    "WORDS",
    "captions",
    "decoded",
    "encoded",
    "group_scenes",
    "questions",
    "slots",
]
