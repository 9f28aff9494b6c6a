"""Finding a snow detector out: held to two nets whose reasons are known, since they were built and not trained."""

import numpy as np
import pytest

import minigrad as mg
from explain.bias import background_reliance, mass_inside
from minigrad import nn


def test_mass_inside_is_the_share_of_the_positive_part():
    maps = np.array([[[2.0, 6.0], [-9.0, 0.0]], [[1.0, 1.0], [1.0, 1.0]]])
    masks = np.array([[[True, False], [True, False]], [[True, False], [False, False]]])
    assert mass_inside(maps, masks).tolist() == [0.25, 0.25]


def test_a_map_without_positive_mass_is_nowhere():
    assert np.isnan(mass_inside(-np.ones((1, 2, 2)), np.ones((1, 2, 2), bool))).all()


def test_shapes_must_agree():
    with pytest.raises(ValueError, match="must both be"):
        mass_inside(np.zeros((2, 3, 3)), np.zeros((3, 3), bool))


class Brightness(nn.Module):
    """Looks at what is brighter than any ground can be (the animal), or at what is darker (the ground)."""

    last_conv_stage = "relu"

    def __init__(self, sign):
        self.relu, self.sign = nn.ReLU(), sign

    def forward(self, x):
        seen = self.relu(self.sign * x).mean(axis=(1, 2, 3))
        return mg.functional.cat([seen.reshape(-1, 1), -seen.reshape(-1, 1)], axis=1)


def test_a_net_that_looks_at_the_animal_has_its_mass_there_and_one_that_looks_at_the_ground_has_not():
    animal, ground = (background_reliance(Brightness(sign), n=40) for sign in (1.0, -1.0))
    assert animal["saliency_inside"] > 4 * animal["animal"] and ground["saliency_inside"] < animal["animal"]
    assert animal["gradcam_inside"] > 4 * animal["animal"] and ground["gradcam_inside"] < animal["animal"]
