"""CIFAR-10 from either of its archives: tiny ones, served from this machine or given by path, whole and broken."""

import hashlib
import io
import os
import pickle
import tarfile

import numpy as np
import pytest

import nets

CIFAR = ("nets.cifar_archive.CIFAR10", "nets.cifar_archive.CIFAR10_FILES")


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


RECORDS = [bytes([i]) + bytes(np.random.default_rng(i).integers(0, 256, 3072, np.uint8)) for i in range(7)]
BATCHES = [*(f"data_batch_{i}" for i in range(1, 6)), "test_batch"]
THINGS = {f"cifar-10-batches-bin/{name}.bin": RECORDS[i] for i, name in enumerate(BATCHES)}


def batch(record: bytes) -> bytes:
    """The same picture as the python version has it."""
    pixels = np.frombuffer(record[1:], np.uint8).reshape(1, 3072)
    return pickle.dumps({b"data": pixels, b"labels": [record[0]], b"batch_label": b"a test"}, protocol=2)


PICKLED = {f"cifar-10-batches-py/{name}": batch(RECORDS[i]) for i, name in enumerate(BATCHES)}


def test_cifar10_is_read_from_inside_its_archive(served):
    served.put(*CIFAR, {"cifar-10-binary.tar.gz": tar(THINGS)})
    training, test = nets.cifar10(progress=False)
    assert training.images.shape == (5, 3, 32, 32) and test.images.shape == (1, 3, 32, 32)
    assert list(training.labels) == [0, 1, 2, 3, 4] and test.names[test.labels[0]] == "dog"
    red = np.frombuffer(RECORDS[2][1 : 1 + 1024], np.uint8).reshape(32, 32)
    assert np.allclose(training.images[2, 0], red / 127.5 - 1, atol=1e-6)
    assert [file.name for file in served.cache.iterdir()] == ["cifar-10-binary.tar.gz"], "nothing is unpacked"


@pytest.mark.parametrize("version", [THINGS, PICKLED])
def test_an_archive_of_either_version_can_be_given_by_path(version, tmp_path):
    path = tmp_path / "mine.tar.gz"
    path.write_bytes(tar(version))
    for half, records in zip(nets.cifar10(path=path, raw=True), (RECORDS[:5], RECORDS[5:6])):
        assert [bytes(image) for image in half.images.reshape(-1, 3072)] == [record[1:] for record in records]
        assert [bytes([label]) for label in half.labels] == [record[:1] for record in records]


def test_the_python_version_in_the_cache_is_used_and_nothing_fetched(served, monkeypatch):
    content = tar(PICKLED)
    served.cache.mkdir()
    (served.cache / "cifar-10-python.tar.gz").write_bytes(content)
    digests = {"cifar-10-binary.tar.gz": "0" * 64, "cifar-10-python.tar.gz": hashlib.sha256(content).hexdigest()}
    monkeypatch.setattr("nets.cifar_archive.CIFAR10", "http://127.0.0.1:9/")  # where nobody answers
    monkeypatch.setattr("nets.cifar_archive.CIFAR10_FILES", digests)
    assert list(nets.cifar10(progress=False)[0].labels) == [0, 1, 2, 3, 4]


class Payload:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


def test_a_batch_that_would_run_code_is_refused_and_runs_nothing(tmp_path):
    evil = pickle.dumps({b"data": Payload(tmp_path / "harmed"), b"labels": [0]}, protocol=2)
    path = tmp_path / "mine.tar.gz"
    path.write_bytes(tar(PICKLED | {"cifar-10-batches-py/test_batch": evil}))
    with pytest.raises(ValueError, match="mine.tar.gz is damaged .*mkdir"):
        nets.cifar10(path=path)
    assert not (tmp_path / "harmed").exists()


def test_without_a_network_the_message_says_which_file_from_where_and_where_to_put_it(served, monkeypatch):
    served.put(*CIFAR, {"cifar-10-binary.tar.gz": (by_hand := tar(THINGS))})
    monkeypatch.setattr("nets.cifar_archive.CIFAR10", "http://127.0.0.1:9/")  # where nobody answers
    with pytest.raises(OSError, match=r"get http://127.0.0.1:9/cifar-10-binary.tar.gz by hand") as caught:
        nets.cifar10(progress=False)
    assert f"put it into {served.cache}" in str(caught.value) and "\n" not in str(caught.value)
    served.cache.mkdir(exist_ok=True)
    (served.cache / "cifar-10-binary.tar.gz").write_bytes(by_hand)
    assert len(nets.cifar10(progress=False)[0].labels) == 5, "and then it works"


def test_a_path_without_a_file_is_one_clear_line(tmp_path):
    with pytest.raises(OSError, match="there is no file .*nothing.tar.gz"):
        nets.cifar10(path=tmp_path / "nothing.tar.gz")


@pytest.mark.parametrize(("content", "words"), [
    (b"no archive", "damaged"),
    (tar(THINGS)[:4000], "damaged"),
    (tar({}), "it has no cifar-10-batches-bin/data_batch_1.bin"),
    (tar(dict(list(THINGS.items())[:-1]), {"cifar-10-batches-bin/test_batch.bin": "/etc/hosts"}), "has no .*test_b"),
    (tar(THINGS | {"cifar-10-batches-bin/test_batch.bin": RECORDS[0][:-1]}), "no whole number of records"),
    (tar(THINGS | {"cifar-10-batches-bin/test_batch.bin": b""}), "no whole number of records"),
    (tar(THINGS | {"cifar-10-batches-bin/test_batch.bin": b"\x0a" + RECORDS[0][1:]}), "from 10 to 10, and 10 cl"),
])
def test_a_broken_archive_is_one_clear_line(content, words, served):
    served.put(*CIFAR, {"cifar-10-binary.tar.gz": content})
    with pytest.raises(ValueError, match=words) as caught:
        nets.cifar10(progress=False)
    assert "cifar-10-binary.tar.gz" in str(caught.value) and "\n" not in str(caught.value)


def test_a_member_that_points_outside_writes_nothing(served, tmp_path):
    archive = tar(THINGS | {"../../escaped.bin": b"x", "/tmp/minigrad-escaped.bin": b"x"})
    served.put(*CIFAR, {"cifar-10-binary.tar.gz": archive})
    nets.cifar10(progress=False)
    assert not list(tmp_path.rglob("escaped*"))
