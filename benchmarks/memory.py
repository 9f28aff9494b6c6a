"""Peak memory: what a step needs beyond what was there before.

Each job runs in a process of its own, ``python -m benchmarks.memory NAME ours|theirs``, first on something small, so
that libraries and compiled code are loaded.  Then inputs and nets are made, the memory is noted, the job runs once, and
what counts is how far the peak rose: outputs, what the tape keeps, gradients, work space.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

from . import processes
from .case import Probe

STEP_BATCH, OP_BATCH, OP_MAPS = 64, 32, (64, 56, 56)
SMALL_BATCH, SMALL_PICTURE = 2, 64


def jobs() -> dict[str, tuple[str, Callable]]:
    """From a name to the group and to ``prepare(side, small)``, which returns a function that does the job once."""
    from . import explanations, kernels, training

    found: dict[str, tuple[str, Callable]] = {}
    for course in training.COURSES:
        found[f"{course.label}: a training step"] = "memory of a step", training_step(course)
    for subject in explanations.SUBJECTS[:2]:
        found[f"{subject.label}: saliency under three rules"] = (
            "memory of an explanation", explanation(subject, "three rules"))
        found[f"{subject.label}: Guided Grad-CAM"] = "memory of an explanation", explanation(subject, "Guided Grad-CAM")
    small_cnn = explanations.SUBJECTS[0]
    found[f"{small_cnn.label}: Integrated Gradients"] = (
        "memory of an explanation", explanation(small_cnn, "Integrated Gradients"))
    for op in kernels.others():
        if any(word in op.name for word in ("pooling", "ReLU", "batch norm")):
            found[f"{op.name}: forward + backward"] = "memory of an op", one_op(op.name)
    return found


def cases() -> Iterator[Probe]:
    for name, (group, _) in jobs().items():
        yield Probe(group, name, partial(megabytes, name, "ours"), partial(megabytes, name, "theirs"), "MB", pairs=3)


def megabytes(name: str, side: str) -> float:
    """The peak of one job in a process of its own.  At least a tenth of a MB, as ratios want something to divide by."""
    return max(float(processes.run("-m", "benchmarks.memory", name, side)), 0.1)


def training_step(course) -> Callable:
    """The first step of a net on a batch."""
    from . import training

    def prepare(side: str, small: bool) -> Callable:
        samples = training.batches(course.picture, 1, SMALL_BATCH if small else STEP_BATCH)
        return (training.our_epoch if side == "ours" else training.their_epoch)(course, samples)

    return prepare


def explanation(subject, method: str) -> Callable:
    """An explanation of one picture."""
    from . import explanations

    def prepare(side: str, small: bool) -> Callable:
        size = min(SMALL_PICTURE, subject.size // 2) if small else subject.size
        return getattr(explanations.sides(replace(subject, size=size), method), side)

    return prepare


def one_op(name: str) -> Callable:
    """An op on large maps, forward and backward."""
    from . import kernels

    def prepare(side: str, small: bool) -> Callable:
        batch = SMALL_BATCH if small else OP_BATCH
        op = next(op for op in kernels.others((batch, *OP_MAPS)) if op.name == name)
        inputs, g = kernels.numbers(op, backward=True)
        return (kernels.our_side if side == "ours" else kernels.their_side)(op, inputs, g)

    return prepare


def peak(prepare: Callable, side: str) -> float:
    """MB by which the peak rises while the job runs."""
    prepare(side, True)()
    job = prepare(side, False)
    processes.forget_peak()
    before = processes.memory("VmRSS")
    result = job()
    risen = processes.memory("VmHWM") - before
    del result
    return risen


def main(name: str, side: str) -> None:
    """Print what one job takes."""
    print(peak(jobs()[name][1], side))


if __name__ == "__main__":
    main(*sys.argv[1:])
