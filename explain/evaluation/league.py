"""The league table: every method, every measure, on scenes that the net has never seen.

The work is cut into chunks of scenes.  A chunk is a pure function of what can be written down, a net's weights, names
and numbers: so it can run in any process, in any order, and twice, to the same bytes.  Each scene is explained and
measured by itself, and its random numbers come from its own place in the set; therefore the chunks' borders leave no
trace.

Read next: ``explain/evaluation/kept.py``, where finished chunks go.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits
from tqdm import tqdm

import nets
from nets.recipes import read_small_cnn

from . import kept
from .bootstrap import interval
from .measures import MEASURES, Measure, chosen_measures, measured
from .methods import chosen

SCENES_SEED = 2_000_000  # seeds from here on make the scenes of evaluations; no net is trained on them
OBJECTS = 2  # in a scene: with one, an edge detector would know as well as any where the evidence is
CHUNK = 16  # scenes that are measured, and kept, at a time: some seconds' work, and little memory


def chunk(net, names: Sequence[str], seed: int, start: int, stop: int, measures: Sequence[str] | str = "all",
          tick: Callable[[int], object] | None = None) -> np.ndarray:
    """Measure some methods on the scenes from `start` to `stop`.

    Parameters
    ----------
    net : SmallCNN, or the path of its checkpoint
    names : names of methods
    seed : int
        Of the scenes.
    start, stop : int
        Places in the endless row of scenes that the seed stands for.
    measures : names of measures, or "all"
    tick : callable, optional
        Called with 1 after each scene.

    Returns
    -------
    float64 ndarray (stop - start, methods, measures)
        The same numbers whatever chunks they come in.
    """
    if not 0 <= start < stop:
        raise ValueError(f"chunk: start must be at least 0 and less than stop, not {start} and {stop}")
    methods, picked = chosen(names), chosen_measures(measures)
    model = read_small_cnn(net) if isinstance(net, (str, Path)) else net
    drawn, rows = nets.scenes(stop - start, SCENES_SEED + seed, OBJECTS, start=start), []
    with threadpool_limits(1, "blas"):  # BLAS may add up in another order with other numbers of threads
        for place in range(start, stop):
            rows.append(measured(model, drawn[place - start], methods, place, picked))
            if tick is not None:
                tick(1)
    return np.stack(rows)


@dataclass(frozen=True, eq=False)
class Work:
    """What a league table's numbers depend on, but for how many scenes there are.

    Attributes
    ----------
    model : SmallCNN
    methods, measures : tuples of names
    seed : int
        Of the scenes.
    """

    model: nets.SmallCNN
    methods: tuple[str, ...]
    measures: tuple[str, ...]
    seed: int

    def chunk(self, start: int, stop: int, tick: Callable[[int], object] | None = None) -> np.ndarray:
        """The numbers of the scenes from `start` to `stop`."""
        return chunk(self.model, self.methods, self.seed, start, stop, self.measures, tick)

    def about(self) -> dict:
        """The same in words and checksums."""
        return {"net": kept.checksum(self.model.state_dict()), "methods": list(self.methods),
                "measures": list(self.measures), "seed": self.seed, "code": kept.code()}


@dataclass(frozen=True, eq=False)
class League:
    """What was measured.

    Attributes
    ----------
    methods : tuple of str
    values : float64 ndarray (n, methods, measures)
        Of every scene; NaN where a measure didn't apply.
    settings : dict
        What it was made from, for the record.
    measures : tuple of `Measure`
    """

    methods: tuple[str, ...]
    values: np.ndarray
    settings: dict = field(default_factory=dict)
    measures: tuple[Measure, ...] = MEASURES

    def __post_init__(self):
        expected = (len(self.methods), len(self.measures))
        if self.values.ndim != 3 or self.values.shape[1:] != expected or not len(self.values):
            raise ValueError(f"League: values {self.values.shape} must be (scenes, {expected[0]}, {expected[1]})")

    def intervals(self, level: float = 0.95, seed: int = 0):
        """Mean, low and high of each method and measure over the scenes, each (methods, measures)."""
        return interval(self.values, level, seed=seed)

    def ranks(self) -> np.ndarray:
        """Place of each method in each measure, (methods, measures), 1 for the best; equal means share the better."""
        mean = np.nan_to_num(self.gains(self.intervals()[0]), nan=-np.inf)
        return 1 + (mean[None] > mean[:, None]).sum(axis=1)

    def gains(self, numbers: np.ndarray) -> np.ndarray:
        """The numbers (..., measures) with the sign turned where lower is better, so that more is always better."""
        return numbers * np.array([1 if measure.better == "higher" else -1 for measure in self.measures])

    def lead(self, one: str, other: str, level: float = 0.95):
        """By how much a method does better than another: mean, low and high over the scenes, each (measures,).

        Both were measured on the same scenes, so the interval of the *difference* is narrower than the two intervals
        make believe; where `low` is above 0 the lead is real.
        """
        for name in (one, other):
            if name not in self.methods:
                raise ValueError(f"lead: {name!r} was not measured; the methods are {', '.join(self.methods)}")
        a, b = (self.gains(self.values[:, self.methods.index(name)]) for name in (one, other))
        return interval(a - b, level)


def league(net: str | Path, names: str | Sequence[str] = "all", n: int = 500, seed: int = 0, progress: bool = False,
           measures: str | Sequence[str] = "all", folder: str | Path | None = None, compute=None) -> League:
    """Put methods to measures.

    Parameters
    ----------
    net : path
        Of a `SmallCNN`'s checkpoint, trained on scenes.
    names : names of methods, or "all"
    n : int
        Scenes.
    seed : int
        Of the scenes.
    progress : bool
        Show a progress bar.
    measures : names of measures, or "all"
    folder : path, optional
        Where finished chunks are kept, and looked for first.
    compute : callable, optional
        Computes the chunks, like `in_this_process`; the other one is ``explain.evaluation.distributed.compute``.
    """
    if n < 1:
        raise ValueError(f"league: n is the number of scenes, at least 1, not {n}")
    methods, picked = tuple(method.name for method in chosen(names)), chosen_measures(measures)
    work = Work(read_small_cnn(net), methods, tuple(measure.name for measure in picked), seed)
    settings = {"data": "scenes", "objects": OBJECTS, "n": n, "seed": seed, "net": Path(net).name}
    return League(methods, gathered(work, n, progress, folder, compute or in_this_process), settings, picked)


def gathered(work: Work, n: int, progress: bool, folder: str | Path | None, compute) -> np.ndarray:
    """The numbers of `n` scenes, (n, methods, measures): those that were kept, and the others computed and kept."""
    chunks = [range(start, min(start + CHUNK, n)) for start in range(0, n, CHUNK)]
    shelf = folder and kept.Kept(folder, work.about(), (len(work.methods), len(work.measures)))
    done = {one: values for one in chunks if shelf and (values := shelf.get(one)) is not None}
    with tqdm(total=n, initial=sum(map(len, done)), desc="evaluate", unit="scene", disable=not progress) as bar:
        missing = [one for one in chunks if one not in done]
        for one, values in compute(work, missing, bar.update) if missing else ():
            done[one] = values
            if shelf:
                shelf.put(one, values)
    return np.concatenate([done[one] for one in chunks])


def in_this_process(work: Work, chunks: Sequence[range],
                    tick: Callable[[int], object]) -> Iterator[tuple[range, np.ndarray]]:
    """Compute chunks one after the other."""
    for one in chunks:
        yield one, work.chunk(one.start, one.stop, tick)
