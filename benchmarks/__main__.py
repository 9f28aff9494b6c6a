"""The command line: ``python -m benchmarks agreement``, ``nets``, ``captum``, ``captum-measures``, ``quantus``, ``weights``."""

from __future__ import annotations

import argparse
import sys

from . import agreement, captum_agreement, captum_measures, nets_agreement, quantus_measures, weights_agreement

COMMANDS = {
    "agreement": agreement,
    "nets": nets_agreement,
    "captum": captum_agreement,
    "captum-measures": captum_measures,
    "quantus": quantus_measures,
    "weights": weights_agreement,
}


def main(arguments=None) -> int:
    """Run one benchmark; its exit code says whether all was well."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Compare minigrad with other frameworks.")
    commands = parser.add_subparsers(dest="command", required=True)
    for name, module in COMMANDS.items():
        summary = (module.__doc__ or name).partition("\n")[0]
        module.add_arguments(commands.add_parser(name, help=summary, description=summary))
    options = parser.parse_args(arguments)
    return COMMANDS[options.command].run(options)


if __name__ == "__main__":
    sys.exit(main())
