"""One scene put to all measures: what is measured is what the measures' own files define."""

import numpy as np
import pytest

import minigrad as mg
import nets
from explain.evaluation import measures
from explain.evaluation.infidelity import sensitivity_max, squares_removed, unexplained_share
from explain.evaluation.measures import MEASURES, chosen_measures, mask_of, measured
from explain.evaluation.methods import METHODS, Method


@pytest.fixture
def model():
    mg.manual_seed(0)
    return nets.SmallCNN().eval()


@pytest.fixture
def scene():
    return nets.scenes(1, seed=4, objects=2)


def sees_class(scene, m):
    """A model that answers with the class of object m, whatever it sees."""
    class Sure(mg.nn.Module):
        def __init__(self):
            self.bias = mg.nn.module.Parameter(5.0 * np.eye(10)[scene.classes[0, m]])

        def forward(self, x):
            return (x * 0.0).mean(axis=(1, 2, 3)).reshape(-1, 1) + self.bias
    return Sure()


@pytest.mark.parametrize("m", [0, 1])
def test_a_map_that_is_the_mask_is_perfect_on_the_object_that_the_net_names(m, scene):
    def is_the_mask(model, images, target):
        return np.repeat(scene.masks[:, m].astype(float), len(images), axis=0)
    row = measured(sees_class(scene, m), scene, [Method("mask", is_the_mask)])[0]
    assert row[[measure.family == "localisation" for measure in MEASURES]].tolist() == [1, 1, 1, 1]


def test_where_the_net_is_wrong_there_is_nothing_to_be_found(scene):
    assert mask_of(scene, next(c for c in range(10) if c not in scene.classes[0])) is None


@pytest.mark.training
def test_a_wrong_answer_leaves_out_localisation_and_nothing_else(scene, monkeypatch, model):
    monkeypatch.setattr(measures, "mask_of", lambda scene, target: None)
    row = measured(model, scene, [Method("ones", lambda model, images, target: np.ones((len(images), 64, 64)))])[0]
    assert np.isnan(row).tolist() == [measure.family == "localisation" for measure in MEASURES]


@pytest.mark.training
def test_the_class_is_held_fast_when_the_picture_moves(model, scene):
    asked = []
    def method(model, images, target):
        asked.append(np.array(target))
        return np.ones((len(images), 64, 64))
    measured(model, scene, [Method("spy", method)])
    predicted = nets.predict(model, scene.images).argmax(axis=1)
    assert [len(target) for target in asked] == [1, measures.WIGGLES]
    assert all((target == predicted).all() for target in asked)


@pytest.mark.training
def test_what_is_shared_by_all_methods_changes_no_number(model, scene):
    method, x, target = METHODS["gradient"], scene.images, nets.predict(model, scene.images).argmax(axis=1)
    removed, perturbed = squares_removed(x[0], measures.SQUARES, measures.SIDE, seed=3)
    heat = method(model, x, target)
    unexplained = unexplained_share(model, x, heat, removed[None], target, perturbed[None])
    moved = sensitivity_max(lambda images: method(model, images, target), x, measures.RADIUS, measures.WIGGLES, seed=3)
    ours = measured(model, scene, [method], 3, chosen_measures("infidelity,sensitivity"))
    assert ours[0] == pytest.approx([unexplained[0], moved[0]], rel=1e-4)


@pytest.mark.training
def test_a_measure_gives_the_same_number_in_any_company(model, scene):
    everything = measured(model, scene, [METHODS["edges"]])
    for k, measure in enumerate(MEASURES):
        assert measured(model, scene, [METHODS["edges"]], measures=[measure]).tobytes() == everything[:, k].tobytes()


@pytest.mark.parametrize("names", ["beauty", "deletion,beauty", ""])
def test_a_measure_that_there_is_not_is_refused_with_a_list(names):
    with pytest.raises(ValueError, match="the measures are pointing game, pointing near,"):
        chosen_measures(names)


def test_the_margin_is_15_pixels_of_a_photo():
    assert measures.scaled_margin(np.zeros((1, 224, 300))) == 15 and measures.scaled_margin(np.zeros((1, 64, 64))) < 4.3


def test_every_measure_says_which_way_is_better_and_of_what_kind_it_is():
    assert all(measure.better in ("higher", "lower") and measure.kind in ("indirect", "targeted")
               for measure in MEASURES)
