"""Maps for language: a caption word by word, and answers to questions, with what might have been answered instead.

Grad-CAM needs a score and no classes, so a word's log-probability does, or that of a caption, or an answer's score.
The pictures are drawn, and it is known which objects a word means; so what is said about the maps is counted.

Read next: ``other_scores.py``.
"""

from __future__ import annotations

import warnings

import numpy as np

import minigrad as mg
from minigrad import functional as F
from nets import language
from nets.language.captions import phrase, spoken
from nets.language.words import PAD, WORDS

from .. import plot
from ..contrastive import contrastive_gradcam, counterfactual_gradcam
from ..evaluation.speaking import Pointing, nouns_meant, pointing_of_answers, pointing_of_nouns, signed_maps
from ..gallery import Gallery, Group, Item, Key, Tile, shade
from ..given import Given
from ..gradcam import gradcam, guided_gradcam
from ..language import (
    GUIDED,
    attention_maps,
    caption_score,
    question_saliency,
    word_gradcam,
    word_log_probabilities,
)
from ..page import Section, Table
from .cams import overlaid
from .showcase import Material

SPOKEN_SCENES = 100  # held-out scenes on which words, answers and peaks are counted
DESCRIBED, ASKED = 5, 4  # pictures in the galleries

HEAT = Key("cold: little or nothing", "hot: most; each map is scaled by itself",
           list(plot.overlay(np.zeros((1, 1, 9)), np.linspace(0, 1, 9)[None])[0]))
SHADES = Key("words: the answer hangs on them little", "much; beneath each, its share",
             [shade(0.0), shade(1.0)])


def captions_word_by_word(material: Material) -> Section:
    """What the captioner wrote, and a map for every word."""
    model, test = material.captioner, language.held_out(groups=2, n=SPOKEN_SCENES)
    words = language.write(model, test.images)
    right = language.slots(words, test)
    whole = np.all([right[slot] for slot in language.SLOTS], axis=0)
    groups = [described(model, test, i, words[i]) for i in with_a_mistake(whole, DESCRIBED)]
    shares = [f"{share.mean():.0%}" for share in (*(right[slot] for slot in language.SLOTS), whole)]
    return Section(
        key="captions",
        title="A caption, word by word",
        question="Which part of the picture made the network write this word?",
        formula=[("one word", "Sₜ = log p(wordₜ | picture, words before it)"),
                 ("whole caption", "S = Σₜ Sₜ, so its signed map is the sum of theirs"),
                 ("Grad-CAM", "ReLU( Σₖ αₖ Aₖ ),   αₖ = mean over places of ∂S / ∂Aₖ"),
                 ("attention", "aₜ = aₜ₋₁ + move(hₜ) · (softmax over places s of query(hₜ) · key(placeₛ)  −  aₜ₋₁)")],
        shown=[Gallery("captions", "words", groups,
                       "The network wrote this. Choose a word: point at it, tap it, or use the arrow keys.", [HEAT],
                       "Beneath each word is the probability that the network gave it. The pictures are the first of "
                       "those held out and, where there is one among them, the first that it describes with a "
                       "mistake."),
               Table(["", *language.SLOTS, "all of it"], [["right", *shares]],
                     f"Captions of {len(test)} new scenes, slot by slot; a slot is right if it is for both groups.",
                     numbers=True)],
        notice=caption_notice(*peaks_of_nouns(model, test, words)),
        code=f"""
import explain, nets
from explain import plot
from nets import language

model, history = language.captioner_net()
scenes = language.held_out(groups=2, n={DESCRIBED})
words = language.write(model, scenes.images)
print(language.decoded(words[0]))
maps = explain.word_gradcam(model, scenes.images[0], words[0], relu=False).clip(0)
looks = explain.attention_maps(model, scenes.images[0], words[0])
tiles = [[plot.overlay(scenes.images[0], one) for one in rows[:5]] for rows in (maps, looks)]
plot.grid(tiles, labels=["Grad-CAM", "attention"]).savefig("caption.png")""",
    )


