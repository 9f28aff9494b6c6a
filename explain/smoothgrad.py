"""SmoothGrad: take the noise out of a saliency map by adding noise to the picture.

The gradient of a net of ReLUs jumps wherever a ReLU switches, so between two pictures that look the same to us it
differs wildly.  Those jumps are most of the grain in a saliency map.  Smilkov et al. 2017 average them away:

    M(x)  =  mean over n of  dS_c/dx (x + noise_n),    noise_n normal with standard deviation  sigma (max x - min x)

Read next: ``explain/integrated_gradients.py``, which averages along a path.
"""

from __future__ import annotations

import numpy as np
from tqdm import tqdm

from .forward import Forward, Target


def smoothgrad(model, images, target: Target = None, n: int = 50, sigma: float = 0.15, rule="vanilla", seed: int = 0,
               batch_size: int = 64, progress: bool = False) -> np.ndarray:
    """Mean gradient over noisy copies of the picture.

    Signed, like `gradient`; `explain.saliency.largest` makes it a map of one number per pixel.

    Parameters
    ----------
    model : Module
    images : array_like (N, C, H, W) or (C, H, W)
    target : int, N ints, None (what is predicted without noise) or callable (output -> scores)
    n : int
        Noisy copies of each picture; the paper finds little gain beyond 50.
    sigma : float
        Standard deviation of the noise, as a share of the range (max - min) of each picture; the paper advises 0.1 to
        0.2.
    rule : {"vanilla", "deconvnet", "guided"}, callable, or dict from layers to these
    seed : int
        Of the noise, which is the same for every picture of a batch, so that each gets the map it would get alone.
    batch_size : int
        So many noisy copies are in memory at a time.
    progress : bool
        Show a progress bar.

    Returns
    -------
    ndarray of the shape of `images`.

    Raises
    ------
    ValueError
        If n is less than 1 or sigma is negative.

    Examples
    --------
    >>> import numpy as np, nets
    >>> smoothgrad(nets.SmallCNN(), np.zeros((2, 3, 32, 32)), target=0, n=3).shape
    (2, 3, 32, 32)
    """
    if n < 1 or not sigma >= 0:
        raise ValueError(f"smoothgrad: n must be at least 1 and sigma at least 0, not {n} and {sigma}")
    first = Forward(model, images, target)
    noise = np.random.default_rng(seed).standard_normal((n, *first.x.shape[1:]), first.x.dtype)
    bar = tqdm(total=n * first.x.shape[0], desc="smoothgrad", unit="picture", disable=not progress)
    maps = np.zeros(first.x.shape, first.x.dtype)
    with bar:
        for i, image in enumerate(first.x.array):
            spread = sigma * np.ptp(image)
            for start in range(0, n, batch_size):
                noisy = image + spread * noise[start : start + batch_size]
                run = Forward(model, noisy, of_picture(first.target, i))
                maps[i] += run.gradient(run.x, rule).sum(axis=0) / n
                bar.update(len(noisy))
    return first.result(maps)


def of_picture(target, i: int):
    """The target of one picture among several, for use with all its variants."""
    return target if callable(target) or np.ndim(target) == 0 else int(target[i])
