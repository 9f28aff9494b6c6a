"""Receptive fields: how much of the picture has one unit of a layer seen?

A unit of the first convolution sees as many pixels as the filter has.  A unit of the next sees a window of those, so
more of the picture; and every stride lets all later windows reach further.  `receptive_field` says how large the field
is, and where it lies (``windows.py`` has the arithmetic).  Near the border a field hangs over the edge: `unit_field` is
what is left of it inside the picture, by following every op (``influence.py``), and it works for any unit of any layer.

This is what *can* influence a unit.  What *does* is mostly the middle of it, and is the gradient's business.

Read next: ``explain/patches.py``, which cuts fields out of pictures.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

import minigrad as mg
from minigrad import nn
from nets.training import evaluating

from .activations import layer_output
from .forward import as_pictures
from .influence import influence
from .windows import NoWindows, grown


class Rectangle(NamedTuple):
    """Rows `top` up to `bottom` and columns `left` up to `right`, the last of each left out, as in slices."""

    top: int
    left: int
    bottom: int
    right: int

    def cropped(self, height: int, width: int) -> Rectangle:
        """The part of it that lies inside a picture."""
        (top, bottom), (left, right) = np.clip([self[::2], self[1::2]], 0, [[height], [width]]).tolist()
        return Rectangle(top, left, bottom, right)


class ReceptiveField(NamedTuple):
    """What the units of a layer see, each attribute as (vertical, horizontal), in pixels.

    Attributes
    ----------
    size : how much one unit sees
    stride : how far apart neighbouring units look
    offset : where the field of unit (0, 0) begins; negative, where there is padding
    """

    size: tuple[int, int]
    stride: tuple[int, int]
    offset: tuple[int, int]

    def rectangle(self, row: int, column: int) -> Rectangle:
        """The field of the unit at `row` and `column`, which may hang over the picture's edge."""
        top, left = (o + s * i for o, s, i in zip(self.offset, self.stride, (row, column)))
        return Rectangle(top, left, top + self.size[0], left + self.size[1])


def receptive_field(model, layer: str, shape) -> ReceptiveField:
    """Size, stride and offset of the fields of a layer's units.

    Parameters
    ----------
    model : Module
    layer : str
        As for `explain.activations`.
    shape : (C, H, W)
        Of a picture that the net takes.  The result is the same for all.

    Returns
    -------
    ReceptiveField

    Raises
    ------
    ValueError
        If the units don't see windows of one size and stride, as after a global mean; `unit_field` can say more.

    Examples
    --------
    >>> import nets
    >>> receptive_field(nets.SmallCNN(), "features.3", (3, 64, 64))
    ReceptiveField(size=(7, 7), stride=(4, 4), offset=(-2, -2))
    """
    x = blank(model, shape)
    return windows_of_units(layer_output(model, x, layer), x, layer)


def receptive_fields(model, shape) -> dict[str, ReceptiveField | None]:
    """`receptive_field` of every layer that has no parts of its own, from one forward pass.

    Returns
    -------
    dict from layer name (``"name:0"``, ``"name:1"`` if it runs several times) to ReceptiveField, or to None for those
    without windows of one size.
    """
    x = blank(model, shape)
    table: dict[str, ReceptiveField | None] = {}
    leaves = [name for name, module in model.named_modules() if name and not any(module.named_children())]
    with evaluating(model), nn.watch(model, *leaves) as outputs:
        model(x)
    for name, ran in outputs.items():
        for i, y in enumerate(ran):
            key = name if len(ran) == 1 else f"{name}:{i}"
            try:
                table[key] = windows_of_units(y, x, key)
            except NoWindows:
                table[key] = None
    return table


def unit_field(model, layer: str, unit: tuple[int, ...], shape) -> Rectangle:
    """The smallest rectangle of the picture outside of which nothing can influence a unit.

    Parameters
    ----------
    model, layer, shape
        As for `receptive_field`.
    unit : (channel, row, column), or (i,) in a layer without rows and columns

    Returns
    -------
    Rectangle inside the picture; empty, if the unit sees nothing of it.

    Raises
    ------
    ValueError
        If there is no such unit, or an op of which no rule says what it looks at.

    Examples
    --------
    >>> import nets
    >>> unit_field(nets.SmallCNN(), "features.3", (0, 0, 1), (3, 64, 64))
    Rectangle(top=0, left=2, bottom=5, right=9)
    """
    x = blank(model, shape)
    y = layer_output(model, x, layer)
    if len(unit) != y.ndim - 1 or not all(0 <= i < n for i, n in zip(unit, y.shape[1:])):
        raise ValueError(f"unit {unit} is not in layer {layer!r}, which puts out {y.shape[1:]} for each picture")
    seen = influence(y, x, (0, *unit)) if y.requires_grad else ()
    if not (seen and all(axis.any() for axis in seen)):
        return Rectangle(0, 0, 0, 0)
    (top, bottom), (left, right) = (np.flatnonzero(axis)[[0, -1]].tolist() for axis in seen[2:])
    return Rectangle(top, left, bottom + 1, right + 1)


def blank(model, shape) -> mg.Tensor:
    """A picture of zeros that wants a gradient, so that what is made of it goes on the tape."""
    if len(shape) != 3:
        raise ValueError(f"receptive field: shape is (C, H, W), that of one picture, not {tuple(shape)}")
    return mg.tensor(as_pictures(np.zeros(shape), model), requires_grad=True)


def windows_of_units(y, x, layer: str) -> ReceptiveField:
    """The field from a layer's output `y` and the picture `x` on its tape."""
    if y.ndim != 4:
        raise NoWindows(f"layer {layer!r} puts out {y.shape}, without rows and columns, so its units have no windows; "
                        "unit_field says what a single unit sees")
    seen = grown(y, x) if y.requires_grad else None
    if seen is None:
        raise NoWindows(f"layer {layer!r} does not depend on the picture, or not by anything on the tape")
    return ReceptiveField(*(tuple(pair.tolist()) for pair in (seen.last - seen.first + 1, seen.stride, seen.first)))
