"""What a net makes of many variants of a picture: the question that most measures ask again and again.

A measure covers, blurs, mixes or moves a picture in a hundred ways and watches one score.  Here that score is read, a
batch at a time, so that a measure needs no more memory for a hundred variants than for one batch.

Read next: ``explain/evaluation/insertion_deletion.py``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

import minigrad as mg
from nets.training import evaluating, predict

from ..forward import Target, as_classes, as_pictures, scores_of
from ..occlusion import SCORES, score_values

BATCH = 64  # pictures in memory at a time


def pictures_and_classes(model, images, maps, target: Target):
    """The pictures (N, C, H, W) and their maps (N, H, W) in the net's precision, and what is watched of each picture.

    What is watched is a class for each, `target` or else the predicted one, or the callable that was given.  All
    measures of this folder go through this door.

    Raises
    ------
    ValueError
        If the maps are not one number for each pixel of each picture, or not finite, or the targets don't fit the
        pictures.  (Whether the net has such a class shows when it is first asked.)
    """
    x = as_pictures(np.asarray(getattr(images, "array", images)), model)
    classes = predicted(model, x) if target is None else target if callable(target) else as_classes(target, len(x))
    maps = np.asarray(maps)
    maps = maps[None] if maps.ndim == 2 else maps
    if maps.shape != (len(x), *x.shape[2:]):
        raise ValueError(f"evaluation: maps {maps.shape} don't fit images {x.shape}; a map is one number for each "
                         "pixel, (N, H, W)")
    if not np.isfinite(maps).all():
        raise ValueError("evaluation: the maps have NaN or infinite numbers")
    return x, maps, classes if callable(classes) else np.broadcast_to(classes, (len(x),))


def predicted(model, x: np.ndarray) -> np.ndarray:
    """The class that the net gives to each picture, (N,)."""
    output = mg.tensor(predict(model, x, BATCH))
    classes = output.argmax(axis=1).array
    scores_of(output, classes)  # says so if the net puts out anything but a score for each class
    return classes


def scores_of_variants(model, variants: Iterable[np.ndarray], target, score: str = "probability") -> np.ndarray:
    """One score of each variant of a picture.

    Parameters
    ----------
    model : Module
        Run in eval mode, without a tape; left as it was.
    variants : batches (B, C, H, W)
        Best a generator, which makes a batch when it is asked for.
    target : int or callable (output -> scores)
    score : {"probability", "logit"}

    Returns
    -------
    ndarray (sum of all B,)

    Examples
    --------
    >>> import numpy as np, nets
    >>> two_batches = (np.full((2, 3, 16, 16), grey) for grey in (0.0, 1.0))
    >>> scores_of_variants(nets.SmallCNN(), two_batches, target=0).shape
    (4,)
    """
    if score not in SCORES:
        raise ValueError(f"evaluation: unknown score {score!r}; use one of {', '.join(SCORES)}")
    with mg.no_grad(), evaluating(model):
        return np.concatenate([score_values(model(mg.tensor(batch)), target, score) for batch in variants])


def target_of(classes, i: int):
    """What is watched of picture i."""
    return classes if callable(classes) else int(classes[i])


def in_batches(array: np.ndarray, batch_size: int) -> Iterator[np.ndarray]:
    """Slices of an array, `batch_size` long but for the last."""
    if batch_size < 1:
        raise ValueError(f"evaluation: batch_size must be at least 1, not {batch_size}")
    return (array[start : start + batch_size] for start in range(0, len(array), batch_size))
