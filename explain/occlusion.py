"""Occlusion: cover a part of the picture, and see how much the net minds.

No gradient, no assumption about the net, and nothing to misread: "without this, the class is so much less likely"
(Zeiler & Fergus 2014, section 4.2).  The price is a forward pass for every position of the patch; what the patch cannot
have changed is the same each time, so where the net lets us, we compute only the rest (``partial_forward.py``).
"""

from __future__ import annotations

import math

import numpy as np
from tqdm import tqdm

import minigrad as mg
from minigrad import context
from minigrad import functional as F
from nets.training import evaluating

from .changed_areas import leaves_nothing_out
from .forward import Forward, Target, as_classes, as_pictures, check_classes, scores_of
from .partial_forward import partial_forward

SCORES = ("probability", "logit")


def occlusion(model, images, target: Target = None, patch=8, stride=4, fill=0.0, score: str = "probability",
              batch_size: int = 64, progress: bool = False, partial: bool = True) -> np.ndarray:
    """How much the score drops when a patch covers the picture at each position.

    Formula: ``drop[r, c] = score(x) - score(x with rows r s .. r s + P and columns c s .. c s + P set to fill)``.
    The positions begin at the upper left and go on until every pixel has been covered; a last patch that would hang
    over the edge is cut off there.

    Parameters
    ----------
    model : Module
    images : array_like (N, C, H, W) or (C, H, W)
    target : int, N ints, None (the predicted class) or callable (output -> N scores)
    patch, stride : int or (vertical, horizontal)
        In pixels.  A stride larger than the patch would leave gaps and is refused.
    fill : float, or array that broadcasts to (C, H, W)
        What covers the picture; 0 is grey, or the data's mean, for pictures that are centred.
    score : {"probability", "logit"}
        After softmax or before it.  For a callable target the score is whatever it returns.
    batch_size : int
        So many covered pictures are in memory at a time, or as many parts of pictures as take no more (or 64 MB).
    progress : bool
        Show a progress bar.
    partial : bool
        Compute again only what a patch can change, where the net allows it (``partial_forward.py``).  The drops are
        the same up to rounding; False runs the whole net for every position.

    Returns
    -------
    ndarray (N, rows, cols), or (rows, cols) for one picture; positive where covering hurts.

    Examples
    --------
    >>> import numpy as np, nets
    >>> occlusion(nets.SmallCNN(), np.zeros((3, 16, 16)), target=0, patch=8, stride=4).shape
    (3, 3)
    """
    if score not in SCORES:
        raise ValueError(f"occlusion: unknown score {score!r}; use one of {', '.join(SCORES)}")
    array = np.asarray(getattr(images, "array", images))
    pictures = as_pictures(array, model)
    windows = positions(pictures.shape[2:], *checked(patch, stride, pictures.shape[2:]))
    targets = None if target is None or callable(target) else as_classes(target, len(pictures))
    jobs = [(r, c) for r in range(len(windows[0])) for c in range(len(windows[1]))]
    drops = np.empty((len(pictures), len(jobs)), pictures.dtype)
    with (
        evaluating(model),
        context.recorded(partial),  # a partial pass starts from the tape of the clean one
        tqdm(total=drops.size, desc="occlusion", unit="position", disable=not progress) as bar,
    ):
        for i, image in enumerate(pictures):
            clean = Forward(model, image, target if targets is None else np.broadcast_to(targets, len(pictures))[i])
            if targets is not None:  # all of them, so that nobody waits for the last in vain
                check_classes(targets, clean.output.shape[1])
            one = clean.target if callable(clean.target) else int(np.reshape(clean.target, ()))
            before = score_values(clean.output, one, score)
            answers, at_once = covered_answers(model, clean, windows, fill, batch_size)
            for part in np.array_split(np.arange(len(jobs)), -(-len(jobs) // at_once)):
                after = answers([jobs[j] for j in part])
                drops[i, part] = before - score_values(mg.tensor(after), one, score)
                bar.update(len(part))
    drops = drops.reshape(-1, len(windows[0]), len(windows[1]))
    return drops[0] if array.ndim == 3 else drops


def covered_answers(model, clean: Forward, windows, fill, batch_size: int):
    """A function from positions, (row, column) of `windows`, to what the net puts out with each of them covered.

    And how many positions to give it at a time.
    """
    image = clean.x.array[0]

    def whole(jobs):
        with mg.no_grad():
            covered = np.stack([cover(image, windows[0][r], windows[1][c], fill) for r, c in jobs])
            return model(mg.tensor(covered)).array

    forward = partial_forward(clean.x, clean.output, windows)
    if forward is None:
        return whole, batch_size

    def changed(jobs):
        return forward(np.broadcast_to(fill, image.shape), jobs)

    if leaves_nothing_out(clean.x, clean.output, model):
        return changed, forward.pictures_worth(batch_size)
    # The net may have made a constant of the picture, such as its own mean: try one position.
    one = [(len(windows[0]) // 2, len(windows[1]) // 2)]
    expected = whole(one)
    close = np.sqrt(np.finfo(expected.dtype).eps) * np.abs(expected).max()
    if np.allclose(changed(one), expected, rtol=0, atol=close):
        return changed, forward.pictures_worth(batch_size)
    return whole, batch_size


def occlusion_heatmap(model, images, target: Target = None, patch=8, stride=4, fill=0.0, score: str = "probability",
                      batch_size: int = 64, progress: bool = False, partial: bool = True) -> np.ndarray:
    """Mean drop over the patches that cover a pixel: `occlusion` as a picture.

    Arguments as for `occlusion`.

    Returns
    -------
    ndarray (N, H, W), or (H, W) for one picture.
    """
    drops = occlusion(model, images, target, patch, stride, fill, score, batch_size, progress, partial)
    return spread(drops, np.shape(getattr(images, "array", images))[-2:], patch, stride)


def spread(drops: np.ndarray, size, patch, stride) -> np.ndarray:
    """Lay the drops (..., rows, cols) of `occlusion` out over a picture of `size` (H, W).

    A pixel gets the mean drop over those patches that cover it; `positions` says where they are, `checked` turns patch
    and stride into the pairs that it takes, and `covers` makes a matrix of an axis, for who prefers that to loops.

    Returns
    -------
    ndarray (..., H, W)
    """
    # R.T @ drops adds up the drops of the rows of patches over each row of pixels, and @ C the same for columns.
    R, C = (covers(axis, n) for axis, n in zip(positions(size, *checked(patch, stride, size)), size))
    return R.T @ drops @ C / np.outer(R.sum(axis=0), C.sum(axis=0))


def covers(axis: list[slice], n: int) -> np.ndarray:
    """A matrix (positions, n): 1 where a position of the patch covers a pixel, along one axis."""
    pixels = np.arange(n)
    return np.array([(position.start <= pixels) & (pixels < position.stop) for position in axis], np.float64)


def checked(patch, stride, size):
    """Patch and stride as pairs that fit a picture of `size`."""
    pairs = [(value, value) if isinstance(value, (int, np.integer)) else tuple(value) for value in (patch, stride)]
    (ph, pw), (sh, sw) = pairs
    if not (1 <= ph <= size[0] and 1 <= pw <= size[1]):
        raise ValueError(f"occlusion: a patch of {patch} does not fit a picture of {tuple(size)} pixels")
    if not (1 <= sh <= ph and 1 <= sw <= pw):
        raise ValueError(f"occlusion: stride {stride} must be from 1 to the patch, {patch}, to leave no gaps")
    return pairs


def positions(size, patch, stride) -> tuple[list[slice], list[slice]]:
    """The rows and the columns that are covered, one slice for each position of the patch.

    `size`, `patch` and `stride` are pairs (vertical, horizontal).  The first slice begins at 0; they go on until one
    reaches the end, where it is cut off, and no further.
    """
    # Beyond the first patch there are n - p cells to go, and every step takes s of them: round up.
    rows, columns = (
        [slice(i * s, min(i * s + p, n)) for i in range(math.ceil((n - p) / s) + 1)]
        for n, p, s in zip(size, patch, stride)
    )
    return rows, columns


def cover(image: np.ndarray, rows: slice, columns: slice, fill) -> np.ndarray:
    """A copy of the picture with one patch set to `fill`."""
    covered = image.copy()
    covered[:, rows, columns] = np.broadcast_to(fill, image.shape)[:, rows, columns]
    return covered


def score_values(output, target, score: str) -> np.ndarray:
    """The scores as numbers: of a callable, or of classes before or after softmax."""
    if score == "probability" and not callable(target):
        output = F.softmax(output, axis=1)
    return scores_of(output, target).array
