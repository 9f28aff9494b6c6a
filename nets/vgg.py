"""VGG: nothing but filters of 3 x 3, and many layers of them (Simonyan & Zisserman 2015).

Known for showing that depth is what counts.  Two layers of 3 x 3 see as much of the picture as one of 5 x 5, three as
much as one of 7 x 7, with fewer parameters and with more ReLUs between.  Its plain column, easily taken apart, is
the net in most figures of papers on explanations.  The columns A (VGG-11) and D (VGG-16) of the paper's table 1:

    maps for 224 x 224   VGG-11   VGG-16     each a number of filters of 3 x 3, and a ReLU
    224 x 224             64       64, 64
    112 x 112            128      128, 128                max pooling of 2 x 2 from row to row
     56 x  56            256, 256  256, 256, 256
     28 x  28            512, 512  512, 512, 512
     14 x  14            512, 512  512, 512, 512           what Grad-CAM looks at, then max pooling to 7 x 7
    classifier           4096, 4096, 1000 neurons, with 9 of 10 parameters

69.0 % (VGG-11) and 71.6 % (VGG-16) of ImageNet's validation pictures are named right at once, 88.6 % and 90.4 % within
five guesses.
"""

from __future__ import annotations

from minigrad import nn

from .preprocessing import IMAGENET

# The filters of each convolution; a list for each row of the table.
VGG11 = [[64], [128], [256, 256], [512, 512], [512, 512]]
VGG16 = [[64, 64], [128, 128], [256, 256, 256], [512, 512, 512], [512, 512, 512]]


class VGG(nn.Module):
    """A VGG net for pictures (N, 3, H, W) from 32 pixels; 132,863,336 (11) or 138,357,544 (16) parameters.

    Parameters
    ----------
    stages : list of lists of int
        The filters of each convolution, as `VGG11`.
    num_classes : int

    Examples
    --------
    >>> VGG([[8], [8, 16]], num_classes=3).last_conv_stage
    'features.6'
    """

    embedding_layer = "classifier.4"  # 4096 neurons, after their ReLU
    preprocessing = IMAGENET

    def __init__(self, stages: list[list[int]], num_classes: int = 1000):
        layers: list[nn.Module] = []
        channels = 3
        for stage in stages:
            for filters in stage:
                layers += [nn.Conv2d(channels, filters, 3, padding=1), nn.ReLU()]
                channels = filters
            layers.append(nn.MaxPool2d(2))
        self.features = nn.Sequential(*layers)
        self.last_conv_stage = f"features.{len(layers) - 2}"  # the ReLU before the last pooling
        self.avgpool = nn.AdaptiveAvgPool2d(7)  # changes nothing at 224 x 224, and allows for other sizes
        self.classifier = nn.Sequential(
            nn.Linear(channels * 7 * 7, 4096),
            nn.ReLU(),
            nn.Dropout(0.5),
            nn.Linear(4096, 4096),
            nn.ReLU(),
            nn.Dropout(0.5),
            nn.Linear(4096, num_classes),
        )

    def forward(self, x):
        return self.classifier(self.avgpool(self.features(x)).flatten(1))


def vgg11(num_classes: int = 1000) -> VGG:
    """Make a VGG-11 with fresh weights."""
    return VGG(VGG11, num_classes)


def vgg16(num_classes: int = 1000) -> VGG:
    """Make a VGG-16 with fresh weights: half a gigabyte of them."""
    return VGG(VGG16, num_classes)
