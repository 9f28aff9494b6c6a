"""The command line: ``python -m nets train fashion_mnist`` trains a net, or goes on training it."""

from __future__ import annotations

import argparse
import sys

from .command_line import run
from .commands import summary, train

COMMANDS = (train, summary)


def main(arguments: list[str] | None = None) -> int:
    """Run a command, and return its exit code (see ``command_line.py``)."""
    parser = argparse.ArgumentParser(prog="python -m nets", description="Train and describe the nets of this project.")
    commands = parser.add_subparsers(dest="command", required=True)
    for command in COMMANDS:
        command.add_to(commands)
    options = parser.parse_args(arguments)
    return run("nets", lambda: options.run(options))


if __name__ == "__main__":
    sys.exit(main())
