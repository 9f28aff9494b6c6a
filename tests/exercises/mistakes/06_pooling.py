"""Chapter 6: switches that count in the wrong plane, the last of equals, a maximum that begins at 0."""

from . import Mistake

MAX_POOL = """
N, C, H, W = x.shape
axes = zip((H, W), kernel, stride, padding, dilation)
shape = (N, C, *(pool_size(*axis, ceil_mode) for axis in axes))
y = np.full(shape, {start}, dtype=x.dtype)
switches = np.zeros(shape, dtype=np.int64)
for n, c, oh, ow in np.ndindex(*shape):
    for h, kh in _window(oh, H, kernel[0], stride[0], padding[0], dilation[0]):
        for w, kw in _window(ow, W, kernel[1], stride[1], padding[1], dilation[1]):
            if x[n, c, h, w] {wins} y[n, c, oh, ow] or np.isnan(x[n, c, h, w]):
                y[n, c, oh, ow] = x[n, c, h, w]
                switches[n, c, oh, ow] = {switch}
return y, switches
"""
PLANE = "h * W + w"

MISTAKES = [
    Mistake(
        "max-pool",
        MAX_POOL.format(start="-np.inf", wins=">", switch="kh * kernel[1] + kw"),
        "which count h * W + w in the whole plane",
    ),
    Mistake(
        "max-pool",
        MAX_POOL.format(start="-np.inf", wins=">=", switch=PLANE),
        "of which the first in reading order wins",
    ),
    Mistake("max-pool", MAX_POOL.format(start="0", wins=">", switch=PLANE), "the maximum of negative numbers"),
    Mistake("max-pool", MAX_POOL.format(start="-np.inf", wins="<", switch=PLANE), "infinity"),
    Mistake(
        "max-unpool",
        """
        H, W = plane
        gx = np.zeros((*g.shape[:2], H, W), dtype=g.dtype)
        for n, c, i, j in np.ndindex(*g.shape):
            gx[n, c, *divmod(switches[n, c, i, j], W)] = g[n, c, i, j]
        return gx
        """,
        "must be added (+=), not overwritten (=)",
    ),
    Mistake(
        "max-unpool",
        """
        H, W = plane
        gx = np.zeros((*g.shape[:2], H, W), dtype=g.dtype)
        for n, c, i, j in np.ndindex(*g.shape):
            h, w = divmod(switches[n, c, i, j], W)
            gx[n, c, w, h] += g[n, c, i, j]
        return gx
        """,
        "axes 2 and 3 are swapped: something is transposed",
    ),
    Mistake(
        "max-unpool",
        """
        gx = np.zeros((*g.shape[:2], *plane), dtype=g.dtype)
        for n, c, i, j in np.ndindex(*g.shape):
            gx[n, c, i, j] += g[n, c, i, j]
        return gx
        """,
        "the right numbers in the wrong places",
    ),
    Mistake(
        "max-unpool",
        """
        H, W = plane
        return np.repeat(np.repeat(g, H // g.shape[2], axis=2), W // g.shape[3], axis=3)
        """,
        "a mask is missing or too wide",
    ),
    Mistake(
        "avg-pool-gradient",
        """
        gx = np.zeros(x_shape, dtype=g.dtype)
        for out, inp, divisor in _mean_cells(x_shape, g.shape, kernel, stride, padding, count_include_pad):
            gx[inp] += g[out]
        return gx
        """,
        "every number is 4 times what it should be",
    ),
    Mistake(
        "avg-pool-gradient",
        """
        gx = np.zeros(x_shape, dtype=g.dtype)
        for out, inp, divisor in _mean_cells(x_shape, g.shape, kernel, stride, padding, count_include_pad):
            gx[inp] = g[out] / divisor
        return gx
        """,
        "added (+=)",
    ),
    Mistake(
        "avg-pool-gradient",
        """
        gx = np.zeros(x_shape, dtype=g.dtype)
        for out, inp, divisor in _mean_cells(x_shape, g.shape, kernel, stride, padding, count_include_pad):
            gx[inp] += g[out] * divisor
        return gx
        """,
        "every number is 16 times what it should be",
    ),
]
