"""Answerer: a net that answers questions about a picture (VQA, Antol et al. 2015) by what it has seen in some places.

A CNN makes maps of the picture, an LSTM makes a vector of the question, and they meet three times.  First the question
says where to look: at the noun's group.  Now every place can be told in which direction it lies *from there*, which is
what "left of" is about.  Then the question goes into the maps themselves: it scales and shifts each of them (FiLM,
Perez et al. 2018).  What comes out answers the question place by place; and it says where to look *again*, since "what
is left of the ring" is answered by something else than the ring.

    q       =  last h of LSTM(words)  +  sum of the words
    noun    =  sum over words of  softmax(linear(word)) word
    a       =  softmax over places of  query(noun) . key(place)                                the first look
    where_s =  direction of s from  sum over places of a_s position_s,  and  sqrt(S) a_s
    asked   =  ReLU(conv(ReLU((1 + scale(q)) (conv(maps) + conv(where)) + shift(q))))          conv: 1 x 1
    b       =  softmax over places of  conv(asked)                                             the second look
    seen    =  (a + move(q) (b - a)) asked
    scores  =  linear(sum over places of seen)  +  linear(q)

All that an answer knows of the picture are the maps `seen`, and the scores are linear in them.  So Grad-CAM there is
exact: it is what each place has added to the score (a class activation map, Zhou et al. 2016).  Before an attention
it would not be: of the places that were not looked at it would show as much.

These looks are means that the net has; what it makes of them is left to training (`explain.attention_maps` shows it).

Legend: ``N`` pictures, ``K`` questions about each, ``L`` words of a question, ``S`` places, ``A`` answers.
Read next: ``recipes.py``.
"""

from __future__ import annotations

import numpy as np

import minigrad as mg
from minigrad import functional as F
from minigrad import nn

from ..pictures import as_floats
from ..training import evaluating
from .encoder import MAPS, PLACE, Gaze, LookedAt, coordinates, encoder, places
from .questions import ANSWERS
from .words import PAD, WORDS

HIDDEN, ASKED, LOOK = 64, 48, 32  # numbers for a question, maps that have been asked, numbers for a look
NEAR = 0.1  # of the picture's half side: how far away a place must be to have a clear direction


