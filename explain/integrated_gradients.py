"""Integrated Gradients: share out the whole score, not just its slope.

A gradient says what a *small* change would do.  Once a net is sure, small changes do nothing, and yet the pixels are
what made it sure.  Sundararajan et al. 2017 start from a picture that says nothing, the baseline x', and go straight
to x, adding up on the way what each pixel contributes:

    IG_i(x)  =  (x_i - x'_i)  *  integral over a from 0 to 1 of  dF/dx_i (x' + a (x - x'))  da

By the fundamental theorem of calculus nothing is lost, which they call *completeness*:  ``sum of IG = F(x) - F(x')``.

`input_x_gradient` is the same with the integral replaced by the gradient at its end, and a baseline of 0: enough for a
function that is linear on the way.

Read next: ``explain/gradcam_plus_plus.py``.
"""

from __future__ import annotations

import numpy as np
from tqdm import tqdm

from .forward import Forward, Target
from .saliency import gradient
from .smoothgrad import of_picture


def integrated_gradients(model, images, target: Target = None, baseline=0.0, steps: int = 50, rule="vanilla",
                         batch_size: int = 64, progress: bool = False) -> np.ndarray:
    """What each pixel contributes to the difference between the scores of the picture and of a baseline.

    The integral is a sum by Gauss and Legendre's rule, whose `steps` points would be exact for a polynomial of degree
    2 steps - 1.  A net of ReLUs is linear in pieces with a jump of the gradient between two, so the error falls like
    1/steps.

    Parameters
    ----------
    model : Module
    images : array_like (N, C, H, W) or (C, H, W)
    target : int, N ints, None (what is predicted for the picture itself) or callable (output -> scores)
    baseline : float, or array that broadcasts to the shape of `images`
        0 is grey for pictures that are centred.  A pixel that equals its baseline gets nothing.
    steps : int
        Points on the way.
    rule : {"vanilla", "deconvnet", "guided"}, callable, or dict from layers to these
        Completeness holds for vanilla only.
    batch_size : int
        So many points are in memory at a time.
    progress : bool
        Show a progress bar.

    Returns
    -------
    ndarray of the shape of `images`.

    Raises
    ------
    ValueError
        If steps is less than 1, or the baseline does not fit.

    Examples
    --------
    >>> import numpy as np, nets
    >>> integrated_gradients(nets.SmallCNN(), np.ones((3, 32, 32)), target=0, steps=4).shape
    (3, 32, 32)
    """
    if steps < 1:
        raise ValueError(f"integrated_gradients: steps must be at least 1, not {steps}")
    first = Forward(model, images, target)
    start_of_way = checked_baseline(baseline, first.x)
    points, weights = legendre(steps, first.x.dtype)
    maps = np.zeros(first.x.shape, first.x.dtype)
    with tqdm(total=steps * len(maps), desc="integrated gradients", unit="picture", disable=not progress) as bar:
        for i, (image, x0) in enumerate(zip(first.x.array, start_of_way)):
            for k in range(0, steps, batch_size):
                a, w = points[k : k + batch_size], weights[k : k + batch_size]
                run = Forward(model, x0 + a[:, None, None, None] * (image - x0), of_picture(first.target, i))
                maps[i] += np.tensordot(w, run.gradient(run.x, rule), axes=1)
                bar.update(len(a))
    return first.result(maps * (first.x.array - start_of_way))


def input_x_gradient(model, images, target: Target = None, rule="vanilla") -> np.ndarray:
    """Picture times gradient: what each pixel contributes to the score, were the net linear (Shrikumar et al. 2016).

    Formula: ``x * dS_c/dx``.  For a net of ReLUs without any bias it adds up to the score exactly.  Arguments and
    result as for `gradient`.
    """
    return np.asarray(getattr(images, "array", images)) * gradient(model, images, target, rule)


def legendre(steps: int, dtype) -> tuple[np.ndarray, np.ndarray]:
    """Points and weights of Gauss-Legendre's rule, brought from [-1, 1] to [0, 1]."""
    points, weights = np.polynomial.legendre.leggauss(steps)
    return ((points + 1) / 2).astype(dtype), (weights / 2).astype(dtype)


def checked_baseline(baseline, x) -> np.ndarray:
    """The baseline (N, C, H, W), one for each picture."""
    try:
        filled = np.broadcast_to(np.asarray(baseline, x.dtype), x.shape)
    except ValueError as error:
        raise ValueError(f"integrated_gradients: a baseline of shape {np.shape(baseline)} does not fit pictures of "
                         f"{x.shape}; give a number, or one picture, or as many") from error
    if not np.isfinite(filled).all():
        raise ValueError("integrated_gradients: the baseline has NaN or infinite pixels")
    return filled
