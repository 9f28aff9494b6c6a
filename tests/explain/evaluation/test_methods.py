"""All methods under one signature."""

import warnings

import numpy as np
import pytest

import explain
from explain.evaluation.methods import METHODS, chosen

SIZE = 16  # of the pictures, large enough for a patch


@pytest.mark.training
@pytest.mark.parametrize("name", METHODS)
def test_a_method_makes_one_finite_number_per_pixel_and_does_not_mind_company(name, small_cnn, images):
    method = METHODS[name]
    maps = method(small_cnn, images, [0, 1, 2])
    assert maps.shape == (3, SIZE, SIZE) and np.isfinite(maps).all()
    assert np.allclose(maps[1:2], method(small_cnn, images[1:2], 1), atol=1e-12)


@pytest.mark.training
@pytest.mark.parametrize("name", [name for name, method in METHODS.items() if not method.baseline])
def test_a_method_that_is_no_baseline_asks_the_net(name, small_cnn, images):
    asked = METHODS[name](small_cnn, images, 0)
    assert not np.allclose(asked, METHODS[name](explain.randomised(small_cnn, seed=3), images, 0))


def test_the_maps_are_those_of_the_library(small_cnn, images):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of maps without positive evidence, which a method leaves empty silently
        ours = {
            "guided": explain.saliency(small_cnn, images, 1, "guided"),
            "Grad-CAM": explain.gradcam(small_cnn, images, 1),
            "Grad-CAM++": explain.gradcam_plus_plus(small_cnn, images, 1),
            "Guided Grad-CAM": np.abs(explain.guided_gradcam(small_cnn, images, 1)).max(axis=1),
            "input x gradient": (images * explain.gradient(small_cnn, images, 1)).sum(axis=1),
        }
    for name, maps in ours.items():
        assert np.allclose(METHODS[name](small_cnn, images, 1), maps), name


def test_methods_are_chosen_by_name_each_once():
    assert [method.name for method in chosen("random, Grad-CAM,random")] == ["random", "Grad-CAM"]
    assert chosen("all") == tuple(METHODS.values())


@pytest.mark.parametrize("names", ["LIME", "Grad-CAM,LIME", []])
def test_a_method_that_there_is_not_is_refused_with_a_list(names):
    with pytest.raises(ValueError, match="the methods are gradient, deconvnet, guided,"):
        chosen(names)
