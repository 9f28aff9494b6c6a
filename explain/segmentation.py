"""From a saliency map to the object's outline, without a single outline to learn from.

A net that was only told *what* is in its pictures has had to find out *where* it is.  Simonyan et al. 2014 (section
3.2) get that back out of it.  A saliency map is too thin to be a mask: it lights up the most telling parts of the
object, not all of it.  But it is good enough to learn two palettes from, for this one picture:

    1. the *foreground*'s colours, from the most salient pixels (above the 95% quantile);
    2. the *background*'s colours, from the least salient ones (below the 30% quantile);
    3. label every pixel so that its colour fits its label, and that few neighbours of like colour are parted:

           E(label)  =  sum over pixels of  -log p(colour | label)  +  sum over neighbours with different labels of  w

       which is the smallest cut through a grid of pipes (Boykov & Jolly 2001), found by a maximum flow;
    4. keep the largest connected piece of the foreground.

Legend: ``H W`` rows and columns of the picture, ``P = H W`` pixels, ``s`` and ``t`` source and sink of the flow.
Read next: ``explain/bias.py``, where the heat turns out to lie outside the mask.
"""

from __future__ import annotations

import warnings

import numpy as np
import scipy

from .forward import Target
from .saliency import saliency

FOREGROUND, BACKGROUND = 0.95, 0.30  # quantiles of the saliency: Simonyan et al. 2014, section 3.2
UNIT = 1000  # the flow counts in whole numbers: so many for 1 nat
NEIGHBOURS = ((0, 1), (1, 0), (1, 1), (1, -1))  # rows and columns to the right, below, and along both diagonals


def segment(model, image, target: Target = None, rule="vanilla", blur: float = 0.0, smoothness: float = 8.0,
            colours: int = 3) -> np.ndarray:
    """The object of a class as a mask, by saliency, colour models and a graph cut.

    Parameters
    ----------
    model : Module
    image : array_like (C, H, W)
    target : int, None (the predicted class) or callable (output -> 1 score)
    rule : backward rule of the saliency, as for `gradient`
        Vanilla is the paper's, and guided does as well; deconvnet does not know where the object is.
    blur : float
        Standard deviation, in pixels, of a Gaussian that the saliency is smoothed with first.  0, the paper's recipe,
        is best here: smoothing helps a threshold, but it blends the background along the edge into the object's
        palette.
    smoothness : float
        What it costs to part two neighbours of the same colour, in nats.
    colours : int
        Gaussians in each of the two colour models.  Objects of a single colour need but one; photos need about five.

    Returns
    -------
    bool ndarray (H, W)

    Raises
    ------
    ValueError
        If the image is not a single one, or its saliency is the same everywhere.

    Examples
    --------
    >>> import numpy as np, nets
    >>> noise = np.random.default_rng(0).uniform(-1, 1, (3, 32, 32))
    >>> segment(nets.SmallCNN(), noise, target=0).shape
    (32, 32)
    """
    image = np.asarray(getattr(image, "array", image))
    if image.ndim != 3:
        raise ValueError(f"segment: takes one picture (C, H, W), not {image.shape}; call it for each picture in turn")
    return segment_by(saliency(model, image, target, rule), image, blur, smoothness, colours)


def segment_by(saliency_map: np.ndarray, image: np.ndarray, blur: float = 0.0, smoothness: float = 8.0,
               colours: int = 3) -> np.ndarray:
    """`segment` with a saliency map (H, W) of any origin; the other arguments are the same."""
    if saliency_map.shape != image.shape[1:]:
        raise ValueError(f"segment: a map of {saliency_map.shape} does not fit an image of {image.shape}")
    heat = scipy.ndimage.gaussian_filter(saliency_map, blur)
    inside, outside = heat > np.quantile(heat, FOREGROUND), heat <= np.quantile(heat, BACKGROUND)
    if not (inside.any() and outside.any()):
        raise ValueError("segment: the saliency is (nearly) the same everywhere, so no pixel stands out; is the net "
                         "trained, and is this a class that it has evidence for?")
    pixels = image.reshape(len(image), -1).T.astype(float)
    fit = [colour_model(pixels[seeds.ravel()], colours).score_samples(pixels) for seeds in (inside, outside)]
    foreground = smallest_cut(fit[0].reshape(heat.shape), fit[1].reshape(heat.shape), image, smoothness)
    return largest_piece(foreground)


