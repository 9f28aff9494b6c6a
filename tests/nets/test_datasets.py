"""Other people's pictures: tiny files in the official formats, served from this machine, whole, odd and broken."""

import gzip
import hashlib
import io
import tarfile
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest
from PIL import Image

import nets
from nets import datasets


class Quiet(SimpleHTTPRequestHandler):
    """Serves a folder and says nothing."""

    def log_message(self, *_):
        pass


@pytest.fixture
def served(tmp_path, monkeypatch):
    """A folder of files, its address, and a cache folder that is still empty."""
    folder = tmp_path / "served"
    folder.mkdir()
    monkeypatch.setenv("MINIGRAD_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        address = f"http://127.0.0.1:{server.server_port}/"
        yield folder, address
        server.shutdown()
        thread.join()


def idx(array) -> bytes:
    array = np.asarray(array, np.uint8)
    sizes = b"".join(n.to_bytes(4, "big") for n in array.shape)
    return gzip.compress(bytes([0, 0, 8, array.ndim]) + sizes + array.tobytes())


def tar(files: dict[str, bytes], links: dict[str, str] | None = None) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
        for name, target in (links or {}).items():
            member = tarfile.TarInfo(name)
            member.type, member.linkname = tarfile.SYMTYPE, target
            archive.addfile(member)
    return buffer.getvalue()


def serve(served, monkeypatch, base, table, contents):
    """Put files where the library will look for them, with the checksums that they should have."""
    folder, address = served
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    monkeypatch.setattr(datasets, base, address)
    monkeypatch.setattr(datasets, table, {name: hashlib.sha256(c).hexdigest() for name, c in contents.items()})


PIXELS = np.random.default_rng(0).integers(0, 256, (5, 28, 28))
CLOTHES = {
    "train-images-idx3-ubyte.gz": idx(PIXELS[:3]),
    "train-labels-idx1-ubyte.gz": idx([9, 0, 1]),
    "t10k-images-idx3-ubyte.gz": idx(PIXELS[3:]),
    "t10k-labels-idx1-ubyte.gz": idx([2, 3]),
}
RECORDS = [bytes([i]) + bytes(np.random.default_rng(i).integers(0, 256, 3072, np.uint8)) for i in range(7)]
BATCHES = [f"data_batch_{i}" for i in range(1, 6)]
THINGS = {f"cifar-10-batches-bin/{name}.bin": RECORDS[i] for i, name in enumerate([*BATCHES, "test_batch"])}


def test_fashion_mnist_is_fetched_once_and_read_to_the_last_pixel(served, monkeypatch):
    serve(served, monkeypatch, "FASHION_MNIST", "FASHION_MNIST_FILES", CLOTHES)
    training, test = nets.fashion_mnist(progress=False)
    assert training.images.shape == (3, 1, 28, 28) and test.images.shape == (2, 1, 28, 28)
    assert training.images.dtype == np.float32 and training.labels.dtype == np.int64
    assert np.array_equal(np.round((training.images[:, 0] + 1) * 127.5), PIXELS[:3])
    assert [training.names[i] for i in training.labels] == ["ankle boot", "T-shirt/top", "trouser"]
    for file in served[0].iterdir():
        file.unlink()
    assert all(np.array_equal(a, b) for a, b in zip(nets.fashion_mnist(progress=False)[1], test))


def test_cifar10_is_read_from_inside_its_archive(served, monkeypatch, tmp_path):
    serve(served, monkeypatch, "CIFAR10", "CIFAR10_FILES", {"cifar-10-binary.tar.gz": tar(THINGS)})
    training, test = nets.cifar10(progress=False)
    assert training.images.shape == (5, 3, 32, 32) and test.images.shape == (1, 3, 32, 32)
    assert list(training.labels) == [0, 1, 2, 3, 4] and test.names[test.labels[0]] == "dog"
    red = np.frombuffer(RECORDS[2][1 : 1 + 1024], np.uint8).reshape(32, 32)
    assert np.allclose(training.images[2, 0], red / 127.5 - 1, atol=1e-6)
    assert [file.name for file in (tmp_path / "cache").iterdir()] == ["cifar-10-binary.tar.gz"], "nothing is unpacked"


def test_without_a_network_the_message_says_which_file_from_where_and_where_to_put_it(served, monkeypatch, tmp_path):
    serve(served, monkeypatch, "CIFAR10", "CIFAR10_FILES", {"cifar-10-binary.tar.gz": tar(THINGS)})
    monkeypatch.setattr(datasets, "CIFAR10", "http://127.0.0.1:9/")  # where nobody answers
    with pytest.raises(OSError, match=r"get http://127.0.0.1:9/cifar-10-binary.tar.gz by hand") as caught:
        nets.cifar10(progress=False)
    message = str(caught.value)
    assert f"put it into {tmp_path / 'cache'}" in message and "\n" not in message
    (tmp_path / "cache").mkdir(exist_ok=True)
    (tmp_path / "cache" / "cifar-10-binary.tar.gz").write_bytes(by_hand := tar(THINGS))
    monkeypatch.setattr(datasets, "CIFAR10_FILES", {"cifar-10-binary.tar.gz": hashlib.sha256(by_hand).hexdigest()})
    assert len(nets.cifar10(progress=False)[0].labels) == 5, "and then it works"


def test_a_file_that_is_not_the_official_one_is_not_used(served, monkeypatch, tmp_path):
    serve(served, monkeypatch, "FASHION_MNIST", "FASHION_MNIST_FILES", CLOTHES)
    (served[0] / "train-images-idx3-ubyte.gz").write_bytes(idx(PIXELS))
    with pytest.raises(OSError, match="train-images-idx3-ubyte.gz could not be fetched .*hash"):
        nets.fashion_mnist(progress=False)
    assert list((tmp_path / "cache").iterdir()) == []


WHOLE = gzip.decompress(idx(PIXELS))


@pytest.mark.parametrize(("content", "words"), [
    (b"no gzip", "damaged"),
    (idx(PIXELS)[:1000], "damaged"),
    (gzip.compress(b""), "doesn't begin as an idx file"),
    (gzip.compress(WHOLE[:10]), "doesn't begin as an idx file"),
    (idx(PIXELS[0]), "doesn't begin as an idx file of 3 dimensions"),
    (gzip.compress(WHOLE[:-1]), "has 3919 bytes"),
    (gzip.compress(WHOLE + b"x"), "has more bytes"),
    (gzip.compress(bytes([0, 0, 8, 3]) + b"\xff" * 12), "says that its shape is"),
    (gzip.compress(bytes([0, 0, 8, 3]) + b"\x00" * 12), "says that its shape is"),
])
def test_a_broken_idx_file_is_one_clear_line(content, words, tmp_path):
    path = tmp_path / "file.gz"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=words) as caught:
        datasets.read_idx(path, 3)
    assert "file.gz is damaged" in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize(("content", "words"), [
    (b"no archive", "damaged"),
    (tar(THINGS)[:4000], "damaged"),
    (tar({}), "it has no cifar-10-batches-bin/data_batch_1.bin"),
    (tar(dict(list(THINGS.items())[:-1]), {"cifar-10-batches-bin/test_batch.bin": "/etc/hosts"}), "has no .*test_b"),
    (tar(THINGS | {"cifar-10-batches-bin/test_batch.bin": RECORDS[0][:-1]}), "no whole number of records"),
    (tar(THINGS | {"cifar-10-batches-bin/test_batch.bin": b""}), "no whole number of records"),
    (tar(THINGS | {"cifar-10-batches-bin/test_batch.bin": b"\x0a" + RECORDS[0][1:]}), "highest label is 10"),
])
def test_a_broken_archive_is_one_clear_line(content, words, served, monkeypatch):
    serve(served, monkeypatch, "CIFAR10", "CIFAR10_FILES", {"cifar-10-binary.tar.gz": content})
    with pytest.raises(ValueError, match=words) as caught:
        nets.cifar10(progress=False)
    assert "cifar-10-binary.tar.gz" in str(caught.value) and "\n" not in str(caught.value)


