"""Occlusion: held to the same thing done by hand, one covered picture at a time."""

import numpy as np
import pytest

import explain
import minigrad as mg
from explain.occlusion import positions, spread

from ..exercises.judging import compare

places = pytest.mark.exercise("occlusion-positions", "explain.occlusion:positions", chapter=11)
heat = pytest.mark.exercise(
    "occlusion-heatmap", "explain.occlusion:spread", chapter=11, needs=["occlusion-positions"]
)


def check_slices(slices, n, patch, stride):
    """Hold the positions of a patch along an axis of n pixels to what they are for, in words."""
    what = f"a patch of {patch} with stride {stride} on {n} pixels"
    starts, stops = [s.start for s in slices], [s.stop for s in slices]
    assert starts and starts[0] == 0, f"{what}: the first begins at {starts[:1]}, and should begin at 0"
    assert max(stops) <= n, f"{what}: a slice ends at {max(stops)}, beyond the edge, where it should be cut off"
    assert max(stops) == n, f"{what}: the last ends at {max(stops)}, so the pixels from there on are never covered"
    steps = {b - a for a, b in zip(starts, starts[1:])} - {stride}
    assert not steps, f"{what}: from one start to the next it is {steps} pixels, and should be the stride, {stride}"
    assert stops.count(n) == 1, f"{what}: {stops.count(n)} slices reach the edge; the first of them should be the last"
    lengths = {s.stop - s.start for s in slices[:-1]} - {patch}
    assert not lengths, f"{what}: slices before the last are {lengths} long, and should be as long as the patch"


@places
@pytest.mark.parametrize(("n", "patch", "stride"), [(8, 4, 4), (17, 8, 4), (5, 5, 1), (10, 4, 4), (7, 3, 2)])
def test_the_patch_goes_on_until_it_reaches_the_edge(n, patch, stride):
    rows, columns = positions((n, 6), (patch, 3), (stride, 3))
    check_slices(rows, n, patch, stride)
    check_slices(columns, 6, 3, 3)


@heat
def test_where_every_patch_costs_the_same_so_does_every_pixel():
    found = spread(np.full((2, 3, 3), 5.0), (8, 8), patch=4, stride=2)
    compare(found, np.full((2, 8, 8), 5.0), "the heat maps of drops that are all 5")


@heat
def test_a_pixel_gets_the_mean_of_the_patches_that_cover_it():
    found = spread(np.array([[2.0, 4, 9]]), (1, 11), patch=(1, 5), stride=(1, 3))
    expected = np.array([[2.0, 2, 2, 3, 3, 4, 6.5, 6.5, 9, 9, 9]])
    compare(found, expected, "the heat map of the drops 2, 4, 9 by patches of 5 pixels with stride 3")


@heat
def test_rows_and_columns_are_not_confused():
    found = spread(np.array([[1.0, 2], [3, 4]]), (4, 6), patch=(2, 3), stride=(2, 3))
    expected = np.array([[1.0, 2], [3, 4]]).repeat(2, axis=0).repeat(3, axis=1)
    compare(found, expected, "the heat map of four patches that share no pixel")


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
