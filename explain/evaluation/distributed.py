"""The same work on many processes, or many machines: every chunk is a task for Dask's scheduler.

A chunk is a pure function of its arguments (``league.py``), so it does not matter which process computes it, when, or
how often.  If a process dies, Dask gives its chunks to others and starts another process; nothing is lost but
time.  The numbers are those of a single process, bit for bit, as long as all processors are of one kind: the last
bit of a sum may hang on the width of a processor's registers.

``--workers N`` starts N processes on this machine, ``--scheduler ADDRESS`` uses a cluster that is already there
(``dask scheduler`` on one machine, ``dask worker ADDRESS`` on each, all with this project installed).

Read next: ``explain/evaluation/report.py``, which writes the table down.
"""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from importlib.util import find_spec

import numpy as np

import minigrad as mg

from . import kept
from .league import Work, in_this_process

MEMORY = "1.5GB"  # that a process of ours may take; Dask starts it anew before it takes more
PATIENCE = 20  # seconds to reach a scheduler
_one_at_a_time = threading.Lock()


def add_arguments(parser) -> None:
    """Where to compute: here, unless one of the two is given."""
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--workers", type=int, metavar="N",
                       help="share the work among N processes of this machine (extra: distributed)")
    where.add_argument("--scheduler", metavar="ADDRESS",
                       help="give the work to a cluster of Dask's, such as tcp://10.0.0.1:8786 (extra: distributed)")


def chosen(workers: int | None, scheduler: str | None):
    """Who computes, as `league` wants it: this process, or Dask's workers, if there is Dask."""
    if workers is None and scheduler is None:
        return in_this_process
    if workers is not None and workers < 1:
        raise ValueError(f"--workers is the number of processes, at least 1, not {workers}")
    needed()
    return partial(compute, workers=workers, scheduler=scheduler)


def compute(work: Work, chunks: Sequence[range], tick: Callable[[int], object], workers: int | None = 1,
            scheduler: str | None = None) -> Iterator[tuple[range, np.ndarray]]:
    """Compute chunks on Dask's workers.

    Parameters
    ----------
    work : Work
    chunks : sequence of range
    tick : callable
        Called with the number of scenes that are done, after every chunk.
    workers : int
        Processes to start on this machine, if there is no `scheduler`.
    scheduler : str, optional
        Address of a scheduler, such as ``"tcp://10.0.0.1:8786"``.

    Yields
    ------
    range, ndarray
        The chunks as they are finished, in any order.

    Raises
    ------
    ValueError
        If Dask isn't installed, or a worker runs another version of this project.
    OSError
        If the scheduler can't be reached, or lacks this project, or a chunk takes every worker with it.
    """
    dask = needed()
    with ExitStack() as stack:
        if scheduler is None:
            # A port of 0 is any that is free; and the dashboard is for this machine only.
            with ignoring_interrupts():
                scheduler = stack.enter_context(dask.LocalCluster(
                    n_workers=workers, threads_per_worker=1, memory_limit=MEMORY, dashboard_address="127.0.0.1:0"))
        client = stack.enter_context(dask.Client(scheduler, timeout=PATIENCE))
        announce(client)
        # Whoever submits a key twice gets one result, so a key says all that the result depends on.
        name = kept.Kept("", work.about(), ()).name
        futures = {client.submit(task, work, one, kept.code(), key=f"{name}-{one.start}-{one.stop}"): one
                   for one in chunks}
        for future in dask.as_completed(list(futures)):
            yield futures[future], result(dask, future)
            tick(len(futures.pop(future)))  # the last mention of it, so that the workers may forget it


@contextmanager
def ignoring_interrupts():
    """Processes that are started inside of this ``with`` don't mind Ctrl-C.

    A terminal sends it to all of them, and each would print where it was.  It is enough if the one that started the
    others hears of it, and stops them.
    """
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread may say what is done about signals
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def needed():
    """Dask's distributed scheduler, or say how to get it."""
    try:
        import distributed
    except ImportError as error:
        raise ValueError("--workers and --scheduler need Dask, which is not installed: "
                         'pip install -e ".[distributed]"') from error
    return distributed


def announce(client) -> None:
    """Say on stderr where the dashboard is, and if nobody is there to work."""
    if client.dashboard_link and find_spec("bokeh"):
        print(f"Dask's dashboard: {client.dashboard_link}", file=sys.stderr)
    if not client.scheduler_info()["workers"]:
        print("The scheduler has no workers yet; waiting for some ...", file=sys.stderr)


def task(work: Work, chunk: range, code: str) -> np.ndarray:
    """One chunk, as a worker computes it: with one thread, and no other chunk beside it in the same process."""
    if kept.code() != code:
        raise ValueError("a worker has another version of this project, or of NumPy, SciPy or Numba, than the process "
                         "that asks; install the same everywhere")
    with _one_at_a_time:
        mg.set_num_threads(1)
        return work.chunk(chunk.start, chunk.stop)


def result(dask, future) -> np.ndarray:
    """What a task found; what Dask says when it gave up is put into a sentence."""
    try:
        return future.result()
    except (ImportError, RuntimeError) as error:
        if isinstance(error, RuntimeError) and "deserialization" not in str(error):
            raise
        raise OSError("the scheduler, or a worker, has not got this project; install it, and the same libraries, "
                      "everywhere") from error
    except dask.KilledWorker as error:
        raise OSError(f"the worker died each time that it had come to chunk {error.task}; is there too little memory? "
                      "Finished chunks are kept, and the same command goes on from them") from error
    except dask.CancelledError as error:
        raise OSError("the scheduler is gone; finished chunks are kept, and the same command goes on from "
                      "them") from error
