"""Training: an epoch of a few batches, forward, cross-entropy, backward and the optimiser's step.

Both sides begin with the same weights and see the same batches; the losses of their first epoch are what is compared.
Every further epoch goes on from there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np

import minigrad as mg
import nets

from . import peers
from .case import Case, Sides

BATCH, BATCHES = 64, 8


@dataclass(frozen=True)
class Course:
    """A net, what it is trained on, and how.

    Attributes
    ----------
    net : str
        Its name among ``nets.ARCHITECTURES``.
    picture : (C, H, W)
    optimiser : {"SGD", "Adam"}
    settings : its arguments, in either framework
    """

    label: str
    net: str
    picture: tuple[int, int, int]
    optimiser: str
    settings: dict


COURSES = [
    Course("small CNN, 3x48x48", "small_cnn", (3, 48, 48), "Adam", {"lr": 1e-3}),
    Course("LeNet, 1x28x28", "lenet", (1, 28, 28), "Adam", {"lr": 1e-3}),
    Course("ResNet-20, 3x32x32", "resnet20_cifar", (3, 32, 32), "SGD", {"lr": 0.01, "momentum": 0.9}),
]


def cases() -> Iterator[Case]:
    for course in COURSES:
        yield Case("training", course.label, partial(sides, course))


def sides(course: Course) -> Sides:
    """An epoch on both sides."""
    samples = batches(course.picture, BATCHES)
    return Sides(our_epoch(course, samples), their_epoch(course, samples))


def batches(picture, n: int, size: int | None = None) -> list[tuple[np.ndarray, np.ndarray]]:
    """Batches of random pictures, each with a random class."""
    rng = np.random.default_rng(0)
    size = size or BATCH
    return [(rng.standard_normal((size, *picture), np.float32), rng.integers(0, 10, size)) for _ in range(n)]


def fresh(course: Course):
    """Our net with the weights that every run begins with, in training mode."""
    mg.manual_seed(0)
    return nets.ARCHITECTURES[course.net](num_classes=10).train()


def our_epoch(course: Course, samples) -> Callable:
    model = fresh(course)
    optimiser = getattr(mg.optim, course.optimiser)(model.parameters(), **course.settings)

    def epoch() -> list[np.ndarray]:
        losses = []
        for images, labels in samples:
            optimiser.zero_grad()
            loss = mg.functional.cross_entropy(model(mg.tensor(images)), labels)
            loss.backward(retain_graph=False)
            optimiser.step()
            losses.append(loss.item())
        return [np.array(losses)]

    return epoch


def their_epoch(course: Course, samples) -> Callable:
    """The same in PyTorch, or else with our NumPy backend."""
    torch = peers.installed("torch")
    if torch is None:
        return peers.on_numpy(our_epoch(course, samples))
    from .twins import twin

    model = twin(course.net, fresh(course))
    optimiser = getattr(torch.optim, course.optimiser)(model.parameters(), **course.settings)

    def epoch() -> list[np.ndarray]:
        losses = []
        for images, labels in samples:
            optimiser.zero_grad()
            loss = torch.nn.functional.cross_entropy(model(torch.tensor(images)), torch.tensor(labels))
            loss.backward()
            optimiser.step()
            losses.append(loss.item())
        return [np.array(losses)]

    return epoch
