"""SmoothGrad: the mean over noisy copies, held to a loop over them."""

import numpy as np
import pytest

import explain
from explain.smoothgrad import smoothgrad


def slow_smoothgrad(model, image, target, n, sigma, rule, seed):
    """The paper's equation, one noisy picture after the other."""
    noise = np.random.default_rng(seed).standard_normal((n, *image.shape))
    total = np.zeros(image.shape)
    for one in noise:
        total += explain.gradient(model, image + sigma * (image.max() - image.min()) * one, target, rule)
    return total / n


@pytest.mark.parametrize("rule", ["vanilla", "deconvnet", "guided"])
def test_it_is_the_mean_gradient_over_noisy_copies(small_cnn, images, rule):
    ours = smoothgrad(small_cnn, images[0], 3, n=5, sigma=0.2, rule=rule, seed=7)
    assert np.allclose(ours, slow_smoothgrad(small_cnn, images[0], 3, 5, 0.2, rule, 7), rtol=1e-9, atol=1e-14)


def test_without_noise_it_is_the_gradient(small_cnn, images):
    assert np.allclose(smoothgrad(small_cnn, images, 1, n=2, sigma=0.0), explain.gradient(small_cnn, images, 1))


def test_of_a_linear_model_noise_changes_nothing(linear_model):
    image = np.random.default_rng(0).standard_normal((3, 8, 8))
    assert np.allclose(smoothgrad(linear_model, image, 2, n=3), linear_model.fc.weight.numpy()[2].reshape(3, 8, 8))


def test_neither_the_batches_nor_the_other_pictures_matter(small_cnn, images):
    together = smoothgrad(small_cnn, images, [0, 1, 2], n=5, batch_size=2)
    alone = [smoothgrad(small_cnn, image, c, n=5) for c, image in enumerate(images)]
    assert np.allclose(together, alone, rtol=1e-9, atol=1e-14)


def test_the_class_predicted_without_noise_is_explained_in_all_copies(small_cnn, images):
    predicted = explain.Forward(small_cnn, images).target
    ours = smoothgrad(small_cnn, images, n=3, sigma=2.0)
    assert np.array_equal(ours, smoothgrad(small_cnn, images, predicted, n=3, sigma=2.0))


@pytest.mark.parametrize("arguments", [{"n": 0}, {"sigma": -0.1}, {"sigma": np.nan}])
def test_bad_numbers_are_refused(small_cnn, images, arguments):
    with pytest.raises(ValueError, match="n must be at least 1 and sigma at least 0"):
        smoothgrad(small_cnn, images, 0, **arguments)
