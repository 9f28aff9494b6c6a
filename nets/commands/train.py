"""``python -m nets train``: a net, a data set and a recipe become a trained net, and an account of how good it is.

Everything it writes has one stem, such as ``small_cnn-fashion_mnist-0``: the checkpoint from which the same command
goes on, the weights alone, the learning curve and the confusion matrix.

Read next: ``fitting.py``, which fits net and data to each other.
"""

from __future__ import annotations

import argparse
import io
import time
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from ..architectures import ARCHITECTURES
from ..augmentation import AUGMENTATIONS
from ..confusion import class_report, confusion_matrix, confusion_picture
from ..datasets import DATASETS
from ..files import write_atomically
from ..learning_curve import learning_curve
from ..training import History, predict, train
from ..weights import save_weights
from .fitting import GENERATED, Setup, prepared

DATA = f"{'|'.join([*GENERATED, *DATASETS])}|FOLDER|FILE.npz"


def add_to(commands) -> None:
    """Add this command to the parser."""
    parser = commands.add_parser(
        "train", help="train a net, or go on from its checkpoint", formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Train a net, or go on from its checkpoint.  What is not given follows from net and data.\n\n"
                    "DATA is a name, a folder with a sub-folder of pictures for each class, or a .npz file with arrays "
                    "\nimages (bytes N,H,W or N,H,W,C), labels and, if you like, names.")
    parser.add_argument("data", nargs="?", metavar="DATA", help=f"what it learns: {DATA}")
    parser.add_argument("--data", dest="named_data", metavar="DATA", help="the same")
    parser.add_argument("--test-data", metavar="FILE.npz", help="test on these (default: a fifth of what is given, or "
                                                                "the test pictures that the data come with)")
    parser.add_argument("--net", default="small_cnn", metavar="NAME",
                        help=f"{', '.join(ARCHITECTURES)} (default: small_cnn)")
    begin = parser.add_mutually_exclusive_group()
    begin.add_argument("--weights", metavar="FILE", help="begin with these weights instead of random ones")
    begin.add_argument("--pretrained", action="store_true", help="begin with the net's published weights, fetched once")
    parser.add_argument("--epochs", type=int, metavar="N", help="how often it sees every picture")
    parser.add_argument("--batch-size", type=int, metavar="N", help="pictures in a step")
    parser.add_argument("--lr", type=float, metavar="X", help="the highest learning rate")
    parser.add_argument("--optimizer", choices=["adam", "sgd"], help="adam (default), or sgd with a momentum of 0.9")
    parser.add_argument("--weight-decay", type=float, metavar="X", help="pull of the weights towards 0")
    parser.add_argument("--augment", metavar="NAMES", help=f"alter the pictures at random: {','.join(AUGMENTATIONS)}")
    parser.add_argument("--size", type=int, metavar="N", help="side in pixels that the pictures of a folder get")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of weights, order and data (default: 0)")
    parser.add_argument("--out", default="checkpoints", metavar="DIR", help="folder for the results")
    parser.add_argument("--retrain", action="store_true", help="train anew, even if there is a checkpoint")
    parser.add_argument("--quiet", action="store_true", help="no progress bars")
    parser.set_defaults(run=command)


def command(options: argparse.Namespace) -> str:
    """Train as the options say, write the results, and return what to print."""
    setup = prepared(options)
    stem = Path(options.out) / f"{setup.name}-{options.seed}"
    checkpoint = Path(f"{stem}.npz")
    if options.retrain:
        checkpoint.unlink(missing_ok=True)
    began = time.monotonic()
    history = train(setup.model, lambda epoch: (setup.training.images, setup.training.labels), setup.recipe,
                    setup.held_out, checkpoint, not options.quiet, setup.name)
    return report(setup, history, stem, time.monotonic() - began)


def report(setup: Setup, history: History, stem: Path, seconds: float) -> str:
    """Test the net on all test pictures, write weights and pictures, and put it all in words."""
    answers = predict(setup.model, setup.test.images).argmax(axis=1)
    matrix = confusion_matrix(setup.test.labels, answers, len(setup.test.names))
    right = f"{np.trace(matrix) / matrix.sum():.1%} of {matrix.sum():,} test pictures are called right"
    files = {
        "checkpoint": Path(f"{stem}.npz"),
        "weights": save_weights(setup.model, Path(f"{stem}-weights.npz")),
        "learning curve": written(learning_curve(history, setup.name), f"{stem}-curve.png"),
        "confusion matrix": written(confusion_picture(matrix, setup.test.names, right), f"{stem}-confusion.png"),
    }
    where = "\n".join(f"{what + ':':18}{path.resolve()}" for what, path in files.items())
    return (f"{class_report(matrix, setup.test.names)}\n{right} after epoch {setup.recipe.epochs} ({seconds:.0f} s of "
            f"training just now)\n{where}")


def written(figure: Figure, path: str) -> Path:
    """Write a picture as a .png file."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=144)
    return write_atomically(path, buffer.getvalue())
