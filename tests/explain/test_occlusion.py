"""Occlusion: held to the same thing done by hand, one covered picture at a time."""

import numpy as np
import pytest

import explain
import minigrad as mg


def probability(model, image, target):
    scores = model(mg.tensor(image[None])).numpy()[0]
    return np.exp(scores[target]) / np.exp(scores).sum()


def slow_occlusion(model, image, target, patch, stride, fill):
    """Cover, ask, compare, for one position after the other; the picture's size must be a whole number of strides."""
    n = (image.shape[1] - patch) // stride + 1
    drops = np.empty((n, n))
    for r in range(n):
        for c in range(n):
            covered = image.copy()
            covered[:, r * stride : r * stride + patch, c * stride : c * stride + patch] = fill
            drops[r, c] = probability(model, image, target) - probability(model, covered, target)
    return drops


@pytest.mark.parametrize(("patch", "stride", "fill"), [(8, 4, 0.0), (4, 4, -1.0), (6, 2, 0.5)])
def test_occlusion_is_the_drop_in_probability_at_every_position(small_cnn, images, patch, stride, fill):
    small_cnn.eval()
    ours = explain.occlusion(small_cnn, images[0], 3, patch, stride, fill)
    assert np.allclose(ours, slow_occlusion(small_cnn, images[0], 3, patch, stride, fill), atol=1e-12)


def test_the_size_of_the_batches_does_not_matter(small_cnn, images):
    one, many = (explain.occlusion(small_cnn, images, 0, 8, 4, batch_size=size) for size in (1, 50))
    assert np.allclose(one, many, atol=1e-12)


def test_a_logit_can_be_watched_instead(linear_model):
    image = np.random.default_rng(0).standard_normal((3, 8, 8)).astype(np.float32)
    weights = linear_model.fc.weight.numpy()[2].reshape(3, 8, 8)
    drops = explain.occlusion(linear_model, image, 2, patch=4, stride=4, score="logit")
    assert np.isclose(drops[0, 1], (weights * image)[:, :4, 4:].sum(), atol=1e-5)


def test_a_picture_that_is_the_fill_already_loses_nothing(small_cnn):
    assert np.allclose(explain.occlusion(small_cnn, np.zeros((3, 16, 16)), 0), 0)


def test_positions_go_on_until_every_pixel_has_been_covered(small_cnn):
    assert explain.occlusion(small_cnn, np.zeros((3, 17, 16)), 0, patch=8, stride=4).shape == (4, 3)


def test_the_heat_map_is_the_mean_drop_over_the_patches_that_cover_a_pixel(small_cnn, images):
    drops = explain.occlusion(small_cnn, images[0], 0, patch=8, stride=4)
    heat = explain.occlusion_heatmap(small_cnn, images[0], 0, patch=8, stride=4)
    assert np.isclose(heat[0, 0], drops[0, 0]), "the corner lies under one patch only"
    assert np.isclose(heat[5, 6], drops[:2, :2].mean()), "this one lies under four"


def test_every_picture_may_have_a_class_of_its_own(small_cnn, images):
    together = explain.occlusion(small_cnn, images, [2, 0, 1])
    alone = [explain.occlusion(small_cnn, image, c) for c, image in zip([2, 0, 1], images)]
    assert np.allclose(together, alone, atol=1e-12)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"patch": 17}, "a patch of 17 does not fit"),
        ({"patch": 0}, "a patch of 0"),
        ({"patch": 4, "stride": 5}, "stride 5 .* leave no gaps"),
        ({"stride": 0}, "stride 0"),
        ({"score": "logits"}, "unknown score 'logits'"),
    ],
)
def test_bad_arguments_are_refused(small_cnn, images, arguments, words):
    with pytest.raises(ValueError, match=words):
        explain.occlusion(small_cnn, images, 0, **arguments)
