"""Pictures of your own: a folder with one sub-folder of pictures for each class.

Read next: ``picture_file.py``, for pictures that are an array already.
"""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps
from tqdm import tqdm

from .pictures import Pictures, listed, split

UNREADABLE = (OSError, SyntaxError, ValueError, EOFError, Image.DecompressionBombError)  # what Pillow raises


def image_folder(path: str | Path, size: int = 64, held_out: float = 0.2, seed: int = 0, most: int = 10_000,
                 progress: bool = True, raw: bool = False) -> tuple[Pictures, Pictures]:
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
    raw : bool
        Leave the pixels as bytes.

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
    return split([np.stack(squares[name]) for name in names], names, held_out, rng, path, raw)


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
