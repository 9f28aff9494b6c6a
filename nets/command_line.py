"""What every command of the project does about errors: one line on stderr, and an exit code that says which kind."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable


def run(program: str, command: Callable[[], str | None]) -> int:
    """Run a command and print what it returns.

    Parameters
    ----------
    program : str
        What the line on stderr begins with.
    command : callable
        Returns the text to print when all went well, or None if it has printed what there is to say.

    Returns
    -------
    int
        The exit code: 0 if all went well, 1 after a ValueError, an OSError or for want of memory, 130 after Ctrl-C.
        Other exceptions are bugs, and keep their traceback.

    Examples
    --------
    >>> run("nets", lambda: "done")
    done
    0
    """
    formatted = warnings.formatwarning
    warnings.formatwarning = lambda message, *_, **__: f"{program}: {message}\n"
    try:
        text = command()
        if text is not None:
            print(text)
    except (ValueError, OSError) as error:
        print(f"{program}: {error}", file=sys.stderr)
        return 1
    except MemoryError as error:
        print(f"{program}: there is not enough memory ({error}); try smaller batches or pictures", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        stopped = "stopped; what has been trained or measured is kept, and the same command goes on from there"
        print(f"{program}: {stopped}", file=sys.stderr)
        return 130
    finally:
        warnings.formatwarning = formatted
    return 0
