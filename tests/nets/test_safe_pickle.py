"""The reader of pickles: what it reads as Python's own does, what it refuses, and bombs that don't go off."""

import pickle
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nets.numpy_pickles import numpy_globals
from nets.safe_pickle import Source, load
from nets.torch_files import torch_globals
from nets.untrusted import Allowance

from .assembler import Build, Call, Name, Raw, Reference, assemble
from .payloads import NAMES, payloads, register_extension, unregister_extension

KEYS = st.none() | st.booleans() | st.integers(-(2**59), 2**59) | st.text(max_size=9) | st.binary(max_size=9)
ATOMS = KEYS | st.floats(allow_nan=False) | st.integers(-(2**300), 2**300)
PLAIN = st.recursive(ATOMS, lambda one: st.lists(one) | st.dictionaries(KEYS, one) | st.tuples(one, one, one))
BYTES = Build(Call("numpy.dtype", ("u1", False, True)), (3, "|", None, None, None, -1, -1, 0))


def read(content, size=10**6):
    allowance = Allowance(size)
    return load(Source(content), {**torch_globals(allowance), **numpy_globals(allowance)}, allowance)


@given(PLAIN, st.sampled_from([2, 3, 4, 5]))
def test_plain_values_are_read_as_pickle_reads_them(value, protocol):
    assert read(pickle.dumps(value, protocol)) == value


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
@pytest.mark.parametrize("array", [
    np.arange(6, dtype=np.uint8).reshape(2, 3), np.arange(6.0).reshape(2, 3).T, np.arange(3, dtype=">i4"),
    np.array([True, False]), np.float32(2.5), np.empty((0, 2)), np.array(7),
    np.arange(24).reshape(2, 3, 4).transpose(1, 0, 2), np.arange(4, dtype=np.float16)[::2],
], ids=str)
def test_arrays_are_read_as_numpy_reads_them(array, protocol):
    found = read(pickle.dumps(array, protocol))
    assert found.shape == array.shape and found.dtype == array.dtype.newbyteorder("=")
    assert np.array_equal(found, array)


@pytest.mark.parametrize("content", [b"cos\nsystem", b"cos", b"c" + b"o" * 2000 + b"\nsystem\n."])
def test_a_name_without_an_end_is_damaged(content):
    with pytest.raises(ValueError, match="cut off in a name"):
        read(content)


def test_a_value_that_stands_in_two_places_is_one_value():
    shared = [1]
    found = read(pickle.dumps({"a": shared, "b": shared}))
    assert found["a"] is found["b"]


def test_an_array_that_stands_in_two_places_is_read_twice():
    array = np.arange(3)
    first, second = read(pickle.dumps([array, array], 2))
    assert np.array_equal(first, array) and np.array_equal(second, array)


def test_two_pickles_in_a_row_are_read_one_after_the_other():
    source = Source(pickle.dumps("first") + pickle.dumps("second") + b"the rest")
    assert [load(source, {}, Allowance()), load(source, {}, Allowance())] == ["first", "second"]
    assert source.read(8) == b"the rest"


@pytest.fixture
def extension():
    register_extension()
    yield
    unregister_extension()


@pytest.mark.parametrize("name", NAMES)
def test_a_payload_would_run_if_pickle_read_it(name, tmp_path, extension):
    """Otherwise the next test would show nothing."""
    sentinel = tmp_path / "sentinel"
    try:
        pickle.loads(assemble(payloads(sentinel)[name]))
    finally:
        assert sentinel.exists()


@pytest.mark.parametrize("name", NAMES)
def test_a_payload_is_refused_and_does_not_run(name, tmp_path, extension):
    sentinel = tmp_path / "sentinel"
    with pytest.raises(ValueError, match="would have executed code"):
        read(assemble(payloads(sentinel)[name]))
    assert not sentinel.exists()


def test_the_refusal_says_what_was_to_run():
    with pytest.raises(ValueError, match=r"'os\.system' to be run"):
        read(assemble(Call("os.system", ("true",))))
    with pytest.raises(ValueError, match="the instruction EXT1"):
        read(assemble(Raw(b"\x82\xf0")))


@pytest.mark.parametrize("dotted", [
    "numpy.testing._private.utils.runstring", "torch.load", "torch.hub.load", "torch.jit.load",
    "torch.serialization.load", "torch.nn.Module",
    "torch._utils._rebuild_sparse_tensor", "torch._utils._import_dotted_name", "torch.storage._load_from_bytes",
    "numpy.load", "numpy.fromfile", "numpy.memmap", "numpy.core.multiarray.fromfile", "numpy.f2py.compile",
    "numpy.core.multiarray.set_string_function", "codecs.open", "_codecs.lookup", "collections.UserDict",
])
def test_other_names_of_the_same_libraries_are_refused(dotted):
    with pytest.raises(ValueError, match="would have executed code"):
        read(assemble(Call(dotted, ("file",))))


