"""Small nets and pictures that the tests of explanations share, and a lecture that is made once for all of them."""

import sys
import warnings
from dataclasses import replace
from functools import partial

import numpy as np
import pytest

import minigrad as mg
import nets
from explain.lecture import lecture
from minigrad import nn
from nets.language import recipes

from . import chromium


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


class Tiny(nn.Module):
    """SmallCNN's structure, with so few channels that even the plain loops are done with it in no time."""

    last_conv_stage = "features.6"

    def __init__(self):
        first = [nn.Conv2d(3, 4, 3, padding=1, bias=False), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2)]
        second = [nn.Conv2d(4, 6, 3, padding=1, bias=False), nn.BatchNorm2d(6), nn.ReLU()]
        self.features = nn.Sequential(*first, *second)
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.classifier = nn.Linear(6, 5)

    def forward(self, x):
        return self.classifier(self.pool(self.features(x)).flatten(1))


@pytest.fixture
def small_cnn():
    """A net with random weights, whose batch norms have seen a batch, in float64 and in training mode."""
    mg.manual_seed(1)
    model = Tiny().astype("float64")
    model(mg.tensor(np.random.default_rng(0).standard_normal((4, 3, 16, 16))))
    return model


@pytest.fixture
def real_cnn():
    """A SmallCNN with random weights, in float64: for what depends on the sizes that it has."""
    mg.manual_seed(1)
    model = nets.SmallCNN(num_classes=5).astype("float64")
    model(mg.tensor(np.random.default_rng(0).standard_normal((4, 3, 16, 16))))
    return model


@pytest.fixture
def images():
    return np.random.default_rng(2).standard_normal((3, 3, 16, 16))


SMALL = {"SCENES": 64, "SNOW_SCENES": 64, "SNOW_TEST": 16, "PICTURES_FEWEST": 64, "PICTURES_MOST": 64, "TEST_SCENES": 8,
         "LEAGUE_SCENES": 2, "CHECKED_SCENES": 2, "CAPTION_SCENES": 64, "QUESTION_SCENES": 64, "SPOKEN_SCENES": 4,
         "DESCRIBED": 2, "ASKED": 2, "MEASURED_SCENES": 20}


def hurry(monkeypatch):
    """Let every recipe train for one epoch on few pictures, and the lecture measure on few scenes."""
    modules = [m for name, m in list(sys.modules.items()) if name.startswith(("nets.", "explain.lecture."))]
    for module in modules:
        for name, value in list(vars(module).items()):
            if isinstance(value, nets.Recipe):
                monkeypatch.setattr(module, name, replace(value, epochs=1, batch_size=64))
            elif name in SMALL and isinstance(value, int):
                monkeypatch.setattr(module, name, SMALL[name])
    monkeypatch.setattr(recipes, "held_out", partial(recipes.held_out, n=8))


@pytest.fixture
def quick_recipes(monkeypatch):
    hurry(monkeypatch)


@pytest.fixture(scope="session")
def made_lecture(tmp_path_factory):
    """A folder with the lecture in it, page and checkpoints, whose nets have hardly learned anything."""
    folder = tmp_path_factory.mktemp("made")
    with pytest.MonkeyPatch.context() as monkeypatch, warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # such nets may have no evidence to show
        hurry(monkeypatch)
        lecture(folder / "lecture", progress=False)
    return folder


@pytest.fixture(scope="session")
def browser():
    """One browser for all pages."""
    driver = chromium.start()
    yield driver
    driver.quit()
