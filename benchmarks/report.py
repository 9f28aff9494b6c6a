"""What has been found, as a table for the terminal, as Markdown for the README, and as JSON for both.

A table has a row for everything, whoever wins, and the geometric mean of every group.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path

from nets.files import write_between

from .case import Row
from .machine import headline
from .timing import geometric_mean

LEGEND = ("Medians of pairs measured in turns; the ratio is ours / theirs, less than 1 is better, with its quartiles "
          "in brackets.")
BEGIN, END = "<!-- benchmarks: begin -->", "<!-- benchmarks: end -->"


def groups(rows: Iterable[Row]) -> dict[str, list[Row]]:
    """The rows of each group, in the order in which the groups first appear."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row.group, []).append(row)
    return found


def mean_ratio(rows: Iterable[Row]) -> float | None:
    """Geometric mean of the medians; None if no row has one."""
    medians = [row.ratio[1] for row in rows if row.ratio]
    return geometric_mean(medians) if medians else None


def amount(value: float, unit: str) -> str:
    """Three digits, in a unit that fits.

    Examples
    --------
    >>> amount(0.0000123, "s"), amount(0.5, "s"), amount(12.34, "s"), amount(3.21, "MB")
    ('12.3 us', '500 ms', '12.3 s', '3.21 MB')
    """
    for factor, name in ((1, "s"), (1e3, "ms"), (1e6, "us")) if unit == "s" else ((1, unit),):
        if value * factor >= 1 or name in ("us", "MB"):
            break
    scaled = value * factor
    return f"{scaled:.0f} {name}" if scaled >= 99.95 else f"{scaled:.3g} {name}"


def speed(row: Row, seconds: float, peak: float) -> str:
    """GFLOP/s and the share of the machine's peak, where the number of operations is known."""
    gflops = row.flops / seconds / 1e9 if row.flops and seconds else 0
    return f"{gflops:.0f} ({gflops / peak:.0%})" if gflops else ""


def cells(row: Row, peak: float) -> list[str]:
    """A row of the table as texts."""
    if row.status != "measured":
        return [row.name, "", "", row.status.upper(), "", "", "", row.note]
    theirs = amount(row.theirs, row.unit) if row.ratio else ""
    ratio = f"{row.ratio[1]:.2f} ({row.ratio[0]:.2f}-{row.ratio[2]:.2f})" if row.ratio else ""
    first = amount(row.first_call, "s") if row.first_call else ""
    return [row.name, amount(row.ours, row.unit), theirs, ratio, first, speed(row, row.ours, peak),
            speed(row, row.theirs, peak), row.note]


def heads(machine: dict) -> list[str]:
    peer = machine["peer"]
    return ["", "ours", peer, "ratio", "our first call", "our GFLOP/s (of peak)", "their GFLOP/s (of peak)", "note"]


def table(machine: dict, rows: Sequence[Row]) -> str:
    """The table for a terminal."""
    lines = [heads(machine)]
    for group, members in groups(rows).items():
        lines += [[group.upper()], *(cells(row, machine["peak_gflops"]) for row in members)]
        if (mean := mean_ratio(members)) is not None:
            lines.append(["geometric mean", "", "", f"{mean:.2f}"])
    lines = [line + [""] * (8 - len(line)) for line in lines]
    widths = [max(len(line[i]) for line in lines) for i in range(8)]
    body = [[name.ljust(widths[0]), *map(str.rjust, numbers, widths[1:]), note] for name, *numbers, note in lines]
    text = "\n".join("  ".join(line).rstrip() for line in body)
    return f"{headline(machine)}\n\n{text}\n\n{LEGEND}\n{footer(machine)}"


def footer(machine: dict) -> str:
    """How much of the run went into compiling."""
    return f"Compiling took {machine.get('compile_seconds', 0):.1f} s (nothing, if the cache was warm)."


def markdown(machine: dict, rows: Sequence[Row]) -> str:
    """A summary of the groups, and all rows folded away beneath it."""
    summary = ["| | rows | ratio, geometric mean | best | worst |", "|---|---:|---:|---|---|"]
    details = []
    for group, members in groups(rows).items():
        found = sorted((row for row in members if row.ratio), key=lambda row: row.ratio[1] if row.ratio else 0)
        if found:
            ends = " | ".join(f"{row.ratio[1]:.2f} {row.name}" for row in (found[0], found[-1]) if row.ratio)
            summary.append(f"| {group} | {len(members)} | **{mean_ratio(members):.2f}** | {ends} |")
        else:
            summary.append(f"| {group} | {len(members)} | | {' '.join(cells(members[0], 1)[1:4]).strip()} | |")
        details += [f"| **{group}** | | | | | | | |",
                    *(f"| {' | '.join(cells(row, machine['peak_gflops']))} |" for row in members)]
    columns = "| " + " | ".join(heads(machine)) + " |\n|---|---:|---:|---:|---:|---:|---:|---|"
    header = headline(machine).replace("\n", ".  \n")
    return "\n".join([f"{header}.\n\n{LEGEND}\n", *summary, "\n<details><summary>All rows</summary>\n", columns,
                      *details, "\n</details>"])


def as_json(machine: dict, rows: Sequence[Row]) -> str:
    """Everything, also the single measurements."""
    return json.dumps({"machine": machine, "rows": [asdict(row) for row in rows]}, indent=1)


def from_json(text: str) -> tuple[dict, list[Row]]:
    """What `as_json` wrote.

    Raises
    ------
    ValueError
        If it is something else.
    """
    try:
        found = json.loads(text)
        rows = [Row(**fields) for fields in found["rows"]]
        return found["machine"], [row.take(**row.samples) if row.status == "measured" else row for row in rows]
    except (KeyError, TypeError) as error:
        raise ValueError("this is not what `python -m benchmarks --json FILE` writes") from error


def write_between_markers(path: str | Path, text: str) -> Path:
    """Replace what stands between the two marker comments of a file."""
    return write_between(path, BEGIN, END, text)
