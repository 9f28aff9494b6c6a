"""The machine that the figures are of: they mean nothing without it."""

from __future__ import annotations

import os
import platform
from importlib import metadata

import numpy as np

import minigrad as mg

from . import peers, timing

PACKAGES = ("numpy", "numba", "scipy", "torch", "captum")
PEAK_SIZE = 2048  # of the square matrices whose product measures the peak


def describe(threads: int) -> dict:
    """Processor, cores, threads, versions, and the most GFLOP/s that a matrix product reaches here."""
    return {
        "cpu": cpu_model(),
        "cores": os.cpu_count(),
        "threads": threads,
        "load": round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None,
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "versions": {name: metadata.version(name) for name in PACKAGES if peers.installed(name)},
        "backend": mg.get_backend(),
        "peer": peers.title(),
        "peak_gflops": peak_gflops(),
    }


def cpu_model() -> str:
    """What the processor calls itself."""
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            fields = dict(line.strip().partition(":")[::2] for line in file if ":" in line)
        return {key.strip(): value.strip() for key, value in fields.items()}["model name"]
    except (OSError, KeyError):
        return platform.processor() or platform.machine()


def peak_gflops(tries: int = 5) -> float:
    """Billions of multiplications and additions per second in a float32 matrix product, by NumPy or PyTorch.

    The best try of the better of the two: a peak is what is possible.
    """
    size = PEAK_SIZE
    a = np.random.default_rng(0).standard_normal((size, size), np.float32)
    products = [lambda: a @ a]
    if torch := peers.installed("torch"):
        t = torch.tensor(a)
        products.append(lambda: t @ t)
    fastest = min(timing.seconds(product) for product in products for _ in range(tries))
    return round(2 * size**3 / fastest / 1e9, 1)


def headline(machine: dict) -> str:
    """The header of a table: two lines."""
    versions = ", ".join(f"{name} {version}" for name, version in machine["versions"].items())
    load = "" if machine["load"] is None else f", load {machine['load']} at the start"
    peer = machine["peer"] + ("" if "torch" in machine["versions"] else " (PyTorch is not installed)")
    threads = f"{machine['threads']} thread{'s' if machine['threads'] > 1 else ''}"
    return (
        f"minigrad ({machine['backend']} kernels) against {peer}; {threads} on both sides\n"
        f"{machine['cpu']}, {machine['cores']} cores{load}; sgemm peak {machine['peak_gflops']:.0f} GFLOP/s; "
        f"{machine['system']}, Python {machine['python']}, {versions}"
    )
