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
from .encoder import LAST_STAGE, PLACE, encoder, places
from .questions import ANSWERS
from .words import PAD, WORDS

HIDDEN, WORD, ASKED, LOOK = 64, 32, 48, 32  # numbers for a question, a word, a place that is asked, a look


class Answerer(nn.Module):
    """Pictures (N, 3, H, W) and questions (N, L) to scores (N, A); or K questions each, (N, K, L), to (N, K, A).

    Examples
    --------
    >>> Answerer()(mg.tensor(np.zeros((2, 3, 64, 64))), np.ones((2, 6), int)).shape
    (2, 18)
    """

    last_conv_stage = LAST_STAGE

    def __init__(self):
        self.encoder = encoder()
        self.embedding = nn.Embedding(len(WORDS), WORD, padding_idx=PAD)
        self.reader = nn.LSTM(WORD, HIDDEN, batch_first=True)
        self.attention = nn.DotProductAttention(HIDDEN, PLACE, LOOK)
        self.place, self.offset, self.question = (nn.Linear(k, ASKED) for k in (PLACE, 2, HIDDEN))
        self.asked = nn.Linear(ASKED, ASKED)
        self.gathered = nn.Linear(ASKED + PLACE + HIDDEN, 2 * HIDDEN)
        self.answer = nn.Linear(2 * HIDDEN, len(ANSWERS))

    def forward(self, images, questions):
        questions = np.asarray(questions)
        if questions.ndim not in (2, 3) or len(questions) != len(images):
            raise ValueError(f"Answerer: {len(images)} pictures need questions ({len(images)}, L), or several each "
                             f"({len(images)}, K, L), not {questions.shape}")
        several = questions if questions.ndim == 3 else questions[:, None]
        scores = self.asking(places(self.encoder(images)), self.read(several))
        return scores if questions.ndim == 3 else scores.reshape(len(images), len(ANSWERS))

    def read(self, questions):
        """Each question (N, K, L) as a vector (N, K, HIDDEN)."""
        n, k, longest = questions.shape
        flat = questions.reshape(n * k, longest)
        _, (h, _) = self.reader(self.embedding(flat), None, flat != PAD)
        return h.reshape(n, k, HIDDEN)

    def asking(self, seen, q):
        """Scores (N, K, A) from places (N, S, PLACE) and questions (N, K, HIDDEN)."""
        (n, s, _), k = seen.shape, q.shape[1]
        context, _ = self.attention(q, seen)
        offsets = seen[:, :, -2:].reshape(n, 1, s, 2) - context[:, :, -2:].reshape(n, k, 1, 2)
        met = self.place(seen).reshape(n, 1, s, ASKED) + self.offset(offsets) + self.question(q).reshape(n, k, 1, ASKED)
        asked = F.relu(self.asked(F.relu(met))).mean(axis=2)
        return self.answer(F.relu(self.gathered(mg.cat([asked, context, q], axis=2))))


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
