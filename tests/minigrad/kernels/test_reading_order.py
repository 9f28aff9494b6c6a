"""The files of the kernels are a chain: each names the one to read next."""

import ast
import re
from pathlib import Path

from minigrad import kernels

FOLDER = Path(kernels.__file__).parent


def following(file):
    """The file that a module's docstring calls the next one; None at the end of the chain."""
    docstring = ast.get_docstring(ast.parse((FOLDER / file).read_text(encoding="utf-8")))
    found = re.search(r"Read next: ``(\w+\.py)``", docstring)
    return found and found[1]


def test_who_follows_the_chain_has_read_every_file_once():
    chain = ["__init__.py"]
    while (file := following(chain[-1])) and file not in chain:
        chain.append(file)
    assert sorted(chain) == sorted(file.name for file in FOLDER.glob("*.py") if file.name != "conftest.py")
    assert chain[-1] == "numba_backend.py"
