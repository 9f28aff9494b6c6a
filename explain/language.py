"""Why this word?  Grad-CAM for captions, and which words of a question an answer hangs on.

Grad-CAM needs a score that has a gradient, and no classes (Selvaraju et al. 2017, section 8).  A captioner gives every
word a probability, so

    S(caption)  =  sum over t of  log p(word_t | picture, the words before)      where the whole caption comes from
    S(word t)   =  log p(word_t | picture, the words before)                     where one word comes from

are scores, and so is ``log p(word) - log p(foil)``: why "red" rather than "blue".  An answer is explained as a class
is, by `explain.gradcam` and all others, once its question is held fixed (``explain/given.py``).

All maps of a caption come from one forward pass: its tape is swept once for each word.

Read next: ``explain/evaluation/speaking.py``, which holds the maps against the truth.
"""

from __future__ import annotations

import numpy as np

from minigrad import functional as F
from nets.language.words import PAD

from .forward import Forward
from .given import Given
from .gradcam import class_activation_map, enlarged, forward_to_layer, layer_name

GUIDED = {"model.encoder": "guided"}  # the rule for a captioner: the way back to the picture passes its LSTM, too


def word_log_probabilities(output, words):
    """``log p(word_t | the words before)``, (N, T), from a captioner's scores (N, T, V) for the words (N, T).

    Padding has 0: it is certain, and nothing explains it.

    Examples
    --------
    >>> import minigrad as mg
    >>> word_log_probabilities(mg.tensor(np.zeros((1, 2, 4))), np.array([[3, 0]])).numpy().round(3)
    array([[-1.386,  0.   ]])
    """
    n, t = np.indices(words.shape)
    return F.where(words != PAD, F.log_softmax(output)[n, t, words], 0.0)


def caption_score(words):
    """The function from a captioner's output to the log-probability (N,) of these captions (N, T): a `target`.

    Examples
    --------
    >>> import nets, explain
    >>> from nets import language
    >>> scene = language.group_scenes(1, seed=2)
    >>> words = language.captions(scene).words
    >>> net = explain.Given(language.Captioner(), words)
    >>> explain.saliency(net, scene.images, target=caption_score(words)).shape
    (1, 64, 64)
    """
    words = np.atleast_2d(words)
    return lambda output: word_log_probabilities(output, words).sum(axis=1)


def word_score(words, place, foil=None):
    """The log-probability (N,) of the word at `place` of each caption, or how far it exceeds that of a `foil`.

    Parameters
    ----------
    words : int array (N, T) or (T,)
    place : int, or N of them
    foil : int, or N of them, optional
        A word's number: why this word, rather than that one?

    Raises
    ------
    ValueError
        If a place is outside of the captions or on padding, or the foil is the word itself.
    """
    words = np.atleast_2d(words)
    n = np.arange(len(words))
    places = np.broadcast_to(place, (len(words),))
    if places.min() < 0 or places.max() >= words.shape[1] or (words[n, places] == PAD).any():
        raise ValueError(f"word_score: place {place} is no word of every caption {words.shape}; padding is none")
    chosen = words[n, places]
    if foil is None:
        return lambda output: F.log_softmax(output)[n, places, chosen]
    if np.any(np.asarray(foil) == chosen):
        raise ValueError(f"word_score: the foil {foil} is the word itself, so there is nothing to contrast")
    return lambda output: output[n, places, chosen] - output[n, places, np.broadcast_to(foil, n.shape)]


def answer_score(answers):
    """The function from an answerer's output (N, A) to the log-probability (N,) of these answers (N,): a `target`.

    ``log p(P) = S_P - log(sum over Q of e^S_Q)``.  Softmax takes no notice of what is common to all scores, so training
    leaves it to chance; where there are but two answers, as "yes" and "no", a place that speaks for "yes" may raise the
    one score or lower the other.  Only their difference means something, and that is what log p goes by.

    Examples
    --------
    >>> import minigrad as mg
    >>> answer_score([1])(mg.tensor([[2.0, 2.0]])).numpy().round(3)
    array([-0.693], dtype=float32)
    """
    answers = np.atleast_1d(answers)
    return lambda output: F.log_softmax(output)[np.arange(len(answers)), answers]


def caption_gradcam(model, images, words, layer: str | None = None, relu: bool = True,
                    upsample: bool = True) -> np.ndarray:
    """Where in the picture a whole caption comes from: Grad-CAM of its log-probability.

    Parameters
    ----------
    model : Module
        A captioner: pictures and words (N, T) to scores (N, T, V).
    images : array_like (N, C, H, W) or (C, H, W)
    words : int array (N, T) or (T,)
        The captions; those that the net wrote (`nets.language.write`), or others.
    layer, relu, upsample
        As for `gradcam`; a layer's name begins with ``"model."``, as `Given` names it.

    Returns
    -------
    ndarray (N, H, W), or the layer's own (N, h, w); without N for one picture.
    """
    run, maps = forward_to_layer(Given(model, words), images, caption_score(words), layer)
    return run.result(class_activation_map(run, maps, relu, upsample, "Grad-CAM of the caption"))


