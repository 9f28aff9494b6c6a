"""Where exercises are judged: starts servers, hands them jobs, and turns reports into verdicts.

Read next: ``messages.py``.
"""

from __future__ import annotations

import json
import os
import runpy
import subprocess
import sys
import threading
from collections.abc import Hashable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from pathlib import Path

from tqdm import tqdm

from .messages import Verdict, verdict
from .registry import Exercise, exercise_from
from .submission import refusal

SECONDS = 20.0  # of computing, for a check
STARTING = 40.0  # what a server may take beyond that
MACHINERY = Path(__file__).resolve().parents[2]


class Bench:
    """A server and what is known from it.  Use it in a ``with`` statement, by one thread.

    Parameters
    ----------
    root : Path
        The reference: the tree that learners' functions are laid into.
    """

    def __init__(self, root: Path):
        self.root = root
        self.server: subprocess.Popen | None = None
        self.ours: dict[str, list[dict]] = {}
        # The file on its own, as the package may be a learner's, and broken.
        self.of_shapes = runpy.run_path(str(root / "minigrad/diagnosis.py"))["of_shapes"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()

    def end(self) -> None:
        """End the server, if there is one: it tidies up when nothing more can come."""
        if self.server is not None:
            with suppress(BrokenPipeError):
                self.server.stdin.close()
            with suppress(subprocess.TimeoutExpired):
                self.server.wait(20)
            self.server.kill()
            self.server.stdout.close()
            self.server.wait()
            self.server = None

    def exercises(self) -> dict[str, Exercise]:
        """All exercises that pytest collects from the reference, by name."""
        reply = self.ask({"kind": "collect"}, 100)
        if "exercises" not in reply:
            raise ValueError(f"the tests could not be collected:\n{reply.get('error', reply)}")
        return {name: exercise_from(row) for name, row in reply["exercises"].items()}

    def check(self, exercise: Exercise, learners: str | None, seconds: float = SECONDS) -> Verdict:
        """Judge a learner's module (its source; None for our own) in one exercise."""
        report = self.report(exercise, learners, seconds)
        ours = self.our_notes(exercise) if learners is not None and wants_notes(report) else []
        return verdict(exercise, report, ours, learners or "", seconds, self.of_shapes)

    def glance(self, exercise: Exercise, learners: str) -> Verdict | None:
        """A verdict without starting anything, where a look at the text is enough: blank, or not to be read."""
        ours = (self.root / exercise.file).read_text(encoding="utf-8")
        report = refusal(ours, learners, exercise)
        return report and verdict(exercise, report, [], learners, SECONDS, self.of_shapes)

    def our_notes(self, exercise: Exercise) -> list[dict]:
        """What our solution is given and returns when it is judged."""
        if exercise.name not in self.ours:
            self.ours[exercise.name] = self.report(exercise, None, SECONDS).get("notes", [])
        return self.ours[exercise.name]

    def report(self, exercise: Exercise, learners: str | None, seconds: float) -> dict:
        """What the server says of one job."""
        return self.ask({"kind": "judge", "exercise": exercise, "learners": learners, "seconds": seconds}, seconds)

    def ask(self, job: dict, seconds: float) -> dict:
        """Hand a job to the server, which is started if there is none, and wait for the answer."""
        if self.server is None or self.server.poll() is not None:
            self.end()
            self.server = start(self.root)
        impatience = threading.Timer(4 * seconds + STARTING, self.server.kill)
        impatience.start()
        try:
            with suppress(BrokenPipeError):
                print(json.dumps(job), file=self.server.stdin, flush=True)
            line = self.server.stdout.readline()
        finally:
            impatience.cancel()
        return json.loads(line) if line.endswith("\n") else {"fault": "died", "status": self.server.wait()}


def wants_notes(report: dict) -> bool:
    """Whether there is something in a report to be compared with our solution: a failure, or a changed argument."""
    failed = any(not outcome["passed"] for outcome in report.get("outcomes", ()))
    return failed or any(note["changed"] for note in report.get("notes", ()))


def start(root: Path) -> subprocess.Popen:
    """Start a server; it computes with one thread and finds only its own machinery."""
    threads = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"), "1")
    quiet = {"PYTHONHASHSEED": "0", "PYTHONWARNINGS": "", "MPLBACKEND": "agg", "PYTEST_ADDOPTS": ""}
    environment = {k: v for k, v in os.environ.items() if k not in ("PYTHONSAFEPATH", "PYTEST_PLUGINS")}
    return subprocess.Popen([sys.executable, "-m", "tests.exercises.server", str(root)], cwd=MACHINERY,
                            env=environment | threads | quiet, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                            encoding="utf-8")


def judged(root: Path, jobs: Iterable[tuple[Hashable, tuple[Exercise, str]]], workers: int | None = None) -> dict:
    """Judge many jobs at once, on as many benches as there are processors (four at most).

    Parameters
    ----------
    jobs : pairs
        A key, and an exercise with a learner's module.

    Returns
    -------
    dict
        A verdict for each key.
    """
    jobs = list(jobs)
    workers = workers or min(4, os.cpu_count() or 1)
    own = threading.local()
    with ExitStack() as stack, ThreadPoolExecutor(workers) as pool:

        def judge(job):
            if not hasattr(own, "bench"):
                own.bench = stack.enter_context(Bench(root))
            return job[0], own.bench.check(*job[1])

        return dict(tqdm(pool.map(judge, jobs), total=len(jobs), desc="judging", file=sys.stderr, disable=None))
