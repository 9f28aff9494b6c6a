"""Do embedding, LSTM, attention and clipping agree with PyTorch's, padding and sentences of different length included?

Outputs, last states and all gradients are compared, in float64, on random sizes.  A padded batch goes through PyTorch's
``pack_padded_sequence`` and through our mask; Bahdanau's attention, which PyTorch has no layer for, is written down a
second time out of its tensors.
"""

from __future__ import annotations

import sys
import zlib

import numpy as np

import minigrad as mg
from minigrad import functional as F
from minigrad import nn

from .agreement import TOLERANCE, worst_difference
from .compare import coin, compare, integer, integers
from .networks import same_weights


def add_arguments(parser) -> None:
    parser.add_argument("--seed", type=int, default=0, help="draw other configurations")
    parser.add_argument("--times", type=int, default=1, help="draw so many times as many configurations")


def run(options) -> int:
    """Print a line per layer.  0 if everything agrees, 1 if anything doesn't, 2 without PyTorch."""
    try:
        import torch
    except ImportError:
        print("This benchmark compares with PyTorch, which is not installed:  pip install torch", file=sys.stderr)
        return 2
    print(f"minigrad against PyTorch {torch.__version__}, float64, seed {options.seed}\n")
    print(f"{'layer':40} {'configurations':>14} {'worst relative difference':>27}")
    worst = 0.0
    for name, draw in LAYERS.items():
        rng = np.random.default_rng([options.seed, zlib.crc32(name.encode())])
        difference = float(np.max([worst_difference(draw(rng, torch)) for _ in range(TIMES * options.times)]))
        print(f"{name:40} {TIMES * options.times:14} {difference:27.1e}"
              f"{'' if difference <= TOLERANCE else '   DISAGREES'}")
        worst = max(worst, difference) if difference == difference else difference
    agrees = worst <= TOLERANCE
    print(f"\n{'Everything agrees' if agrees else 'Something disagrees'}: the tolerance is {TOLERANCE:g}.")
    return 0 if agrees else 1


def back_and_forth(rng, torch, ours, theirs, inputs, modules):
    """Pairs of all outputs and, after one random gradient went back through both, of the gradients of everything.

    `ours` and `theirs` are functions that return tuples of tensors; `modules` is a pair whose weights are compared.
    """
    xs, ts = [mg.tensor(x, requires_grad=True) for x in inputs], [torch.tensor(x, requires_grad=True) for x in inputs]
    pairs = [(a, b) for a, b in zip(ours(*xs), theirs(*ts))]
    seeds = [rng.standard_normal(a.shape) for a, _ in pairs]
    mg.backward(sum((a * g).sum() for (a, _), g in zip(pairs, seeds)))
    sum((b * torch.tensor(g)).sum() for (_, b), g in zip(pairs, seeds)).backward()
    leaves = [*zip(xs, ts), *zip(modules[0].parameters(), modules[1].parameters())]
    return [(a.numpy(), b) for a, b in pairs] + [(a.grad, b.grad) for a, b in leaves]


def embedding(rng, torch):
    words, features, padding = integer(rng, 2, 6), integer(rng, 1, 4), None if coin(rng) else 0
    ours, theirs = nn.Embedding(words, features, padding), torch.nn.Embedding(words, features, padding)
    same_weights(rng, torch, ours, theirs)
    sentences = rng.integers(0, words, integers(rng, 1, 5))
    return back_and_forth(rng, torch, lambda: (ours(sentences),), lambda: (theirs(torch.tensor(sentences)),), [],
                          (ours, theirs))


def cell(rng, torch):
    features, hidden, n = integers(rng, 1, 5, 3)
    ours, theirs = (kind(features, hidden, bias=bool(features % 2)) for kind in (nn.LSTMCell, torch.nn.LSTMCell))
    same_weights(rng, torch, ours, theirs)
    inputs = [rng.standard_normal(shape) for shape in ((n, features), (n, hidden), (n, hidden))]
    return back_and_forth(rng, torch, lambda x, h, c: ours(x, (h, c)), lambda x, h, c: theirs(x, (h, c)), inputs,
                          (ours, theirs))


