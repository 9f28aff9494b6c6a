"""The nets whose weights are published: keys and sizes against the papers, and what explanations ask of them."""

import numpy as np
import pytest

import explain
import minigrad as mg
import nets
from minigrad import functional as F
from nets.resnet import Block
from nets.squeezenet import Fire
from nets.vgg import VGG

# For each net: how many parameters it has, how many keys its state has, and the shapes of some.
PUBLISHED = {
    "alexnet": (61_100_840, 16, {"features.10.weight": (256, 256, 3, 3), "classifier.1.weight": (4096, 9216)}),
    "vgg11": (132_863_336, 22, {"features.18.weight": (512, 512, 3, 3), "classifier.6.bias": (1000,)}),
    "vgg16": (138_357_544, 32, {"features.28.bias": (512,), "classifier.3.weight": (4096, 4096)}),
    "resnet18": (11_689_512, 122, {"layer2.0.downsample.1.running_var": (128,), "fc.weight": (1000, 512)}),
    "squeezenet1_1": (1_235_496, 52, {"features.12.expand3x3.weight": (256, 64, 3, 3), "classifier.1.bias": (1000,)}),
    "resnet20_cifar": (269_722, 116, {"layer2.0.conv1.weight": (32, 16, 3, 3), "linear.weight": (10, 64)}),
}
# The smallest picture that each net takes, and the maps that Grad-CAM then looks at.
SMALLEST = {"alexnet": (63, (256, 3, 3)), "vgg11": (32, (512, 2, 2)), "vgg16": (32, (512, 2, 2)),
            "resnet18": (1, (512, 1, 1)), "squeezenet1_1": (17, (512, 1, 1)), "resnet20_cifar": (1, (64, 1, 1)),
            "small_cnn": (4, (64, 1, 1)), "lenet": (28, (16, 10, 10))}


@pytest.fixture(scope="module", params=nets.ARCHITECTURES)
def named(request):
    """Every net once, with its name: the largest take a second to make."""
    mg.manual_seed(0)
    return request.param, nets.ARCHITECTURES[request.param]().eval()


def picture(net, size, seed=0):
    channels = next(net.parameters()).shape[1]
    return np.random.default_rng(seed).standard_normal((1, channels, size, size)).astype(np.float32)


def test_it_has_the_papers_number_of_parameters_and_the_keys_of_the_published_weights(named):
    name, net = named
    if name not in PUBLISHED:
        pytest.skip("no weights of it are published")
    parameters, keys, shapes = PUBLISHED[name]
    state = net.state_dict(copy=False)
    assert sum(p.size for p in net.parameters()) == parameters
    assert len(state) == keys
    assert {key: state[key].shape for key in shapes} == shapes


@pytest.mark.training
def test_its_last_convolutional_stage_is_maps_after_their_non_linearity(named):
    name, net = named
    size, shape = SMALLEST[name]
    with mg.nn.watch(net, net.last_conv_stage) as outputs, mg.no_grad():
        net(mg.tensor(picture(net, size)))
    maps = outputs[net.last_conv_stage][0].numpy()
    assert maps.shape[1:] == shape
    assert maps.min() >= 0 < maps.max()


@pytest.mark.training
def test_its_last_layer_makes_the_scores_from_its_embedding(named):
    name, net = named
    with mg.nn.watch(net, net.embedding_layer) as outputs, mg.no_grad():
        scores = net(mg.tensor(picture(net, SMALLEST[name][0] + 1 if name != "lenet" else 28))).numpy()
        last = [m for m in net.modules() if isinstance(m, (mg.nn.Linear, mg.nn.Conv2d))][-1]
        seen = outputs[net.embedding_layer][0]
        expected = F.relu(last(seen)).mean(axis=(2, 3)) if name == "squeezenet1_1" else last(seen.flatten(1))
    assert np.allclose(scores, expected.numpy(), atol=1e-5)


@pytest.mark.training
@pytest.mark.parametrize("explanation", [explain.gradient, explain.gradcam])
def test_it_can_be_explained_without_naming_a_layer(named, explanation):
    name, net = named
    size = max(SMALLEST[name][0], 20)
    options = {"relu": False} if explanation is explain.gradcam else {}
    assert np.abs(explanation(net, picture(net, size), **options)).max() > 0


