"""Backward rules: held to the lecture's worked example, to the papers' formulae, and to cases where hooks go wrong.

What to take from it: a rule belongs to the ReLU *op* and acts on what passes through that op alone, so it does not
matter how the ReLU was written, whether it is shared, or what else uses its input.
"""

import threading

import numpy as np
import pytest

import minigrad as mg
from minigrad import context, nn
from minigrad import functional as F

from ..exercises.judging import compare

H = np.array([[1, -1, 5], [2, -5, -7], [-3, 2, 4]], dtype=np.float64)
ARRIVING = np.array([[-2, 3, -1], [6, -3, 1], [2, -1, 3]], dtype=np.float64)
LECTURE = {
    "vanilla": [[-2, 0, -1], [6, 0, 0], [0, -1, 3]],
    "deconvnet": [[0, 3, 0], [6, 0, 1], [2, 0, 3]],
    "guided": [[0, 0, 0], [6, 0, 0], [0, 0, 3]],
}

# y = sum of W relu(x): a positive and a negative influence, on an active and on an inactive unit each.
W, X = np.array([10.0, -10.0, 10.0, -10.0]), np.array([5.0, 5.0, -5.0, -5.0])
ONE_RELU = {"vanilla": [10, -10, 0, 0], "deconvnet": [10, 0, 10, 0], "guided": [10, 0, 0, 0]}
RULES = list(ONE_RELU)
EXERCISES = {
    rule: pytest.mark.exercise(f"relu-{rule}", f"minigrad.rules:{rule}", chapter=7) for rule in RULES
}
each_rule = pytest.mark.parametrize("rule", [pytest.param(rule, marks=EXERCISES[rule]) for rule in RULES])


class Method(nn.Module):
    def forward(self, x):
        return x.relu()


class Function(nn.Module):
    def forward(self, x):
        return F.relu(x)


class Residual(nn.Module):
    """``y = x + relu(conv(relu(x)))``: the input of the first ReLU has another consumer."""

    def __init__(self, channels):
        self.conv = nn.Conv2d(channels, channels, 3, padding=1)
        self.relu = nn.ReLU()

    def forward(self, x):
        return x + self.relu(self.conv(self.relu(x)))


class Net(nn.Module):
    """ReLUs as module, function and method, one inside of a residual block, one used twice."""

    def __init__(self):
        self.stem = nn.Conv2d(2, 3, 3, padding=1)
        self.block = Residual(3)
        self.head = nn.Linear(3, 2)

    def forward(self, x):
        x = self.block(F.relu(self.stem(x)))
        return self.head(x.relu().mean(axis=(2, 3)))


@pytest.fixture
def net():
    return Net().astype("float64")


@pytest.fixture
def image(leaf, normal):
    return leaf(normal(1, 2, 5, 4))


# The formulae


@pytest.mark.parametrize("rule", RULES)
def test_the_lectures_worked_example_comes_out_number_for_number(rule, leaf):
    h = leaf(H)
    assert mg.grad(F.relu(h), h, ARRIVING, rule=rule).numpy().tolist() == LECTURE[rule]


@each_rule
def test_a_rule_on_arrays_is_its_formula(rule):
    passed = getattr(mg.rules, rule)(ARRIVING.copy(), H.copy())
    compare(passed, np.array(LECTURE[rule], float), f"{rule} on the lecture's worked example")


@each_rule
def test_a_rule_sorts_the_four_cases_of_influence_and_unit(rule):
    passed = getattr(mg.rules, rule)(W.copy(), X.copy())
    compare(passed, np.array(ONE_RELU[rule], float), f"{rule} on g = {W}, x = {X}")


@each_rule
def test_nothing_passes_a_relu_at_zero_unless_only_the_gradient_is_asked(rule):
    passed = getattr(mg.rules, rule)(np.array([2.0, 0.0]), np.array([0.0, 1.0]))
    compare(passed, np.array([2.0 if rule == "deconvnet" else 0.0, 0.0]), f"{rule} where x or g is 0")


