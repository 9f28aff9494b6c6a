"""One forward pass, ready to be explained in many ways.

An explanation needs the picture on the tape, the score that is to be explained, and perhaps what some layer put out.
`Forward` holds all three.  Every explanation is then one more reverse sweep over the same tape, under whichever rule.

A *score* is any differentiable function of the net's output, one number for each picture; a class stands for its score
before softmax.  (Softmax can raise a class by lowering the others; the score cannot.)  A word's log-probability, the
answer to a question, a pixel of a segmentation or the output of a regression are scores just as well, and explained by
the same functions.

Read next: ``explain/saliency.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

import minigrad as mg
from minigrad import nn
from nets.training import evaluating

Target = int | Sequence[int] | np.ndarray | None | Callable[[mg.Tensor], mg.Tensor]


class Forward:
    """A net's answer to some pictures, with its tape.

    Parameters
    ----------
    model : Module
        Run in eval mode; it is left as it was.
    images : array_like (N, C, H, W) or (C, H, W)
        What the net takes: floats, normalised as in training.
    target : int, N ints, None, or callable
        The class to explain; None is the predicted one.  A callable takes the net's output and returns N scores.
    layers : names of layers
        Whose outputs to keep, as in `minigrad.nn.watch`.

    Attributes
    ----------
    x : Tensor (N, C, H, W)
    output : Tensor
        What the net put out, (N, K) for a classifier.
    scores : Tensor (N,)
        What is explained.
    single : bool
        Whether one picture without the N axis was given; `result` then drops that axis again.

    Examples
    --------
    >>> import numpy as np, nets
    >>> run = Forward(nets.SmallCNN(), np.zeros((3, 16, 16)), target=7)
    >>> run.scores.shape
    (1,)

    A net that puts out a class for every pixel (N, K, H, W): why is pixel (5, 9) of class 2?

    >>> import explain
    >>> from minigrad import nn
    >>> segments = nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.ReLU(), nn.Conv2d(8, 4, 3, padding=1))
    >>> picture = np.random.default_rng(0).standard_normal((3, 16, 16))
    >>> why = explain.gradient(segments, picture, target=lambda scores: scores[:, 2, 5, 9])
    >>> rows, columns = why.any(axis=0).nonzero()  # what two 3 x 3 filters see
    >>> int(rows.min()), int(rows.max()), int(columns.min()), int(columns.max())
    (3, 7, 7, 11)

    A net that puts out a number, such as an age (N, 1): what raises it, and what speaks for another value than 40?

    >>> age = nets.SmallCNN(num_classes=1)
    >>> explain.gradcam(age, picture, target=lambda years: years[:, 0], relu=False).shape
    (16, 16)
    >>> explain.saliency(age, picture, target=lambda years: (years[:, 0] - 40.0) ** 2).shape
    (16, 16)
    """

    def __init__(self, model: nn.Module, images: Any, target: Target = None, layers: Sequence[str] = ()):
        array = np.asarray(getattr(images, "array", images))
        self.single = array.ndim == 3
        self.x = mg.tensor(as_pictures(array, model), requires_grad=True)
        with evaluating(model), nn.watch(model, *layers) as self.activations:
            self.output = model(self.x)
        self.target = self.output.argmax(axis=1).array if target is None else target
        self.scores = scores_of(self.output, self.target)

    def gradient(self, wanted: mg.Tensor, rule=None) -> np.ndarray:
        """Gradient of each picture's own score with respect to `wanted`, a tensor on the tape (N, ...), under a rule.

        Returns
        -------
        ndarray of the shape of `wanted`; pictures don't influence each other in eval mode.
        """
        # So the score of one picture has no gradient at another, and that of the sum holds them all, side by side.
        return mg.grad(self.scores.sum(), wanted, rule=rule).array

    def result(self, array: np.ndarray) -> np.ndarray:
        """The explanation in the form in which the pictures came: with or without the N axis."""
        return array[0] if self.single else array


def as_pictures(array: np.ndarray, model: nn.Module) -> np.ndarray:
    """Bring pictures to (N, C, H, W) floats of the model's precision, or say what is wrong with them."""
    if array.ndim not in (3, 4) or 0 in array.shape:
        raise ValueError(f"images must be (N, C, H, W), or (C, H, W) for one, none of them empty, not {array.shape}")
    if array.dtype.kind != "f":
        raise TypeError(f"images must be floats, normalised as in training, not {array.dtype}")
    if not np.isfinite(array).all():
        raise ValueError("images have NaN or infinite pixels")
    dtype = next((p.dtype for p in model.parameters()), array.dtype)
    return (array[None] if array.ndim == 3 else array).astype(dtype)


def chosen_output(activations: dict[str, list[mg.Tensor]], layer: str) -> mg.Tensor:
    """What `layer` put out, among the watched; if it ran several times, ``"name:0"`` is its first output."""
    name, _, call = layer.partition(":")
    outputs = activations[name]
    if not outputs or (call and not (call.isdecimal() and int(call) < len(outputs))):
        raise ValueError(f"layer {layer!r}: {name!r} ran {len(outputs)} times for this picture")
    if len(outputs) > 1 and not call:
        raise ValueError(f"layer {name!r} ran {len(outputs)} times; say which output you mean, e.g. '{name}:0'")
    return outputs[int(call or 0)]


def scores_of(output: mg.Tensor, target: Target) -> mg.Tensor:
    """The N scores that `target` stands for."""
    n = output.shape[0]
    if callable(target):
        scores = target(output)
        if getattr(scores, "shape", None) != (n,):
            raise ValueError(f"target: the function must return a tensor of {n} scores, one for each picture, "
                             f"and returned {getattr(scores, 'shape', type(scores).__name__)}")
        return scores
    if output.ndim != 2:
        raise ValueError(f"target: the net puts out {output.shape}, which is no score per class; pass a function of it")
    classes = as_classes(target, n)
    check_classes(classes, output.shape[1])
    return output[:, int(classes.flat[0])] if classes.size == 1 else output[np.arange(n), classes]


def check_classes(classes: np.ndarray, count: int) -> None:
    """Refuse what is none of the net's classes, so many."""
    if classes.min() < 0 or classes.max() >= count:
        raise ValueError(f"target {classes.tolist()!r}: the net has classes 0 to {count - 1}")


def as_classes(target, n: int) -> np.ndarray:
    """The class that `target` is, or the `n` classes, as an array of whole numbers."""
    classes = np.asarray(target)
    if classes.dtype.kind not in "iu" or classes.shape not in ((), (n,)):
        raise ValueError(f"target must be a class, or {n} classes for {n} pictures, or a function, not {target!r}")
    return classes
