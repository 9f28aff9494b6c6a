"""The command line of the exercises: ``python -m tests start`` makes a workspace, ``python -m tests`` says the rest."""

from __future__ import annotations

import argparse
import sys

from .exercises.commands import check, doctor, grade, hint, mistakes, progress, reset, start, watch

COMMANDS = (start, progress, check, hint, reset, watch, doctor, grade, mistakes)


def main(arguments: list[str] | None = None) -> int:
    """Run a command.

    Returns
    -------
    int
        0 if all went well, 1 if an exercise is not right yet, 2 if the command could not be done, 130 after Ctrl-C.
    """
    for stream in (sys.stdout, sys.stderr):  # a console may not know every letter of a hint
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    parser = argparse.ArgumentParser(prog="python -m tests", description="Write the heart of minigrad yourself.")
    commands = parser.add_subparsers(dest="command", required=True)
    for command in COMMANDS:
        command.add_to(commands)
    options = parser.parse_args(arguments)
    try:
        return options.run(options)
    except (ValueError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("stopped; nothing is lost", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
