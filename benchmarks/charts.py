"""Two charts: all ratios as bars around the line at 1, and time against size.

Both axes of ratios and times are logarithmic, so that twice as fast and twice as slow are equally far from the line.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from explain.plot import INK

from .case import Row
from .machine import headline
from .report import groups, mean_ratio

FASTER, SLOWER, OURS, THEIRS = "tab:blue", "tab:orange", "tab:blue", "tab:orange"
ROW_INCHES = 0.19


def figure(machine: dict, rows: Sequence[Row]) -> Figure:
    """The bars, and beneath them the chart of time against size if there are rows for it."""
    bars, sizes = [row for row in rows if row.ratio], [row for row in rows if row.ratio and row.size]
    if not bars:
        raise ValueError("there is nothing to plot: no row has a ratio")
    heights = [ROW_INCHES * (len(bars) + 2 * len(groups(bars))) + 0.6] + ([3.6] if sizes else [])
    drawn = Figure(figsize=(9, sum(heights) + 0.7), layout="constrained")
    axes = drawn.subplots(len(heights), 1, height_ratios=heights, squeeze=False)[:, 0]
    drawn.suptitle(headline(machine), fontsize=7, color=INK, x=0.01, ha="left", wrap=True)
    draw_ratios(axes[0], bars)
    if sizes:
        draw_sizes(axes[1], sizes, "PyTorch" if "torch" in machine["versions"] else machine["peer"])
    return drawn


def draw_ratios(ax: Axes, rows: Sequence[Row]) -> None:
    """A bar from 1 to each ratio, its quartiles as a line, and a diamond for each group's geometric mean."""
    names: list[str] = []
    for group, members in groups(rows).items():
        mean = mean_ratio(members) or 1.0
        ax.plot(mean, len(names), "D", color=INK, markersize=5)
        ax.annotate(f"{mean:.2f}", (mean, len(names)), (7, 0), textcoords="offset points", va="center", fontsize=8)
        names.append(f"{group}: geometric mean")
        for row in members:
            draw_bar(ax, len(names), row)
            names.append(row.name)
        names.append("")
    ax.axvline(1, color=INK, linewidth=1)
    ax.set_xscale("log")
    left, right = ax.get_xlim()
    ax.set_xlim(min(left, 0.45), max(right, 2.2))  # there is always something on either side of the line
    ax.set_yticks(range(len(names)), names, fontsize=7, color=INK)
    for label in ax.get_yticklabels():
        if label.get_text().endswith("geometric mean"):
            label.set_fontweight("bold")
    ax.set_ylim(len(names) - 0.5, -1)
    ax.set_xlabel("ours / theirs: left of the line we are faster, or need less memory", fontsize=8, color=INK)
    plain_numbers(ax.xaxis, base=2)
    ax.tick_params(axis="y", length=0)
    ax.grid(axis="x", color="0.9")
    ax.set_axisbelow(True)
    ax.spines[["top", "right", "left"]].set_visible(False)


def draw_bar(ax: Axes, place: int, row: Row) -> None:
    low, middle, high = row.ratio or (1.0, 1.0, 1.0)
    ax.barh(place, middle - 1, 0.7, left=1, color=FASTER if middle <= 1 else SLOWER)
    ax.plot([low, high], [place, place], color=INK, linewidth=1)


def draw_sizes(ax: Axes, rows: Sequence[Row], peer: str) -> None:
    """Two lines: the medians of both sides against the size."""
    sizes = [row.size for row in rows]
    ax.loglog(sizes, [row.ours * 1e3 for row in rows], "o-", color=OURS, label="minigrad")
    ax.loglog(sizes, [row.theirs * 1e3 for row in rows], "s-", color=THEIRS, label=peer)
    ax.set_xlabel("side of the picture in pixels", fontsize=8, color=INK)
    ax.set_ylabel("milliseconds", fontsize=8, color=INK)
    ax.set_title(rows[0].group, fontsize=9, color=INK)
    plain_numbers(ax.xaxis, base=2)
    plain_numbers(ax.yaxis, base=10)
    ax.grid(color="0.9")
    ax.legend(frameon=False, fontsize=8)
    ax.spines[["top", "right"]].set_visible(False)


def plain_numbers(axis, base: int) -> None:
    """Ticks at the powers of 2 or 10, as 0.5 and 2 rather than with an exponent."""
    axis.set_major_locator(LogLocator(base))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.set_minor_formatter(NullFormatter())


def image(machine: dict, rows: Sequence[Row], path: str) -> bytes:
    """The figure as the bytes of a file of the kind that its name says, PNG if it says none."""
    buffer = io.BytesIO()
    figure(machine, rows).savefig(buffer, format=Path(path).suffix[1:] or "png", dpi=130)
    return buffer.getvalue()
