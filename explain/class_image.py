"""The picture that a class would draw of itself.

An explanation asks what in this picture speaks for a class.  One can also ask for no picture at all: which one would
the net call the class with the most conviction?  Simonyan et al. 2014 (section 2) climb to it, from nothing:

    I*  =  argmax over I of  S_c(I) - lambda |I|^2

The score before softmax, since softmax could also be raised by lowering all other classes.  The penalty keeps the
picture from running away; it is small, so that what counts is drawn strongly, and the rest stays grey.  What comes
out shows what the net looks for, many times over and in no order: it was never taught that a star comes once and has
a middle.

Read next: ``explain/page.py``, which shows all this.
"""

from __future__ import annotations

import math
from numbers import Integral

import numpy as np
import scipy
from tqdm import tqdm

from .forward import Forward, as_pictures


def class_image(model, target: int, shape, steps: int = 80, step: float = 0.05, penalty: float = 1e-3,
                blur: float = 1.0, rule="vanilla", progress: bool = False) -> np.ndarray:
    """Climb from a grey picture to one with a high class score.

    Formula: ``I <- I + step * u / rms(u)`` with ``u = dS_c/dI - 2 penalty I``, `steps` times; the step shrinks to
    nothing along half a cosine, so that the climb comes to rest.  Only the direction of u counts, so the step means
    the same for any net; and pixels stay in [-1, 1], where pictures live.

    Parameters
    ----------
    model : Module
    target : int
        The class.
    shape : (C, H, W)
        Of the picture.
    steps : int
        0 returns the picture the climb starts from, all grey.
    step : float
        How far a pixel moves in the first step, as a root mean square.
    penalty : float
        lambda.
    blur : float
        Standard deviation in pixels of a Gaussian that u is smoothed with, so that forms grow and not speckles; 0 is
        the paper's.
    rule : {"vanilla", "deconvnet", "guided"}, callable, or dict from layers to these
        Under any but vanilla this is no ascent: guided backpropagation draws much the same for all classes.
    progress : bool
        Show a progress bar with the score.

    Returns
    -------
    ndarray (C, H, W)

    Raises
    ------
    ValueError
        If the target is not a class, or a number is out of its range.

    Examples
    --------
    >>> import nets
    >>> class_image(nets.SmallCNN(), target=3, shape=(3, 32, 32), steps=2).shape
    (3, 32, 32)
    """
    if not isinstance(target, Integral):
        raise ValueError(f"class_image: target must be a single class, not {target!r}; call it for each class in turn")
    if len(shape) != 3 or steps < 0 or not step > 0 or not penalty >= 0 or not blur >= 0:
        raise ValueError(f"class_image: takes a shape (C, H, W), steps, penalty and blur of at least 0 and a positive "
                         f"step; got {tuple(shape)}, {steps}, {penalty}, {blur} and {step}")
    image = np.zeros(shape)
    with tqdm(range(steps), desc="class image", unit="step", disable=not progress) as bar:
        for i in bar:
            run = Forward(model, image, target)
            u = scipy.ndimage.gaussian_filter(run.gradient(run.x, rule)[0], (0, blur, blur)) - 2 * penalty * image
            now = step * (1 + math.cos(math.pi * i / steps)) / 2
            image = np.clip(image + now * u / (np.sqrt(np.mean(u**2)) or 1.0), -1, 1)
            bar.set_postfix_str(f"score {run.scores.item():.2f}", refresh=False)
    return as_pictures(image, model)[0]
