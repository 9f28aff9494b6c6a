"""Pictures of others: Fashion-MNIST and CIFAR-10 from their official files, and whatever lies in a folder.

A file is fetched once, is held against its SHA-256, and stays in a cache folder: the system's own for such things, or
the one that the variable ``MINIGRAD_CACHE`` names.  What is read from it is numbers and nothing else, no pickle; sizes
are checked before anything is believed, and nothing is ever unpacked onto the disk.

Every function returns a training and a test set of `Pictures`.
"""

from __future__ import annotations

import gzip
import os
import tarfile
import textwrap
import warnings
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pooch
from PIL import Image, ImageOps
from tqdm import tqdm

FASHION_MNIST = "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/"
FASHION_MNIST_FILES = {
    "train-images-idx3-ubyte.gz": "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
    "train-labels-idx1-ubyte.gz": "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
    "t10k-images-idx3-ubyte.gz": "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
    "t10k-labels-idx1-ubyte.gz": "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
}
CIFAR10 = "https://www.cs.toronto.edu/~kriz/"
CIFAR10_FILES = {"cifar-10-binary.tar.gz": "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd"}
CLOTHES = ("T-shirt/top", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot")
THINGS = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
LARGEST = 2**28  # bytes that a file may hold at most, unpacked; the official ones hold less than a fifth of that
DAMAGE = (OSError, EOFError, ValueError, zlib.error, tarfile.TarError)
UNREADABLE = (OSError, SyntaxError, ValueError, EOFError, Image.DecompressionBombError)  # what Pillow raises


class Pictures(NamedTuple):
    """Images float32 (N, C, H, W) in [-1, 1], int64 labels (N,), and the names of the classes."""

    images: np.ndarray
    labels: np.ndarray
    names: tuple[str, ...]


def fashion_mnist(progress: bool = True) -> tuple[Pictures, Pictures]:
    """70,000 pieces of clothing in grey, 28 x 28 (Xiao et al. 2017); fetched the first time, 30 MB.

    Returns
    -------
    training, test : Pictures
        60,000 and 10,000, as their authors split them.

    Raises
    ------
    OSError
        If a file cannot be fetched; the message says which, from where, and where to put it by hand.
    ValueError
        If a file is damaged.
    """
    paths = [fetch(FASHION_MNIST, name, sha256, progress) for name, sha256 in FASHION_MNIST_FILES.items()]
    halves = [(read_idx(paths[i], 3)[:, None], read_idx(paths[i + 1], 1)) for i in (0, 2)]
    training, test = (pictures(images, labels, CLOTHES, paths[0].parent) for images, labels in halves)
    return training, test


def cifar10(progress: bool = True) -> tuple[Pictures, Pictures]:
    """60,000 colour photos of ten kinds of things, 32 x 32 (Krizhevsky 2009); fetched the first time, 170 MB.

    Returns
    -------
    training, test : Pictures
        50,000 and 10,000, as their author split them.  (His binary version: a byte for the label, then the pixels.)

    Raises
    ------
    OSError, ValueError
        As for `fashion_mnist`.
    """
    ((name, sha256),) = CIFAR10_FILES.items()
    path = fetch(CIFAR10, name, sha256, progress)
    batches = [f"cifar-10-batches-bin/data_batch_{i}.bin" for i in range(1, 6)]
    found = read_members(path, [*batches, "cifar-10-batches-bin/test_batch.bin"])
    halves = [np.concatenate([cifar_records(content, path) for content in part]) for part in (found[:-1], found[-1:])]
    training, test = (pictures(half[:, 1:].reshape(-1, 3, 32, 32), half[:, 0], THINGS, path) for half in halves)
    return training, test


def image_folder(path: str | Path, size: int = 64, held_out: float = 0.2, seed: int = 0, most: int = 10_000,
                 progress: bool = True) -> tuple[Pictures, Pictures]:
    """Pictures of your own: a folder with one sub-folder of pictures for each class, whose name is the class's.

    Every picture is made RGB (what is transparent becomes white), turned as its camera was held, cropped to its
    central square and resized.  Those that can't be read are left out, and one warning names them.  Sub-folders of
    sub-folders, and names that begin with a dot, are ignored.

    Parameters
    ----------
    size : int
        Height and width in pixels.
    held_out : float
        Share of each class that is kept for testing, at least one picture; drawn at random by `seed`.
    most : int
        Of larger folders, about this many pictures are read, chosen by `seed`; all classes get the same share.
    progress : bool
        Show a progress bar.

    Returns
    -------
    training, test : Pictures

    Raises
    ------
    ValueError
        If there are fewer than two classes with pictures that can be read, or only one picture in a class.
    """
    path = Path(path)
    if not path.is_dir():
        raise ValueError(f"image_folder: there is no folder {path}")
    if size < 1 or most < 1 or not 0 < held_out < 1:
        raise ValueError(f"image_folder: size ({size}) and most ({most}) must be at least 1, and held_out ({held_out}) "
                         "a share between 0 and 1")
    rng = np.random.default_rng(seed)
    folders = sorted(one for one in path.iterdir() if one.is_dir() and not one.name.startswith("."))
    files = [(one, file) for one in folders for file in chosen_files(one, -(-most // len(folders)), rng)]
    squares: dict[str, list[np.ndarray]] = {}
    unreadable = []
    for folder, file in tqdm(files, desc=f"pictures of {path.name}", unit="picture", disable=not progress):
        try:
            squares.setdefault(folder.name, []).append(read_square(file, size))
        except UNREADABLE:
            unreadable.append(f"{folder.name}/{file.name}")
    names = tuple(name for name, mine in squares.items() if mine)
    if len(names) < 2:
        tried = f", and {len(unreadable)} files that are no pictures: {listed(unreadable)}" if unreadable else ""
        raise ValueError(f"image_folder: {path} needs a sub-folder of pictures for each of at least two classes, and "
                         f"has pictures of {len(names)}{tried}")
    if unreadable:
        warnings.warn(f"{len(unreadable)} of {len(files)} files in {path} can't be read as pictures and are left out: "
                      f"{listed(unreadable)}", stacklevel=2)
    return split([np.stack(squares[name]) for name in names], names, held_out, rng, path)


def fetch(base: str, name: str, sha256: str, progress: bool = True) -> Path:
    """The file in the cache, downloaded if it isn't there or is not what it should be."""
    folder = Path(os.environ.get("MINIGRAD_CACHE") or pooch.os_cache("minigrad"))
    downloader = pooch.HTTPDownloader(progressbar=progress)
    try:
        return Path(pooch.retrieve(base + name, sha256, name, folder, downloader=downloader))
    except (OSError, ValueError) as error:
        reason = textwrap.shorten(str(error), 150, placeholder=" ...")
        raise OSError(f"{name} could not be fetched ({reason}); get {base}{name} by hand, put it into {folder}, and "
                      "try again (the variable MINIGRAD_CACHE chooses another folder)") from error


def read_idx(path: Path, dimensions: int) -> np.ndarray:
    """The array of bytes in a gzipped idx file.

    Such a file begins with two zeros, an 8 ("bytes") and the number of dimensions; then come the sizes, four bytes
    each, the highest first, and then the numbers.
    """
    try:
        with gzip.open(path) as file:
            head = file.read(4 + 4 * dimensions)
            if head[:4] != bytes([0, 0, 8, dimensions]) or len(head) != 4 + 4 * dimensions:
                raise ValueError(f"it doesn't begin as an idx file of {dimensions} dimensions")
            shape = tuple(int(n) for n in np.frombuffer(head[4:], ">u4"))
            expected = int(np.prod(shape, dtype=object))
            if not 0 < expected <= LARGEST:
                raise ValueError(f"it says that its shape is {shape}")
            content = file.read(expected + 1)
        if len(content) != expected:
            raise ValueError(f"its shape is {shape}, and it has {'more' if content[expected:] else len(content)} bytes")
    except DAMAGE as error:
        raise damaged(path, error) from error
    return np.frombuffer(content, np.uint8).reshape(shape)


def read_members(path: Path, names: Sequence[str]) -> list[bytes]:
    """The contents of some files in a tar.gz, in memory; only ordinary files count, and none is written anywhere."""
    found = {}
    try:
        with tarfile.open(path, "r:gz") as archive:
            for member in archive:
                if member.name in names and member.isfile():
                    if member.size > LARGEST:
                        raise ValueError(f"{member.name} has {member.size} bytes")
                    file = archive.extractfile(member)
                    found[member.name] = file.read() if file else b""
        missing = [name for name in names if name not in found]
        if missing:
            raise ValueError(f"it has no {listed(missing)}")
    except DAMAGE as error:
        raise damaged(path, error) from error
    return [found[name] for name in names]


def cifar_records(content: bytes, path: Path) -> np.ndarray:
    """Rows of 1 + 3 * 32 * 32 bytes."""
    if len(content) % 3073 or not content:
        raise damaged(path, f"{len(content)} bytes are no whole number of records of 3073")
    return np.frombuffer(content, np.uint8).reshape(-1, 3073)


def damaged(path: Path, reason) -> ValueError:
    return ValueError(f"{path} is damaged ({textwrap.shorten(str(reason), 150, placeholder=' ...')}); delete it to "
                      "fetch it again")


def pictures(images: np.ndarray, labels: np.ndarray, names: tuple[str, ...], source: Path) -> Pictures:
    """Bytes (N, C, H, W) as `Pictures`."""
    if len(images) != len(labels) or labels.max() >= len(names):
        raise ValueError(f"{source} is damaged: {len(images)} pictures, {len(labels)} labels, and the highest label is "
                         f"{labels.max()} where there are {len(names)} classes")
    scaled = images.astype(np.float32)
    scaled /= 127.5
    scaled -= 1
    return Pictures(scaled, labels.astype(np.int64), names)


def chosen_files(folder: Path, most: int, rng: np.random.Generator) -> list[Path]:
    """At most so many of the files in a folder, in alphabetical order."""
    files = sorted(file for file in folder.iterdir() if file.is_file() and not file.name.startswith("."))
    return [files[i] for i in sorted(rng.permutation(len(files))[:most])]


def read_square(file: Path, size: int) -> np.ndarray:
    """The central square of a picture as bytes (3, size, size)."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about odd metadata, and pictures that are merely large
        with Image.open(file) as opened:
            turned = ImageOps.exif_transpose(opened).convert("RGBA")
    square = ImageOps.fit(turned, (size, size))
    white = Image.new("RGBA", square.size, "white")
    return np.asarray(Image.alpha_composite(white, square).convert("RGB")).transpose(2, 0, 1)


def split(classes: list[np.ndarray], names: tuple[str, ...], held_out: float, rng: np.random.Generator,
          path: Path) -> tuple[Pictures, Pictures]:
    """Training and test set, with each class's share in both, and both in random order."""
    halves: tuple[list, list] = [], []
    for label, squares in enumerate(classes):
        if len(squares) < 2:
            raise ValueError(f"image_folder: {path / names[label]} has one picture; a class needs two, one to learn "
                             "from and one to test with")
        order = rng.permutation(len(squares))
        tested = min(max(round(held_out * len(squares)), 1), len(squares) - 1)
        halves[0].append((squares[order[tested:]], label))
        halves[1].append((squares[order[:tested]], label))
    training, test = (shuffled(half, names, rng, path) for half in halves)
    return training, test


def shuffled(half: list[tuple[np.ndarray, int]], names, rng: np.random.Generator, path: Path) -> Pictures:
    """The pictures of all classes in one random order."""
    labels = np.repeat([label for _, label in half], [len(squares) for squares, _ in half])
    order = rng.permutation(len(labels))
    return pictures(np.concatenate([squares for squares, _ in half])[order], labels[order], names, path)


def listed(names: Sequence[str], most: int = 10) -> str:
    """``a, b, c`` and, of a long list, how many more there are."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