def test_a_member_that_points_outside_writes_nothing(served, monkeypatch, tmp_path):
    archive = tar(THINGS | {"../../escaped.bin": b"x", "/tmp/minigrad-escaped.bin": b"x"})
    serve(served, monkeypatch, "CIFAR10", "CIFAR10_FILES", {"cifar-10-binary.tar.gz": archive})
    nets.cifar10(progress=False)
    assert not list(tmp_path.rglob("escaped*"))


def test_labels_and_pictures_must_be_as_many(served, monkeypatch):
    fewer = CLOTHES | {"t10k-labels-idx1-ubyte.gz": idx([1])}
    serve(served, monkeypatch, "FASHION_MNIST", "FASHION_MNIST_FILES", fewer)
    with pytest.raises(ValueError, match="2 pictures, 1 labels"):
        nets.fashion_mnist(progress=False)


@pytest.fixture
def photos(tmp_path):
    """Ten red and ten blue pictures of 30 x 20 pixels, whose left and right thirds are green."""
    folder = tmp_path / "photos"
    for name, colour in (("red", (255, 0, 0)), ("blue", (0, 0, 255))):
        (folder / name).mkdir(parents=True)
        for i in range(10):
            pixels = np.full((20, 30, 3), (0, 255, 0), np.uint8)
            pixels[:, 5:25] = colour
            pixels[0, 5 + i] = 0
            Image.fromarray(pixels).save(folder / name / f"{i}.png")
    return folder


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


def test_a_long_list_of_unreadable_files_is_cut_short():
    assert datasets.listed([str(i) for i in range(12)]) == "0, 1, 2, 3, 4, 5, 6, 7, 8, 9 and 2 more"


def test_a_class_of_one_picture_is_refused(photos):
    (photos / "green").mkdir()
    (photos / "green" / "one.png").write_bytes((photos / "red" / "1.png").read_bytes())
    with pytest.raises(ValueError, match="green has one picture"):
        nets.image_folder(photos, progress=False)


def test_of_a_large_folder_a_part_is_read_and_the_classes_share_it(photos):
    training, test = nets.image_folder(photos, most=8, progress=False)
    assert list(np.bincount(training.labels) + np.bincount(test.labels)) == [4, 4]


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
