"""Answerer: a net that answers questions about a picture (VQA, Antol et al. 2015), a CNN times an LSTM.

The CNN makes places of the picture, the LSTM makes a vector of the question, and they meet twice.  First the question
says where to look: at the noun's group.  The mean of the places, so weighed, also has a mean row and
column; so every place can be told where it lies *from there*, which is what "left of" is about.  Then the question asks
all places, and what they answer is averaged.

    q        =  last h of LSTM(words)
    context  =  sum over places of a_s place_s,  a = softmax(query(q) . key(place))
    asked_s  =  ReLU(linear(ReLU(linear(place_s) + linear(where s is from there) + linear(q))))
    scores   =  linear(ReLU(linear(mean of asked, context, q)))

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
from .encoder import MAPS, PLACE, coordinates, encoder, places
from .questions import ANSWERS
from .words import PAD, WORDS

HIDDEN, ASKED, LOOK = 64, 48, 32  # numbers for a question, a word, a place that is asked, a look


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
        self.attention = nn.DotProductAttention(HIDDEN, PLACE, LOOK)
        self.place, self.where = nn.Conv2d(MAPS, ASKED, 1), nn.Conv2d(3, ASKED, 1, bias=False)
        self.scale, self.shift = nn.Linear(HIDDEN, ASKED), nn.Linear(HIDDEN, ASKED)
        self.asked, self.look = nn.Conv2d(ASKED, ASKED, 1), nn.Conv2d(ASKED, 1, 1)
        self.again = nn.Linear(HIDDEN, 1)
        self.seen = Looked()
        self.answer, self.guess = nn.Linear(ASKED, len(ANSWERS), bias=False), nn.Linear(HIDDEN, len(ANSWERS))

    def forward(self, images, questions):
        questions = np.asarray(questions)
        if questions.ndim not in (2, 3) or len(questions) != len(images):
            raise ValueError(f"Answerer: {len(images)} pictures need questions ({len(images)}, L), or several each "
                             f"({len(images)}, K, L), not {questions.shape}")
        several = questions if questions.ndim == 3 else questions[:, None]
        scores = self.asking(self.encoder(images), self.read(several))
        return scores if questions.ndim == 3 else scores.reshape(len(images), len(ANSWERS))

    def read(self, questions):
        """Each question (N, K, L) as a vector (N, K, HIDDEN)."""
        n, k, longest = questions.shape
        flat = questions.reshape(n * k, longest)
        words = self.embedding(flat)
        _, (h, _) = self.reader(words, None, flat != PAD)
        return (h[0] + words.sum(axis=1)).reshape(n, k, HIDDEN)

    def asking(self, maps, q):
        """Scores (N, K, A) from maps (N, MAPS, h, w) and questions (N, K, HIDDEN)."""
        (n, _, h, w), k = maps.shape, q.shape[1]
        seen = places(maps)
        context, weights = self.attention(q, seen)
        grid = coordinates(1, h, w, maps.dtype).reshape(1, 1, h, w, 2).transpose(0, 1, 4, 2, 3)
        offsets = grid - context[:, :, -2:].reshape(n, k, 2, 1, 1)
        distance = ((offsets * offsets).sum(axis=2, keepdims=True) + 0.01) ** 0.5
        offsets = offsets / distance
        looked = weights.reshape(n, k, 1, h, w) * np.asarray(np.sqrt(h * w), maps.dtype)
        where = self.where(mg.cat([offsets, looked], axis=2).reshape(n * k, 3, h, w)).reshape(n, k, ASKED, h, w)
        met = (self.place(maps).reshape(n, 1, ASKED, h, w) + where) * (self.scale(q) + 1).reshape(n, k, ASKED, 1, 1)
        met = met + self.shift(q).reshape(n, k, ASKED, 1, 1)
        asked = F.relu(self.asked(F.relu(met).reshape(n * k, ASKED, h, w)))
        second = F.softmax(self.look(asked).reshape(n, k, h * w), axis=2)
        again = F.sigmoid(self.again(q))
        found = self.seen(asked, (weights + again * (second - weights)).reshape(n * k, 1, h, w))
        return self.answer(found.sum(axis=(2, 3))).reshape(n, k, -1) + self.guess(q)


class Looked(nn.Module):
    def forward(self, maps, look):
        return maps * look


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
