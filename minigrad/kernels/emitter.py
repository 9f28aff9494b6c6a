"""Write LLVM's instructions on vectors: the words that the builders of tiles are made of.

Numba translates Python to the language of LLVM, and LLVM that to machine code.  Numba's Python knows single numbers
only; to say "these 16 numbers are one vector, and stay in a register", a builder writes the instructions itself.  It
is called while a kernel is being compiled, for the place where the kernel calls what is `emitted`.  So nothing here
computes: a method appends instructions to a program, and what it returns stands for the value that they will have.

    getelementptr   the address of the number q places behind another one ("gep"); reads nothing
    load, store     16 numbers from memory to a register, and back; ``align 4`` lets them begin at any number
    insertelement   the vector with one number replaced
    shufflevector   a new vector of lanes picked from two others, by a list that is fixed: the lane 0 sixteen times is
                    a broadcast, a list of both vectors' first halves is half of a transposition
    masked          a load or store of only those lanes for which a vector of yes and no says yes
    fmul, fadd      lane by lane; the flag ``contract`` lets LLVM fuse the two into one instruction with one rounding
    bitcast         the same address, taken as that of a vector

A program is made of *blocks*, each run from its first line to its last, where ``cbranch`` chooses the next one.  No
value is ever overwritten, so a loop cannot say ``total += ...``.  A *phi* says what a value is by the way one came:

    sum:
        total = phi [0 from before], [more from sum]      0 at first; from then on what the last round has made
        more  = fadd total, ...
        cbranch (is there another i?), sum, summed

LLVM gives a register to each of the few values that live across a round: these are the sums of a tile.

Read next: ``frames.py``, what the tiles walk over.
"""

from functools import wraps

import numpy as np
from llvmlite import binding, ir
from numba import config, types
from numba.core import cgutils
from numba.extending import intrinsic

HOST = config.CPU_NAME in (None, "", "host")  # type: ignore[attr-defined]
AVX512 = HOST and binding.get_host_cpu_features().get("avx512f", False)
X86 = binding.get_process_triple().startswith(("x86", "i686"))
VECTOR_BYTES = 64 if AVX512 else 32 if X86 else 16
REGISTERS = 16 if X86 and not AVX512 else 32


def lanes(dtype) -> int:
    """Numbers in a vector register."""
    return VECTOR_BYTES // np.dtype(dtype).itemsize


def emitted(program):
    """A function for kernels, which returns nothing, from the builder ``program(emitter, *arguments)`` that writes it.

    The first argument is an array of the numbers that vectors consist of.  The builder is given arrays as the addresses
    of their first numbers.
    """

    @intrinsic
    @wraps(program)  # Numba asks for the names of the arguments
    def function(typing, *kinds):
        def emit(context, builder, signature, arguments):
            emitter = Emitter(context, builder, kinds[0])
            program(emitter, *emitter.unpack(kinds, arguments))
            return context.get_dummy_value()

        return types.void(*kinds), emit

    return function


