"""Fixtures for the engine's tests: seeded numbers, and numbers that keep away from ties and kinks.

A finite difference cannot judge where a function has a corner, so whatever contains a ReLU or a maximum is checked on
`spread` numbers: no two are closer than 0.1 and none is closer to 0 than 0.05.
"""

import numpy as np
import pytest

import minigrad as mg


@pytest.fixture
def rng():
    return np.random.default_rng(7)


@pytest.fixture
def normal(rng):
    """``normal(2, 3)``: float64 normal numbers."""
    return lambda *shape: rng.standard_normal(shape)


@pytest.fixture
def positive(rng):
    """``positive(2, 3)``: float64 numbers between 0.5 and 2."""
    return lambda *shape: rng.uniform(0.5, 2.0, shape)


@pytest.fixture
def spread(rng):
    """``spread(2, 3)``: float64 numbers of both signs, far from each other and from 0."""

    def draw(*shape):
        n = int(np.prod(shape))
        return ((rng.permutation(n) - n // 2 + 0.5) * 0.1).reshape(shape)

    return draw


@pytest.fixture
def leaf():
    """``leaf([1, 2])``: a float64 tensor that requires its gradient."""
    return lambda data: mg.tensor(np.array(data, dtype=np.float64), requires_grad=True)


@pytest.fixture(autouse=True)
def same_random_numbers():
    mg.manual_seed(0)
