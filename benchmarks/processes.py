"""Measuring in fresh processes: how long until something is there, and how much memory it took."""

from __future__ import annotations

import contextlib
import ctypes
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PATIENCE = 900  # seconds until a process is given up


def run(*arguments: str, env: Mapping[str, str] | None = None) -> str:
    """The last line that Python printed when it was started with these arguments, in the project's folder.

    Raises
    ------
    RuntimeError
        With the last line of what it complained about, if it failed.
    """
    # Python shall keep the bytecode of our files, as is usual; that of installed libraries is there already.
    paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths), "PYTHONDONTWRITEBYTECODE": "",
                   **(env or {})}
    done = subprocess.run([sys.executable, *arguments], cwd=ROOT, env=environment, capture_output=True, text=True,
                          timeout=PATIENCE)
    if done.returncode:
        raise RuntimeError((done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1])
    return done.stdout.strip().splitlines()[-1]


def seconds_until_done(script: str, env: Mapping[str, str] | None = None) -> float:
    """Seconds from the start of a process to the end of its `script`.

    Both clocks are the system's monotonic one, so they can be subtracted.  What Python does after the script, to clean
    up, does not count.
    """
    start = time.monotonic()
    return float(run("-c", f"{script}\nimport time; print(time.monotonic())", env=env)) - start


def seconds_to_import(module: str) -> float:
    """Seconds that a fresh process takes for one import, without its own start."""
    script = f"import time; start = time.perf_counter(); import {module}; print(time.perf_counter() - start)"
    return float(run("-c", script))


def memory(field: str) -> float:
    """``VmRSS`` (memory that this process has now) or ``VmHWM`` (the most it ever had), in MB."""
    try:
        with open("/proc/self/status", encoding="utf-8") as file:
            fields = dict(line.split(":", 1) for line in file if ":" in line)
        return int(fields[field].split()[0]) / 1000
    except (OSError, KeyError):  # not Linux: the peak is all there is
        import resource

        unit = 1e6 if sys.platform == "darwin" else 1e3
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


def forget_peak() -> None:
    """Give freed memory back and let the peak start again from what the process has now, where the system can."""
    with contextlib.suppress(OSError, AttributeError, TypeError):  # only glibc has it
        ctypes.CDLL(None).malloc_trim(0)
    with contextlib.suppress(OSError), open("/proc/self/clear_refs", "w", encoding="utf-8") as file:
        file.write("5")
