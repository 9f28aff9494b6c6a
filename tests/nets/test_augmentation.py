"""Augmentation moves and mirrors pictures, and does nothing else to them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nets.augmentation import augmentation, compose, random_crop, random_flip


def batch(n=6, c=2, h=5, w=7, dtype=np.uint8):
    return np.random.default_rng(0).integers(1, 256, (n, c, h, w)).astype(dtype)


def crop_slowly(image, padding, row, column):
    """The definition: what lies `row - padding` lower and `column - padding` further right, and 0 outside."""
    _, h, w = image.shape
    out = np.zeros_like(image)
    for y in range(h):
        for x in range(w):
            from_y, from_x = y + row - padding, x + column - padding
            if 0 <= from_y < h and 0 <= from_x < w:
                out[:, y, x] = image[:, from_y, from_x]
    return out


@given(seed=st.integers(0, 2**20), padding=st.integers(1, 3), dtype=st.sampled_from([np.uint8, np.float32]))
def test_a_crop_is_a_move_with_a_frame_that_fills_the_gap(seed, padding, dtype):
    images = batch(dtype=dtype)
    cropped = random_crop(padding)(images, np.random.default_rng(seed))
    assert cropped.shape == images.shape and cropped.dtype == dtype
    moves = [(row, column) for row in range(2 * padding + 1) for column in range(2 * padding + 1)]
    for image, moved in zip(images, cropped):
        assert any(np.array_equal(moved, crop_slowly(image, padding, *move)) for move in moves)


def test_crops_reach_every_corner():
    image = np.zeros((400, 1, 3, 3), np.uint8)
    image[:, :, 1, 1] = 1
    cropped = random_crop(1)(image, np.random.default_rng(0))
    assert (cropped.sum(axis=0) > 0).all(), "the pixel in the middle comes to lie everywhere"


def test_a_flip_mirrors_about_half_of_the_pictures_and_leaves_the_others():
    images = batch(n=200)
    flipped = random_flip()(images, np.random.default_rng(0))
    mirrored = (flipped == images[..., ::-1]).all(axis=(1, 2, 3))
    assert 70 < mirrored.sum() < 130
    assert np.array_equal(flipped[~mirrored], images[~mirrored])


def test_the_same_generator_makes_the_same_pictures():
    augment = augmentation("crop,flip")
    one, two, other = (augment(batch(), np.random.default_rng(seed)) for seed in (5, 5, 6))
    assert np.array_equal(one, two) and not np.array_equal(one, other)


def test_the_given_pictures_are_not_written_into():
    images = batch()
    augmentation("crop,flip")(images, np.random.default_rng(0))
    assert np.array_equal(images, batch())


def test_compose_applies_from_left_to_right():
    add, double = (lambda images, rng: images + 1), (lambda images, rng: images * 2)
    assert compose(add, double)(np.array([3]), None) == [8]


def test_no_names_are_no_augmentation():
    assert augmentation("") is None


@pytest.mark.parametrize(("make", "words"), [
    (lambda: augmentation("crop,turn"), "there is no augmentation turn; use crop, flip"),
    (lambda: random_crop(0), "padding must be at least 1"),
    (lambda: random_flip(1.5), "share must be between 0 and 1"),
])
def test_what_is_no_augmentation_is_refused(make, words):
    with pytest.raises(ValueError, match=words):
        make()
