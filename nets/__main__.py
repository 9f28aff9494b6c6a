"""The command line: ``python -m nets train scenes`` trains a net, or goes on training it."""

from __future__ import annotations

import argparse
import io
import sys
from pathlib import Path

from .files import write_atomically
from .learning_curve import learning_curve
from .recipes import digits_net, scenes_net

NETS = {"scenes": scenes_net, "digits": digits_net}


def main(arguments: list[str] | None = None) -> int:
    """Run a command; the exit code is 0 if all went well, 1 with one line on stderr if not, 130 after Ctrl-C."""
    parser = argparse.ArgumentParser(prog="python -m nets", description="Train the nets of this project.")
    commands = parser.add_subparsers(dest="command", required=True)
    training = commands.add_parser("train", help="train a net, or go on from its checkpoint")
    training.add_argument("data", choices=NETS, help="what it learns")
    training.add_argument("--out", default="checkpoints", help="folder for the checkpoint and the learning curve")
    training.add_argument("--seed", type=int, default=0, help="seed of weights and data (default: 0)")
    training.add_argument("--retrain", action="store_true", help="train again, even if there is a checkpoint")
    training.add_argument("--quiet", action="store_true", help="no progress bar")
    options = parser.parse_args(arguments)
    try:
        _, history = NETS[options.data](options.seed, options.out, options.retrain, progress=not options.quiet)
        buffer = io.BytesIO()
        learning_curve(history, options.data).savefig(buffer, format="png", dpi=144)
        curve = write_atomically(Path(options.out) / f"{options.data}-{options.seed}.png", buffer.getvalue())
    except (ValueError, OSError) as error:
        print(f"nets: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("nets: stopped; what has been trained is kept, and the same command goes on from there", file=sys.stderr)
        return 130
    print(f"held-out accuracy {history.accuracies[-1]:.1%}; the learning curve is {curve.resolve()}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
