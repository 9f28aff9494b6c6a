"""Make the whole lecture page in haste, and print the seconds that Numba took to compile what it needs.

``python -m benchmarks.lecture_compilation FOLDER``; `startup` runs it in a process whose cache is empty.
"""

from __future__ import annotations

import sys
import warnings
from dataclasses import replace

import nets
from explain.lecture import lecture

from .timing import compile_clock

FEW = 64  # samples to learn from


def hurry() -> None:
    """Let every recipe train for one epoch on few pictures: the kernels that are needed are the same."""
    for name, module in list(sys.modules.items()):
        if not name.startswith(("nets.", "explain.lecture.")):
            continue
        for attribute, value in list(vars(module).items()):
            if isinstance(value, nets.Recipe):
                setattr(module, attribute, replace(value, epochs=1))
            elif attribute in ("SCENES", "SNOW_SCENES", "PICTURES_FEWEST", "PICTURES_MOST"):
                setattr(module, attribute, FEW)


if __name__ == "__main__":
    warnings.simplefilter("ignore")  # such nets may have no evidence to show
    hurry()
    with compile_clock() as compiled:
        lecture(sys.argv[1], progress=False)
    print(compiled())
