"""How many windows fit: the arithmetic of sliding along one axis.

    padded axis   . . x x x x x x . .        size = 6, padding = 2
    window        |k k k|                    kernel = 3
    next window       |k k k|                stride = 2

A window *reaches* ``dilation * (kernel - 1) + 1`` cells.  Everything here is
about one axis; rows and columns never talk to each other.

Read next: ``framing.py``, which builds the padded array that these numbers describe.
"""

import numpy as np


def reach(kernel, dilation):
    """Cells from a window's first to its last, both included."""
    return dilation * (kernel - 1) + 1


def span(count, kernel, stride, dilation):
    """Cells from the first window's first to the last window's last.

    It may stop short of the padded axis (remains that no window touches)
    or run past it (the last window of ``ceil_mode``).
    """
    return (count - 1) * stride + reach(kernel, dilation)


def conv_size(size, kernel, stride, padding, dilation):
    """Windows of a convolution: ``floor((size + 2 padding - reach) / stride) + 1``."""
    free = size + 2 * padding - reach(kernel, dilation)
    if free < 0:
        raise ValueError(
            f"a kernel of {kernel} (dilation {dilation}) reaches {reach(kernel, dilation)} "
            f"cells, but the axis has only {size} + 2 * {padding} of padding"
        )
    return free // stride + 1


def pool_size(size, kernel, stride, padding, dilation, ceil_mode):
    """Windows of a pooling; ``ceil_mode`` lets the last one hang over the end.

    That last window must still *start* inside the image or its left
    padding: one that starts in the right padding would see no image.
    """
    if 2 * padding > kernel:
        raise ValueError(
            f"padding {padding} is more than half of the window of {kernel}: a window could see padding only"
        )
    free = size + 2 * padding - reach(kernel, dilation)
    count = (-(-free // stride) if ceil_mode else free // stride) + 1
    if ceil_mode and (count - 1) * stride >= size + padding:
        count -= 1
    if count < 1:
        raise ValueError(f"a pooling window of {kernel} does not fit an axis of {size}")
    return count


def window_area(plane, windows, kernel, stride, padding, include_pad):
    """What an average pooling divides by: the cells that each window counts.

    Rows times columns, so the plane is the outer product of two axes.

    Parameters
    ----------
    plane, windows : pairs
        (H, W) and (OH, OW).
    include_pad : bool
        Padding counts; what hangs over *its* end (``ceil_mode``) never does.

    Returns
    -------
    ndarray of int, shape (OH, OW)
    """
    rows, columns = (_window_length(*axis, include_pad) for axis in zip(plane, windows, kernel, stride, padding))
    return np.outer(rows, columns)


def _window_length(size, count, kernel, stride, padding, include_pad):
    """Cells that each of ``count`` windows counts along one axis."""
    start = np.arange(count) * stride - padding
    end = np.minimum(start + kernel, size + padding)
    if not include_pad:
        start, end = np.maximum(start, 0), np.minimum(end, size)
    return end - start
