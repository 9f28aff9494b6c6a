"""From a photo to the numbers that a net was trained on, and back.

A net knows nothing of brightness from 0 to 255.  It was trained on pictures of one size whose channels were shifted and
scaled to about mean 0 and standard deviation 1 over its training set, and it sees a photo right only when that photo is
treated in the same way.  So the recipe belongs to the net: an attribute ``preprocessing``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageOps


@dataclass(frozen=True)
class Preprocessing:
    """How the photos that a net takes are cut and normalised.

    Attributes
    ----------
    size : int
        Height and width in pixels.
    mean, std : three floats
        Of red, green and blue over the training set, in [0, 1].

    Examples
    --------
    >>> x = IMAGENET.prepare(np.full((300, 400, 3), 255, np.uint8))
    >>> x.shape, x.dtype, float(IMAGENET.to_pixels(x).min())
    ((3, 224, 224), dtype('float32'), 1.0)
    """

    size: int
    mean: tuple[float, float, float]
    std: tuple[float, float, float]

    def prepare(self, picture: Image.Image | np.ndarray) -> np.ndarray:
        """The central square of a picture, resized and normalised: ``(x / 255 - mean) / std``, channel by channel.

        Parameters
        ----------
        picture : PIL image of mode RGB, or uint8 array (H, W, 3)

        Returns
        -------
        float32 ndarray (3, size, size)

        Raises
        ------
        TypeError
            If it is something else, such as an array of floats.
        ValueError
            If it has other channels than red, green and blue, or no pixels.
        """
        # Cropped before it is resized: otherwise a strip of 1 x 10,000 would have to be blown up to 2,240,000 pixels.
        square = ImageOps.fit(as_rgb(picture), (self.size, self.size), Image.Resampling.BILINEAR)
        pixels = np.asarray(square, np.float32).transpose(2, 0, 1) / np.float32(255)
        return (pixels - column(self.mean)) / column(self.std)

    def to_pixels(self, x: np.ndarray) -> np.ndarray:
        """Undo the normalisation, to show what the net was shown: ``x * std + mean``, cut to [0, 1].

        Parameters
        ----------
        x : array_like (3, H, W) or (N, 3, H, W)

        Returns
        -------
        ndarray of the same shape
        """
        x = np.asarray(x)
        if x.ndim not in (3, 4) or x.shape[-3] != 3 or x.dtype.kind != "f":
            raise ValueError(f"to_pixels: takes floats (3, H, W) or (N, 3, H, W), not {x.dtype} {x.shape}")
        return np.clip(x * column(self.std) + column(self.mean), 0, 1)


def as_rgb(picture: Image.Image | np.ndarray) -> Image.Image:
    """An array as a picture, or what is wrong with it."""
    if isinstance(picture, np.ndarray):
        if picture.dtype != np.uint8:
            raise TypeError(f"prepare: an array must hold bytes (uint8) from 0 to 255, not {picture.dtype}")
        if picture.ndim != 3 or picture.shape[2] != 3 or not picture.size:
            raise ValueError(f"prepare: an array must be (H, W, 3), not {picture.shape}")
        return Image.fromarray(picture)
    if not isinstance(picture, Image.Image):
        raise TypeError(f"prepare: takes a PIL image or an array, not a {type(picture).__name__}")
    if picture.mode != "RGB" or not all(picture.size):
        raise ValueError(f"prepare: takes pictures of mode RGB with pixels, and this one is {picture.mode}, "
                         f"{picture.width} x {picture.height}; picture.convert('RGB') makes one")
    return picture


def column(three: tuple[float, float, float]) -> np.ndarray:
    """Three numbers, one for each channel, float32 (3, 1, 1)."""
    return np.array(three, np.float32)[:, None, None]


IMAGENET = Preprocessing(224, mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225))
# The published ResNet-20 was trained with ImageNet's numbers, though CIFAR-10's own differ a little.
CIFAR = Preprocessing(32, mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225))
