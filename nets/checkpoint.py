"""Checkpoints: everything that training needs to go on as if it had never stopped, in one .npz file.

Numbers are stored as plain arrays and everything else as one JSON text; nothing in such a file can run code.
"""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from .files import write_atomically


def save_checkpoint(path: str | Path, arrays: dict[str, np.ndarray], notes: dict[str, Any]) -> Path:
    """Write `arrays` and JSON-able `notes` to `path`, atomically.

    Raises
    ------
    ValueError
        If an array is not of plain numbers.
    """
    for name, array in arrays.items():
        if np.asarray(array).dtype.kind not in "fiub":
            raise ValueError(f"checkpoint: {name} is of dtype {np.asarray(array).dtype}; only numbers can be saved")
    buffer = io.BytesIO()
    named: dict[str, Any] = {f"array/{name}": array for name, array in arrays.items()}
    text = np.frombuffer(json.dumps(notes).encode(), np.uint8)
    np.savez(buffer, allow_pickle=False, **named, notes=text)
    return write_atomically(path, buffer.getvalue())


def load_checkpoint(path: str | Path) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Read what `save_checkpoint` wrote.

    Raises
    ------
    ValueError
        If the file is missing, truncated, or no checkpoint; the message says which, and what to do.
    """
    path = Path(path)
    if not path.exists():
        raise ValueError(f"there is no checkpoint {path}; train first, or check the path")
    try:
        # Read as a whole first: np.load would leave a damaged file open.
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as file:
            arrays = {name.removeprefix("array/"): file[name] for name in file.files if name.startswith("array/")}
            return arrays, json.loads(file["notes"].tobytes().decode())
    except (OSError, EOFError, KeyError, RuntimeError, ValueError, zipfile.BadZipFile) as error:
        # RuntimeError: a bit that has tipped over can make a member look encrypted, or compressed in an unknown way.
        raise ValueError(f"{path} is not a whole checkpoint ({error}); delete it and train again") from error


def finished(path: str | Path) -> bool:
    """Whether `path` is the checkpoint of a training (``training.py``) that has come to its end.

    Raises
    ------
    ValueError
        If there is a file, but a damaged one.

    Examples
    --------
    >>> finished("no/such/file.npz")
    False
    """
    if not Path(path).exists():
        return False
    _, notes = load_checkpoint(path)
    return notes["done"] >= notes["recipe"]["epochs"] * notes["history"]["batches_per_epoch"] > 0
