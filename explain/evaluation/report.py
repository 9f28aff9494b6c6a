"""The league table on paper: in the terminal, as CSV and JSON, and as a picture.

Read next: ``explain/evaluation/readme.py``, for several seeds' tables in one.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from nets.checkpoint import load_checkpoint, save_checkpoint
from nets.files import write_atomically

from ..plot import INK, png
from .league import League
from .measures import chosen_measures
from .methods import METHODS, chosen

ARROWS = {"higher": "↑", "lower": "↓"}
METHOD_COLOUR, BASELINE_COLOUR = "#1f5a94", "0.55"


def rows(league: League) -> list[dict]:
    """One record for each method and measure: mean and interval, rank, the lead, and how many scenes have a value.

    The lead is that over the random map on the same scenes, with its own interval; positive is better.
    """
    ranks, numbers = league.ranks(), (~np.isnan(league.values)).sum(axis=0)
    parts = dict(zip(("mean", "low", "high"), league.intervals()))
    if "random" in league.methods:
        leads = [league.lead(method, "random") for method in league.methods]
        parts |= {name: np.stack(part) for name, part in zip(("lead", "lead_low", "lead_high"), zip(*leads))}
    return [
        {"method": method, "measure": measure.name, "better": measure.better, "family": measure.family,
         "kind": measure.kind, **{name: known(part[m, k]) for name, part in parts.items()},
         "rank": int(ranks[m, k]), "n": int(numbers[m, k])}
        for m, method in enumerate(league.methods) for k, measure in enumerate(league.measures)
    ]


def known(number: float) -> float | None:
    """The number, or None where there is none: neither CSV nor JSON has a NaN that every reader understands."""
    return None if np.isnan(number) else float(number)


def text(league: League) -> str:
    """The table for a terminal, a block for each family of measures: means with half the width of their intervals.

    An arrow says which way is better, and a star who is best.
    """
    mean, low, high = league.intervals()
    cells = [[f"{number(mean[m, k])}{'*' if rank == 1 else ' '} ±{number((high[m, k] - low[m, k]) / 2)}"
              for k, rank in enumerate(line)] for m, line in enumerate(league.ranks())]
    blocks = []
    for family in dict.fromkeys(measure.family for measure in league.measures):
        mine = [k for k, measure in enumerate(league.measures) if measure.family == family]
        titles = [f"{league.measures[k].name} {ARROWS[league.measures[k].better]}" for k in mine]
        lines = [table_line(family, titles)]
        lines += [table_line(method, [row[k] for k in mine]) for method, row in zip(league.methods, cells)]
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks)


def table_line(name: str, cells: Sequence[str]) -> str:
    """A name and some cells, each at the right of its column."""
    return f"{name:22}" + "".join(f"{cell:>19}" for cell in cells)


def number(value: float) -> str:
    """Three decimals, or a dash where there is no number."""
    return "–" if np.isnan(value) else f"{value:.3f}"


def lost_to_edges(league: League) -> list[str]:
    """Where an edge detector, which has never seen the net, is better than a method; a sentence for each method.

    Only leads whose 95% interval lies above 0 count, and no leads in stability: what doesn't look at the net can hardly
    be upset by it.
    """
    if "edges" not in league.methods:
        return []
    sentences = []
    for method in league.methods:
        if METHODS[method].baseline:
            continue
        low = league.lead("edges", method)[1]
        names = [measure.name for measure, lead in zip(league.measures, low)
                 if lead > 0 and measure.family != "stability"]
        if names:
            sentences.append(f"An edge detector does better than {method} in {', '.join(names)}.")
    return sentences


def picture(league: League, columns: int = 6) -> Figure:
    """A panel for each measure: the means as dots with their intervals, the baselines in grey, the better side right.

    The dashed line is the random map.  There are `columns` panels in a row, at most.
    """
    mean, low, high = league.intervals()
    k = len(league.measures)
    columns = min(columns, k)
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
    """Write ``league.csv``, ``.json``, ``.png`` and ``.npz`` into a folder, each whole or not at all.

    The last one has the numbers of every single scene.
    """
    records, buffer = rows(league), io.StringIO(newline="")
    table = csv.DictWriter(buffer, list(records[0]), lineterminator="\n")
    table.writeheader()
    table.writerows(records)
    notes = {"settings": league.settings, "results": records, "notes": lost_to_edges(league)}
    contents = {"league.csv": buffer.getvalue().encode(),
                "league.json": (json.dumps(notes, indent=1, ensure_ascii=False) + "\n").encode(),
                "league.png": png(picture(league))}
    names = {"settings": league.settings, "methods": league.methods, "measures": [one.name for one in league.measures]}
    return [*(write_atomically(Path(folder) / name, content) for name, content in contents.items()),
            save_checkpoint(Path(folder) / "league.npz", {"values": league.values}, names)]


def read(path: str | Path) -> League:
    """The table whose numbers are in a ``league.npz``.

    Raises
    ------
    ValueError
        If there is no such file, or it is damaged, or something else.
    """
    arrays, notes = load_checkpoint(path)
    if "values" not in arrays or not {"settings", "methods", "measures"} <= notes.keys():
        raise ValueError(f"{path} is no league table; `python -m explain evaluate` writes them")
    methods = tuple(method.name for method in chosen(notes["methods"]))
    return League(methods, arrays["values"], notes["settings"], chosen_measures(notes["measures"]))
