"""The league table for README.md: several seeds' tables pooled, and written between two marker comments.

Each seed is another net and other scenes.  All scenes count alike, so a mean is the mean of the seeds' means, and the
interval is that of all scenes together; how far the nets differ is told beside it.

Read next: ``explain/segmentation.py``, where a saliency map is put to work.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from nets.files import write_between

from . import report
from .league import League
from .methods import METHODS

BEGIN, END = "<!-- league: begin -->", "<!-- league: end -->"


def add_arguments(parser) -> None:
    parser.add_argument("--tables", nargs="+", default=["evaluation/league.npz"], metavar="FILE",
                        help="league.npz of each seed, as evaluate wrote it (default: evaluation/league.npz)")
    parser.add_argument("--readme", default="README.md", metavar="FILE", help="the file to change (default: README.md)")
    parser.set_defaults(run=run)


def run(options) -> str:
    """Replace the table, and say so."""
    path = write_between(options.readme, BEGIN, END, markdown([report.read(file) for file in options.tables]))
    return f"{path}: a table from {', '.join(options.tables)}"


def pooled(leagues: Sequence[League]) -> League:
    """One table of all scenes of several, which must be of the same methods and measures, and of different seeds."""
    first, seeds = leagues[0], [league.settings["seed"] for league in leagues]
    for league in leagues[1:]:
        if (league.methods, league.measures) != (first.methods, first.measures):
            raise ValueError("the tables have different methods or measures; make them with the same options")
    if len(set(seeds)) < len(seeds):
        raise ValueError(f"the tables are of the seeds {seeds}; the same scenes can't be counted twice")
    if len({len(league.values) for league in leagues}) > 1:
        raise ValueError("the tables have different numbers of scenes; make them with the same --n")
    values = np.concatenate([league.values for league in leagues])
    return League(first.methods, values, {"seeds": seeds, "n": len(first.values)}, first.measures)


def markdown(leagues: Sequence[League]) -> str:
    """The table: means, and folded away beneath it the intervals, and where an edge detector wins."""
    whole = pooled(leagues)
    by_seed = np.stack([league.intervals()[0] for league in leagues])
    columns, seeds = range(len(whole.measures)), ", ".join(map(str, whole.settings["seeds"]))
    parts = [f"Means over {whole.settings['n']} scenes for each of the seeds {seeds}. In bold: the best of the methods "
             "that look at the net. In italics: what explains nothing.",
             lines(whole, columns, short_cells(whole)),
             better_than_random(whole),
             "<details><summary>Intervals, and where an edge detector wins</summary>",
             "± is half the width of the 95% bootstrap interval over all scenes; in brackets the lowest and the "
             "highest mean of a seed, each with a net of its own."]
    detailed = long_cells(whole, by_seed)
    for family in dict.fromkeys(measure.family for measure in whole.measures):
        parts.append(lines(whole, [k for k in columns if whole.measures[k].family == family], detailed))
    parts += ["\n".join(f"- {sentence}" for sentence in report.lost_to_edges(whole)), "</details>"]
    return "\n\n".join(part for part in parts if part)


def better_than_random(league: League) -> str:
    """Who leads a random map in every measure of faithfulness by more than chance, as a sentence; or nothing."""
    asked = [measure.family == "faithfulness" for measure in league.measures]
    if "random" not in league.methods or not any(asked):
        return ""
    serious = (method for method in league.methods if not METHODS[method].baseline)
    sure = [method for method in serious if (league.lead(method, "random")[1][asked] > 0).all()]
    return ("Better than a random map in every measure of faithfulness, with 95% confidence in each: "
            f"{', '.join(sure) or 'none'}.")


def lines(league: League, columns: Sequence[int], cells: Sequence[Sequence[str]]) -> str:
    """Some columns of the table, as Markdown."""
    heads = [f"{league.measures[k].name} {report.ARROWS[league.measures[k].better]}" for k in columns]
    rows = [["", *heads], ["---", *["---:"] * len(heads)]]
    for method, row in zip(league.methods, cells):
        rows.append([f"*{method}*" if METHODS[method].baseline else method, *(row[k] for k in columns)])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def short_cells(league: League) -> list[list[str]]:
    """Means in two digits; the best of those that are no baselines in bold."""
    means, gains = league.intervals()[0], league.gains(league.intervals()[0])
    serious = np.array([not METHODS[method].baseline for method in league.methods])
    best = np.max(np.where(serious[:, None] & ~np.isnan(gains), gains, -np.inf), axis=0)
    return [[f"**{mean:.2f}**" if serious[m] and gains[m, k] == best[k] else "–" if np.isnan(mean) else f"{mean:.2f}"
             for k, mean in enumerate(row)] for m, row in enumerate(means)]


def long_cells(league: League, by_seed: np.ndarray) -> list[list[str]]:
    """Means with half the width of their intervals, and between which means (seeds, methods, measures) they lie."""
    mean, low, high = league.intervals()
    least, most = by_seed.min(axis=0), by_seed.max(axis=0)
    return [[f"{report.number(mean[m, k])} ± {report.number((high[m, k] - low[m, k]) / 2)} "
             f"({report.number(least[m, k])}–{report.number(most[m, k])})"
             for k in range(len(league.measures))] for m in range(len(league.methods))]
