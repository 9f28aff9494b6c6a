"""Weights: every format gives back what was put in, and whatever doesn't fit is listed."""

import io
import pickle
import warnings

import numpy as np
import pytest
from safetensors.numpy import save as safetensors_bytes

import nets
from minigrad import nn
from nets.untrusted import Allowance
from nets.weights import read_content

from .torch_files import Storage, Tensor, tensor, torch_legacy, torch_zip, zipped


def read(content: bytes) -> dict:
    return read_content(content, Allowance())


def npz(**arrays) -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


def safetensors_of(header: bytes, body: bytes = b"") -> bytes:
    return len(header).to_bytes(8, "little") + header + body


def net():
    return nn.Sequential(nn.Conv2d(2, 3, 3), nn.BatchNorm2d(3), nn.Linear(4, 5))


def state(seed=0) -> dict:
    rng = np.random.default_rng(seed)
    return {name: np.asarray(rng.uniform(1, 9, array.shape)).astype(array.dtype)
            for name, array in net().state_dict().items()}


def equal(ours: dict, theirs: dict) -> bool:
    return list(ours) == list(theirs) and all(np.array_equal(ours[name], theirs[name]) for name in ours)


def torch_tensors(arrays: dict) -> dict:
    return {name: tensor(array) for name, array in arrays.items()}


WRITERS = {
    "npz": lambda arrays: npz(**arrays),
    "safetensors": safetensors_bytes,
    "torch's zip": lambda arrays: torch_zip(torch_tensors(arrays)),
    "torch's format before 2020": lambda arrays: torch_legacy(torch_tensors(arrays)),
}


# What is read


@pytest.mark.parametrize("written", WRITERS.values(), ids=WRITERS)
def test_a_file_gives_a_net_its_weights_whatever_it_is_called(written, tmp_path):
    (tmp_path / "file.bin").write_bytes(written(state()))
    model = net()
    assert nets.load_weights(model, tmp_path / "file.bin") is model
    assert {name: array.tolist() for name, array in model.state_dict().items()} == {
        name: array.tolist() for name, array in state().items()}


def test_bfloat16_in_safetensors_becomes_float32():
    header = b'{"a":{"dtype":"BF16","shape":[2],"data_offsets":[0,4]}}'
    found = read(safetensors_of(header, bytes([0xC0, 0x3F, 0x00, 0xC0])))["a"]
    assert found.dtype == np.float32 and found.tolist() == [1.5, -2]


@pytest.mark.parametrize("written", WRITERS.values(), ids=WRITERS)
def test_the_prefix_of_data_parallel_is_left_off(written, tmp_path):
    (tmp_path / "file").write_bytes(written({f"module.{name}": array for name, array in state().items()}))
    assert equal(nets.load_weights(net(), tmp_path / "file").state_dict(), state())


def test_a_checkpoint_of_our_own_training_gives_the_weights_of_its_model(tmp_path):
    samples = np.ones((6, 1, 2, 2), np.float32), np.arange(6) % 3
    trained, fresh = (nn.Sequential(nn.Flatten(), nn.Linear(4, 3)) for _ in range(2))
    nets.train(trained, lambda epoch: samples, nets.Recipe(epochs=1), checkpoint=tmp_path / "run.npz", progress=False)
    assert equal(nets.load_weights(fresh, tmp_path / "run.npz").state_dict(), trained.state_dict())


def test_a_net_that_has_a_part_called_module_keeps_the_prefix(tmp_path):
    class Wrapped(nn.Module):
        def __init__(self):
            self.module = nn.Linear(2, 3)

    first, second = Wrapped(), Wrapped()
    nets.save_weights(first, tmp_path / "w.npz")
    assert equal(nets.load_weights(second, tmp_path / "w.npz").state_dict(), first.state_dict())


def test_weights_are_brought_to_the_dtype_of_the_net(tmp_path):
    halves = {name: array.astype(np.float16) if array.ndim else array for name, array in state().items()}
    (tmp_path / "file").write_bytes(npz(**halves))
    model = nets.load_weights(net().astype("float64"), tmp_path / "file")
    assert model.state_dict()["0.weight"].dtype == np.float64
    assert np.array_equal(model.state_dict()["0.weight"], halves["0.weight"])


@pytest.mark.parametrize("change", [dict, lambda s: {k: v for k, v in s.items() if "tracked" not in k}])
def test_the_counter_of_batch_norm_may_be_missing_or_there(change, tmp_path):
    (tmp_path / "file").write_bytes(npz(**change(state())))
    model = nets.load_weights(net(), tmp_path / "file")
    assert np.array_equal(model.state_dict()["1.running_mean"], state()["1.running_mean"])


def test_a_counter_too_many_is_ignored(tmp_path):
    model = nn.Sequential(nn.Linear(2, 3))
    (tmp_path / "file").write_bytes(npz(**model.state_dict(), **{"1.num_batches_tracked": np.array(5)}))
    nets.load_weights(model, tmp_path / "file")


def test_a_file_larger_than_what_reading_may_take_is_not_even_opened(tmp_path):
    with open(tmp_path / "w.npz", "wb") as file:
        file.truncate(2**31)  # two gigabytes of nothing, which take no room on the disk
    with pytest.raises(ValueError, match="the file would take 2,147,483,648 bytes"):
        nets.read_weights(tmp_path / "w.npz")


# What doesn't fit


