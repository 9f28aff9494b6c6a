"""Fitting a net, a data set and a recipe to each other, or saying why they don't fit."""

from __future__ import annotations

import argparse
import hashlib
import inspect
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

import minigrad as mg
from minigrad import nn

from ..architectures import ARCHITECTURES
from ..datasets import dataset
from ..digits import digits
from ..pictures import Pictures
from ..pretrained import published_file
from ..recipes import DIGITS_RECIPE, LENET_RECIPE, SCENES_RECIPE, scenes_samples
from ..training import Recipe, Samples, predict
from ..weights import load_weights, read_weights

GENERATED = ("scenes", "digits")  # these need no files, and with a SmallCNN they are the lecture's nets
SIDE, LENET_SIDE, DIGITS_SIDE = 64, 28, 32  # of pictures whose size is ours to choose
LARGE_SIDE, LARGE_BATCH = 96, 8  # of larger pictures, fewer at once: all that the net computes is kept for the way back
HELD_OUT = 2000  # test pictures that are looked at after every epoch, at most
PLAIN_RATE, TUNING_RATE = 3e-4, 1e-4  # Adam's, for a deep net without batch norm: from random weights, and from others
GENTLER = 0.03  # share of the usual rate, for another net that has learned before
MOMENTUM = 10  # times the usual rate, for SGD


@dataclass(frozen=True)
class Setup:
    """What is trained, on what, and how; `held_out` is the part of the test set that is measured after every epoch."""

    name: str
    model: nn.Module
    training: Pictures
    test: Pictures
    held_out: Samples
    recipe: Recipe


def prepared(options: argparse.Namespace) -> Setup:
    """Read the data, make the net, and choose the recipe, as the command line says.

    Raises
    ------
    OSError, ValueError
        If anything is missing, damaged, or doesn't fit the rest.
    """
    source = checked_source(options)
    weights = published_file(options.net, not options.quiet) if options.pretrained else options.weights
    training, test = data(options, source)
    classes, channels = len(training.names), training.images.shape[1]
    mg.manual_seed(options.seed)
    model = fresh_or_loaded(lambda n: make(options.net, n, channels), classes, weights)
    about = material(source, training, test, weights)
    training, test = (coloured(part, model) for part in (training, test))
    check_pictures(options.net, model, training)
    lectures = source in GENERATED and options.net == "small_cnn"
    name = source if lectures else f"{options.net}-{Path(source).resolve().name.split('.')[0]}"
    side = max(training.images.shape[2:])
    return Setup(name, model, training, test, measured(test), recipe(options, source, model, side, about))


def checked_source(options: argparse.Namespace) -> str:
    """The name or path of the data, if that and what else can be checked at once are as they should be."""
    source = options.data or options.named_data
    if not source or (options.data and options.named_data):
        raise ValueError("say once what to train on: python -m nets train DATA, or --data DATA")
    if options.seed < 0:
        raise ValueError(f"--seed must be 0 or more, not {options.seed}")
    if options.net not in ARCHITECTURES:
        raise ValueError(f"there is no net {options.net!r}; use one of {', '.join(ARCHITECTURES)}")
    return source


def material(source: str, training: Pictures, test: Pictures, weights: str | Path | None) -> str:
    """Checksums of what a run is made from; generated data need none."""
    parts = [] if source in GENERATED else [f"pictures {digest(training, test)}"]
    if weights is not None:
        parts.append(f"weights {hashlib.sha256(Path(weights).read_bytes()).hexdigest()[:8]}")
    return ", ".join(parts)


def measured(test: Pictures) -> Samples:
    """The test pictures, or so many of them, drawn at random, that measuring takes no longer than training."""
    if len(test.labels) <= HELD_OUT:
        return test.images, test.labels
    chosen = np.sort(np.random.default_rng(0).permutation(len(test.labels))[:HELD_OUT])
    return test.images[chosen], test.labels[chosen]


def data(options: argparse.Namespace, source: str) -> tuple[Pictures, Pictures]:
    """Training and test set, in the size that the net is for where that can be chosen."""
    if source in GENERATED:
        if options.test_data or options.size:
            raise ValueError(f"{source} have test pictures and a size of their own; leave out --test-data and --size")
        if source == "scenes":
            return scenes_samples(options.seed)
        names = tuple("0123456789")
        training, test = digits(LENET_SIDE if options.net == "lenet" else DIGITS_SIDE)
        return Pictures(*training, names), Pictures(*test, names)
    size = options.size
    if size is not None and not Path(source).is_dir():
        raise ValueError(f"--size is for folders of pictures, and {source} is none; its pictures have a size already")
    if size is None:
        size = usual_side(options.net) if Path(source).is_dir() else SIDE
    return dataset(source, options.test_data, size, options.seed, not options.quiet, raw=True)


