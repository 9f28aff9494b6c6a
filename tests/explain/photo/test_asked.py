"""What is answered from one forward pass is what each explanation says when it is asked by itself."""

from dataclasses import replace

import numpy as np
import pytest

import explain
from explain.gradcam import enlarged
from explain.photo.asked import Asked


def close(a, b):
    assert np.abs(a - b).max() <= 1e-5 * max(np.abs(b).max(), 1e-6)


def grown(cam, image):
    return enlarged(cam[None], image.shape[1:])[0]


@pytest.mark.parametrize("rule", ["vanilla", "deconvnet", "guided"])
def test_saliency_is_that_of_explain(rule, tiny):
    asked = Asked(*tiny)
    for target in (1, 3):
        close(asked.saliency(target, rule), explain.saliency(tiny[0].model, asked.image, target, rule))


def test_grad_cam_and_guided_grad_cam_are_those_of_explain(tiny):
    asked, model = Asked(*tiny), tiny[0].model
    close(asked.evidence(2), explain.gradcam(model, asked.image, 2, relu=False, upsample=False))
    close(asked.guided_gradcam(asked.order[0]), explain.guided_gradcam(model, asked.image))


def test_the_counterfactual_is_grad_cam_with_the_other_sign(tiny):
    asked = Asked(*tiny)
    other = explain.counterfactual_gradcam(tiny[0].model, asked.image, 2, relu=False)
    close(grown(-asked.evidence(2), asked.image), other)


def test_the_contrast_is_that_of_explain(tiny):
    asked = Asked(*tiny)
    foil = asked.order[3]
    other = explain.contrastive_gradcam(tiny[0].model, asked.image, foil, relu=False, upsample=False)
    close(asked.contrast(foil), other)


def test_occlusion_is_that_of_explain_for_any_class(tiny):
    asked = Asked(*tiny)
    for target in (0, 4):
        other = explain.occlusion(tiny[0].model, asked.image, target, *asked.window, asked.fill)
        assert np.abs(asked.occlusion(target) - other).max() < 1e-6


def test_another_layer_can_be_asked(tiny):
    asked = Asked(*tiny, layer="features.1")
    close(asked.evidence(0), explain.gradcam(tiny[0].model, asked.image, 0, "features.1", False, False))


def test_everything_but_occlusion_takes_one_forward_pass(tiny, monkeypatch):
    passes, forward = [], type(tiny[0].model).forward
    monkeypatch.setattr(type(tiny[0].model), "forward", lambda self, x: passes.append(1) or forward(self, x))
    asked = Asked(*tiny)
    for target in range(5):
        asked.guided_gradcam(target)
        asked.saliency(target, "vanilla")
        asked.contrast(asked.foil(target))
    assert len(passes) == 1


def test_the_foil_is_the_second_choice_where_the_net_says_just_that(tiny):
    asked = Asked(*tiny)
    first, second, third = asked.order[:3]
    assert (asked.foil(first), asked.foil(third)) == (second, third)


def test_probabilities_add_up_and_are_in_order(tiny):
    asked = Asked(*tiny)
    shares = [p for _, _, p in asked.answer()]
    assert abs(asked.p.sum() - 1) < 1e-6 and shares == sorted(shares, reverse=True)


def test_a_net_that_names_no_layer_says_that_one_is_needed(tiny, monkeypatch):
    monkeypatch.setattr(type(tiny[0].model), "last_conv_stage", None)
    with pytest.raises(ValueError, match="pass layer="):
        Asked(*tiny)


def test_a_net_needs_a_name_for_each_of_its_classes(tiny):
    net, photo = tiny
    with pytest.raises(ValueError, match="tells 5 classes apart, and there are 4 names"):
        Asked(replace(net, names=net.names[:4]), photo)
