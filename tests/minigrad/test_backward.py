"""The reverse sweep: held to the chain rule on graphs small enough to do by hand, and to linear cost on large ones.

What to take from it: each op is passed once, whatever the number of paths through it; only what is asked for is
computed; and nothing stays behind on tensors, modules or anywhere else.
"""

import gc
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import minigrad as mg
from minigrad import context
from minigrad.backward import first_gradient, leading_to
from minigrad.ops.op import Op

from ..exercises.judging import compare

ordering = pytest.mark.exercise("topological-order", "minigrad.backward:recorded_before", chapter=4)
sweeping = pytest.mark.exercise("reverse-sweep", "minigrad.backward:sweep", chapter=4, needs=["topological-order"])
leaves = pytest.mark.exercise("leaf-gradients", "minigrad.backward:backward", chapter=4, needs=["reverse-sweep"])


class Spy(Op):
    """``y = x``, and counts how often the sweep passes."""

    def __init__(self):
        self.passes = 0

    def forward(self, x):
        return x.copy()

    def backward(self, g, y, x):
        self.passes += 1
        return g


class TwoGradients(Op):
    """``y = a + b``; notes which of the two gradients were computed."""

    def __init__(self):
        self.computed = []

    def forward(self, a, b):
        return a + b

    def backward(self, g, y, a, b):
        def gradient(name):
            self.computed.append(name)
            return g

        return lambda: gradient("a"), lambda: gradient("b")


class Broken(Op):
    """Fails on the way back."""

    def forward(self, x):
        return x.copy()

    def backward(self, g, y, x):
        raise ArithmeticError("on purpose")


def chain(x, length):
    for _ in range(length):
        x = x + 1.0
    return x


def ladder(x, diamonds):
    """2^diamonds paths lead from the top of this ladder to `x`."""
    for _ in range(diamonds):
        x = x * 0.5 + x * 0.5
    return x


def seconds(make, size, x):
    """Time of the fastest of three sweeps over ``make(x, size)``."""
    y, times = make(x, size), []
    for _ in range(3):
        start = time.perf_counter()
        mg.grad(y, x)
        times.append(time.perf_counter() - start)
    return min(times)


def faults(order, tape):
    """What is wrong with an order of a `tape` (a dict from names to tensors, the last of them y), in words."""
    assert order is not None, "the order is None; is there a return?"
    ids, names = [id(x) for x in order], {id(x): name for name, x in tape.items()}
    found = [f"{names.get(i, 'a constant, which requires no gradient,')} is in the order, and should not be"
             for i in ids if i not in names]
    found += [f"{name} is missing" for i, name in names.items() if i not in ids]
    found += [f"{name} is in the order {ids.count(i)} times: each tensor belongs there once, however many paths lead "
              "to it" for i, name in names.items() if ids.count(i) > 1]
    for i, x in zip(ids, order):
        for source in x.op.inputs if x.op else ():
            if id(source) in ids and ids.index(id(source)) > ids.index(i):
                found.append(f"{names[i]} comes before {names[id(source)]}, of which it was made: inputs come first")
    return "; ".join(found)


# What order


@ordering
def test_a_product_comes_after_its_factors(leaf):
    a, b = leaf(2.0), leaf(3.0)
    y = a * b
    assert not (wrong := faults(mg.recorded_before(y), {"a": a, "b": b, "y": y})), wrong


@ordering
def test_constants_are_left_out_of_the_order(leaf):
    x = leaf(2.0)
    y = x * 3.0
    assert not (wrong := faults(mg.recorded_before(y), {"x": x, "y": y})), wrong


@ordering
def test_a_tensor_that_is_used_twice_comes_once_and_before_both(leaf):
    x = leaf(2.0)
    a = x.tanh()
    b = a.exp()
    for c in (a * b, b * a):
        tape = {"x": x, "a = tanh x": a, "b = exp a": b, "y, of a and b,": c}
        assert not (wrong := faults(mg.recorded_before(c), tape)), wrong


@ordering
def test_a_long_chain_is_no_reason_to_run_out_of_stack(leaf):
    y = chain(leaf(1.0), 5_000)
    try:
        order = mg.recorded_before(y)
    except RecursionError:
        order = None
    assert order is not None, "5000 ops in a row: recursion runs out of stack; keep a list of what is still to do"
    compare(len(order), 5_001, "the number of tensors in the order of a chain")


