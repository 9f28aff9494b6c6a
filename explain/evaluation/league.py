"""The league table: every method, every measure, on scenes that the net has never seen.

The work is cut into chunks of scenes.  A chunk is a pure function of what can be written down, a net's file, names and
numbers: so it can run in any process, in any order, and twice, to the same bytes.  Each scene is explained and measured
by itself, and its random numbers come from its own place in the set; therefore the chunks' borders leave no trace.

Read next: ``explain/evaluation/report.py``, which writes the table down.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from tqdm import tqdm

import nets
from nets.recipes import read_small_cnn

from .bootstrap import interval
from .measures import MEASURES, Measure, measured
from .methods import chosen

SCENES_SEED = 2_000_000  # seeds from here on make the scenes of evaluations; no net is trained on them
OBJECTS = 2  # in a scene: with one, an edge detector would know as well as any where the evidence is


def chunk(net: str | Path, names: Sequence[str], seed: int, start: int, stop: int,
          progress: bool = False) -> np.ndarray:
    """Measure some methods on the scenes from `start` to `stop`.

    Parameters
    ----------
    net : path
        Of a `SmallCNN`'s checkpoint.
    names : names of methods
    seed : int
        Of the scenes.
    start, stop : int
        Places in the endless row of scenes that the seed stands for.

    Returns
    -------
    float64 ndarray (stop - start, methods, measures)
        The same numbers whatever chunks they come in.
    """
    if not 0 <= start < stop:
        raise ValueError(f"chunk: start must be at least 0 and less than stop, not {start} and {stop}")
    methods, model = chosen(names), read_small_cnn(net)
    drawn = nets.scenes(stop - start, SCENES_SEED + seed, OBJECTS, start=start)
    places = tqdm(range(start, stop), desc="evaluate", unit="scene", disable=not progress)
    return np.stack([measured(model, drawn[place - start], methods, seed=place) for place in places])


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


def league(net: str | Path, names: str | Sequence[str] = "all", n: int = 500, seed: int = 0,
           progress: bool = False) -> League:
    """Put methods to all measures.

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
    """
    if n < 1:
        raise ValueError(f"league: n is the number of scenes, at least 1, not {n}")
    methods = tuple(method.name for method in chosen(names))
    settings = {"data": "scenes", "objects": OBJECTS, "n": n, "seed": seed, "net": Path(net).name}
    return League(methods, chunk(net, methods, seed, 0, n, progress), settings)
