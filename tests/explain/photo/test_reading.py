"""Whatever picture a file holds, what comes out is RGB, upright, on white; whatever it holds else is one clear line."""

import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from explain.photo.reading import SIDE, read_photo


def written(folder, image, name, **options):
    path = folder / name
    image.save(path, **options)
    return path


def pixels(path):
    photo = read_photo(path)
    assert photo.mode == "RGB"
    return np.asarray(photo)


def halves(mode="RGB", left="red", right="blue"):
    """A picture of 20 x 10 whose left half has another colour than its right half."""
    image = Image.new(mode, (20, 10), right)
    image.paste(left, (0, 0, 10, 10))
    return image


# What an EXIF orientation means, by its number: how the stored picture is made from the upright one.
STORED = {1: lambda a: a, 2: np.fliplr, 3: lambda a: np.rot90(a, 2), 4: np.flipud, 5: lambda a: a.transpose(1, 0, 2),
          6: lambda a: np.rot90(a, 1), 7: lambda a: np.rot90(a, 2).transpose(1, 0, 2), 8: lambda a: np.rot90(a, -1)}


@pytest.mark.parametrize("orientation", STORED)
@pytest.mark.parametrize("name", ["photo.png", "photo.tif", "photo.webp"])
def test_a_photo_is_turned_as_its_camera_was_held(orientation, name, tmp_path):
    upright = np.random.default_rng(0).integers(0, 256, (4, 6, 3), np.uint8)
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored = Image.fromarray(np.ascontiguousarray(STORED[orientation](upright)))
    options = {"lossless": True} if name.endswith("webp") else {}
    assert np.array_equal(pixels(written(tmp_path, stored, name, exif=exif, **options)), upright)


def test_what_is_transparent_becomes_white(tmp_path):
    image = Image.new("RGBA", (2, 1), (255, 0, 0, 255))
    image.putpixel((1, 0), (0, 0, 0, 0))
    assert pixels(written(tmp_path, image, "logo.png")).tolist() == [[[255, 0, 0], [255, 255, 255]]]


def test_a_transparent_grey_becomes_a_lighter_grey(tmp_path):
    assert pixels(written(tmp_path, Image.new("LA", (1, 1), (0, 51)), "logo.png")).tolist() == [[[204, 204, 204]]]


def test_a_transparent_colour_of_a_palette_becomes_white(tmp_path):
    image = halves().quantize(2)
    clear = image.getpixel((0, 0))
    found = pixels(written(tmp_path, image, "logo.png", transparency=clear))
    assert found[5, 2].tolist() == [255, 255, 255] and found[5, 15].tolist() == [0, 0, 255]


@pytest.mark.parametrize(("mode", "colour", "expected"), [
    ("L", 77, [77, 77, 77]), ("1", 1, [255, 255, 255]), ("P", 3, None), ("RGB", (1, 2, 3), [1, 2, 3])])
def test_a_picture_of_any_kind_of_colours_becomes_rgb(mode, colour, expected, tmp_path):
    image = Image.new(mode, (3, 2), colour)
    expected = expected or list(image.convert("RGB").getpixel((0, 0)))
    assert pixels(written(tmp_path, image, "picture.png"))[1, 1].tolist() == expected


@pytest.mark.parametrize("name", ["print.jpg", "print.tif"])
def test_four_inks_become_three_colours(name, tmp_path):
    inks = Image.new("CMYK", (16, 16), (0, 255, 255, 0))  # magenta and yellow make red
    assert np.abs(pixels(written(tmp_path, inks, name))[8, 8].astype(int) - [255, 0, 0]).max() <= 3


@pytest.mark.parametrize("name", ["scan.png", "scan.tif"])
def test_sixteen_bits_are_scaled_and_not_clipped(name, tmp_path):
    grey = Image.fromarray(np.array([[0, 257, 128 * 257, 65535]], np.uint16))
    assert pixels(written(tmp_path, grey, name))[0, :, 0].tolist() == [0, 1, 128, 255]


