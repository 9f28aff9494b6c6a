"""Maps of embeddings: points in the plane, coloured by class, or with the pictures themselves as points.

The colours say whether classes have come apart; the pictures say what else has (size, colour, place), and what the
points are that lie among the wrong class.

Shapes: points (N, 2), x to the right and y upwards.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import scipy

from .plot import INK, colours, picture

if TYPE_CHECKING:  # it takes a while to load: not before there is something to draw
    from matplotlib.figure import Figure

MARKERS = "os^DvP*X<>"  # besides the colour, for readers who see none


def scatter_by_class(points: np.ndarray, labels: np.ndarray, names: Sequence[str] | None = None, title: str = "",
                     side: float = 5.0) -> Figure:
    """Points coloured by class, with a legend beside them.

    Parameters
    ----------
    points : ndarray (N, 2)
    labels : int array (N,)
    names : list of str, optional
        Of the classes; by default their numbers.
    side : float
        Of the map, in inches.
    """
    from matplotlib.figure import Figure

    points, labels = checked(points, labels, "labels")
    figure = Figure(figsize=(side + 1.4, side), layout="constrained")
    ax = figure.subplots()
    classes = np.unique(labels)
    few = len(classes) <= 10
    palette = colours("tab10", np.arange(10)) if few else colours("turbo", np.linspace(0, 1, len(classes)))
    for i, c in enumerate(classes):
        x, y = points[labels == c].T
        ax.scatter(x, y, s=18, color=palette[i], marker=MARKERS[i % len(MARKERS)], linewidth=0, alpha=0.85,
                   label=str(c if names is None else names[c]))
    ax.set(xticks=[], yticks=[], aspect="equal")
    ax.set_title(title, fontsize=9, color=INK)
    ax.spines[:].set_color("0.8")
    ax.legend(loc="center left", bbox_to_anchor=(1, 0.5), frameon=False, markerscale=1.6, labelcolor=INK)
    return figure


def scatter_of_pictures(points: np.ndarray, images: np.ndarray, cells: int = 44, tile: int = 28, title: str = "",
                        side: float = 7.0) -> Figure:
    """The pictures themselves as points: `picture_map` in a frame.  Arguments as there; `side` is in inches."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(side, side + (0.3 if title else 0)), layout="constrained")
    ax = figure.subplots()
    ax.imshow(picture_map(points, images, cells, tile), interpolation="antialiased")
    ax.set(xticks=[], yticks=[])
    ax.set_title(title, fontsize=9, color=INK)
    ax.spines[:].set_color("0.8")
    return figure


def picture_map(points: np.ndarray, images: np.ndarray, cells: int = 44, tile: int = 28) -> np.ndarray:
    """Every picture near its point, none on top of another.

    Pictures at their very points would hide each other, in a tight cluster most of them.  So there is a grid, each cell
    takes one picture, and all together move as little as possible (the sum of their squared ways is the least).  A
    tight cluster becomes a block.

    Parameters
    ----------
    points : ndarray (N, 2)
    images : ndarray (N, C, H, W) in [-1, 1]
    cells : int
        Of the grid, along either side.  With three times as many in all as pictures, clusters stay apart.
    tile : int
        Side of a picture in pixels.

    Returns
    -------
    ndarray (cells tile, cells tile, 3) in [0, 1], white where there is no picture

    Examples
    --------
    >>> black, grey = -np.ones((1, 4, 4)), np.zeros((1, 4, 4))
    >>> picture_map(np.array([[0.0, 0], [1, 1]]), np.stack([black, grey]), cells=3, tile=1)[..., 0]
    array([[1. , 1. , 0.5],
           [1. , 1. , 1. ],
           [0. , 1. , 1. ]])
    """
    points, images = checked(points, images, "images")
    if images.ndim != 4 or tile < 1 or len(images) > cells**2:
        raise ValueError(f"picture_map: images are (N, C, H, W), at most one for each of {cells} x {cells} cells, and "
                         f"a tile is at least one pixel, not {images.shape} and {tile}; take more cells, or fewer")
    canvas = np.ones((cells * tile, cells * tile, 3))
    for (row, column), image in zip(tile * own_cells(points, cells), images):
        canvas[row : row + tile, column : column + tile] = shrunk(picture(image), tile)
    return canvas


def own_cells(points: np.ndarray, cells: int) -> np.ndarray:
    """A cell (row, column) for each point, no two the same, so that the squared ways to them add up to the least."""
    low, high = points.min(axis=0), points.max(axis=0)
    extent = float((high - low).max()) or 1.0
    inner = cells - 1 - 2 * (cells // 20)  # leaves a margin, into which clusters at the edge can spread
    x, y = (((points - (low + high) / 2) / extent) * inner + (cells - 1) / 2).T
    grid = np.stack(np.divmod(np.arange(cells**2), cells), axis=1)
    ways = scipy.spatial.distance.cdist(np.stack([cells - 1 - y, x], axis=1), grid, "sqeuclidean")
    _, mine = scipy.optimize.linear_sum_assignment(ways)
    return grid[mine]


def shrunk(rgb: np.ndarray, side: int) -> np.ndarray:
    """A tile (H, W, 3) at another size, by taking the nearest pixels."""
    rows, columns = (((np.arange(side) + 0.5) * n / side).astype(int) for n in rgb.shape[:2])
    return rgb[rows[:, None], columns]


def checked(points, others, name: str) -> tuple[np.ndarray, np.ndarray]:
    """Points and as many others, as arrays."""
    points, others = np.asarray(points), np.asarray(others)
    if points.ndim != 2 or points.shape[1] != 2 or len(points) == 0 or len(points) != len(others):
        raise ValueError(f"points must be (N, 2), not {points.shape}, and {name} {others.shape} as many")
    return points, others