def word_gradcam(model, images, words, layer: str | None = None, relu: bool = True,
                 upsample: bool = True) -> np.ndarray:
    """Where in the picture each word of a caption comes from: Grad-CAM of its log-probability, given those before it.

    Formula: ``M_t = ReLU( sum over k of  alpha_k A_k )``, ``alpha_k = mean over places of dS(word t) / dA_k``.

    By default the maps A are what the captioner has `seen`: its maps, each times how much its places were looked at,
    for all words side by side.  What was seen for another word has no gradient here, as the decoder is not told of it.
    And the scores are linear in a sum over places, so the gradient is the same at every place, its mean loses nothing,
    and M_t is what each place has added: a class activation map (Zhou et al. 2016).  At the encoder's last stage,
    ``layer="model.encoder.12"``, it is not: there the gradient is large where the net looked and small elsewhere, which
    its mean ignores, so that a place that has not been looked at may be hottest.

    Arguments as for `caption_gradcam`.

    Returns
    -------
    ndarray (N, T, H, W), or (N, T, h, w); without N for one picture.  0 everywhere for padding.

    Examples
    --------
    >>> from nets import language
    >>> scene = language.group_scenes(1, seed=2)
    >>> words = language.captions(scene).words[0]
    >>> maps = word_gradcam(language.Captioner(), scene.images[0], words, relu=False)
    >>> maps.shape, bool(maps[words == 0].any())
    ((13, 64, 64), False)
    """
    words = np.atleast_2d(words)
    run, maps = forward_to_layer(Given(model, words), images, caption_score(words), layer)
    log_p = word_log_probabilities(run.output, words)
    signed = []
    for t in range(words.shape[1]):
        run.scores = log_p[:, t]
        signed.append(class_activation_map(run, maps, relu=False, upsample=upsample))
    stacked = np.stack(signed, axis=1)
    return run.result(np.maximum(stacked, 0) if relu else stacked)


def attention_maps(model, images, words, upsample: bool = True) -> np.ndarray:
    """Where the net looked for each word: the weights of its attention, laid out over the picture.

    They are no explanation by themselves: they say where it looked, and not what that did to the answer.

    Parameters
    ----------
    model : Module
        With a layer ``gaze`` over the places of its ``last_conv_stage``, as a captioner's for every word, or an
        answerer's once for a question.
    images : array_like (N, C, H, W) or (C, H, W)
    words : int array (N, T) or (T,)
    upsample : bool
        Enlarge bilinearly to the size of the picture.

    Returns
    -------
    ndarray (N, L, H, W), or (N, L, h, w), for the L times that it looked; without N for one picture.

    Examples
    --------
    >>> from nets import language
    >>> scene = language.group_scenes(1, seed=2)
    >>> words = language.captions(scene).words
    >>> attention_maps(language.Captioner(), scene.images, words, upsample=False).sum(axis=(2, 3)).round(3)[0, :3]
    array([1., 1., 1.], dtype=float32)
    """
    net = Given(model, words)
    stage = layer_name(net)
    if not hasattr(model, "gaze"):
        raise ValueError(f"attention_maps: this {type(model).__name__} has no gaze to follow: it looks at all places")
    run = Forward(net, images, lambda output: output.sum(axis=tuple(range(1, output.ndim))), ["model.gaze", stage])
    weights = np.concatenate([w.array for w in run.activations["model.gaze"]], axis=1)  # (N, L, S)
    (maps,) = run.activations[stage]
    laid_out = weights.reshape(*weights.shape[:2], *maps.shape[2:])
    return run.result(enlarged_each(laid_out, run.x.shape[2:]) if upsample else laid_out)


def enlarged_each(maps: np.ndarray, size) -> np.ndarray:
    """Resize (N, L, h, w) bilinearly to (N, L, H, W)."""
    return enlarged(maps.reshape(-1, *maps.shape[2:]), size).reshape(*maps.shape[:2], *size)


def question_saliency(model, images, questions, target=None, times_word: bool = False) -> np.ndarray:
    """How much an answer hangs on each word of its question: the length of the gradient at the word's embedding.

    Formula: ``M[l] = | dS / d e_l |``, for the score S of the answer and the row of numbers e_l that stands for word l:
    saliency, with words in place of pixels.  Or, with `times_word`, ``M[l] = | e_l . dS / d e_l |``: about what the
    score would lose, or gain, without the word, and just that if it is linear in e_l.  (A net that adds its words up
    has the same gradient for all of them, and only this tells them apart.)

    Parameters
    ----------
    model : Module
        With an ``embedding``, called with pictures and questions.
    images : array_like (N, C, H, W) or (C, H, W)
    questions : int array (N, L) or (L,)
    target : int, N ints, None (the answer that the net gives) or callable
    times_word : bool
        Multiply the gradient by the word's numbers, instead of taking its length.

    Returns
    -------
    ndarray (N, L), or (L,) for one picture; not negative, and 0 for padding.

    Examples
    --------
    >>> from nets import language
    >>> scene = language.group_scenes(1, seed=2, groups=3)
    >>> asked = language.questions(scene).words[0, 1]
    >>> language.decoded(asked), (question_saliency(language.Answerer(), scene.images[0], asked) > 0).tolist()
    ('how many hearts are there', [True, True, True, True, True, False])
    """
    run = Forward(Given(model, questions), images, target, ["model.embedding"])
    (embedded,) = run.activations["model.embedding"]
    g = run.gradient(embedded)
    counts = np.abs((embedded.array * g).sum(axis=2)) if times_word else np.linalg.norm(g, axis=2)
    return run.result(counts * (np.atleast_2d(questions) != PAD))
