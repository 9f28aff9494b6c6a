"""Captioner: a net that looks at a picture and says what it sees, a word after the other.

A convolutional encoder makes maps of the picture (``encoder.py``).  An LSTM, the decoder, takes a step for each word;
with *attention* it looks at some places for each, and its gaze stays where it is unless it moves on.

    h_t, c_t  =  LSTM((word_(t-1), where_(t-1)), (h_(t-1), c_(t-1)))
    a_t       =  a_(t-1)  +  move(h_t) (softmax over places of query(h_t) . key(place)  -  a_(t-1))     the gaze
    seen_t    =  a_t maps
    where_t   =  sum over places of a_t position
    scores_t  =  linear(tanh(linear(h_t, where_t)))  +  linear(sum over places of seen_t)

The decoder is told *where* it has looked, so that it can speak of each group once and of both together, and never
*what* it saw there: so each word has to be seen when it is said.  And the scores are linear in what is seen.  So
Grad-CAM at `seen` shows for every word what each place has added to its score, exactly as a class activation map
does (Zhou et al. 2016).  An LSTM that is fed all it sees (Xu et al. 2015) would say a word that it has read off the
picture at an earlier one, while it already looks elsewhere.  And were the gaze free to jump at every word, it would
wander off from words that the net can't tell yet, and never learn them.

Without attention the whole picture becomes one vector v, and what is chosen for each word are numbers of it: after
"two red", those that say something of two red things.

    v         =  sum over places of  e_s,  row_s e_s  and  column_s e_s,    e = maps ** 2      what is there, and where
    h_t, c_t  =  LSTM(word_(t-1), (h_(t-1), c_(t-1)))
    scores_t  =  linear(tanh(linear(h_t)))  +  linear(sigmoid(linear(h_t)) v)

Here, too, the LSTM holds what has been said and not what is seen, the picture joins it late (Tanti et al. 2017), and
Grad-CAM at `seen` is exact.  Were v the LSTM's first state instead (Vinyals et al. 2015), its cells would have to carry
two groups past all words up to the last noun; such a net takes far longer to learn any noun at all.

In training ``word_(t-1)`` is that of the true caption (teacher forcing), so nobody has to wait for a net that can't
write yet.

Legend: ``N`` pictures, ``T`` words of a caption, ``V`` words that there are, ``S`` places.
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
from .encoder import MAPS, PLACE, Gaze, LookedAt, coordinates, encoder, places
from .words import END, PAD, WORDS

HIDDEN, WORD = 96, 32  # numbers in the decoder's state, and for a word
MIXTURES = 128  # maps of a net without attention, which has to tell "red and a ring" from "red" beside "a ring"


class Scene(NamedTuple):
    """A picture as the decoder can look at it: maps (N, C, h, w) and, for attention, places and these' keys."""

    maps: mg.Tensor
    places: mg.Tensor | None = None
    keys: mg.Tensor | None = None


class State(NamedTuple):
    """What the decoder knows between two words: the LSTM's h and c and, with attention, its gaze and where that was."""

    h: mg.Tensor
    c: mg.Tensor
    where: mg.Tensor | None = None
    gaze: mg.Tensor | None = None


