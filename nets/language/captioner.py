"""Captioner: a net that looks at a picture and says what it sees, a word after the other.

A convolutional encoder makes places of the picture (``encoder.py``).  An LSTM, the decoder, begins with a state that
was made from all of them, and takes a step for each word.  With *attention* it then asks the places what it should see
for this word; what it saw is also told to the next step, so that it knows what it has described already.

    h_0, c_0  =  tanh(linear(the maps, averaged to 4 x 4))
    h_t, c_t  =  LSTM((word_(t-1), context_(t-1)), (h_(t-1), c_(t-1)))
    context_t =  sum over places of a_ts place_s,   a_t = softmax(query(h_t) . key(place))     with attention
    scores_t  =  linear(tanh(linear(h_t, context_t)))

Luong et al. 2015 call the way from one context to the next step *input feeding*; without it such a net describes one
group twice.  In training ``word_(t-1)`` is that of the true caption (teacher forcing), so nobody has to wait for a net
that can't write yet.

Legend: ``N`` pictures, ``T`` words of a caption, ``V`` words that there are.
Read next: ``answerer.py``.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

import minigrad as mg
from minigrad import functional as F
from minigrad import nn

from ..pictures import as_floats
from ..training import evaluating
from .captions import LONGEST, slots
from .encoder import LAST_STAGE, MAPS, PLACE, encoder, places
from .words import END, PAD, WORDS

HIDDEN, WORD = 96, 32  # numbers in the decoder's state, and for a word
COARSE = 4  # rows and columns of the maps from which the first state is made


class Look(NamedTuple):
    """What the decoder knows between two words: its state and, with attention, what it saw last, and can see."""

    h: mg.Tensor
    c: mg.Tensor
    context: mg.Tensor | None = None
    seen: mg.Tensor | None = None
    keys: mg.Tensor | None = None


class Captioner(nn.Module):
    """Pictures (N, 3, H, W) and captions (N, T) to scores (N, T, V): of every word, given those before it.

    Examples
    --------
    >>> import numpy as np
    >>> Captioner()(mg.tensor(np.zeros((2, 3, 64, 64))), np.ones((2, 5), int)).shape == (2, 5, len(WORDS))
    True
    """

    last_conv_stage = LAST_STAGE

    def __init__(self, attention: bool = True):
        self.encoder = encoder()
        self.coarse = nn.AdaptiveAvgPool2d(COARSE)
        self.begin = nn.Linear(MAPS * COARSE * COARSE, 2 * HIDDEN)
        self.embedding = nn.Embedding(len(WORDS), WORD, padding_idx=PAD)
        self.decoder = nn.LSTMCell(WORD + (PLACE if attention else 0), HIDDEN)
        if attention:
            self.attention = nn.DotProductAttention(HIDDEN, PLACE, MAPS)
        self.blend = nn.Linear(HIDDEN + (PLACE if attention else 0), HIDDEN)
        self.word = nn.Linear(HIDDEN, len(WORDS))

    def forward(self, images, words):
        words = np.asarray(words)
        if words.ndim != 2 or len(words) != len(images):
            raise ValueError(f"Captioner: {len(images)} pictures need captions ({len(images)}, T), not {words.shape}")
        look = self.look(images)
        before = np.concatenate([np.full((len(words), 1), END), words[:, :-1]], axis=1)  # a caption follows a full stop
        said = []
        for t in range(words.shape[1]):
            one, look = self.step(before[:, t], look)
            said.append(one)
        return self.scores(mg.stack(said, axis=1))

    def look(self, images) -> Look:
        """What is known before the first word."""
        maps = self.encoder(images)
        state = self.begin(self.coarse(maps).flatten(1)).tanh()
        h, c = state[:, :HIDDEN], state[:, HIDDEN:]
        if not hasattr(self, "attention"):
            return Look(h, c)
        seen = places(maps)
        return Look(h, c, mg.Tensor(np.zeros((len(maps), PLACE), maps.dtype)), seen, self.attention.key(seen))

    def step(self, last_word: np.ndarray, look: Look) -> tuple[mg.Tensor, Look]:
        """From the last word (N,), what the scores of the next are made of, and what is known then."""
        x = self.embedding(last_word)
        if look.seen is None:
            h, c = self.decoder(x, (look.h, look.c))
            return h, look._replace(h=h, c=c)
        h, c = self.decoder(mg.cat([x, look.context], axis=1), (look.h, look.c))
        context, _ = self.attention(h.reshape(len(h), 1, HIDDEN), look.seen, None, look.keys)
        context = context.reshape(len(h), PLACE)
        return mg.cat([h, context], axis=1), look._replace(h=h, c=c, context=context)

    def scores(self, said):
        """A score for every word, (..., V)."""
        return self.word(self.blend(said).tanh())


def caption_loss(model: Captioner, images: np.ndarray, words: np.ndarray) -> mg.Tensor:
    """Mean surprise ``-log p(word)`` over the words of true captions; padding is none."""
    log_p = F.log_softmax(model(mg.tensor(images), words))
    n, t = np.nonzero(words != PAD)
    return -log_p[n, t, words[n, t]].mean()


def write(model: Captioner, images: np.ndarray, longest: int = LONGEST, batch_size: int = 128) -> np.ndarray:
    """The captions that a net writes, each word the most probable one after those before it; int64 (N, longest).

    Examples
    --------
    >>> write(Captioner(), np.zeros((2, 3, 64, 64), np.float32)).shape
    (2, 13)
    """
    with mg.no_grad(), evaluating(model):
        return np.concatenate([written(model, as_floats(images[i : i + batch_size]), longest)
                               for i in range(0, len(images), batch_size)])


def written(model: Captioner, images: np.ndarray, longest: int) -> np.ndarray:
    """`write` for one batch."""
    look = model.look(mg.tensor(images))
    words, last, over = np.full((len(images), longest), PAD), np.full(len(images), END), np.zeros(len(images), bool)
    for t in range(longest):
        said, look = model.step(last, look)
        last = np.where(over, PAD, model.scores(said).array.argmax(axis=1))
        words[:, t], over = last, over | (last == END)
    return words


def right_objects(model: Captioner, images: np.ndarray, scenes) -> float:
    """Share of pictures in whose caption all objects and all colours are right."""
    right = slots(write(model, images), scenes)
    return float((right["object"] & right["colour"]).mean())
