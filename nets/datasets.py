"""One door for all data sets: a name, a folder of pictures, or a file of them.

Every set is a training and a test set of `Pictures`.  What is read from a file is numbers and nothing else; sizes are
checked before anything is believed, and nothing is ever unpacked onto the disk.

Read next: ``idx.py``, ``cifar_archive.py``, ``image_folder.py``, ``picture_file.py``, where each kind is read.
"""

from __future__ import annotations

from pathlib import Path

from .cifar_archive import cifar10
from .idx import fashion_mnist, mnist
from .image_folder import image_folder
from .picture_file import picture_file
from .pictures import Pictures

DATASETS = {"mnist": mnist, "fashion_mnist": fashion_mnist, "cifar10": cifar10}


def dataset(source: str | Path, test: str | Path | None = None, size: int = 64, seed: int = 0, progress: bool = True,
            raw: bool = False) -> tuple[Pictures, Pictures]:
    """Read a data set, whatever kind it is of.

    Parameters
    ----------
    source : str or path
        ``"mnist"``, ``"fashion_mnist"`` or ``"cifar10"``; a folder, as for `image_folder`; a .npz file, as for
        `picture_file`; or a .tar.gz file, which must be one of CIFAR-10's.
    test : path, optional
        A .npz file to test with, where `source` is one.
    size : int
        Height and width that the pictures of a folder get.
    seed : int
        Of what is held out for testing, where that is not given.
    progress : bool
        Show progress bars.
    raw : bool
        Leave the pixels as bytes, for a `Loader` to convert.

    Returns
    -------
    training, test : Pictures

    Raises
    ------
    OSError, ValueError
        If there is no such data set, or it cannot be fetched, or is damaged.
    """
    path = Path(source)
    if test is not None and path.suffix != ".npz":
        raise ValueError(f"test data can only be given for a .npz file, and {source} is none; it has test pictures of "
                         "its own")
    if str(source) in DATASETS:
        return DATASETS[str(source)](progress=progress, raw=raw)
    if path.is_dir():
        return image_folder(path, size, seed=seed, progress=progress, raw=raw)
    if path.suffix == ".npz":
        return picture_file(path, test, seed=seed, raw=raw)
    if path.name.endswith((".tar.gz", ".tgz")):
        return cifar10(progress, raw, path)
    raise ValueError(f"there is no data set {str(source)!r}; use one of {', '.join(DATASETS)}, the path of a folder "
                     "with a sub-folder of pictures for each class, or that of a .npz file of pictures")
