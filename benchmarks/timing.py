"""How two sides are timed against each other, and what is made of the times.

A computer does not always run at the same speed, so times that were taken one after the other cannot be divided by each
other.  Here the two sides take turns, and what counts is the *ratio* within each pair of neighbours, ours over theirs:
less than 1 is faster.  Its median says how much, its quartiles how surely.

Before anything is timed both sides must have computed the same (`difference`); and before each turn there is a pause,
for the threads of some libraries go on spinning for some milliseconds after their work is done, at the expense of
whoever comes next.

Read next: ``case.py``.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import numpy as np

TOLERANCE = 1e-4  # of two results in float32, relative to the largest number
PAUSE = 0.02  # seconds before each turn: longer than the spinning of idle threads
SHORTEST = 2e-3  # seconds: what takes less is done several times in a turn
BUDGET = 3.0  # seconds for a row, if nobody says how many pairs
FEWEST, MOST = 5, 40  # pairs within that budget
LONG = 2.0  # seconds: of pairs that take longer, three must do


def in_turns(ours: Callable[[], float], theirs: Callable[[], float], pairs: int) -> tuple[list[float], list[float]]:
    """Measure ours, theirs, ours, theirs ...; each call returns what it measured.

    Examples
    --------
    >>> in_turns(lambda: 1.0, lambda: 2.0, pairs=3)
    ([1.0, 1.0, 1.0], [2.0, 2.0, 2.0])
    """
    measured: tuple[list[float], list[float]] = ([], [])
    for _ in range(pairs):
        measured[0].append(ours())
        measured[1].append(theirs())
    return measured


class Stopwatch:
    """Takes the time of one `call` in seconds, repeating it often enough if it is short.

    Two calls before the first turn are a warm-up and decide how often that is; of a call that takes long one is enough,
    as it has been made before to compare its results.  In a turn a short call is made once more before the clock
    starts, as in a loop, where threads are awake and caches are full.
    """

    def __init__(self, call: Callable[[], object]):
        self.call, self.times = call, 1
        self.once = seconds(call)
        if self.once < LONG:
            self.once = seconds(call)
            self.times = max(1, math.ceil(SHORTEST / max(self.once, 1e-9)))
        if self.times > 1:  # a single short call was a rough guess
            self.once = seconds(call, self.times) / self.times
            self.times = max(1, math.ceil(SHORTEST / max(self.once, 1e-9)))

    def __call__(self) -> float:
        time.sleep(PAUSE)
        if self.once < PAUSE:
            self.call()
        return seconds(self.call, self.times) / self.times

    @property
    def turn(self) -> float:
        """About how long a turn takes."""
        return PAUSE + self.once * self.times


def seconds(call: Callable[[], object], times: int = 1) -> float:
    """How long `times` calls take."""
    start = time.perf_counter()
    for _ in range(times):
        call()
    return time.perf_counter() - start


def affordable_pairs(pair_seconds: float) -> int:
    """How many pairs fit the budget.

    Examples
    --------
    >>> affordable_pairs(0.001), affordable_pairs(0.3), affordable_pairs(1), affordable_pairs(60)
    (40, 10, 5, 3)
    """
    return 3 if pair_seconds > LONG else int(np.clip(round(BUDGET / max(pair_seconds, 1e-9)), FEWEST, MOST))


def quartiles(numbers: Sequence[float]) -> tuple[float, float, float]:
    """Lower quartile, median and upper quartile, linear between neighbours.

    Examples
    --------
    >>> quartiles([4.0, 1.0, 3.0, 2.0, 5.0])
    (2.0, 3.0, 4.0)
    """
    low, middle, high = np.percentile(numbers, (25, 50, 75)).tolist()
    return low, middle, high


def ratios(ours: Sequence[float], theirs: Sequence[float]) -> tuple[float, float, float]:
    """Quartiles of ours / theirs, pair by pair.

    Examples
    --------
    >>> ratios([1.0, 2.0, 9.0], [2.0, 4.0, 6.0])  # the machine slowed down, and the ratio hardly noticed
    (0.5, 0.5, 1.0)
    """
    return quartiles([a / b for a, b in zip(ours, theirs)])


def geometric_mean(numbers: Sequence[float]) -> float:
    """The mean of ratios, in which twice as fast and twice as slow cancel out: ``exp(mean(log(numbers)))``.

    Examples
    --------
    >>> geometric_mean([0.5, 2.0])
    1.0
    """
    return math.exp(sum(math.log(number) for number in numbers) / len(numbers))


def difference(ours: Sequence, theirs: Sequence) -> float:
    """Largest difference between two lists of results, each relative to the largest number in theirs.

    Results may be arrays, numbers, or tensors of either framework.  NaN, if there is one, counts as infinite.

    Raises
    ------
    ValueError
        If there are not as many, or shapes differ.
    """
    pairs = [(as_array(a), as_array(b)) for a, b in zip(ours, theirs, strict=True)]
    worst = 0.0
    for a, b in pairs:
        if a.shape != b.shape:
            raise ValueError(f"results of shapes {a.shape} and {b.shape} cannot be compared")
        distance = float(np.abs(a - b).max(initial=0.0)) / (float(np.abs(b).max(initial=0.0)) or 1.0)
        worst = max(worst, distance if math.isfinite(distance) else math.inf)
    return worst


def as_array(result) -> np.ndarray:
    """The numbers of a result, in float64."""
    if hasattr(result, "detach") and not hasattr(result, "array"):
        result = result.detach().numpy()
    return np.asarray(getattr(result, "array", result), np.float64)


@contextmanager
def compile_clock() -> Iterator[Callable[[], float]]:
    """Count the seconds that Numba spends on compiling inside this ``with``; 0 if it isn't installed."""
    try:
        from numba.core import event
    except ImportError:
        yield lambda: 0.0
        return
    with event.install_listener("numba:compile", event.TimingListener()) as listener:
        yield lambda: listener.duration if listener.done else 0.0
