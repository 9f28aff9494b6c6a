"""SqueezeNet 1.1: as good as AlexNet with a fiftieth of its parameters (Iandola et al. 2016).

Known for its *Fire* modules.  Filters of 3 x 3 over many channels are what costs parameters, so a Fire module first
*squeezes* the channels to a few with filters of 1 x 1, and then *expands* them again, half by 1 x 1 and half by 3 x 3.
There are no plain neurons: a last convolution of 1 x 1 makes one map for each class, and the mean of a map is the
class's score.  58.2 % of ImageNet's validation pictures are named right at once, 80.6 % within five guesses.

Version 1.1 (the authors' repository; the paper's table 1 is 1.0) pools earlier, and so needs 2.4 times less computing:

    layer        squeeze, expand       maps for 224 x 224
    features.0   64 filters of 3 x 3   64 of 111 x 111    stride 2, no padding
    features.2   max pooling 3 / 2     64 of  55 x 55     the last window may hang over the edge, here and below
    features.3   16,  64 +  64        128 of  55 x 55
    features.4   16,  64 +  64        128 of  55 x 55
    features.5   max pooling 3 / 2    128 of  27 x 27
    features.6   32, 128 + 128        256 of  27 x 27
    features.7   32, 128 + 128        256 of  27 x 27
    features.8   max pooling 3 / 2    256 of  13 x 13
    features.9   48, 192 + 192        384 of  13 x 13
    features.10  48, 192 + 192        384 of  13 x 13
    features.11  64, 256 + 256        512 of  13 x 13
    features.12  64, 256 + 256        512 of  13 x 13     what Grad-CAM looks at
    classifier   1000 of 1 x 1       1000 of  13 x 13     then ReLU and the mean of each map
"""

from __future__ import annotations

from minigrad import functional as F
from minigrad import nn

from .preprocessing import IMAGENET


class SqueezeNet(nn.Module):
    """SqueezeNet 1.1 for pictures (N, 3, H, W) from 17 pixels; 1,235,496 parameters with a thousand classes."""

    # The class maps after it are convolutions too, but each is one class alone and never negative: there would be
    # nothing left to weigh, and never any evidence against a class.
    last_conv_stage = "features.12"
    embedding_layer = "features.12"  # what the last convolution sees: 512 maps, as there are no plain neurons
    preprocessing = IMAGENET

    def __init__(self, num_classes: int = 1000):
        self.features = nn.Sequential(
            nn.Conv2d(3, 64, 3, stride=2),
            nn.ReLU(),
            nn.MaxPool2d(3, stride=2, ceil_mode=True),
            Fire(64, 16, 64),
            Fire(128, 16, 64),
            nn.MaxPool2d(3, stride=2, ceil_mode=True),
            Fire(128, 32, 128),
            Fire(256, 32, 128),
            nn.MaxPool2d(3, stride=2, ceil_mode=True),
            Fire(256, 48, 192),
            Fire(384, 48, 192),
            Fire(384, 64, 256),
            Fire(512, 64, 256),
        )
        self.classifier = nn.Sequential(
            nn.Dropout(0.5),
            nn.Conv2d(512, num_classes, 1),
            nn.ReLU(),
            nn.AdaptiveAvgPool2d(1),
        )

    def forward(self, x):
        return self.classifier(self.features(x)).flatten(1)


class Fire(nn.Module):
    """Squeeze to few channels, then expand to `expand` by 1 x 1 and as many by 3 x 3, side by side.

    Examples
    --------
    >>> import numpy as np, minigrad as mg
    >>> Fire(8, 2, 4)(mg.tensor(np.ones((1, 8, 5, 5), np.float32))).shape
    (1, 8, 5, 5)
    """

    def __init__(self, inputs: int, squeeze: int, expand: int):
        self.squeeze = nn.Conv2d(inputs, squeeze, 1)
        self.squeeze_activation = nn.ReLU()
        self.expand1x1 = nn.Conv2d(squeeze, expand, 1)
        self.expand1x1_activation = nn.ReLU()
        self.expand3x3 = nn.Conv2d(squeeze, expand, 3, padding=1)
        self.expand3x3_activation = nn.ReLU()

    def forward(self, x):
        x = self.squeeze_activation(self.squeeze(x))
        return F.cat([self.expand1x1_activation(self.expand1x1(x)), self.expand3x3_activation(self.expand3x3(x))], 1)


def squeezenet1_1(num_classes: int = 1000) -> SqueezeNet:
    """Make a SqueezeNet 1.1 with fresh weights.

    Examples
    --------
    >>> sum(p.size for p in squeezenet1_1().parameters())
    1235496
    """
    return SqueezeNet(num_classes)
