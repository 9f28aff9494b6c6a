"""Pictures with labels, as all data sets here give them: checked, scaled, and split into a training and a test set.

A byte says how bright a pixel is, from 0 to 255; a net wants small numbers around 0.  Bytes take a quarter of the
memory of float32, so large sets stay bytes (``raw=True``) until a `Loader` makes a batch of them.

Read next: ``loader.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from .preprocessing import column


class Pictures(NamedTuple):
    """Images (N, C, H, W), int64 labels (N,), and the names of the classes.

    The images are float32 in [-1, 1] or, where ``raw=True`` has asked for them, uint8.
    """

    images: np.ndarray
    labels: np.ndarray
    names: tuple[str, ...]


def pictures(images: np.ndarray, labels: np.ndarray, names: Sequence[str], source, raw: bool = False) -> Pictures:
    """Bytes (N, C, H, W) as `Pictures`; ValueError, naming the `source`, if they and the labels don't fit."""
    if len(images) != len(labels) or not len(labels) or labels.max() >= len(names) or labels.min() < 0:
        among = f", from {labels.min()} to {labels.max()}," if len(labels) else ""
        raise ValueError(f"{source} doesn't fit together: {len(images)} pictures, {len(labels)} labels{among} and "
                         f"{len(names)} classes")
    return Pictures(images if raw else scaled(images), labels.astype(np.int64), tuple(names))


def scaled(images: np.ndarray) -> np.ndarray:
    """Bytes as float32 from -1 (black) to 1.

    Examples
    --------
    >>> scaled(np.array([0, 255], np.uint8))
    array([-1.,  1.], dtype=float32)
    """
    floats = images.astype(np.float32)
    floats /= 127.5
    floats -= 1
    return floats


def as_floats(images: np.ndarray) -> np.ndarray:
    """Bytes from -1 to 1; what is no bytes, as it is."""
    return scaled(images) if images.dtype == np.uint8 else images


def converter(model) -> Callable[[np.ndarray], np.ndarray]:
    """How `model` wants its pictures: bytes as `as_floats` or, if it has a `preprocessing`, with its mean and spread.

    Floats are taken to be prepared already.
    """
    wanted = getattr(model, "preprocessing", None)
    if wanted is None:
        return as_floats
    mean, std = column(wanted.mean), column(wanted.std)
    return lambda images: (images.astype(np.float32) / 255 - mean) / std if images.dtype == np.uint8 else images


def split(classes: Sequence[np.ndarray], names: Sequence[str], held_out: float, rng: np.random.Generator, source,
          raw: bool = False) -> tuple[Pictures, Pictures]:
    """Training and test set, with each class's share in both, and both in random order.

    Parameters
    ----------
    classes : arrays uint8 (n, C, H, W)
        The pictures of each class, in the order of `names`.
    held_out : float
        Share of each class that goes to the test set; at least one picture does, and at least one does not.

    Raises
    ------
    ValueError
        If a class has one picture only.
    """
    halves: tuple[list, list] = [], []
    for label, mine in enumerate(classes):
        if len(mine) == 1:
            raise ValueError(f"{source}: {names[label]} has one picture; a class needs two, one to learn from and one "
                             "to test with")
        order = rng.permutation(len(mine))
        tested = min(max(round(held_out * len(mine)), 1), max(len(mine) - 1, 0))
        halves[0].append((mine[order[tested:]], label))
        halves[1].append((mine[order[:tested]], label))
    training, test = (shuffled(half, names, rng, source, raw) for half in halves)
    return training, test


def shuffled(half: list[tuple[np.ndarray, int]], names, rng: np.random.Generator, source, raw: bool) -> Pictures:
    """The pictures of all classes in one random order."""
    labels = np.repeat([label for _, label in half], [len(mine) for mine, _ in half])
    order = rng.permutation(len(labels))
    return pictures(np.concatenate([mine for mine, _ in half])[order], labels[order], names, source, raw)


def listed(names: Sequence[str], most: int = 10) -> str:
    """``a, b, c`` and, of a long list, how many more there are.

    Examples
    --------
    >>> listed(["a", "b", "c"], most=2)
    'a, b and 1 more'
    """
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
