"""CIFAR-10: 60,000 colour photos of 32 x 32 pixels, from either of the two archives that its author gives out.

The *binary version* has, for every photo, a byte for its class and 3 * 32 * 32 for its pixels.  The *python version*
has the same in pickles; these are read by a reader that builds arrays and nothing else (``cifar.py``).

Read next: ``image_folder.py``.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from .cifar import read_batch
from .fetch import cache_folder, damaged, fetch, read_members
from .pictures import Pictures, listed, pictures

CIFAR10 = "https://www.cs.toronto.edu/~kriz/"
CIFAR10_FILES = {
    "cifar-10-binary.tar.gz": "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
    "cifar-10-python.tar.gz": "6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce",
}
THINGS = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
BATCHES = [*(f"data_batch_{i}" for i in range(1, 6)), "test_batch"]  # the last one is to test with
BINARY = [f"cifar-10-batches-bin/{name}.bin" for name in BATCHES]
PYTHON = [f"cifar-10-batches-py/{name}" for name in BATCHES]


def cifar10(progress: bool = True, raw: bool = False, path: str | Path | None = None) -> tuple[Pictures, Pictures]:
    """60,000 colour photos of ten kinds of things, 32 x 32 (Krizhevsky 2009); fetched the first time, 170 MB.

    Parameters
    ----------
    progress : bool
        Show a progress bar while fetching.
    raw : bool
        Leave the pixels as bytes.
    path : path, optional
        An archive that you have, ``cifar-10-binary.tar.gz`` or ``cifar-10-python.tar.gz``.  Without it, the cache is
        looked into for either, and the first is fetched.

    Returns
    -------
    training, test : Pictures
        50,000 and 10,000, as their author split them.

    Raises
    ------
    OSError
        If there is no such file, or it cannot be fetched; the message says where to put it by hand.
    ValueError
        If the archive is damaged.
    """
    archive = Path(path) if path is not None else official_archive(progress)
    *batches, test = read_archive(archive)
    images, labels = (np.concatenate(parts) for parts in zip(*batches))
    return pictures(images, labels, THINGS, archive, raw), pictures(*test, THINGS, archive, raw)


def official_archive(progress: bool) -> Path:
    """The archive in the cache: the one that is there, or else the first, fetched."""
    kept = [name for name in CIFAR10_FILES if (cache_folder() / name).exists()]
    name = (kept or list(CIFAR10_FILES))[0]
    return fetch(CIFAR10, name, CIFAR10_FILES[name], progress)


def read_archive(path: Path) -> list[tuple[np.ndarray, np.ndarray]]:
    """The six batches of either archive: images uint8 (N, 3, 32, 32) and labels (N,)."""
    if not path.is_file():
        raise FileNotFoundError(f"there is no file {path}")
    found = read_members(path, [*BINARY, *PYTHON])
    members, read = (PYTHON, read_batch) if found.keys() & set(PYTHON) else (BINARY, read_records)
    missing = [name for name in members if name not in found]
    if missing:
        raise damaged(path, f"it has no {listed(missing)}")
    try:
        return [read(found[name]) for name in members]
    except ValueError as error:
        raise damaged(path, error) from error


def read_records(content: bytes) -> tuple[np.ndarray, np.ndarray]:
    """A batch of the binary version: rows of 1 + 3 * 32 * 32 bytes."""
    if len(content) % 3073 or not content:
        raise ValueError(f"{len(content)} bytes are no whole number of records of 3073")
    rows = np.frombuffer(content, np.uint8).reshape(-1, 3073)
    return rows[:, 1:].reshape(-1, 3, 32, 32), rows[:, 0]
