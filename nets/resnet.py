"""Residual networks: each block adds to what comes in, rather than replacing it (He et al. 2016).

Known for letting nets be as deep as one likes.  A plain net of 56 layers was worse than one of 20 even on its training
pictures, so something kept it from being trained; in a block ``y = ReLU(x + F(x))`` the gradient reaches x unhindered
through the plus, whatever F does.  Since then hardly a large net has been built without.

ResNet-18 for photos (table 1), and ResNet-20 for the small pictures of CIFAR-10 (section 4.2):

    ResNet-18                   maps for 224 x 224  ResNet-20               maps for 32 x 32
    conv1   64 of 7 x 7         112 x 112           conv1  16 of 3 x 3      32 x 32
    maxpool 3 / 2                56 x  56
    layer1  2 blocks of  64      56 x  56           layer1 3 blocks of 16   32 x 32
    layer2  2 blocks of 128      28 x  28           layer2 3 blocks of 32   16 x 16
    layer3  2 blocks of 256      14 x  14           layer3 3 blocks of 64    8 x  8     what Grad-CAM looks at
    layer4  2 blocks of 512       7 x   7     what Grad-CAM looks at
    then the mean of each map, and one linear layer: fc, or linear

A block has two convolutions of 3 x 3; the first block of a row halves the maps by stride 2 and so needs a shortcut that
does the same to x.  ResNet-18 learns one (the paper's option B), ResNet-20 takes every second pixel and fills up with
channels of zeros (option A).  ResNet-18 names 69.8 % of ImageNet's validation pictures right at once, and 89.1 % within
five guesses; ResNet-20 names 91.7 % of CIFAR-10's test pictures right.
"""

from __future__ import annotations

from minigrad import functional as F
from minigrad import nn

from .preprocessing import CIFAR, IMAGENET


class ResNet18(nn.Module):
    """ResNet-18 for pictures (N, 3, H, W) of any size; 11,689,512 parameters with a thousand classes."""

    last_conv_stage = "layer4"  # after the last block's ReLU
    embedding_layer = "avgpool"  # 512 means
    preprocessing = IMAGENET

    def __init__(self, num_classes: int = 1000):
        self.conv1 = nn.Conv2d(3, 64, 7, stride=2, padding=3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.relu = nn.ReLU()
        self.maxpool = nn.MaxPool2d(3, stride=2, padding=1)
        self.layer1 = nn.Sequential(Block(64, 64), Block(64, 64))
        self.layer2 = nn.Sequential(Block(64, 128, stride=2, shortcut=learned(64, 128)), Block(128, 128))
        self.layer3 = nn.Sequential(Block(128, 256, stride=2, shortcut=learned(128, 256)), Block(256, 256))
        self.layer4 = nn.Sequential(Block(256, 512, stride=2, shortcut=learned(256, 512)), Block(512, 512))
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(512, num_classes)

    def forward(self, x):
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return self.fc(self.avgpool(x).flatten(1))


class ResNet20(nn.Module):
    """ResNet-20 for pictures (N, 3, H, W), made for 32 x 32; 269,722 parameters with ten classes.

    The keys are those of Y. Idelbayev's pytorch_resnet_cifar10, whose weights are published.
    """

    last_conv_stage = "layer3"  # after the last block's ReLU
    embedding_layer = "avgpool"  # 64 means
    preprocessing = CIFAR

    def __init__(self, num_classes: int = 10):
        self.conv1 = nn.Conv2d(3, 16, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(16)
        self.relu = nn.ReLU()
        self.layer1 = nn.Sequential(Block(16, 16), Block(16, 16), Block(16, 16))
        self.layer2 = nn.Sequential(Block(16, 32, stride=2, shortcut=Subsample(16)), Block(32, 32), Block(32, 32))
        self.layer3 = nn.Sequential(Block(32, 64, stride=2, shortcut=Subsample(32)), Block(64, 64), Block(64, 64))
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.linear = nn.Linear(64, num_classes)

    def forward(self, x):
        x = self.relu(self.bn1(self.conv1(x)))
        x = self.layer3(self.layer2(self.layer1(x)))
        return self.linear(self.avgpool(x).flatten(1))


class Block(nn.Module):
    """``y = ReLU(shortcut(x) + F(x))``, where F is convolution, batch norm, ReLU, convolution, batch norm.

    Parameters
    ----------
    inputs, outputs : int
        Channels.
    stride : int
        Of the first convolution.
    shortcut : Module, optional
        What brings x to the shape of F(x); None where it has that already.

    Examples
    --------
    >>> import numpy as np, minigrad as mg
    >>> Block(4, 8, stride=2, shortcut=Subsample(4))(mg.tensor(np.ones((2, 4, 6, 6), np.float32))).shape
    (2, 8, 3, 3)
    """

    def __init__(self, inputs: int, outputs: int, stride: int = 1, shortcut: nn.Module | None = None):
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride=stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.relu = nn.ReLU()
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.downsample = shortcut

    def forward(self, x):
        y = self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x)))))
        return self.relu(y + (self.downsample(x) if self.downsample else x))


def learned(inputs: int, outputs: int) -> nn.Sequential:
    """Option B: a convolution of 1 x 1 and stride 2, and a batch norm."""
    return nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride=2, bias=False), nn.BatchNorm2d(outputs))


class Subsample(nn.Module):
    """Option A: every second pixel, and zeros in place of the new channels, half of them before and half after.

    Examples
    --------
    >>> import minigrad as mg
    >>> Subsample(2)(mg.tensor([[[[1.0, 2]], [[3, 4]]]])).numpy().ravel().tolist()
    [0.0, 1.0, 3.0, 0.0]
    """

    def __init__(self, inputs: int):
        self.margin = inputs // 2

    def forward(self, x):
        # The mean of single pixels is x[:, :, ::2, ::2], as a window of which receptive fields can be told.
        return F.pad(F.avg_pool2d(x, 1, stride=2), (0, 0, 0, 0, self.margin, self.margin))


def resnet18(num_classes: int = 1000) -> ResNet18:
    """Make a ResNet-18 with fresh weights.

    Examples
    --------
    >>> sum(p.size for p in resnet18().parameters())
    11689512
    """
    return ResNet18(num_classes)


def resnet20_cifar(num_classes: int = 10) -> ResNet20:
    """Make a ResNet-20 with fresh weights.

    Examples
    --------
    >>> sum(p.size for p in resnet20_cifar().parameters())
    269722
    """
    return ResNet20(num_classes)
