"""Pictures with words: scenes, captions and questions about them, and the nets that write and answer.

``words`` and ``groups`` (vocabulary and pictures); ``captions``, ``questions`` and ``pairs`` (what is said about them);
``encoder``, ``captioner``, ``answerer`` (the nets) and ``recipes`` (how they are trained).
"""

from .answerer import Answerer, answers
from .captioner import Captioner, write
from .captions import SLOTS, Captions, captions, slots
from .groups import GroupScenes, group_scenes
from .pairs import Pairs, pairs
from .questions import ANSWERS, CHANCE, KINDS, Questions, questions
from .recipes import answerer_net, captioner_net, held_out
from .words import WORDS, decoded, encoded

__all__ = [
    "ANSWERS",
    "Answerer",
    "CHANCE",
    "Captioner",
    "Captions",
    "GroupScenes",
    "KINDS",
    "Pairs",
    "Questions",
    "SLOTS",
    "WORDS",
    "answerer_net",
    "answers",
    "captioner_net",
    "captions",
    "decoded",
    "encoded",
    "group_scenes",
    "held_out",
    "pairs",
    "questions",
    "slots",
    "write",
]
