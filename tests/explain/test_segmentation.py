"""From saliency to a mask: held to every labelling there is on tiny pictures, and to masks that are known."""

from itertools import product

import numpy as np
import pytest

from explain.segmentation import (
    between_neighbours,
    iou,
    largest_piece,
    segment,
    segment_by,
    smallest_cut,
    threshold_mask,
)


def energy(labels, inside, outside, image, smoothness):
    """What a labelling costs, written out from the formula: unlikely colours, and neighbours that are parted."""
    h, w = labels.shape
    pairs = [
        ((r, c), (r + dr, c + dc))
        for r, c in product(range(h), range(w))
        for dr, dc in ((0, 1), (1, 0), (1, 1), (1, -1))
        if 0 <= r + dr < h and 0 <= c + dc < w
    ]
    steps = {(a, b): sum((image[k][a] - image[k][b]) ** 2 for k in range(len(image))) for a, b in pairs}
    typical = 2 * sum(steps.values()) / len(steps)
    total = -inside[labels].sum() - outside[~labels].sum()
    for (a, b), step in steps.items():
        if labels[a] != labels[b]:
            distance = np.hypot(a[0] - b[0], a[1] - b[1])
            total += smoothness * np.exp(-step / typical) / distance
    return total


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("smoothness", [0.0, 0.5, 3.0])
def test_no_other_labelling_costs_less_than_the_cut(seed, smoothness):
    rng = np.random.default_rng(seed)
    inside, outside = rng.normal(-3, 1, (2, 3, 3))
    image = rng.uniform(-1, 1, (2, 3, 3))
    cut = smallest_cut(inside, outside, image, smoothness)
    all_labels = (np.array(bits).reshape(3, 3) for bits in product([False, True], repeat=9))
    least = min(energy(labels, inside, outside, image, smoothness) for labels in all_labels)
    assert energy(cut, inside, outside, image, smoothness) <= least + 0.03, "30 pipes, each rounded to 1/1000"


def test_without_smoothness_every_pixel_gets_its_likelier_label():
    inside, outside = np.random.default_rng(0).normal(size=(2, 6, 5))
    assert np.array_equal(smallest_cut(inside, outside, np.zeros((3, 6, 5)), 0.0), np.round(inside - outside, 3) > 0)


def test_a_diagonal_neighbour_is_held_less_tightly_than_one_that_is_nearer():
    pipes = between_neighbours(np.zeros((3, 2, 2)), 2.0)
    widths = {(int(a), int(b)): w for start, end, width in pipes for a, b, w in zip(start, end, width)}
    assert widths[0, 1] == widths[2, 0] == 2 and widths[0, 3] == widths[2, 1] == pytest.approx(2 / np.sqrt(2))
    assert len(widths) == 12, "six pairs, both ways"


@pytest.fixture
def disc():
    """A red disc on noisy green, its mask, and a saliency that has found a few of its pixels only."""
    rng = np.random.default_rng(1)
    rows, columns = np.mgrid[:32, :32]
    mask = (rows - 14) ** 2 + (columns - 18) ** 2 < 64
    image = np.where(mask, np.array([0.7, -0.6, -0.5])[:, None, None], np.array([-0.5, 0.2, -0.4])[:, None, None])
    heat = rng.random((32, 32)) + 5 * (mask & (rows < 12))
    return image + 0.1 * rng.standard_normal(image.shape), mask, heat


def test_a_few_salient_pixels_are_enough_to_find_the_whole_object(disc):
    image, mask, heat = disc
    assert iou(segment_by(heat, image), mask) > 0.95
    assert iou(threshold_mask(heat, 0.95), mask) < 0.5


def test_a_second_thing_of_the_same_colour_is_left_out(disc):
    image, mask, heat = disc
    image[:, 26:30, 2:6] = np.array([0.7, -0.6, -0.5])[:, None, None]
    assert not segment_by(heat, image)[24:, :8].any()


def test_a_map_with_ties_at_its_least_value_still_has_a_background(disc):
    image, mask, heat = disc
    assert iou(segment_by(np.where(heat > 5, heat, 0), image), mask) > 0.9


def test_equal_calls_give_equal_masks(disc):
    image, _, heat = disc
    assert np.array_equal(segment_by(heat, image, colours=5), segment_by(heat, image, colours=5))


def test_the_mask_of_a_nets_class_has_the_pictures_rows_and_columns(small_cnn, images):
    mask = segment(small_cnn, images[0], 1)
    assert mask.shape == (16, 16) and mask.dtype == bool


def test_the_mask_is_one_piece():
    mask = np.array([[1, 1, 0, 1], [1, 0, 0, 0], [0, 0, 1, 1]], bool)
    assert np.array_equal(largest_piece(mask), [[1, 1, 0, 0], [1, 0, 0, 0], [0, 0, 0, 0]])
    assert not largest_piece(np.zeros((2, 2), bool)).any()


def test_a_threshold_keeps_the_share_above_its_quantile_of_each_map():
    maps = np.stack([np.arange(100.0).reshape(10, 10), 7 * np.arange(100.0)[::-1].reshape(10, 10)])
    assert threshold_mask(maps, 0.9).sum(axis=(1, 2)).tolist() == [10, 10]


def test_iou_is_shared_over_united():
    a, b = np.zeros((2, 4, 4), bool)
    a[:2], b[1:3] = True, True
    assert iou(a, b) == pytest.approx(4 / 12)
    assert iou(a, a) == 1 and iou(a, ~a) == 0 and iou(a & ~a, a & ~a) == 1
    assert iou(np.stack([a, a]), np.stack([a, b])).tolist() == pytest.approx([1, 1 / 3])


def test_a_map_that_is_the_same_everywhere_is_refused(disc):
    with pytest.raises(ValueError, match="no pixel stands out"):
        segment_by(np.zeros((32, 32)), disc[0])


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: segment(None, np.zeros((2, 3, 8, 8))), "each picture in turn"),
        (lambda: segment_by(np.zeros((8, 9)), np.zeros((3, 8, 8))), "does not fit"),
        (lambda: threshold_mask(np.zeros((8, 8)), 95), "share between 0 and 1, not 95"),
        (lambda: iou(np.zeros((2, 2)), np.zeros((2, 2))), "masks of bools"),
        (lambda: iou(np.zeros((2, 2), bool), np.zeros((2, 3), bool)), "of one shape"),
    ],
)
def test_bad_input_says_what_was_wrong(call, words):
    with pytest.raises(ValueError, match=words):
        call()
