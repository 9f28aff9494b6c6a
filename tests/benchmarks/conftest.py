"""Made-up results, sizes so small that a whole benchmark takes a second, and a world without PyTorch."""

from dataclasses import replace

import pytest

from benchmarks import explanations, kernels, machine, memory, peers, processes, startup, threads, timing, training
from benchmarks.case import Row

MACHINE = {"cpu": "Made-up 9000", "cores": 4, "threads": 2, "load": 0.1, "system": "Linux x86_64", "python": "3.11.7",
           "versions": {"numpy": "2.0", "torch": "2.13.0"}, "backend": "numba", "peer": "PyTorch", "peak_gflops": 100.0}


@pytest.fixture
def made_up():
    """A machine and rows of every kind: we win, we lose, results differ, something fails, there is no counterpart."""
    return dict(MACHINE), [
        Row("convolution", "wide", flops=2e9).take([0.1, 0.1, 0.1], [0.2, 0.2, 0.2]),
        Row("convolution", "narrow", size=8).take([0.004, 0.004, 0.004], [0.002, 0.002, 0.002]),
        Row("convolution", "wrong", difference=0.5).fail("differs", "results differ by 5.0e-01 of the largest"),
        Row("memory", "a step", unit="MB").take([30.0], [40.0]),
        Row("memory", "a crash", unit="MB").fail("failed", "RuntimeError: out of memory"),
        Row("compilation", "everything").take([12.0], []),
    ]


@pytest.fixture
def without_torch(monkeypatch):
    """Let neither be found, installed or not."""
    found = peers.installed
    monkeypatch.setattr(peers, "installed", lambda name: None if name in ("torch", "captum") else found(name))


@pytest.fixture
def tiny(monkeypatch, without_torch):
    """The benchmarks on next to nothing, within this process."""
    monkeypatch.setattr(timing, "PAUSE", 0.0)
    monkeypatch.setattr(timing, "SHORTEST", 0.0)
    monkeypatch.setattr(machine, "PEAK_SIZE", 16)
    monkeypatch.setattr(threads, "apply", lambda n: None)  # it would hold for all tests that follow
    monkeypatch.setattr(kernels, "LAYERS", [(2, 1, 6, 3, 3, 1, 1), (1, 2, 7, 2, 3, 2, 0)])
    monkeypatch.setattr(kernels, "SIZES", [4, 6])
    monkeypatch.setattr(kernels, "SIZED", (1, 2, 2, 3, 1, 1))
    monkeypatch.setattr(kernels, "FEATURES", 6)
    monkeypatch.setattr(kernels, "CLASSES", 4)
    monkeypatch.setattr(kernels.others, "__defaults__", ((2, 3, 6, 6),))
    monkeypatch.setattr(training, "BATCH", 2)
    monkeypatch.setattr(training, "BATCHES", 2)
    courses = [replace(training.COURSES[0], picture=(3, 16, 16)), training.COURSES[1]]
    monkeypatch.setattr(training, "COURSES", courses)
    monkeypatch.setattr(explanations, "STEPS", 3)
    small = replace(explanations.SUBJECTS[0], size=16, windows=((8, 8),))
    monkeypatch.setattr(explanations, "SUBJECTS", [small])
    return monkeypatch


@pytest.fixture
def no_processes(monkeypatch):
    """Start no process: each answers at once, 1 for ours and 2 for theirs."""
    monkeypatch.setattr(processes, "run", lambda *arguments, env=None: "2" if arguments[-1] == "theirs" else "1")
    monkeypatch.setattr(processes, "seconds_until_done", lambda script, env=None: 1.0)
    monkeypatch.setattr(startup, "compilation_for_the_lecture", lambda: 1.0)
    return memory
