"""The layers: each owns its parameters, has PyTorch's names and arguments, and calls one function.

What they compute, and the gradient, stands in ``ops/``.
"""

from __future__ import annotations

import math

import numpy as np

from .. import functional as F
from ..ops.pairs import pair
from . import init
from .module import Buffer, Module, Parameter


class Sequential(Module):
    """Modules one after the other, named ``"0"``, ``"1"``, ... or as the keys of a dict."""

    def __init__(self, *layers: Module | dict[str, Module]):
        named = layers[0] if len(layers) == 1 and isinstance(layers[0], dict) else dict(enumerate(layers))
        for name, layer in named.items():
            if not isinstance(layer, Module):
                raise TypeError(f"Sequential: layer {name} is a {type(layer).__name__}, not a Module")
            setattr(self, str(name), layer)

    def forward(self, x):
        for _, layer in self.named_children():
            x = layer(x)
        return x

    def __getitem__(self, i: int) -> Module:
        return [layer for _, layer in self.named_children()][i]

    def __len__(self) -> int:
        return sum(1 for _ in self.named_children())


class Linear(Module):
    """``y = x w^T + b``, weight (outputs, inputs)."""

    def __init__(self, in_features: int, out_features: int, bias: bool = True):
        at_least_one("Linear", in_features=in_features, out_features=out_features)
        self.weight = Parameter(init.uniform((out_features, in_features), in_features), copy=False)
        self.bias = Parameter(init.uniform((out_features,), in_features)) if bias else None

    def forward(self, x):
        return F.linear(x, self.weight, self.bias)

    def extra_repr(self):
        return f"{self.weight.shape[1]}, {self.weight.shape[0]}"


class Embedding(Module):
    """A row of numbers for each word: see `minigrad.functional.embedding`.

    The row of `padding_idx`, which stands where a sentence has ended, is 0 and stays so.
    """

    def __init__(self, num_embeddings: int, embedding_dim: int, padding_idx: int | None = None):
        at_least_one("Embedding", num_embeddings=num_embeddings, embedding_dim=embedding_dim)
        if padding_idx is not None and not 0 <= padding_idx < num_embeddings:
            raise ValueError(f"Embedding: padding_idx must be one of the {num_embeddings} rows, not {padding_idx}")
        rows = init.normal((num_embeddings, embedding_dim))
        if padding_idx is not None:
            rows[padding_idx] = 0
        self.weight = Parameter(rows, copy=False)
        self.padding_idx = padding_idx

    def forward(self, indices):
        return F.embedding(indices, self.weight, self.padding_idx)

    def extra_repr(self):
        return f"{self.weight.shape[0]}, {self.weight.shape[1]}"


