"""The command line: ``python -m explain lecture`` makes the page, ``python -m explain photo.jpg`` one of your photo.

``evaluate`` and ``sanity`` put the explanations to the test, and ``quiz`` lets you do it.
"""

from __future__ import annotations

import argparse
import sys
from functools import partial
from pathlib import Path

from nets.command_line import run

from .evaluation import command as evaluation
from .lecture import SECTIONS, lecture
from .photo import command as photo
from .quiz import command as quiz


def main(arguments: list[str] | None = None) -> int:
    """Run a command, and return its exit code (see ``nets/command_line.py``)."""
    parser = argparse.ArgumentParser(prog="python -m explain", description="Explain what a network answers.",
                                     epilog="A photo may be given without a command: python -m explain cat.jpg")
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
    page.set_defaults(run=make_lecture)
    photo.add_command(commands)
    evaluation.add_commands(commands)
    quiz.add_command(commands)
    options = parser.parse_args(with_command(sys.argv[1:] if arguments is None else arguments, commands.choices))
    return run("explain", lambda: options.run(options))


def with_command(arguments: list[str], commands) -> list[str]:
    """What was typed, with the word ``photo`` put before it if it begins with a file's name or an option.

    A lone word that is neither a command nor a file is left for the parser, which says what commands there are.

    Examples
    --------
    >>> with_command(["cat.jpg", "--net", "resnet18"], ["lecture", "photo"])
    ['photo', 'cat.jpg', '--net', 'resnet18']
    >>> with_command(["lectures"], ["lecture", "photo"])
    ['lectures']
    """
    if not arguments or arguments[0] in (*commands, "-h", "--help"):
        return arguments
    first = Path(arguments[0])
    like_a_file = first.exists() or first.suffix or first.name != arguments[0] or arguments[0].startswith("-")
    return ["photo", *arguments] if like_a_file else arguments


def make_lecture(options: argparse.Namespace) -> str:
    """Make the lecture's page, and say where it is."""
    path = lecture(options.out, options.seed, options.retrain, not options.quiet, options.only, options.data,
                   partial(print, flush=True))
    return f"The page is {path.resolve()} - open it in a browser."


if __name__ == "__main__":
    sys.exit(main())