def with_a_mistake(right: np.ndarray, count: int) -> list[int]:
    """The first `count` places, the last of which gives way to the first with a mistake, if none of them has one.

    Examples
    --------
    >>> with_a_mistake(np.array([True, True, True, True, False]), 3)
    [0, 1, 4]
    >>> with_a_mistake(np.array([True, False, True]), 2)
    [0, 1]
    """
    places, wrong = list(range(min(count, len(right)))), np.flatnonzero(~right).tolist()
    if wrong and wrong[0] >= count:
        places[-1] = wrong[0]
    return places


def described(model, scenes: language.GroupScenes, i: int, words: np.ndarray) -> Group:
    """One picture, its caption, and the maps of the words and of the whole."""
    image, net, score = scenes.images[i], Given(model, words), caption_score(words)
    p, seconds = word_probabilities(model, image, words)
    signed = word_gradcam(model, image, words, relu=False)
    looks = attention_maps(model, image, words)
    items = []
    for t in np.flatnonzero(words != PAD).tolist():
        name = WORDS[words[t]]
        items.append(Item(name, f"“{name}”: p = {p[t]:.0%}; next would be “{WORDS[seconds[t]]}”.", [
            tile(overlaid(image, np.maximum(signed[t], 0)), f"Grad-CAM of “{name}”"),
            tile(overlaid(image, looks[t]), f"attention at “{name}”")], f"{p[t]:.0%}"))
    sharp = unwarned(guided_gradcam, net, image, score, rule=GUIDED)
    rest = [tile(overlaid(image, np.maximum(signed.sum(axis=0), 0)), "Grad-CAM of the whole caption"),
            tile(plot.signed(sharp), "Guided Grad-CAM of the whole caption")]
    return Group(name_of(scenes, i), [the_picture(scenes, i)], items, rest, verdict(scenes, i, words))


