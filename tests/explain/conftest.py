"""Small nets and pictures that the tests of explanations share."""

import numpy as np
import pytest

import minigrad as mg
import nets


class Linear(mg.nn.Module):
    """A linear model on flattened pictures: its gradient is known, it is its weights."""

    def __init__(self, shape=(3, 8, 8), classes=4):
        self.fc = mg.nn.Linear(int(np.prod(shape)), classes)

    def forward(self, x):
        return self.fc(x.flatten(1))


@pytest.fixture
def linear_model():
    mg.manual_seed(0)
    return Linear()


@pytest.fixture
def small_cnn():
    """A SmallCNN with random weights, whose batch norms have seen a batch, in float64 and in training mode."""
    mg.manual_seed(1)
    model = nets.SmallCNN(num_classes=5).astype("float64")
    model(mg.tensor(np.random.default_rng(0).standard_normal((4, 3, 16, 16))))
    return model


@pytest.fixture
def images():
    return np.random.default_rng(2).standard_normal((3, 3, 16, 16))
