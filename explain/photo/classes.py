"""Which class is meant: by its number, its name, or any part of its name that no other class has.

Nobody knows a thousand names by heart.  So a name may be given in part, and where that fits several classes, or none,
the answer is a list to choose from.

Read next: ``explain/photo/asked.py``.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from pathlib import Path

LISTED = 20  # classes in a message, at most
LONGEST_FILE = 2**22  # bytes; a thousand names have 30,000


def read_names(path: str | Path) -> tuple[str, ...]:
    """Class names from a text file, one in each line, in the order of their numbers.

    A WordNet number at the beginning of a line, as in ImageNet's ``synset_words.txt``, is left off.

    Raises
    ------
    ValueError
        If there is no such file, or it is no text, or has empty lines between its names.
    """
    path = Path(path)
    if not path.is_file():
        raise ValueError(f"there is no file {path} with names of classes")
    if path.stat().st_size > LONGEST_FILE:
        raise ValueError(f"{path} has {path.stat().st_size} bytes, which are no names of classes")
    try:
        lines = path.read_text(encoding="utf-8-sig").rstrip().split("\n")
    except UnicodeDecodeError as error:
        raise ValueError(f"{path} is no text in UTF-8 (byte {error.start}); names are one in each line") from error
    names = tuple(re.sub(r"^n\d{8}\s+", "", line.strip()) for line in lines)
    if not all(names):
        raise ValueError(f"{path}: line {names.index('') + 1} is empty; the names are one in each line")
    return names


def find_class(names: Sequence[str], asked: str) -> int:
    """The number of the class that `asked` means.

    A whole name counts before whole words, and these before parts of words; synonyms stand in a name with commas
    between them.  Capitals don't matter.

    Parameters
    ----------
    names : sequence of str
        By number.
    asked : str
        A number, a name, or part of one.

    Raises
    ------
    ValueError
        If it fits no class or several; the message lists what may have been meant, with numbers.

    Examples
    --------
    >>> names = ("tabby, tabby cat", "tiger cat", "tiger", "catamaran")
    >>> [find_class(names, asked) for asked in ("tiger", "Tabby", "2", "amaran", "tiger c")]
    [2, 0, 2, 3, 1]
    """
    wanted = " ".join(asked.lower().split())
    for fits in (whole_name, whole_words, part):
        found = [number for number, name in enumerate(names) if wanted and fits(name.lower(), wanted)]
        if len(found) == 1:
            return found[0]
        if not found and fits is whole_name and re.fullmatch(r"[+-]?\d+", wanted):
            return numbered(names, int(wanted))
        if found:
            raise ValueError(f"class {asked!r} may be {listed(names, found)}; give its number, or more of its name")
    raise ValueError(f"no class is called {asked!r}; {suggestion(names, wanted)}")


def whole_name(name: str, wanted: str) -> bool:
    return wanted == name or wanted in re.split(r"\s*,\s*", name)


def whole_words(name: str, wanted: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(wanted)}(?!\w)", name) is not None


def part(name: str, wanted: str) -> bool:
    return wanted in name


def numbered(names: Sequence[str], number: int) -> int:
    if not 0 <= number < len(names):
        raise ValueError(f"there is no class {number}; the net has classes 0 to {len(names) - 1}")
    return number


def suggestion(names: Sequence[str], wanted: str) -> str:
    """The classes with the most similar names, if any is similar."""
    synonyms = {one: number for number, name in enumerate(names) for one in re.split(r"\s*,\s*", name.lower())}
    close = difflib.get_close_matches(wanted, synonyms, n=5)
    if close:
        return f"did you mean {listed(names, list(dict.fromkeys(synonyms[one] for one in close)))}?"
    return f"give any part of a name, or a number from 0 to {len(names) - 1}"


def listed(names: Sequence[str], numbers: Sequence[int]) -> str:
    """``281 tabby, 282 tiger cat`` and, of a long list, how many more there are."""
    shown = [f"{number} {short(names[number])}" for number in numbers[:LISTED]]
    more = f" and {len(numbers) - LISTED} more" if len(numbers) > LISTED else ""
    return ", ".join(shown[:-1]) + (" or " if shown[1:] and not more else ", " if shown[1:] else "") + shown[-1] + more


def short(name: str) -> str:
    """The first of a class's synonyms."""
    return name.split(",")[0].strip()
