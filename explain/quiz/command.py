"""``python -m explain quiz``: a page on which a person guesses from a map alone what the net says."""

from __future__ import annotations

import argparse
from pathlib import Path

import nets
from nets.files import write_atomically

from ..evaluation.methods import METHODS, chosen
from .page import render_quiz
from .questions import questions

QUIZZED = "gradient,guided,Grad-CAM,Guided Grad-CAM,edges,random"


def add_command(commands) -> None:
    """Put the command into the parser of ``python -m explain``."""
    parser = commands.add_parser("quiz", help="guess what the net says from the map alone: a score for each method")
    parser.add_argument("--methods", default=QUIZZED, metavar="NAMES",
                        help=f"all, or some with commas between them, of {', '.join(METHODS)} (default: {QUIZZED})")
    parser.add_argument("--n", type=int, default=6, help="how many questions about each method (default: 6)")
    parser.add_argument("--seed", type=int, default=0, help="of the scenes and their order (default: 0)")
    parser.add_argument("--out", default="quiz", help="folder for the page (default: quiz)")
    parser.add_argument("--checkpoints", default="lecture/checkpoints",
                        help="folder with the net, or for it (default: lecture/checkpoints)")
    parser.add_argument("--quiet", action="store_true", help="no progress bars")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> str:
    """Write the page, and say where it is."""
    methods = chosen(options.methods)
    for name, least in (("n", 1), ("seed", 0)):
        if getattr(options, name) < least:
            raise ValueError(f"--{name} is a whole number of at least {least}, not {getattr(options, name)}")
    model, _ = nets.scenes_net(folder=options.checkpoints, progress=not options.quiet)
    asked = questions(model, methods, options.n, options.seed)
    path = write_atomically(Path(options.out) / "index.html", render_quiz(asked, options.seed))
    return f"The quiz, {len(asked)} questions, is {path.resolve()} - open it in a browser."
