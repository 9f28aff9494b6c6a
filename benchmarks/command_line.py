"""The sub-commands and their options; ``__main__.py`` calls `main` when the number of threads is settled."""

from __future__ import annotations

import argparse
import sys

from . import (
    agreement,
    captum_agreement,
    captum_measures,
    language_agreement,
    nets_agreement,
    quantus_measures,
    readme,
    speed,
    weights_agreement,
)

OTHERS = {
    "agreement": agreement,
    "nets": nets_agreement,
    "language": language_agreement,
    "captum": captum_agreement,
    "captum-measures": captum_measures,
    "quantus": quantus_measures,
    "weights": weights_agreement,
    "readme": readme,
}


def parser() -> argparse.ArgumentParser:
    """The five measurements share their options, and are all meant if none is named."""
    made = argparse.ArgumentParser(prog="python -m benchmarks", description="Compare minigrad with other frameworks. "
                                   "Without a sub-command: kernels, training, explanations, startup and memory.")
    speed.add_arguments(made)
    commands = made.add_subparsers(dest="command", metavar="|".join([*speed.PARTS, *OTHERS]))
    for name, module in {**speed.PARTS, **OTHERS}.items():
        summary = (module.__doc__ or name).partition("\n")[0].replace("%", "%%")
        # What is not given after a sub-command must not hide what was given before it.
        default = argparse.SUPPRESS if name in speed.PARTS else None
        command = commands.add_parser(name, help=summary, description=summary, argument_default=default)
        (speed if name in speed.PARTS else module).add_arguments(command)
    return made


def main(arguments: list[str] | None = None) -> int:
    """Run a sub-command; its exit code says whether all was well, and 2 that it was asked for something impossible."""
    options = parser().parse_args(arguments)
    try:
        if options.command in OTHERS:
            return OTHERS[options.command].run(options)
        return speed.run(options, [options.command] if options.command else list(speed.PARTS))
    except (ValueError, OSError) as error:
        print(f"benchmarks: {error}", file=sys.stderr)
        return 2
