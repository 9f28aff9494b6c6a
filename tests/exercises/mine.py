"""``check --mine``: runs ``my_engine.py`` on the learner's tree, and says in whose exercise it stopped."""

from __future__ import annotations

import os
import re
import subprocess
import sys

from .registry import Exercise
from .workspace import HIDDEN, Workspace

PICTURE = "mine.png"


def run_mine(workspace: Workspace) -> int:
    """Train and explain with the learner's engine.

    Returns
    -------
    int
        0 if it learned and drew, else 1.
    """
    loops = any(exercise.file == "minigrad/kernels/reference.py" for exercise in workspace.exercises)
    print("Your engine trains a small net on handwritten digits, which takes a minute or two ...", flush=True)
    trouble = workspace.root / HIDDEN / "trouble.txt"
    trouble.unlink(missing_ok=True)
    engine = [sys.executable, "-m", "tests.exercises.my_engine"]
    command = [*engine, "reference" if loops else "numpy", PICTURE, str(trouble)]
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONSAFEPATH"}
    code = subprocess.run(command, cwd=workspace.root, env=environment | {"PYTHONIOENCODING": "utf-8"}).returncode
    if code == 0:
        print("\nThe whole of it is yours.\n\nNext: python -m tests list")
        return 0
    told = trouble.read_text(encoding="utf-8") if trouble.exists() else f"Python ended with exit code {code}"
    print(f"It stopped.\n\n{account(told, workspace)}")
    return 1


def account(errors: str, workspace: Workspace) -> str:
    """What stopped it, where in the learner's files, and what to type."""
    if missing := re.search(r"NotImplementedError: exercise: (\S+)", errors):
        return f"{missing[1]} is not written yet.\n\nNext: python -m tests next {missing[1]}"
    lines = re.findall(r'  File "([^"]+)", line (\d+), in (\S+)\n', errors)
    root = str(workspace.root) + os.sep
    theirs = [(file.removeprefix(root).replace(os.sep, "/"), int(line), name)
              for file, line, name in lines if file.startswith(root) and "exercises" not in file]
    shown = [f'  File "{file}", line {line}, in {name}' for file, line, name in theirs[-4:]]
    last = [line for line in errors.strip().split("\n") if line.strip()][-1:]
    suspect = suspected(theirs, workspace)
    command = f"check {suspect.name}" if suspect else "check --all"
    return "\n".join([*shown, *(f"  {line}" for line in last), "", f"Next: python -m tests {command}"])


def suspected(theirs: list[tuple[str, int, str]], workspace: Workspace) -> Exercise | None:
    """The exercise in whose function the last of these lines is."""
    for file, _, name in reversed(theirs):
        for exercise in workspace.exercises:
            if exercise.file == file and exercise.function.rpartition(".")[2] == name:
                return exercise
    return None
