"""Weights from files into networks, and back: .npz, .safetensors, and PyTorch's own files without PyTorch.

A file is told by its content, not by its name.  Whoever made it may be a stranger: nothing in it is ever run, and
reading it takes a bounded amount of memory (``untrusted.py``, ``safe_pickle.py``).
"""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np
import safetensors
from safetensors.numpy import save as safetensors_bytes

from minigrad.nn import Module

from .files import write_atomically
from .torch_files import pickle_of, read_torch_legacy, read_torch_zip, widened
from .untrusted import Allowance, Zip, numbers, read_npy

SAFETENSORS_DTYPES = {
    "F64": "<f8", "F32": "<f4", "F16": "<f2", "BF16": "<u2", "BOOL": "?", "I64": "<i8", "I32": "<i4", "I16": "<i2",
    "I8": "i1", "U64": "<u8", "U32": "<u4", "U16": "<u2", "U8": "u1",
}
PARALLEL = "module."  # what PyTorch's DataParallel puts before every name
CHECKPOINT = "array/model/"  # what `training.train` puts before them in its checkpoints
COUNTER = "num_batches_tracked"  # of batch norm, in files since 2018; nothing is computed from it


def load_weights(model: Module, path: str | Path) -> Module:
    """Load the weights in a file into `model`, whose names and shapes they must have.

    Parameters
    ----------
    model : Module
        Its parameters keep their dtypes.
    path : str or Path
        As for `read_weights`.  If all names begin with ``module.``, that is left off.  Batch norm's
        ``num_batches_tracked`` may be missing, or too many.

    Returns
    -------
    Module
        The same `model`.

    Raises
    ------
    ValueError
        If the file can't be read, or doesn't fit: all names that are missing or unexpected, and all wrong shapes, are
        listed together.  The model is as it was before.
    """
    own = model.state_dict(copy=False)
    arrays = read_weights(path)
    while all(name.startswith(PARALLEL) for name in arrays) and not all(name.startswith(PARALLEL) for name in own):
        arrays = {name.removeprefix(PARALLEL): array for name, array in arrays.items()}
    arrays = {name: array for name, array in arrays.items() if name in own or not name.endswith(COUNTER)}
    counters = {name: own[name] for name in own if name.endswith(COUNTER) and name not in arrays}
    try:
        model.load_state_dict({**arrays, **counters})
    except ValueError as error:
        raise ValueError(f"{path} doesn't fit: {error}") from error
    return model


def read_weights(path: str | Path) -> dict[str, np.ndarray]:
    """The arrays in a file of weights, by the names that they have there.

    Parameters
    ----------
    path : str or Path
        An .npz or .safetensors file, or one that ``torch.save`` wrote, of today or of before 2020: a dictionary of
        tensors, or a checkpoint that holds one under ``state_dict``, ``model`` or the like, beside other things.
        An .npz may also be a checkpoint of `train`.

    Returns
    -------
    dict of str to array
        Numbers or booleans, some of them read-only; bfloat16, which NumPy lacks, has become float32.

    Raises
    ------
    ValueError
        If there is no such file, or it is of another kind, damaged, would take more than 1.5 GB to read (twice its
        size, for most), or would run code.  (A whole model of PyTorch's is code; save its ``state_dict()``.)
    """
    path = Path(path)
    if not path.is_file():
        raise ValueError(f"there is no file {path}")
    allowance = Allowance()
    try:
        allowance.take(path.stat().st_size, "the file")
        arrays = read_content(path.read_bytes(), allowance)
    except ValueError as error:
        raise ValueError(f"{path} can't be read as weights: {error}") from error
    if not arrays:
        raise ValueError(f"{path} holds no arrays")
    return arrays


def read_content(content: bytes, allowance: Allowance) -> dict[str, np.ndarray]:
    """Find out of what kind a file is from how it begins, and read it."""
    if content[8:9] == b"{":  # asked first: the eight bytes before are a length, and may look like anything
        return read_safetensors(content, allowance)
    if content.startswith(b"PK"):
        archive = Zip(content, allowance)
        return read_torch_zip(archive) if pickle_of(archive) else read_npz(archive)
    if content.startswith(b"\x80"):
        return read_torch_legacy(content, allowance)
    raise ValueError(f"it is no .npz, .safetensors or PyTorch file; it begins with {content[:20]!r}")


def read_npz(archive: Zip) -> dict[str, np.ndarray]:
    """The arrays in NumPy's archive, a zip of .npy files; or the model's in a checkpoint of our own training."""
    arrays = {}
    for name in [name for name in archive.members if name.startswith(CHECKPOINT)] or archive.members:
        if not name.endswith(".npy"):
            raise ValueError(f"it is a zip file of something else than arrays: {name!r}")
        try:
            array = read_npy(archive.read(name), archive.allowance)
        except ValueError as error:
            raise ValueError(f"{name}: {error}") from error
        arrays[name.removeprefix(CHECKPOINT).removesuffix(".npy")] = array
    return arrays


def read_safetensors(content: bytes, allowance: Allowance) -> dict[str, np.ndarray]:
    """The arrays in a .safetensors file: a table as JSON, which the package checks, and the numbers."""
    allowance.take(len(content), "the arrays")
    try:
        entries = safetensors.deserialize(content)
    except safetensors.SafetensorError as error:
        raise ValueError(f"it is damaged ({error})") from error
    arrays = {}
    for name, entry in entries:
        if entry["dtype"] not in SAFETENSORS_DTYPES:
            raise ValueError(f"{name}: numbers of the kind {entry['dtype']} can't be read")
        dtype = np.dtype(SAFETENSORS_DTYPES[entry["dtype"]])
        array = numbers(entry["data"], dtype, entry["shape"], allowance)
        arrays[name] = widened(array, allowance) if entry["dtype"] == "BF16" else array
    return arrays


def save_weights(model: Module, path: str | Path) -> Path:
    """Write the weights of `model` to `path`, as .npz or .safetensors by its suffix; whole, or not at all.

    Raises
    ------
    ValueError
        If the suffix is another.
    """
    path = Path(path)
    state = model.state_dict(copy=False)
    if path.suffix == ".safetensors":
        content = safetensors_bytes({name: np.asarray(array, order="C") for name, array in state.items()})
    elif path.suffix == ".npz":
        content = npz_bytes(state)
    else:
        raise ValueError(f"weights are written as .npz or .safetensors, and {path.name} ends with neither")
    return write_atomically(path, content)


def npz_bytes(arrays: dict[str, np.ndarray]) -> bytes:
    """What ``np.savez`` writes, for any names: savez takes them as keywords, and has some of its own."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, array in arrays.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                np.lib.format.write_array(member, array, allow_pickle=False)
    return buffer.getvalue()
