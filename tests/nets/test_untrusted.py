"""Zip files and arrays of strangers: what they claim is compared with what is there, and bombs don't go off."""

import io
import tracemalloc
import warnings
import zipfile

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import nets
from minigrad import nn
from nets.untrusted import Allowance, Zip, read_npy

from .assembler import assemble
from .payloads import NAMES, payloads
from .torch_files import zipped

KINDS = hnp.scalar_dtypes().filter(lambda dtype: dtype.kind in "fiub" and dtype.itemsize <= 8)
ARRAYS = hnp.arrays(KINDS, hnp.array_shapes(min_dims=0, min_side=0, max_side=4))


def npy(array, version=None) -> bytes:
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, np.asarray(array), version)
    return buffer.getvalue()


def npy_of(text: bytes, body: bytes) -> bytes:
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text + body


@given(ARRAYS, st.sampled_from([(1, 0), (2, 0), (3, 0)]), st.booleans())
def test_an_array_is_read_as_numpy_reads_it(array, version, transposed):
    content = npy(array.T if transposed else array, version)
    found, theirs = read_npy(content, Allowance()), np.load(io.BytesIO(content))
    assert found.dtype == theirs.dtype.newbyteorder("=") and found.shape == theirs.shape
    assert np.array_equal(found, theirs, equal_nan=theirs.dtype.kind == "f")


def test_the_order_of_the_entries_at_the_head_of_an_array_is_free():
    """Other programs write them as they like."""
    text = b"{'shape':(2, 1),'fortran_order':False,'descr':'<u2'}"
    assert read_npy(npy_of(text, b"\x01\x00\x02\x00"), Allowance()).tolist() == [[1], [2]]


def test_a_boolean_that_is_neither_is_true():
    assert read_npy(npy([False, True]).replace(b"\x00\x01", b"\x00\xff")[:], Allowance()).tolist() == [False, True]


@pytest.mark.parametrize("array", [np.ones(2, complex), np.array(["text"]), np.ones(2, "f4,i4"), np.ones(2, "M8[s]")])
def test_arrays_of_something_else_than_numbers_are_refused(array):
    with pytest.raises(ValueError, match="no array of plain numbers"):
        read_npy(npy(array), Allowance())


@pytest.mark.parametrize("code", ["<b4", "<f1", "<i9", "<f16", "O", "|V8", "U3", "f4,f4"])
def test_a_code_that_is_none_of_the_kinds_of_numbers_is_refused(code):
    text = b"{'descr': '%s', 'fortran_order': False, 'shape': (1,), }" % code.encode()
    with pytest.raises(ValueError, match="no array of plain numbers"):
        read_npy(npy_of(text, bytes(8)), Allowance())


@pytest.mark.parametrize("shape", ["(99999999999999999999,)", "(2, 2)", "()", "(0,)", "(-1,)", f"({'1,' * 99})"])
def test_an_array_that_has_not_the_size_that_it_claims_is_refused(shape):
    text = b"{'descr': '<f8', 'fortran_order': False, 'shape': %s, }" % shape.encode()
    with pytest.raises(ValueError):
        read_npy(npy_of(text, bytes(24)), Allowance())


@pytest.mark.parametrize("name", NAMES)
def test_a_payload_in_npz_is_refused_and_does_not_run(name, tmp_path):
    sentinel = tmp_path / "sentinel"
    head = npy_of(b"{'descr': '|O', 'fortran_order': False, 'shape': (1,), }", b"")
    (tmp_path / "evil.npz").write_bytes(zipped({"a.npy": head + assemble(payloads(sentinel)[name])}))
    with pytest.raises(ValueError, match="no array of plain numbers"):
        nets.load_weights(nn.Linear(2, 3), tmp_path / "evil.npz")
    assert not sentinel.exists()


def test_the_text_at_the_head_of_an_array_is_not_evaluated(tmp_path):
    sentinel = tmp_path / "sentinel"
    text = b"{'descr': '<f4', 'fortran_order': False, 'shape': (open('%s', 'w'),), }" % str(sentinel).encode()
    with pytest.raises(ValueError, match="no array of plain numbers"):
        read_npy(npy_of(text, b""), Allowance())
    assert not sentinel.exists()


def test_a_zip_bomb_is_refused_before_it_is_unpacked():
    bomb = zipped({"a.npy": bytes(2**20)}, zipfile.ZIP_DEFLATED)
    assert len(bomb) < 2**12
    with pytest.raises(ValueError, match="would take 1,048,576 bytes"):
        Zip(bomb, Allowance(2**19)).read("a.npy")


@pytest.mark.parametrize(("size", "claimed"), [(2**26, 100), (100, 2**30)])
def test_a_member_that_lies_about_its_size_is_refused_and_takes_no_memory(size, claimed):
    bomb = zipped({"a.npy": bytes(size)}, zipfile.ZIP_DEFLATED)
    lying = bomb.replace(size.to_bytes(4, "little"), claimed.to_bytes(4, "little"))
    tracemalloc.start()
    with pytest.raises(ValueError, match="damaged|ends after"):
        Zip(lying, Allowance()).read("a.npy")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2**22


def test_two_members_of_one_name_are_refused():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            archive.writestr("a.npy", b"first")
            archive.writestr("a.npy", b"second")
    with pytest.raises(ValueError, match="2 members of the name 'a.npy'"):
        Zip(buffer.getvalue(), Allowance())


def test_rare_compression_is_refused():
    with pytest.raises(ValueError, match="rare"):
        Zip(zipped({"a.npy": b"content"}, zipfile.ZIP_LZMA), Allowance()).read("a.npy")


def test_a_member_with_a_changed_byte_is_refused():
    content = zipped({"a.npy": b"what is written"}).replace(b"written", b"changed")
    with pytest.raises(ValueError, match="damaged"):
        Zip(content, Allowance()).read("a.npy")


def test_half_a_zip_file_is_damaged():
    content = zipped({"a.npy": b"content"})
    with pytest.raises(ValueError, match="the zip file is damaged"):
        Zip(content[: len(content) // 2], Allowance())


def test_very_many_members_are_refused(monkeypatch):
    monkeypatch.setattr("nets.untrusted.MOST_MEMBERS", 3)
    with pytest.raises(ValueError, match="more than 3 members"):
        Zip(zipped({f"{i}.npy": b"" for i in range(4)}), Allowance())


def test_names_that_point_elsewhere_are_only_names():
    assert Zip(zipped({"../../a.npy": b"content"}), Allowance()).read("../../a.npy") == b"content"
