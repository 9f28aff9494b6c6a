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

The functions with plain loops say what is computed.  The builders below them emit the same for LLVM, with the sums as
local vectors; Numba has no other way to say "this is a vector, and it stays in a register".  ``NUMBA_DISABLE_JIT=1``
runs the plain ones, and a test holds the two together.

Read next: ``frames.py``.
"""

import numpy as np
from llvmlite import binding, ir
from numba import config, types
from numba.core import cgutils
from numba.extending import intrinsic

HOST = config.CPU_NAME in (None, "", "host")  # type: ignore[attr-defined]
AVX512 = HOST and binding.get_host_cpu_features().get("avx512f", False)
X86 = binding.get_process_triple().startswith(("x86", "i686"))
VECTOR_BYTES = 64 if AVX512 else 32 if X86 else 16
SUMS = 12 if X86 and not AVX512 else 24  # vectors: with what is loaded they fill the 16 or 32 registers
TAPS = 3
WIDE, NARROW = SUMS // TAPS, 4  # filters of a tile, and of one for nets with few filters


def lanes(dtype) -> int:
    """Numbers in a vector register."""
    return VECTOR_BYTES // np.dtype(dtype).itemsize


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


class Emitter:
    """Writes LLVM instructions: vectors of one kind of number, and places in NumPy arrays."""

    def __init__(self, context, builder, array):
        self.context, self.builder = context, builder
        self.number = context.get_data_type(array.dtype)
        self.lanes = VECTOR_BYTES * 8 // array.dtype.bitwidth
        self.vector = ir.VectorType(self.number, self.lanes)
        self.zero = ir.Constant(self.vector, [0.0] * self.lanes)

    def unpack(self, signature, arguments):
        """Arrays as pointers to their first number, and numbers as indices."""
        return [
            self.data(kind, value) if isinstance(kind, types.Array) else
            self.context.cast(self.builder, value, kind, types.intp)
            for kind, value in zip(signature.args, arguments)
        ]

    def data(self, array_type, value):
        """Pointer to the first number of an array."""
        return self.context.make_array(array_type)(self.context, self.builder, value).data

    def index(self, n):
        return self.context.get_constant(types.intp, n)

    def at(self, pointer, *steps):
        """The pointer moved by the sum of `steps`, each an index or a product ``(index, constant)``."""
        for step in steps:
            if isinstance(step, tuple):
                step = self.builder.mul(step[0], self.index(step[1]))
            pointer = self.builder.gep(pointer, [step])
        return pointer

    def load(self, pointer):
        """The vector that begins at a pointer to its first number."""
        return self.builder.load(self.as_vector(pointer), align=self.number_bytes())

    def store(self, vector, pointer):
        self.builder.store(vector, self.as_vector(pointer), align=self.number_bytes())

    def add_to(self, pointer, vector, count):
        """Add the first `count` numbers of a vector to those at a pointer."""
        part = ir.VectorType(self.number, count)
        chosen = ir.Constant(ir.VectorType(ir.IntType(32), count), list(range(count)))
        place = self.builder.bitcast(pointer, part.as_pointer())
        total = self.builder.fadd(
            self.builder.load(place, align=self.number_bytes()), self.builder.shuffle_vector(vector, vector, chosen)
        )
        self.builder.store(total, place, align=self.number_bytes())

    def as_vector(self, pointer):
        return self.builder.bitcast(pointer, self.vector.as_pointer())

    def number_bytes(self):
        return VECTOR_BYTES // self.lanes

    def broadcast(self, number):
        """A vector with the same number in every lane."""
        undefined = ir.Constant(self.vector, ir.Undefined)
        first = self.builder.insert_element(undefined, number, ir.Constant(ir.IntType(32), 0))
        return self.builder.shuffle_vector(first, undefined, ir.Constant(ir.VectorType(ir.IntType(32), self.lanes), None))

    def multiply_add(self, a, b, total):
        """``a b + total``, fused into one instruction where the machine has that."""
        return self.builder.fadd(self.builder.fmul(a, b, flags=("contract",)), total, flags=("contract",))

    def combine(self, factors, vectors):
        """``sum of factor * vector`` for constant factors; what is times 0 is left out."""
        total = None
        for factor, vector in zip(factors, vectors):
            if factor == 0:
                continue
            if total is None:
                total = vector if factor == 1 else self.builder.fmul(vector, self.constant(factor))
            elif abs(factor) == 1:
                total = (self.builder.fadd if factor == 1 else self.builder.fsub)(total, vector)
            else:
                total = self.multiply_add(vector, self.constant(factor), total)
        return total

    def constant(self, number):
        return ir.Constant(self.vector, [float(number)] * self.lanes)

    def swap(self, a, b, half):
        """Of every group of ``2 half`` lanes: the first halves of a and b, and the second halves."""
        n = self.lanes
        first = [i if not i & half else n + i - half for i in range(n)]
        second = [i + half if not i & half else n + i for i in range(n)]
        return tuple(
            self.builder.shuffle_vector(a, b, ir.Constant(ir.VectorType(ir.IntType(32), n), part))
            for part in (first, second)
        )

    def add_lanes(self, vectors):
        """One vector with the sum of each vector's numbers.

        Two vectors become one: its first half is the one's halves added, the second the other's.  Then quarters are
        added, and so on, until one number of each is left.
        """
        group = self.lanes
        while group > 1:
            if len(vectors) == 1:
                vectors = [vectors[0], vectors[0]]  # nothing is left to pair with: half of the result will be idle
            vectors = [self.fold(a, b, group // 2) for a, b in zip(vectors[::2], vectors[1::2])]
            group //= 2
        return vectors

    def fold(self, a, b, half):
        """Add the first to the second half of every group of ``2 half`` lanes, of `a` and then of `b`."""
        starts = range(0, 2 * self.lanes, 2 * half)
        first = [start + i for start in starts for i in range(half)]
        low, high = (
            self.builder.shuffle_vector(a, b, ir.Constant(ir.VectorType(ir.IntType(32), self.lanes), part))
            for part in (first, [i + half for i in first])
        )
        return self.builder.fadd(low, high)

    def sums_over(self, start, stop, step, count, body):
        """Run ``body(i, sums) -> sums`` on `count` vectors that are 0 at first, for i from start to stop by step."""
        before = self.builder.block
        loop, after = self.builder.append_basic_block("sum"), self.builder.append_basic_block("summed")
        self.builder.cbranch(self.builder.icmp_signed("<", start, stop), loop, after)
        self.builder.position_at_end(loop)
        i = self.builder.phi(start.type)
        sums = [self.builder.phi(self.vector) for _ in range(count)]
        new = body(i, sums)
        following = self.builder.add(i, self.index(step))
        end = self.builder.block
        self.builder.cbranch(self.builder.icmp_signed("<", following, stop), loop, after)
        for phi, first, later in zip([i, *sums], [start, *[self.zero] * count], [following, *new]):
            phi.add_incoming(first, before)
            phi.add_incoming(later, end)
        self.builder.position_at_end(after)
        results = [self.builder.phi(self.vector) for _ in range(count)]
        for phi, total in zip(results, new):
            phi.add_incoming(self.zero, before)
            phi.add_incoming(total, end)
        return results


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
                place = e.at(to, (r, WIDE), e.index(t * WIDE + n * e.lanes))
                wanted = min(WIDE, e.lanes)
                e.add_to(place, total, wanted)
        return context.get_dummy_value()

    return types.void(g, p, pitch, frame, q, offsets, r, count, out), emit


@intrinsic
def compiled_copy(typing, source, q, out, p, count):
    """`plain_copy`, as one block."""

    def emit(context, builder, signature, arguments):
        e = Emitter(context, builder, out)
        begin, q, to, p, count = e.unpack(signature, arguments)
        cgutils.raw_memcpy(builder, e.at(to, p), e.at(begin, q), count, e.number_bytes())
        return context.get_dummy_value()

    return types.void(source, q, out, p, count), emit


def plain_copy(source, q, out, p, count):
    """``out[p + i] = source[q + i]`` for i below count."""
    out[p : p + count] = source[q : q + count]


if config.DISABLE_JIT:  # type: ignore[attr-defined]
    wide_tile = narrow_tile = plain_correlate_tile
    dot_tile = plain_dot_tile
    copy = plain_copy
else:
    wide_tile, narrow_tile = correlate_tile_of(WIDE), correlate_tile_of(NARROW)
    dot_tile = compiled_dot_tile
    copy = compiled_copy