class Captioner(nn.Module):
    """Pictures (N, 3, H, W) and captions (N, T) to scores (N, T, V): of every word, given those before it.

    Examples
    --------
    >>> import numpy as np
    >>> Captioner()(mg.tensor(np.zeros((2, 3, 64, 64))), np.ones((2, 5), int)).shape == (2, 5, len(WORDS))
    True
    """

    last_conv_stage = "seen"

    def __init__(self, attention: bool = True):
        self.encoder = encoder() if attention else encoder(MIXTURES)
        self.embedding = nn.Embedding(len(WORDS), WORD, padding_idx=PAD)
        if attention:
            # If the gaze stays at first, what is there to be seen is learned from all words that are said of it.
            self.attention, self.gaze = nn.DotProductAttention(HIDDEN, PLACE, MAPS), Gaze(HIDDEN, bias=-1.0)
        else:
            self.choice = nn.Linear(HIDDEN, 3 * MIXTURES)
        self.seen = LookedAt()
        self.evidence = nn.Linear(MAPS if attention else 3 * MIXTURES, len(WORDS), bias=False)
        self.decoder = nn.LSTMCell(WORD + 2 * attention, HIDDEN)
        self.blend, self.word = nn.Linear(HIDDEN + 2 * attention, HIDDEN), nn.Linear(HIDDEN, len(WORDS))

    def forward(self, images, words):
        words = np.asarray(words)
        if words.ndim != 2 or len(words) != len(images):
            raise ValueError(f"Captioner: {len(images)} pictures need captions ({len(images)}, T), not {words.shape}")
        scene, state = self.begins(images)
        before = np.concatenate([np.full((len(words), 1), END), words[:, :-1]], axis=1)  # a caption follows a full stop
        states = []
        for word in before.T:
            state = self.step(word, state, scene)
            states.append(state)
        return self.scores(states, scene)

    def begins(self, images) -> tuple[Scene, State]:
        """What there is to look at, and what is known before the first word: nothing."""
        maps = self.encoder(images)
        h, c, where = (mg.Tensor(np.zeros((len(maps), size), maps.dtype)) for size in (HIDDEN, HIDDEN, 2))
        if not hasattr(self, "attention"):
            return Scene(maps * maps), State(h, c)  # squared, one place that is sure counts for more than many unsure
        found = places(maps)
        return Scene(maps, found, self.attention.key(found)), State(h, c, where)

    def step(self, last_word: np.ndarray, state: State, scene: Scene) -> State:
        """What is known after the last word (N,)."""
        word = self.embedding(last_word)
        if scene.places is None:
            return State(*self.decoder(word, (state.h, state.c)))
        h, c = self.decoder(mg.cat([word, state.where], axis=1), (state.h, state.c))
        query = h.reshape(len(h), 1, HIDDEN)
        _, other = self.attention(query, scene.places, None, scene.keys)
        gaze = self.gaze(query, state.gaze, other)
        return State(h, c, (gaze @ scene.places[:, :, MAPS:])[:, 0], gaze)

    def scores(self, states: list[State], scene: Scene):
        """The scores (N, T, V) of the words after T states."""
        h = mg.stack([state.h for state in states], axis=1)
        if scene.places is None:
            seen = self.looked(scene.maps, everywhere(scene.maps))
            return self.word(self.blend(h).tanh()) + self.evidence(F.sigmoid(self.choice(h)) * seen)
        where, gaze = mg.stack([state.where for state in states], axis=1), mg.cat([s.gaze for s in states], axis=1)
        seen = self.looked(scene.maps, gaze)
        return self.word(self.blend(mg.cat([h, where], axis=2)).tanh()) + self.evidence(seen)

    def looked(self, maps, looks):
        """What is seen in all, from maps (N, C, h, w) and looks (N, L, S), a row for every word or one for all."""
        n, _, height, width = maps.shape
        seen = self.seen(maps, looks.reshape(n, -1, height, width))
        return seen.sum(axis=(2, 3)).reshape(n, -1, self.evidence.weight.shape[1])


def everywhere(maps) -> mg.Tensor:
    """Three looks (N, 3, S) at maps (N, C, h, w) that leave nothing out: at all alike, by row, and by column.

    With S places they are divided by ``sqrt(S)``, so that neither few nor many of them make large sums.

    Examples
    --------
    >>> everywhere(mg.tensor(np.zeros((1, 5, 2, 2)))).numpy().tolist()
    [[[0.5, 0.5, 0.5, 0.5], [-0.5, -0.5, 0.5, 0.5], [-0.5, 0.5, -0.5, 0.5]]]
    """
    n, _, h, w = maps.shape
    looks = np.concatenate([np.ones((n, h * w, 1)), coordinates(n, h, w, maps.dtype)], axis=2).swapaxes(1, 2)
    return mg.Tensor((looks / (h * w) ** 0.5).astype(maps.dtype))


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
    scene, state = model.begins(mg.tensor(images))
    words, last, over = np.full((len(images), longest), PAD), np.full(len(images), END), np.zeros(len(images), bool)
    for t in range(longest):
        state = model.step(last, state, scene)
        last = np.where(over, PAD, model.scores([state], scene).array[:, 0].argmax(axis=1))
        words[:, t], over = last, over | (last == END)
    return words


def right_objects(model: Captioner, images: np.ndarray, scenes) -> float:
    """Share of pictures in whose caption all objects and all colours are right."""
    right = slots(write(model, images), scenes)
    return float((right["object"] & right["colour"]).mean())
