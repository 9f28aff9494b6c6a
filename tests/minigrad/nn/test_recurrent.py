"""LSTM: the sequence is held to its cell, step by step, and sentences of one batch to themselves alone.

What to take from it: a mask makes padding mean nothing, neither forwards nor backwards.
"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import minigrad as mg
from minigrad import nn

LENGTHS = [3, 1, 4]


@pytest.fixture
def lstm():
    mg.manual_seed(1)
    return nn.LSTM(3, 2, num_layers=2, batch_first=True).astype("float64")


def as_function_of_its_weights(layer, call):
    """``fn(x, *weights)`` and the weights' values, for gradcheck."""
    names = [name for name, _ in layer.named_parameters()]

    def fn(x, *weights):
        kept = {name: getattr(layer, name) for name in names}
        for name, weight in zip(names, weights):
            setattr(layer, name, weight)
        y = call(x)
        for name, weight in kept.items():
            setattr(layer, name, weight)
        return y

    return fn, [p.numpy() for p in layer.parameters()]


def test_a_cell_by_hand():
    # Weights and biases of 0 but for x's way to z: z = tanh(atanh 0.6) = 0.6, i = f = o = 1/2, so c' = 0.3.
    cell = nn.LSTMCell(1, 1).astype("float64")
    for p in cell.parameters():
        p.data = np.zeros_like(p.array)
    cell.weight_ih.data = np.array([[0.0], [0.0], [1.0], [0.0]])
    h, c = cell(mg.tensor(np.array([[np.arctanh(0.6)]])))
    assert c.item() == pytest.approx(0.3) and h.item() == pytest.approx(np.tanh(0.3) / 2)


def test_the_first_state_is_zero(normal):
    cell, x = nn.LSTMCell(3, 2).astype("float64"), mg.tensor(normal(4, 3))
    zeros = mg.tensor(np.zeros((4, 2)))
    np.testing.assert_array_equal(cell(x)[0].numpy(), cell(x, (zeros, zeros))[0].numpy())


@pytest.mark.parametrize("bias", [True, False])
def test_a_sequence_is_its_cell_step_by_step(normal, bias):
    lstm, cell = nn.LSTM(3, 2, bias=bias).astype("float64"), nn.LSTMCell(3, 2, bias=bias).astype("float64")
    cell.load_state_dict({name.removesuffix("_l0"): array for name, array in lstm.state_dict().items()})
    x = mg.tensor(normal(5, 4, 3))
    output, (h, c) = lstm(x)
    state = None
    for t in range(5):
        state = cell(x[t], state)
        np.testing.assert_allclose(output.numpy()[t], state[0].numpy(), rtol=1e-12)
    np.testing.assert_allclose((h.numpy()[0], c.numpy()[0]), [part.numpy() for part in state], rtol=1e-12)


def test_a_second_layer_reads_the_first(lstm, normal):
    x = mg.tensor(normal(1, 4, 3))
    layers = [nn.LSTM(3, 2, batch_first=True).astype("float64"), nn.LSTM(2, 2, batch_first=True).astype("float64")]
    for k, layer in enumerate(layers):
        layer.load_state_dict({name[:-1] + "0": a for name, a in lstm.state_dict().items() if name.endswith(str(k))})
    first, (h0, _) = layers[0](x)
    second, (h1, _) = layers[1](first)
    output, (h, _) = lstm(x)
    np.testing.assert_allclose(output.numpy(), second.numpy(), rtol=1e-12)
    np.testing.assert_allclose(h.numpy(), np.concatenate([h0.numpy(), h1.numpy()]), rtol=1e-12)


def test_batch_first_only_swaps_axes(normal):
    mg.manual_seed(2)
    rows, columns = nn.LSTM(3, 2, batch_first=True), nn.LSTM(3, 2)
    columns.load_state_dict(rows.state_dict())
    x, mask = normal(2, 4, 3), nn.lengths_mask([4, 2])
    a, _ = rows(mg.tensor(x), None, mask)
    b, _ = columns(mg.tensor(x.swapaxes(0, 1)), None, mask.T)
    np.testing.assert_array_equal(a.numpy(), b.numpy().swapaxes(0, 1))


def test_a_padded_sentence_gives_what_it_gives_alone(lstm, normal):
    x = normal(3, 4, 3)
    output, (h, c) = lstm(mg.tensor(x), None, nn.lengths_mask(LENGTHS))
    for i, length in enumerate(LENGTHS):
        alone, (h_alone, c_alone) = lstm(mg.tensor(x[i : i + 1, :length]))
        np.testing.assert_allclose(output.numpy()[i, :length], alone.numpy()[0], rtol=1e-12)
        assert not output.numpy()[i, length:].any()
        np.testing.assert_allclose(h.numpy()[:, i], h_alone.numpy()[:, 0], rtol=1e-12)
        np.testing.assert_allclose(c.numpy()[:, i], c_alone.numpy()[:, 0], rtol=1e-12)


