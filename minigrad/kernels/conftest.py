"""Without Numba, pytest looks for examples only in the files that do without it."""

from importlib.util import find_spec
from pathlib import Path

WITHOUT_NUMBA = {"__init__", "reference", "shapes", "framing", "numpy_backend", "launch", "memory"}
FILES = Path(__file__).parent.glob("*.py")

collect_ignore = [] if find_spec("numba") else [file.name for file in FILES if file.stem not in WITHOUT_NUMBA]
