"""AlexNet, the network that made the field turn to deep learning (Krizhevsky et al. 2012).

Known for winning ImageNet's contest of 2012 by ten points, with what is still taught: ReLUs that don't saturate,
dropout, pictures cropped and mirrored at random, and two graphics cards.  This is its "one weird trick" version
(Krizhevsky 2014), which has the published weights: one column instead of two, and no local response normalisation
(`minigrad.functional.local_response_norm` has it).  56.5 % of ImageNet's validation pictures are named right at once,
79.1 % within five guesses.

    layer        filters            maps for 224 x 224
    features.0    64 of 11 x 11     55 x 55     stride 4, then max pooling 3 / 2 to 27 x 27
    features.3   192 of  5 x 5      27 x 27     then max pooling to 13 x 13
    features.6   384 of  3 x 3      13 x 13
    features.8   256 of  3 x 3      13 x 13
    features.10  256 of  3 x 3      13 x 13     what Grad-CAM looks at, then max pooling to 6 x 6
    classifier   4096, 4096, 1000 neurons, with 95 % of all parameters
"""

from __future__ import annotations

from minigrad import nn

from .preprocessing import IMAGENET


class AlexNet(nn.Module):
    """AlexNet for pictures (N, 3, H, W) from 63 pixels; 61,100,840 parameters with a thousand classes."""

    last_conv_stage = "features.11"  # the ReLU after the last convolution
    embedding_layer = "classifier.5"  # the 4096 neurons whose neighbours the paper shows in its figure 4
    preprocessing = IMAGENET

    def __init__(self, num_classes: int = 1000):
        self.features = nn.Sequential(
            nn.Conv2d(3, 64, 11, stride=4, padding=2),
            nn.ReLU(),
            nn.MaxPool2d(3, stride=2),
            nn.Conv2d(64, 192, 5, padding=2),
            nn.ReLU(),
            nn.MaxPool2d(3, stride=2),
            nn.Conv2d(192, 384, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(384, 256, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(256, 256, 3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(3, stride=2),
        )
        self.avgpool = nn.AdaptiveAvgPool2d(6)  # changes nothing at 224 x 224, and allows for other sizes
        self.classifier = nn.Sequential(
            nn.Dropout(0.5),
            nn.Linear(256 * 6 * 6, 4096),
            nn.ReLU(),
            nn.Dropout(0.5),
            nn.Linear(4096, 4096),
            nn.ReLU(),
            nn.Linear(4096, num_classes),
        )

    def forward(self, x):
        return self.classifier(self.avgpool(self.features(x)).flatten(1))


def alexnet(num_classes: int = 1000) -> AlexNet:
    """Make an AlexNet with fresh weights.

    Examples
    --------
    >>> alexnet().classifier[1].weight.shape
    (4096, 9216)
    """
    return AlexNet(num_classes)
