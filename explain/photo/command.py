"""``python -m explain photo.jpg``: what a net says of a photo of yours, and why, as a page.

Nothing is written before everything has been made, and then in one step.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from PIL import Image
from tqdm import tqdm

from nets.files import write_atomically

from ..page import Section, render
from .asked import Asked
from .classes import find_class, short
from .net import load_net, photo_nets
from .panels import percent
from .reading import read_photo
from .sections import SECTIONS, Subject, answer

INTRODUCTION = (
    "A photo, and a network that was trained on many others. Below it is asked for its reasons: by following the score "
    "of a class back to the pixels, by covering parts of the photo, and by asking its last convolutional layer where "
    "the evidence is. Where there is a list, choose another class, and see which of the pictures change. The lines "
    "beneath each section make its result: paste and run them in the folder from which you made this page."
)


def add_command(commands) -> None:
    """Put the command into the parser of ``python -m explain``."""
    parser = commands.add_parser("photo", help="explain what a net says of a photo of yours")
    parser.add_argument("photo", help="a picture file; the word `photo` before it may be left out")
    parser.add_argument("--net", default="squeezenet1_1", metavar="NAME",
                        help=f"{', '.join(photo_nets())} (default: squeezenet1_1)")
    parser.add_argument("--weights", metavar="FILE", help="the net's weights: .npz, .safetensors, .pth, or a "
                        "checkpoint (default: the published ones, fetched the first time)")
    parser.add_argument("--names", metavar="FILE", help="names of the net's classes, one in each line")
    parser.add_argument("--class", dest="classes", action="append", default=[], metavar="CLASS",
                        help="explain this class: number, name or part of a name; may be given several times (default: "
                             "the two most probable)")
    parser.add_argument("--layer", metavar="NAME", help="layer for Grad-CAM and its relatives (default: the net's last "
                                                        "convolutional stage)")
    parser.add_argument("--method", dest="methods", action="append", default=[], metavar="NAMES",
                        help=f"sections to make, with commas between them, of {', '.join(SECTIONS)} (default: all)")
    parser.add_argument("--compare", metavar="NAME", help="a second net, side by side")
    parser.add_argument("--compare-weights", metavar="FILE", help="the second net's weights")
    parser.add_argument("--out", metavar="DIR", help="folder for the page (default: named after the photo)")
    parser.add_argument("--quiet", action="store_true", help="no progress bars and no timings")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> None:
    """Print the five most probable classes, write the page, and say where it is."""
    methods = chosen_methods(options.methods)
    subject = asked_about(options)
    for one in subject.asked:
        print(f"{options.photo} by {one.net.name}:")
        for number, name, p in one.answer():
            print(f"  {percent(p):>11}  {number:4d} {name}")
    sections = [answer(subject), *made(subject, methods, not options.quiet)]
    out = Path(options.out or f"{Path(options.photo).stem}-explained")
    title = f"Why does {' and '.join(one.net.name for one in subject.asked)} say so?"
    page = write_atomically(out / "index.html", render(title, INTRODUCTION, sections))
    print(f"The page is {page.resolve()} - open it in a browser.")


def chosen_methods(asked: Sequence[str]) -> list[str]:
    """The sections to make, in the page's order."""
    wanted = [name.strip() for names in asked for name in names.split(",")]
    unknown = [name for name in wanted if name not in SECTIONS]
    if unknown:
        raise ValueError(f"there is no method {', '.join(map(repr, unknown))}; the methods are {', '.join(SECTIONS)}")
    return [name for name in SECTIONS if not wanted or name in wanted]


def asked_about(options: argparse.Namespace) -> Subject:
    """Read the photo, make the nets, and let them look: what is cheapest to get wrong comes first."""
    photo = read_photo(options.photo)
    if options.compare_weights and not options.compare:
        raise ValueError("--compare-weights are the weights of a second net; say which with --compare")
    net = load_net(options.net, options.weights, options.names, not options.quiet)
    classes = list(dict.fromkeys(find_class(net.names, asked) for asked in options.classes))
    asked = [Asked(net, photo, options.layer, not options.quiet)]
    if options.compare:
        asked.append(second(options, photo, len(net.names)))
    code = ("import explain, nets\nfrom explain import plot\nfrom explain.photo import load_net, read_photo\n\n"
            f"net = {net.code}\nimage = net.prepare(read_photo({options.photo!r}))\nseen = net.seen(image)")
    return Subject(options.photo, photo, asked, classes or asked[0].order[:2], code)


def second(options: argparse.Namespace, photo: Image.Image, classes: int) -> Asked:
    """The net that the first one is compared with."""
    net = load_net(options.compare, options.compare_weights, options.names, not options.quiet)
    if len(net.names) != classes:
        raise ValueError(f"{options.net} knows {classes} classes and {options.compare} {len(net.names)}; only nets "
                         "with the same classes can be compared")
    return Asked(net, photo, progress=not options.quiet)


def made(subject: Subject, methods: Sequence[str], progress: bool) -> list[Section]:
    """The sections, with what each took."""
    sections = []
    with tqdm(methods, desc="page", unit="section", disable=not progress) as bar:
        for name in bar:
            bar.set_postfix_str(name)
            began = time.perf_counter()
            sections.append(SECTIONS[name](subject))
            if progress:
                what = ", ".join(short(subject.name(number)) for number in subject.classes)
                bar.write(f"{name:15}{time.perf_counter() - began:6.2f} s   ({what})", file=sys.stderr)
    return sections
