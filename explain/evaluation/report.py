"""The league table on paper: in the terminal, as CSV and JSON, and as a picture.

Read next: ``explain/evaluation/cascade.py``, for the other half of the question.
"""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from nets.files import write_atomically

from ..plot import INK, png
from .league import League
from .methods import METHODS

METHOD_COLOUR, BASELINE_COLOUR = "#1f5a94", "0.55"


def rows(league: League) -> list[dict]:
    """One record for each method and measure: mean, interval, rank, and how many scenes have a value."""
    mean, low, high = league.intervals()
    ranks, numbers = league.ranks(), (~np.isnan(league.values)).sum(axis=0)
    return [
        {"method": method, "measure": measure.name, "better": measure.better, "family": measure.family,
         "kind": measure.kind, "mean": known(mean[m, k]), "low": known(low[m, k]), "high": known(high[m, k]),
         "rank": int(ranks[m, k]), "n": int(numbers[m, k])}
        for m, method in enumerate(league.methods) for k, measure in enumerate(league.measures)
    ]


def known(number: float) -> float | None:
    """The number, or None where there is none: neither CSV nor JSON has a NaN that every reader understands."""
    return None if np.isnan(number) else float(number)


def text(league: League) -> str:
    """The table for a terminal: a line for each method, the best mean of every measure with a star, and the intervals.

    The second line of each method holds half the width of its 95% intervals.
    """
    mean, low, high = league.intervals()
    ranks = league.ranks()
    width = max(map(len, league.methods)) + 2
    heads = [measure.name.split() + ["↑" if measure.better == "higher" else "↓"] for measure in league.measures]
    lines = ["".join([" " * width, *(f"{part[line] if line < len(part) else '':>12}" for part in heads)]).rstrip()
             for line in range(max(map(len, heads)))]
    for m, method in enumerate(league.methods):
        cells = [f"{number(value)}{'*' if rank == 1 else ' '}" for value, rank in zip(mean[m], ranks[m])]
        lines.append(f"{method:{width}}" + "".join(f"{cell:>12}" for cell in cells))
        halves = [f"±{number((b - a) / 2)} " for a, b in zip(low[m], high[m])]
        lines.append(" " * width + "".join(f"{half:>12}" for half in halves))
    return "\n".join(line.rstrip() for line in lines)


def number(value: float) -> str:
    """Three decimals, or a dash where there is no number."""
    return "–" if np.isnan(value) else f"{value:.3f}"


def lost_to_edges(league: League) -> list[str]:
    """Where an edge detector, which has never seen the net, is better than a method; a sentence for each method.

    Only leads whose 95% interval lies above 0 count.
    """
    if "edges" not in league.methods:
        return []
    sentences = []
    for method in league.methods:
        if METHODS[method].baseline:
            continue
        low = league.lead("edges", method)[1]
        names = [measure.name for measure, lead in zip(league.measures, low) if lead > 0]
        if names:
            sentences.append(f"An edge detector does better than {method} in {', '.join(names)}.")
    return sentences


def picture(league: League) -> Figure:
    """A panel for each measure: the means as dots with their intervals, the baselines in grey, the better side right.

    The dashed line is the random map.
    """
    mean, low, high = league.intervals()
    k, columns = len(league.measures), min(6, len(league.measures))
    height = 0.19 * len(league.methods) + 0.75
    figure = Figure(figsize=(1.75 * columns + 1.5, height * -(-k // columns)), layout="constrained")
    axes = figure.subplots(-(-k // columns), columns, sharey=True, squeeze=False).ravel()
    for panel, ax in enumerate(axes):
        if panel >= k:
            ax.set_visible(False)
            continue
        dots(ax, league, panel, mean[:, panel], low[:, panel], high[:, panel])
    return figure


def dots(ax, league: League, panel: int, mean, low, high) -> None:
    """One measure's panel."""
    places = np.arange(len(league.methods))
    colours = [BASELINE_COLOUR if METHODS[method].baseline else METHOD_COLOUR for method in league.methods]
    ax.hlines(places, low, high, color=colours, linewidth=1.6)
    ax.scatter(mean, places, s=14, color=colours, zorder=3)
    if "random" in league.methods:
        ax.axvline(mean[league.methods.index("random")], color="0.55", linewidth=0.8, linestyle="--", zorder=0)
    measure = league.measures[panel]
    lower = measure.better == "lower"
    ax.set_title(f"{measure.name}\n({measure.better} is better)", fontsize=8, color=INK)
    ax.set_yticks(places, league.methods, fontsize=8, color=INK)
    ax.tick_params(axis="x", labelsize=7)
    ax.locator_params(axis="x", nbins=4)
    ax.grid(axis="y", color="0.93", linewidth=0.8)
    ax.set_axisbelow(True)
    ax.spines[["top", "right", "left"]].set_visible(False)
    ax.tick_params(axis="y", length=0)
    ax.margins(x=0.08)
    if lower:
        ax.invert_xaxis()
    if not ax.yaxis_inverted():  # once: the panels share it
        ax.invert_yaxis()


def write(league: League, folder: str | Path) -> list[Path]:
    """Write ``league.csv``, ``league.json`` and ``league.png`` into a folder, each whole or not at all."""
    records, buffer = rows(league), io.StringIO(newline="")
    table = csv.DictWriter(buffer, list(records[0]), lineterminator="\n")
    table.writeheader()
    table.writerows(records)
    notes = {"settings": league.settings, "results": records, "notes": lost_to_edges(league)}
    contents = {"league.csv": buffer.getvalue().encode(),
                "league.json": (json.dumps(notes, indent=1, ensure_ascii=False) + "\n").encode(),
                "league.png": png(picture(league))}
    return [write_atomically(Path(folder) / name, content) for name, content in contents.items()]
