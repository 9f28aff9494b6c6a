"""Some of our nets again, out of PyTorch's layers: same keys, same shapes, so that weights can be carried over.

Every ReLU is a module of its own, since Captum's rules hook modules and go wrong on those that are used twice.
"""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional as F


def twin(name: str, ours) -> nn.Module:
    """PyTorch's net of this name with the weights of `ours`, in the same precision and mode."""
    *_, last_bias = ours.parameters()
    theirs = TWINS[name](last_bias.shape[0]).to(getattr(torch, str(last_bias.dtype)))
    theirs.load_state_dict({key: torch.tensor(value) for key, value in ours.state_dict().items()})
    return theirs.train(ours.training)


class Pooled(nn.Module):
    """Features, one number per map or several, and a classifier."""

    def __init__(self, features: nn.Module, pool: nn.Module, classifier: nn.Module):
        super().__init__()
        self.features, self.pool, self.classifier = features, pool, classifier

    def forward(self, x):
        return self.classifier(self.pool(self.features(x)).flatten(1))


def small_cnn(classes: int = 10) -> nn.Module:
    first = [nn.Conv2d(3, 16, 5, stride=2, padding=2, bias=False), nn.BatchNorm2d(16), nn.ReLU(), nn.MaxPool2d(2)]
    others = [layer for inputs, outputs in ((16, 32), (32, 32), (32, 64))
              for layer in (nn.Conv2d(inputs, outputs, 3, padding=1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU())]
    return Pooled(nn.Sequential(*first, *others), nn.AdaptiveAvgPool2d(1), nn.Linear(64, classes))


def lenet(classes: int = 10) -> nn.Module:
    features = nn.Sequential(nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2),
                             nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2))
    neurons = nn.Sequential(nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, classes))
    return Pooled(features, nn.Identity(), neurons)


def vgg11(classes: int = 1000) -> nn.Module:
    layers: list[nn.Module] = []
    channels = 3
    for stage in ([64], [128], [256, 256], [512, 512], [512, 512]):
        for filters in stage:
            layers += [nn.Conv2d(channels, filters, 3, padding=1), nn.ReLU()]
            channels = filters
        layers.append(nn.MaxPool2d(2))
    neurons = nn.Sequential(nn.Linear(25088, 4096), nn.ReLU(), nn.Dropout(), nn.Linear(4096, 4096), nn.ReLU(),
                            nn.Dropout(), nn.Linear(4096, classes))
    return Pooled(nn.Sequential(*layers), nn.AdaptiveAvgPool2d(7), neurons)


class Block(nn.Module):
    """Two convolutions beside a shortcut: none, one that is learned (``"B"``), or one that subsamples (``"A"``)."""

    def __init__(self, inputs: int, outputs: int, shortcut: str):
        super().__init__()
        stride = 1 if inputs == outputs else 2
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, padding=1, bias=False)
        self.bn1, self.relu1 = nn.BatchNorm2d(outputs), nn.ReLU()
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1, bias=False)
        self.bn2, self.relu2 = nn.BatchNorm2d(outputs), nn.ReLU()
        self.downsample = None if stride == 1 else Subsample(inputs // 2) if shortcut == "A" else nn.Sequential(
            nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, x):
        y = self.bn2(self.conv2(self.relu1(self.bn1(self.conv1(x)))))
        return self.relu2(y + (x if self.downsample is None else self.downsample(x)))


class Subsample(nn.Module):
    """Every second pixel, and channels of zeros before and after."""

    def __init__(self, margin: int):
        super().__init__()
        self.margin = margin

    def forward(self, x):
        return F.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, self.margin, self.margin))


class ResNet18(nn.Module):
    def __init__(self, classes: int = 1000):
        super().__init__()
        self.conv1, self.bn1, self.relu = nn.Conv2d(3, 64, 7, 2, padding=3, bias=False), nn.BatchNorm2d(64), nn.ReLU()
        self.maxpool = nn.MaxPool2d(3, 2, padding=1)
        self.layer1, self.layer2, self.layer3, self.layer4 = (
            nn.Sequential(Block(inputs, outputs, "B"), Block(outputs, outputs, "B"))
            for inputs, outputs in ((64, 64), (64, 128), (128, 256), (256, 512)))
        self.avgpool, self.fc = nn.AdaptiveAvgPool2d(1), nn.Linear(512, classes)

    def forward(self, x):
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        return self.fc(self.avgpool(self.layer4(self.layer3(self.layer2(self.layer1(x))))).flatten(1))


class ResNet20(nn.Module):
    def __init__(self, classes: int = 10):
        super().__init__()
        self.conv1, self.bn1, self.relu = nn.Conv2d(3, 16, 3, padding=1, bias=False), nn.BatchNorm2d(16), nn.ReLU()
        self.layer1, self.layer2, self.layer3 = (
            nn.Sequential(Block(inputs, outputs, "A"), Block(outputs, outputs, "A"), Block(outputs, outputs, "A"))
            for inputs, outputs in ((16, 16), (16, 32), (32, 64)))
        self.avgpool, self.linear = nn.AdaptiveAvgPool2d(1), nn.Linear(64, classes)

    def forward(self, x):
        x = self.layer3(self.layer2(self.layer1(self.relu(self.bn1(self.conv1(x))))))
        return self.linear(self.avgpool(x).flatten(1))


TWINS = {"small_cnn": small_cnn, "lenet": lenet, "resnet20_cifar": ResNet20, "resnet18": ResNet18, "vgg11": vgg11}
