"""Register tiles: the inner loops of convolution, written so that every number that is loaded is used many times.

A processor multiplies and adds faster than it can load.  So the two loops here keep a *tile* of sums in registers, and
touch memory only for what is new.  Both walk over a picture that has been laid into a frame (``frames.py``), where the
neighbours of a pixel are found by adding a constant to its place: ``offsets[r]`` for the tap r = (c, kh, kw).  That
table is im2col without the copy.

`correlate_tile`: sums over taps, a tile of (8 filters) x (3 vectors of pixels).

                          pixels q ...
                       |16|  |16|  |16|       for each tap r: load 3 vectors of the frame at q + offsets[r],
    w[r, 0]  broadcast  .     .     .         and one weight after the other: 11 loads,
    w[r, 1]  broadcast  .     .     .         and 24 multiply-adds of 16 numbers each
      ...

`dot_tile`: sums over pixels, a tile of (8 filters) x (3 taps); every sum is a vector, whose lanes are added at the end.

                       frame at q + offsets[r], for 3 taps
    g[0] at q           .     .     .         for each vector of pixels q: load 8 vectors of g and 3 of the frame,
    g[1] at q           .     .     .         and 24 multiply-adds
      ...

The functions with plain loops say what is computed.  The builders below them emit the same as LLVM's instructions on
vectors.  ``NUMBA_DISABLE_JIT=1`` runs the plain ones, and a test holds the two together.

Read next: ``emitter.py``, the words that the builders are written in.
"""

from numba.core import cgutils

from .emitter import AVX512, REGISTERS, emitted, lanes
from .jit import either

SUMS = 24 if REGISTERS == 32 else 12  # vectors: with what is loaded they fill the registers
TAPS = 3
WIDE, NARROW = SUMS // TAPS, 4  # filters of a tile, and of one for nets with few filters
TALL = SUMS // 2  # and of one for small planes, of which a tile of fewer pixels wastes less


def tile_pixels(filters, dtype) -> int:
    """Pixels that a tile of so many filters has."""
    return SUMS // filters * lanes(dtype)


def plain_correlate_tile(frame, q, offsets, first, last, weights, out, p, pitch):
    """``out[p + o pitch + i] = sum over r of weights[r, o] frame[q + offsets[r] + i]``.

    Parameters
    ----------
    frame, out : (any,)
    q, p : int
        Where the tile begins in them.
    offsets : (R,) of int64
    first, last : int
        The taps r to sum over, the last not included.
    weights : (R, filters)
    pitch : int
        From one filter's pixels to the next one's.
    """
    filters = weights.shape[1]
    for o in range(filters):
        for i in range(tile_pixels(filters, frame.dtype)):
            total = frame.dtype.type(0)
            for r in range(first, last):
                total += weights[r, o] * frame[q + offsets[r] + i]
            out[p + o * pitch + i] = total


def plain_dot_tile(g, p, pitch, frame, q, offsets, r, count, out):
    """``out[r + t, o] += sum over i of g[p + o pitch + i] frame[q + offsets[r + t] + i]``.

    Parameters
    ----------
    g, frame : (any,)
    p, q : int
        Where the pixels begin in them.
    pitch : int
        From one filter's pixels to the next one's.
    offsets : (at least r + TAPS,) of int64
    r : int
        The first tap of the tile.
    count : int
        Pixels i, a multiple of the lanes.
    out : (at least r + TAPS, WIDE)
    """
    for o in range(WIDE):
        for t in range(TAPS):
            for i in range(count):
                out[r + t, o] += g[p + o * pitch + i] * frame[q + offsets[r + t] + i]


def plain_copy(source, q, out, p, count):
    """``out[p + i] = source[q + i]`` for i below count."""
    out[p : p + count] = source[q : q + count]


def correlate_tile_of(filters):
    """`plain_correlate_tile` for so many filters, as vectors in registers."""
    vectors = SUMS // filters

    @emitted
    def tile(e, frame, q, offsets, first, last, weights, out, p, pitch):
        def tap(r, sums):
            start = e.at(frame, q, e.read(offsets, r))
            pixels = [e.load(start, v * e.lanes) for v in range(vectors)]
            more = []
            for o in range(filters):
                w = e.broadcast(e.read(weights, (r, filters), o))
                more += [e.multiply_add(w, pixels[v], sums[o * vectors + v]) for v in range(vectors)]
            return more

        sums = e.sums_over(first, last, 1, SUMS, tap)
        for o in range(filters):
            for v in range(vectors):
                e.store(sums[o * vectors + v], out, p, (pitch, o), v * e.lanes)

    return tile


@emitted
def emitted_dot_tile(e, g, p, pitch, frame, q, offsets, r, count, out):
    """`plain_dot_tile`, as vectors in registers."""
    rows = [e.at(g, p, (pitch, o)) for o in range(WIDE)]
    taps = [e.at(frame, q, e.read(offsets, r, t)) for t in range(TAPS)]

    def pixels(i, sums):
        seen = [e.load(tap, i) for tap in taps]
        more = []
        for o in range(WIDE):
            arriving = e.load(rows[o], i)
            more += [e.multiply_add(arriving, seen[t], sums[o * TAPS + t]) for t in range(TAPS)]
        return more

    sums = e.sums_over(0, count, e.lanes, WIDE * TAPS, pixels)
    for t in range(TAPS):
        for n, totals in enumerate(e.add_lanes(sums[t::TAPS])):
            first = e.pick(totals, totals, range(min(WIDE, e.lanes)))
            e.add_to(first, out, (r, WIDE), t * WIDE + n * e.lanes)


@emitted
def emitted_copy(e, source, q, out, p, count):
    """`plain_copy`; as rows are short, what counts is how soon the rest behind the last whole vector is done."""
    if not AVX512:  # to write parts of a vector takes long elsewhere
        cgutils.raw_memcpy(e.builder, e.at(out, p), e.at(source, q), count, e.number_bytes)
        return

    def vector(i, sums):
        e.store_inside(e.load_inside(e.at(source, q), i, count, 0), e.at(out, p), i, count)
        return []

    e.loop(0, count, e.lanes, [], vector)


wide_tile = either(plain_correlate_tile, correlate_tile_of(WIDE))
narrow_tile = either(plain_correlate_tile, correlate_tile_of(NARROW))
tall_tile = either(plain_correlate_tile, correlate_tile_of(TALL))
dot_tile = either(plain_dot_tile, emitted_dot_tile)
copy = either(plain_copy, emitted_copy)
