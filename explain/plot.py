"""From arrays to pictures: colours first, then tiles in a grid.

The functions that colour return plain RGB arrays (H, W, 3) in [0, 1], so each can be looked at, tested and combined:
`picture` (what the net saw), `heat` (how much), `signed` (for or against, grey is nothing), `overlay` (where in the
picture).  `grid` puts such tiles side by side with labels, and `png` makes the bytes that a page needs (`pixels`
those of a tile alone, small enough that a page can hold hundreds).
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

if TYPE_CHECKING:  # it takes a while to load: not before there is something to draw
    from matplotlib.figure import Figure

INK = "#222222"


def picture(image: np.ndarray) -> np.ndarray:
    """The picture itself: (C, H, W) in [-1, 1], one or three channels, to RGB."""
    if image.ndim != 3 or image.shape[0] not in (1, 3):
        raise ValueError(f"picture: an image is (1 or 3, H, W), not {image.shape}")
    rgb = np.clip((image.transpose(1, 2, 0) + 1) / 2, 0, 1)
    return np.repeat(rgb, 3, axis=2) if rgb.shape[2] == 1 else rgb


def normalised(heat_map: np.ndarray) -> np.ndarray:
    """Scale a map to [0, 1].  A constant map becomes zeros, never NaN, and a warning says why it is all zero."""
    low, high = float(heat_map.min()), float(heat_map.max())
    if high > low:
        return (heat_map - low) / (high - low)
    reason = "no place counts more than another" if low else "no place counts at all, or what is negative was cut off"
    warnings.warn(f"the map is {low:g} everywhere ({reason}), and is drawn as zeros", stacklevel=3)
    return np.zeros_like(heat_map, dtype=float)


def colours(name: str, numbers: np.ndarray) -> np.ndarray:
    """Numbers in [0, 1], or indices, as RGB (..., 3), by the one of Matplotlib's maps of colours that has this name."""
    from matplotlib import colormaps

    return colormaps[name](numbers)[..., :3]


def heat(heat_map: np.ndarray, brightest: float = 99.5) -> np.ndarray:
    """A map (H, W) of sizes as brightness: black is least, and everything above the given percentile is most.

    One extreme pixel would otherwise leave all others dark.
    """
    return colours("inferno", normalised(np.minimum(heat_map, np.percentile(heat_map, brightest))))


def signed(gradient: np.ndarray, brightest: float = 99.5) -> np.ndarray:
    """A gradient (3, H, W) in its own colours, or a map (H, W) or (1, H, W) in blue and red; 0 is the middle."""
    scale = float(np.percentile(np.abs(gradient), brightest)) or 1.0
    relative = np.clip(gradient / scale, -1, 1) / 2 + 0.5
    if gradient.ndim == 3 and gradient.shape[0] == 3:
        return relative.transpose(1, 2, 0)
    return colours("RdBu_r", relative[0] if gradient.ndim == 3 else relative)


def overlay(image: np.ndarray, heat_map: np.ndarray, strength: float = 0.55) -> np.ndarray:
    """A heat map laid over the picture, which is turned grey so that its colours don't mix with the heat's."""
    grey = picture(image).mean(axis=2, keepdims=True)
    hot = colours("turbo", normalised(heat_map))
    return (1 - strength) * grey + strength * hot


def outlined(rgb: np.ndarray, mask: np.ndarray, colour=(1.0, 1.0, 1.0)) -> np.ndarray:
    """Draw the outer edge of a mask (H, W) into a tile."""
    inside = np.pad(mask, 1)
    near = inside[:-2, 1:-1] | inside[2:, 1:-1] | inside[1:-1, :-2] | inside[1:-1, 2:]
    drawn = rgb.copy()
    drawn[near & ~mask] = colour
    return drawn


def grid(rows: Sequence[Sequence[np.ndarray]], columns: Sequence[str] = (), labels: Sequence[str] = (),
         side: float = 1.25) -> Figure:
    """Put RGB tiles side by side.

    Parameters
    ----------
    rows : list of rows of tiles (H, W, 3)
    columns : titles above the first row
    labels : a text left of each row
    side : width of a tile in inches
    """
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    width = max(len(row) for row in rows)
    margin = 1.0 if labels else 0.0
    lines = max((title.count("\n") + 1 for title in columns), default=0)
    size = (width * side + margin, len(rows) * side + (0.1 + 0.17 * lines if columns else 0))
    figure = Figure(figsize=size, layout=ConstrainedLayoutEngine(w_pad=0.02, h_pad=0.02, wspace=0, hspace=0))
    axes = figure.subplots(len(rows), width, squeeze=False)
    for r, row in enumerate(rows):
        for c in range(width):
            ax = axes[r, c]
            ax.set(xticks=[], yticks=[])
            ax.spines[:].set_visible(False)
            if c < len(row):
                ax.imshow(row[c], interpolation="nearest", vmin=0, vmax=1)
    for ax, title in zip(axes[0], columns):
        ax.set_title(title, fontsize=9, color=INK)
    for ax, label in zip(axes[:, 0], labels):
        ax.set_ylabel(label, rotation=0, ha="right", va="center", fontsize=9, color=INK)
    return figure


def matrices(tables: Sequence[tuple[str, np.ndarray, np.ndarray]], side: float = 1.45) -> Figure:
    """Draw small matrices of numbers as textbooks do.

    Parameters
    ----------
    tables : list of (title, numbers (R, C), shaded (R, C) of bools)
        Shaded cells are the ones that stand out.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(side * len(tables), side + 0.25), layout="constrained")
    for ax, (title, numbers, shaded) in zip(np.ravel(figure.subplots(1, len(tables), squeeze=False)), tables):
        ax.imshow(np.where(shaded, 0.82, 1.0), cmap="gray", vmin=0, vmax=1)
        for (r, c), value in np.ndenumerate(numbers):
            ax.text(c, r, f"{value + 0:g}".replace("-", "−"), ha="center", va="center", fontsize=11, color=INK)
        ax.set(xticks=np.arange(-0.5, numbers.shape[1]), yticks=np.arange(-0.5, numbers.shape[0]))
        ax.tick_params(length=0, labelbottom=False, labelleft=False)
        ax.grid(color="0.6", linewidth=0.8)
        ax.set_title(title, fontsize=9, color=INK)
    return figure


def png(figure: Figure, dpi: int = 144) -> bytes:
    """The figure as the bytes of a PNG file."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=dpi)
    return buffer.getvalue()


def pixels(rgb: np.ndarray) -> bytes:
    """A tile (H, W, 3) in [0, 1] as the bytes of a PNG file, a pixel for each of its own.

    Examples
    --------
    >>> pixels(np.zeros((2, 2, 3)))[:4]
    b'\\x89PNG'
    """
    buffer = io.BytesIO()
    Image.fromarray((255 * rgb).round().astype(np.uint8)).save(buffer, "PNG", optimize=True)
    return buffer.getvalue()
