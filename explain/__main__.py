"""The command line: ``python -m explain lecture`` makes the page, ``evaluate`` and ``sanity`` test what it shows."""

from __future__ import annotations

import argparse
import sys

from .evaluation import command as evaluation
from .lecture import SECTIONS, lecture


def main(arguments: list[str] | None = None) -> int:
    """Run a command; the exit code is 0 if all went well, 1 with one line on stderr if not, 130 after Ctrl-C."""
    parser = argparse.ArgumentParser(prog="python -m explain", description="Explain what a network answers.")
    commands = parser.add_subparsers(dest="command", required=True)
    page = commands.add_parser("lecture", help="train the nets (the first time) and write the page of explanations")
    page.add_argument("--out", default="lecture", help="folder for the page and the checkpoints (default: lecture)")
    page.add_argument("--seed", type=int, default=0, help="seed of the training (default: 0)")
    page.add_argument("--retrain", action="store_true", help="train again, even if there are checkpoints")
    page.add_argument("--only", type=lambda text: text.split(","), default=[], metavar="KEYS",
                      help=f"sections to make, with commas between them, of {', '.join(SECTIONS)}")
    page.add_argument("--data", default="scenes", metavar="scenes|digits|fashion_mnist|cifar10|FOLDER",
                      help="the pictures to show (default: scenes); in FOLDER, a sub-folder of pictures for each class")
    page.add_argument("--quiet", action="store_true", help="no progress bars")
    page.set_defaults(run=make_lecture)
    evaluation.add_commands(commands)
    options = parser.parse_args(arguments)
    try:
        options.run(options)
    except (ValueError, OSError) as error:
        print(f"explain: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("explain: stopped; what has been trained is kept, the same command goes on from there", file=sys.stderr)
        return 130
    return 0


def make_lecture(options) -> None:
    """Write the page and say where it is."""
    path = lecture(options.out, options.seed, options.retrain, not options.quiet, options.only, options.data)
    print(f"The page is {path.resolve()} - open it in a browser.")


if __name__ == "__main__":
    sys.exit(main())
