"""First values of the weights, so that signals neither die nor explode on their way through the layers."""

from __future__ import annotations

import math

import numpy as np

from .. import random


def kaiming_normal(shape: tuple[int, ...]) -> np.ndarray:
    """Normal numbers with variance ``2 / fan_in``: a ReLU halves the variance, and this doubles it (He et al. 2015).

    `shape` is (outputs, inputs, ...); the fan-in is how many numbers one output is summed from.
    """
    fan_in = math.prod(shape[1:])
    return (random.generator().standard_normal(shape) * math.sqrt(2 / max(fan_in, 1))).astype(np.float32)


def uniform(shape: tuple[int, ...], fan_in: int) -> np.ndarray:
    """Uniform numbers within ``1 / sqrt(fan_in)``, PyTorch's choice for linear layers and biases."""
    bound = 1 / math.sqrt(max(fan_in, 1))
    return random.generator().uniform(-bound, bound, shape).astype(np.float32)