@pytest.mark.exercise("relu-vanilla", "minigrad.rules:vanilla", chapter=7)
def test_vanilla_matches_finite_differences(leaf, normal):
    h = np.array([[1, -1, 5], [2, -5, -7], [-3, 2, 4]], dtype=np.float64)
    arriving, eps = normal(3, 3), 1e-6
    slopes = (np.maximum(h + eps, 0) - np.maximum(h - eps, 0)) / (2 * eps)
    compare(mg.rules.vanilla(arriving, h), arriving * slopes, "vanilla, beside g times the slope of a ReLU")


def test_guided_is_both_masks_of_the_other_two(normal):
    g, x = normal(50), normal(50)
    twice = mg.rules.deconvnet(mg.rules.vanilla(g, x), x)
    np.testing.assert_array_equal(mg.rules.guided(g, x), twice)


@pytest.mark.parametrize("rule", ["vanilla", "guided"])
def test_the_slope_of_a_relu_at_zero_is_zero(rule, leaf):
    x = leaf([0.0])
    assert mg.grad(x.relu().sum(), x, rule=rule).item() == 0


# Where hooks go wrong


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("relu", [Function(), Method(), nn.ReLU(), nn.ReLU(inplace=True), nn.Sequential(nn.ReLU())])
def test_function_method_and_module_give_the_same_map(rule, relu, leaf):
    x = leaf(X)
    y = (relu(x) * W).sum()
    assert mg.grad(y, x, rule=rule).numpy().tolist() == ONE_RELU[rule]


@pytest.mark.parametrize(
    "a, b, vanilla, guided, deconvnet",
    [
        (1, 1, [2, 1], [2, 1], [2, 2]),
        (-3, 1, [-2, -3], [-2, -3], [-2, -2]),
        (3, -1, [2, 3], [3, 3], [3, 3]),
    ],
)
def test_a_rule_leaves_the_branch_beside_the_relu_alone(a, b, vanilla, guided, deconvnet, leaf):
    x = leaf([2.0, -2.0])
    h = x * 1.0
    y = (h * a + F.relu(h) * b).sum()
    maps = {rule: mg.grad(y, x, rule=rule).numpy().tolist() for rule in RULES}
    assert maps == {"vanilla": vanilla, "guided": guided, "deconvnet": deconvnet}


@pytest.mark.parametrize("rule", RULES)
def test_a_reused_module_equals_separate_ones(rule, leaf):
    shared, x = nn.ReLU(), leaf(X)
    one = (shared(shared(x) * W - 1.0) * W).sum()
    two = (nn.ReLU()(nn.ReLU()(x) * W - 1.0) * W).sum()
    np.testing.assert_array_equal(mg.grad(one, x, rule=rule).numpy(), mg.grad(two, x, rule=rule).numpy())


@pytest.mark.parametrize("rule", RULES)
def test_a_residual_block_agrees_with_the_rule_worked_out_by_hand(rule, leaf):
    act = getattr(mg.rules, rule)
    x, w = leaf([1.0, -2.0, 3.0]), np.array([-1.0, 2.0, 0.5])
    inner = x.relu() * w - 0.25
    y = x + inner.relu()
    g = np.array([2.0, -3.0, 4.0])
    by_hand = g + act(act(g, inner.numpy()) * w, x.numpy())
    np.testing.assert_array_equal(mg.grad(y, x, g, rule=rule).numpy(), by_hand)


def test_a_rule_doesnt_stick_to_the_callers_tensor(leaf):
    x = leaf(X)
    mg.grad((F.relu(x) * W).sum(), x, rule="guided")
    assert mg.grad((F.relu(x) * W).sum(), x).numpy().tolist() == ONE_RELU["vanilla"]
    assert mg.grad((x * W).sum(), x).numpy().tolist() == W.tolist()


def test_the_forward_value_is_the_same_under_every_rule(leaf):
    x = leaf(X)
    y = (x + nn.ReLU(inplace=True)(x)).sum()
    for rule in RULES:
        mg.grad(y, x, rule=rule)
    assert y.item() == (X + np.maximum(X, 0)).sum()


