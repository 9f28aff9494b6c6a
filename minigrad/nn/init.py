"""First values of the weights, so that signals neither die nor explode on their way through the layers."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from .. import random

CHUNK = 1 << 20  # random numbers drawn at a time


def kaiming_normal(shape: tuple[int, ...]) -> np.ndarray:
    """Normal numbers with variance ``2 / fan_in``: a ReLU halves the variance, and this doubles it (He et al. 2015).

    `shape` is (outputs, inputs, ...); the fan-in is how many numbers one output is summed from.
    """
    scale = math.sqrt(2 / max(math.prod(shape[1:]), 1))
    return drawn(shape, lambda n: random.generator().standard_normal(n) * scale)


def normal(shape: tuple[int, ...]) -> np.ndarray:
    """Normal numbers with variance 1, PyTorch's choice for embeddings."""
    return drawn(shape, lambda n: random.generator().standard_normal(n))


def uniform(shape: tuple[int, ...], fan_in: int) -> np.ndarray:
    """Uniform numbers within ``1 / sqrt(fan_in)``, PyTorch's choice for linear layers and biases."""
    bound = 1 / math.sqrt(max(fan_in, 1))
    return drawn(shape, lambda n: random.generator().uniform(-bound, bound, n))


def drawn(shape: tuple[int, ...], draw: Callable[[int], np.ndarray]) -> np.ndarray:
    """Float32 numbers from a source of float64 ones, which are never all there: VGG-16 would need a gigabyte more."""
    flat = np.empty(math.prod(shape), np.float32)
    for start in range(0, flat.size, CHUNK):
        part = flat[start : start + CHUNK]
        part[:] = draw(part.size)
    return flat.reshape(shape)