@pytest.mark.parametrize("value", [
    Call("torch.FloatStorage"), Call("numpy.ndarray", ((10**6,),)),
    Call("numpy.dtype", ("O8", False, True)), Call("numpy.dtype", ("V9", False, True)), Call("numpy.dtype", ([],)),
    Call("_codecs.encode", ("text", "rot13")), Call("_codecs.encode", (b"text", "latin1")), Call("_codecs.encode"),
    Call("collections.OrderedDict", ([1, 2],)), Call("collections.OrderedDict", (3,)),
    Call("torch.Size", ((-1,),)), Call("torch.Size", ("ab",)), Call("torch._utils._rebuild_tensor_v2", (1, 2, 3, 4)),
    Call("torch._utils._rebuild_tensor_v2"), Call("torch._utils._rebuild_parameter", (Name("torch.Size"), True, {})),
    Build(Name("numpy.ndarray"), {"attribute": 1}), Build([], {"attribute": 1}), Build("text", ()),
    Build(Call("numpy.core.multiarray._reconstruct", (Name("numpy.ndarray"), (0,), b"b")), 3),
    Build(Call("numpy.core.multiarray._reconstruct", (Name("numpy.ndarray"), (0,), b"b")), (1, (2,), "f4", False, b"")),
    Build(Call("numpy.dtype", ("f4", False, True)), (3, "<", None, ("a",), {"a": 1}, -1, -1, 0)),
    Build(Call("numpy.dtype", ("f4", False, True)), None),
    Call("numpy._core.numeric._frombuffer", (b"ab", BYTES, (2,), "A")), Call("_codecs.encode", ("a", [])),
    Call("numpy._core.numeric._frombuffer", (b"ab", BYTES, (2,), "K", (1, 0))),
    Call("numpy._core.numeric._frombuffer", (b"ab", BYTES, (True, True), "C")),
    Reference(("storage",)), {(1, 2): 3}, {2.5: 1}, {10**30: 1},
    Raw(b"K\x01K\x02s"), Raw(b"]K\x02K\x03s"), Raw(b"}K\x02a"), Raw(b"K\x01)R"), Raw(b"h\x05"), Raw(b"t"), Raw(b"\x87"),
    Raw(b"(K\x01}K\x02u"), Raw(b"K\x01K\x02\x93"), Raw(b"}(K\x01u"), Raw(b"0"), Raw(b""), Raw(b"\xff"), Raw(b"q\x01"),
], ids=repr)
def test_admitted_instructions_and_names_take_only_what_they_are_for(value):
    with pytest.raises(ValueError):
        read(assemble(value))


@pytest.mark.parametrize("cut", range(60))
def test_a_pickle_that_is_cut_off_is_damaged(cut):
    whole = pickle.dumps({"a": [1, 2.5, None], "b": ("text", b"bytes", 10**20), "c": True}, 4)
    assert cut < len(whole)
    with pytest.raises(ValueError):
        read(whole[:cut])


def test_lists_within_lists_that_double_at_every_step_are_read_at_once():
    """A hundred lines that stand for 2^100 items: whoever walks, prints, compares or hashes them never comes back."""
    doubling = b"".join(b"](h%ch%ceq%c" % (i - 1, i - 1, i) for i in range(1, 100))
    found = read(b"\x80\x02]q\x00" + doubling + b".")
    assert len(found) == 2 and found[0] is found[1]


def test_tuples_within_tuples_are_no_key():
    doubling = b"".join(b"h%ch%c\x86q%c" % (i - 1, i - 1, i) for i in range(1, 100))
    with pytest.raises(ValueError, match="key"):
        read(b"\x80\x02K\x01q\x00" + doubling + b"}hcK\x00s.")


def test_instructions_that_are_not_needed_are_not_even_decoded():
    """Python would warn of the backslash in this text of the first version of pickles."""
    with pytest.raises(ValueError, match="an instruction, STRING, that files of numbers don't need"):
        read(b"S'\\i'\n.")


def test_a_backslash_in_a_name_is_a_backslash():
    """pickletools would decode it, and warn; pickle doesn't."""
    with pytest.raises(ValueError, match=r"'os\.sys\\\\x74em' to be run"):
        read(b"\x80\x02cos\nsys\\x74em\n.")


def test_depth_is_no_problem():
    depth = 10 * sys.getrecursionlimit()
    assert read(b"\x80\x02" + b"]" * depth + b"a" * (depth - 1) + b".") is not None


def test_a_length_that_is_not_there_takes_no_memory():
    for begin in (b"\x8e", b"\x8d", b"\x96"):  # BINBYTES8, BINUNICODE8, BYTEARRAY8
        with pytest.raises(ValueError):
            read(b"\x80\x04" + begin + (2**62).to_bytes(8, "little") + b"abc.")
    with pytest.raises(ValueError):
        read(b"\x80\x04B" + (2**32 - 1).to_bytes(4, "little") + b"abc.")


def test_a_memo_with_a_huge_number_takes_no_memory():
    assert read(b"\x80\x02K\x07r\xff\xff\xff\xff.") == 7


def test_calls_that_copy_the_same_text_again_and_again_are_stopped():
    again = b"h\x00h\x01h\x02\x86R" * 500
    text = b"X" + (10**4).to_bytes(4, "little") + b"a" * 10**4
    with pytest.raises(ValueError, match="may still take"):
        read(b"\x80\x02c_codecs\nencode\nq\x00" + text + b"q\x01X\x06\x00\x00\x00latin1q\x02(" + again + b"t.")


def test_dictionaries_made_of_the_same_list_again_and_again_are_stopped():
    pairs = assemble([[i, i] for i in range(200)])[2:-1]
    with pytest.raises(ValueError, match="may still take"):
        read(b"\x80\x02ccollections\nOrderedDict\nq\x00" + pairs + b"\x85q\x01(" + b"h\x00h\x01R" * 500 + b"t.")


def test_calls_that_copy_thousands_of_arguments_again_and_again_are_stopped():
    many = assemble(tuple(range(1000)))[2:-1]
    with pytest.raises(ValueError, match="a great many"):
        read(b"\x80\x02ctorch\ndevice\nq\x00" + many + b"q\x01(" + b"h\x00h\x01R" * 500 + b"t.")


def test_more_instructions_than_any_file_needs_are_stopped(monkeypatch):
    monkeypatch.setattr("nets.safe_pickle.MOST_INSTRUCTIONS", 1000)
    with pytest.raises(ValueError, match="more than 1,000 instructions"):
        read(assemble([0] * 1000))
