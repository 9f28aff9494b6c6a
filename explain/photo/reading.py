"""Any picture file as an RGB picture: upright, on white, eight bits a colour, and never larger than it need be.

A camera notes how it was held and leaves the turning to whoever shows the photo; a logo is transparent; a scan is
grey, a microscope's picture has 16 bits, a printer's has four inks.  A net knows none of this: it takes RGB, upright.

Read next: ``explain/photo/classes.py``.
"""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

SIDE = 2048  # pixels of the shorter side: of a larger picture, less is decoded, or it is shrunk while it is read
BAND = 64  # rows of a shrunk picture that are made at a time
LONGEST = 50  # times the shorter side; a longer strip is no photo, and its central square is next to nothing of it
TRANSPARENT = ("RGBA", "LA", "PA", "RGBa", "La")
# Only formats that Pillow reads by itself: it would start another program for others, such as Ghostscript for EPS.
FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "AVIF", "TIFF", "BMP", "DIB", "PPM", "TGA", "ICO", "JPEG2000", "PCX")


def read_photo(path: str | Path) -> Image.Image:
    """Read a picture file as an RGB picture.

    It is turned as its camera was held; what is transparent becomes white; of an animation, it is the first frame.
    Pictures whose shorter side has 2 x `SIDE` pixels or more are shrunk, but not below `SIDE`.

    Parameters
    ----------
    path : str or Path
        A JPEG, PNG, GIF, WebP, AVIF, TIFF, BMP or the like, of any colours and depth.

    Returns
    -------
    PIL.Image.Image of mode RGB.

    Raises
    ------
    ValueError
        If there is no such file, or it is none of these, is damaged, or has more pixels than Pillow thinks honest (178
        million); the message is one line.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     Image.new("L", (4, 3), 200).save(f"{folder}/grey.png")
    ...     read_photo(f"{folder}/grey.png").getpixel((0, 0))
    (200, 200, 200)
    """
    path = Path(path)
    check_file(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about odd metadata, and pictures that are merely large
            Image.init()
            # Not every build of Pillow reads all of them.
            with Image.open(path, formats=[one for one in FORMATS if one in Image.OPEN]) as opened:
                check_shape(opened.size)
                opened.draft(None, (SIDE, SIDE))  # a JPEG can be decoded at a half, a quarter, an eighth
                ImageOps.exif_transpose(opened, in_place=True)  # as the camera was held
                return on_white(shrunk(eight_bits(opened)))
    except Image.UnidentifiedImageError as error:
        raise ValueError(f"{path} is no picture that can be read here; save it as JPEG or PNG first") from error
    except Image.DecompressionBombError as error:
        raise ValueError(f"{path} has more than {2 * (Image.MAX_IMAGE_PIXELS or 0) // 10**6} million pixels; make it "
                         "smaller first") from error
    except Exception as error:  # Pillow's readers raise whatever a damaged file makes them trip over
        raise ValueError(f"{path} can't be read as a picture: {' '.join(str(error).split())}") from error


def check_file(path: Path) -> None:
    """Say what is there instead, if `path` is not a file with something in it."""
    if path.is_dir():
        raise ValueError(f"{path} is a folder; give a picture in it")
    if not path.exists():
        raise ValueError(f"there is no file {path}")
    if not path.is_file():
        raise ValueError(f"{path} is no ordinary file")
    if path.stat().st_size == 0:
        raise ValueError(f"{path} is empty")


def check_shape(size: tuple[int, int]) -> None:
    if max(size) > LONGEST * min(size):
        raise ValueError(f"it is a strip of {size[0]} x {size[1]} pixels; cut out what you mean")


def eight_bits(image: Image.Image) -> Image.Image:
    """Grey pictures of 16 or 32 bits, or of fractions, as eight bits; `convert` would clip them at 255.

    16 bits keep their high byte, which is what Pillow does by itself for 16 bits a colour.  The others have no range
    of their own: what fits the usual ones, fractions from 0 to 1 and whole numbers to 255 or to 65,535, is taken as
    such, and anything else from its darkest to its brightest.
    """
    if not image.mode.startswith(("I", "F")):
        return image
    grey = np.asarray(image)
    if grey.dtype == np.uint16:
        return Image.fromarray((grey >> 8).astype(np.uint8))
    if not np.isfinite(grey).all():
        raise ValueError("it has NaN or infinite pixels")
    low, high = float(grey.min()), float(grey.max())
    usual = [top for top in ((1.0,) if image.mode == "F" else (255.0, 65535.0)) if low >= 0 and high <= top]
    if usual:
        low, high = 0.0, usual[0]
    return Image.fromarray(((grey - low) * (255 / max(high - low, 1e-30))).round().astype(np.uint8))


def shrunk(image: Image.Image) -> Image.Image:
    """A very large picture by a whole factor smaller, each pixel the mean of those that it stands for.

    Done in bands of rows, so that there is never a second picture of the full size.
    """
    factor = min(image.size) // SIDE
    if factor < 2:
        return image
    # Numbers of a palette have no mean, nor has the one colour that stands for nothing; with an alpha channel they do.
    mode = "RGBA" if image.mode in ("1", "P", "PA") or "transparency" in image.info else image.mode
    small = Image.new(mode, (-(-image.width // factor), -(-image.height // factor)))
    for top in range(0, image.height, BAND * factor):
        band = image.crop((0, top, image.width, min(top + BAND * factor, image.height)))
        small.paste(band.convert(mode).reduce(factor), (0, top // factor))
    return small


def on_white(image: Image.Image) -> Image.Image:
    """As RGB, where what is transparent shows a white ground."""
    if image.mode not in TRANSPARENT and "transparency" not in image.info:
        return image.convert("RGB")
    rgba = image.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", rgba.size, "white"), rgba).convert("RGB")

