"""CIFAR-10's batches as their author pickled them in 2009, read without running anything.

A batch is a dictionary: ``data`` is an array of bytes, a row for each picture (1,024 for red, row by row, then green,
then blue), and ``labels`` a list of numbers.
"""

from __future__ import annotations

import numpy as np

from .numpy_pickles import numpy_globals
from .safe_pickle import Source, load
from .untrusted import Allowance

SHAPE = (3, 32, 32)
CLASSES = 10


def read_batch(content: bytes) -> tuple[np.ndarray, np.ndarray]:
    """The pictures and labels in the bytes of one of the files ``data_batch_1`` to ``data_batch_5``, ``test_batch``.

    Returns
    -------
    images : array of uint8 (N, 3, 32, 32)
    labels : array of int64 (N,), from 0 to 9

    Raises
    ------
    ValueError
        If the bytes are damaged, not such a batch, or would run code.
    """
    allowance = Allowance()
    try:
        allowance.take(len(content), "the file")
        batch = load(Source(content), numpy_globals(allowance), allowance)
        images, labels = entry(batch, "data"), entry(batch, "labels")
    except ValueError as error:
        raise ValueError(f"this batch of CIFAR-10 can't be read: {error}") from error
    if not isinstance(images, np.ndarray) or images.dtype != np.uint8 or images.shape[1:] != (3072,):
        raise ValueError("this batch of CIFAR-10 has no data, or not an array of bytes of shape (N, 3072)")
    if type(labels) is not list or any(type(n) is not int or not 0 <= n < CLASSES for n in labels):
        raise ValueError(f"this batch of CIFAR-10 has labels that are no whole numbers from 0 to {CLASSES - 1}")
    if len(labels) != len(images):
        raise ValueError(f"this batch of CIFAR-10 has {len(images)} pictures and {len(labels)} labels")
    return images.reshape(-1, *SHAPE), np.array(labels, np.int64)


def entry(batch, name: str):
    """What the batch holds under a name, which Python 2 and 3 write differently; None if nothing."""
    return batch.get(name, batch.get(name.encode())) if type(batch) is dict else None
