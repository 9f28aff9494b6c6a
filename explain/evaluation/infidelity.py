"""Infidelity and sensitivity: does the map add up, and does it stand still?  (Yeh et al. 2019)

A map phi of *contributions* makes a promise: take I away from the picture, and the score changes by ``I . phi``.  How
badly the promise is broken on average is the infidelity (their definition 2.1):

    INFD  =  mean over I of  ( I . phi(x)  -  (f(x) - f(x - I)) )^2

And two pictures that nobody can tell apart should have the same map.  How far it moves at most, within a box of radius
r about the picture, is the sensitivity (their definition 3.1):

    SENS_max  =  max over y, |y - x| <= r, of  || phi(y) - phi(x) ||

Kind of evaluation: infidelity is *indirect* (by masking, where I takes squares away); sensitivity is *targeted*: it
asks about the method on a given net, and needs no task.
Weakness: a map that never changes has no sensitivity at all, whatever it shows.  Only the two together mean something.
Read next: ``explain/evaluation/road.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np

from ..forward import Target
from .scoring import in_batches, pictures_and_classes, scores_of_variants, target_of


def infidelity(model, images, attributions, perturbations, target: Target = None, perturbed=None,
               normalise: bool = False, score: str = "logit", batch_size: int = 64) -> np.ndarray:
    """Mean squared error of the changes that a map of contributions foretells.

    Parameters
    ----------
    model : Module
    images : array_like (N, C, H, W)
    attributions : ndarray (N, C, H, W) or (N, H, W)
        The map, signed.
    perturbations : ndarray (N, K, ...)
        K of them for each picture, each of the shape of a map: what the map is multiplied with.
    target : int, N ints, None (the predicted class) or callable (output -> N scores)
    perturbed : ndarray (N, K, C, H, W), optional
        The changed pictures, if they are not ``x - I``.  A map that has the pixels' values in it already, such as
        picture times gradient, is multiplied with zeros and ones, and that is not what is subtracted: see
        `squares_removed`.
    normalise : bool
        Let the map be multiplied by the one number that serves it best, ``mean of (I . phi) d / mean of (I . phi)^2``
        with d the change of the score, so that its unit does not matter.  As in the paper's program, and Captum's.
        (The number may be negative: a map that is exactly wrong then does as well as one that is right.)
    score : {"probability", "logit"}
    batch_size : int

    Returns
    -------
    ndarray (N,)
        0 is perfect; a linear model's weights reach it.

    Examples
    --------
    >>> import numpy as np, nets
    >>> x = np.ones((1, 3, 16, 16))
    >>> infidelity(nets.SmallCNN(), x, np.zeros_like(x), np.zeros((1, 5, 3, 16, 16)), target=0).round(6)
    array([0.])
    """
    foretold, change = changes(model, images, attributions, perturbations, target, perturbed, score, batch_size)
    return squared_error(foretold, change, normalise)


def unexplained_share(model, images, maps, perturbations, target: Target = None, perturbed=None,
                      score: str = "logit", batch_size: int = 64) -> np.ndarray:
    """`infidelity`, normalised, as a share of the mean squared change of the score, so that pictures can be averaged.

    Formula: ``INFD / mean of d^2 = 1 - (sum of (I . phi) d)^2 / (sum of (I . phi)^2  sum of d^2)``.

    Returns
    -------
    ndarray (N,)
        In [0, 1]; 0 if the score never changed, and there is nothing to explain.
    """
    return unexplained(*changes(model, images, maps, perturbations, target, perturbed, score, batch_size))


def unexplained(foretold: np.ndarray, change: np.ndarray) -> np.ndarray:
    """`unexplained_share` of changes of a score, (N, K), and of what a map foretells of them."""
    size = (change**2).mean(axis=1)
    return np.divide(squared_error(foretold, change, normalise=True), size, out=np.zeros_like(size), where=size > 0)


def changes(model, images, attributions, perturbations, target, perturbed, score, batch_size):
    """What the map foretells, ``I . phi``, and what happens, ``f(x) - f(x - I)``; both (N, K), in float64."""
    x, phi, I = (np.asarray(part) for part in (images, attributions, perturbations))
    if phi.shape[0] != len(x) or I.ndim != phi.ndim + 1 or (I.shape[0], *I.shape[2:]) != phi.shape or not I.size:
        raise ValueError(f"infidelity: images {x.shape}, map {phi.shape} and perturbations {I.shape} don't fit; "
                         "perturbations are (N, K, ...), K for each picture, of the shape of its map")
    perturbed = x[:, None] - I if perturbed is None else np.asarray(perturbed)
    if perturbed.shape != (len(x), I.shape[1], *x.shape[1:]):
        raise ValueError(f"infidelity: perturbed pictures {perturbed.shape} don't fit images {x.shape} and "
                         f"perturbations {I.shape}; give perturbed=, (N, K, C, H, W)")
    x, _, classes = pictures_and_classes(model, x, x[:, 0], target)
    change = [score_changes(model, x[i], variants, target_of(classes, i), score, batch_size)
              for i, variants in enumerate(perturbed.astype(x.dtype))]
    return foretold_changes(I, phi), np.stack(change)


def foretold_changes(perturbations: np.ndarray, attributions: np.ndarray) -> np.ndarray:
    """``I . phi`` for K perturbations (N, K, ...) of each of N maps: (N, K), in float64."""
    n, k = perturbations.shape[:2]
    return np.einsum("nkp,np->nk", perturbations.reshape(n, k, -1).astype(float), attributions.reshape(n, -1))


def score_changes(model, image: np.ndarray, variants: np.ndarray, target, score: str = "logit",
                  batch_size: int = 64) -> np.ndarray:
    """``f(x) - f(x - I)`` for K variants (K, C, H, W) of a picture: (K,), in float64."""
    batches = in_batches(np.concatenate([image[None], variants]), batch_size)
    scores = scores_of_variants(model, batches, target, score).astype(float)
    return scores[0] - scores[1:]


def squared_error(foretold: np.ndarray, change: np.ndarray, normalise: bool) -> np.ndarray:
    """Mean over K of ``(foretold - change)^2``, the foretold scaled to fit best if `normalise`: (N, K) to (N,)."""
    if normalise:
        above, below = (foretold * change).mean(axis=1), (foretold**2).mean(axis=1)
        foretold = foretold * np.divide(above, below, out=np.zeros_like(above), where=below > 0)[:, None]
    return ((foretold - change) ** 2).mean(axis=1)


def squares_removed(image: np.ndarray, n: int, side: int, fill=0.0, seed: int = 0):
    """Squares taken out of a picture (C, H, W) at random places, the paper's "square removal".

    Returns
    -------
    removed : float ndarray (n, H, W)
        1 where the square is: what a map of contributions is multiplied with.
    perturbed : ndarray (n, C, H, W)

    Examples
    --------
    >>> removed, perturbed = squares_removed(np.ones((3, 8, 8)), n=2, side=3)
    >>> removed.sum(axis=(1, 2)), perturbed.sum(axis=(1, 2, 3))
    (array([9., 9.]), array([165., 165.]))
    """
    height, width = image.shape[1:]
    if not 1 <= side <= min(height, width) or n < 1:
        raise ValueError(f"squares_removed: n is at least 1 and a side from 1 to {min(height, width)}, not {n}, {side}")
    rng = np.random.default_rng(seed)
    top, left = rng.integers(height - side + 1, size=(n, 1, 1)), rng.integers(width - side + 1, size=(n, 1, 1))
    rows, columns = np.arange(height)[:, None], np.arange(width)
    inside = (rows >= top) & (rows < top + side) & (columns >= left) & (columns < left + side)
    filled = np.broadcast_to(np.asarray(fill, image.dtype), image.shape)
    return inside.astype(float), np.where(inside[:, None], filled, image)


def sensitivity_max(explanation: Callable[[np.ndarray], np.ndarray], images, radius: float = 0.02, n: int = 10,
                    normalise: bool = True, seed: int = 0, noise=None) -> np.ndarray:
    """How far a map moves at most when the picture moves by next to nothing.

    Formula: ``max over n noises of ||phi(x + noise) - phi(x)|| / ||phi(x)||``, each noise uniform in [-radius, radius].
    The paper does not divide; Captum does, so that methods with large numbers may be compared with others.

    Parameters
    ----------
    explanation : callable
        Pictures (N, C, H, W) to maps (N, ...), with the class held fast: let it not follow the prediction.
    images : array_like (N, C, H, W)
    radius : float
        In the unit of the pixels.
    n : int
    normalise : bool
        Divide by the size of the map; where that is 0, by 1.
    seed : int
        Of the noise, which is the same for every picture.
    noise : ndarray (n, C, H, W), optional
        Instead of `radius`, `n` and `seed`.

    Returns
    -------
    ndarray (N,)

    Examples
    --------
    >>> sensitivity_max(lambda images: np.ones(len(images)), np.zeros((2, 3, 8, 8)))
    array([0., 0.])
    """
    x = np.asarray(images)
    noise = noises(x.shape[1:], radius, n, seed) if noise is None else noise
    return largest_move(explanation(x), (explanation((x + one).astype(x.dtype)) for one in noise), normalise)


def noises(shape, radius: float, n: int, seed: int = 0) -> np.ndarray:
    """The `n` noises of `sensitivity_max`, (n, *shape)."""
    if n < 1 or not radius >= 0:
        raise ValueError(f"sensitivity_max: n is at least 1 and radius at least 0, not {n} and {radius}")
    return np.random.default_rng(seed).uniform(-radius, radius, (n, *shape))


def largest_move(before: np.ndarray, moved_maps: Iterable[np.ndarray], normalise: bool = True) -> np.ndarray:
    """How far the maps (N, ...) move at most from what they were `before`, as in `sensitivity_max`: (N,)."""
    moved = np.max([norms(after - before) for after in moved_maps], axis=0)
    size = norms(before)
    return moved / np.where(size > 0, size, 1) if normalise else moved


def norms(maps: np.ndarray) -> np.ndarray:
    """Euclidean size of each map (N, ...)."""
    return np.sqrt((maps.reshape(len(maps), -1).astype(float) ** 2).sum(axis=1))
