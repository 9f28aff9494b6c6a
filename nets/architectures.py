"""Every architecture by its name, for command lines."""

from __future__ import annotations

from collections.abc import Callable

from minigrad import nn

from .alexnet import alexnet
from .lenet import lenet
from .resnet import resnet18, resnet20_cifar
from .small_cnn import SmallCNN
from .squeezenet import squeezenet1_1
from .vgg import vgg11, vgg16

ARCHITECTURES: dict[str, Callable[..., nn.Module]] = {  # each takes num_classes
    "small_cnn": SmallCNN,
    "lenet": lenet,
    "resnet20_cifar": resnet20_cifar,
    "squeezenet1_1": squeezenet1_1,
    "resnet18": resnet18,
    "alexnet": alexnet,
    "vgg11": vgg11,
    "vgg16": vgg16,
}