# What comes out


@sweeping
def test_an_op_waits_until_its_whole_gradient_has_arrived(leaf):
    x, spy = leaf(1.0), Spy()
    mg.grad(ladder(spy(x), 3), x)
    assert spy.passes <= 1, (
        f"an op that 8 paths lead to was passed {spy.passes} times: wait until its whole gradient has arrived"
    )


@sweeping
def test_where_two_paths_meet_their_gradients_are_added(normal):
    few = np.array([1.0, 0, 0, 0, 0, 0])
    assert mg.gradcheck(lambda x: x * few + x.tanh(), normal(6))
    assert mg.gradcheck(lambda x: x.tanh() + x * few, normal(6))


@sweeping
def test_diamonds_upon_diamonds_match_finite_differences(normal):
    assert mg.gradcheck(lambda a, b: ladder(a * b, 4).tanh() * a, (normal(3), normal(3)))


def test_a_diamond_adds_up_both_sides(leaf):
    x = leaf(3.0)
    y = x * x
    assert mg.grad(y * 2 + y * 5, x).item() == (2 + 5) * 2 * 3


def test_using_a_tensor_twice_in_one_op_counts_twice(leaf):
    x = leaf(3.0)
    assert mg.grad(x + x, x).item() == 2
    assert mg.grad(x * x, x).item() == 6


@sweeping
def test_each_op_is_passed_once_however_many_paths_lead_through_it(leaf):
    x, spy = leaf(1.0), Spy()
    y = ladder(spy(x), 30)
    assert mg.grad(y, x).item() == 1
    assert spy.passes == 1


@leaves
def test_a_call_adds_to_what_an_earlier_one_left(leaf):
    x = leaf([1.0, 2.0, 3.0])
    (x[:1] * 5.0).sum().backward()
    compare(x.grad, [5.0, 0, 0], "x.grad after a first call")
    (x * x).sum().backward()
    compare(x.grad, [5.0 + 2, 4, 6], "x.grad after a second call, which adds to the first")


def test_leaves_accumulate_from_call_to_call(leaf):
    x = leaf(3.0)
    for _ in range(2):
        (x * x).backward()
    assert x.grad == 12


def test_a_second_backward_over_one_tape_adds_the_same_again(leaf):
    x = leaf(3.0)
    hidden = x * x
    y = hidden * hidden
    y.backward()
    once = x.grad.copy()
    y.backward()
    assert x.grad == 2 * once
    assert hidden.grad is None


@leaves
def test_only_leaves_keep_a_gradient(leaf):
    x = leaf(3.0)
    hidden = x * x
    (hidden * 2.0).backward()
    compare(x.grad, 12.0, "x.grad")
    assert hidden.grad is None, "what an op made has got a .grad: only leaves keep one (step.tensor.op is None)"


@leaves
def test_two_leaves_never_share_one_array(leaf):
    a, b = leaf([1.0]), leaf([2.0])
    (a + b).sum().backward()
    assert not np.shares_memory(a.grad, b.grad), "a.grad and b.grad are one array: keep a copy of what arrived"


@leaves
def test_a_sweep_that_fails_half_way_has_touched_no_grad(leaf):
    x, w = leaf(1.0), leaf(2.0)
    with pytest.raises(ArithmeticError):
        (w * Broken()(x)).backward()
    assert w.grad is None, "the sweep failed, and w.grad was touched before: sweep to the end first, then add"


@leaves
def test_the_seed_and_the_rule_are_those_that_were_given(leaf):
    x = leaf([1.0, -1.0, 2.0])
    x.relu().backward([-3.0, 5.0, 7.0], rule="deconvnet")
    compare(x.grad, [0.0, 5.0, 7.0], "x.grad under the rule deconvnet")


def test_backward_doesnt_alias_the_gradients_of_two_leaves(leaf):
    a, b = leaf([1.0]), leaf([2.0])
    (a + b).sum().backward()
    a.grad += 5
    assert b.grad.tolist() == [1.0]


def test_grad_touches_no_grad(leaf):
    x, w = leaf(3.0), leaf(2.0)
    y = x * w
    mg.grad(y, (x, w))
    assert x.grad is None and w.grad is None and y.grad is None