class Conv2d(Module):
    """Convolution, weight (out_channels, in_channels / groups, KH, KW): see `minigrad.functional.conv2d`."""

    def __init__(self, in_channels, out_channels, kernel_size, stride=1, padding=0, dilation=1, groups=1, bias=True):
        at_least_one("Conv2d", in_channels=in_channels, out_channels=out_channels, groups=groups)
        if in_channels % groups or out_channels % groups:
            raise ValueError(f"Conv2d: {groups} groups must divide both {in_channels} and {out_channels} channels")
        kernel = pair(kernel_size, "Conv2d: kernel_size", least=1)
        shape = (out_channels, in_channels // groups, *kernel)
        self.weight = Parameter(init.kaiming_normal(shape), copy=False)
        self.bias = Parameter(init.uniform((out_channels,), math.prod(shape[1:]))) if bias else None
        self.stride = pair(stride, "Conv2d: stride", least=1)
        self.padding = pair(padding, "Conv2d: padding", least=0)
        self.dilation = pair(dilation, "Conv2d: dilation", least=1)
        self.groups = groups

    def forward(self, x):
        return F.conv2d(x, self.weight, self.bias, self.stride, self.padding, self.dilation, self.groups)

    def extra_repr(self):
        o, c, *kernel = self.weight.shape
        return f"{c * self.groups}, {o}, kernel_size={tuple(kernel)}, stride={self.stride}, padding={self.padding}"


class ReLU(Module):
    """``max(x, 0)``.  May be shared between places: a rule acts on the op, not on the module."""

    def __init__(self, inplace: bool = False):
        del inplace  # accepted, as PyTorch's code passes it; arrays on the tape are never written into

    def forward(self, x):
        return F.relu(x)


class Sigmoid(Module):
    """``1 / (1 + e^-x)``."""

    def forward(self, x):
        return F.sigmoid(x)


class Tanh(Module):
    """Hyperbolic tangent."""

    def forward(self, x):
        return F.tanh(x)


class MaxPool2d(Module):
    """Largest number in every window: see `minigrad.functional.max_pool2d`."""

    def __init__(self, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False):
        self.kernel_size, self.stride, self.padding = kernel_size, stride or kernel_size, padding
        self.dilation, self.ceil_mode = dilation, ceil_mode

    def forward(self, x):
        return F.max_pool2d(x, self.kernel_size, self.stride, self.padding, self.dilation, self.ceil_mode)

    def extra_repr(self):
        return f"{self.kernel_size}, stride={self.stride}"


class AvgPool2d(Module):
    """Mean of every window: see `minigrad.functional.avg_pool2d`."""

    def __init__(self, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True):
        self.kernel_size, self.stride, self.padding = kernel_size, stride or kernel_size, padding
        self.ceil_mode, self.count_include_pad = ceil_mode, count_include_pad

    def forward(self, x):
        return F.avg_pool2d(x, self.kernel_size, self.stride, self.padding, self.ceil_mode, self.count_include_pad)

    def extra_repr(self):
        return f"{self.kernel_size}, stride={self.stride}"


class AdaptiveAvgPool2d(Module):
    """Mean over so many windows that the output has this size."""

    def __init__(self, output_size):
        self.output_size = pair(output_size, "AdaptiveAvgPool2d: output_size", least=1)

    def forward(self, x):
        return F.adaptive_avg_pool2d(x, self.output_size)

    def extra_repr(self):
        return str(self.output_size)


class BatchNorm2d(Module):
    """Every channel to mean `bias` and standard deviation `weight`: see `minigrad.functional.batch_norm`."""

    def __init__(self, num_features: int, eps: float = 1e-5, momentum: float = 0.1):
        at_least_one("BatchNorm2d", num_features=num_features)
        self.weight = Parameter(np.ones(num_features, np.float32))
        self.bias = Parameter(np.zeros(num_features, np.float32))
        self.running_mean = Buffer(np.zeros(num_features, np.float32))
        self.running_var = Buffer(np.ones(num_features, np.float32))
        self.num_batches_tracked = Buffer(np.array(0))
        self.eps, self.momentum = eps, momentum

    def forward(self, x):
        if x.ndim != 4:
            raise ValueError(f"BatchNorm2d: x must be (N, C, H, W), and has shape {x.shape}")
        if self.training:
            self.num_batches_tracked.data = self.num_batches_tracked.array + 1
        return F.batch_norm(
            x, self.running_mean, self.running_var, self.weight, self.bias, self.training, self.momentum, self.eps
        )

    def extra_repr(self):
        return str(self.weight.shape[0])


class LocalResponseNorm(Module):
    """AlexNet's competition between neighbouring channels: see `minigrad.functional.local_response_norm`."""

    def __init__(self, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0):
        self.size, self.alpha, self.beta, self.k = size, alpha, beta, k

    def forward(self, x):
        return F.local_response_norm(x, self.size, self.alpha, self.beta, self.k)


class Dropout(Module):
    """In training, numbers set to 0 with probability `p`, the others scaled up; nothing in eval mode."""

    def __init__(self, p: float = 0.5):
        if not 0 <= p < 1:
            raise ValueError(f"Dropout: p must be a probability below 1, not {p}")
        self.p = p

    def forward(self, x):
        return F.dropout(x, self.p, self.training)

    def extra_repr(self):
        return f"p={self.p}"


class Flatten(Module):
    """(N, ...) to (N, features)."""

    def forward(self, x):
        return x.flatten(1)


def at_least_one(layer: str, **sizes: int) -> None:
    """Refuse sizes that are not positive integers."""
    for name, size in sizes.items():
        if isinstance(size, bool) or not isinstance(size, (int, np.integer)) or size < 1:
            raise ValueError(f"{layer}: {name} must be a positive integer, not {size!r}")
