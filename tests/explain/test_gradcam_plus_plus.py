"""Grad-CAM++: held to equation 19 with all three derivatives of exp(S) written out."""

import numpy as np
import pytest

from explain.gradcam import enlarged, forward_to_layer
from explain.gradcam_plus_plus import gradcam_plus_plus, place_weights


def slow_plus_plus(maps, g, score):
    """Equations 15, 18 and 19 in loops, for maps and gradients (K, h, w), with ``y = exp(S)`` and its derivatives."""
    y = np.exp(score)
    total = np.zeros(maps.shape[1:])
    for a, slopes in zip(maps, g):
        first, second, third = y * slopes, y * slopes**2, y * slopes**3
        weight = 0.0
        for place in np.ndindex(a.shape):
            below = 2 * second[place] + sum(a.flat) * third[place]
            weight += (second[place] / below if below else 0.0) * max(first[place], 0)
        total += weight / y * a
    return np.maximum(total, 0)


@pytest.mark.parametrize("layer", ["features.6", "features.3", "features.2"])
def test_it_follows_the_papers_equations(small_cnn, images, layer):
    run, maps = forward_to_layer(small_cnn, images[0], 2, layer)
    expected = slow_plus_plus(maps.numpy()[0], run.gradient(maps)[0], run.scores.item())
    ours = gradcam_plus_plus(small_cnn, images[0], 2, layer, upsample=False)
    assert np.allclose(ours, expected, rtol=1e-9, atol=1e-15)


def test_a_place_weighs_as_by_hand():
    # g = 1, sum of A = 2: a = 1 / (2 + 2). g = -1 is not positive, and g = 0 has no denominator: neither counts.
    weights = place_weights(np.array([[[[1.0, -1.0, 0.0]]]]), np.array([[[[2.0, 0.0, 0.0]]]]))
    assert weights == pytest.approx(1 / 4)


def test_the_enlargement_is_gradcams(small_cnn, images):
    small = gradcam_plus_plus(small_cnn, images, 2, upsample=False)
    assert np.allclose(gradcam_plus_plus(small_cnn, images, 2), enlarged(small, (16, 16)))


def test_a_single_picture_gives_a_map_without_the_batch_axis(small_cnn, images):
    assert gradcam_plus_plus(small_cnn, images[0], 2).shape == (16, 16)
    assert gradcam_plus_plus(small_cnn, images, [0, 1, 2], upsample=False).shape == (3, 8, 8)
