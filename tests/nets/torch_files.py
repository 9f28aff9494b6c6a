"""Writes PyTorch's files without PyTorch, in today's format and in the one before 2020, for tests."""

import io
import zipfile
from typing import Any, NamedTuple

import numpy as np

from .assembler import Call, Name, Reference, assemble

KINDS = {"f4": "Float", "f8": "Double", "f2": "Half", "i8": "Long", "i4": "Int", "i2": "Short", "i1": "Char",
         "u1": "Byte", "b1": "Bool"}


class Storage:
    """A row of numbers: the kind that PyTorch calls it, their bytes, and how many they are."""

    def __init__(self, kind: str, content: bytes, length: int):
        self.kind, self.content, self.length = kind, content, length


class Tensor(NamedTuple):
    """A view of a storage."""

    storage: Storage
    offset: int
    size: tuple
    stride: tuple


def storage(array) -> Storage:
    array = np.asarray(array)
    return Storage(KINDS[array.dtype.str[1:]], array.tobytes(), array.size)


def tensor(array) -> Tensor:
    """A tensor with a storage of its own."""
    array = np.asarray(array)
    return Tensor(storage(array), 0, array.shape, tuple(s // array.itemsize for s in array.copy("C").strides))


class Writer:
    """Turns tensors, wherever they are, into calls and references, and collects their storages."""

    def __init__(self, legacy: bool):
        self.legacy, self.storages = legacy, []

    def described(self, value: Any) -> Any:
        if isinstance(value, Storage):
            if value not in self.storages:
                self.storages.append(value)
            key, view = str(self.storages.index(value)), (None,) * self.legacy
            return Reference(("storage", Name(f"torch.{value.kind}Storage"), key, "cpu", value.length, *view))
        if isinstance(value, Tensor):
            arguments = (self.described(value.storage), *value[1:], False, Call("collections.OrderedDict"))
            return Call("torch._utils._rebuild_tensor_v2", arguments)
        if type(value) in (dict, list, tuple):
            items = map(self.described, value.items() if type(value) is dict else value)
            return type(value)(items)
        return value._replace(arguments=self.described(value.arguments)) if isinstance(value, Call) else value


def torch_zip(checkpoint: Any, byteorder: bytes = b"little") -> bytes:
    """What ``torch.save`` writes today."""
    writer = Writer(legacy=False)
    members = {"data.pkl": assemble(writer.described(checkpoint)), "byteorder": byteorder}
    members |= {f"data/{key}": storage.content for key, storage in enumerate(writer.storages)}
    return zipped({f"archive/{name}": content for name, content in {**members, "version": b"3\n"}.items()})


def zipped(members: dict[str, bytes], compression=zipfile.ZIP_STORED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def torch_legacy(checkpoint: Any, little_endian: bool = True) -> bytes:
    """What ``torch.save`` wrote before 2020."""
    writer = Writer(legacy=True)
    machine = {"protocol_version": 1001, "little_endian": little_endian, "type_sizes": {"short": 2, "int": 4}}
    head = [0x1950A86A20F9469CFC6C, 1001, machine, writer.described(checkpoint)]
    parts = [*map(assemble, head), assemble([str(key) for key in range(len(writer.storages))])]
    for storage in writer.storages:
        parts += [storage.length.to_bytes(8, "little"), storage.content]
    return b"".join(parts)
