"""Large pictures with titles, each with the scale of its colours beneath.

Read next: ``explain/photo/sections.py``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib import colormaps
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from PIL import Image

from .. import plot
from ..gradcam import enlarged
from .classes import short

SIDE = 3.4  # inches of a panel; two of them fill the page
HEADING, LINE, SCALE, GAP = 0.45, 0.18, 0.35, 0.06  # inches: above all, of a title's line, below, and between two
PLACES = (("upper left", "upper middle", "upper right"), ("left", "middle", "right"),
          ("lower left", "lower middle", "lower right"))


@dataclass
class Panel:
    """A tile (H, W, 3) with a title; `ends` are words for the scale of its `colours`, from left to right."""

    title: str
    rgb: np.ndarray
    colours: str = ""
    ends: Sequence[str] = ()


def seen_panel(seen: np.ndarray, title: str = "what the net sees") -> Panel:
    """The picture (3, H, W) in [-1, 1] itself."""
    return Panel(title, plot.picture(seen))


def heat_panel(title: str, heat_map: np.ndarray) -> Panel:
    """A fine map (H, W), not negative, as brightness."""
    if heat_map.max() <= heat_map.min():
        return Panel(f"{title}\n(the same everywhere)", np.zeros((*heat_map.shape, 3)))
    return Panel(title, plot.heat(heat_map), "inferno", ("no influence", "most"))


def overlay_panel(title: str, seen: np.ndarray, heat_map: np.ndarray, most: str = "most",
                  top: float | None = None) -> Panel:
    """The positive part of a map, of any size, over the grey picture; its scale ends at `top`, or at its peak."""
    positive = np.maximum(fitted(heat_map, seen), 0)
    grey = plot.picture(seen).mean(axis=2, keepdims=True)
    if not positive.any():
        return Panel(f"{title}\n(nothing: no place is above 0)", np.repeat(grey, 3, axis=2))
    hot = colormaps["turbo"](positive / (top or positive.max()))[..., :3]
    return Panel(title, 0.45 * grey + 0.55 * hot, "turbo", ("none", most))


def signed_panel(title: str, seen: np.ndarray, signed_map: np.ndarray, ends: Sequence[str]) -> Panel:
    """A map of both signs over the grey picture, which shows through where the map is near 0."""
    values = fitted(signed_map, seen)
    relative = values / (float(np.abs(values).max()) or 1.0)
    grey = plot.picture(seen).mean(axis=2, keepdims=True)
    cover = 0.85 * np.abs(relative[..., None]) ** 0.7
    colours = colormaps["RdBu_r"](0.5 + relative / 2)[..., :3]
    return Panel(title, (1 - cover) * grey + cover * colours, "RdBu_r", ends)


def fitted(heat_map: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """A map enlarged bilinearly to the size of the picture."""
    return enlarged(heat_map[None], seen.shape[1:])[0]


def draw(columns: Sequence[tuple[str, Sequence[Panel]]]) -> bytes:
    """Draw panels beneath their heading: a column for each heading, or two panels in a row if there is only one.

    Returns
    -------
    The bytes of a PNG.
    """
    across = 2 if len(columns) == 1 else 1
    all_panels = [panel for _, panels in columns for panel in panels]
    down = -(-max(len(panels) for _, panels in columns) // across)
    title = LINE * (1 + max(panel.title.count("\n") + 1 for panel in all_panels))
    step = title + SIDE + (SCALE if any(panel.colours for panel in all_panels) else 0)
    width, height = max(len(columns), 2) * SIDE, HEADING + down * step
    figure = Figure(figsize=(width, height))
    for i, (heading, panels) in enumerate(columns):
        figure.text((i + across / 2) * SIDE / width, 1 - HEADING / 2 / height, heading, ha="center", va="center",
                    fontsize=11, color=plot.INK, weight="bold")
        for j, panel in enumerate(panels):
            put(figure, (i + j % across) * SIDE, HEADING + j // across * step + title, panel)
    return plot.png(figure)


def put(figure: Figure, left: float, top: float, panel: Panel) -> None:
    """One panel with its title above and its scale beneath, at a place in inches from the upper left corner."""
    ax = figure.add_axes(fraction(figure, left + GAP, top, SIDE - 2 * GAP, SIDE - 2 * GAP))
    ax.imshow(panel.rgb, interpolation="nearest", vmin=0, vmax=1)
    ax.set_title(panel.title, fontsize=10, color=plot.INK)
    ax.set_axis_off()
    if panel.colours:
        scale = figure.add_axes(fraction(figure, left + 0.15 * SIDE, top + SIDE, 0.7 * SIDE, 0.1))
        scale.imshow(np.linspace(0, 1, 256)[None], cmap=panel.colours, aspect="auto", extent=(0, 1, 0, 1))
        scale.set(yticks=[], xticks=np.linspace(0, 1, len(panel.ends)))
        scale.set_xticklabels(panel.ends, fontsize=9, color=plot.INK)
        scale.get_xticklabels()[0].set_horizontalalignment("left")
        scale.get_xticklabels()[-1].set_horizontalalignment("right")
        scale.tick_params(length=0)
        scale.spines[:].set_visible(False)


def fraction(figure: Figure, left: float, top: float, width: float,
             height: float) -> tuple[float, float, float, float]:
    """A rectangle in inches from the upper left, as Matplotlib wants it: in shares of the figure, from below."""
    across, down = figure.get_size_inches()
    return left / across, 1 - (top + height) / down, width / across, height / down


def answer_picture(photo: Image.Image, answers: Sequence[tuple[str, Sequence[tuple[int, str, float]]]]) -> bytes:
    """The photo with the square that the nets see, and for each net bars of its most probable classes."""
    figure = Figure(figsize=(2 * SIDE, SIDE + 1.55 * (len(answers) - 1)), layout="constrained")
    left, right = figure.subfigures(1, 2, width_ratios=(1, 1.15), squeeze=False)[0]
    ax = left.subplots()
    small = photo.copy()
    small.thumbnail((900, 900))
    side = min(small.size)
    corner = ((small.width - side) / 2 - 0.5, (small.height - side) / 2 - 0.5)
    ax.imshow(np.asarray(small))
    ax.add_patch(Rectangle(corner, side, side, fill=False, edgecolor="white", linewidth=3, clip_on=False))
    ax.add_patch(Rectangle(corner, side, side, fill=False, edgecolor="black", linewidth=1, clip_on=False))
    ax.set_axis_off()
    for chart, (heading, rows) in zip(np.ravel(right.subplots(len(answers), 1, squeeze=False)), answers):
        bars(chart, heading, rows)
    return plot.png(figure)


def bars(ax, heading: str, rows: Sequence[tuple[int, str, float]]) -> None:
    """The most probable classes, the first on top."""
    drawn = ax.barh(range(len(rows)), [p for _, _, p in rows], color="#4a78b5")
    ax.bar_label(drawn, [percent(p) for _, _, p in rows], fontsize=9, padding=3, color=plot.INK)
    ax.set_yticks(range(len(rows)), [f"{short(name)}\nclass {number}" for number, name, _ in rows], fontsize=9)
    ax.invert_yaxis()
    ax.set(xticks=[], xlim=(0, 1.25 * max(p for _, _, p in rows)))
    ax.set_title(heading, fontsize=10, color=plot.INK, weight="bold")
    ax.spines[["top", "right", "bottom"]].set_visible(False)


def percent(p: float) -> str:
    """A probability in words: three figures are enough, and what is nearly nothing is not called nothing.

    Examples
    --------
    >>> percent(0.37812), percent(1e-7), percent(1.0)
    ('37.8 %', 'below 0.1 %', '100.0 %')
    """
    return f"{p:.1%}".replace("%", " %") if p >= 0.001 else "below 0.1 %"


def place(heat_map: np.ndarray) -> str:
    """Where the positive part of a map lies, in words; also for those who can't see it.

    Examples
    --------
    >>> heat_map = np.zeros((12, 12)); heat_map[9:, 9:] = 1
    >>> place(heat_map)
    'half of it lies in 3 % of the picture, and it is strongest at the lower right'
    """
    positive = np.maximum(heat_map, 0).astype(float)
    if not positive.any():
        return "there is none"
    share = np.cumsum(np.sort(positive, axis=None)[::-1]) / positive.sum()
    area = (np.searchsorted(share, 0.5) + 1) / positive.size
    row, column = (3 * i // n for i, n in zip(np.unravel_index(positive.argmax(), positive.shape), positive.shape))
    return f"half of it lies in {round(100 * area)} % of the picture, and it is strongest at the {PLACES[row][column]}"
