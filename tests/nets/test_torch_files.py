"""PyTorch's files, in both formats: every tensor is what its storage, offset, size and stride say; and nothing runs.

PyTorch isn't needed: ``torch_files.py`` writes its files.  (``python -m benchmarks weights`` compares with PyTorch.)
"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import nets
from minigrad import nn
from nets.untrusted import Allowance
from nets.weights import read_content

from .assembler import Call, Name, Old, Reference, assemble
from .payloads import NAMES, payloads
from .torch_files import KINDS, Storage, Tensor, storage, tensor, torch_legacy, torch_zip

BOTH = pytest.mark.parametrize("written", [torch_zip, torch_legacy])
SHAPES = hnp.array_shapes(min_dims=0, min_side=0, max_side=4)
FLOATS = Name("torch.FloatStorage")
ARRAYS = hnp.arrays(st.sampled_from([f"<{kind}" for kind in KINDS]), SHAPES)


def read(content: bytes) -> dict:
    return read_content(content, Allowance())


@BOTH
@given(array=ARRAYS)
def test_a_tensor_is_read_to_the_last_bit(written, array):
    found = read(written({"a": tensor(array)}))["a"]
    assert found.dtype == array.dtype and found.shape == array.shape
    if array.dtype != bool:
        assert found.tobytes() == array.tobytes()


@BOTH
def test_tensors_are_views_of_their_storage_as_numpy_makes_them(written):
    base = storage(np.arange(24, dtype=np.float32))
    twin = np.arange(24, dtype=np.float32)
    found = read(written({
        "transposed": Tensor(base, 0, (6, 4), (1, 6)), "steps": Tensor(base, 3, (2, 3), (12, 2)),
        "row": Tensor(base, 6, (6,), (1,)), "number": Tensor(base, 5, (), ()),
        "expanded": Tensor(base, 7, (3, 2), (0, 1)), "empty": Tensor(base, 0, (0, 5), (5, 1)),
        "one": Tensor(base, 23, (1, 1), (10**9, 99)),
    }))
    assert np.array_equal(found["transposed"], twin.reshape(4, 6).T)
    assert np.array_equal(found["steps"], [[3, 5, 7], [15, 17, 19]])
    assert np.array_equal(found["row"], twin[6:12]) and found["number"] == 5 and found["number"].shape == ()
    assert np.array_equal(found["expanded"], [[7, 8]] * 3) and found["empty"].shape == (0, 5)
    assert found["one"].tolist() == [[23]]
    assert all(array.flags.c_contiguous for array in found.values())


@BOTH
def test_bfloat16_becomes_float32_with_the_same_value(written):
    """bfloat16 is the upper half of a float32: 0x3fc0 is 1.5, 0xc000 is -2, 0x7f80 is infinity."""
    halves = Storage("BFloat16", np.array([0x3FC0, 0xC000, 0x7F80, 0x0000], np.uint16).tobytes(), 4)
    found = read(written({"a": Tensor(halves, 0, (2, 2), (1, 2))}))["a"]
    assert found.dtype == np.float32 and found.tolist() == [[1.5, np.inf], [-2, 0]]


@BOTH
def test_parameters_are_read_as_tensors(written):
    parameter = Call("torch._utils._rebuild_parameter", (tensor(np.ones(2)), True, Call("collections.OrderedDict")))
    assert read(written({"a": parameter}))["a"].tolist() == [1, 1]


def test_unsigned_numbers_lie_in_storages_of_bytes():
    content = Storage("storage.Untyped", np.array([1, 65535, 3], "<u2").tobytes(), 6)
    arguments = (content, 1, (2,), (1,), False, Call("collections.OrderedDict"), Name("torch.uint16"))
    found = read(torch_zip({"a": Call("torch._utils._rebuild_tensor_v3", arguments)}))["a"]
    assert found.dtype == np.uint16 and found.tolist() == [65535, 3]


@BOTH
def test_names_that_python_2_wrote_are_texts(written):
    assert list(read(written({Old(b"state_dict"): {Old(b"conv.weight"): tensor(np.ones(2))}}))) == ["conv.weight"]


def test_a_storage_of_the_old_format_may_be_a_view_of_another():
    """Until 2018 a file could say so: (key, where it begins, how long it is)."""
    whole = torch_legacy({"a": Tensor(storage(np.arange(9.0)), 1, (2,), (1,))})
    view = assemble(("0", 4, 5))[2:-1]
    reference = assemble("cpu")[2:-1] + assemble(9)[2:-1]
    assert reference + b"N" in whole
    assert read(whole.replace(reference + b"N", reference + view))["a"].tolist() == [5, 6]


@BOTH
@pytest.mark.parametrize("wrapper", ["state_dict", "model_state_dict", "model", "net"])
def test_a_checkpoint_is_opened_and_its_other_entries_are_ignored(written, wrapper):
    others = {"epoch": 3, "best": 0.5, "optimizer": {"state": {0: {"momentum": tensor(np.ones(3))}}, "groups": [{}]}}
    assert list(read(written({**others, wrapper: {"a": tensor(np.ones(2))}}))) == ["a"]


@BOTH
def test_a_checkpoint_may_lie_in_another(written):
    assert list(read(written({"model": {"state_dict": {"a": tensor(np.ones(2))}, "epoch": 1}}))) == ["a"]


@BOTH
@pytest.mark.parametrize(("view", "message"), [
    ((0, (7,), (1,)), "reaches beyond"), ((1, (6,), (1,)), "reaches beyond"), ((0, (2, 2), (5, 1)), "reaches beyond"),
    ((10**15, (), ()), "reaches beyond"), ((0, (2,), (2**59,)), "reaches beyond"),
    ((0, (-1,), (1,)), "no whole number"), ((0, (2,), (-1,)), "no whole number"), ((-1, (2,), (1,)), "no whole number"),
    ((0, (2, 2), (1,)), "2 axes and 1 strides"), ((0, (1,) * 40, (1,) * 40), "40 axes"),
    ((0, (2**40, 2**40), (0, 0)), "would take"), ((0, (10**10,), (0,)), "would take"),
    ((0, (0, 2**59, 2**59), (1, 1, 1)), "too big|maximum|must be|array"), ((0, (2**59, 0, 2**59), (0, 1, 1)), "array"),
    ((0, ("2",), (1,)), "no whole number"), ((True, (2,), (1,)), "no whole number"), ((0, 2, 1), "isn't made of"),
])
def test_a_tensor_that_is_more_than_its_storage_is_refused(written, view, message):
    with pytest.raises(ValueError, match=message):
        read(written({"a": Tensor(storage(np.ones(6)), *view)}))


@BOTH
@pytest.mark.parametrize("length", [7, 2**50])
def test_a_storage_that_is_shorter_than_announced_is_refused(written, length):
    with pytest.raises(ValueError, match="announced"):
        read(written({"a": Tensor(Storage("Double", np.ones(6).tobytes(), length), 0, (5,), (1,))}))


@BOTH
@pytest.mark.parametrize("identifier", [
    "storage", ("storage",) * 5, ("storage", FLOATS, "0"), ("module", FLOATS, "0", "cpu", 1),
    ("storage", Name("torch.Size"), "0", "cpu", 1), ("storage", FLOATS, 0, "cpu", 1),
    ("storage", FLOATS, "0", "cpu", -1), ("storage", FLOATS, "0", "cpu", 1, ("0", -1, 1)),
])
def test_a_reference_to_something_else_than_a_storage_is_refused(written, identifier):
    with pytest.raises(ValueError):
        read(written({"a": Reference(identifier)}))


def test_a_storage_cannot_be_of_two_kinds():
    reference = [Reference(("storage", Name(f"torch.{kind}Storage"), "0", "cpu", 1)) for kind in ("Float", "Int")]
    with pytest.raises(ValueError, match="two kinds"):
        read(torch_zip({"a": reference}))


def test_a_storage_that_is_missing_is_named():
    with pytest.raises(ValueError, match="a: storage '0' is missing"):
        read(torch_zip({"a": tensor(np.ones(2))}).replace(b"data/0", b"data/7"))


@pytest.mark.parametrize(("keys", "message"), [
    (["1"], "not those of its tensors"), ([], "not those of its tensors"), (["0", "1"], "not those of its tensors"),
    (["0", "0"], "damaged"), ([0], "damaged"), ("0", "damaged"), (None, "damaged"),
])
def test_a_list_of_other_storages_than_the_tensors_have_is_refused(keys, message):
    good = torch_legacy({"a": tensor(np.ones(2))})
    with pytest.raises(ValueError, match=message):
        read(good.replace(assemble(["0"]), assemble(keys)))


def test_kinds_of_numbers_that_numpy_lacks_are_refused_by_name():
    for dtype, message in ((Name("torch.float8_e5m2"), "kind torch.float8_e5m2"), (3, "dtype that is none")):
        arguments = (Storage("storage.Untyped", bytes(2), 2), 0, (2,), (1,), False, {}, dtype)
        with pytest.raises(ValueError, match=message):
            read(torch_zip({"a": Call("torch._utils._rebuild_tensor_v3", arguments)}))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("place", ["zip", "legacy", "instead of the magic number", "list of storages"])
def test_a_payload_in_a_pytorch_file_is_refused_and_does_not_run(name, place, tmp_path):
    sentinel = tmp_path / "sentinel"
    payload, good = payloads(sentinel)[name], torch_legacy({"a": tensor(np.ones(2))})
    written = {
        "zip": torch_zip({"a": tensor(np.ones(2)), "b": payload}),
        "legacy": torch_legacy({"a": tensor(np.ones(2)), "b": payload}),
        "instead of the magic number": assemble(payload),
        "list of storages": good.replace(assemble(["0"]), assemble(payload)),
    }
    assert written[place] != good
    (tmp_path / "evil.pth").write_bytes(written[place])
    with pytest.raises(ValueError, match="would have executed code"):
        nets.load_weights(nn.Linear(2, 3), tmp_path / "evil.pth")
    assert not sentinel.exists()


