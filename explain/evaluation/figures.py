"""The sanity check as a picture, like the paper's: maps that fall apart or don't, and the curves that say how much."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from ..plot import INK, grid, heat, picture
from .cascade import LIKENESSES, Cascade

STYLES = ("o-", "s-", "^-", "D-", "v-", "P-", "X-", "*-", "<-", ">-")


def tiles(result: Cascade, image: np.ndarray) -> Figure:
    """A row of maps for each method, from the whole net to the one that has forgotten everything (Adebayo et al. 2018).

    Every map is scaled by itself, as in the paper: what is seen is its form.
    """
    rows = [[picture(image), *(tile(one) for one in maps)] for maps in result.maps]
    titles = ["picture", "whole net", *(f"{layer}\nforgotten" for layer in result.layers[1:])]
    return grid(rows, titles, list(result.methods), side=1.15)


def tile(heat_map: np.ndarray) -> np.ndarray:
    """A map's size as brightness; black where it is 0 all over, or nowhere more than elsewhere."""
    size = np.abs(heat_map)
    return heat(size) if np.ptp(size) > 0 else np.zeros((*size.shape, 3))


def records(result: Cascade) -> list[dict]:
    """One record for each method and layer, with the mean likenesses; None where there is none."""
    return [
        {"method": method, "layer": layer,
         **{name: None if np.isnan(value) else float(value) for name, value in zip(LIKENESSES, values)}}
        for method, lines in zip(result.methods, result.means()) for layer, values in zip(result.layers, lines)
    ]


def curves(cascading: Cascade, independent: Cascade | None = None) -> Figure:
    """How alike maps stay, layer by layer; above for layers forgotten from the top down, below for one at a time."""
    results = [(cascading, "forgotten from the top down to")]
    results += [] if independent is None else [(independent, "forgotten alone")]
    figure = Figure(figsize=(10.5, 2.9 * len(results)), layout="constrained")
    axes = figure.subplots(len(results), len(LIKENESSES), squeeze=False)
    for row, (result, label) in zip(axes, results):
        mean = result.means()
        for k, ax in enumerate(row):
            for m, style in enumerate(STYLES[: len(result.methods)]):
                ax.plot(mean[m, :, k], style, markersize=4, linewidth=1.2, label=result.methods[m])
            ax.axhline(0, color="0.6", linewidth=0.8)
            ax.set_title(LIKENESSES[k], fontsize=9, color=INK)
            ax.set_xticks(range(len(result.layers)), result.layers, rotation=30, ha="right", fontsize=8)
            ax.set_xlabel(label, fontsize=8, color=INK)
            ax.spines[["top", "right"]].set_visible(False)
    axes[0, -1].legend(frameon=False, fontsize=8, loc="upper left", bbox_to_anchor=(1, 1))
    return figure