def test_everything_that_does_not_fit_is_listed_together_and_the_model_is_unchanged(tmp_path):
    wrong = {**state(), "2.weight": np.ones((7, 7)), "9.bias": np.ones(1)}
    del wrong["0.bias"]
    (tmp_path / "file").write_bytes(npz(**wrong))
    model = net()
    before = model.state_dict()
    with pytest.raises(ValueError) as caught:
        nets.load_weights(model, tmp_path / "file")
    message = str(caught.value)
    assert str(tmp_path / "file") in message
    assert "missing 0.bias (3,)" in message and "unexpected 9.bias (1,)" in message
    assert "2.weight has shape (7, 7) instead of (5, 4)" in message
    assert equal(model.state_dict(), before)


def test_a_number_too_large_for_the_net_leaves_it_unchanged(tmp_path):
    (tmp_path / "file").write_bytes(npz(**{**state(), "2.bias": np.full(5, 1e300)}))
    model = net()
    before = model.state_dict()
    with warnings.catch_warnings(), pytest.raises(RuntimeWarning, match="overflow"):
        warnings.simplefilter("error")
        nets.load_weights(model, tmp_path / "file")
    assert equal(model.state_dict(), before)


@pytest.mark.parametrize(("content", "message"), [
    (b"", "no .npz, .safetensors or PyTorch file"),
    (b"<!DOCTYPE html><html>", "begins with b'<!DOCTYPE"),
    (pickle.dumps({"a": np.ones(2)}), "would have executed code|not one that PyTorch wrote"),
    (pickle.dumps([1, 2]), "not one that PyTorch wrote"),
    (pickle.dumps(0x1950A86A20F9469CFC6C, 2) + pickle.dumps(1000), "version 1001"),
    (torch_zip({"a": tensor(np.ones(2))}, byteorder=b"big"), "big-endian"),
    (torch_legacy({"a": tensor(np.ones(2))}, little_endian=False), "big-endian"),
    (torch_zip({"epoch": 3, "lr": 0.1}), "no dictionary of tensors.*epoch, lr"),
    (torch_zip([tensor(np.ones(2))]), "no dictionary of tensors"),
    (zipped({"a.txt": b"text"}), "something else than arrays: 'a.txt'"),
    (zipped({"a.npy": b"text"}), "a.npy: these are not the bytes"),
    (zipped({}), "holds no arrays"),
    (safetensors_of(b"{}"), "holds no arrays"),
    (safetensors_of(b'{"a":'), "damaged"),
    (safetensors_of(b'{"a":{"dtype":"F8_E5M2","shape":[1],"data_offsets":[0,1]}}', b"0"), "a: .*F8_E5M2 can't be read"),
])
def test_what_is_no_file_of_weights_is_refused_and_the_message_says_why(content, message, tmp_path):
    (tmp_path / "file.pth").write_bytes(content)
    with pytest.raises(ValueError, match=message) as caught:
        nets.read_weights(tmp_path / "file.pth")
    assert str(tmp_path / "file.pth") in str(caught.value)


def test_a_file_that_is_not_there_and_a_folder_are_refused(tmp_path):
    for path in (tmp_path, tmp_path / "nothing.npz"):
        with pytest.raises(ValueError, match="there is no file"):
            nets.read_weights(path)


def test_numbers_of_another_kind_are_refused_by_name():
    complex_numbers = Storage("ComplexFloat", np.ones(2, np.complex64).tobytes(), 2)
    for written in (torch_zip, torch_legacy):
        with pytest.raises(ValueError, match="weight: .*complex64"):
            read(written({"weight": Tensor(complex_numbers, 0, (2,), (1,))}))
    with pytest.raises(ValueError, match=r"a\.npy: it holds no array of plain numbers"):
        read(npz(a=np.ones(2, complex)))
    with pytest.raises(ValueError, match=r"a\.npy: it holds no array of plain numbers"):
        read(npz(a=np.array(["text"])))


# Nothing runs


# What is written


@pytest.mark.parametrize("suffix", [".npz", ".safetensors"])
def test_what_is_saved_is_loaded_to_the_last_bit(suffix, tmp_path):
    first, second = net(), net()
    first.load_state_dict(state())
    path = nets.save_weights(first, tmp_path / f"w{suffix}")
    assert path == tmp_path / f"w{suffix}" and [file.name for file in tmp_path.iterdir()] == [path.name]
    assert equal(nets.load_weights(second, path).state_dict(), state())


def test_numpy_itself_reads_what_is_saved(tmp_path):
    path = nets.save_weights(net(), tmp_path / "w.npz")
    with np.load(path, allow_pickle=False) as file:
        assert file.files == list(net().state_dict())


def test_an_axis_order_of_fortran_is_kept_by_both_formats(tmp_path):
    model = nn.Sequential(nn.Linear(4, 5))
    model.load_state_dict({"0.weight": np.arange(20.0).reshape(4, 5).T, "0.bias": np.ones(5)})
    for suffix in (".npz", ".safetensors"):
        found = nets.read_weights(nets.save_weights(model, tmp_path / f"w{suffix}"))["0.weight"]
        assert np.array_equal(found, np.arange(20.0).reshape(4, 5).T)


def test_other_suffixes_are_not_written(tmp_path):
    with pytest.raises(ValueError, match=r"w\.pth ends with neither"):
        nets.save_weights(net(), tmp_path / "w.pth")
    assert list(tmp_path.iterdir()) == []


def test_a_failed_write_leaves_the_old_file(tmp_path, monkeypatch):
    path = nets.save_weights(net(), tmp_path / "w.npz")
    before = path.read_bytes()
    monkeypatch.setattr("os.replace", lambda *_: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        nets.save_weights(net(), path)
    assert path.read_bytes() == before and [file.name for file in tmp_path.iterdir()] == ["w.npz"]
