"""Chunks that are done, kept on disk, so that a run that was stopped goes on from them.

A kept chunk is only worth having if it is what would be computed again.  So it is filed under a checksum of all that
its numbers depend on: the net's weights, the methods, the measures, the seed, the project's own source and the versions
of the libraries that do the sums.  What can't be read, or was written for something else, is not there; its place will
be filled anew.

Read next: ``explain/evaluation/distributed.py``.
"""

from __future__ import annotations

import hashlib
import json
from functools import cache
from importlib import metadata
from pathlib import Path

import numpy as np

import minigrad as mg
from nets.checkpoint import load_checkpoint, save_checkpoint

LIBRARIES = ("numpy", "scipy", "numba")


class Kept:
    """The chunks of one piece of work in a folder.

    Parameters
    ----------
    folder : path
        It may hold other work's chunks as well.
    work : dict
        What the numbers depend on, as JSON can write it.
    shape : ints
        Of the numbers of one scene.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     Kept(folder, {"seed": 0}, (1, 2)).put(range(3), np.zeros((3, 1, 2)))
    ...     [Kept(folder, {"seed": seed}, (1, 2)).get(range(3)) is None for seed in (0, 1)]
    [False, True]
    """

    def __init__(self, folder: str | Path, work: dict, shape: tuple[int, ...]):
        self.folder, self.work, self.shape = Path(folder), work, shape
        self.name = hashlib.sha256(json.dumps(work, sort_keys=True).encode()).hexdigest()[:16]

    def path(self, places: range) -> Path:
        """The file of the scenes at some places."""
        return self.folder / f"{self.name}-{places.start:07}-{places.stop:07}.npz"

    def notes(self, places: range) -> dict:
        """What the file must say of itself."""
        return {"work": self.work, "start": places.start, "stop": places.stop}

    def put(self, places: range, values: np.ndarray) -> None:
        """Keep the numbers of some scenes, float64 (scenes, *shape)."""
        save_checkpoint(self.path(places), {"values": values}, self.notes(places))

    def get(self, places: range) -> np.ndarray | None:
        """The numbers that were kept of some scenes, or None if there are none that can be trusted."""
        try:
            arrays, notes = load_checkpoint(self.path(places))
        except ValueError:
            return None
        values = arrays.get("values")
        fits = values is not None and values.shape == (len(places), *self.shape) and values.dtype == np.float64
        return values if fits and notes == self.notes(places) else None


def checksum(state: dict[str, np.ndarray]) -> str:
    """SHA-256 of a net's weights, by name."""
    digest = hashlib.sha256()
    for name, array in sorted(state.items()):
        digest.update(f"{name} {array.dtype} {array.shape}".encode())
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


@cache
def code() -> str:
    """SHA-256 of everything that computes: the project's source, its kernels' backend, and the libraries' versions."""
    root = Path(__file__).resolve().parents[2]
    digest = hashlib.sha256(f"{mg.get_backend()} {[version(name) for name in LIBRARIES]}".encode())
    for path in sorted(path for folder in ("minigrad", "nets", "explain") for path in (root / folder).rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def version(name: str) -> str:
    """Of a library, or nothing if it isn't installed."""
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""