def two_lstms(rng, torch, features, hidden):
    settings = {"num_layers": integer(rng, 1, 3), "bias": coin(rng), "batch_first": True}
    ours, theirs = nn.LSTM(features, hidden, **settings), torch.nn.LSTM(features, hidden, **settings)
    same_weights(rng, torch, ours, theirs)
    return ours, theirs


def sequence(rng, torch):
    """All sentences are of one length, and the first state is given."""
    features, hidden, n, t = integers(rng, 1, 5, 4)
    ours, theirs = two_lstms(rng, torch, features, hidden)
    state = (ours.num_layers, n, hidden)
    inputs = [rng.standard_normal(shape) for shape in ((n, t, features), state, state)]
    return back_and_forth(rng, torch, lambda x, h, c: flat(ours(x, (h, c))), lambda x, h, c: flat(theirs(x, (h, c))),
                          inputs, (ours, theirs))


def padded(rng, torch):
    """Sentences of different lengths."""
    features, hidden, n, t = integers(rng, 1, 5, 4)
    ours, theirs = two_lstms(rng, torch, features, hidden)
    lengths = rng.integers(1, t + 1, n)

    def packed(x):
        rnn = torch.nn.utils.rnn
        rows = rnn.pack_padded_sequence(x, torch.tensor(lengths), batch_first=True, enforce_sorted=False)
        output, state = theirs(rows)
        return rnn.pad_packed_sequence(output, batch_first=True, total_length=t)[0], *state

    mask = nn.lengths_mask(lengths, t)
    return back_and_forth(rng, torch, lambda x: flat(ours(x, None, mask)), packed,
                          [rng.standard_normal((n, t, features))], (ours, theirs))


def flat(result):
    """``output, (h, c)`` as three."""
    output, (h, c) = result
    return output, h, c


def dot_product(rng, torch):
    n, queries, places, size, values = integers(rng, 1, 4, 5)
    mask = rng.random((n, queries, places)) < 0.6
    mask[..., 0] = True
    mask = mask if coin(rng) else None
    inputs = [rng.standard_normal(shape) for shape in ((n, queries, size), (n, places, size), (n, places, values))]
    theirs = torch.nn.functional.scaled_dot_product_attention
    return compare(rng, torch, lambda q, k, v: F.scaled_dot_product_attention(q, k, v, mask),
                   lambda q, k, v: theirs(q, k, v, None if mask is None else torch.tensor(mask)), *inputs)


def additive(rng, torch):
    q, k, a, n, queries, s = integers(rng, 1, 5, 6)
    ours = nn.AdditiveAttention(q, k, a).astype("float64")
    parts = {"query": torch.nn.Linear(q, a), "key": torch.nn.Linear(k, a, False), "score": torch.nn.Linear(a, 1, False)}
    theirs = torch.nn.ModuleDict(parts)
    same_weights(rng, torch, ours, theirs)

    def by_hand(query, places):
        together = torch.tanh(theirs["query"](query)[:, :, None] + theirs["key"](places)[:, None])
        weights = torch.softmax(theirs["score"](together)[..., 0], dim=-1)
        return torch.einsum("nls,nsk->nlk", weights, places), weights

    inputs = [rng.standard_normal(shape) for shape in ((n, queries, q), (n, s, k))]
    return back_and_forth(rng, torch, ours, by_hand, inputs, (ours, theirs))


def clipping(rng, torch):
    gradients = [rng.standard_normal(integers(rng, 1, 4)) * 10 ** integer(rng, -2, 2) for _ in range(3)]
    ours, theirs = [mg.tensor(g, requires_grad=True) for g in gradients], [torch.tensor(g) for g in gradients]
    for p, q, g in zip(ours, theirs, gradients):
        p.grad, q.grad = g, torch.tensor(g)
    norms = mg.optim.clip_grad_norm(ours, 1.0), torch.nn.utils.clip_grad_norm_(theirs, 1.0)
    return [norms, *((p.grad, q.grad) for p, q in zip(ours, theirs))]


TIMES = 12
LAYERS = {
    "Embedding, with and without padding": embedding,
    "LSTMCell": cell,
    "LSTM": sequence,
    "LSTM, sentences of different length": padded,
    "dot-product attention": dot_product,
    "additive attention": additive,
    "clip_grad_norm": clipping,
}
