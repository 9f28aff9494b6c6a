"""LeNet-5, the convolutional network that read the digits on bank cheques (LeCun et al. 1998, section II.B).

Two stages of convolution and subsampling, then three layers of plain neurons.  As usual today it has ReLUs and max
pooling in place of the paper's squashing functions and trained subsampling, and takes 28 x 28 pictures with a margin of
two, which is the paper's 32 x 32.

    C1  6 maps  28 x 28     5 x 5 filters
    S2  6 maps  14 x 14
    C3 16 maps  10 x 10     5 x 5 filters
    S4 16 maps   5 x 5
    C5, F6, output          120, 84, 10 neurons
"""

from __future__ import annotations

from minigrad import nn


class LeNet(nn.Module):
    """LeNet-5 for (N, 1, 28, 28) pictures; 61,706 parameters with ten classes."""

    last_conv_stage = "features.4"  # the ReLU after C3: what Grad-CAM looks at
    embedding_layer = "classifier.3"  # the ReLU after F6: the 84 numbers that the output layer sees

    def __init__(self, num_classes: int = 10, in_channels: int = 1):
        self.features = nn.Sequential(
            nn.Conv2d(in_channels, 6, 5, padding=2),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(6, 16, 5),
            nn.ReLU(),
            nn.MaxPool2d(2),
        )
        self.classifier = nn.Sequential(
            nn.Linear(16 * 5 * 5, 120),
            nn.ReLU(),
            nn.Linear(120, 84),
            nn.ReLU(),
            nn.Linear(84, num_classes),
        )

    def forward(self, x):
        if x.ndim != 4 or x.shape[2:] != (28, 28):
            raise ValueError(f"LeNet: takes pictures (N, C, 28, 28), not {x.shape}; digits(size=28) makes such")
        return self.classifier(self.features(x).flatten(1))


def lenet(num_classes: int = 10, in_channels: int = 1) -> LeNet:
    """Make a LeNet-5 with fresh weights.

    Examples
    --------
    >>> sum(p.size for p in lenet().parameters())
    61706
    """
    return LeNet(num_classes, in_channels)
