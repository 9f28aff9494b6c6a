"""Measure both sides in turns: kernels, training, explanations, start-up and memory.

Without a sub-command all five are run, one after the other.  What has been measured is not lost if the run is stopped.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from tqdm import tqdm

from nets.files import write_atomically

from . import charts, explanations, kernels, machine, memory, report, startup, threads, training
from .case import Case, Probe, Row
from .timing import compile_clock

PARTS = {"kernels": kernels, "training": training, "explanations": explanations, "startup": startup, "memory": memory}


def add_arguments(parser) -> None:
    parser.add_argument("--json", metavar="FILE", help="write everything that was measured")
    parser.add_argument("--plot", metavar="FILE", help="draw the ratios, and time against size (.png, .svg, .pdf)")
    parser.add_argument("--markdown", metavar="FILE", help="write the table for a web page")
    parser.add_argument("--threads", type=int, metavar="N",
                        help=f"on both sides (default: all cores, here {threads.available()})")
    parser.add_argument("--only", metavar="PATTERN", help="only rows whose group or name contains this")
    parser.add_argument("--repeat", type=int, metavar="N", help="so many pairs per row (default: as time allows)")


def run(options, parts: Sequence[str]) -> int:
    """Measure and report.  0 if every row was measured, 1 if results differed or failed, 130 if stopped."""
    count = threads.available() if options.threads is None else options.threads
    if count < 1 or (options.repeat is not None and options.repeat < 1):
        raise ValueError("--threads and --repeat must be at least 1")
    chosen = chosen_cases(parts, options.only or "")
    threads.apply(count)
    described = machine.describe(count)
    print(machine.headline(described), file=sys.stderr)
    with compile_clock() as compiled:
        rows = measured(chosen, options.repeat)
        described["compile_seconds"] = round(compiled(), 2)
    described["peak_gflops"] = max(described["peak_gflops"], machine.peak_gflops())  # whenever the machine was freest
    if rows:
        print(report.table(described, rows))
        write_files(options, described, rows)
    if len(rows) < len(chosen):
        return 130
    return 0 if all(row.status == "measured" for row in rows) else 1


def chosen_cases(parts: Sequence[str], pattern: str) -> list[Case | Probe]:
    """The cases whose group or name contains the pattern, in capitals or not."""
    every = [case for part in parts for case in PARTS[part].cases()]
    chosen = [case for case in every if pattern.lower() in f"{case.group}: {case.name}".lower()]
    if not chosen:
        raise ValueError(f"--only {pattern}: no row has this in its group or name")
    return chosen


def measured(cases: Sequence[Case | Probe], repeat: int | None) -> list[Row]:
    """A row for each case, or fewer after Ctrl-C."""
    rows: list[Row] = []
    with tqdm(cases, unit="row") as bar:
        try:
            for case in bar:
                bar.set_description(f"{case.group}: {case.name}"[:60])
                rows.append(case.measure(repeat))
        except KeyboardInterrupt:
            print(f"benchmarks: stopped after {len(rows)} of {len(cases)} rows", file=sys.stderr)
    return rows


def write_files(options, described: dict, rows: Sequence[Row]) -> None:
    """Write what was asked for."""
    if options.json:
        write_atomically(options.json, report.as_json(described, rows).encode())
    if options.markdown:
        write_atomically(options.markdown, (report.markdown(described, rows) + "\n").encode())
    if options.plot:
        write_atomically(options.plot, charts.image(described, rows, options.plot))
