"""Augmentation: pictures moved and mirrored a little, anew in every epoch, so that a net can't learn them by heart.

An augmentation is a function ``(images, rng) -> images`` of a whole batch (N, C, H, W), bytes or floats, that draws all
its chances from `rng`.  A `Loader` makes that generator from the seed, the epoch and the batch's number, so the same
batch always comes out the same: that is what lets a run be stopped and go on to the very same net.

Read next: ``loader.py``.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

Augmentation = Callable[[np.ndarray, np.random.Generator], np.ndarray]


def random_crop(padding: int = 4, fill: float = 0) -> Augmentation:
    """Move every picture by up to `padding` pixels: it gets a frame, and a place in it is cut out to the old size.

    Parameters
    ----------
    padding : int
        Width of the frame, at least 1; 4 for pictures of 32 x 32 (He et al. 2016, section 4.2).
    fill : float
        The frame's pixels; 0 is black in bytes, and grey in floats from -1 to 1.

    Examples
    --------
    >>> picture = np.arange(1, 5, dtype=np.uint8).reshape(1, 1, 2, 2)
    >>> random_crop(1)(picture, np.random.default_rng(0))[0, 0]
    array([[3, 4],
           [0, 0]], dtype=uint8)
    """
    if padding < 1:
        raise ValueError(f"random_crop: padding must be at least 1, not {padding}")

    def crop(images, rng):
        n, _, h, w = images.shape
        frame = ((0, 0), (0, 0), (padding, padding), (padding, padding))
        padded = np.pad(images, frame, constant_values=fill)
        rows, columns = rng.integers(0, 2 * padding + 1, (2, n))
        places = np.lib.stride_tricks.sliding_window_view(padded, (h, w), axis=(2, 3))
        return places[np.arange(n), :, rows, columns]

    return crop


def random_flip(share: float = 0.5) -> Augmentation:
    """Mirror a `share` (0 to 1) of the pictures, left to right.

    Not for digits and letters, which the mirror makes others.

    Examples
    --------
    >>> random_flip(1.0)(np.array([[[[1, 2, 3]]]]), np.random.default_rng(0))
    array([[[[3, 2, 1]]]])
    """
    if not 0 <= share <= 1:
        raise ValueError(f"random_flip: share must be between 0 and 1, not {share}")

    def flip(images, rng):
        mirrored = rng.random(len(images)) < share
        return np.where(mirrored[:, None, None, None], images[..., ::-1], images)

    return flip


def compose(*augmentations: Augmentation) -> Augmentation:
    """One after the other."""

    def composed(images, rng):
        for augment in augmentations:
            images = augment(images, rng)
        return images

    return composed


AUGMENTATIONS = {"crop": random_crop(), "flip": random_flip()}


def augmentation(names: str) -> Augmentation | None:
    """The augmentation that is called, say, ``"crop,flip"``; None for ``""``.

    Raises
    ------
    ValueError
        For a name that is not in :data:`AUGMENTATIONS`.
    """
    chosen = [name.strip() for name in names.split(",") if name.strip()]
    unknown = [name for name in chosen if name not in AUGMENTATIONS]
    if unknown:
        raise ValueError(f"there is no augmentation {', '.join(unknown)}; use {', '.join(AUGMENTATIONS)}, with commas "
                         "between them")
    return compose(*(AUGMENTATIONS[name] for name in chosen)) if chosen else None
