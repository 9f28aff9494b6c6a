"""Write the table of a JSON file into README.md, between its two marker comments: figures there are never typed."""

from __future__ import annotations

from pathlib import Path

from . import report


def add_arguments(parser) -> None:
    parser.add_argument("--json", nargs="+", default=["benchmarks/results.json"], metavar="FILE",
                        help="what `python -m benchmarks --json FILE` wrote; of several, the first names the machine")
    parser.add_argument("--readme", default="README.md", metavar="FILE", help="the file to change (default: README.md)")


def run(options) -> int:
    """Replace the table; 0 if that went well."""
    found = [report.from_json(Path(file).read_text(encoding="utf-8")) for file in options.json]
    rows = [row for _, some in found for row in some]
    path = report.write_between_markers(options.readme, report.markdown(found[0][0], rows))
    print(f"{path}: {len(rows)} rows from {', '.join(options.json)}")
    return 0
