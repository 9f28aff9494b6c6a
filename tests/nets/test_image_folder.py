"""A folder of pictures: odd kinds, broken files, and a split that can be repeated."""

import numpy as np
import pytest
from PIL import Image

import nets


def test_a_folder_becomes_centre_squares_with_its_sub_folders_as_classes(photos):
    training, test = nets.image_folder(photos, size=10, progress=False)
    assert training.names == ("blue", "red") and len(training.labels) == 16 and list(np.bincount(test.labels)) == [2, 2]
    assert training.images.shape == (16, 3, 10, 10) and training.images.dtype == np.float32
    expected = np.array([[-1, -1, 1], [1, -1, -1]])[test.labels]
    assert np.allclose(test.images[:, :, 5, :].mean(axis=2), expected, atol=0.05), "no green of the cropped sides"


def test_the_split_of_a_folder_is_repeatable_and_has_no_picture_twice(photos):
    first, again, other = (nets.image_folder(photos, 20, seed=seed, progress=False) for seed in (0, 0, 1))
    assert all(np.array_equal(a, b) for half in (0, 1) for a, b in zip(first[half], again[half]))
    assert not np.array_equal(first[1].images, other[1].images)
    assert len({image.tobytes() for half in first for image in half.images}) == 20


def test_all_kinds_of_pictures_become_rgb(photos):
    for mode in ("L", "LA", "P", "1", "RGBA", "CMYK"):
        image = Image.new("RGB", (12, 12), "white").convert(mode)
        image.save(photos / "red" / f"{mode}.{'jpg' if mode == 'CMYK' else 'png'}")
    Image.new("RGBA", (12, 12), (0, 0, 0, 0)).save(photos / "red" / "transparent.png")
    training, test = nets.image_folder(photos, 12, progress=False)
    white = sum((half.images > 0.98).all(axis=(1, 2, 3)).sum() for half in (training, test))
    assert white == 7


def test_pictures_that_cannot_be_read_are_named_in_one_warning_and_left_out(photos):
    (photos / "red" / "notes.txt").write_text("no picture")
    whole = (photos / "blue" / "3.png").read_bytes()
    (photos / "blue" / "3.png").write_bytes(whole[: len(whole) // 2])
    (photos / "blue" / ".DS_Store").write_bytes(b"ignored")
    with pytest.warns(UserWarning, match=r"2 of 21 files .* left out: blue/3.png, red/notes.txt$") as caught:
        training, test = nets.image_folder(photos, 16, progress=False)
    assert len(caught) == 1 and len(training.labels) + len(test.labels) == 19


@pytest.mark.parametrize(("kept", "words"), [
    ([], "has pictures of 0"),
    (["red"], "has pictures of 1"),
])
def test_fewer_than_two_classes_are_refused(photos, kept, words):
    for name in {"red", "blue"} - set(kept):
        for file in (photos / name).iterdir():
            file.write_bytes(b"broken")
    with pytest.raises(ValueError, match=f"at least two classes, and {words}.*no pictures: blue/0.png"):
        nets.image_folder(photos, progress=False)


def test_a_class_of_one_picture_is_refused(photos):
    (photos / "green").mkdir()
    (photos / "green" / "one.png").write_bytes((photos / "red" / "1.png").read_bytes())
    with pytest.raises(ValueError, match="green has one picture"):
        nets.image_folder(photos, progress=False)


def test_of_a_large_folder_a_part_is_read_and_the_classes_share_it(photos):
    training, test = nets.image_folder(photos, most=8, progress=False)
    assert list(np.bincount(training.labels) + np.bincount(test.labels)) == [4, 4]


def test_raw_pictures_are_the_same_as_bytes(photos):
    floats, raw = (nets.image_folder(photos, 10, progress=False, raw=raw)[1] for raw in (False, True))
    assert raw.images.dtype == np.uint8 and np.array_equal(np.round((floats.images + 1) * 127.5), raw.images)


@pytest.mark.parametrize(("arguments", "words"), [
    ({"path": "nowhere"}, "no folder nowhere"), ({"size": 0}, "at least 1"), ({"held_out": 1.0}, "between 0 and 1"),
])
def test_bad_arguments_are_refused(photos, arguments, words):
    with pytest.raises(ValueError, match=words):
        nets.image_folder(**({"path": photos} | arguments), progress=False)


@pytest.mark.training
def test_a_net_learns_a_folder_and_its_checkpoint_is_that_of_these_pictures(photos, tmp_path, monkeypatch):
    monkeypatch.setattr(nets.recipes, "PICTURES_FEWEST", 128)
    folder = tmp_path / "checkpoints"
    halves = nets.image_folder(photos, 16, progress=False)
    model, history = nets.pictures_net(*halves, "photos", folder=folder, progress=False)
    assert history.accuracies[-1] == 1.0 and history.batches_per_epoch == 4
    (first,) = folder.iterdir()
    monkeypatch.setattr("nets.training.Run.step", lambda *_: pytest.fail("trained again"))
    nets.pictures_net(*halves, "photos", folder=folder, progress=False)
    monkeypatch.undo()
    halves[1].images[0] = 0
    monkeypatch.setattr(nets.recipes, "PICTURES_FEWEST", 32)
    nets.pictures_net(*halves, "photos", folder=folder, progress=False)
    (second,) = folder.iterdir()
    assert first.name != second.name and not first.exists(), "other pictures, another net, and the old one is gone"
