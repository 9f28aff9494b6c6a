"""Any differentiable score will do: a word, an answer, a pixel of a segmentation, a number that a net puts out.

The nets that segment and measure are made of the one that knows scenes.  Its class scores are sums over places; leaving
out the sum gives scores for every place, and another last layer, found by least squares, a number.

Read next: ``build.py``.
"""

from __future__ import annotations

from typing import Any

import numpy as np

import explain
import nets
from minigrad import functional as F
from minigrad import nn
from nets import language
from nets.language.words import PLURALS, SHAPE_WORDS, WORDS

from .. import plot
from ..gradcam import layer_name
from ..page import Section, Shown, Table
from .cams import overlaid
from .showcase import HELD_OUT, Material

MEASURED_SCENES = 300  # from which the last layer learns to measure, and as many to test it

# What is explained, and the very line that does it: these are run below.
LINES = {
    "a word": "explain.gradcam(explain.Given(captioner, words), two_groups, explain.word_score(words, t), relu=False)",
    "an answer": "explain.gradcam(explain.Given(answerer, question), three_groups, answer, relu=False)",
    "a pixel": "explain.saliency(segments, scene, lambda scores: scores[:, label, row, column])",
    "a number": "explain.gradcam(area, scene, lambda pixels: pixels[:, 0], relu=False)",
}


class Segments(nn.Module):
    """A score of every class for every pixel, (N, K, H, W): a net without the mean before its last layer.

    A fully convolutional net (Long et al. 2015), made of a `nets.SmallCNN` as it is, and as coarse as its last maps.

    Examples
    --------
    >>> import minigrad as mg
    >>> Segments(nets.SmallCNN())(mg.tensor(np.zeros((2, 3, 32, 32)))).shape
    (2, 10, 32, 32)
    """

    def __init__(self, model: nn.Module):
        self.model: Any = model
        self.last_conv_stage = f"model.{layer_name(model)}"

    def forward(self, x):
        maps = self.model.features(x)
        n, k, h, w = maps.shape
        scores = self.model.classifier(maps.reshape(n, k, h * w).swapaxes(1, 2))
        return F.interpolate(scores.swapaxes(1, 2).reshape(n, -1, h, w), x.shape[2:], mode="bilinear")


def area_net(model: nn.Module, seed: int = 0, n: int = MEASURED_SCENES) -> nn.Module:
    """A net that puts out how many pixels the objects cover, (N, 1): `model` with another last layer.

    The layer is the best one for `n` scenes, by least squares.

    Examples
    --------
    >>> import minigrad as mg
    >>> area_net(nets.SmallCNN(), n=20)(mg.tensor(np.zeros((2, 3, 64, 64)))).shape
    (2, 1)
    """
    drawn = nets.scenes(n, seed, objects=(1, 3))
    seen = np.column_stack([explain.embed(model, drawn.images), np.ones(n)])
    best, *_ = np.linalg.lstsq(seen, covered(drawn), rcond=None)
    net = nets.SmallCNN(1)
    net.load_state_dict({name: array for name, array in model.state_dict().items() if "classifier" not in name}
                        | {"classifier.weight": best[None, :-1], "classifier.bias": best[-1:]})
    return net.eval()


def covered(drawn: nets.Scenes) -> np.ndarray:
    """How many pixels of each scene are some object's."""
    return drawn.masks.any(axis=1).sum(axis=(1, 2)).astype(float)