def test_grad_takes_tensors_in_the_middle_of_the_tape(leaf):
    x = leaf(3.0)
    hidden = x * x
    assert mg.grad(hidden * hidden, hidden).item() == 18
    assert [g.item() for g in mg.grad(hidden * hidden, (x, hidden))] == [108, 18]


def test_grad_of_a_tensor_with_respect_to_itself_is_the_seed(leaf):
    y = leaf([1.0, 2.0]) * 2
    assert mg.grad(y, y, [3.0, 4.0]).numpy().tolist() == [3.0, 4.0]


def test_a_seed_weighs_the_outputs(leaf):
    x = leaf([1.0, 2.0])
    assert mg.grad(x * x, x, [10.0, -1.0]).numpy().tolist() == [20.0, -4.0]
    (x * x).backward([10.0, -1.0])
    assert x.grad.tolist() == [20.0, -4.0]


def test_a_seed_is_not_changed_and_takes_the_dtype_of_y():
    x, seed = mg.tensor([1.0, 2.0], requires_grad=True), np.array([1, 2])
    assert mg.grad(x * 3, x, seed).dtype == np.float32
    assert seed.tolist() == [1, 2]


def test_a_constant_factor_on_the_way_blocks_nothing_else(leaf):
    x = leaf([1.0, 2.0])
    assert mg.grad((x * 0 + x).sum(), x).numpy().tolist() == [1.0, 1.0]


@settings(max_examples=30)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 99), st.integers(0, 99)), min_size=1, max_size=12))
def test_any_graph_of_sums_and_products_agrees_with_forward_differentiation(recipe):
    x = mg.tensor(np.array(0.7), requires_grad=True)
    values, slopes = [x], [1.0]
    for kind, i, j in recipe:
        a, b = values[i % len(values)], values[j % len(values)]
        da, db = slopes[i % len(values)], slopes[j % len(values)]
        y = [a + b, a - b, a * b, (a * 0.5).tanh()][kind]
        slopes.append([da + db, da - db, da * b.item() + db * a.item(), 0.5 * (1 - y.item() ** 2) * da][kind])
        values.append(y)
    assert mg.grad(values[-1], x).item() == pytest.approx(slopes[-1], rel=1e-9, abs=1e-9)


# Derivatives of derivatives


def test_third_derivative_of_a_power(leaf):
    x = leaf(2.0)
    y, expected = x**4, [4 * 2**3, 12 * 2**2, 24 * 2]
    for value in expected:
        y = mg.grad(y, x, create_graph=True)
        assert y.item() == value


def test_third_derivative_of_tanh_is_its_formula(leaf):
    x = leaf(0.3)
    y = x.tanh()
    t = y.item()
    for _ in range(3):
        y = mg.grad(y, x, create_graph=True)
    assert y.item() == pytest.approx((6 * t**2 - 2) * (1 - t**2))


def test_the_penalty_on_a_gradient_reaches_the_weights(leaf):
    x, w = leaf([1.0, 2.0]), leaf([3.0, 4.0])
    slope = mg.grad((x * x * w).sum(), x, create_graph=True)
    assert mg.grad((slope * slope).sum(), w).numpy().tolist() == [8 * 3 * 1, 8 * 4 * 4]


def test_without_create_graph_the_result_has_no_past(leaf):
    x = leaf(2.0)
    assert not mg.grad(x**3, x).requires_grad


@sweeping
def test_the_sweep_is_on_the_tape_if_that_is_asked_for_and_only_then(leaf):
    x = leaf(2.0)
    y = x**3 + x
    slope = mg.grad(y, x, create_graph=True)
    compare(mg.grad(slope, x), 12.0, "the second derivative of x^3 + x at 2 (with create_graph)")
    order = mg.recorded_before(y)
    steps = list(mg.sweep(y, first_gradient(y, None), order, {id(t) for t in order}))
    assert not any(step.arrived.requires_grad for step in steps), (
        "the sweep was recorded without create_graph: compute within context.recorded(create_graph)"
    )


@sweeping
def test_the_sweep_asks_the_rule_that_was_given(leaf):
    x = leaf([1.0, -1.0, 2.0])
    y = x.relu() * np.array([3.0, 4.0, -5.0])
    compare(mg.grad(y.sum(), x, rule="deconvnet"), [3.0, 4.0, 0.0], "the map under the rule deconvnet")


