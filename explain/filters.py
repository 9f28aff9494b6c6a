"""Filters: the weights of a convolutional layer, as pictures.

The filters of the *first* layer live in the space of pictures: each has red, green and blue weights and can be shown as
a small picture, of what it answers to most.  Nets of every kind come to learn the same there, edges and spots of
colour.  The filters of deeper layers weigh the channels of the layer before, which are no colours.  They can only be
laid out as rows of grey tiles, and nobody can read them: that is what to see in them.

Weights have a sign, and nothing else about their scale is of interest.  So each tile is scaled *about zero*:

    tile  =  1/2  +  w / (2 max |w|)        0 is mid grey, the weight of largest size black or white

Shapes: weights (O, C, KH, KW), O filters over C channels.

Read next: ``explain/activations.py``, what the filters make of a picture.
"""

from __future__ import annotations

import numpy as np

SCALES = {"tile": (2, 3), "filter": (1, 2, 3)}


def filters(model, layer: str) -> np.ndarray:
    """The weights of a convolutional layer.

    Parameters
    ----------
    model : Module
    layer : str
        Dotted name of the layer.

    Returns
    -------
    ndarray (O, C / groups, KH, KW), a copy.

    Raises
    ------
    ValueError
        If there is no such layer, or it is not convolutional; the message lists the layers that are.

    Examples
    --------
    >>> import nets
    >>> filters(nets.SmallCNN(), "features.0").shape
    (16, 3, 5, 5)
    """
    module = model.get_submodule(layer)
    if not has_filters(module):
        names = [name for name, part in model.named_modules() if has_filters(part)]
        raise ValueError(f"layer {layer!r}, a {type(module).__name__}, has no filters; those that have are "
                         + (", ".join(names) or "none in this net"))
    return module.weight.array.copy()


def filter_tiles(weights: np.ndarray) -> np.ndarray:
    """Filters over red, green and blue (or over grey) as pictures, each scaled about zero by itself.

    Formula: ``1/2 + w / (2 max |w|)`` with the largest size in the filter.  A filter of zeros is grey.

    Parameters
    ----------
    weights : ndarray (O, 3, KH, KW) or (O, 1, KH, KW)

    Returns
    -------
    ndarray (O, KH, KW, 3) in [0, 1], tiles for `explain.plot.grid`.

    Raises
    ------
    ValueError
        If the filters are over other than one or three channels, which aren't colours.

    Examples
    --------
    >>> red_against_blue = np.array([1.0, 0, -2]).reshape(1, 3, 1, 1)
    >>> filter_tiles(red_against_blue)[0, 0, 0]
    array([0.75, 0.5 , 0.  ])
    """
    weights = checked(weights)
    if weights.shape[1] not in (1, 3):
        raise ValueError(f"filter_tiles: filters over {weights.shape[1]} channels have no colours; "
                         "filter_rows shows a tile for each channel")
    tiles = about_zero(weights, "filter").transpose(0, 2, 3, 1)
    return np.broadcast_to(tiles, (*tiles.shape[:3], 3)).copy()


def filter_rows(weights: np.ndarray, per: str = "tile") -> np.ndarray:
    """Filters over any channels as rows of grey tiles: a row for each filter, a tile for each channel it looks at.

    Parameters
    ----------
    weights : ndarray (O, C, KH, KW)
    per : {"tile", "filter"}
        What is scaled by itself.  ``"tile"`` shows the pattern in every tile, however faint; ``"filter"`` shows which
        channels the filter cares for.

    Returns
    -------
    ndarray (O, C, KH, KW, 3) in [0, 1], rows of tiles for `explain.plot.grid`; the three colours are equal.

    Examples
    --------
    >>> rows = filter_rows(np.array([[[[4.0]], [[-1.0]]]]), per="filter")
    >>> rows[0, :, 0, 0, 0]
    array([1.   , 0.375])
    """
    if per not in SCALES:
        raise ValueError(f"filter_rows: per must be one of {', '.join(SCALES)}, not {per!r}")
    return np.repeat(about_zero(checked(weights), per)[..., None], 3, axis=-1)


def about_zero(weights: np.ndarray, per: str) -> np.ndarray:
    """Scale to [0, 1], where 0 becomes 1/2, each tile or each filter by its own largest size."""
    largest = np.abs(weights).max(axis=SCALES[per], keepdims=True)
    return 0.5 + weights / np.where(largest > 0, 2 * largest, 1)


def has_filters(module) -> bool:
    """Whether a module owns weights (O, C, KH, KW)."""
    return getattr(getattr(module, "weight", None), "ndim", None) == 4


def checked(weights) -> np.ndarray:
    """Refuse what are no filters."""
    weights = np.asarray(weights)
    if weights.ndim != 4 or weights.size == 0:
        raise ValueError(f"filters are (O, C, KH, KW) and not empty, not {weights.shape}; explain.filters returns such")
    return weights
