"""CIFAR-10's batches, as Python 2 pickled them in 2009 and as Python 3 does."""

import pickle

import numpy as np
import pytest

from nets.cifar import read_batch

from .assembler import Build, Call, Name, Old, assemble
from .payloads import NAMES, payloads

PIXELS = np.random.default_rng(0).integers(0, 256, (4, 3072), np.uint8)
LABELS = [6, 9, 0, 3]


def python2(labels=LABELS, pixels=PIXELS) -> bytes:
    """A batch as the official files have it, instruction by instruction."""
    dtype = Build(Call("numpy.dtype", (Old(b"u1"), 0, 1)), (3, Old(b"|"), None, None, None, -1, -1, 0))
    array = Build(Call("numpy.core.multiarray._reconstruct", (Name("numpy.ndarray"), (0,), Old(b"b"))),
                  (1, pixels.shape, dtype, False, Old(pixels.tobytes())))
    names = [Old(b"leptodactylus_pentadactylus_s_000004.png")] * len(labels)
    return assemble({Old(b"batch_label"): Old(b"training batch 1 of 5"), Old(b"labels"): labels, Old(b"data"): array,
                     Old(b"filenames"): names})


def test_a_batch_of_python_2_is_what_pickle_reads_in_it():
    images, labels = read_batch(python2())
    theirs = pickle.loads(python2(), encoding="bytes")
    assert np.array_equal(images, theirs[b"data"].reshape(-1, 3, 32, 32)) and labels.tolist() == theirs[b"labels"]
    assert images.dtype == np.uint8 and labels.dtype == np.int64


def test_the_first_1024_bytes_of_a_row_are_red():
    red = read_batch(python2())[0][1, 0]
    assert np.array_equal(red.ravel(), PIXELS[1, :1024])


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
@pytest.mark.parametrize("key", [str, str.encode])
def test_a_batch_that_python_3_has_written_again_is_the_same(protocol, key):
    images, labels = read_batch(pickle.dumps({key("data"): PIXELS, key("labels"): LABELS}, protocol))
    assert np.array_equal(images.reshape(4, 3072), PIXELS) and labels.tolist() == LABELS


@pytest.mark.parametrize("name", NAMES)
def test_a_payload_in_a_batch_is_refused_and_does_not_run(name, tmp_path):
    sentinel = tmp_path / "sentinel"
    batch = {"labels": LABELS, "data": PIXELS, "filenames": payloads(sentinel)[name]}
    content = assemble({**batch, "data": Old(b"")})
    with pytest.raises(ValueError, match="would have executed code"):
        read_batch(content)
    assert not sentinel.exists()


@pytest.mark.parametrize(("batch", "message"), [
    ({"labels": LABELS}, "no data"),
    ({"data": PIXELS}, "labels"),
    ({"data": PIXELS[:3], "labels": LABELS}, "3 pictures and 4 labels"),
    ({"data": PIXELS, "labels": [0, 1, 2, 10]}, "from 0 to 9"),
    ({"data": PIXELS, "labels": [0, 1, 2, True]}, "from 0 to 9"),
    ({"data": PIXELS.astype(float), "labels": LABELS}, "not an array of bytes"),
    ({"data": PIXELS[:, :3000], "labels": LABELS}, "not an array of bytes"),
    ({"data": PIXELS.ravel(), "labels": LABELS}, "not an array of bytes"),
    ([1, 2, 3], "no data"),
    ({"data": [[0] * 3072] * 4, "labels": LABELS}, "not an array of bytes"),
])
def test_what_is_no_batch_is_refused_and_the_message_says_why(batch, message):
    with pytest.raises(ValueError, match=message):
        read_batch(pickle.dumps(batch))


@pytest.mark.parametrize("content", [b"", b"\x80", b"<html>", python2()[:-500], python2()[:50]])
def test_damaged_bytes_are_refused(content):
    with pytest.raises(ValueError, match="can't be read"):
        read_batch(content)
