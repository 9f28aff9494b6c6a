"""Changing a picture's size, as a matrix product on either side: ``Y = R X C^T``.

Every row of ``R`` says from which input rows, and with what weights, an output row is mixed.  Written so, the
gradient is the matrix product's, and each way of sampling is one small matrix.
"""

from __future__ import annotations

import functools

import numpy as np

from .pairs import pair


def nearest(n_in, n_out, scale=None):
    """Output ``i`` copies input ``floor(i / scale)``, where the scale is ``n_out / n_in`` unless given."""
    i = np.arange(n_out)
    place = i * n_in // n_out if scale is None else np.minimum(i / scale, n_in - 1).astype(int)
    mix = np.zeros((n_out, n_in))
    mix[i, place] = 1
    return mix


def bilinear(n_in, n_out, scale=None):
    """Output ``i`` lies at ``(i + 1/2) / scale - 1/2`` and mixes its two neighbours (align_corners=False)."""
    i = np.arange(n_out)
    place = (i + 0.5) * n_in / n_out if scale is None else (i + 0.5) / scale
    place = np.clip(place - 0.5, 0, n_in - 1)
    below = np.floor(place).astype(int)
    above = np.minimum(below + 1, n_in - 1)
    mix = np.zeros((n_out, n_in))
    np.add.at(mix, (i, below), 1 - (place - below))
    np.add.at(mix, (i, above), place - below)
    return mix


def adaptive(n_in, n_out):
    """Output ``i`` is the mean of inputs ``floor(i n_in / n_out)`` up to ``ceil((i + 1) n_in / n_out)``."""
    mix = np.zeros((n_out, n_in))
    for i in range(n_out):
        first, last = i * n_in // n_out, -(-(i + 1) * n_in // n_out)
        mix[i, first:last] = 1 / (last - first)
    return mix


MODES = {"nearest": nearest, "bilinear": bilinear}


def interpolate(x, size=None, scale_factor=None, mode="nearest"):
    """Resize pictures.

    Parameters
    ----------
    x : Tensor (N, C, H, W)
    size : int or (height, width), optional
    scale_factor : float, optional
        Instead of `size`, which it makes ``floor(n scale_factor)``; pixels lie where it puts them, as in PyTorch.
    mode : {"nearest", "bilinear"}
        Bilinear as PyTorch's ``align_corners=False``.
    """
    if mode not in MODES:
        raise ValueError(f"interpolate: unknown mode {mode!r}; use 'nearest' or 'bilinear'")
    if (size is None) == (scale_factor is None):
        raise ValueError("interpolate: give either size or scale_factor")
    if x.ndim != 4 or 0 in x.shape[2:]:
        raise ValueError(f"interpolate: x must be (N, C, H, W) with at least one pixel, and has shape {x.shape}")
    if size is None:
        size = tuple(int(n * scale_factor) for n in x.shape[2:])
    sampling = functools.partial(MODES[mode], scale=scale_factor)
    return mixed(x, sampling, pair(size, "interpolate: size", least=1))


def adaptive_avg_pool2d(x, output_size):
    """Mean over so many windows that the output has `output_size` (int or pair); 1 is global average pooling."""
    size = pair(output_size, "adaptive_avg_pool2d: output_size", least=1)
    if x.ndim != 4 or 0 in x.shape[2:]:
        raise ValueError(f"adaptive_avg_pool2d: x must be (N, C, H, W) with pixels, and has shape {x.shape}")
    if size == x.shape[2:]:
        return x  # every window is one pixel
    if size == (1, 1):
        return x.mean(axis=(2, 3), keepdims=True)
    return mixed(x, adaptive, size)


def mixed(x, sampling, size):
    """``R X C^T`` for every plane of `x`."""
    rows = x.wrap(sampling(x.shape[2], size[0]).astype(x.dtype))
    columns = x.wrap(sampling(x.shape[3], size[1]).astype(x.dtype))
    return rows @ x @ columns.T
