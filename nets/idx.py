"""MNIST and its heir Fashion-MNIST: 70,000 grey pictures of 28 x 28 pixels each, in four files of one simple format.

MNIST's handwritten digits (LeCun et al. 1998) are the pictures that everybody began with, and by now every net gets 99
% of them right.  Fashion-MNIST (Xiao et al. 2017) has clothes in files of the same names and sizes, and is not that
easy.

Read next: ``cifar_archive.py``.
"""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np

from .fetch import DAMAGE, LARGEST, damaged, fetch
from .pictures import Pictures, pictures

MNIST = "https://ossci-datasets.s3.amazonaws.com/mnist/"  # the mirror that torchvision uses
MNIST_FILES = {
    "train-images-idx3-ubyte.gz": "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
    "train-labels-idx1-ubyte.gz": "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
    "t10k-images-idx3-ubyte.gz": "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
    "t10k-labels-idx1-ubyte.gz": "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
}
FASHION_MNIST = "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/"
FASHION_MNIST_FILES = {
    "train-images-idx3-ubyte.gz": "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
    "train-labels-idx1-ubyte.gz": "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
    "t10k-images-idx3-ubyte.gz": "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
    "t10k-labels-idx1-ubyte.gz": "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
}
DIGITS = tuple("0123456789")
CLOTHES = ("T-shirt/top", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot")


def mnist(progress: bool = True, raw: bool = False) -> tuple[Pictures, Pictures]:
    """70,000 handwritten digits, white on black, 28 x 28 (LeCun et al. 1998); fetched the first time, 11 MB.

    Parameters
    ----------
    progress : bool
        Show a progress bar while fetching.
    raw : bool
        Leave the pixels as bytes.

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
    # A cache folder of its own: Fashion-MNIST's files have the very same names.
    return four_files(MNIST, MNIST_FILES, "mnist", DIGITS, progress, raw)


def fashion_mnist(progress: bool = True, raw: bool = False) -> tuple[Pictures, Pictures]:
    """70,000 pieces of clothing in grey, 28 x 28 (Xiao et al. 2017); fetched the first time, 30 MB.

    Parameters, result and errors are those of `mnist`.
    """
    return four_files(FASHION_MNIST, FASHION_MNIST_FILES, "", CLOTHES, progress, raw)


def four_files(base: str, files: dict[str, str], folder: str, names, progress: bool, raw: bool):
    """Training and test set from four files: pictures, labels, and once more to test with."""
    paths = [fetch(base, name, sha256, progress, folder) for name, sha256 in files.items()]
    halves = [(read_idx(paths[i], 3)[:, None], read_idx(paths[i + 1], 1)) for i in (0, 2)]
    training, test = (pictures(images, labels, names, paths[0].parent, raw) for images, labels in halves)
    return training, test


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
