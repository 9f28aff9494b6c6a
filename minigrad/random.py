"""The random numbers of initialisation and dropout: one generator that can be seeded, saved and put back."""

from __future__ import annotations

import numpy as np

_generator = np.random.default_rng(0)


def generator() -> np.random.Generator:
    """The generator that layers draw from unless they are given one."""
    return _generator


def manual_seed(seed: int) -> None:
    """Make everything that is drawn from now on reproducible."""
    _generator.bit_generator.state = np.random.default_rng(seed).bit_generator.state


def get_state() -> dict:
    """The generator's state, for a checkpoint."""
    return dict(_generator.bit_generator.state)


def set_state(state: dict) -> None:
    """Go on drawing where `get_state` was called."""
    _generator.bit_generator.state = state
