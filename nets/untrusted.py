"""Bytes that strangers wrote: how much memory they may take, how a zip file is opened, how bytes become numbers.

A file says of itself how large its parts are, and nothing of that is believed: sizes are compared with what is really
there, and everything that takes memory is taken from one `Allowance` per file.  Nothing is ever evaluated.

Read next: ``safe_pickle.py``.
"""

from __future__ import annotations

import io
import math
import re
import struct
import zipfile
import zlib
from collections import Counter
from collections.abc import Sequence
from typing import Literal

import numpy as np

LARGEST = 3 * 2**29  # bytes that reading one file may take; with Python and NumPy around them, less than 2 GB
MOST_MEMBERS = 50_000  # of a zip file: each costs memory before the first is read
MOST_AXES = 32  # of an array
PIECE = 2**20  # bytes that are unpacked at once
ENTRY = b"PK\x01\x02"  # begins each line in a zip file's table of contents
DAMAGE = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, NotImplementedError, RuntimeError, OverflowError)
PLAIN = "f[248]|[iu][1248]|b1"  # NumPy's codes for the dtypes of numbers
NPY = b"\x93NUMPY"


class Allowance:
    """The memory that reading one file may still take, in bytes.

    Examples
    --------
    >>> allowance = Allowance(100)
    >>> allowance.take(60, "the first")
    >>> allowance.take(60, "the second")
    Traceback (most recent call last):
    ValueError: the second would take 60 bytes, more than the 40 that reading this file may still take
    """

    def __init__(self, size: int = LARGEST):
        self.left = size

    def take(self, size: int, what: str) -> None:
        """Note that `size` bytes are about to be taken; ValueError if that is too much."""
        if size > self.left:
            raise ValueError(f"{what} would take {size:,} bytes, more than the {self.left:,} that reading this file "
                             "may still take")
        self.left -= size


class Zip:
    """A zip file of which nothing is believed.  Names of members are names, never paths.

    Raises
    ------
    ValueError
        If it is damaged, or is made to be hard to read: names that come twice, a great many members, rare kinds of
        compression, passwords.
    """

    def __init__(self, content: bytes, allowance: Allowance):
        self.allowance = allowance
        if content.count(ENTRY) > MOST_MEMBERS:
            raise ValueError(f"the zip file has more than {MOST_MEMBERS:,} members")
        try:
            self.archive = zipfile.ZipFile(io.BytesIO(content))
        except DAMAGE as error:
            raise ValueError(f"the zip file is damaged ({error})") from error
        self.members = {member.filename: member for member in self.archive.infolist()}
        for name, count in Counter(member.filename for member in self.archive.infolist()).items():
            if count > 1:
                raise ValueError(f"the zip file has {count} members of the name {name!r}")

    def __contains__(self, name: str) -> bool:
        return name in self.members

    def read(self, name: str) -> bytearray:
        """The content of one member, as long as its entry says and with the checksum that it says."""
        member = self.members[name]
        if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) or member.flag_bits & 1:
            raise ValueError(f"{name!r} in the zip file is compressed in a rare way, or encrypted")
        self.allowance.take(member.file_size, f"{name!r} in the zip file")
        content = bytearray()
        try:
            with self.archive.open(member) as file:
                # Piece by piece: read() without a size unpacks all that is there, however little the entry admits to.
                while piece := file.read(PIECE):
                    content += piece
        except DAMAGE as error:
            raise ValueError(f"{name!r} in the zip file is damaged ({error})") from error
        if len(content) != member.file_size:
            raise ValueError(f"{name!r} in the zip file ends after {len(content):,} of {member.file_size:,} bytes")
        return content


def numbers(content, dtype: np.dtype, shape: Sequence[int], allowance: Allowance,
            order: Literal["C", "F"] = "C") -> np.ndarray:
    """The array of this dtype and shape whose bytes these are.  It shares them if it can, and may be read-only.

    Parameters
    ----------
    content : bytes-like
        Exactly as long as the array.
    dtype : np.dtype
        Real numbers of at most 8 bytes, or booleans; in any byte order, which becomes this machine's.
    shape : sequence of int
    order : "C" or "F"
        Which index runs fastest: the last or the first.

    Raises
    ------
    ValueError
        If the dtype is another, or there are more or fewer bytes than numbers.
    """
    if dtype.kind not in "fiub" or dtype.itemsize > 8:
        raise ValueError(f"an array of dtype {dtype} is not one of real numbers")
    if len(shape) > MOST_AXES or any(n < 0 for n in shape):
        raise ValueError(f"an array has negative sizes, or {len(shape)} of them")
    expected = math.prod(shape) * dtype.itemsize
    if len(content) != expected:
        raise ValueError(f"an array of {expected:,} bytes has {len(content):,}")
    if not dtype.isnative or dtype.kind == "b":
        allowance.take(expected, "an array in this machine's form")
    flat = np.frombuffer(content, dtype) if expected else np.empty(0, dtype)
    if dtype.kind == "b":
        flat = flat.view(np.uint8) != 0  # a damaged file may hold booleans that are neither
    return flat.astype(dtype.newbyteorder("="), copy=False).reshape(tuple(shape), order=order)


def read_npy(content: bytes | bytearray, allowance: Allowance) -> np.ndarray:
    """The array in the bytes of an .npy file: a magic word, a version, a short text, and then the numbers.

    NumPy evaluates the text as a Python literal.  For numbers a pattern is enough, which can't be led astray.

    Raises
    ------
    ValueError
        If these are no such bytes, or the array isn't one of numbers.
    """
    if content[:6] != NPY or content[6:7] not in (b"\x01", b"\x02", b"\x03"):
        raise ValueError("these are not the bytes of an .npy file")
    start = 10 if content[6] == 1 else 12
    end = start + int.from_bytes(content[8:start], "little")
    text = content[start:end].decode("latin-1")
    dtype = re.search(rf"'descr': *'([<>|=]?(?:{PLAIN}))'", text)
    order = re.search(r"'fortran_order': *(True|False)", text)
    shape = re.search(r"'shape': *\(([\d, ]*)\)", text)
    if not (dtype and order and shape):
        raise ValueError(f"it holds no array of plain numbers, but {text[:100].strip()!r}")
    sizes = [int(n) for n in re.findall(r"\d+", shape[1])]
    body = memoryview(content)[end:]
    return numbers(body, np.dtype(dtype[1]), sizes, allowance, "F" if order[1] == "True" else "C")
