"""Random configurations of the ops on pictures, in both frameworks.

Each function draws one: it returns pairs of (our array, their tensor), first of the outputs, then of the gradient of
every input under a random seed.  Sizes are odd, and windows hang over edges.
"""

from __future__ import annotations

import minigrad as mg
from minigrad import functional as F

from .compare import coin, compare, integer, integers, window_size

# Convolution


def conv2d(rng, torch):
    groups = integer(rng, 1, 3)
    c, o = groups * integer(rng, 1, 2), groups * integer(rng, 1, 3)
    kernel, stride, padding, dilation = (
        integers(rng, 1, 3),
        integers(rng, 1, 3),
        integers(rng, 0, 2),
        integers(rng, 1, 2),
    )
    size = window_size(rng, kernel, dilation, padding)
    x, w, b = (
        rng.standard_normal((integer(rng, 1, 3), c, *size)),
        rng.standard_normal((o, c // groups, *kernel)),
        rng.standard_normal(o),
    )
    geometry = (stride, padding, dilation, groups)
    return compare(
        rng,
        torch,
        lambda x, w, b: F.conv2d(x, w, b, *geometry),
        lambda x, w, b: torch.nn.functional.conv2d(x, w, b, *geometry),
        x,
        w,
        b,
    )


def conv_transpose2d(rng, torch):
    groups = integer(rng, 1, 2)
    c, o = groups * integer(rng, 1, 2), integer(rng, 1, 2)
    kernel, stride, dilation = integers(rng, 1, 3), integers(rng, 1, 3), integers(rng, 1, 2)
    extra = tuple(integer(rng, 0, max(s, d) - 1) for s, d in zip(stride, dilation))
    padding = tuple(integer(rng, 0, d * (k - 1) // 2) for k, d in zip(kernel, dilation))
    x = rng.standard_normal((integer(rng, 1, 2), c, *integers(rng, 1, 4)))
    w, b = rng.standard_normal((c, o, *kernel)), rng.standard_normal(o * groups)
    geometry = (stride, padding, extra, groups, dilation)
    return compare(
        rng,
        torch,
        lambda x, w, b: F.conv_transpose2d(x, w, b, *geometry),
        lambda x, w, b: torch.nn.functional.conv_transpose2d(x, w, b, *geometry),
        x,
        w,
        b,
    )


# Pooling


def pooling(rng, most_dilation=1):
    kernel, stride, dilation = integers(rng, 1, 4), integers(rng, 1, 4), integers(rng, 1, most_dilation)
    padding = tuple(integer(rng, 0, k // 2) for k in kernel)
    x = rng.standard_normal((2, 2, *window_size(rng, kernel, dilation, padding)))
    return x, kernel, stride, padding, dilation


def max_pool2d(rng, torch):
    x, *window = pooling(rng, most_dilation=2)
    ceil = coin(rng)
    return compare(
        rng,
        torch,
        lambda x: F.max_pool2d(x, *window, ceil),
        lambda x: torch.nn.functional.max_pool2d(x, *window, ceil),
        x,
    )


def max_unpool2d(rng, torch):
    kernel, size = integers(rng, 1, 3), integers(rng, 3, 7)
    picture = rng.standard_normal((2, 2, *size))
    y, switches = F.max_pool2d(picture, kernel, return_indices=True)
    places = torch.tensor(switches)
    return compare(
        rng,
        torch,
        lambda x: F.max_unpool2d(x, switches, kernel, output_size=size),
        lambda x: torch.nn.functional.max_unpool2d(x, places, kernel, output_size=size),
        y.numpy(),
    )


def avg_pool2d(rng, torch):
    x, kernel, stride, padding, _ = pooling(rng)
    window = (kernel, stride, padding, coin(rng), coin(rng))
    return compare(
        rng, torch, lambda x: F.avg_pool2d(x, *window), lambda x: torch.nn.functional.avg_pool2d(x, *window), x
    )


def adaptive_avg_pool2d(rng, torch):
    size = integers(rng, 1, 5)
    x = rng.standard_normal((2, 2, *integers(rng, 1, 9)))
    return compare(
        rng,
        torch,
        lambda x: F.adaptive_avg_pool2d(x, size),
        lambda x: torch.nn.functional.adaptive_avg_pool2d(x, size),
        x,
    )


def interpolate(rng, torch):
    mode = ("nearest", "bilinear")[integer(rng, 0, 1)]
    how = {"scale_factor": float(rng.choice([0.5, 1.0, 1.5, 2.0, 3.0]))} if coin(rng) else {"size": integers(rng, 1, 9)}
    x = rng.standard_normal((2, 2, *integers(rng, 2, 7)))
    return compare(
        rng,
        torch,
        lambda x: F.interpolate(x, mode=mode, **how),
        lambda x: torch.nn.functional.interpolate(x, mode=mode, **how),
        x,
    )


# Normalisation


def batch_norm(rng, torch):
    shape = (integer(rng, 2, 4), integer(rng, 1, 3), *integers(rng, 1, 3)) if coin(rng) else integers(rng, 2, 4)
    x, (w, b, mean) = rng.standard_normal(shape), rng.standard_normal((3, shape[1]))
    var, training, momentum = rng.uniform(0.5, 2, shape[1]), coin(rng), float(rng.uniform(0.05, 0.5))
    our_averages, their_averages = (mg.tensor(mean), mg.tensor(var)), (torch.tensor(mean), torch.tensor(var))
    pairs = compare(
        rng,
        torch,
        lambda x, w, b: F.batch_norm(x, *our_averages, w, b, training, momentum),
        lambda x, w, b: torch.nn.functional.batch_norm(x, *their_averages, w, b, training, momentum),
        x,
        w,
        b,
    )
    return pairs + [(a.numpy(), b) for a, b in zip(our_averages, their_averages)]


def local_response_norm(rng, torch):
    size, alpha, beta, k = (
        integer(rng, 1, 6),
        float(rng.uniform(0.1, 1)),
        float(rng.uniform(0.5, 1)),
        float(rng.uniform(1, 2)),
    )
    x = rng.standard_normal((2, integer(rng, 1, 7), *integers(rng, 1, 3)))
    return compare(
        rng,
        torch,
        lambda x: F.local_response_norm(x, size, alpha, beta, k),
        lambda x: torch.nn.functional.local_response_norm(x, size, alpha, beta, k),
        x,
    )


PICTURES = {
    "conv2d": (conv2d, 40),
    "conv_transpose2d": (conv_transpose2d, 25),
    "max_pool2d": (max_pool2d, 25),
    "max_unpool2d": (max_unpool2d, 8),
    "avg_pool2d": (avg_pool2d, 25),
    "adaptive_avg_pool2d": (adaptive_avg_pool2d, 12),
    "interpolate": (interpolate, 25),
    "batch_norm": (batch_norm, 16),
    "local_response_norm": (local_response_norm, 12),
}
