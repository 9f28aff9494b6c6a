"""Writing a file so that it is there whole, or not at all."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path


def write_atomically(path: str | Path, content: bytes) -> Path:
    """Write `content` to `path`; whoever looks sees the old file or the new one, never half of one.

    The bytes go to a file beside it, which then takes the name in one step that the operating system promises not to
    interrupt.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o666 & ~umask())  # mkstemp's files are private; this one is as any other
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)
        raise
    return path


def write_between(path: str | Path, begin: str, end: str, text: str) -> Path:
    """Replace what stands between two lines of a text file, the marks `begin` and `end`, and nothing else.

    Raises
    ------
    ValueError
        If the file doesn't have both marks, once each and in this order.
    """
    before = Path(path).read_text(encoding="utf-8")
    if (before.count(begin), before.count(end)) != (1, 1) or before.index(begin) > before.index(end):
        raise ValueError(f"{path} must have the lines {begin} and {end}, once each and in this order")
    head, tail = before.partition(begin)[0], before.partition(end)[2]
    return write_atomically(path, f"{head}{begin}\n{text}\n{end}{tail}".encode())


def umask() -> int:
    """The permissions that new files of this process don't get.  It can only be read by setting it."""
    mask = os.umask(0)
    os.umask(mask)
    return mask
