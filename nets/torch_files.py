"""PyTorch's own files, read without PyTorch.

Both formats have two parts.  A pickle says which tensors there are: each is a *view*, that is a storage (a row of
numbers), an offset into it, a size and a stride.  The storages lie outside of the pickle, which refers to them by
"persistent identifiers"; two tensors may share one.

- Since 2020 the file is a zip: ``data.pkl`` is the pickle, and ``data/0``, ``data/1`` ... are the storages.
- Before, it was a row of pickles: a magic number, the version, a note on the machine, the tensors, the list of
  storages.  Then come the storages themselves: eight bytes for how many numbers, and the numbers.

So nothing has to be computed to read such a file; `safe_pickle` reads the pickles, and ``REDUCE`` reaches the few
functions in the table here.

Read next: ``weights.py``.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from .numpy_pickles import numpy_globals
from .safe_pickle import Global, Source, add_items, load
from .untrusted import MOST_AXES, Allowance, Zip, numbers

MAGIC = 0x1950A86A20F9469CFC6C
VERSION = 1001
BIG_ENDIAN = "it was written on a big-endian machine; load it with PyTorch on a common one, and save it there again"
DTYPES = {
    "torch.FloatStorage": "<f4", "torch.DoubleStorage": "<f8", "torch.HalfStorage": "<f2",
    "torch.BFloat16Storage": "bfloat16", "torch.LongStorage": "<i8", "torch.IntStorage": "<i4",
    "torch.ShortStorage": "<i2", "torch.CharStorage": "i1", "torch.ByteStorage": "u1", "torch.BoolStorage": "?",
    "torch.ComplexFloatStorage": "<c8", "torch.ComplexDoubleStorage": "<c16", "torch.storage.UntypedStorage": "u1",
    "torch.uint16": "<u2", "torch.uint32": "<u4", "torch.uint64": "<u8",
}
OTHER_DTYPES = (
    "torch.float64", "torch.float32", "torch.float16", "torch.bfloat16", "torch.int64", "torch.int32", "torch.int16",
    "torch.int8", "torch.uint8", "torch.bool", "torch.complex64", "torch.complex128", "torch.float8_e4m3fn",
    "torch.float8_e5m2", "torch.float8_e4m3fnuz", "torch.float8_e5m2fnuz",
)  # may be named, but no tensor of them that can be read is stored by this name
WRAPPERS = ("state_dict", "model_state_dict", "model", "net", "network", "weights", "params")


class Storage(NamedTuple):
    """A row of `count` numbers that lies outside of the pickle, or rather a view of it that begins at `start`."""

    key: str
    dtype: str
    length: int
    start: int


class View(NamedTuple):
    """A tensor as the pickle describes it."""

    storage: Storage
    offset: int
    size: tuple[int, ...]
    stride: tuple[int, ...]
    dtype: str


def read_torch_zip(archive: Zip) -> dict[str, np.ndarray]:
    """The tensors in a file of today's format, by name.  Raises ValueError, as `safe_pickle.load` does."""
    folder = pickle_of(archive).removesuffix("data.pkl")
    if f"{folder}byteorder" in archive and archive.read(f"{folder}byteorder") != b"little":
        raise ValueError(BIG_ENDIAN)
    source = Source(archive.read(f"{folder}data.pkl"))
    storages: dict[str, Storage] = {}
    checkpoint = load_tensors(source, storages, archive.allowance)
    contents: dict[str, bytearray] = {}

    def content_of(key: str) -> bytearray:
        if key not in contents:
            if f"{folder}data/{key}" not in archive:
                raise ValueError(f"storage {key[:40]!r} is missing")
            contents[key] = archive.read(f"{folder}data/{key}")
        return contents[key]

    return arrays_of(checkpoint, content_of, archive.allowance)


def pickle_of(archive: Zip) -> str:
    """The name of the pickle in a file of today's format, or "" if it isn't one."""
    names = [name for name in archive.members if name.rpartition("/")[2] == "data.pkl"]
    return names[0] if len(names) == 1 else ""


