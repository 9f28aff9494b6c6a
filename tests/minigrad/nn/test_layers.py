"""The layers: each is held to the function that it calls and to finite differences of input and parameters.

What to take from it: a layer is its parameters, their first values and one function; the gradient is the function's.
"""

import numpy as np
import pytest

import minigrad as mg
from minigrad import functional as F
from minigrad import nn

LAYERS = {
    "Linear": (lambda: nn.Linear(3, 2), (2, 3)),
    "Linear without bias": (lambda: nn.Linear(3, 2, bias=False), (2, 3)),
    "Conv2d": (lambda: nn.Conv2d(2, 2, (2, 1), stride=2, padding=1), (1, 2, 3, 3)),
    "Conv2d with groups": (lambda: nn.Conv2d(2, 4, 2, dilation=2, groups=2, bias=False), (1, 2, 3, 3)),
    "BatchNorm2d": (lambda: nn.BatchNorm2d(2), (2, 2, 2, 1)),
    "BatchNorm2d in eval mode": (lambda: nn.BatchNorm2d(2).eval(), (2, 2, 2, 1)),
    "LocalResponseNorm": (lambda: nn.LocalResponseNorm(3, alpha=0.5), (1, 4, 1, 2)),
    "AvgPool2d": (lambda: nn.AvgPool2d(2, 1), (1, 1, 3, 3)),
    "AdaptiveAvgPool2d": (lambda: nn.AdaptiveAvgPool2d((2, 1)), (1, 1, 3, 3)),
    "Sigmoid": (lambda: nn.Sigmoid(), (2, 2)),
    "Tanh": (lambda: nn.Tanh(), (2, 2)),
    "Flatten": (lambda: nn.Flatten(), (2, 2, 2)),
    "ReLU": (lambda: nn.ReLU(), (2, 3)),
    "MaxPool2d": (lambda: nn.MaxPool2d(2, 1), (1, 1, 3, 3)),
}
SMOOTH = [name for name in LAYERS if name not in ("ReLU", "MaxPool2d")]


def with_parameters(layer):
    """The layer as a function of its input *and* its parameters, and the parameters' values."""
    parameters = list(layer.parameters())

    def fn(x, *values):
        kept = [p for p in parameters]
        attributes = [(m, name) for p in parameters for m in layer.modules() for name, v in vars(m).items() if v is p]
        for (module, name), value in zip(attributes, values, strict=True):
            setattr(module, name, value)
        y = layer(x)
        for (module, name), parameter in zip(attributes, kept, strict=True):
            setattr(module, name, parameter)
        return y

    return fn, [p.numpy() for p in parameters]


@pytest.mark.parametrize("name", LAYERS)
def test_gradients_of_input_and_parameters_match_finite_differences(name, spread):
    make, shape = LAYERS[name]
    fn, values = with_parameters(make().astype("float64"))
    assert mg.gradcheck(fn, (spread(*shape), *values))


@pytest.mark.parametrize("name", SMOOTH)
def test_second_derivatives_match_finite_differences(name, spread):
    make, shape = LAYERS[name]
    fn, values = with_parameters(make().astype("float64"))
    assert mg.gradgradcheck(fn, (spread(*shape), *values))


def test_a_small_net_matches_finite_differences(spread):
    net = nn.Sequential(
        nn.Conv2d(1, 2, 3, padding=1), nn.BatchNorm2d(2), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(4, 3)
    ).astype("float64")
    fn, values = with_parameters(net)
    assert mg.gradcheck(lambda x, *v: F.cross_entropy(fn(x, *v), [2, 0]), (spread(2, 1, 4, 2), *values))


def test_weights_have_pytorchs_shapes():
    assert nn.Linear(3, 5).weight.shape == (5, 3)
    assert nn.Conv2d(4, 6, (3, 2), groups=2).weight.shape == (6, 2, 3, 2)
    assert nn.Linear(3, 5, bias=False).bias is None


def test_first_values_follow_from_the_fan_in():
    weight = nn.Conv2d(16, 64, 3).weight.numpy()
    assert weight.std() == pytest.approx(np.sqrt(2 / (16 * 9)), rel=0.05)
    linear = nn.Linear(100, 50)
    for values in (linear.weight.numpy(), linear.bias.numpy()):
        assert np.abs(values).max() <= 0.1 and np.abs(values).max() > 0.08


def test_one_seed_gives_the_same_first_values():
    nets = []
    for _ in range(2):
        mg.manual_seed(5)
        nets.append(nn.Linear(3, 2).state_dict())
    np.testing.assert_array_equal(nets[0]["weight"], nets[1]["weight"])


