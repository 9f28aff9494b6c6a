"""The nets: their gradients against finite differences, and what each is said to be and to do.

``test_published.py`` has the nets whose weights are published."""

import numpy as np
import pytest

import minigrad as mg
import nets
from minigrad import functional as F
from nets.resnet import Block, Subsample, learned
from nets.squeezenet import Fire


def prepared(net, images):
    """The net in float64 with batch norms that have seen a batch, in eval mode."""
    net = net.astype("float64")
    net(mg.tensor(images))
    return net.eval()


CASES = {
    "a block": (lambda: Block(3, 3), (2, 3, 5, 4)),
    "a block with a learned shortcut": (lambda: Block(2, 3, stride=2, shortcut=learned(2, 3)), (2, 2, 5, 4)),
    "a block with a subsampling one": (lambda: Block(2, 4, stride=2, shortcut=Subsample(2)), (2, 2, 5, 4)),
    "a fire": (lambda: Fire(3, 2, 3), (2, 3, 5, 4)),
    "SmallCNN": (lambda: nets.SmallCNN(num_classes=3), (2, 3, 12, 12)),
    "SmallCNN, one channel": (lambda: nets.SmallCNN(num_classes=3, in_channels=1), (2, 1, 9, 11)),
    "LeNet": (lambda: nets.lenet(), (1, 1, 28, 28)),
}


@pytest.mark.parametrize("case", CASES)
def test_the_gradient_of_the_picture_matches_finite_differences(case):
    make, shape = CASES[case]
    mg.manual_seed(0)
    images = np.random.default_rng(1).standard_normal(shape)
    net = prepared(make(), images)
    mg.gradcheck(lambda x: net(x), images)


@pytest.mark.parametrize("case", CASES)
def test_the_gradient_of_every_parameter_matches_finite_differences(case):
    make, shape = CASES[case]
    mg.manual_seed(0)
    rng = np.random.default_rng(1)
    images, labels = rng.standard_normal(shape), rng.integers(0, 3, shape[0])
    net = prepared(make(), images)

    def loss():
        y = net(mg.tensor(images))
        return F.cross_entropy(y if y.ndim == 2 else y.mean(axis=(2, 3)), labels)

    loss().backward()
    for name, p in net.named_parameters():
        values, gradient = p.numpy().copy(), p.grad
        direction = rng.standard_normal(p.shape)
        losses = []
        for step in (1e-6, -1e-6):
            p.data = values + step * direction
            losses.append(loss().item())
        p.data = values
        slope = (losses[0] - losses[1]) / 2e-6
        assert np.isclose(slope, (gradient * direction).sum(), rtol=1e-4, atol=1e-7), name


def test_lenet_has_the_papers_number_of_parameters():
    assert sum(p.size for p in nets.lenet().parameters()) == 61_706


def test_lenet_takes_pictures_of_28_pixels_only():
    with pytest.raises(ValueError, match="28"):
        nets.lenet()(mg.tensor(np.zeros((1, 1, 32, 32), np.float32)))


@pytest.mark.parametrize("size", [16, 33, 48, 64])
def test_small_cnn_takes_pictures_of_any_size(size):
    assert nets.SmallCNN()(mg.tensor(np.zeros((1, 3, size, size), np.float32))).shape == (1, 10)


def test_a_class_score_of_small_cnn_is_a_sum_over_places():
    net = nets.SmallCNN().eval()
    image = np.random.default_rng(0).standard_normal((1, 3, 32, 32)).astype(np.float32)
    with mg.nn.watch(net, net.last_conv_stage) as outputs:
        scores = net(mg.tensor(image)).numpy()[0]
    per_place = np.tensordot(net.classifier.weight.numpy(), outputs[net.last_conv_stage][0].numpy()[0], axes=1)
    assert np.allclose(per_place.mean(axis=(1, 2)) + net.classifier.bias.numpy(), scores, atol=1e-4)