def colour_model(pixels: np.ndarray, colours: int):
    """A mixture of Gaussians fitted to pixels (n, C); its ``score_samples`` is ``log p(colour)``."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.mixture import GaussianMixture
    from threadpoolctl import threadpool_limits

    # reg_covar: a palette of a single colour would have no width at all.
    mixture = GaussianMixture(min(colours, len(pixels)), reg_covar=1e-3, random_state=0)
    # So few pixels need no threads, which would only wait for one another.
    with warnings.catch_warnings(), threadpool_limits(1):
        warnings.simplefilter("ignore", ConvergenceWarning)  # nearly converged is good enough for a palette
        return mixture.fit(pixels)


def smallest_cut(inside: np.ndarray, outside: np.ndarray, image: np.ndarray, smoothness: float) -> np.ndarray:
    """The labels (H, W) of least energy, True for foreground.

    Each pixel is a node.  A pipe leads to it from the source, as wide as it is dear to call the pixel background, and
    one from it to the sink, as wide as it is dear to call it foreground.  Whatever pipes one cuts to part source from
    sink, their widths add up to the energy of a labelling; the cheapest cut is where a maximum flow gets stuck (Ford
    & Fulkerson 1956), and the pixels that the source can still reach are the foreground.

    Parameters
    ----------
    inside, outside : ndarray (H, W)
        Log-likelihood of each pixel's colour under either model.
    image : ndarray (C, H, W)
    smoothness : float
    """
    p = inside.size
    s, t, node = p, p + 1, np.arange(p)
    gain = np.clip(inside - outside, -1000, 1000).ravel()  # only the difference matters: the smaller pipe is closed
    pipes = [(np.full(p, s), node, np.maximum(gain, 0)), (node, np.full(p, t), np.maximum(-gain, 0))]
    pipes += between_neighbours(image, smoothness)
    start, end, width = (np.concatenate(part) for part in zip(*pipes))
    graph = scipy.sparse.csr_array((np.rint(UNIT * width).astype(np.int32), (start, end)), shape=(p + 2, p + 2))
    left_over = graph - scipy.sparse.csgraph.maximum_flow(graph, s, t).flow
    left_over.data[left_over.data < 0] = 0
    left_over.eliminate_zeros()
    reached = scipy.sparse.csgraph.breadth_first_order(left_over, s, return_predecessors=False)
    return np.isin(node, reached).reshape(inside.shape)


def between_neighbours(image: np.ndarray, smoothness: float) -> list:
    """Pipes both ways between pixels that touch, as (start, end, width).

    Width: ``smoothness exp(-|difference of colour|^2 / (2 mean of it)) / distance`` (Boykov & Jolly 2001; Rother et al.
    2004, equation 11): a cut through a plain area is dear, along an edge it is cheap.
    """
    node = np.arange(image[0].size).reshape(image.shape[1:])
    ends = [(shifted(node, -dy, -dx), shifted(node, dy, dx)) for dy, dx in NEIGHBOURS]
    colour = image.reshape(len(image), -1)
    steps = [((colour[:, a] - colour[:, b]) ** 2).sum(axis=0) for a, b in ends]
    typical = 2 * np.concatenate(steps).mean() or 1.0
    widths = [smoothness * np.exp(-d / typical) / np.hypot(*offset) for d, offset in zip(steps, NEIGHBOURS)]
    return [(*pair, w) for (a, b), w in zip(ends, widths) for pair in ((a, b), (b, a))]


def shifted(node: np.ndarray, dy: int, dx: int) -> np.ndarray:
    """A table (H, W) without its first `dy` rows and `dx` columns, or its last ones if those are negative; flat."""
    rows, columns = (slice(max(d, 0), n + min(d, 0)) for d, n in zip((dy, dx), node.shape))
    return node[rows, columns].ravel()


def largest_piece(mask: np.ndarray) -> np.ndarray:
    """The largest connected part of a mask (H, W); nothing, if there is none."""
    pieces, _ = scipy.ndimage.label(mask)
    sizes = np.bincount(pieces.ravel())
    sizes[0] = 0
    return (pieces == sizes.argmax()) & mask


def threshold_mask(saliency_map: np.ndarray, quantile: float = 0.95) -> np.ndarray:
    """The plain way to get a mask: the pixels above a quantile of the saliency, (H, W) or (N, H, W), of each map.

    Examples
    --------
    >>> threshold_mask(np.array([[0.0, 1.0], [2.0, 3.0]]), 0.5)
    array([[False, False],
           [ True,  True]])
    """
    if not 0 <= quantile <= 1:
        raise ValueError(f"threshold_mask: quantile is a share between 0 and 1, not {quantile}")
    return saliency_map > np.quantile(saliency_map, quantile, axis=(-2, -1), keepdims=True)


def iou(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Intersection over union of masks (..., H, W): 1 if they are equal, 0 if they don't touch.

    Two empty masks are equal.

    Examples
    --------
    >>> float(iou(np.array([[True, True, False]]), np.array([[False, True, True]])).round(3))
    0.333
    """
    a, b = np.asarray(a), np.asarray(b)
    if a.dtype != bool or b.dtype != bool or a.shape != b.shape or a.ndim < 2:
        raise ValueError(f"iou: takes masks of bools of one shape, not {a.dtype} {a.shape} and {b.dtype} {b.shape}")
    shared, either = (a & b).sum(axis=(-2, -1)), (a | b).sum(axis=(-2, -1))
    return np.where(either == 0, 1.0, shared / np.maximum(either, 1))
