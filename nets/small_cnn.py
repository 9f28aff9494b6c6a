"""SmallCNN: the smallest network on which everything in this project can be seen.

Four stages of convolution, batch norm and ReLU; a picture of 64 x 64 pixels ends as 64 maps of 16 x 16.  Then comes
the simplest possible answer to "what is in the picture?": the mean of each map, and a linear layer on top.

    stage        filters      maps for 64 x 64
    features.0   16 of 5 x 5  32 x 32    stride 2, then max pooling to 16 x 16
    features.4   32 of 3 x 3  16 x 16
    features.7   32 of 3 x 3  16 x 16
    features.10  64 of 3 x 3  16 x 16    what Grad-CAM looks at

Because of the mean, a picture may have any size; and because of the mean, a class score is a sum over places, so
Grad-CAM splits it exactly into what each place contributes (Selvaraju et al. 2017, section 3.1, on CAM).

Read next: ``training.py``.
"""

from __future__ import annotations

from minigrad import nn


class SmallCNN(nn.Module):
    """A network for pictures (N, in_channels, H, W) of any size from about 16 pixels.

    Examples
    --------
    >>> import minigrad as mg
    >>> SmallCNN(num_classes=10)(mg.tensor([[[[0.0] * 16] * 16] * 3])).shape
    (1, 10)
    """

    last_conv_stage = "features.12"  # the last ReLU
    embedding_layer = "pool"  # what the classifier sees: 64 means

    def __init__(self, num_classes: int = 10, in_channels: int = 3):
        first = nn.Conv2d(in_channels, 16, 5, stride=2, padding=2, bias=False)
        # Small first filters are soon what training made of them, and not the noise that they began with.
        first.weight.data = 0.3 * first.weight.array
        self.features = nn.Sequential(
            first,
            nn.BatchNorm2d(16),
            nn.ReLU(),
            nn.MaxPool2d(2),
            *convolution(16, 32),
            *convolution(32, 32),
            *convolution(32, 64),
        )
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.classifier = nn.Linear(64, num_classes)

    def forward(self, x):
        return self.classifier(self.pool(self.features(x)).flatten(1))


def convolution(inputs: int, outputs: int) -> list[nn.Module]:
    """Convolution, batch norm and ReLU.  The batch norm has a bias of its own, so the convolution needs none."""
    return [nn.Conv2d(inputs, outputs, 3, padding=1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU()]
