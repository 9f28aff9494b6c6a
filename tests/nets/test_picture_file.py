"""Pictures from one .npz file: every usual order of axes, a test set of its own or held out, and clear words else."""

import numpy as np
import pytest

import nets


def write(path, **arrays):
    np.savez(path, **arrays)
    return path


RGB = np.random.default_rng(0).integers(0, 256, (10, 5, 6, 3), np.uint8)  # N, H, W, C
LABELS = np.array([0, 1] * 5)


@pytest.mark.parametrize(("images", "expected"), [
    (RGB, RGB.transpose(0, 3, 1, 2)), (RGB.transpose(0, 3, 1, 2), RGB.transpose(0, 3, 1, 2)),
    (RGB[..., 0], RGB[..., 0][:, None]), (RGB[..., :1], RGB[..., 0][:, None]),
])
def test_every_usual_order_of_axes_is_understood(images, expected, tmp_path):
    path = write(tmp_path / "set.npz", images=images, labels=LABELS, names=["a", "b"])
    training, test = nets.picture_file(path, test=path, raw=True)
    assert np.array_equal(training.images, expected) and np.array_equal(test.images, expected)
    assert training.names == ("a", "b") and np.array_equal(training.labels, LABELS)


def test_without_names_the_classes_are_numbered(tmp_path):
    assert nets.picture_file(write(tmp_path / "set.npz", images=RGB, labels=LABELS))[0].names == ("0", "1")


def test_a_share_of_each_class_is_held_out_and_no_picture_is_in_both(tmp_path):
    path = write(tmp_path / "set.npz", images=RGB, labels=LABELS)
    training, test = nets.picture_file(path, held_out=0.4, raw=True)
    assert list(np.bincount(training.labels)) == [3, 3] and list(np.bincount(test.labels)) == [2, 2]
    assert len({image.tobytes() for half in (training, test) for image in half.images}) == 10
    again, other = (nets.picture_file(path, held_out=0.4, seed=seed, raw=True)[1].images for seed in (0, 1))
    assert np.array_equal(test.images, again) and not np.array_equal(test.images, other)


def test_a_named_class_without_pictures_is_no_obstacle(tmp_path):
    path = write(tmp_path / "set.npz", images=RGB, labels=LABELS * 2, names=["a", "b", "c"])
    training, test = nets.picture_file(path)
    assert training.names == ("a", "b", "c") and set(test.labels) == {0, 2}


def test_a_test_file_without_names_takes_those_of_the_training_file(tmp_path):
    path = write(tmp_path / "set.npz", images=RGB, labels=LABELS, names=["a", "b"])
    test = write(tmp_path / "test.npz", images=RGB[:3], labels=[0, 0, 0])
    assert nets.picture_file(path, test)[1].names == ("a", "b")


def test_pictures_are_scaled_unless_raw(tmp_path):
    path = write(tmp_path / "set.npz", images=RGB, labels=LABELS)
    scaled = nets.picture_file(path, path)[0].images
    assert scaled.dtype == np.float32 and np.array_equal(np.round((scaled + 1) * 127.5), RGB.transpose(0, 3, 1, 2))


@pytest.mark.parametrize(("arrays", "words"), [
    ({"pixels": RGB, "labels": LABELS}, "must have arrays images and labels"),
    ({"images": RGB / 255, "labels": LABELS}, "images must be bytes .* and is float64"),
    ({"images": RGB[0, 0], "labels": LABELS}, r"images must be .* has shape \(6, 3\)"),
    ({"images": np.zeros((10, 5, 6, 4), np.uint8), "labels": LABELS}, "with 1 or 3 channels"),
    ({"images": RGB[:, :0], "labels": LABELS}, "with 1 or 3 channels"),
    ({"images": RGB, "labels": LABELS[:9]}, "10 pictures, 9 labels"),
    ({"images": RGB, "labels": LABELS / 2}, "labels must be whole numbers"),
    ({"images": RGB, "labels": LABELS[:, None]}, "labels must be whole numbers"),
    ({"images": RGB, "labels": LABELS - 1}, "from 0 on, and go from -1 to 0"),
    ({"images": RGB, "labels": LABELS * 10**8}, "from 0 on, and go from 0 to 100000000"),
    ({"images": RGB, "labels": LABELS, "names": ["a"]}, "from 0 to 1, and 1 classes"),
    ({"images": RGB, "labels": LABELS, "names": [1, 2]}, "names must be a row of strings"),
    ({"images": RGB[:1], "labels": [0], "names": ["only"]}, "only has one picture"),
])
def test_other_arrays_are_refused_and_named(arrays, words, tmp_path):
    with pytest.raises(ValueError, match=words) as caught:
        nets.picture_file(write(tmp_path / "set.npz", **arrays))
    assert "set.npz" in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize(("arrays", "words"), [
    ({"images": RGB[:, :4], "labels": LABELS, "names": ["a", "b"]}, r"pictures of \(3, 4, 6\)"),
    ({"images": RGB, "labels": LABELS, "names": ["a", "c"]}, r"other classes \(a, c\) than"),
])
def test_a_test_file_that_does_not_fit_the_training_file_is_refused(arrays, words, tmp_path):
    path = write(tmp_path / "set.npz", images=RGB, labels=LABELS, names=["a", "b"])
    with pytest.raises(ValueError, match=words):
        nets.picture_file(path, write(tmp_path / "test.npz", **arrays))


def whole(tmp_path):
    return write(tmp_path / "whole.npz", images=RGB, labels=LABELS).read_bytes()


def lone_array(tmp_path):
    np.save(tmp_path / "lone.npy", RGB)
    return (tmp_path / "lone.npy").read_bytes()


def pickled(tmp_path):
    return write(tmp_path / "pickled.npz", images=np.array([{}] * 3, object), labels=[0, 0, 0]).read_bytes()


@pytest.mark.parametrize(("content", "words"), [
    (lambda folder: b"", "can't be read"), (lambda folder: b"words", "can't be read"),
    (lambda folder: whole(folder)[:-30], "can't be read"), (lone_array, "is one array without a name"),
    (pickled, "can't be read as a .npz file of plain arrays .*allow_pickle"),
])
def test_a_file_that_is_no_file_of_arrays_is_one_clear_line(content, words, tmp_path):
    path = tmp_path / "set.npz"
    path.write_bytes(content(tmp_path))
    with pytest.raises(ValueError, match=words) as caught:
        nets.picture_file(path)
    assert "\n" not in str(caught.value)


def test_a_small_file_that_would_unpack_to_a_flood_is_refused(tmp_path, monkeypatch):
    monkeypatch.setitem(nets.picture_file.__globals__, "LARGEST", 10**6)  # the function hides its module of that name
    path = tmp_path / "flood.npz"
    np.savez_compressed(path, images=np.zeros((200, 100, 100), np.uint8), labels=np.zeros(200, int))
    assert path.stat().st_size < 10_000
    with pytest.raises(ValueError, match="unpacked it would have 2,0.* bytes, [0-9]+ times as many"):
        nets.picture_file(path)


def test_damage_anywhere_in_a_file_is_a_clear_error_or_harmless(tmp_path):
    content, rng, path = whole(tmp_path), np.random.default_rng(0), tmp_path / "set.npz"
    for _ in range(200):
        spoiled = bytearray(content)
        for place in rng.integers(0, len(content), 3):
            spoiled[place] = rng.integers(256)
        path.write_bytes(spoiled)
        try:
            training, _ = nets.picture_file(path, raw=True)
        except ValueError:
            continue
        assert training.images.dtype == np.uint8