class Emitter:
    """Writes instructions on vectors of one kind of number.

    Parameters
    ----------
    context, builder
        Numba's: what knows the types, and what appends an instruction to the program.
    array : numba.types.Array
        An array with the kind of number.
    """

    def __init__(self, context, builder, array):
        self.context, self.builder = context, builder
        self.number_bytes = array.dtype.bitwidth // 8
        self.lanes = VECTOR_BYTES // self.number_bytes
        self.vector = ir.VectorType(context.get_data_type(array.dtype), self.lanes)
        self.zero = self.constant(0)

    def unpack(self, kinds, arguments):
        """Arguments of these types: of arrays the address of the first number, all else as indices."""
        return [
            self.context.make_array(kind)(self.context, self.builder, value).data if isinstance(kind, types.Array) else
            self.context.cast(self.builder, value, kind, types.intp)
            for kind, value in zip(kinds, arguments)
        ]

    def index(self, n):
        """A whole number, be it known by now or only when the program runs."""
        return self.context.get_constant(types.intp, n) if isinstance(n, int) else n

    def constant(self, number):
        """A vector with the same constant in every lane."""
        return ir.Constant(self.vector, [float(number)] * self.lanes)

    def at(self, address, *steps):
        """The address moved by the sum of `steps`: indices, numbers known by now, or products of two of these."""
        for step in steps:
            if isinstance(step, tuple):
                step = self.builder.mul(*map(self.index, step))
            address = self.builder.gep(address, [self.index(step)])
        return address

    def read(self, address, *steps):
        """The single number at an address."""
        return self.builder.load(self.at(address, *steps))

    def load(self, address, *steps):
        """The vector that begins at the address of its first number."""
        place = self.builder.bitcast(self.at(address, *steps), self.vector.as_pointer())
        return self.builder.load(place, align=self.number_bytes)

    def store(self, vector, address, *steps):
        """Write a vector to where its first number shall be."""
        place = self.builder.bitcast(self.at(address, *steps), self.vector.as_pointer())
        self.builder.store(vector, place, align=self.number_bytes)

    def count_from(self, start, step):
        """The vector of whole numbers ``start, start + step, ...``, each as long as a number of the others."""
        kind = ir.IntType(8 * self.number_bytes)
        steps = ir.Constant(ir.VectorType(kind, self.lanes), [step * i for i in range(self.lanes)])
        first = self.index(start)
        first = self.builder.trunc(first, kind) if first.type.width > kind.width else first
        return self.builder.add(self.broadcast(first), steps)

    def whole(self, vector):
        """The same whole numbers in 64 bits."""
        long = ir.VectorType(ir.IntType(64), self.lanes)
        return vector if vector.type == long else self.builder.sext(vector, long)

    def inside(self, start, step, size):
        """A mask: which of ``start, start + step, ...`` are places of a row of so many numbers, counted from 0."""
        return self.builder.icmp_unsigned("<", self.count_from(start, step), self.count_from(size, 0))

    def load_inside(self, address, start, size, fill):
        """The vector that begins `start` numbers after a row's first, with `fill` where the row does not reach."""
        return self.masked("load", self.vector, address, start, size, self.vector, after=[self.constant(fill)])

    def store_inside(self, vector, address, start, size):
        """Write a vector to `start` numbers after a row's first, but nothing outside of the row's `size` numbers."""
        self.masked("store", vector.type, address, start, size, ir.VoidType(), before=[vector])

    def masked(self, what, vector, address, start, size, result, before=(), after=()):
        """LLVM's load or store of those lanes of a vector only that lie in a row."""
        number = vector.element
        number_bytes = number.width // 8 if isinstance(number, ir.IntType) else self.number_bytes
        place = self.builder.bitcast(self.at(address, start), vector.as_pointer())
        align = ir.Constant(ir.IntType(32), number_bytes)
        operands = [*before, place, align, self.inside(start, 1, size), *after]
        kind = ir.FunctionType(result, [operand.type for operand in operands])
        name = f"llvm.masked.{what}.v{self.lanes}{number.intrinsic_name}.p0"
        return self.builder.call(cgutils.get_or_insert_function(self.builder.module, kind, name), operands)

    def add_to(self, vector, address, *steps):
        """Add a vector, of any length, to the numbers at an address."""
        place = self.builder.bitcast(self.at(address, *steps), vector.type.as_pointer())
        total = self.builder.fadd(self.builder.load(place, align=self.number_bytes), vector)
        self.builder.store(total, place, align=self.number_bytes)

    def pick(self, a, b, chosen):
        """A vector of the chosen lanes, as many as one likes: those of `a` are 0, 1, ..., and those of `b` follow."""
        chosen = list(chosen)
        return self.builder.shuffle_vector(a, b, ir.Constant(ir.VectorType(ir.IntType(32), len(chosen)), chosen))

    def broadcast(self, number):
        """A vector with the same number in every lane."""
        undefined = ir.Constant(ir.VectorType(number.type, self.lanes), ir.Undefined)
        first = self.builder.insert_element(undefined, number, ir.Constant(ir.IntType(32), 0))
        return self.pick(first, undefined, [0] * self.lanes)

    def multiply_add(self, a, b, total):
        """``a b + total``, fused into one instruction where the machine has that."""
        return self.builder.fadd(self.builder.fmul(a, b, flags=("contract",)), total, flags=("contract",))

    def combine(self, factors, vectors):
        """``sum of factor * vector`` for constant factors, not all 0; what is times 0 is left out."""
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

    def swap(self, a, b, half):
        """Of every group of ``2 half`` lanes: the first halves of a and b, and the second halves."""
        n = self.lanes
        first = [i if not i & half else n + i - half for i in range(n)]
        return self.pick(a, b, first), self.pick(a, b, [i + half for i in first])

    def fold(self, a, b, half):
        """Add the first to the second half of every group of ``2 half`` lanes, of `a` and then of `b`."""
        first = [start + i for start in range(0, 2 * self.lanes, 2 * half) for i in range(half)]
        return self.builder.fadd(self.pick(a, b, first), self.pick(a, b, [i + half for i in first]))

    def add_lanes(self, vectors):
        """The sum of each vector's numbers, as the lanes of few vectors.

        Two vectors become one: its first half is the one's halves added, the second the other's.  Then quarters are
        added, and so on, until one number of each is left.
        """
        half = self.lanes // 2
        while half:
            if len(vectors) == 1:
                vectors = [vectors[0], vectors[0]]  # nothing is left to pair with: half of the result will be idle
            vectors = [self.fold(a, b, half) for a, b in zip(vectors[::2], vectors[1::2])]
            half //= 2
        return vectors

    def loop(self, start, stop, step, values, body):
        """A loop: ``values = body(i, values)`` for i from start to stop by step, on vectors that begin as `values`."""
        builder = self.builder
        before, loop, after = builder.block, builder.append_basic_block("round"), builder.append_basic_block("after")
        start, stop = self.index(start), self.index(stop)
        builder.cbranch(builder.icmp_signed("<", start, stop), loop, after)
        builder.position_at_end(loop)
        i = builder.phi(start.type)
        current = [builder.phi(value.type) for value in values]
        more = body(i, current)
        following = builder.add(i, self.index(step))
        end = builder.block
        builder.cbranch(builder.icmp_signed("<", following, stop), loop, after)
        for phi, at_first, later in zip([i, *current], [start, *values], [following, *more]):
            phi.add_incoming(at_first, before)
            phi.add_incoming(later, end)
        builder.position_at_end(after)
        results = [builder.phi(value.type) for value in values]
        for phi, at_first, result in zip(results, values, more):
            phi.add_incoming(at_first, before)
            phi.add_incoming(result, end)
        return results

    def sums_over(self, start, stop, step, count, body):
        """A `loop` on `count` vectors that are 0 at first."""
        return self.loop(start, stop, step, [self.zero] * count, body)
