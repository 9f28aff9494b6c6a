"""Dask's workers: the numbers are those of one process to the last bit, even if a worker is killed."""

import multiprocessing
import os
import signal
import subprocess
import sys

import numpy as np
import pytest

import minigrad as mg
import nets
from explain.evaluation import distributed
from explain.evaluation.league import Work, in_this_process


@pytest.fixture(scope="module")
def work():
    mg.manual_seed(0)
    return Work(nets.SmallCNN().eval(), ("gradient", "random"), ("deletion", "ROAD", "infidelity"), 3)


def in_order(found) -> bytes:
    """The numbers of chunks that came in any order."""
    return np.concatenate([values for _, values in sorted(found, key=lambda pair: pair[0].start)]).tobytes()


@pytest.fixture(scope="module")
def dask():
    return pytest.importorskip("distributed")


@pytest.mark.training
def test_a_cluster_that_is_already_there_gives_the_numbers_of_one_process(dask, work):
    done, chunks = [], [range(0, 2), range(2, 3)]
    with dask.LocalCluster(n_workers=1, threads_per_worker=2, dashboard_address="127.0.0.1:0") as cluster:
        found = list(distributed.compute(work, chunks, done.append, scheduler=cluster.scheduler_address))
    assert in_order(found) == work.chunk(0, 3).tobytes() and sorted(done) == [1, 2]


@pytest.mark.training
def test_a_worker_that_is_killed_costs_nothing_but_time(dask, work):
    chunks, found, killed = [range(start, start + 1) for start in range(12)], [], None
    for pair in distributed.compute(work, chunks, lambda scenes: None, workers=2):
        found.append(pair)
        if killed is None:
            killed = multiprocessing.active_children()[0].pid
            os.kill(killed, signal.SIGKILL)
    assert killed and in_order(found) == in_order(in_this_process(work, chunks, lambda scenes: None))
    assert not multiprocessing.active_children()


def test_a_scheduler_that_is_not_there_is_one_clear_error(dask, work, monkeypatch):
    monkeypatch.setattr(distributed, "PATIENCE", 0.5)
    with pytest.raises(OSError, match="tcp://127.0.0.1:9"):
        list(distributed.compute(work, [range(1)], lambda scenes: None, scheduler="tcp://127.0.0.1:9"))


def test_a_worker_with_another_version_of_the_project_refuses(work):
    with pytest.raises(ValueError, match="install the same everywhere"):
        distributed.task(work, range(1), "another checksum")


def test_without_dask_the_error_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ValueError, match=r'pip install -e "\.\[distributed\]"'):
        distributed.chosen(2, None)


def test_without_either_option_nothing_but_this_process_is_needed(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    assert distributed.chosen(None, None) is in_this_process


class Failed:
    """A future that ends with an error."""

    def __init__(self, error):
        self.error = error

    def result(self):
        raise self.error


@pytest.mark.parametrize(("error", "words"), [
    (ModuleNotFoundError("No module named 'explain'"), "has not got this project"),
    (RuntimeError("Error during deserialization of the task graph."), "has not got this project"),
])
def test_a_cluster_without_the_project_is_one_clear_error(dask, error, words):
    with pytest.raises(OSError, match=words):
        distributed.result(dask, Failed(error))


def test_when_dask_gives_up_the_error_says_that_finished_chunks_are_kept(dask):
    for error in (dask.CancelledError("lost"), dask.KilledWorker("chunk-0-16", None, 3)):
        with pytest.raises(OSError, match="finished chunks are kept|Finished chunks are kept"):
            distributed.result(dask, Failed(error))


def test_an_error_in_a_measure_stays_what_it_is(dask):
    with pytest.raises(RuntimeError, match="a bug"):
        distributed.result(dask, Failed(RuntimeError("a bug")))


def test_workers_do_not_mind_ctrl_c_which_is_for_the_process_that_started_them():
    child = "import signal; print(signal.getsignal(signal.SIGINT) == signal.SIG_IGN)"
    before = signal.getsignal(signal.SIGINT)
    with distributed.ignoring_interrupts():
        inside = subprocess.run([sys.executable, "-c", child], capture_output=True, text=True, check=True)
    assert inside.stdout.strip() == "True"
    assert signal.getsignal(signal.SIGINT) == before
