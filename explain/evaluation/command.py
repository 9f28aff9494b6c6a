"""``python -m explain evaluate`` and ``python -m explain sanity``: explanations put to the test, from the command line.

Each trains its nets the first time, prints what it found, and leaves tables and pictures in a folder.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import nets
from nets.files import write_atomically

from ..plot import png
from . import distributed, figures, readme, report
from .cascade import LIKENESSES, Cascade, cascade
from .league import SCENES_SEED, league
from .measures import MEASURES, chosen_measures
from .methods import METHODS, chosen
from .permuted import label_likeness, permuted_nets
from .randomisation import DIRECTIONS

CHECKED = "gradient,deconvnet,guided,SmoothGrad,integrated gradients,Grad-CAM,Guided Grad-CAM,edges"


def add_commands(commands) -> None:
    """Put both commands into the parser of ``python -m explain``."""
    table = commands.add_parser("evaluate", help="put every method to every measure: a league table")
    table.add_argument("--data", choices=["scenes"], default="scenes",
                       help="the pictures; only of scenes is the truth known (default: scenes)")
    table.add_argument("--methods", default="all", metavar="NAMES",
                       help=f"all, or some with commas between them, of {', '.join(METHODS)}")
    table.add_argument("--measures", default="all", metavar="NAMES",
                       help=f"all, or some of {', '.join(measure.name for measure in MEASURES)}")
    table.add_argument("--n", type=int, default=500, help="how many scenes (default: 500, six minutes or so)")
    distributed.add_arguments(table)
    check = commands.add_parser("sanity", help="let the net forget its layers, and see which maps notice")
    check.add_argument("--methods", default=CHECKED, metavar="NAMES", help=f"all, or some (default: {CHECKED})")
    check.add_argument("--n", type=int, default=50, help="how many scenes (default: 50)")
    check.add_argument("--labels", action="store_true", help="also train nets on true and on shuffled labels")
    for one, run in ((table, evaluate), (check, sanity)):
        one.add_argument("--seed", type=int, default=0, help="of the net and of the scenes (default: 0)")
        one.add_argument("--out", default="evaluation", help="folder for what is found (default: evaluation)")
        one.add_argument("--checkpoints", default="lecture/checkpoints",
                         help="folder with the net, or for it (default: lecture/checkpoints)")
        one.add_argument("--quiet", action="store_true", help="no progress bars")
        one.set_defaults(run=run)
    readme.add_arguments(commands.add_parser("readme", help="write league tables into README.md, between its markers"))


def evaluate(options) -> None:
    """Make the league table; finished chunks are kept in the folder ``chunks`` beside it."""
    chosen(options.methods)  # a wrong name should not cost a training
    chosen_measures(options.measures)
    check_numbers(options)
    compute = distributed.chosen(options.workers, options.scheduler)
    nets.scenes_net(options.seed, options.checkpoints, progress=not options.quiet)
    net = Path(options.checkpoints) / f"scenes-{options.seed}.npz"
    found = league(net, options.methods, options.n, options.seed, not options.quiet, options.measures,
                   Path(options.out) / "chunks", compute)
    print(f"{options.n} scenes of two objects, seed {options.seed}: means, and half the width of their 95% bootstrap "
          f"intervals; * is the best.\n\n{report.text(found)}\n")
    for line in (*report.lost_to_edges(found), *(path.resolve() for path in report.write(found, options.out))):
        print(line)


def check_numbers(options) -> None:
    """Refuse scenes and seeds that there can't be."""
    if options.n < 1:
        raise ValueError(f"--n is the number of scenes, at least 1, not {options.n}")
    if options.seed < 0:
        raise ValueError(f"--seed is a whole number of at least 0, not {options.seed}")


def sanity(options) -> None:
    """Make the sanity checks."""
    methods = chosen(options.methods)
    check_numbers(options)
    progress, folder = not options.quiet, Path(options.out)
    drawn = nets.scenes(options.n, SCENES_SEED + options.seed, objects=1)
    model, _ = nets.scenes_net(options.seed, options.checkpoints, progress=progress)
    down, alone = (cascade(model, drawn.images, methods, direction, options.seed, progress) for direction in DIRECTIONS)
    print(f"{options.n} scenes, seed {options.seed}: how alike the maps are to those of the whole net ...\n\n"
          f"{stage_table(down, -2)}\n\n{stage_table(down, -1)}\n")
    found: dict[str, Any] = {"cascading": figures.records(down), "independent": figures.records(alone)}
    if options.labels:
        made = permuted_nets(options.seed, options.checkpoints, progress=progress)
        found["labels"] = label_likeness([model for model, _ in made.values()], drawn.images, methods, drawn.labels)
        print(labels_table(made, found["labels"]) + "\n")
    contents = {"cascade-maps.png": png(figures.tiles(down, drawn.images[0])),
                "cascade-curves.png": png(figures.curves(down, alone)),
                "sanity.json": (json.dumps(found, indent=1) + "\n").encode()}
    for name, content in contents.items():
        print(write_atomically(folder / name, content).resolve())


def stage_table(result: Cascade, stage: int) -> str:
    """The likenesses when all layers down to one have been forgotten, as a table."""
    last = stage in (-1, len(result.layers) - 1)
    lines = [f"... when {'everything' if last else result.layers[stage] + ' and all above it'} is forgotten",
             report.table_line("", LIKENESSES)]
    lines += [report.table_line(method, [report.number(value) for value in values])
              for method, values in zip(result.methods, result.means()[:, stage])]
    return "\n".join(lines)


def labels_table(made: dict, found: dict) -> str:
    """How alike the maps of a net that learned true labels and of one that learned shuffled ones are, as a table."""
    known = [f"{share:.0%}" for _, share in made.values()]
    lines = [f"A net with true labels (it knows {known[0]} of its pictures) against one with shuffled labels "
             f"({known[1]}):\n", report.table_line("", LIKENESSES)]
    for method, values in found.items():
        cells = [f"{mean:.3f} ±{(high - low) / 2:.3f}" for mean, low, high in values.values()]
        lines.append(report.table_line(method, cells))
    return "\n".join(lines)