def read_torch_legacy(content: bytes, allowance: Allowance) -> dict[str, np.ndarray]:
    """The tensors in a file of the format before 2020, by name.  Raises ValueError, as `safe_pickle.load` does."""
    source = Source(content)
    if type(magic := load(source, {}, allowance)) is not int or magic != MAGIC:
        raise ValueError("it is a pickle, but not one that PyTorch wrote")
    if type(version := load(source, {}, allowance)) is not int or version != VERSION:
        raise ValueError(f"it isn't of the version {VERSION} of PyTorch's old format, which is the only one")
    machine = load(source, {}, allowance)
    if type(machine) is not dict or machine.get("little_endian") is not True:
        raise ValueError(BIG_ENDIAN)
    storages: dict[str, Storage] = {}
    checkpoint = load_tensors(source, storages, allowance)
    contents = {}
    for key in load_keys(source, storages, allowance):
        start = source.tell() + 8
        count = int.from_bytes(source.read(8), "little")
        end = start + count * itemsize(storages[key].dtype)
        if count != storages[key].length or end > len(content):
            raise ValueError(f"storage {key[:40]!r} is cut off, or not of the size that was announced")
        contents[key] = memoryview(content)[start:end]
        source.seek(end)
    return arrays_of(checkpoint, contents.__getitem__, allowance)


def load_keys(source: Source, storages: dict[str, Storage], allowance: Allowance) -> list[str]:
    """The list of storages in a file of the old format, which must be those that the tensors lie in."""
    keys = load(source, {}, allowance)
    if type(keys) is not list or any(type(key) is not str for key in keys) or len(set(keys)) != len(keys):
        raise ValueError("the list of storages is damaged")
    if set(keys) != set(storages):
        raise ValueError("the storages in the file are not those of its tensors")
    return keys


def load_tensors(source: Source, storages: dict[str, Storage], allowance: Allowance) -> Any:
    """The pickle of the tensors, each as a `View`.  What storages they lie in is noted in `storages`."""

    def persistent(identifier: Any) -> Storage:
        """Of ("storage", type, key, device, length), and in old files (key, start, length) of a view of it."""
        if type(identifier) is not tuple or len(identifier) not in (5, 6) or identifier[0] != "storage":
            raise TypeError("a reference to something outside that is no storage")
        _, kind, key, _, length, *rest = identifier
        if not isinstance(kind, Global) or kind.name not in DTYPES or type(key) is not str:
            raise TypeError("a storage that isn't one of numbers")
        start = rest[0][1] if rest and rest[0] is not None else 0
        natural(length, start)
        storage = Storage(key, DTYPES[kind.name], length, start)
        if storages.setdefault(key, storage)[:3] != storage[:3]:
            raise ValueError(f"storage {key[:40]!r} is said to be of two kinds")
        return storage

    return load(source, {**torch_globals(allowance), **numpy_globals(allowance)}, allowance, persistent)


def torch_globals(allowance: Allowance) -> dict[str, Callable | None]:
    """The names that PyTorch's files may use, and what is called in their place."""

    def ordered_dict(pairs: Any = None) -> dict:
        """Empty, or (from Python 2) of a list of pairs."""
        made: dict = {}
        if pairs is not None:
            allowance.take(100 * len(pairs), "a dictionary")
            add_items(made, pairs)
        return made

    return {
        **dict.fromkeys([*DTYPES, *OTHER_DTYPES]),
        "collections.OrderedDict": ordered_dict,
        "torch.Size": lambda size: natural(*size[:MOST_AXES]),
        "torch.device": lambda *_: "device",
        "torch._utils._rebuild_tensor": rebuild_tensor,
        "torch._utils._rebuild_tensor_v2": rebuild_tensor,
        "torch._utils._rebuild_tensor_v3": rebuild_tensor_of_dtype,
        "torch._utils._rebuild_parameter": rebuild_parameter,
        "torch._utils._rebuild_parameter_with_state": rebuild_parameter,
    }


def rebuild_tensor(storage: Any, offset: Any, size: Any, stride: Any, *_) -> View:
    """A tensor of today's files, and of those before 2018 (which lack the last arguments)."""
    if not isinstance(storage, Storage) or type(size) is not tuple or type(stride) is not tuple:
        raise TypeError("a tensor that isn't made of a storage, an offset, a size and a stride")
    if len(size) != len(stride) or len(size) > MOST_AXES:
        raise TypeError(f"a tensor of {len(size)} axes and {len(stride)} strides")
    natural(offset, *size, *stride)
    return View(storage, offset + storage.start, size, stride, storage.dtype)


