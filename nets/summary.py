"""What a net is made of: its layers, what they put out, and what they cost, as a table.

Two costs are counted, and they live in different places.  *Parameters* are what has to be stored: most are in the plain
neurons at the end.  *Multiply-adds* (a product, added to a sum) are what has to be computed: most are in the
convolutions, whose filters are used at every place.

Nothing is asked of a layer for this.  The net runs once on zeros, and the tape knows which layer each op belongs to; so
what a ``forward`` computes without a layer of its own is counted too.
"""

from __future__ import annotations

import math
from collections import Counter
from typing import NamedTuple

import numpy as np

import minigrad as mg
from minigrad import context, nn
from minigrad.backward import recorded_before
from minigrad.ops.conv import Conv2d, Conv2dInput
from minigrad.ops.matmul import Matmul

from .training import evaluating

HEADINGS = ("layer", "kind", "output", "parameters", "multiply-adds")


class Row(NamedTuple):
    """A line of the table: texts, and two numbers."""

    name: str
    kind: str
    output: str
    parameters: int
    multiply_adds: int


def summary(model: nn.Module, input_shape: tuple[int, ...]) -> str:
    """Describe a net by a table: layers, output shapes, parameters and multiply-adds, and their totals.

    A layer that is used several times computes several times, and its parameters are there once.  Multiply-adds are
    those of convolutions and matrix products, as is usual; whatever else there is to compute is little beside them.

    Parameters
    ----------
    model : Module
        Run in eval mode; it is left as it was.
    input_shape : (C, H, W) or (N, C, H, W)
        Of one picture, whose outputs are shown without N then; or of a batch.

    Returns
    -------
    str
        To be printed.

    Raises
    ------
    ValueError
        If the net does not take such pictures.

    Examples
    --------
    >>> net = nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU(), nn.Flatten(), nn.Linear(8 * 2 * 2, 10))
    >>> print(summary(net, (3, 4, 4)))
    Sequential for 3 x 4 x 4
    <BLANKLINE>
    layer  kind        output  parameters  multiply-adds
    ----------------------------------------------------
    0      Conv2d   8 x 2 x 2         224            864
    1      ReLU     8 x 2 x 2           0              0
    2      Flatten         32           0              0
    3      Linear          10         330            320
    ----------------------------------------------------
    total                             554          1,184
    """
    if len(input_shape) not in (3, 4) or not all(isinstance(n, (int, np.integer)) and n > 0 for n in input_shape):
        raise ValueError(f"summary: input_shape must be (C, H, W) or (N, C, H, W), all at least 1, not {input_shape}")
    batch = tuple(input_shape) if len(input_shape) == 4 else (1, *input_shape)
    left_out = len(batch) - len(input_shape)  # axes that are not shown
    y, outputs = run(model, batch)
    costs = multiply_adds(y)
    sizes = parameters(model)
    rows = []
    for name, module in model.named_modules():
        if sizes[name] or costs[name] or not any(module.named_children()):
            kind, times = type(module).__name__, len(outputs[name])
            kind += f", {times} times" if times > 1 else ", never used" if times == 0 else ""
            rows.append(Row(name or "(all)", kind, shapes(outputs[name], left_out), sizes[name], costs[name]))
    total = Row("total", "", "", sum(row.parameters for row in rows), sum(row.multiply_adds for row in rows))
    return f"{type(model).__name__} for {times_signs(input_shape)}\n\n{table(rows, total)}"


def run(model: nn.Module, batch: tuple[int, ...]) -> tuple[mg.Tensor, dict[str, list]]:
    """What the net makes of zeros, on the tape, and what each of its modules put out on the way."""
    dtype = next((p.dtype for p in model.parameters()), np.dtype(np.float32))
    x = mg.tensor(np.zeros(batch, dtype), requires_grad=True)
    names = [name for name, _ in model.named_modules()]
    with evaluating(model), context.recorded(True), nn.watch(model, *names) as outputs:
        return model(x), outputs


def multiply_adds(y: mg.Tensor) -> Counter[str]:
    """How many there were on the way to `y`, by the names of the layers."""
    costs: Counter[str] = Counter()
    for tensor in recorded_before(y):
        if isinstance(tensor.op, Conv2d):  # as many for each output as one filter has weights
            costs[tensor.op.layer] += tensor.size * math.prod(tensor.op.inputs[1].shape[1:])
        elif isinstance(tensor.op, Conv2dInput):  # a transposed convolution: for each input
            costs[tensor.op.layer] += tensor.op.inputs[0].size * math.prod(tensor.op.inputs[1].shape[1:])
        elif isinstance(tensor.op, Matmul):  # for each output as many as a row has numbers
            costs[tensor.op.layer] += tensor.size * tensor.op.inputs[0].shape[-1]
    return costs


def parameters(model: nn.Module) -> Counter[str]:
    """How many each module has, without those in its parts; one that is shared is the first one's."""
    sizes: Counter[str] = Counter()
    for name, parameter in model.named_parameters():
        sizes[name.rpartition(".")[0]] += parameter.size
    return sizes


def shapes(outputs: list, left_out: int) -> str:
    """The different shapes that a module put out, each once."""
    found = [times_signs(y.shape[left_out:]) for y in outputs if isinstance(y, mg.Tensor)]
    return ", ".join(dict.fromkeys(found))


def times_signs(shape: tuple[int, ...]) -> str:
    """A shape as it is spoken.

    Examples
    --------
    >>> times_signs((3, 224, 224))
    '3 x 224 x 224'
    """
    return " x ".join(map(str, shape))


def table(rows: list[Row], total: Row) -> str:
    """Align the columns: names to the left, what is counted to the right."""
    lines = [(*row[:3], f"{row.parameters:,}", f"{row.multiply_adds:,}") for row in [*rows, total]]
    widths = [max(map(len, column)) for column in zip(HEADINGS, *lines)]
    rule = "-" * (sum(widths) + 2 * (len(widths) - 1))
    head, *body, last = (aligned(line, widths) for line in [HEADINGS, *lines])
    return "\n".join([head, rule, *body, rule, last])


def aligned(cells: tuple[str, ...], widths: list[int]) -> str:
    """One line of the table."""
    return "  ".join(c.ljust(w) if i < 2 else c.rjust(w) for i, (c, w) in enumerate(zip(cells, widths)))
