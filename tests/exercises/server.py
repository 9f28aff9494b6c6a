"""A process that has imported what takes long, and forks for every check: so a check takes a fraction of a second.

The child judges; this process never runs a line of a submission.  It waits, no longer than the time limit, for a
report that begins with the password it handed to the child, then ends whatever the child has started, throws its folder
away and restores the tree.  So a submission can print, exit, and fall over as it likes: what it says is not a report.

Where Python cannot fork (Windows), this process judges one job itself and ends; ``bench.py`` starts the next one.

Read next: ``bench.py``.
"""

from __future__ import annotations

import gc
import json
import os
import secrets
import select
import shutil
import signal
import sys
import tempfile
import time
from contextlib import suppress
from functools import partial
from pathlib import Path

from . import judge, sandbox
from .registry import exercise_from, marked_files
from .tree import Tree

TREE = ("minigrad", "nets", "explain", "tests", "setup.cfg")
LIBRARIES = ("hypothesis.extra.numpy", "matplotlib.pyplot", "PIL.Image", "scipy.ndimage", "scipy.spatial.distance",
             "sklearn.datasets", "tqdm", "pooch")
SKIPPED = {"__pycache__", "path", "mistakes"}
CANNOT_FORK = not hasattr(os, "fork")
PATIENCE = 3  # seconds to wait for one of computing: the machine may be busy with other things
LONGEST_REPORT = 8 << 20


def main(root: str) -> None:
    """Answer jobs, one line of JSON each on stdin, with a line of JSON each on stdout."""
    channel = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.set_inheritable(channel.fileno(), False)
    with open(os.devnull, "r+b") as nothing:
        os.dup2(nothing.fileno(), 1)
    os.umask(0o022)
    with tempfile.TemporaryDirectory(prefix="minigrad-", ignore_cleanup_errors=True) as folder:
        os.chmod(folder, 0o711)
        base = copied(Path(root), Path(folder, "tree"))
        changes_user = sandbox.works_as_another()
        jobs = Jobs(base, Path(folder, "judged"), channel.fileno())
        for number, line in enumerate(sys.stdin):
            user = sandbox.FIRST_USER + os.getpid() % 10_000 * 10_000 + number % 10_000 if changes_user else None
            job = read(line)
            preload(job)
            report = jobs.collect() if job["kind"] == "collect" else jobs.judge(job, user)
            print(json.dumps(report), file=channel, flush=True)
            if CANNOT_FORK:
                break


def read(line: str) -> dict:
    """A job from its line."""
    job = json.loads(line)
    return job | ({"exercise": exercise_from(job["exercise"])} if "exercise" in job else {})


def copied(root: Path, to: Path) -> Path:
    """Copy what is needed of the reference: the less, the sooner every check has a copy of its own."""
    judging = set(marked_files(root))
    for file in (file for part in TREE for file in [root / part, *(root / part).rglob("*")]):
        name = file.relative_to(root)
        other_test = name.name.startswith("test_") and name.as_posix() not in judging
        if file.is_file() and not other_test and not SKIPPED & set(name.parts):
            (to / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(file, to / name)
    for path in to.rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)
    return to


def preload(job: dict) -> None:
    """Import what is not ours, which is the same for every check; the engine's tests need none of it."""
    if job["kind"] == "judge" and all(file.startswith("tests/minigrad/") for file in job["exercise"].files):
        return
    for name in LIBRARIES:
        with suppress(ImportError):
            __import__(name)
    gc.freeze()  # so that a child's collector doesn't look through it all


class Jobs:
    """Does the jobs, each in a child if that can be."""

    def __init__(self, base: Path, place: Path, channel: int):
        self.base, self.place, self.channel = base, place, channel
        self.tree: Tree | None = None
        self.compiled = False
        self.run = 0

    def collect(self) -> dict:
        """All exercises; along the way Python keeps what it has compiled, beside the sources."""
        self.compiled = True
        return in_a_child(lambda: judge.collect(str(self.base)), 300, self.channel)

    def judge(self, job: dict, user: int | None) -> dict:
        """Judge in a tree that is as if nothing had been judged there before, with a folder to write in."""
        if self.run == 1 and not self.compiled:  # there will be many, so compile what they have in common
            self.collect()
            self.tree = None
        if self.tree is None:
            self.tree = Tree(self.base, self.place)
        with tempfile.TemporaryDirectory(prefix="minigrad-", ignore_cleanup_errors=True) as scratch:
            scratch = os.path.realpath(scratch)
            if user is not None:
                os.chown(scratch, user, user)
            work = partial(judge.judge, os.path.realpath(self.place), scratch, job["exercise"], job["learners"],
                           job["seconds"], user)
            report = in_a_child(work, PATIENCE * job["seconds"], self.channel)
            end_all_of(user)
        self.run += "outcomes" in report
        self.tree.restore()
        return report


def in_a_child(work, seconds: float, channel: int) -> dict:
    """Do some work in a child, and return its report, or ``{"fault": ...}`` if none came."""
    if CANNOT_FORK:
        return work()
    password = secrets.token_hex()
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        os.close(channel)
        report_and_exit(work, password, writing)
    os.close(writing)
    text = read_all(reading, time.monotonic() + seconds)
    with suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)
    with suppress(ProcessLookupError):
        os.kill(child, signal.SIGKILL)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return report_in(text, password, status)


def report_and_exit(work, password: str, writing: int) -> None:
    """The child's whole life: a session of its own, the work, one report."""
    try:
        os.setsid()
        with open(os.devnull, "r+b") as nothing:
            os.dup2(nothing.fileno(), 0)
            os.dup2(nothing.fileno(), 2)
        report = work()
        with os.fdopen(writing, "w", encoding="utf-8") as file:
            file.write(password + json.dumps(report))
        os._exit(0)
    except BaseException as error:  # whatever it is, this process must not go on as a second server
        with suppress(OSError):
            os.write(writing, f"{type(error).__name__}: {error}".encode())
        os._exit(1)


def read_all(reading: int, deadline: float) -> bytes | None:
    """What the child writes until it closes its end; None if the time is over, or it is far too much."""
    text = b""
    with os.fdopen(reading, "rb", buffering=0) as file:
        while len(text) < LONGEST_REPORT:
            ready, _, _ = select.select([file], [], [], max(0, deadline - time.monotonic()))
            if not ready:
                return None
            part = file.read(1 << 16)
            if not part:
                return text
            text += part
    return None


def report_in(text: bytes | None, password: str, status: int) -> dict:
    """The report, if it begins with the password; nothing else is even read."""
    if text is None:
        return {"fault": "time"}
    if secrets.compare_digest(text[: len(password)], password.encode()):
        return json.loads(text[len(password) :])
    return {"fault": "time" if status == -signal.SIGXCPU else "died", "status": status,
            "said": text[:300].decode("utf-8", "replace")}


def end_all_of(user: int | None) -> None:
    """End every process of a job's user, whatever session it has fled to."""
    if user is None:
        return
    child = os.fork()
    if child == 0:
        with suppress(OSError):
            sandbox.become(user)
            os.kill(-1, signal.SIGKILL)
        os._exit(0)
    os.waitpid(child, 0)


if __name__ == "__main__":
    main(sys.argv[1])