def rebuild_tensor_of_dtype(storage: Any, offset: Any, size: Any, stride: Any, _grad, _hooks, dtype: Any, *_) -> View:
    """A tensor whose storage is bytes: how PyTorch writes its unsigned integers."""
    if not isinstance(dtype, Global):
        raise TypeError("a tensor of a dtype that is none")
    return rebuild_tensor(storage, offset, size, stride)._replace(dtype=DTYPES.get(dtype.name, dtype.name))


def rebuild_parameter(tensor: Any, *_) -> View:
    if not isinstance(tensor, View):
        raise TypeError("a parameter that is no tensor")
    return tensor


def natural(*values: Any) -> tuple[int, ...]:
    """These values, if they are whole numbers from 0 to 2^60."""
    if any(type(n) is not int or not 0 <= n < 2**60 for n in values):
        raise TypeError("a size that is no whole number from 0")
    return values


def arrays_of(checkpoint: Any, content_of: Callable[[str], Any], allowance: Allowance) -> dict[str, np.ndarray]:
    """The arrays of the network in a checkpoint, whose other entries are left alone."""
    arrays = {}
    for name, value in state_of(checkpoint).items():
        if isinstance(value, View):
            try:
                value = array_of(value, content_of(value.storage.key), allowance)
            except ValueError as error:
                raise ValueError(f"{str(name)[:100]}: {error}") from error
        if isinstance(name, str) and isinstance(value, np.ndarray):
            arrays[name] = value
    return arrays


def state_of(checkpoint: Any) -> dict:
    """The dictionary of tensors in a checkpoint: itself, or what it holds under one of the usual names."""
    for _ in range(4):
        if type(checkpoint) is not dict:
            break
        inner = [checkpoint[name] for name in WRAPPERS if type(checkpoint.get(name)) is dict]
        if not inner:
            if any(isinstance(value, (View, np.ndarray)) for value in checkpoint.values()):
                return checkpoint
            break
        checkpoint = inner[0]
    keys = list(checkpoint)[:10] if type(checkpoint) is dict else [type(checkpoint).__name__]
    raise ValueError(f"it holds no dictionary of tensors, neither itself nor under {', '.join(WRAPPERS)}, but "
                     + ", ".join(str(key)[:40] for key in keys))


def itemsize(dtype: str) -> int:
    return 2 if dtype == "bfloat16" else np.dtype(dtype).itemsize


def array_of(view: View, content: Any, allowance: Allowance) -> np.ndarray:
    """The array that a view describes, contiguous.  It shares the storage's bytes if it can, and may be read-only."""
    if view.dtype not in DTYPES.values():
        raise ValueError(f"its numbers are of the kind {view.dtype}, which can't be read")
    if len(content) != view.storage.length * itemsize(view.storage.dtype):
        raise ValueError(f"its storage has {len(content):,} bytes, and {view.storage.length:,} numbers were announced")
    narrow = view.dtype == "bfloat16"
    dtype = np.dtype("<u2" if narrow else view.dtype)
    flat = numbers(content, dtype, (len(content) // dtype.itemsize,), allowance)
    count = math.prod(view.size)
    last = view.offset + sum((n - 1) * stride for n, stride in zip(view.size, view.stride))
    if count and last >= len(flat):
        raise ValueError(f"it reaches beyond its storage of {len(flat):,} numbers")
    if view.stride == row_major(view.size):
        array = flat[view.offset : view.offset + count].reshape(view.size)
    else:
        allowance.take(count * dtype.itemsize, "a tensor")
        strides = [stride * dtype.itemsize if n > 1 else 0 for n, stride in zip(view.size, view.stride)]
        array = np.lib.stride_tricks.as_strided(flat[view.offset :], view.size, strides).copy("C")
    return widened(array, allowance) if narrow else array


def row_major(size: tuple[int, ...]) -> tuple[int, ...]:
    """The stride of a tensor whose numbers lie one behind the other."""
    return tuple(math.prod(max(n, 1) for n in size[axis + 1 :]) for axis in range(len(size)))


def widened(array: np.ndarray, allowance: Allowance) -> np.ndarray:
    """bfloat16 as float32: the same sign and exponent, and a fraction that goes on with zeros."""
    allowance.take(4 * array.size, "a tensor")
    wide = array.astype(np.uint32)
    wide <<= 16
    return wide.view(np.float32)
