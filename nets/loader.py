"""Loader: a data set as batches, in an order that the seed decides, made ready by another thread while the net learns.

Large sets are kept as bytes and become float32 batch by batch.  Nothing depends on what came before: the order follows
from the seed and the epoch's number, an augmentation's chances from these and the batch's number.  So any batch of any
epoch can be made again, which is how a run that was stopped goes on to the very same result.

Read next: ``training.py``, which learns from the batches.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice

import numpy as np

from .augmentation import Augmentation
from .pictures import as_floats

Batch = tuple[np.ndarray, np.ndarray]


class Loader:
    """Batches of pictures with their labels.

    ``for images, labels in loader`` is one epoch, number 0; the next such loop is number 1, and so on.  `batches` makes
    any epoch, from any batch on.

    Parameters
    ----------
    images : array (N, C, H, W)
        uint8, of which only a batch at a time becomes floats, or floats.
    labels : array (N, ...)
        Classes, or probabilities of classes.
    batch_size : int
        At least 1; a smaller set is one batch.
    shuffle : bool
        Draw a new order for every epoch.
    seed : int
        Of order and augmentation, 0 or more.
    augment : callable (images, rng) -> images, optional
        See ``augmentation.py``.
    prefetch : int
        How many batches to have ready; 0 makes each when it is asked for, without a thread.
    drop_last : bool
        Leave out the smaller batch that may remain at the end.
    convert : callable
        From a batch's pictures to what the net takes.  By default bytes become floats from -1 to 1, and floats are left
        as they are; see `converter`.

    Raises
    ------
    ValueError
        If images and labels don't fit, or a number is out of its range.

    Examples
    --------
    >>> loader = Loader(np.zeros((10, 1, 4, 4), np.uint8), np.arange(10), batch_size=4)
    >>> [(images.dtype.name, len(labels)) for images, labels in loader]
    [('float32', 4), ('float32', 4), ('float32', 2)]
    """

    def __init__(self, images: np.ndarray, labels: np.ndarray, batch_size: int, shuffle: bool = True, seed: int = 0,
                 augment: Augmentation | None = None, prefetch: int = 2, drop_last: bool = False,
                 convert: Callable[[np.ndarray], np.ndarray] = as_floats):
        images, labels = np.asarray(images), np.asarray(labels)
        if images.ndim != 4 or len(images) == 0 or images.shape[:1] != labels.shape[:1]:
            raise ValueError(f"Loader: images {images.shape} must be (N, C, H, W) with N at least 1, and labels "
                             f"{labels.shape} as many")
        if batch_size < 1 or prefetch < 0 or seed < 0:
            raise ValueError(f"Loader: batch_size ({batch_size}) must be at least 1, prefetch ({prefetch}) and seed "
                             f"({seed}) at least 0")
        self.images, self.labels, self.batch_size = images, labels, min(batch_size, len(images))
        self.shuffle, self.seed, self.augment, self.prefetch = shuffle, seed, augment, prefetch
        self.drop_last, self.convert = drop_last, convert
        self.next_epoch = 0

    def __len__(self):
        """Batches in an epoch."""
        whole, rest = divmod(len(self.images), self.batch_size)
        return whole + (rest > 0 and not self.drop_last)

    def __iter__(self) -> Generator[Batch, None, None]:
        self.next_epoch += 1
        return self.batches(self.next_epoch - 1)

    def batches(self, epoch: int, start: int = 0) -> Generator[Batch, None, None]:
        """The batches of an epoch, from number `start` on."""
        order = np.arange(len(self.images))
        if self.shuffle:
            order = np.random.default_rng((self.seed, epoch)).permutation(len(self.images))
        return made_ahead(lambda number: self.batch(order, epoch, number), range(start, len(self)), self.prefetch)

    def batch(self, order: np.ndarray, epoch: int, number: int) -> Batch:
        """Make one batch: pick, augment, convert."""
        part = order[number * self.batch_size : (number + 1) * self.batch_size]
        images = self.images[part]
        if self.augment is not None:
            # Number + 1, as NumPy makes the same generator of (seed, epoch, 0) as of (seed, epoch), which orders.
            images = self.augment(images, np.random.default_rng((self.seed, epoch, number + 1)))
        return self.convert(images), self.labels[part]


def made_ahead(make: Callable[[int], Batch], numbers: range, ahead: int) -> Generator[Batch, None, None]:
    """``make(number)`` for all numbers, by a thread that is `ahead` of who takes them.

    What `make` raises is raised here, where its result would have come, with the traceback that it had there.  The
    thread ends with the loop, also when that is left early: then what has not been begun is not made.
    """
    if ahead == 0:
        yield from map(make, numbers)
        return
    to_come = iter(numbers)
    worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="loader")
    try:
        ready = deque(worker.submit(make, number) for number in islice(to_come, ahead))
        while ready:
            result = ready.popleft().result()
            ready.extend(worker.submit(make, number) for number in islice(to_come, 1))
            yield result
    finally:
        worker.shutdown(cancel_futures=True)
