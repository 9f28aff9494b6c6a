"""Bad input, the same for every explanation: a net in training mode, empty pictures, NaNs, too large patches."""

import warnings

import numpy as np
import pytest

import explain
from nets.training import evaluating

METHODS = {
    "gradient": explain.gradient,
    "saliency": explain.saliency,
    "gradcam": explain.gradcam,
    "guided_gradcam": explain.guided_gradcam,
    "gradcam_plus_plus": explain.gradcam_plus_plus,
    "counterfactual_gradcam": explain.counterfactual_gradcam,
    "contrastive_gradcam": explain.contrastive_gradcam,
    "input_x_gradient": explain.input_x_gradient,
    "integrated_gradients": lambda model, images: explain.integrated_gradients(model, images, steps=3),
    "smoothgrad": lambda model, images: explain.smoothgrad(model, images, n=3),
    "occlusion": explain.occlusion,
    "occlusion_heatmap": explain.occlusion_heatmap,
    "activations": lambda model, images: explain.activations(model, images, "features.3"),
    "embed": lambda model, images: explain.embed(model, images, "pool"),
    "maximal_patches": lambda model, images: explain.maximal_patches(model, images, "features.3", [0])[0][0].value,
    "class_image": lambda model, images: explain.class_image(model, 0, (3, 16, 16), steps=2),
    "along_line": lambda model, images: explain.along_line(model, images[0], steps=3).score,
}
OF_PICTURES = [name for name in METHODS if name != "class_image"]


def explained(name, model, images):
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*is empty", category=UserWarning)
        return np.asarray(METHODS[name](model, images))


@pytest.mark.parametrize("name", METHODS)
def test_a_net_in_training_mode_is_explained_in_eval_mode_and_put_back(name, small_cnn, images):
    small_cnn.features.eval()  # a part may be in another mode than the whole
    before, state = [module.training for module in small_cnn.modules()], small_cnn.state_dict()
    ours = explained(name, small_cnn, images)
    assert [module.training for module in small_cnn.modules()] == before
    assert all(np.array_equal(state[key], value) for key, value in small_cnn.state_dict().items())
    with evaluating(small_cnn):
        assert np.array_equal(ours, explained(name, small_cnn, images))


@pytest.mark.parametrize("name", OF_PICTURES)
def test_a_net_is_put_back_after_an_error_too(name, small_cnn):
    with pytest.raises(ValueError):
        explained(name, small_cnn, np.zeros((2, 2, 16, 16)))
    assert all(module.training for module in small_cnn.modules())


@pytest.mark.parametrize("name", OF_PICTURES)
def test_a_picture_without_content_is_explained_in_finite_numbers(name, small_cnn):
    assert np.isfinite(explained(name, small_cnn, np.zeros((2, 3, 16, 16)))).all()


@pytest.mark.parametrize("name", OF_PICTURES)
def test_nan_pixels_are_refused(name, small_cnn):
    with pytest.raises(ValueError, match="NaN"):
        explained(name, small_cnn, np.full((2, 3, 16, 16), np.nan))


def test_a_patch_larger_than_the_picture_is_refused(small_cnn, images):
    with pytest.raises(ValueError, match="17.*16|16.*17"):
        explain.occlusion(small_cnn, images, patch=17)
