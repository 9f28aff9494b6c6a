"""Embeddings: a net turns a picture into a point, and what it holds for alike comes to lie close together.

The last layer of a classifier is linear, so all that makes a class a class must be there before it: the input of that
layer, a list of D numbers, is the picture's *embedding*.  Two ways to see what is in it:

    nearest neighbours    whose embedding is closest?  Beside the neighbours by pixels, which agree in colour and
                          place, those by features agree in what is shown (Krizhevsky et al. 2012, section 6.1)
    t-SNE                 points in the plane, such that neighbours stay neighbours (van der Maaten & Hinton 2008);
                          what is far apart may be far or not, and the sizes of clusters mean nothing

A map of D dimensions on paper has to lie somewhere.  `trustworthiness` says how much.

Shapes: embeddings (N, D), points (N, 2).

Read next: ``explain/embedding_map.py``, which draws the points.
"""

from __future__ import annotations

import numpy as np
import scipy

import minigrad as mg

from .activations import layer_output
from .forward import as_pictures


def embed(model, images, layer: str | None = None, batch_size: int = 128) -> np.ndarray:
    """The embedding of every picture: what a layer near the end puts out, flattened.

    Parameters
    ----------
    model : Module
    images : array_like (N, C, H, W)
    layer : str, optional
        As for `explain.activations`; None is the net's ``embedding_layer``, the last one before the classifier's last.
    batch_size : int
        So many pictures run at a time.

    Returns
    -------
    ndarray (N, D)

    Raises
    ------
    ValueError
        If there is no such layer, or the net names none.

    Examples
    --------
    >>> import numpy as np, nets
    >>> embed(nets.SmallCNN(), np.zeros((5, 3, 32, 32))).shape
    (5, 64)
    """
    name = layer or getattr(model, "embedding_layer", None)
    if name is None:
        names = ", ".join(name for name, _ in model.named_modules() if name)
        raise ValueError(f"{type(model).__name__} doesn't say which layer its last one sees (an attribute "
                         f"embedding_layer); pass layer=, one of {names}")
    pictures = as_pictures(np.asarray(getattr(images, "array", images)), model)
    parts = []
    with mg.no_grad():
        for start in range(0, len(pictures), batch_size):
            output = layer_output(model, mg.tensor(pictures[start : start + batch_size]), name).array
            parts.append(output.reshape(len(output), -1))
    return np.concatenate(parts)


def nearest(queries: np.ndarray, gallery: np.ndarray, k: int = 5, chunk: int = 256) -> tuple[np.ndarray, np.ndarray]:
    """The `k` nearest neighbours of each query, by brute force.

    Formula: those of smallest ``|q - g| = sqrt(sum over d of (q_d - g_d)^2)``, in float64; of equals, the first.
    A query that is in the gallery itself is its own nearest neighbour.

    Parameters
    ----------
    queries, gallery : ndarray (Q, ...) and (G, ...)
        Embeddings, or pictures, to compare them pixel by pixel; flattened.
    k : int
        From 1 to G.
    chunk : int
        So many queries at a time: the distances of a chunk, chunk x G, are all that is in memory.

    Returns
    -------
    indices : int64 ndarray (Q, k)
        Into the gallery, the nearest first.
    distances : float64 ndarray (Q, k)

    Raises
    ------
    ValueError
        If queries and gallery are of different sizes, have NaNs, or `k` is more than there are.

    Examples
    --------
    >>> indices, distances = nearest(np.array([[0.0, 0]]), np.array([[3.0, 4], [0, 1], [1, 0]]), k=3)
    >>> indices, distances
    (array([[1, 2, 0]]), array([[1., 1., 5.]]))
    """
    q, g = (flat(array, name) for array, name in ((queries, "queries"), (gallery, "gallery")))
    if q.shape[1] != g.shape[1]:
        raise ValueError(f"nearest: queries are {q.shape[1]} numbers each, and the gallery's {g.shape[1]}; "
                         "embed both with the same net and layer")
    if not 1 <= k <= len(g):
        raise ValueError(f"nearest: k is {k}, and the gallery has {len(g)}")
    indices, distances = np.empty((len(q), k), np.int64), np.empty((len(q), k))
    for start in range(0, len(q), chunk):
        part = slice(start, start + chunk)
        all_distances = scipy.spatial.distance.cdist(q[part], g)
        indices[part] = np.argsort(all_distances, axis=1, kind="stable")[:, :k]
        distances[part] = np.take_along_axis(all_distances, indices[part], axis=1)
    return indices, distances


