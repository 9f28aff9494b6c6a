"""How alike are two maps?  Rank correlation, structural similarity, and plain correlation.

Two maps of one picture may differ in scale and in contrast and still tell the same.  *Spearman's* rank correlation sees
only the order of the pixels; *SSIM* (Wang et al. 2004) compares brightness, contrast and structure in a window that
glides over both, as an eye would.  Adebayo et al. 2018 use both to see what is left of a map.

Kind of evaluation: none by itself; *targeted* where ``cascade.py`` uses it.
"""

from __future__ import annotations

import numpy as np
import scipy

WINDOW = 1.5  # standard deviation of SSIM's window in pixels, and its constants: Wang et al. 2004, section III-C
REACH = 5  # the window is 11 x 11 pixels
K1, K2 = 0.01, 0.03


def spearman(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Spearman's rank correlation of each pair of maps (N, ...), over all numbers of a map.

    Formula: Pearson's r of the ranks; equal numbers share the mean of their ranks.

    Returns
    -------
    ndarray (N,)
        In [-1, 1]; NaN if one of the two is constant, and so has no order.

    Examples
    --------
    >>> spearman(np.array([[1.0, 2.0, 3.0]]), np.array([[10.0, 1000.0, 100.0]]))
    array([0.5])
    """
    check_pair("spearman", a, b)
    order = [scipy.stats.rankdata(m.reshape(len(m), 1, -1), axis=-1) for m in (a, b)]
    return correlation(*order)


def ssim(a: np.ndarray, b: np.ndarray, data_range: float = 1.0) -> np.ndarray:
    """Structural similarity of each pair of maps (N, H, W).

    Formula (Wang et al. 2004, equation 13), at each place of a Gaussian window:
    ``(2 ma mb + C1) (2 cov + C2) / ((ma^2 + mb^2 + C1) (va + vb + C2))`` with the means m, variances v and covariance
    in the window, ``C1 = (K1 range)^2`` and ``C2 = (K2 range)^2``; then the mean over all places where the whole window
    lies inside the maps.

    Parameters
    ----------
    a, b : ndarrays (N, H, W), H and W at least 11
    data_range : float
        From the darkest to the brightest that there can be.

    Returns
    -------
    ndarray (N,)
        In [-1, 1]; 1 for equal maps.

    Examples
    --------
    >>> half = np.full((1, 16, 16), 0.5)
    >>> ssim(half, half)
    array([1.])
    """
    check_pair("ssim", a, b)
    if a.ndim != 3 or min(a.shape[1:]) <= 2 * REACH:
        raise ValueError(f"ssim: maps must be (N, H, W) with sides of at least {2 * REACH + 1}, not {a.shape}")
    a, b = a.astype(float), b.astype(float)
    ma, mb = windowed(a), windowed(b)
    va, vb, cov = windowed(a * a) - ma * ma, windowed(b * b) - mb * mb, windowed(a * b) - ma * mb
    c1, c2 = (K1 * data_range) ** 2, (K2 * data_range) ** 2
    alike = (2 * ma * mb + c1) * (2 * cov + c2) / ((ma * ma + mb * mb + c1) * (va + vb + c2))
    return alike.mean(axis=(1, 2))


def windowed(maps: np.ndarray) -> np.ndarray:
    """Mean under a Gaussian window at each place where all of it lies inside: (N, H, W) to (N, H - 10, W - 10)."""
    sigma = (0, WINDOW, WINDOW)
    return scipy.ndimage.gaussian_filter(maps, sigma, truncate=REACH / WINDOW)[:, REACH:-REACH, REACH:-REACH]


def correlation(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Pearson's r between maps (..., H, W), pixel by pixel; NaN if one of the two is constant.

    Examples
    --------
    >>> float(correlation(np.array([[0.0, 1.0], [2.0, 3.0]]), np.array([[5.0, 4.0], [3.0, 2.0]])))
    -1.0
    """
    a, b = (m - m.mean(axis=(-2, -1), keepdims=True, dtype=float) for m in (a, b))
    sizes = np.sqrt((a**2).sum(axis=(-2, -1)) * (b**2).sum(axis=(-2, -1)))
    return np.divide((a * b).sum(axis=(-2, -1)), sizes, out=np.full(sizes.shape, np.nan), where=sizes > 0)


def class_correlation(model, two_object_scenes, method) -> float:
    """Mean correlation between the maps for the two classes of each scene: 1 if the class does not matter at all.

    Formula: mean over scenes of Pearson's r between the pixels of the two maps; a constant map, which has none, is left
    out.  `method` is called as ``method(model, images, target)`` and returns maps (N, H, W).
    """
    s = two_object_scenes
    return float(np.nanmean(correlation(*(method(model, s.images, s.classes[:, m]) for m in range(2)))))


def check_pair(name: str, a: np.ndarray, b: np.ndarray) -> None:
    """Two sets of maps must be of one shape, and not empty."""
    if a.shape != b.shape or a.ndim < 2 or a.size == 0:
        raise ValueError(f"{name}: maps of {a.shape} and {b.shape} must be of one shape (N, ...), and not empty")
