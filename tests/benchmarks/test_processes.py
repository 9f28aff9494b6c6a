"""Processes of their own: what they answer, how they fail, and what their memory is measured on."""

import os
import subprocess
import sys

import numpy as np
import pytest

from benchmarks import memory, processes, threads


def test_the_last_line_that_a_process_prints_is_its_answer():
    assert processes.run("-c", "print('hello'); print(1 + 1)") == "2"


def test_a_process_that_fails_says_why():
    with pytest.raises(RuntimeError, match="ZeroDivisionError"):
        processes.run("-c", "1 / 0")


def test_the_time_of_a_process_includes_its_start():
    assert processes.seconds_until_done("pass") > 0


def test_the_peak_is_what_a_job_takes_beyond_what_was_there():
    def prepare(side, small):
        return lambda: np.ones(1 if small else 8_000_000)  # 64 MB

    assert 60 < memory.peak(prepare, "ours") < 90


@pytest.mark.training
@pytest.mark.usefixtures("tiny")
@pytest.mark.parametrize("side", ["ours", "theirs"])
def test_every_memory_job_can_be_done_by_both_sides(side, monkeypatch):
    monkeypatch.setattr(memory, "STEP_BATCH", 3)
    monkeypatch.setattr(memory, "OP_BATCH", 2)
    monkeypatch.setattr(memory, "OP_MAPS", (3, 6, 6))
    monkeypatch.setattr(memory, "SMALL_PICTURE", 16)
    for name, (_, prepare) in memory.jobs().items():
        assert len(prepare(side, False)()) >= 1, name


def test_threads_are_settled_before_any_library_is_loaded():
    script = "from benchmarks import threads; threads.limit(3); import numpy, os; print(os.environ['OMP_NUM_THREADS'])"
    assert processes.run("-c", script) == "3"


def test_to_settle_threads_too_late_is_an_error():
    with pytest.raises(RuntimeError, match="too late"):
        threads.limit(1)


@pytest.mark.parametrize("words", [[], ["--threads"], ["--threads", "many"], ["--threads", "0"]])
def test_without_a_sensible_number_all_cores_count(words):
    assert threads.asked(words) == threads.available()


def test_the_command_starts_from_a_terminal():
    done = subprocess.run([sys.executable, "-m", "benchmarks", "--help"], cwd=processes.ROOT, capture_output=True,
                          text=True, env={**os.environ, "PYTHONPATH": str(processes.ROOT)})
    assert done.returncode == 0 and "explanations" in done.stdout
