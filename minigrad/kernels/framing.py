"""Put an image into a frame, so that no window ever asks "am I outside?".

        x              frame
                     . . . . .
      a b c          . a b c .      the frame is as large as the span of all
      d e f    ->    . d e f .      windows: borders are filled, and remains
      g h i          . g h i .      that no window touches are cut off
                     . . . . .

``remove_frame`` is the adjoint of ``frame`` (with fill 0): what was copied in
is copied out, what was filled is dropped, what was cut off receives zero.
The NumPy backend uses both; the reference tests each index instead.

Read next: ``reference.py``.
"""

import numpy as np


def frame(x, padding, size, fill=0):
    """Copy ``x`` (..., H, W) into a filled array (..., *size)."""
    framed = np.full((*x.shape[:-2], *size), fill, dtype=x.dtype)
    inside, cut = _overlap(x.shape, padding, size)
    framed[inside] = x[cut]
    return framed


def remove_frame(framed, padding, x_shape):
    """Copy the image (..., H, W) back out of its frame."""
    x = np.zeros(x_shape, dtype=framed.dtype)
    inside, cut = _overlap(x_shape, padding, framed.shape[-2:])
    x[cut] = framed[inside]
    return x


def _overlap(x_shape, padding, size):
    """The same cells, once as an index into the frame, once into ``x``."""
    rows, columns = (max(0, min(length, room - pad)) for length, room, pad in zip(x_shape[-2:], size, padding))
    top, left = padding
    inside = (..., slice(top, top + rows), slice(left, left + columns))
    return inside, (..., slice(0, rows), slice(0, columns))