def usual_side(net: str) -> int:
    """The size of pictures that a net was made for, or 64 if it takes any."""
    if net == "lenet":
        return LENET_SIDE
    wanted = getattr(make(net, 2, 3), "preprocessing", None)
    return wanted.size if wanted else SIDE


def make(net: str, classes: int, channels: int) -> nn.Module:
    """A net for so many classes and, if it leaves a choice, so many channels."""
    factory = ARCHITECTURES[net]
    choice = {"in_channels": channels} if "in_channels" in inspect.signature(factory).parameters else {}
    return factory(num_classes=classes, **choice)


def fresh_or_loaded(made: Callable[[int], nn.Module], classes: int, weights: str | Path | None) -> nn.Module:
    """The net with random weights, or with those in a file, whose last layer may be for other classes.

    Such a layer is of no use for the new classes: it stays random, and stderr says so.
    """
    model = made(classes)
    if weights is None:
        return model
    last = list(model.state_dict())[-1]  # the last layer's bias: a number for each class
    arrays = read_weights(weights)
    theirs = len(arrays.get(last, arrays.get(f"module.{last}", model.state_dict()[last])))
    if theirs == classes:
        return load_weights(model, weights)
    layer = last.rpartition(".")[0]
    print(f"nets: the weights in {weights} are for {theirs} classes, and these pictures have {classes}: the last layer "
          f"({layer}) starts from random weights, the others from these", file=sys.stderr)
    body = load_weights(made(theirs), weights).state_dict()
    model.load_state_dict(body | {k: v for k, v in model.state_dict().items() if k.startswith(f"{layer}.")})
    return model


def coloured(part: Pictures, model: nn.Module) -> Pictures:
    """Grey pictures for a net that takes colour: three times the same, without copying anything."""
    n, channels, h, w = part.images.shape
    if channels == 1 and first_convolution(model).weight.shape[1] == 3:
        return part._replace(images=np.broadcast_to(part.images, (n, 3, h, w)))
    return part


def first_convolution(model: nn.Module) -> nn.Conv2d:
    """The layer that sees the pictures."""
    return next(module for module in model.modules() if isinstance(module, nn.Conv2d))


def check_pictures(net: str, model: nn.Module, training: Pictures) -> None:
    """Let the net look at one picture; ValueError if it can't."""
    try:
        predict(model, training.images[:1])
    except ValueError as error:
        raise ValueError(f"{net} can't take these pictures, which are {training.images.shape[1:]} (channels, height, "
                         f"width): {error}") from error


def digest(training: Pictures, test: Pictures) -> str:
    """A checksum of all pictures, labels and names."""
    hashed = hashlib.sha256(repr(training.names).encode())
    for part in (training, test):
        hashed.update(np.ascontiguousarray(part.images).data)
        hashed.update(np.ascontiguousarray(part.labels).data)
    return hashed.hexdigest()[:8]


def recipe(options: argparse.Namespace, source: str, model: nn.Module, side: int, about: str) -> Recipe:
    """The usual recipe for these data and this net, with what the command line has another wish about."""
    usual = {"scenes": SCENES_RECIPE, "digits": DIGITS_RECIPE}.get(source, Recipe(epochs=6))
    if side > LARGE_SIDE:
        usual = replace(usual, batch_size=LARGE_BATCH)
    lr = usual_rate(options, usual, model) * (MOMENTUM if options.optimizer == "sgd" else 1)
    names = ("epochs", "batch_size", "lr", "optimizer", "weight_decay", "augment")
    wishes = {name: getattr(options, name) for name in names if getattr(options, name) is not None}
    return replace(usual, **({"lr": lr, "seed": options.seed, "about": about} | wishes))


def usual_rate(options: argparse.Namespace, usual: Recipe, model: nn.Module) -> float:
    """Adam's highest learning rate: lower without batch norm, and much lower for a net that has learned before."""
    learned = options.pretrained or options.weights is not None
    if any(isinstance(module, nn.BatchNorm2d) for module in model.modules()):
        return usual.lr * (GENTLER if learned else 1)
    if options.net == "lenet":
        return LENET_RECIPE.lr * (GENTLER if learned else 1)
    return TUNING_RATE if learned else PLAIN_RATE
