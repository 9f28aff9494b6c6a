"""Modules: names, state and modes are held to PyTorch's; the layer names on a tape to where each op really ran.

What to take from it: nothing is registered.  A module is its attributes, and its parameters' names follow from that.
"""

import numpy as np
import pytest

import minigrad as mg
from minigrad import context, nn

names = pytest.mark.exercise("module-names", "minigrad.nn.module:Module.named_modules", chapter=8)


class Block(nn.Module):
    def __init__(self):
        self.conv = nn.Conv2d(2, 2, 1)
        self.norm = nn.BatchNorm2d(2)
        self.relu = nn.ReLU()

    def forward(self, x):
        return self.relu(self.norm(self.conv(x)) + x)


class Net(nn.Module):
    def __init__(self):
        self.features = nn.Sequential(Block(), nn.Dropout(0.5))
        self.classifier = nn.Linear(2, 3)
        self.sizes = [1, 2]

    def forward(self, x):
        x = self.features(x).relu()
        return self.classifier(x.mean(axis=(2, 3)))


KEYS = [
    "features.0.conv.weight",
    "features.0.conv.bias",
    "features.0.norm.weight",
    "features.0.norm.bias",
    "features.0.norm.running_mean",
    "features.0.norm.running_var",
    "features.0.norm.num_batches_tracked",
    "classifier.weight",
    "classifier.bias",
]
BUFFERS = [key for key in KEYS if "running" in key or "tracked" in key]


@pytest.fixture
def net():
    return Net()


@pytest.fixture
def image(normal):
    return mg.tensor(normal(2, 2, 2, 2).astype(np.float32))


def test_state_dict_has_pytorchs_keys_in_its_order(net):
    assert list(net.state_dict()) == KEYS


def test_parameters_are_the_keys_without_buffers(net):
    assert [name for name, _ in net.named_parameters()] == [key for key in KEYS if key not in BUFFERS]
    assert [name for name, _ in net.named_buffers()] == BUFFERS
    assert all(isinstance(p, nn.Parameter) and p.requires_grad for p in net.parameters())


def same_names(named, expected):
    """Hold the names of modules to those that are expected, and say what is wrong with them."""
    found = [name for name, _ in named]
    assert len(found) == len(set(found)), f"a name comes twice in {found}: a shared module comes once"
    missing, more = [n for n in expected if n not in found], [n for n in found if n not in expected]
    assert not missing, f"{missing} are missing; found were {found}"
    assert not more, f"{more} should not be there: the names are {expected}"
    assert found == expected, f"the right names in another order: {found} should be {expected}"


@names
def test_a_module_alone_is_named_by_nothing_or_its_prefix():
    same_names(nn.ReLU().named_modules(), [""])
    same_names(nn.ReLU().named_modules("head"), ["head"])


@names
def test_parts_have_dotted_names_and_come_after_what_they_are_parts_of(net):
    parts = ["features.0", "features.0.conv", "features.0.norm", "features.0.relu", "features.1"]
    same_names(net.named_modules(), ["", "features", *parts, "classifier"])


@names
def test_a_prefix_stands_before_all_names():
    same_names(nn.Sequential(nn.ReLU()).named_modules("head"), ["head", "head.0"])


@names
def test_a_module_in_two_places_comes_once_by_its_first_name():
    relu = nn.ReLU()
    net = nn.Sequential(nn.Sequential(nn.Linear(1, 1), relu), nn.Linear(1, 1), relu)
    same_names(net.named_modules(), ["", "0", "0.0", "0.1", "1"])
    assert dict(net.named_modules())["0.1"] is relu


def test_modules_are_named_from_the_outside_in(net):
    names = [name for name, _ in net.named_modules()]
    assert names[:4] == ["", "features", "features.0", "features.0.conv"]
    assert names[-1] == "classifier"


def test_a_shared_module_or_parameter_comes_once():
    net = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2))
    net.again = net[0]
    net[1].weight = net[0].weight
    assert [name for name, _ in net.named_parameters()] == ["0.weight", "0.bias", "1.bias"]
    assert "again" not in dict(net.named_modules())


def test_get_submodule_lists_the_names_when_there_is_none(net):
    assert net.get_submodule("features.0.relu") is net.features[0].relu
    assert net.get_submodule("") is net
    with pytest.raises(ValueError, match="no layer 'feature' in this Net.*features.0.conv"):
        net.get_submodule("feature")


# State


def test_state_dict_is_a_copy(net):
    net.state_dict()["classifier.weight"][...] = 99
    assert not (net.classifier.weight.numpy() == 99).any()


def test_state_survives_a_round_trip(net, image):
    net(image)
    other = Net()
    other.load_state_dict(net.state_dict())
    np.testing.assert_array_equal(other.eval()(image).numpy(), net.eval()(image).numpy())


def test_load_state_dict_keeps_the_parameters_dtype_and_takes_tensors(net):
    state = {
        key: mg.tensor(value.astype(np.float64) if value.dtype.kind == "f" else value)
        for key, value in net.state_dict().items()
    }
    net.load_state_dict(state)
    assert net.classifier.weight.dtype == np.float32