def test_padding_gets_no_gradient(lstm, leaf, normal):
    x = leaf(normal(3, 4, 3))
    output, (h, c) = lstm(x, None, nn.lengths_mask(LENGTHS))
    g = mg.grad(output.sum() + h.sum() + c.sum(), x).numpy()
    np.testing.assert_array_equal(g.any(axis=2), nn.lengths_mask(LENGTHS))


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 1000), st.lists(st.integers(0, 5), min_size=1, max_size=4))
def test_numbers_in_the_padding_change_nothing(seed, lengths):
    rng, mask = np.random.default_rng(seed), nn.lengths_mask(lengths, 5)
    x = rng.standard_normal((len(lengths), 5, 2))
    other = np.where(mask[..., None], x, 1e3)
    mg.manual_seed(seed)
    lstm = nn.LSTM(2, 3, batch_first=True)
    for a, b in zip(lstm(mg.tensor(x), None, mask)[1], lstm(mg.tensor(other), None, mask)[1]):
        np.testing.assert_array_equal(a.numpy(), b.numpy())


def test_a_sentence_may_be_read_in_two_parts(lstm, normal):
    x = mg.tensor(normal(2, 5, 3))
    _, state = lstm(x[:, :2])
    _, in_two = lstm(x[:, 2:], state)
    _, at_once = lstm(x)
    for a, b in zip(in_two, at_once):
        np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=1e-12)


@pytest.mark.parametrize("check", [mg.gradcheck, mg.gradgradcheck])
def test_a_padded_sequence_matches_finite_differences(check, normal):
    lstm, mask = nn.LSTM(2, 2, batch_first=True).astype("float64"), nn.lengths_mask([3, 1])

    def everything(x):
        output, state = lstm(x, None, mask)
        return (output, *state)

    fn, weights = as_function_of_its_weights(lstm, everything)
    assert check(fn, (normal(2, 3, 2), *weights))


def test_a_cell_matches_finite_differences(normal):
    cell = nn.LSTMCell(2, 3).astype("float64")
    fn, weights = as_function_of_its_weights(cell, cell)
    assert mg.gradcheck(fn, (normal(2, 2), *weights))


def test_weights_have_pytorchs_names_and_shapes():
    shapes = {name: array.shape for name, array in nn.LSTM(3, 2, num_layers=2).state_dict().items()}
    assert shapes == {"weight_ih_l0": (8, 3), "weight_hh_l0": (8, 2), "bias_ih_l0": (8,), "bias_hh_l0": (8,),
                      "weight_ih_l1": (8, 2), "weight_hh_l1": (8, 2), "bias_ih_l1": (8,), "bias_hh_l1": (8,)}


def test_an_lstm_learns_which_sentence_began_with_a_one():
    rng = np.random.default_rng(0)
    x = rng.integers(0, 2, (64, 8, 1)).astype(np.float32)
    lstm, head = nn.LSTM(1, 8, batch_first=True), nn.Linear(8, 2)
    optimiser = mg.optim.Adam([*lstm.parameters(), *head.parameters()], lr=0.03)
    for _ in range(100):
        loss = mg.functional.cross_entropy(head(lstm(mg.tensor(x))[1][0][0]), x[:, 0, 0].astype(int))
        optimiser.zero_grad()
        loss.backward()
        mg.optim.clip_grad_norm(optimiser.params, 1.0)
        optimiser.step()
    assert loss.item() < 0.05


X = mg.tensor(np.zeros((2, 4, 3)))


@pytest.mark.parametrize(("mistake", "words"), [
    (lambda: nn.LSTM(0, 2), "LSTM: input_size must be a positive integer, not 0"),
    (lambda: nn.LSTMCell(2, 0), "LSTMCell: hidden_size must be a positive integer"),
    (lambda: nn.LSTMCell(2, 2)(mg.tensor(np.zeros((1, 3)))), r"LSTMCell: x must be \(N, 2\).*\(1, 3\)"),
    (lambda: nn.LSTM(2, 2)(X), r"LSTM: x must be \(T, N, 2\).*\(2, 4, 3\)"),
    (lambda: nn.LSTM(3, 2, batch_first=True)(X[:, :0]), r"\(N, T, 3\), none of them 0.*\(2, 0, 3\)"),
    (lambda: nn.LSTM(3, 2)(X, (np.zeros((1, 4, 2)), np.zeros((1, 2, 2)))), r"c must be.*\(1, 4, 2\).*\(1, 2, 2\)"),
    (lambda: nn.LSTM(3, 2)(X, None, np.ones((4, 2), bool)), r"mask must be bools of shape \(2, 4\).*\(4, 2\)"),
    (lambda: nn.LSTM(3, 2)(X, None, np.ones((2, 4))), "mask must be bools.*not float64"),
    (lambda: nn.lengths_mask([]), "lengths must be a list of whole numbers"),
    (lambda: nn.lengths_mask([1.5]), "lengths must be a list of whole numbers"),
    (lambda: nn.lengths_mask([-1, 2]), "at least 0"),
    (lambda: nn.lengths_mask([5], 4), "a length of 5 does not fit 4 places"),
])
def test_mistakes_are_refused_in_words(mistake, words):
    with pytest.raises(ValueError, match=words):
        mistake()
