"""What one row of the table is about, and how the row comes about.

A `Case` times two functions in this process, and only if their results are equal.  A `Probe` asks two functions what
they have measured: the time or the memory of processes of their own.  Both `measure` a `Row`, and whatever goes wrong
becomes a row too: the others are still worth having.

Read next: ``kernels.py``, or any other of the files of cases.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from . import timing

Call = Callable[[], Sequence]


@dataclass
class Row:
    """What was found.

    Attributes
    ----------
    status : {"measured", "differs", "failed"}
        Times exist only for what was equal.
    ours, theirs : float
        Medians, in `unit`.  `theirs` is 0 where there is no counterpart.
    ratio : (lower quartile, median, upper quartile) of ours / theirs, pair by pair
    first_call : float
        Seconds of our first call, with what had to be compiled, or read from the cache of compiled code.
    difference : float
        Of the results, relative to the largest.
    """

    group: str
    name: str
    status: str = "measured"
    unit: str = "s"
    ours: float = 0.0
    theirs: float = 0.0
    ratio: tuple[float, float, float] | None = None
    pairs: int = 0
    first_call: float = 0.0
    difference: float = 0.0
    flops: float = 0.0
    size: float = 0.0
    note: str = ""
    samples: dict[str, list[float]] = field(default_factory=dict)

    def take(self, ours: list[float], theirs: list[float]) -> Row:
        """Take over what was measured in turns; `theirs` is empty where there is no counterpart."""
        self.samples, self.pairs = {"ours": ours, "theirs": theirs}, len(ours)
        self.ours = timing.quartiles(ours)[1]
        if theirs:
            self.theirs, self.ratio = timing.quartiles(theirs)[1], timing.ratios(ours, theirs)
        return self

    def fail(self, status: str, note: str) -> Row:
        """Note why there is no ratio."""
        self.status, self.note = status, note
        return self


@dataclass(frozen=True)
class Sides:
    """Two ways to the same results: functions without arguments that return lists of arrays or tensors.

    Attributes
    ----------
    ours, theirs
        Compared, and then timed.
    check_theirs : optional
        Compared with ours in place of `theirs`, where that draws noise of its own.
    precise : optional
        Makes the same in float64.  It decides where float32 results differ that are averages over many passes: in some
        of them a ReLU falls on one side of 0 here and on the other there, and the gradient jumps.
    """

    ours: Call
    theirs: Call
    check_theirs: Call | None = None
    precise: Callable[[], Sides] | None = None

    def difference(self) -> tuple[float, float]:
        """Of the results, each relative to the largest number; and the seconds that our first call took.

        Each side is called once, as what is compared in training is the first epoch of both.
        """
        found: list[Sequence] = []
        first_call = timing.seconds(lambda: found.append(self.ours()))
        return timing.difference(found.pop(), (self.check_theirs or self.theirs)()), first_call


@dataclass(frozen=True)
class Case:
    """Two functions to compare and to time.

    Attributes
    ----------
    group, name : str
        Rows of one group have one geometric mean.
    make : callable
        Returns the `Sides`; called when their turn comes, so that the arrays of one case are gone before the next.
    flops : float
        Multiplications and additions, if they are known.
    size : float
        Where the row stands in the chart of time against size.
    """

    group: str
    name: str
    make: Callable[[], Sides]
    flops: float = 0.0
    size: float = 0.0

    def measure(self, repeat: int | None = None) -> Row:
        """Compare both sides, and time `repeat` pairs, or as many as a few seconds allow, if they agree."""
        row = Row(self.group, self.name, flops=self.flops, size=self.size)
        try:
            sides = self.make()
            self.compare(sides, row)
            if row.difference > timing.TOLERANCE:
                return row.fail("differs", f"results differ by {row.difference:.1e} of the largest, so not timed")
            ours, theirs = timing.Stopwatch(sides.ours), timing.Stopwatch(sides.theirs)
            return row.take(*timing.in_turns(ours, theirs, repeat or timing.affordable_pairs(ours.turn + theirs.turn)))
        except Exception as error:
            return row.fail("failed", description(error))

    @staticmethod
    def compare(sides: Sides, row: Row) -> None:
        """Note how far the results of both sides are from each other, and how long our first call took."""
        row.difference, row.first_call = sides.difference()
        if row.difference > timing.TOLERANCE and sides.precise:
            row.note = f"compared in float64: in float32 a few ReLUs differ, and results by {row.difference:.0e}"
            row.difference, _ = sides.precise().difference()


@dataclass(frozen=True)
class Probe:
    """Two functions that return what they measured, each in a fresh process.

    Attributes
    ----------
    theirs : callable, optional
        None where there is no counterpart.
    unit : {"s", "MB"}
    pairs : int
        How many, if nobody asks for another number.
    """

    group: str
    name: str
    ours: Callable[[], float]
    theirs: Callable[[], float] | None = None
    unit: str = "s"
    pairs: int = 5

    def measure(self, repeat: int | None = None) -> Row:
        """Ask both sides in turns."""
        row, pairs = Row(self.group, self.name, unit=self.unit), repeat or self.pairs
        try:
            if self.theirs is None:
                return row.take([self.ours() for _ in range(pairs)], [])
            return row.take(*timing.in_turns(self.ours, self.theirs, pairs))
        except Exception as error:
            return row.fail("failed", description(error))


def description(error: Exception) -> str:
    """An error in one line."""
    return f"{type(error).__name__}: {error}".partition("\n")[0]
