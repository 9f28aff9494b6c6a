"""Checkpoints are whole or not there, and hold nothing but numbers and text."""

import numpy as np
import pytest

from minigrad import nn
from nets.checkpoint import finished, load_checkpoint, save_checkpoint
from nets.files import write_atomically
from nets.training import Recipe, train

RECIPE = Recipe(epochs=2, batch_size=2)
ARRAYS = {"weights": np.arange(6.0).reshape(2, 3), "count": np.array(3)}


def test_what_is_saved_comes_back(tmp_path):
    path = save_checkpoint(tmp_path / "deep" / "run.npz", ARRAYS, {"epoch": 2, "name": "net"})
    arrays, notes = load_checkpoint(path)
    assert notes == {"epoch": 2, "name": "net"} and arrays.keys() == ARRAYS.keys()
    assert all(np.array_equal(arrays[key], ARRAYS[key]) and arrays[key].dtype == ARRAYS[key].dtype for key in ARRAYS)


def test_a_missing_checkpoint_says_so(tmp_path):
    with pytest.raises(ValueError, match="there is no checkpoint"):
        load_checkpoint(tmp_path / "none.npz")


@pytest.mark.parametrize("keep", [0, 1, 100, 0.5, 0.99])
def test_a_truncated_checkpoint_says_so(tmp_path, keep):
    path = save_checkpoint(tmp_path / "run.npz", ARRAYS, {})
    whole = path.read_bytes()
    path.write_bytes(whole[: keep if isinstance(keep, int) else int(keep * len(whole))])
    with pytest.raises(ValueError, match="not a whole checkpoint"):
        load_checkpoint(path)


class Payload:
    """An object that would run code when unpickled."""

    def __reduce__(self):
        return (pytest.fail, ("code from a file was run",))


def test_a_file_with_pickled_objects_is_refused_and_nothing_runs(tmp_path):
    path = tmp_path / "evil.npz"
    np.savez(path, **{"array/weights": np.array([Payload()], dtype=object), "notes": np.array(0)})
    with pytest.raises(ValueError, match="not a whole checkpoint"):
        load_checkpoint(path)


def test_objects_are_not_saved_either(tmp_path):
    with pytest.raises(ValueError, match="only numbers"):
        save_checkpoint(tmp_path / "run.npz", {"a": np.array([None])}, {})
    assert list(tmp_path.iterdir()) == []


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    path = write_atomically(tmp_path / "file", b"old")
    monkeypatch.setattr("os.replace", lambda *_: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        write_atomically(path, b"new")
    assert [p.name for p in tmp_path.iterdir()] == ["file"] and path.read_bytes() == b"old"


def test_a_written_file_has_the_permissions_of_any_other(tmp_path):
    plain = tmp_path / "plain"
    plain.write_bytes(b"")
    assert write_atomically(tmp_path / "file", b"").stat().st_mode == plain.stat().st_mode


@pytest.mark.parametrize(("done", "over"), [(5, False), (6, True)])
def test_a_training_is_finished_when_all_its_batches_are_done(tmp_path, done, over):
    notes = {"done": done, "recipe": {"epochs": 2}, "history": {"batches_per_epoch": 3}}
    assert finished(save_checkpoint(tmp_path / "run.npz", ARRAYS, notes)) == over


def test_a_training_that_has_not_begun_is_not_finished(tmp_path):
    notes = {"done": 0, "recipe": {"epochs": 2}, "history": {"batches_per_epoch": 0}}
    assert not finished(save_checkpoint(tmp_path / "run.npz", ARRAYS, notes))
    assert not finished(tmp_path / "none.npz")


@pytest.mark.training
def test_training_itself_writes_what_is_finished(tmp_path):
    model, path = nn.Sequential(nn.Flatten(), nn.Linear(4, 2)), tmp_path / "run.npz"
    samples = np.zeros((4, 1, 2, 2), np.float32), np.zeros(4, int)

    def stop(epoch):
        assert not finished(path)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(model, lambda epoch: stop(epoch) if epoch else samples, RECIPE, checkpoint=path, progress=False)
    assert not finished(path)
    train(model, lambda epoch: samples, RECIPE, checkpoint=path, progress=False)
    assert finished(path)