def test_batch_norm_counts_batches_in_training_only():
    norm = nn.BatchNorm2d(1)
    x = mg.tensor(np.arange(4.0, dtype=np.float32).reshape(2, 1, 1, 2))
    norm(x)
    norm.eval()(x)
    assert norm.num_batches_tracked.item() == 1
    assert norm.running_mean.item() == pytest.approx(0.15)
    assert norm.running_var.item() == pytest.approx(0.9 + 0.1 * 5 / 3)


def test_batch_norm_in_training_gives_each_channel_mean_zero_and_variance_one(normal):
    y = nn.BatchNorm2d(3)(mg.tensor(normal(4, 3, 5, 5) * 7 + 3)).numpy()
    np.testing.assert_allclose(y.mean(axis=(0, 2, 3)), 0, atol=1e-6)
    np.testing.assert_allclose(y.var(axis=(0, 2, 3)), 1, rtol=1e-5)


def test_updating_the_running_averages_is_not_on_the_tape(normal):
    norm = nn.BatchNorm2d(2)
    y = norm(mg.tensor(normal(2, 2, 2, 2)))
    norm(mg.tensor(normal(2, 2, 2, 2)))
    y.sum().backward()
    assert not norm.running_mean.requires_grad


def test_dropout_follows_the_mode():
    layer, x = nn.Dropout(0.5), mg.tensor(np.ones(100))
    assert set(np.unique(layer(x).numpy())) == {0, 2}
    assert layer.eval()(x) is x


def test_pooling_strides_by_its_window_unless_told(spread):
    x = mg.tensor(spread(1, 1, 6, 6))
    np.testing.assert_array_equal(nn.MaxPool2d(2)(x).numpy(), F.max_pool2d(x, 2, 2).numpy())
    np.testing.assert_array_equal(nn.AvgPool2d((3, 2))(x).numpy(), F.avg_pool2d(x, (3, 2), (3, 2)).numpy())


def test_sequential_takes_names_and_can_be_indexed():
    first, second = nn.ReLU(), nn.Tanh()
    net = nn.Sequential({"a": first, "b": second})
    assert [name for name, _ in net.named_children()] == ["a", "b"]
    assert net[0] is first and net[-1] is second and len(net) == 2


def test_an_embedding_is_a_table_whose_row_for_padding_stays_zero():
    table = nn.Embedding(5, 3, padding_idx=2)
    assert table([[1, 2]]).numpy()[0].tolist() == [table.weight.numpy()[1].tolist(), [0, 0, 0]]
    table([2, 2, 4]).sum().backward()
    assert table.weight.grad.sum(axis=1).tolist() == [0, 0, 0, 0, 3]


def test_an_embedding_begins_with_normal_numbers():
    rows = nn.Embedding(100, 50).weight.numpy()
    assert rows.std() == pytest.approx(1, abs=0.05) and rows.dtype == np.float32


def test_flatten_keeps_the_batch():
    assert nn.Flatten()(mg.tensor(np.zeros((2, 3, 4)))).shape == (2, 12)


@pytest.mark.parametrize(
    "mistake, error, words",
    [
        (lambda: nn.Linear(0, 2), ValueError, "Linear: in_features must be a positive integer, not 0"),
        (lambda: nn.Conv2d(3, 2.5, 3), ValueError, "Conv2d: out_channels must be a positive integer, not 2.5"),
        (lambda: nn.Conv2d(3, 4, 3, groups=2), ValueError, "Conv2d: 2 groups must divide both 3 and 4 channels"),
        (lambda: nn.Conv2d(3, 4, 0), ValueError, "Conv2d: kernel_size must be at least 1"),
        (lambda: nn.BatchNorm2d(True), ValueError, "BatchNorm2d: num_features"),
        (
            lambda: nn.BatchNorm2d(2)(mg.tensor([[1.0, 2.0]])),
            ValueError,
            r"BatchNorm2d: x must be \(N, C, H, W\).*\(1, 2\)",
        ),
        (lambda: nn.Embedding(0, 2), ValueError, "Embedding: num_embeddings must be a positive integer, not 0"),
        (lambda: nn.Embedding(3, 2, padding_idx=3), ValueError, "padding_idx must be one of the 3 rows, not 3"),
        (lambda: nn.Dropout(1), ValueError, "Dropout: p must be a probability below 1, not 1"),
        (lambda: nn.Sequential(nn.ReLU(), F.relu), TypeError, "Sequential: layer 1 is a function, not a Module"),
    ],
)
def test_mistakes_are_refused_in_words(mistake, error, words):
    with pytest.raises(error, match=words):
        mistake()