# One tape, many rules


def test_one_tape_replayed_under_all_rules_equals_separate_passes_exactly(net, image):
    y = net(image)[0, 0]
    replayed = [mg.grad(y, image, rule=rule).numpy() for rule in RULES]
    separate = [mg.grad(net(image)[0, 0], image, rule=rule).numpy() for rule in RULES]
    for a, b in zip(replayed, separate, strict=True):
        np.testing.assert_array_equal(a, b)
    assert not np.array_equal(replayed[0], replayed[1]) and not np.array_equal(replayed[1], replayed[2])


def test_backward_takes_a_rule_as_well(leaf):
    x = leaf(X)
    (F.relu(x) * W).sum().backward(rule="guided")
    assert x.grad.tolist() == ONE_RELU["guided"]


def test_four_threads_can_sweep_one_tape_at_once_under_different_rules(net, image):
    y = net(image)[0, 0]
    rules = [*RULES, {"block": "guided"}]
    alone = [mg.grad(y, image, rule=rule).numpy() for rule in rules]
    wrong, start = [], threading.Barrier(len(rules))

    def sweep_again_and_again(rule, expected):
        start.wait()
        for _ in range(5):
            if not np.array_equal(mg.grad(y, image, rule=rule).numpy(), expected):
                wrong.append(rule)

    threads = [threading.Thread(target=sweep_again_and_again, args=pair) for pair in zip(rules, alone, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_a_rule_may_sweep_another_tape_under_another_rule(leaf):
    x, inner = leaf(X), leaf(X)
    other = (F.relu(inner) * W).sum()

    def nested(g, x):
        assert mg.grad(other, inner, rule="deconvnet").numpy().tolist() == ONE_RELU["deconvnet"]
        return mg.rules.guided(g, x)

    assert mg.grad((F.relu(x) * W).sum(), x, rule=nested).numpy().tolist() == ONE_RELU["guided"]


# Rules of one's own


def test_any_function_of_gradient_and_input_is_a_rule(leaf):
    x = leaf(X)
    y = (F.relu(x) * W).sum()
    assert mg.grad(y, x, rule=lambda g, x: g * 2).numpy().tolist() == (2 * W).tolist()


def test_a_rule_may_write_into_its_gradient(leaf):
    def in_place(g, x):
        g[x <= 0] = 0
        return g

    x = leaf(X)
    hidden = F.relu(x)
    y = (hidden * W + hidden * 0).sum()
    for _ in range(2):
        assert mg.grad(y, x, rule=in_place).numpy().tolist() == ONE_RELU["vanilla"]


def test_a_rule_may_not_write_into_the_tape(leaf):
    def vandal(g, x):
        x[...] = 0
        return g

    x = leaf(X)
    with pytest.raises(ValueError, match="read-only"):
        mg.grad(F.relu(x).sum(), x, rule=vandal)
    assert x.numpy().tolist() == X.tolist()


def test_vanilla_as_a_name_a_function_and_none_are_the_same(leaf):
    x = leaf(X)
    y = (F.relu(x) * W).sum()
    maps = [mg.grad(y, x, rule=rule).numpy().tolist() for rule in (None, "vanilla", mg.rules.vanilla, {})]
    assert all(m == ONE_RELU["vanilla"] for m in maps)


def test_the_vanilla_map_passes_the_gradient_check(net, normal):
    assert mg.gradcheck(net, normal(1, 2, 4, 3))


# A rule for each layer


def test_a_dict_gives_each_layer_its_own_rule(leaf):
    net = nn.Sequential({"first": nn.ReLU(), "second": nn.ReLU()})
    x = leaf(X)
    y = (net(x) * W).sum()
    assert mg.grad(y, x, rule={"first": "deconvnet", "second": "vanilla"}).numpy().tolist() == [10, 0, 0, 0]
    assert mg.grad(y, x, rule={"first": lambda g, x: -g}).numpy().tolist() == [-10, 10, 0, 0]


def test_a_layers_name_covers_what_is_inside_and_the_longest_name_wins(leaf):
    net = nn.Sequential({"a": nn.Sequential(nn.ReLU(), nn.ReLU()), "ab": nn.ReLU()})
    tags = []

    def tag(name):
        def rule(g, x):
            tags.append(name)
            return g

        return rule

    x = leaf(X)
    mg.grad(net(x).sum(), x, rule={"": tag("all"), "a": tag("a"), "a.1": tag("a.1")})
    assert tags == ["all", "a.1", "a"]


# In the input layer


def test_maps_are_positive_above_the_first_relu_and_signed_at_the_input(net, image):
    with nn.watch(net, "stem") as outputs:
        y = net(image)[0, 0]
    below_relu = outputs["stem"][0]
    for rule in ("deconvnet", "guided"):
        at_input, at_stem = mg.grad(y, (image, below_relu), rule=rule)
        assert at_stem.numpy().min() >= 0 and at_stem.numpy().max() > 0
        assert at_input.numpy().min() < 0 < at_input.numpy().max()


# Loud errors


@pytest.mark.parametrize(
    "rule, words",
    [
        ("gradcam", "unknown backward rule 'gradcam'.*vanilla.*deconvnet.*guided"),
        (3, "unknown backward rule 3"),
        ({"block": "gided"}, "unknown backward rule 'gided'"),
        ({"blokc": "guided"}, "rule 'guided' finds no ReLU to act on.*'blokc'.*block.relu"),
        ({"stem": "guided"}, "finds no ReLU to act on.*'stem'"),
        (lambda g, x: g.sum(), r"ReLU.*returned .* of shape \(\).*\(1, 3"),
        (lambda g, x: None, "returned NoneType"),
    ],
)
def test_a_bad_rule_is_refused_in_words(rule, words, net, image):
    with pytest.raises(ValueError, match=words):
        mg.grad(net(image)[0, 0], image, rule=rule)


def test_a_net_without_relus_is_refused_and_its_ops_are_named(leaf):
    x = leaf(X)
    with pytest.raises(ValueError, match="finds no ReLU to act on.*Mul"):
        mg.grad((x * W).sum(), x, rule="guided")


def test_a_relu_beside_the_path_doesnt_count(leaf):
    x, other = leaf(X), leaf(X)
    with pytest.raises(ValueError, match="no ReLU"):
        mg.grad((x * W + other.relu()).sum(), x, rule="guided")


@pytest.mark.parametrize("other", [F.tanh, F.sigmoid, F.softplus, F.leaky_relu])
def test_another_non_linearity_is_refused_unless_its_layer_is_left_out(other, leaf):
    class Other(nn.Module):
        def forward(self, x):
            return other(x)

    net, x = nn.Sequential({"features": nn.ReLU(), "top": Other()}), leaf(X)
    y = (net(x) * W).sum()
    with pytest.raises(ValueError, match="'guided' is defined for ReLUs only.*'top'"):
        mg.grad(y, x, rule="guided")
    assert mg.grad(y, x, rule={"features": "guided"}).numpy()[1] == 0


def test_a_map_that_is_no_gradient_cannot_be_differentiated_again(leaf):
    x = leaf(X)
    with pytest.raises(ValueError, match="create_graph"):
        mg.grad(F.relu(x).sum(), x, rule="guided", create_graph=True)


def test_an_exception_inside_a_rule_leaves_nothing_behind(net, image):
    def broken(g, x):
        raise ArithmeticError("on purpose")

    y = net(image)[0, 0]
    before = mg.grad(y, image).numpy()
    with pytest.raises(ArithmeticError):
        y.backward(rule=broken)
    assert image.grad is None and all(p.grad is None for p in net.parameters())
    assert context.recording() and context.current_layer() == ""
    np.testing.assert_array_equal(mg.grad(y, image).numpy(), before)
