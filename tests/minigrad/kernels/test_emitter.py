"""The words that tiles are written in, each in a program of its own: load vectors, do one thing with them, store."""

import numpy as np
import pytest

pytest.importorskip("numba")

from minigrad.kernels.emitter import VECTOR_BYTES, emitted, lanes
from minigrad.kernels.jit import DISABLED, compiled

LANES = lanes(np.float64)

emits = pytest.mark.skipif(DISABLED, reason="uncompiled, nothing is emitted")


def run(program, source, out, count=0):
    """Compile ``program(emitter, source's address, out's address, count)`` and run it; `out` is written."""

    function = emitted(lambda e, out, source, count: program(e, source, out, count))

    @compiled
    def call(source, out, count):
        function(out, source, count)

    call(np.array(source, float), out, count)
    return out


def vectors(e, source, count):
    """The first vectors of an array."""
    return [e.load(source, v * e.lanes) for v in range(count)]


def store(e, results, out):
    for v, vector in enumerate(results):
        e.store(vector, out, v * e.lanes)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_lanes_fill_a_vector(dtype):
    assert lanes(dtype) * np.dtype(dtype).itemsize == VECTOR_BYTES


@emits
def test_a_vector_may_begin_at_any_number():
    def program(e, source, out, count):
        e.store(e.load(source, 1), out, 3)

    out = run(program, np.arange(LANES + 1), np.zeros(LANES + 4))
    assert out.tolist() == [0, 0, 0, *range(1, LANES + 1), 0]


@emits
def test_steps_of_an_address_add_up_and_pairs_are_products():
    def program(e, source, out, count):
        e.builder.store(e.read(source, count, (count, 10), 1), out)

    assert run(program, np.arange(99), np.zeros(1), count=3) == 3 + 30 + 1


@emits
def test_broadcast_fills_every_lane():
    def program(e, source, out, count):
        e.store(e.broadcast(e.read(source)), out)

    assert run(program, [5], np.zeros(LANES)).tolist() == [5] * LANES


@emits
def test_multiply_add_works_lane_by_lane():
    def program(e, source, out, count):
        e.store(e.multiply_add(*vectors(e, source, 3)), out)

    a, b, c = np.arange(3 * LANES).reshape(3, LANES)
    np.testing.assert_array_equal(run(program, np.concatenate([a, b, c]), np.zeros(LANES)), a * b + c)


@emits
@pytest.mark.parametrize("factors", [(1, 1), (1, -1), (-1, 1), (2, 3), (0, 5), (-4, 0)])
def test_combine_sums_factors_times_vectors(factors):
    def program(e, source, out, count):
        e.store(e.combine(factors, vectors(e, source, 2)), out)

    a, b = np.arange(2 * LANES).reshape(2, LANES)
    combined = run(program, np.concatenate([a, b]), np.zeros(LANES))
    np.testing.assert_array_equal(combined, factors[0] * a + factors[1] * b)


@emits
def test_what_combine_multiplies_by_0_is_not_even_looked_at():
    def program(e, source, out, count):
        e.store(e.combine((0, 2), vectors(e, source, 2)), out)

    assert run(program, [np.nan] * LANES + [1] * LANES, np.zeros(LANES)).tolist() == [2] * LANES


@emits
def test_add_to_leaves_the_numbers_behind_alone():
    def program(e, source, out, count):
        e.add_to(e.pick(e.load(source), e.zero, [0, 1]), out)

    assert run(program, np.arange(1, LANES + 1), np.full(3, 10.0)).tolist() == [11, 12, 10]


@emits
def test_swap_exchanges_the_halves_of_two_vectors():
    """a = [a1 a2], b = [b1 b2] become [a1 b1] and [a2 b2]."""
    half = LANES // 2

    def program(e, source, out, count):
        store(e, e.swap(*vectors(e, source, 2), half), out)

    out = run(program, np.arange(2 * LANES), np.zeros(2 * LANES)).reshape(4, half)
    np.testing.assert_array_equal(out, np.arange(2 * LANES).reshape(4, half)[[0, 2, 1, 3]])


@emits
@pytest.mark.parametrize("count", sorted({1, LANES // 2, LANES}))
def test_add_lanes_leaves_one_number_for_each_vector(count):
    def program(e, source, out, _):
        store(e, e.add_lanes(vectors(e, source, count)), out)

    rows = np.arange(count * LANES).reshape(count, LANES) ** 2
    out = run(program, rows.ravel(), np.zeros(max(count, LANES)))
    np.testing.assert_array_equal(out[:count], rows.sum(axis=1))


@emits
@pytest.mark.parametrize("rounds", [0, 1, 4])
def test_a_loop_sums_over_its_rounds_and_none_give_0(rounds):
    def program(e, source, out, count):
        def add_row(i, sums):
            return [e.builder.fadd(sums[0], e.load(source, i))]

        store(e, e.sums_over(0, count, e.lanes, 1, add_row), out)

    rows = np.arange(4.0 * LANES).reshape(4, LANES)
    out = run(program, rows.ravel(), np.full(LANES, np.nan), count=rounds * LANES)
    np.testing.assert_array_equal(out, rows[:rounds].sum(axis=0))
