"""Bars, for the figures that sections measure."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from ..plot import INK

COLOURS = ("tab:orange", "tab:blue", "tab:green")


def bars(series: dict[str, Sequence[float]], names: Sequence[str], width: float = 7.0) -> Figure:
    """Groups of bars with their values written at their ends.

    Parameters
    ----------
    series : dict from a name to a value for each group
        A bar of every group, in one colour.
    names : sequence of str
        Of the groups.
    width : float
        Of the figure in inches.
    """
    figure = Figure(figsize=(width, 2.6), layout="constrained")
    axes, share = figure.subplots(), 0.8 / len(series)
    for i, ((name, values), colour) in enumerate(zip(series.items(), COLOURS)):
        places = np.arange(len(names)) + share * (i - (len(series) - 1) / 2)
        drawn = axes.bar(places, values, 0.92 * share, label=name, color=colour)
        axes.bar_label(drawn, [number(value) for value in values], fontsize=9, padding=2, color=INK)
    axes.axhline(0, color="0.4", linewidth=0.8)
    axes.set_xticks(np.arange(len(names)), names, fontsize=9, color=INK)
    axes.margins(y=0.15)
    axes.spines[["top", "right"]].set_visible(False)
    if len(series) > 1:
        axes.legend(frameon=False, fontsize=9, loc="upper left", bbox_to_anchor=(1, 1))
    return figure


def number(value: float) -> str:
    """Two decimals, with a true minus sign."""
    return f"{value:.2f}".replace("-", "−")


def weights(values: np.ndarray, marked: Sequence[int], width: float = 7.0) -> Figure:
    """All weights of a layer's channels in falling order, those above 0 red and those below blue.

    Parameters
    ----------
    values : ndarray (K,)
    marked : channels whose numbers are written at their bars
    """
    order = np.argsort(-values)
    figure = Figure(figsize=(width, 1.9), layout="constrained")
    axes = figure.subplots()
    axes.bar(np.arange(len(values)), values[order], color=np.where(values[order] > 0, "#b2182b", "#2166ac"))
    for place, k in enumerate(order.tolist()):
        if k in marked:
            up = values[k] > 0
            axes.annotate(f"{k}", (place, values[k]), (0, 2 if up else -2), textcoords="offset points", fontsize=8,
                          rotation=90, ha="center", va="bottom" if up else "top", color=INK)
    axes.axhline(0, color="0.4", linewidth=0.8)
    axes.set(xticks=[], xlabel="channels, in falling order", ylabel="α")
    axes.margins(x=0.01, y=0.2)
    axes.spines[["top", "right", "bottom"]].set_visible(False)
    return figure