def test_a_state_that_does_not_fit_changes_nothing_and_every_problem_is_listed(net):
    before = net.state_dict()
    state = {key: value + 1 for key, value in before.items()}
    state["classifier.bias"] = np.zeros(4, np.float32)
    state["head.weight"] = state.pop("classifier.weight")
    with pytest.raises(ValueError) as failure:
        net.load_state_dict(state)
    for words in (
        "Net",
        "missing classifier.weight (3, 2)",
        "unexpected head.weight (3, 2)",
        "classifier.bias has shape (4,) instead of (3,)",
    ):
        assert words in str(failure.value)
    for key, value in net.state_dict().items():
        np.testing.assert_array_equal(value, before[key])


# Modes and precision


def test_train_and_eval_reach_every_part(net):
    assert all(m.training for m in net.modules())
    assert net.eval() is net
    assert not any(m.training for m in net.modules())
    net.train()
    assert all(m.training for m in net.modules())


def test_astype_changes_floats_only(net):
    net.astype("float64")
    kinds = {key: value.dtype for key, value in net.state_dict().items()}
    assert kinds.pop("features.0.norm.num_batches_tracked").kind == "i"
    assert set(kinds.values()) == {np.dtype(np.float64)}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_net_keeps_its_dtype_to_the_gradients(dtype, net, normal):
    net.astype(dtype)
    x = mg.tensor(normal(2, 2, 2, 2).astype(dtype), requires_grad=True)
    y = net(x)
    y.sum().backward()
    assert {y.dtype, x.grad.dtype, *(p.grad.dtype for p in net.parameters())} == {np.dtype(dtype)}


# Names on the tape


def layers_of(y):
    return {x.op.layer for x in mg.recorded_before(y) if x.op is not None}


def test_the_tape_knows_which_layer_each_op_belongs_to(net, image):
    assert layers_of(net(image)) == {
        "features.0.conv",
        "features.0.norm",
        "features.0.relu",
        "features.0",
        "features.1",
        "classifier",
        "",
    }


def test_a_part_that_runs_alone_is_the_outermost(net, image):
    assert layers_of(net.features[0](image)) == {"conv", "norm", "relu", ""}


def test_a_module_from_elsewhere_takes_the_name_of_the_layer_that_calls_it(image):
    class Wrapper(nn.Module):
        def __init__(self):
            self.parts = [nn.ReLU()]

        def forward(self, x):
            return self.parts[0](x)

    x = mg.tensor(image.numpy(), requires_grad=True)
    assert layers_of(nn.Sequential(Wrapper())(x)) == {"0"}


def test_an_exception_in_forward_leaves_no_name_behind(net):
    with pytest.raises(ValueError, match="conv2d"):
        net(mg.tensor(np.ones((1, 3, 2, 2))))
    assert context.current_layer() == ""
    assert layers_of(net.classifier(mg.tensor([[1.0, 2.0]]))) == {""}


# Watching


def test_watch_collects_the_outputs_of_a_layer_on_the_tape(net, image):
    with nn.watch(net, "features.0.conv", "features") as outputs:
        y = net(image)
    (conv,), (features,) = outputs["features.0.conv"], outputs["features"]
    g_conv, g_features = mg.grad(y.sum(), (conv, features))
    assert g_conv.shape == conv.shape and g_features.shape == features.shape


def test_watch_collects_every_run_of_a_reused_layer():
    net = nn.Sequential(nn.ReLU())
    net.again = net[0]
    with nn.watch(net, "0") as outputs:
        net(mg.tensor([1.0]))
        net(mg.tensor([2.0]))
    assert [y.numpy().tolist() for y in outputs["0"]] == [[1], [1], [2], [2]]


def test_watch_ends_with_its_block(net, image):
    with nn.watch(net, "features") as outputs:
        pass
    net(image)
    assert outputs == {"features": []}


def test_watches_nest(net, image):
    with nn.watch(net, "features") as outer:
        with nn.watch(net, "features", "classifier") as inner:
            net(image)
        net(image)
    assert (len(outer["features"]), len(inner["features"]), len(inner["classifier"])) == (2, 1, 1)


def test_watch_sees_its_own_model_only(net, image):
    other = Net()
    with nn.watch(net, "features") as outputs:
        other(image)
    assert outputs["features"] == []


def test_watch_sees_a_model_that_runs_inside_another(net, image):
    with nn.watch(net, "features.0") as outputs:
        nn.Sequential(net)(image)
    assert len(outputs["features.0"]) == 1


def test_watch_takes_a_part_that_is_not_on_the_list_of_its_parent_for_no_other():
    class Wrapper(nn.Module):
        def __init__(self):
            self.parts = [nn.ReLU()]

        def forward(self, x):
            return self.parts[0](x) * 2

    net = nn.Sequential(Wrapper())
    with nn.watch(net, "0") as outputs:
        net(mg.tensor([1.0]))
    assert [y.item() for y in outputs["0"]] == [2]


def test_watching_a_layer_that_is_not_there_is_refused(net):
    with pytest.raises(ValueError, match="no layer 'conv5'"), nn.watch(net, "conv5"):
        pass


def test_repr_shows_the_structure():
    net = nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.ReLU(), nn.Sequential(nn.Flatten(), nn.Linear(8, 2)))
    lines = repr(net).splitlines()
    assert lines[0] == "Sequential("
    assert lines[1] == "  (0): Conv2d(3, 8, kernel_size=(3, 3), stride=(1, 1), padding=(1, 1))"
    assert lines[5] == "    (1): Linear(8, 2)"
