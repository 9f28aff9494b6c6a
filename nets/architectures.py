"""Every architecture by its name, for command lines."""

from __future__ import annotations

from collections.abc import Callable

from minigrad import nn

from .lenet import lenet
from .small_cnn import SmallCNN
from .squeezenet import squeezenet1_1

ARCHITECTURES: dict[str, Callable[..., nn.Module]] = {  # each takes num_classes
    "small_cnn": SmallCNN,
    "lenet": lenet,
    "squeezenet1_1": squeezenet1_1,
}
