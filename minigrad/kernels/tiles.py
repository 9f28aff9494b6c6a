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

from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from .emitter import REGISTERS, Emitter, lanes
from .jit import either

SUMS = 24 if REGISTERS == 32 else 12  # vectors: with what is loaded they fill the registers
TAPS = 3
WIDE, NARROW = SUMS // TAPS, 4  # filters of a tile, and of one for nets with few filters


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

    @intrinsic
    def tile(typing, frame, q, offsets, first, last, weights, out, p, pitch):
        def emit(context, builder, signature, arguments):
            e = Emitter(context, builder, frame)
            numbers, q, table, first, last, weight, to, p, pitch = e.unpack(signature, arguments)

            def tap(r, sums):
                start = e.at(numbers, q, builder.load(e.at(table, r)))
                pixels = [e.load(e.at(start, e.index(v * e.lanes))) for v in range(vectors)]
                new = []
                for o in range(filters):
                    w = e.broadcast(builder.load(e.at(weight, (r, filters), e.index(o))))
                    new += [e.multiply_add(w, pixels[v], sums[o * vectors + v]) for v in range(vectors)]
                return new

            sums = e.sums_over(first, last, 1, SUMS, tap)
            for o in range(filters):
                for v in range(vectors):
                    e.store(sums[o * vectors + v], e.at(to, p, (pitch, o), e.index(v * e.lanes)))
            return context.get_dummy_value()

        return types.void(frame, q, offsets, first, last, weights, out, p, pitch), emit

    return tile


@intrinsic
def compiled_dot_tile(typing, g, p, pitch, frame, q, offsets, r, count, out):
    """`plain_dot_tile`, as vectors in registers."""

    def emit(context, builder, signature, arguments):
        e = Emitter(context, builder, frame)
        arriving, p, pitch, numbers, q, table, r, count, to = e.unpack(signature, arguments)
        rows = [e.at(arriving, p, (pitch, o)) for o in range(WIDE)]
        taps = [e.at(numbers, q, builder.load(e.at(table, r, e.index(t)))) for t in range(TAPS)]

        def pixels(i, sums):
            seen = [e.load(e.at(tap, i)) for tap in taps]
            new = []
            for o in range(WIDE):
                row = e.load(e.at(rows[o], i))
                new += [e.multiply_add(row, seen[t], sums[o * TAPS + t]) for t in range(TAPS)]
            return new

        sums = e.sums_over(e.index(0), count, e.lanes, WIDE * TAPS, pixels)
        for t in range(TAPS):
            for n, total in enumerate(e.add_lanes(sums[t::TAPS])):
                e.add_to(e.at(to, (r, WIDE), e.index(t * WIDE + n * e.lanes)), total, min(WIDE, e.lanes))
        return context.get_dummy_value()

    return types.void(g, p, pitch, frame, q, offsets, r, count, out), emit


@intrinsic
def compiled_copy(typing, source, q, out, p, count):
    """`plain_copy`, as one block."""

    def emit(context, builder, signature, arguments):
        e = Emitter(context, builder, out)
        begin, q, to, p, count = e.unpack(signature, arguments)
        cgutils.raw_memcpy(builder, e.at(to, p), e.at(begin, q), count, e.number_bytes)
        return context.get_dummy_value()

    return types.void(source, q, out, p, count), emit


wide_tile = either(plain_correlate_tile, correlate_tile_of(WIDE))
narrow_tile = either(plain_correlate_tile, correlate_tile_of(NARROW))
dot_tile = either(plain_dot_tile, compiled_dot_tile)
copy = either(plain_copy, compiled_copy)
