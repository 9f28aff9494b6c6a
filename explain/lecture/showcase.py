"""What the lecture talks about: nets, and pictures that they have never seen.

Most sections can be shown on any pictures, and take those that ``--data`` chose; those that need the truth about where
an object is always take scenes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

import minigrad as mg
import nets
from nets import language
from nets.checkpoint import finished

HELD_OUT = 1_000_000  # seeds from here on make the scenes that no net is trained on
SHOWN = 1000  # held-out pictures of other data, at most


@dataclass
class Showcase:
    """A trained net with held-out pictures.

    Attributes
    ----------
    name : str
        The data's name.
    model : Module, in eval mode
    history : History
        Of its training.
    images : ndarray (N, C, H, W), labels : ndarray (N,)
        Held out; a picture of one thing each.
    names : sequence of str
        Of the classes.
    code : str
        The lines that make ``model``, ``images`` and ``labels``, for the page.
    """

    name: str
    model: mg.nn.Module
    history: nets.History
    images: np.ndarray
    labels: np.ndarray
    names: Sequence[str]
    code: str

    def one_of_each(self, count: int) -> np.ndarray:
        """Places of `count` pictures: the first of each class, then the second of each, and so on."""
        rank = np.zeros(len(self.labels), int)
        for label in np.unique(self.labels):
            mine = np.flatnonzero(self.labels == label)
            rank[mine] = np.arange(len(mine))
        return np.lexsort((self.labels, rank))[:count]


@dataclass
class Material:
    """Everything that sections are made from; what nobody asks for is never made.

    Attributes
    ----------
    data : str
        What ``--data`` chose.
    seed : int
        Of all training.
    checkpoints : Path
    progress : bool
        Show progress bars.
    retrain : bool
    """

    data: str
    seed: int
    checkpoints: Path
    progress: bool
    retrain: bool = False

    def train(self) -> None:
        """Train all nets that see, or read those that have been trained, so that no section has to wait for it."""
        for name in ("shown", "scenes", "digits", "lenet", "biased"):
            getattr(self, name)

    @cached_property
    def scenes(self) -> Showcase:
        """The net that knows scenes, with 1,000 of one object."""
        model, history = nets.scenes_net(self.seed, self.checkpoints, self.retrain, self.progress)
        test = nets.scenes(1000, seed=HELD_OUT + 1, objects=1)
        code = ("import explain, nets\nfrom explain import plot\n\nmodel, history = nets.scenes_net()\n"
                f"test = nets.scenes(1000, seed={HELD_OUT + 1}, objects=1)\n"
                "images, labels = test.images, test.labels\n")
        return Showcase("scenes", model, history, test.images, test.labels, nets.CLASSES, code)

    @cached_property
    def digits(self) -> Showcase:
        """The net that reads handwriting, with the digits that were held out."""
        model, history = nets.digits_net(self.seed, self.checkpoints, self.retrain, self.progress)
        _, test = nets.digits()
        code = ("import explain, nets\nfrom explain import plot\n\nmodel, history = nets.digits_net()\n"
                "_, test = nets.digits()\nimages, labels = test.images, test.labels\n")
        return Showcase("digits", model, history, test.images, test.labels, "0123456789", code)

    @cached_property
    def lenet(self) -> Showcase:
        """A net of another architecture that reads the same handwriting, a little smaller.

        Its seed is another, too: with the same, its filters would begin as those of `digits` do, and be alike for that.
        """
        model, history = nets.lenet_net(self.seed + 1, self.checkpoints, self.retrain, self.progress)
        _, test = nets.digits(size=28)
        code = ("import explain, nets\nfrom explain import plot\n\nmodel, history = nets.lenet_net(seed=1)\n"
                "_, test = nets.digits(size=28)\nimages, labels = test.images, test.labels\n")
        return Showcase("lenet", model, history, test.images, test.labels, "0123456789", code)

    @cached_property
    def biased(self) -> dict:
        """The net that takes the shortcut, and the one that could not: name to (model, history)."""
        return nets.biased_nets(self.seed, self.checkpoints, self.retrain, self.progress)

    @property
    def language_checkpoints(self) -> list[Path]:
        """Where the nets of language are kept, or will be."""
        return [self.checkpoints / f"{name}-{self.seed}.npz" for name in ("captions-attention", "answers")]

    def speaks(self) -> bool:
        """Whether the nets of language have learned all that they are to learn, and need only be read."""
        return not self.retrain and all(map(finished, self.language_checkpoints))

    def learn_to_speak(self) -> None:
        """Train the nets of language, or read them; they take longer than all the others together."""
        for name in ("captioner", "answerer"):
            getattr(self, name)

    @cached_property
    def captioner(self) -> language.Captioner:
        """The net that writes captions."""
        return language.captioner_net(self.seed, self.checkpoints, self.retrain, self.progress)[0]

    @cached_property
    def answerer(self) -> language.Answerer:
        """The net that answers questions."""
        return language.answerer_net(self.seed, self.checkpoints, self.retrain, self.progress)[0]

    @cached_property
    def shown(self) -> Showcase:
        """What ``--data`` chose."""
        if self.data in ("scenes", "digits"):
            return self.scenes if self.data == "scenes" else self.digits
        if self.data in ("mnist", "fashion_mnist", "cifar10"):
            name, (training, test) = self.data, getattr(nets, self.data)(progress=self.progress)
            call = f"{name}()"
        elif Path(self.data).is_dir():
            path = Path(self.data).resolve()
            name, (training, test) = path.name, nets.image_folder(path, progress=self.progress)
            call = f"image_folder({str(path)!r})"
        else:
            raise ValueError(f"unknown data {self.data!r}; use scenes, digits, mnist, fashion_mnist, cifar10, or the "
                             "path of a folder with a sub-folder of pictures for each class")
        return self.of_pictures(name, training, test, call)

    def of_pictures(self, name: str, training: nets.Pictures, test: nets.Pictures, call: str) -> Showcase:
        """A net that learns `training`, with at most `SHOWN` pictures of `test`; ``nets.<call>`` makes both."""
        model, history = nets.pictures_net(training, test, name, self.seed, self.checkpoints, self.retrain,
                                           self.progress)
        code = (f"import explain, nets\nfrom explain import plot\n\ntraining, test = nets.{call}\n"
                f"model, history = nets.pictures_net(training, test, {name!r})\n"
                f"images, labels = test.images[:{SHOWN}], test.labels[:{SHOWN}]\n")
        return Showcase(name, model, history, test.images[:SHOWN], test.labels[:SHOWN], test.names, code)