def tsne(embeddings: np.ndarray, perplexity: float = 30, seed: int = 0) -> np.ndarray:
    """Lay embeddings out in the plane by scikit-learn's t-SNE (van der Maaten & Hinton 2008).

    Parameters
    ----------
    embeddings : ndarray (N, D)
    perplexity : float
        About how many neighbours a point is to stay close to.  Their distances are weighed up to three times as many,
        so N must be more than ``3 perplexity``.
    seed : int
        Equal seeds give equal points.  The points start on the plane of most variance (PCA), so it hardly matters.

    Returns
    -------
    float32 ndarray (N, 2)

    Raises
    ------
    ValueError
        If there are too few embeddings for the perplexity, or they are all the same.

    Examples
    --------
    >>> tsne(np.random.default_rng(0).random((20, 4)), perplexity=5).shape
    (20, 2)
    """
    from sklearn.manifold import TSNE
    from threadpoolctl import threadpool_limits

    x = flat(embeddings, "embeddings")
    if not 1 <= perplexity < len(x) / 3:
        raise ValueError(f"tsne: the perplexity must be at least 1, and one of {perplexity:g} needs more than "
                         f"{3 * perplexity:g} samples, not {len(x)}; give more, or lower it below {len(x) / 3:g}")
    if x.shape[1] < 2 or np.ptp(x, axis=0).max() == 0:
        raise ValueError("tsne: the embeddings are single numbers, or all the same, and there is no map of that")
    # One thread is as fast for so few points, and doesn't stall when other programs want the cores.
    with threadpool_limits(1):
        return TSNE(perplexity=perplexity, init="pca", learning_rate="auto", random_state=seed).fit_transform(x)


def trustworthiness(embeddings: np.ndarray, points: np.ndarray, neighbours: int = 10) -> float:
    """How far neighbours on the map are neighbours in truth: 1 if all are (Venna & Kaski 2001).

    Formula: ``1 - 2 / (N k (2 N - 3 k - 1)) * sum of max(0, r - k)`` over every i, and every j among its k nearest on
    the map, where j is the r-th nearest of i in truth.  Points strewn at random have about 0.5.

    Parameters
    ----------
    embeddings : ndarray (N, D)
    points : ndarray (N, 2)
    neighbours : int
        k, less than half of N.

    Examples
    --------
    >>> x = np.array([[0.0, 0], [1, 0], [3, 0], [7, 0]])
    >>> trustworthiness(x, x, neighbours=1)
    1.0
    """
    from sklearn.manifold import trustworthiness as measured

    x, p = flat(embeddings, "embeddings"), flat(points, "points")
    if len(x) != len(p) or not 1 <= neighbours < len(x) / 2:
        raise ValueError(f"trustworthiness: {len(x)} embeddings, {len(p)} points and {neighbours} neighbours; "
                         "it takes a point for each embedding, and fewer neighbours than half of that")
    return float(measured(x, p, n_neighbors=neighbours))


def flat(array, name: str) -> np.ndarray:
    """Bring to float64 (N, D), or refuse."""
    array = np.asarray(array, np.float64)
    if array.ndim < 2 or array.size == 0 or not np.isfinite(array).all():
        raise ValueError(f"{name} must be (N, D), finite and not empty; these have shape {array.shape}"
                         + ("" if np.isfinite(array).all() else " and NaN or infinite numbers"))
    return array.reshape(len(array), -1)
