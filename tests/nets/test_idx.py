"""MNIST and Fashion-MNIST: tiny files in the official format, served from this machine, whole, odd and broken."""

import gzip

import numpy as np
import pytest

import nets
from nets.idx import read_idx


def idx(array) -> bytes:
    array = np.asarray(array, np.uint8)
    sizes = b"".join(n.to_bytes(4, "big") for n in array.shape)
    return gzip.compress(bytes([0, 0, 8, array.ndim]) + sizes + array.tobytes())


PIXELS = np.random.default_rng(0).integers(0, 256, (5, 28, 28))
FILES = {
    "train-images-idx3-ubyte.gz": idx(PIXELS[:3]),
    "train-labels-idx1-ubyte.gz": idx([9, 0, 1]),
    "t10k-images-idx3-ubyte.gz": idx(PIXELS[3:]),
    "t10k-labels-idx1-ubyte.gz": idx([2, 3]),
}
FASHION = ("nets.idx.FASHION_MNIST", "nets.idx.FASHION_MNIST_FILES")
DIGITS = ("nets.idx.MNIST", "nets.idx.MNIST_FILES")


@pytest.mark.parametrize(("load", "where", "names"), [
    (nets.fashion_mnist, FASHION, ["ankle boot", "T-shirt/top", "trouser"]), (nets.mnist, DIGITS, ["9", "0", "1"]),
])
def test_a_set_is_fetched_once_and_read_to_the_last_pixel(served, load, where, names):
    served.put(*where, FILES)
    training, test = load(progress=False)
    assert training.images.shape == (3, 1, 28, 28) and test.images.shape == (2, 1, 28, 28)
    assert training.images.dtype == np.float32 and training.labels.dtype == np.int64
    assert np.array_equal(np.round((training.images[:, 0] + 1) * 127.5), PIXELS[:3])
    assert [training.names[i] for i in training.labels] == names
    for file in served.folder.iterdir():
        file.unlink()
    assert all(np.array_equal(a, b) for a, b in zip(load(progress=False)[1], test))


def test_raw_pictures_are_the_bytes_of_the_file(served):
    served.put(*DIGITS, FILES)
    training, _ = nets.mnist(progress=False, raw=True)
    assert training.images.dtype == np.uint8 and np.array_equal(training.images[:, 0], PIXELS[:3])


def test_the_two_sets_do_not_push_each_other_out_of_the_cache(served):
    served.put(*FASHION, FILES)
    nets.fashion_mnist(progress=False)
    served.put(*DIGITS, FILES | {"train-labels-idx1-ubyte.gz": idx([4, 5, 6])})
    assert list(nets.mnist(progress=False)[0].labels) == [4, 5, 6]
    for file in served.folder.iterdir():
        file.unlink()
    assert list(nets.fashion_mnist(progress=False)[0].labels) == [9, 0, 1]


def test_a_file_that_is_not_the_official_one_is_not_used(served):
    served.put(*FASHION, FILES)
    (served.folder / "train-images-idx3-ubyte.gz").write_bytes(idx(PIXELS))
    with pytest.raises(OSError, match="train-images-idx3-ubyte.gz could not be fetched .*hash"):
        nets.fashion_mnist(progress=False)
    assert list(served.cache.iterdir()) == []


def test_without_a_network_mnist_says_where_to_put_each_file(served, monkeypatch):
    served.put(*DIGITS, FILES)
    monkeypatch.setattr("nets.idx.MNIST", "http://127.0.0.1:9/")  # where nobody answers
    with pytest.raises(OSError, match="get http://127.0.0.1:9/train-images-idx3-ubyte.gz by hand") as caught:
        nets.mnist(progress=False)
    assert f"put it into {served.cache / 'mnist'}," in str(caught.value)


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
        read_idx(path, 3)
    assert "file.gz is damaged" in str(caught.value) and "\n" not in str(caught.value)


def test_labels_and_pictures_must_be_as_many(served):
    served.put(*FASHION, FILES | {"t10k-labels-idx1-ubyte.gz": idx([1])})
    with pytest.raises(ValueError, match="2 pictures, 1 labels"):
        nets.fashion_mnist(progress=False)