# Only what is asked for


@sweeping
def test_the_gradient_of_the_weight_is_never_computed_when_only_the_inputs_is_asked(leaf):
    op, a, b = TwoGradients(), leaf(1.0), leaf(2.0)
    mg.grad(op(a, b), a)
    assert op.computed == ["a"], f"only the gradient of a was wanted, and those of {op.computed} were computed"


def test_a_constant_costs_no_gradient(leaf):
    op = TwoGradients()
    mg.grad(op(leaf(1.0), mg.tensor(2.0)) * 1.0, op.inputs[0])
    assert op.computed == ["a"]


def test_what_lies_before_the_asked_tensor_is_not_swept(leaf):
    spy, x = Spy(), leaf(1.0)
    hidden = spy(x) * 2.0
    mg.grad(hidden * hidden, hidden)
    assert spy.passes == 0


def test_side_branches_are_not_swept(leaf):
    spy, x, w = Spy(), leaf(1.0), leaf(2.0)
    mg.grad(x * spy(w), x)
    assert spy.passes == 0


# Watching


@sweeping
def test_the_sweep_yields_what_arrived_and_what_leaves(leaf):
    x, w = leaf(3.0), leaf(5.0)
    product = x * w
    y = product + x
    order = mg.recorded_before(y)
    steps = list(mg.sweep(y, first_gradient(y, None), order, {id(t) for t in order}))
    assert steps[0].tensor is y and steps[1].tensor is product
    assert [g.item() for g in steps[1].leaving] == [5.0, 3.0]
    assert {id(s.tensor): s.arrived.item() for s in steps} == {id(y): 1, id(product): 1, id(x): 6, id(w): 3}


def test_a_sweep_can_be_left_half_way(leaf):
    x = leaf(1.0)
    y = chain(x, 5)
    order = mg.recorded_before(y)
    steps = mg.sweep(y, first_gradient(y, None), order, {id(t) for t in order})
    next(steps)
    assert context.recording()
    steps.close()
    assert mg.grad(y, x).item() == 1


def test_inputs_come_before_outputs_in_the_order_of_the_tape(leaf):
    order = mg.recorded_before(ladder(leaf(1.0), 5))
    place = {id(t): i for i, t in enumerate(order)}
    assert all(place[id(x)] < place[id(t)] for t in order if t.op for x in t.op.inputs if id(x) in place)


# Cost


def test_a_chain_of_20000_ops_needs_no_recursion(leaf):
    x = leaf(1.0)
    assert mg.grad(chain(x, 20_000), x).item() == 1


def test_a_ladder_of_500_diamonds_takes_a_step_per_tensor(leaf):
    x = leaf(1.0)
    y = ladder(x, 500)
    order = mg.recorded_before(y)
    assert len(order) == 1 + 3 * 500
    steps = list(mg.sweep(y, first_gradient(y, None), order, leading_to({id(x)}, order)))
    assert len(steps) == 1 + 3 * 500
    assert steps[-1].arrived.item() == 1


@pytest.mark.parametrize("make, size", [(chain, 2_500), (ladder, 300)])
def test_eight_times_the_tape_takes_far_less_than_64_times_as_long(make, size, leaf):
    x = leaf(1.0)
    assert seconds(make, 8 * size, x) < 30 * seconds(make, size, x)


# Nothing is left behind


def parts(tape):
    """Everything that could be changed about the tensors of a tape."""
    return [(x.array.tobytes(), x.grad, x.requires_grad, x.op, x.first_shown) for x in tape]


def test_a_sweep_leaves_nothing_on_the_tensors(leaf):
    x = leaf([0.5, -0.5])
    y = (x.relu() * x.tanh()).sum()
    tape = mg.recorded_before(y)
    before = parts(tape)
    for rule in ("vanilla", {"": "vanilla"}):
        mg.grad(y, x, rule=rule)
    assert parts(tape) == before


def test_an_exception_in_a_backward_leaves_nothing_behind(leaf):
    x, w = leaf(1.0), leaf(2.0)
    y = Broken()(x) * w
    before = parts(mg.recorded_before(y))
    for attempt in (y.backward, lambda: mg.grad(y, x, create_graph=True)):
        with pytest.raises(ArithmeticError):
            attempt()
        assert parts(mg.recorded_before(y)) == before
        assert context.recording() and context.current_layer() == ""


