"""``python -m nets summary``: what an architecture is made of."""

from __future__ import annotations

import argparse

from ..architectures import ARCHITECTURES
from ..summary import summary

SIDES = {"lenet": 28, "small_cnn": 64}  # of pictures for nets that take no photos


def add_to(commands) -> None:
    """Add this command to the parser."""
    parser = commands.add_parser("summary", help="print the layers of a net, their outputs and costs",
                                 description="Print the layers of a net, the shapes of what they put out, and how many "
                                             "parameters and multiply-adds they have.")
    parser.add_argument("net", metavar="NAME", help=", ".join(ARCHITECTURES))
    parser.add_argument("--size", type=int, metavar="N", help="side of the picture (default: what the net is for)")
    parser.set_defaults(run=command)


def command(options: argparse.Namespace) -> str:
    """The table.

    Raises
    ------
    ValueError
        If there is no such net, or it takes no pictures of that size.
    """
    if options.net not in ARCHITECTURES:
        raise ValueError(f"there is no net {options.net!r}; use one of {', '.join(ARCHITECTURES)}")
    model = ARCHITECTURES[options.net]()
    size = options.size
    if size is None:
        size = model.preprocessing.size if hasattr(model, "preprocessing") else SIDES[options.net]
    return summary(model, (next(model.parameters()).shape[1], size, size))
