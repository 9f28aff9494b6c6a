"""The table of a net's layers: its numbers by hand, and its totals as torchvision publishes them."""

import numpy as np
import pytest

import minigrad as mg
import nets
from minigrad import functional as F
from minigrad import nn
from nets.__main__ import main


def cells(text, name):
    """Output, parameters and multiply-adds in the line of a layer."""
    line = next(line for line in text.splitlines() if line.startswith(f"{name} "))
    *_, parameters, multiply_adds = line.split()
    return int(parameters.replace(",", "")), int(multiply_adds.replace(",", ""))


@pytest.mark.training
@pytest.mark.parametrize(("name", "size", "billions"), [
    ("alexnet", 224, 0.714), ("resnet18", 224, 1.814), ("squeezenet1_1", 224, 0.349), ("vgg11", 224, 7.609),
    ("resnet20_cifar", 32, 0.041),
])
def test_the_multiply_adds_of_the_published_nets_are_as_published(name, size, billions):
    _, multiply_adds = cells(nets.summary(nets.ARCHITECTURES[name](), (3, size, size)), "total")
    assert round(multiply_adds / 1e9, 3) == billions


def test_a_convolution_multiplies_each_weight_of_a_filter_once_for_each_output():
    text = nets.summary(nn.Sequential(nn.Conv2d(4, 6, (3, 2), stride=2, groups=2)), (4, 7, 6))
    assert "6 x 3 x 3" in text
    assert cells(text, "0") == (6 * 12 + 6, 6 * 9 * 12)


def test_a_layer_that_is_used_twice_computes_twice_and_is_stored_once():
    class Twice(nn.Module):
        def __init__(self):
            self.fc = nn.Linear(4, 4)

        def forward(self, x):
            return self.fc(self.fc(x.flatten(1)))

    text = nets.summary(Twice(), (1, 2, 2))
    assert "Linear, 2 times" in text
    assert cells(text, "total") == (20, 32)


def test_a_parameter_that_two_layers_share_is_counted_once():
    net = nn.Sequential(nn.Flatten(), nn.Linear(4, 4, bias=False), nn.Linear(4, 4, bias=False))
    net[2].weight = net[1].weight
    assert cells(nets.summary(net, (1, 2, 2)), "total") == (16, 32)


def test_what_a_forward_computes_without_a_layer_is_counted_where_it_is_computed():
    class Upwards(nn.Module):
        def __init__(self):
            self.weight = nn.Parameter(np.ones((3, 2, 2, 2), np.float32))

        def forward(self, x):
            return F.conv_transpose2d(x, self.weight, stride=2)

    text = nets.summary(nn.Sequential(Upwards()), (3, 5, 5))
    assert "2 x 10 x 10" in text
    assert cells(text, "0") == (24, 75 * 8)


def test_a_batch_keeps_its_axis_and_costs_as_often():
    net = nn.Sequential(nn.Conv2d(1, 2, 3))
    text = nets.summary(net, (7, 1, 5, 5))
    assert "7 x 2 x 3 x 3" in text
    assert cells(text, "total") == (20, 7 * 2 * 9 * 9)


def test_a_layer_that_the_net_never_runs_is_said_to_be_idle():
    net = nets.resnet20_cifar()
    net.spare = nn.ReLU()
    assert "ReLU, never used" in nets.summary(net, (3, 8, 8))


def test_a_net_of_a_single_layer_has_a_line():
    assert cells(nets.summary(nn.Conv2d(1, 1, 1), (1, 2, 2)), "(all)") == (2, 4)


def test_the_columns_of_numbers_are_aligned_to_the_right():
    lines = nets.summary(nets.lenet(), (1, 28, 28)).splitlines()[2:]
    assert len({len(line) for line in lines}) == 1
    assert all(line[-1] not in " " for line in lines)


def test_the_net_is_left_as_it_was():
    net = nets.SmallCNN()
    before = net.state_dict()
    with mg.no_grad():
        nets.summary(net, (3, 16, 16))
    assert all(module.training for module in net.modules())
    assert all(np.array_equal(array, net.state_dict()[name]) for name, array in before.items())
    assert all(p.grad is None for p in net.parameters())


@pytest.mark.parametrize("shape", [(28, 28), (0, 28, 28), (1, 28, 28.0), (1, 2, 3, 4, 5)])
def test_what_is_no_shape_of_a_picture_is_refused(shape):
    with pytest.raises(ValueError, match="input_shape must be"):
        nets.summary(nets.lenet(), shape)


# The command


def test_the_command_prints_the_table_for_the_picture_that_the_net_is_for(capsys):
    assert main(["summary", "lenet"]) == 0
    assert capsys.readouterr().out == nets.summary(nets.lenet(), (1, 28, 28)) + "\n"


def test_the_command_takes_another_size(capsys):
    assert main(["summary", "resnet20_cifar", "--size", "8"]) == 0
    assert "64 x 2 x 2" in capsys.readouterr().out


@pytest.mark.parametrize(("arguments", "words"), [
    (["resnet50"], "no net 'resnet50'; use one of"), (["lenet", "--size", "30"], "LeNet: takes pictures"),
])
def test_the_command_says_in_a_line_what_is_wrong(arguments, words, capsys):
    assert main(["summary", *arguments]) == 1
    error = capsys.readouterr().err
    assert words in error and error.count("\n") == 1
