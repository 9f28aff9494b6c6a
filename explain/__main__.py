"""The command line: ``python -m explain lecture`` trains the nets and writes the page."""

from __future__ import annotations

import argparse
import sys

from nets.command_line import run

from .lecture import SECTIONS, lecture


def main(arguments: list[str] | None = None) -> int:
    """Run a command, and return its exit code (see ``nets/command_line.py``)."""
    parser = argparse.ArgumentParser(prog="python -m explain", description="Explain what a network answers.")
    commands = parser.add_subparsers(dest="command", required=True)
    page = commands.add_parser("lecture", help="train the nets (the first time) and write the page of explanations")
    page.add_argument("--out", default="lecture", help="folder for the page and the checkpoints (default: lecture)")
    page.add_argument("--seed", type=int, default=0, help="seed of the training (default: 0)")
    page.add_argument("--retrain", action="store_true", help="train again, even if there are checkpoints")
    page.add_argument("--only", type=lambda text: text.split(","), default=[], metavar="KEYS",
                      help=f"sections to make, with commas between them, of {', '.join(SECTIONS)}")
    page.add_argument("--data", default="scenes", metavar="scenes|digits|mnist|fashion_mnist|cifar10|FOLDER",
                      help="the pictures to show (default: scenes); in FOLDER, a sub-folder of pictures for each class")
    page.add_argument("--quiet", action="store_true", help="no progress bars")
    options = parser.parse_args(arguments)
    return run("explain", lambda: page_for(options))


def page_for(options: argparse.Namespace) -> str:
    """Make the lecture's page, and say where it is."""
    path = lecture(options.out, options.seed, options.retrain, not options.quiet, options.only, options.data)
    return f"The page is {path.resolve()} - open it in a browser."


if __name__ == "__main__":
    sys.exit(main())
