"""Winograd's convolution: a 4 x 4 piece of the result with 36 multiplications per channel instead of 144.

A polynomial is known by its values at enough points, and to multiply two polynomials one multiplies their values.
Convolution is multiplication of polynomials.  So 3 x 3 filters and 6 x 6 pieces of the picture are each *evaluated* at
36 points (small integers and infinity: additions, hardly a multiplication), multiplied point by point and summed over
the channels, and the 4 x 4 results read off:

    y = A' [ (G w G')  *  (B' x B) ] A         (Lavin & Gray 2016, F(4 x 4, 3 x 3); ' transposes)

Between the transforms there is a matrix product for each of the 36 points: all the work, and a quarter of what it was.
Evaluated, summed and rounded in float32, results differ from the plain sum's by some 1e-6 of the largest.

The gradient for w is the same line with the sides swapped, as the formula is linear in w:

    gw = G' [ (A g A')  *  (B' x B) ] G

Here a number is a vector of 16 channels.  The plain functions say what is computed, the builders emit it:

    sandwich    L p L' of a small matrix of vectors
    product     some rows of a matrix product, a tile in registers as in ``tiles.py``
    transpose   16 channels of 16 pixels to 16 pixels of 16 channels

Read next: ``winograd_kernels.py``.
"""

import numpy as np

from .emitter import REGISTERS, emitted, lanes
from .jit import either

#              points:      0     1     -1     2     -2   infinity
B = np.array([[4, 0, -5, 0, 1, 0], [0, -4, -4, 1, 1, 0], [0, 4, -4, -1, 1, 0],
              [0, -2, -1, 2, 1, 0], [0, 2, -1, -2, 1, 0], [0, 4, 0, -5, 0, 1]]).T
G = np.array([[1 / 4, 0, 0], [-1 / 6, -1 / 6, -1 / 6], [-1 / 6, 1 / 6, -1 / 6],
              [1 / 24, 1 / 12, 1 / 6], [1 / 24, -1 / 12, 1 / 6], [0, 0, 1]])
A = np.array([[1, 1, 1, 1, 1, 0], [0, 1, -1, 2, -2, 0], [0, 1, 1, 4, 4, 0], [0, 1, -1, 8, -8, 1]]).T

ROWS = 8 if REGISTERS == 32 else 4  # of a product tile; with two vectors each, their sums fit the registers


def plain_sandwich_of(L):
    """A function that computes ``L patch L'``, number by number of a vector.

    The patch's vector [i, j] begins at ``source[q + froms[i n + j]]``, the result's at ``out[p + tos[i m + j]]``.
    """

    def sandwich(source, q, froms, out, p, tos):
        m, n = L.shape
        for lane in range(lanes(source.dtype)):
            patch = np.array([source[q + place + lane] for place in froms[: n * n]]).reshape(n, n)
            result = L @ patch @ L.T
            for i in range(m * m):
                out[p + tos[i] + lane] = result.flat[i]

    return sandwich


def plain_product_of(vectors, adding):
    """A function for ``out[p + i pitch + v] = sum over r of a[q + i a_row + r a_step] b[s + r b_step + v]``, i < ROWS.

    If `adding`, the sum is added to what is in `out`.
    """

    def product(a, q, a_row, a_step, b, s, b_step, count, out, p, pitch):
        for i in range(ROWS):
            for v in range(vectors * lanes(out.dtype)):
                total = out.dtype.type(0)
                for r in range(count):
                    total += a[q + i * a_row + r * a_step] * b[s + r * b_step + v]
                out[p + i * pitch + v] = total + (out[p + i * pitch + v] if adding else 0)

    return product


def plain_transpose(source, q, froms, f, out, p, tos, t):
    """``out[p + tos[t + j] + i] = source[q + froms[f + i] + j]`` for i, j below the lanes."""
    for i in range(lanes(source.dtype)):
        for j in range(lanes(source.dtype)):
            out[p + tos[t + j] + i] = source[q + froms[f + i] + j]


def sandwich_of(L):
    """`plain_sandwich_of`, 16 lanes at a time."""
    m, n = L.shape

    @emitted
    def sandwich(e, source, q, froms, out, p, tos):
        patch = [[e.load(source, q, e.read(froms, i * n + j)) for j in range(n)] for i in range(n)]
        left = [[e.combine(L[i], [row[j] for row in patch]) for j in range(n)] for i in range(m)]
        for i in range(m):
            for j in range(m):
                e.store(e.combine(L[j], left[i]), out, p, e.read(tos, i * m + j))

    return sandwich


def product_of(vectors, adding):
    """`plain_product_of`, with ROWS times `vectors` sums in registers."""

    @emitted
    def product(e, a, q, a_row, a_step, b, s, b_step, count, out, p, pitch):
        rows = [e.at(a, q, (a_row, i)) for i in range(ROWS)]

        def term(r, sums):
            columns = [e.load(b, s, (r, b_step), v * e.lanes) for v in range(vectors)]
            more = []
            for i in range(ROWS):
                factor = e.broadcast(e.read(rows[i], (r, a_step)))
                more += [e.multiply_add(factor, columns[v], sums[i * vectors + v]) for v in range(vectors)]
            return more

        sums = e.sums_over(0, count, 1, ROWS * vectors, term)
        for i in range(ROWS):
            for v in range(vectors):
                write = e.add_to if adding else e.store
                write(sums[i * vectors + v], out, p, (pitch, i), v * e.lanes)

    return product


@emitted
def emitted_transpose(e, source, q, froms, f, out, p, tos, t):
    """`plain_transpose`: in the k-th of log2(16) rounds, vectors that are 2^k apart swap halves of their groups."""
    rows = [e.load(source, q, e.read(froms, f, i)) for i in range(e.lanes)]
    half = 1
    while half < e.lanes:
        for i in range(e.lanes):
            if not i & half:
                rows[i], rows[i + half] = e.swap(rows[i], rows[i + half], half)
        half *= 2
    for j in range(e.lanes):
        e.store(rows[j], out, p, e.read(tos, t, j))


_sandwich, _product = either(plain_sandwich_of, sandwich_of), either(plain_product_of, product_of)
transpose = either(plain_transpose, emitted_transpose)
evaluate_filter, evaluate_picture, read_off = _sandwich(G), _sandwich(B.T), _sandwich(A.T)
evaluate_gradient, read_off_filter = _sandwich(A), _sandwich(G.T)
product, wide_product = _product(1, adding=False), _product(2, adding=False)
add_product, add_wide_product = _product(1, adding=True), _product(2, adding=True)