def word_probabilities(model, image: np.ndarray, words: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Probability (T,) of every word of a caption, and the most probable other word (T,) in its place."""
    with mg.no_grad():
        scores = model(mg.tensor(image[None]), words[None])
    p = np.exp(word_log_probabilities(scores, words[None]).array[0])
    others = scores.array[0].copy()
    others[np.arange(len(words)), words] = -np.inf
    others[:, PAD] = -np.inf
    return p, others.argmax(axis=1)


def verdict(scenes: language.GroupScenes, i: int, words: np.ndarray) -> str:
    """A true caption, of the two that there are the one that begins as the net's, and what is wrong with the net's."""
    right = language.slots(words[None], scenes[i])
    truths = [" ".join(sum(spoken(scenes, i, first), [])) for first in (0, 1)]
    written = language.decoded(words).split()
    truth = max(truths, key=lambda text: sum(a == b for a, b in zip(text.split(), written)))
    wrong = [slot for slot in language.SLOTS if not right[slot][0]]
    said = ("All of it is right" if not wrong else f"Wrong: {', '.join(wrong)}" if right["grammar"][0] else
            "This follows no grammar")
    return f"{said}. True: “{truth}.”"


def peaks_of_nouns(model, scenes: language.GroupScenes, words: np.ndarray) -> list[Pointing]:
    """The pointing game of Grad-CAM and of attention for the nouns; nothing, if no noun is that of a thing there."""
    if not nouns_meant(words, scenes):
        return []
    return [pointing_of_nouns(model, scenes, words, method) for method in (signed_maps, attention_maps)]


def caption_notice(*peaks: Pointing) -> str:
    """What the maps of nouns are worth, as counted (`peaks_of_nouns`), and what they are not."""
    return (
        "Go through a caption word by word. At the words of one group the heat should lie on that group, and move to "
        "the other when the caption does. This network was built so: from word to word it remembers where it has "
        "looked, and not what it saw there, so a word has to be seen when it is said. (One that remembers both may "
        "read “rings” off the picture while it writes “two”, and its map of “rings” lies elsewhere, and is true all "
        "the same.) Look at the probability, too. Where it is nearly 1, as for an “of” after a “left”, "
        "there is hardly any gradient left to be shown, and what is scaled up is small. The map of the whole caption "
        "is that of its least sure words, above all: often of the first, as either group could come first. "
        f"{counted(*peaks) if peaks else ''}Attention shows where the network looked, and not what it made of that: "
        "what it found there may even have spoken for another word. Grad-CAM shows what each place that it looked at "
        "has added to the word's score. (Grad-CAM for captions: Selvaraju et al. 2017, section 8.)")


def counted(heat: Pointing, looks: Pointing) -> str:
    """How often the maps of nouns peak on what is meant."""
    better, other = ("Grad-CAM", "attention") if heat.hits >= looks.hits else ("attention", "Grad-CAM")
    return (
        f"For the {heat.n} nouns that the network wrote of things in these scenes, the brightest pixel is on the "
        f"things meant in {heat.hits:.0%} with Grad-CAM and in {looks.hits:.0%} with attention; at random it would be "
        f"{heat.chance:.0%}. Here {better} points at least as well as {other}, which does not make it the better "
        "explanation: who points at what a word means shows what we expect, and the network may have had another "
        "reason. ")


# Answers


def questions_answered(material: Material) -> Section:
    """A question of each kind about some pictures: the answer, where it comes from, and why it is no other."""
    model, test = material.answerer, language.held_out(groups=3, n=SPOKEN_SCENES)
    asked = language.questions(test)
    given = language.answers(model, test.images, asked.words)
    right = given == asked.answers
    groups = [interrogated(model, test, asked, i) for i in with_a_mistake(right.all(axis=1), ASKED)]
    peaks = pointing_of_answers(model, test, asked, given)
    return Section(
        key="answers",
        title="A question, an answer, and why",
        question="Where does an answer come from, why is it no other, and which words of the question does it hang on?",
        formula=[("why P?", "αₖ = mean of ∂S_P / ∂Aₖ   (Grad-CAM; S_P: the score of the answer P)"),
                 ("why not Q?", "αₖ = mean of −∂S_Q / ∂Aₖ   (counterfactual: what speaks against Q)"),
                 ("why P rather than Q?", "αₖ = mean of ∂J / ∂Aₖ,   J = −log softmax(S)_Q   (contrastive)"),
                 ("words of the question", "M_l = | e_l · ∂S_P / ∂e_l |,   e_l: the numbers that stand for word l")],
        shown=[Gallery("answers", "questions", groups, "Choose a question, also with the arrow keys.", [HEAT, SHADES],
                       "Q is the answer that the network thought next probable. In a picture that stays cold nothing "
                       "speaks for what is asked. Guided Grad-CAM shows its gradient in its own colours, where grey is "
                       "nothing. The pictures are chosen as in the section above."),
               Table(["", "right", "right by chance", "peak on what is meant", "peak by chance"],
                     answer_rows(right, peaks),
                     f"Questions about {len(test)} new scenes, one of each kind: how many answers are right and, for "
                     "these, whether Grad-CAM's brightest pixel is on the group that the answer rests on. A “no” rests "
                     "on nothing and is left out.", numbers=True)],
        notice="For “what colour are the rings?” the heat should lie on the rings, and for “what is left of the ring?” "
               "on the thing that the answer names, or on both; the table counts it. An answer may be right and its "
               "map beside the point, as the network may know it from something else in the picture. (In what Grad-CAM "
               "weighs here nothing is lost: the scores are sums over places.) “Why not Q?” asks for what speaks "
               "against Q, and “rather than Q” for what decides between the two: where P and Q hang on the same thing, "
               "both are hot there. "
               "What is not in the picture cannot be hot: of a right “no” a map shows at best what would have to be "
               "different. Attention is no explanation: it shows where the question made the network look, and not "
               "what it found there, or did with it. For the words of the question, the gradient is multiplied by the "
               "word's numbers: about what the score would lose, were the word left out. The words that say what "
               "kind of answer is wanted, such as “how many” or “colour”, may count most, as they raise the scores of "
               "all such answers. That an answer hangs on a word does not mean that the network understood it. "
               "(Grad-CAM for answers: Selvaraju et al. 2017, section 8; contrast: Prabhushankar et al. 2020.)",
        code=f"""
import explain, nets
from explain import plot
from nets import language

model, history = language.answerer_net()
scenes = language.held_out(groups=3, n={ASKED})
image, question = scenes.images[0], language.questions(scenes).words[0, 2]
said = language.answers(model, scenes.images[:1], question[None])[0]
print(language.decoded(question) + "?", language.ANSWERS[said])
net = explain.Given(model, question)
foil = next(answer for answer in range(5, 10) if answer != said)  # another colour
why = explain.gradcam(net, image, said, relu=False).clip(0)
why_not = explain.counterfactual_gradcam(net, image, foil, relu=False).clip(0)
rather = explain.contrastive_gradcam(net, image, foil, relu=False).clip(0)
plot.grid([[plot.overlay(image, one) for one in (why, why_not, rather)]]).savefig("answer.png")
print(explain.question_saliency(model, image, question, times_word=True))""",
    )


def interrogated(model, scenes: language.GroupScenes, asked: language.Questions, i: int) -> Group:
    """One picture, and a question of each kind."""
    items = [answered(model, scenes.images[i], asked.words[i, k], asked.text(i, k), asked.answers[i, k])
             for k in range(len(language.KINDS))]
    return Group(name_of(scenes, i), [the_picture(scenes, i)], items)


def answered(model, image: np.ndarray, question: np.ndarray, text: str, truth: int) -> Item:
    """What is answered, and every map that has to do with it."""
    net = Given(model, question)
    with mg.no_grad():
        p = F.softmax(net(mg.tensor(image[None]))).array[0]
    said, foil = np.argsort(-p)[:2].tolist()
    answer, other, true = (language.ANSWERS[k] for k in (said, foil, truth))
    maps = {
        f"why “{answer}”? (Grad-CAM)": gradcam(net, image, said, relu=False),
        "attention": attention_maps(model, image, question)[0],
        f"why not “{other}”?": counterfactual_gradcam(net, image, foil, relu=False),
        f"why “{answer}” rather than “{other}”?": contrastive_gradcam(net, image, foil, relu=False),
    }
    tiles = [tile(overlaid(image, np.maximum(one, 0)), title) for title, one in maps.items()]
    sharp = unwarned(guided_gradcam, net, image, said, rule=GUIDED)
    tiles.insert(1, tile(plot.signed(sharp), f"why “{answer}”? (Guided Grad-CAM)"))
    verdict = "which is right" if said == truth else f"but the truth is “{true}”"
    return Item(text, f"The network says “{answer}” ({p[said]:.0%}), {verdict}. Next would be “{other}” "
                f"({p[foil]:.0%}).", tiles, shaded=shares(model, image, question, said))


def shares(model, image: np.ndarray, question: np.ndarray, answer: int) -> list[tuple[str, float]]:
    """The words of a question, each with its share of their saliency: about what the score would lose without it."""
    saliency = question_saliency(model, image, question, answer, times_word=True)
    saliency = saliency / (saliency.sum() or 1.0)
    return [(WORDS[word], float(share)) for word, share in zip(question, saliency) if word != PAD]


def answer_rows(right: np.ndarray, peaks: dict[str, Pointing]) -> list[list[str]]:
    """A row for each kind of question: answers and peaks, and what chance would do."""
    rows = []
    for k, kind in enumerate(language.KINDS):
        cells = [f"{peaks[kind].hits:.0%}", f"{peaks[kind].chance:.0%}"] if kind in peaks else ["–", "–"]
        rows.append([kind, f"{right[:, k].mean():.0%}", f"{language.CHANCE[kind]:.0%}", *cells])
    return rows


# What both have


def tile(rgb: np.ndarray, title: str) -> Tile:
    return Tile(plot.pixels(rgb), title, f"{title}, over the picture")


def the_picture(scenes: language.GroupScenes, i: int) -> Tile:
    """The picture itself; those who can't see it are told what is there."""
    there = ", ".join(" ".join(phrase(scenes, i, g)) for g in range(scenes.shape.shape[1]))
    return Tile(plot.pixels(plot.picture(scenes.images[i])), "picture", f"The picture: {there}")


def name_of(scenes: language.GroupScenes, i: int) -> str:
    """A picture's name in the list, from how many things of which form are there."""
    phrases = [phrase(scenes, i, g) for g in range(scenes.shape.shape[1])]
    return f"{i + 1}: " + ", ".join(f"{words[0]} {words[-1]}" for words in phrases)


def unwarned(method, *about, **options) -> np.ndarray:
    """What an explanation returns, without the warning that a map is empty: here that is for the reader to see."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        return method(*about, **options)