@pytest.mark.parametrize(("grey", "expected"), [
    (np.array([[0, 0.2, 1]], np.float32), [0, 51, 255]),  # fractions
    (np.array([[-2, 0, 3]], np.float32), [0, 102, 255]),  # no range known: darkest to brightest
    (np.array([[0, 51, 200]], np.int32), [0, 51, 200]),
    (np.array([[0, 2**14, 2**16 - 1]], np.int32), [0, 64, 255]),
    (np.array([[0, 2**20, 5 * 2**20]], np.int32), [0, 51, 255]),
    (np.array([[7.0, 7.0]], np.float32), [0, 0]),
])
def test_numbers_without_a_range_of_their_own_are_scaled(grey, expected, tmp_path):
    assert pixels(written(tmp_path, Image.fromarray(grey), "depth.tif"))[0, :, 0].tolist() == expected


def test_sixteen_bits_a_colour_are_scaled(tmp_path):
    """Written by hand, as Pillow can only read such a PNG."""
    row = b"\0" + struct.pack(">6H", 0, 128 * 257, 65535, 65535, 0, 257)
    chunk = lambda kind, data: (struct.pack(">I", len(data)) + kind + data  # noqa: E731
                                + struct.pack(">I", zlib.crc32(kind + data)))
    (tmp_path / "deep.png").write_bytes(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 2, 1, 16, 2, 0, 0, 0))
        + chunk(b"IDAT", zlib.compress(row)) + chunk(b"IEND", b""))
    assert pixels(tmp_path / "deep.png").tolist() == [[[0, 128, 255], [255, 0, 1]]]


@pytest.mark.parametrize("name", ["film.gif", "film.webp", "film.png"])
def test_of_an_animation_the_first_frame_is_taken(name, tmp_path):
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue", "lime")]
    path = written(tmp_path, frames[0], name, save_all=True, append_images=frames[1:], duration=100)
    assert pixels(path)[4, 4, 0] > 250 and pixels(path)[4, 4, 1:].max() < 5


@pytest.mark.parametrize("name", ["huge.jpg", "huge.png", "huge.gif"])
def test_a_huge_picture_is_shrunk_and_keeps_its_colours(name, tmp_path):
    image = Image.new("RGB", (2 * SIDE + 2, 2 * SIDE), "red")
    image.paste("blue", (SIDE + 1, 0, *image.size))
    found = pixels(written(tmp_path, image, name))
    assert found.shape[:2] == (SIDE, SIDE + 1)
    assert found[9, 9, 0] > 240 and found[9, 9, 2] < 15 and found[9, -9, 2] > 240 and found[9, -9, 0] < 15


def test_a_picture_may_be_a_single_pixel(tmp_path):
    assert pixels(written(tmp_path, Image.new("RGB", (1, 1), "red"), "dot.png")).tolist() == [[[255, 0, 0]]]


@pytest.mark.parametrize("most", [50, 150])
def test_a_decompression_bomb_is_one_line_and_a_large_picture_no_warning(most, tmp_path, monkeypatch):
    path = written(tmp_path, halves(), "bomb.png")
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", most)  # an error from twice as many
    if most == 150:
        assert read_photo(path).size == (20, 10)
    else:
        with pytest.raises(ValueError, match="million pixels; make it smaller first$"):
            read_photo(path)


DAMAGED = {"empty.jpg": "is empty", "text.jpg": "is no picture that can be read here", "cut.jpg": "truncated",
           "cut.png": "can't be read", "head.png": "head.png", "page.pdf": "is no picture",
           "drawing.eps": "is no picture", "strip.png": "a strip of 501 x 10 pixels", "folder.png": "is a folder",
           "none.jpg": "there is no file"}


@pytest.mark.parametrize(("name", "words"), DAMAGED.items())
def test_whatever_is_no_picture_is_one_clear_line(name, words, tmp_path):
    jpeg, png = written(tmp_path, halves(), "whole.jpg"), written(tmp_path, halves(), "whole.png")
    contents = {"empty.jpg": b"", "text.jpg": b"This is no picture.\n", "cut.jpg": jpeg.read_bytes()[:-40],
                "cut.png": png.read_bytes()[:-30], "head.png": png.read_bytes()[:20], "page.pdf": b"%PDF-1.4\n",
                "drawing.eps": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\n"}
    for one, content in contents.items():
        (tmp_path / one).write_bytes(content)
    written(tmp_path, Image.new("L", (501, 10)), "strip.png")
    (tmp_path / "folder.png").mkdir()
    with pytest.raises(ValueError, match=words) as error:
        read_photo(tmp_path / name)
    assert str(tmp_path / name) in str(error.value) and "\n" not in str(error.value)
