"""Pictures as arrays in one .npz file, the simplest way to hand over a data set of your own.

``np.savez("birds.npz", images=images, labels=labels, names=["finch", "wren"])`` writes such a file: bytes (N, H, W),
(N, H, W, C) or (N, C, H, W), a whole number for each picture, and, if you like, the names of the classes.

Read next: ``datasets.py``.
"""

from __future__ import annotations

import io
import struct
import textwrap
import zipfile
import zlib
from pathlib import Path

import numpy as np

from .pictures import Pictures, pictures, split

LARGEST = 2**31  # bytes that a file may hold, unpacked, unless it is about that large itself:
TIGHTEST = 20  # pictures never pack to less than this part, but zeros do, to a thousandth
# What NumPy and zipfile raise about files that are damaged, encrypted, or lie about their sizes.
DAMAGE = (OSError, EOFError, ValueError, RuntimeError, OverflowError, MemoryError, SyntaxError, struct.error,
          zlib.error, zipfile.BadZipFile)


def picture_file(path: str | Path, test: str | Path | None = None, held_out: float = 0.2, seed: int = 0,
                 raw: bool = False) -> tuple[Pictures, Pictures]:
    """Read a training set from one file, and a test set from another or as a share of the same.

    Parameters
    ----------
    path : path
        A .npz file with the arrays ``images`` (uint8), ``labels`` and, optionally, ``names``.
    test : path, optional
        Another such file, to test with.  Without it, a share `held_out` of each class is drawn by `seed`.
    raw : bool
        Leave the pixels as bytes.

    Returns
    -------
    training, test : Pictures

    Raises
    ------
    ValueError
        If a file is missing, damaged, or has other arrays than these.
    """
    images, labels, names = read_arrays(Path(path))
    if test is None:
        classes = [images[labels == label] for label in range(len(names))]
        return split(classes, names, held_out, np.random.default_rng(seed), path, raw)
    more, more_labels, more_names = read_arrays(Path(test))
    if more.shape[1:] != images.shape[1:]:
        raise ValueError(f"{test} has pictures of {more.shape[1:]} (C, H, W), and {path} of {images.shape[1:]}")
    numbered = tuple(str(label) for label in range(len(more_names)))
    if more_names not in (names, numbered[: len(names)]):
        raise ValueError(f"{test} has other classes ({', '.join(more_names)}) than {path} ({', '.join(names)})")
    return pictures(images, labels, names, path, raw), pictures(more, more_labels, names, test, raw)


def read_arrays(path: Path) -> tuple[np.ndarray, np.ndarray, tuple[str, ...]]:
    """Images uint8 (N, C, H, W), labels (N,) and names, checked."""
    if not path.is_file():
        raise ValueError(f"there is no file {path}")
    try:
        content = path.read_bytes()  # as a whole: np.load would leave a damaged file open
        with np.load(io.BytesIO(content), allow_pickle=False) as file:
            unpacked = sum(member.file_size for member in file.zip.infolist())
            if unpacked > max(LARGEST, TIGHTEST * len(content)):
                raise ValueError(f"unpacked it would have {unpacked:,} bytes, {unpacked // len(content)} times as many")
            found = {name: file[name] for name in ("images", "labels", "names") if name in file.files}
    except DAMAGE as error:
        reason = textwrap.shorten(str(error), 150, placeholder=" ...")
        raise ValueError(f"{path} can't be read as a .npz file of plain arrays ({reason})") from error
    except TypeError as error:  # a lone array (.npy) can't be opened and closed
        raise ValueError(f"{path} is one array without a name; it must be a .npz file, of np.savez") from error
    if "images" not in found or "labels" not in found:
        raise ValueError(f"{path} must have arrays images and labels; write it with np.savez(path, images=..., "
                         "labels=..., names=...)")
    labels = checked_labels(found["labels"], path)
    names = found.get("names", np.arange(int(labels.max()) + 1).astype(str))
    if names.ndim != 1 or names.dtype.kind != "U":
        raise ValueError(f"{path}: names must be a row of strings, and is {names.dtype} of shape {names.shape}")
    images = channels_first(found["images"], path)
    pictures(images, labels, names, path, raw=True)
    return images, labels.astype(np.int64), tuple(names.tolist())


def checked_labels(labels: np.ndarray, path: Path) -> np.ndarray:
    """Refuse labels that are not one whole number each, small enough for a class."""
    if labels.ndim != 1 or labels.dtype.kind not in "iu" or not len(labels):
        raise ValueError(f"{path}: labels must be whole numbers (N,), and is {labels.dtype} of shape {labels.shape}")
    if labels.min() < 0 or labels.max() >= 100_000:
        raise ValueError(f"{path}: labels must count classes from 0 on, and go from {labels.min()} to {labels.max()}")
    return labels


def channels_first(images: np.ndarray, path: Path) -> np.ndarray:
    """(N, H, W), (N, H, W, C) or (N, C, H, W) as (N, C, H, W); C is 1 or 3."""
    if images.dtype != np.uint8:
        raise ValueError(f"{path}: images must be bytes (uint8, from 0 to 255), and is {images.dtype}")
    if images.ndim == 3 and images.size:
        return images[:, None]
    if images.ndim == 4 and images.size and images.shape[3] in (1, 3):
        return np.ascontiguousarray(images.transpose(0, 3, 1, 2))
    if images.ndim == 4 and images.size and images.shape[1] in (1, 3):
        return images
    raise ValueError(f"{path}: images must be (N, H, W), (N, H, W, C) or (N, C, H, W) with 1 or 3 channels, and has "
                     f"shape {images.shape}")