def test_a_sweep_leaves_nothing_on_a_module_and_no_new_globals():
    net = mg.nn.Sequential(mg.nn.Linear(2, 3), mg.nn.ReLU())
    attributes = {name: set(vars(m)) for name, m in net.named_modules()}
    names = set(vars(mg)), set(vars(mg.nn)), set(vars(context))
    net(mg.tensor([[1.0, 2.0]])).sum().backward(rule="guided")
    assert {name: set(vars(m)) for name, m in net.named_modules()} == attributes
    assert (set(vars(mg)), set(vars(mg.nn)), set(vars(context))) == names


def test_no_tensor_outlives_the_sweep_that_made_it(leaf):
    x = leaf(np.ones(3))
    y = ladder(x, 10).sum()
    gc.collect()
    alive = sum(type(o) is mg.Tensor for o in gc.get_objects())
    mg.grad(y, x)
    assert sum(type(o) is mg.Tensor for o in gc.get_objects()) == alive


# Mistakes


@pytest.mark.parametrize(
    "mistake, words",
    [
        (lambda x: (x * x).backward(), r"shape \(2,\).*no single gradient to start from"),
        (lambda x: (x * x).backward([1.0]), r"the seed .*\(1,\).*\(2,\)"),
        (lambda x: mg.tensor([1.0]).backward(), "nothing that this tensor.*requires a gradient"),
        (lambda x: mg.grad(x.sum(), mg.tensor([1.0])), r"y does not depend on x"),
        (lambda x: mg.grad(x.sum(), (x, mg.tensor([1.0]))), r"depend on x, of shape \(1,\)"),
        (lambda x: mg.grad(x.detach().sum(), x), "after detach"),
    ],
)
def test_mistakes_are_refused_in_words(mistake, words, leaf):
    with pytest.raises(ValueError, match=words):
        mistake(leaf([1.0, 2.0]))


def test_a_seed_that_is_no_number_is_refused(leaf):
    with pytest.raises((TypeError, ValueError), match="the seed .*bool"):
        leaf(1.0).backward(seed=True)


@pytest.mark.parametrize(
    "returned, error, words",
    [
        (
            lambda g: g.sum(),
            ValueError,
            r"Wrong: backward returned a gradient of shape \(\) for an input of shape \(2,\)",
        ),
        (lambda g: g.numpy(), TypeError, "Wrong: backward must return tensors, not ndarray"),
    ],
)
def test_an_op_with_a_bad_gradient_is_named(returned, error, words, leaf):
    class Wrong(Spy):
        def backward(self, g, y, x):
            return returned(g)

    x = leaf([1.0, 2.0])
    with pytest.raises(error, match=words):
        mg.grad(Wrong()(x).sum(), x)


def test_each_gradient_may_be_written_into_without_changing_another(leaf):
    """A sum hands one gradient to both its inputs, and the seed is the caller's."""
    a, b, seed = leaf([1.0, 2.0]), leaf([3.0, 4.0]), np.array([5.0, 6.0])
    (a + b).backward(mg.tensor(seed))
    a.grad *= 0
    assert b.grad.tolist() == seed.tolist() == [5, 6]


def test_a_gradient_that_is_an_input_of_an_op_is_copied(leaf):
    class Scaled(Op):
        def forward(self, x, by):
            return x * by

        def backward(self, g, y, x, by):
            return by, None

    x, by = leaf([1.0, 2.0]), mg.tensor(np.array([3.0, 4.0]))
    Scaled()(x, by).sum().backward()
    x.grad *= 0
    assert by.numpy().tolist() == [3, 4]


def test_a_gradient_that_is_nobody_elses_is_not_copied(leaf, monkeypatch):
    """For a layer of 100 MB of weights that would be 100 MB more."""
    made = []
    copy = Op.__call__
    monkeypatch.setattr(Op, "__call__", lambda self, *inputs: made.append(copy(self, *inputs)) or made[-1])
    x = leaf([1.0, 2.0])
    (x * 3.0).sum().backward()
    assert any(x.grad is one.array for one in made)