@pytest.mark.training
@pytest.mark.parametrize("name", ["alexnet", "vgg11", "squeezenet1_1"])
def test_a_picture_that_is_too_small_is_refused(name):
    net = nets.ARCHITECTURES[name](num_classes=2)
    with pytest.raises(ValueError, match="larger than the padded picture"):
        net(mg.tensor(picture(net, SMALLEST[name][0] - 1)))


@pytest.mark.parametrize("name", [name for name in nets.ARCHITECTURES if name != "vgg16"])  # which is made as vgg11 is
def test_the_number_of_classes_can_be_chosen(name):
    assert list(nets.ARCHITECTURES[name](num_classes=7).parameters())[-1].shape == (7,)


def test_photos_of_the_published_nets_are_normalised_as_in_their_training():
    assert nets.squeezenet1_1().preprocessing == nets.resnet18().preprocessing == nets.IMAGENET
    assert nets.resnet20_cifar().preprocessing.size == 32


def test_the_thousand_classes_are_in_the_usual_order_and_no_two_are_alike():
    names = nets.imagenet_classes()
    assert (names[0], names[281], names[282], names[999]) == ("tench", "tabby", "tiger cat", "toilet tissue")
    assert len(set(names)) == 1000


def test_a_block_whose_branch_is_silent_passes_on_what_came_in():
    block = Block(3, 3).eval()
    block.bn2.weight.data = np.zeros(3, np.float32)
    x = np.abs(picture(block, 5))
    assert np.array_equal(block(mg.tensor(x)).numpy(), x)


def test_a_block_changes_the_gradient_of_its_input_only_by_adding_to_it():
    block = Block(3, 3).eval()
    block.bn2.weight.data = np.zeros(3, np.float32)
    x = mg.tensor(np.abs(picture(block, 5)) + 1, requires_grad=True)
    assert np.array_equal(mg.grad(block(x).sum(), x).numpy(), np.ones(x.shape))


def test_the_first_half_of_a_fires_maps_is_of_1_x_1_and_the_second_of_3_x_3():
    fire = Fire(3, 2, 4)
    for p in (fire.expand3x3.weight, fire.expand3x3.bias):
        p.data = 0 * p.numpy()
    y = fire(mg.tensor(picture(fire, 5))).numpy()
    assert y[:, :4].any() and not y[:, 4:].any()


@pytest.mark.training
@pytest.mark.parametrize(("make", "size"), [
    (nets.resnet18, 40), (nets.resnet20_cifar, 12), (nets.squeezenet1_1, 40), (lambda: VGG([[4], [4, 6]], 5), 20),
], ids=["resnet18", "resnet20_cifar", "squeezenet1_1", "a narrow VGG"])
def test_the_gradients_of_picture_and_parameters_together_match_finite_differences(make, size):
    mg.manual_seed(1)
    rng = np.random.default_rng(1)
    net = make().astype("float64")
    x = mg.tensor(rng.standard_normal((2, 3, size, size)), requires_grad=True)
    net(x)  # in training mode: the batch norms' averages are no longer 0 and 1
    moved = [x, *net.eval().parameters()]
    seed = rng.standard_normal(net(x).shape)
    gradients = mg.grad(net(x), tuple(moved), seed)
    values = [p.numpy().copy() for p in moved]
    # Each parameter moves in proportion to its own size; small ones would otherwise be turned over, ReLUs with them.
    directions = [(v.std() + 0.01) * rng.standard_normal(v.shape) for v in values]

    def score(step):
        for p, value, direction in zip(moved, values, directions):
            p.data = value + step * direction
        with mg.no_grad():
            return (net(x).numpy() * seed).sum()

    slope = (score(1e-8) - score(-1e-8)) / 2e-8  # so small a step hardly ever takes a ReLU over its kink
    assert np.isclose(slope, sum((g.numpy() * d).sum() for g, d in zip(gradients, directions)), rtol=1e-5)