class Answerer(nn.Module):
    """Pictures (N, 3, H, W) and questions (N, L) to scores (N, A); or K questions each, (N, K, L), to (N, K, A).

    Examples
    --------
    >>> Answerer()(mg.tensor(np.zeros((2, 3, 64, 64))), np.ones((2, 6), int)).shape
    (2, 18)
    """

    last_conv_stage = "seen"

    def __init__(self):
        self.encoder = encoder()
        self.embedding = nn.Embedding(len(WORDS), HIDDEN, padding_idx=PAD)
        self.reader = nn.LSTM(HIDDEN, HIDDEN, batch_first=True)
        self.noun = nn.Linear(HIDDEN, 1, bias=False)
        self.attention = nn.DotProductAttention(HIDDEN, PLACE, LOOK)
        self.maps, self.where = nn.Conv2d(MAPS, ASKED, 1), nn.Conv2d(3, ASKED, 1, bias=False)
        self.scale, self.shift = nn.Linear(HIDDEN, ASKED), nn.Linear(HIDDEN, ASKED)
        self.asked, self.look = nn.Conv2d(ASKED, ASKED, 1), nn.Conv2d(ASKED, 1, 1)
        self.gaze, self.seen = Gaze(HIDDEN, bias=-2.0), LookedAt()  # at first, the answer is where the noun is
        self.answer, self.guess = nn.Linear(ASKED, len(ANSWERS), bias=False), nn.Linear(HIDDEN, len(ANSWERS))

    def forward(self, images, questions):
        questions = np.asarray(questions)
        if questions.ndim not in (2, 3) or len(questions) != len(images):
            raise ValueError(f"Answerer: {len(images)} pictures need questions ({len(images)}, L), or several each "
                             f"({len(images)}, K, L), not {questions.shape}")
        several = questions if questions.ndim == 3 else questions[:, None]
        scores = self.asking(self.encoder(images), *self.read(several))
        return scores if questions.ndim == 3 else scores.reshape(len(images), len(ANSWERS))

    def read(self, questions):
        """Each question (N, K, L) as a vector, and its noun as another, (N, K, HIDDEN).

        That the words are also added up is a short cut: what each of them means is learned long before their order.
        No word has a mark that it is the noun: to find the words that say where to look is learned, too.
        """
        n, k, longest = questions.shape
        flat = questions.reshape(n * k, longest)
        words = self.embedding(flat)
        _, (h, _) = self.reader(words, None, flat != PAD)
        weights = F.attention_weights(self.noun(words).swapaxes(1, 2), (flat != PAD)[:, None])
        return tuple(a.reshape(n, k, HIDDEN) for a in (h + words.sum(axis=1), weights @ words))

    def asking(self, maps, q, noun):
        """Scores (N, K, A) from maps (N, MAPS, h, w), questions and their nouns (N, K, HIDDEN)."""
        (n, _, h, w), k = maps.shape, q.shape[1]
        context, first = self.attention(noun, places(maps))
        asked = self.fused(maps, self.seen_from(context[:, :, -2:], first, (h, w)), q)
        second = F.softmax(self.look(asked).reshape(n, k, h * w), axis=2)
        seen = self.seen(asked, self.gaze(q, first, second).reshape(n * k, 1, h, w))
        return self.answer(seen.sum(axis=(2, 3))).reshape(n, k, len(ANSWERS)) + self.guess(q)

    def seen_from(self, middle, look, size):
        """What every place knows of the first look (N, K, S): its direction from the `middle` of it, and its share.

        Returns (N, K, 3, h, w): down and right, from -1 to 1, and the share times ``sqrt(S)``.
        """
        (n, k, s), (h, w) = look.shape, size
        here = coordinates(1, h, w, look.dtype).reshape(1, 1, h, w, 2).transpose(0, 1, 4, 2, 3)
        step = here - middle.reshape(n, k, 2, 1, 1)
        direction = step / ((step * step).sum(axis=2, keepdims=True) + NEAR**2).sqrt()
        return mg.cat([direction, look.reshape(n, k, 1, h, w) * s**0.5], axis=2)

    def fused(self, maps, where, q):
        """Maps (N, MAPS, h, w) and where they lie (N, K, 3, h, w), asked each question: (N K, ASKED, h, w)."""
        n, k, _, h, w = where.shape
        there = self.where(where.reshape(n * k, 3, h, w)).reshape(n, k, ASKED, h, w)
        scale, shift = (part(q).reshape(n, k, ASKED, 1, 1) for part in (self.scale, self.shift))
        met = (self.maps(maps).reshape(n, 1, ASKED, h, w) + there) * (1 + scale) + shift
        return F.relu(self.asked(F.relu(met).reshape(n * k, ASKED, h, w)))


def answer_loss(model: Answerer, images: np.ndarray, targets: np.ndarray) -> mg.Tensor:
    """Cross entropy of the answers; `targets` (N, K, L + 1) are questions with their answers as last column."""
    scores = model(mg.tensor(images), targets[..., :-1])
    return F.cross_entropy(scores.reshape(-1, scores.shape[2]), targets[..., -1].reshape(-1))


def answers(model: Answerer, images: np.ndarray, questions: np.ndarray, batch_size: int = 64) -> np.ndarray:
    """The answer with the highest score to each question, (N, L) or (N, K, L); int64 (N,) or (N, K)."""
    with mg.no_grad(), evaluating(model):
        parts = [slice(i, i + batch_size) for i in range(0, len(images), batch_size)]
        return np.concatenate([model(mg.tensor(as_floats(images[part])), questions[part]).array.argmax(axis=-1)
                               for part in parts])


def right_answers(model: Answerer, images: np.ndarray, targets: np.ndarray) -> float:
    """Share of questions that are answered rightly; `targets` as for `answer_loss`."""
    return float((answers(model, images, targets[..., :-1]) == targets[..., -1]).mean())
