"""Pictures on their way into a net and back, against the formula and against squares that are known."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from nets import IMAGENET, Preprocessing

SMALL = Preprocessing(8, mean=(0.5, 0.25, 0), std=(0.5, 0.25, 0.125))


def test_every_channel_is_shifted_and_scaled_by_its_own_numbers():
    x = SMALL.prepare(np.full((8, 8, 3), 255, np.uint8))
    assert np.array_equal(x[:, 0, 0], [1, 3, 8])


def test_a_picture_of_the_right_size_keeps_its_pixels():
    picture = np.random.default_rng(0).integers(0, 256, (8, 8, 3), np.uint8)
    assert np.allclose(SMALL.to_pixels(SMALL.prepare(picture)), picture.transpose(2, 0, 1) / 255, atol=1e-6)


@pytest.mark.parametrize("wide", [False, True])
def test_what_is_beside_the_central_square_is_cut_off(wide):
    picture = np.zeros((24, 8, 3), np.uint8)
    picture[8:16] = 255
    x = SMALL.prepare(picture.transpose(1, 0, 2) if wide else picture)
    assert np.allclose(SMALL.to_pixels(x), 1)


@given(height=st.integers(1, 40), width=st.integers(1, 40))
def test_a_plain_picture_of_any_size_stays_plain(height, width):
    x = SMALL.prepare(np.full((height, width, 3), 51, np.uint8))
    assert x.shape == (3, 8, 8)
    assert np.allclose(SMALL.to_pixels(x), 0.2, atol=1e-6)


def test_a_strip_needs_no_giant_picture_on_the_way():
    assert IMAGENET.prepare(Image.new("RGB", (200_000, 1))).shape == (3, 224, 224)


def test_an_array_and_a_picture_are_the_same():
    array = np.random.default_rng(0).integers(0, 256, (9, 13, 3), np.uint8)
    assert np.array_equal(SMALL.prepare(array), SMALL.prepare(Image.fromarray(array)))


def test_noise_beyond_black_and_white_is_cut_off_on_the_way_back():
    assert SMALL.to_pixels(np.array([[[-9.0]], [[0.0]], [[9.0]]])).ravel().tolist() == [0, 0.25, 1]


@pytest.mark.parametrize(("picture", "error", "words"), [
    (np.zeros((8, 8, 3)), TypeError, "float64"),
    (np.zeros((8, 8), np.uint8), ValueError, r"\(8, 8\)"),
    (np.zeros((3, 8, 8), np.uint8), ValueError, r"\(3, 8, 8\)"),
    (np.zeros((0, 8, 3), np.uint8), ValueError, r"\(0, 8, 3\)"),
    (Image.new("L", (8, 8)), ValueError, "L, 8 x 8.*convert"),
    ("cat.png", TypeError, "str"),
])
def test_what_is_no_rgb_picture_is_refused(picture, error, words):
    with pytest.raises(error, match=words):
        SMALL.prepare(picture)


@pytest.mark.parametrize("x", [np.zeros((3, 8, 8), np.uint8), np.zeros((8, 8, 3)), np.zeros(3)])
def test_to_pixels_refuses_what_no_net_takes(x):
    with pytest.raises(ValueError, match="to_pixels"):
        SMALL.to_pixels(x)
