"""Activations: what a layer in the middle of a net puts out, to be looked at.

Every channel of a convolutional layer is a picture of its own, a *feature map*: bright where the channel found what it
looks for.  Unlike the filters that make it (``filters.py``), a map can be read, as it lies over the picture like a
transparency: edges in the first stage, parts of objects later, and at the end little more than "here".

Read next: ``explain/receptive_field.py``, which says how much of the picture one number of a map has seen.
"""

from __future__ import annotations

import numpy as np

import minigrad as mg
from minigrad import nn
from nets.training import evaluating

from .forward import as_pictures, chosen_output


def activations(model, images, layer: str) -> np.ndarray:
    """What a layer puts out for some pictures.

    Parameters
    ----------
    model : Module
        Run in eval mode; it is left as it was.
    images : array_like (N, C, H, W) or (C, H, W)
        Run all at once.
    layer : str
        Dotted name of the layer.  If it runs several times, ``"name:0"`` is its first output.

    Returns
    -------
    ndarray (N, K, h, w), or (N, D) of a layer without rows and columns; without N for one picture.

    Raises
    ------
    ValueError
        If there is no such layer (the message lists those there are), or it doesn't run exactly once.

    Examples
    --------
    >>> import numpy as np, nets
    >>> activations(nets.SmallCNN(), np.zeros((2, 3, 32, 32)), "features.2").shape
    (2, 16, 16, 16)
    """
    array = np.asarray(getattr(images, "array", images))
    with mg.no_grad():
        maps = layer_output(model, mg.tensor(as_pictures(array, model)), layer).array
    return maps[0] if array.ndim == 3 else maps


def strongest_channels(maps: np.ndarray, count: int = 8) -> np.ndarray:
    """The channels worth showing: those with the highest peak, the highest first.

    Formula: channels k in falling order of ``max over n, i, j of maps[n, k, i, j]``; equals in the order of k.

    Parameters
    ----------
    maps : ndarray (N, K, h, w) or (K, h, w)
        From `activations`; several pictures are searched together.
    count : int
        At most K.

    Returns
    -------
    int64 ndarray (count,)

    Examples
    --------
    >>> strongest_channels(np.array([[[1.0, 0]], [[0, 3]], [[2, 2]]]), count=2)
    array([1, 2])
    """
    maps = np.asarray(maps)
    if maps.ndim not in (3, 4) or maps.size == 0:
        raise ValueError(f"strongest_channels: maps must be (N, K, h, w) or (K, h, w) and not empty, not {maps.shape}")
    peaks = maps.max(axis=(0, 2, 3) if maps.ndim == 4 else (1, 2))
    if not 1 <= count <= len(peaks):
        raise ValueError(f"strongest_channels: count is {count}, and the layer has {len(peaks)} channels")
    return np.argsort(-peaks, kind="stable")[:count]


def layer_output(model: nn.Module, x: mg.Tensor, layer: str) -> mg.Tensor:
    """Run the net in eval mode on `x`, and return the tensor that `layer` puts out: on the tape, if one is kept."""
    name = layer.partition(":")[0]
    with evaluating(model), nn.watch(model, name) as outputs:
        model(x)
    return chosen_output(outputs, layer)