def any_score(material: Material) -> Section:
    """Four scores that are no classes, each explained by a line."""
    names = what_the_lines_speak_of(material)
    maps = {what: eval(line, {"explain": explain, **names}) for what, line in LINES.items()}
    test = nets.scenes(MEASURED_SCENES, HELD_OUT + 3, objects=(1, 3))
    said, truth = nets.predict(names["area"], test.images)[:, 0], covered(test)
    explained = 1 - ((said - truth) ** 2).sum() / ((truth - truth.mean()) ** 2).sum()
    word, answer = language.decoded(names["words"][names["t"] :]).split()[0], language.ANSWERS[names["answer"]]
    label = nets.CLASSES[names["label"]]
    pictures = [names["two_groups"], names["three_groups"], names["scene"], names["scene"]]
    over = [overlaid(image, np.maximum(one, 0)) for image, one in zip(pictures, maps.values())]
    over[2] = plot.outlined(plot.heat(maps["a pixel"]), at(names), (0.3, 1.0, 1.0))
    titles = [f"why the word “{word}”?", f"why the answer “{answer}”?", f"why “{label}” at this pixel?",
              "why so many pixels?"]
    question = language.decoded(names["question"])
    return Section(
        key="scores",
        title="Any differentiable score will do",
        question="What if a network doesn't put out classes at all?",
        formula=[("score", "S = any function with a gradient of what the network puts out, one number per picture")],
        shown=[Shown(plot.png(plot.grid([[plot.picture(image) for image in pictures], over], titles, side=1.9)),
                     "Four pictures, and beneath each a map of its score",
                     f"From left to right: a word of the caption “{language.decoded(names['words'])}”; the answer to "
                     f"“{question}?”; the pixel in the small square, for a net that gives each pixel a score for each "
                     "class; a net that puts out how many pixels the objects cover."),
               Table(["", "the line that makes the map"], [[what, line] for what, line in LINES.items()],
                     "The very lines that were run for the maps above.")],
        notice="The functions are those of the sections on classes; only the score is another. A word's is its "
               "log-probability, and an answer is a class once its question is held fixed. The map of a pixel shows "
               "what that one looked at: its receptive field, and no more. (Grad-CAM would weigh whole maps, and for "
               "this net could not tell one pixel from another.) The net that measures was made of the one that "
               "knows classes by a new last layer, and explains "
               f"{explained:.0%} of the variance on {len(test.images)} new scenes. Ask for (pixels − 400)², and you "
               "learn what takes it away from 400, instead of what makes it large.",
        code=code_of(names),
    )


def what_the_lines_speak_of(material: Material) -> dict:
    """The nets, pictures, words and places that `LINES` name."""
    two, three = language.held_out(groups=2, n=1), language.held_out(groups=3, n=1)
    drawn = nets.scenes(1, HELD_OUT + 2, objects=2)
    words = language.write(material.captioner, two.images)[0]
    question = language.questions(three).words[0, 2]
    row, column = np.argwhere(drawn.masks[0, 0]).mean(axis=0).round().astype(int).tolist()
    model = material.scenes.model
    answer = int(language.answers(material.answerer, three.images, question[None])[0])
    return {"captioner": material.captioner, "two_groups": two.images[0], "words": words, "t": first_noun(words),
            "answerer": material.answerer, "three_groups": three.images[0], "question": question, "answer": answer,
            "scene": drawn.images[0], "segments": Segments(model), "area": area_net(model),
            "row": row, "column": column, "label": int(drawn.classes[0, 0])}


def first_noun(words: np.ndarray) -> int:
    """The place of a caption's first noun, or 0 if it has none.

    Examples
    --------
    >>> first_noun(language.encoded(["three small red rings".split()], longest=5)[0])
    3
    """
    return next((t for t, word in enumerate(words) if WORDS[word] in SHAPE_WORDS + PLURALS), 0)


def at(names: dict) -> np.ndarray:
    """A mask of the pixel that is explained."""
    mask = np.zeros(names["scene"].shape[1:], bool)
    mask[names["row"], names["column"]] = True
    return mask


def code_of(names: dict) -> str:
    """All four lines, with what they need before them."""
    lines = "\n".join(f"{what.replace(' ', '_')} = {line}" for what, line in LINES.items())
    return f"""
import explain, nets
from explain import plot
from explain.lecture.other_scores import Segments, area_net
from nets import language

captioner, _ = language.captioner_net()
two_groups = language.held_out(groups=2, n=1).images[0]
words, t = language.write(captioner, two_groups[None])[0], {names["t"]}
answerer, _ = language.answerer_net()
drawn = language.held_out(groups=3, n=1)
three_groups, question = drawn.images[0], language.questions(drawn).words[0, 2]
answer = language.answers(answerer, three_groups[None], question[None])[0]
model, _ = nets.scenes_net()
scene, label = nets.scenes(1, seed={HELD_OUT + 2}, objects=2).images[0], {names["label"]}
segments, (row, column) = Segments(model), {names["row"], names["column"]}
area = area_net(model)

{lines}
plot.grid([[plot.heat(a_word.clip(0)), plot.heat(an_answer.clip(0)), plot.heat(a_pixel),
            plot.heat(a_number.clip(0))]]).savefig("scores.png")"""
