"""Files that others publish: fetched once, held against their SHA-256, kept in a cache folder, and never unpacked.

The cache is the system's own folder for such things, or the one that the variable ``MINIGRAD_CACHE`` names.

Read next: ``idx.py`` and ``cifar_archive.py``, which read what is fetched.
"""

from __future__ import annotations

import os
import tarfile
import textwrap
import zlib
from collections.abc import Container
from pathlib import Path

LARGEST = 2**28  # bytes that a file may hold at most, unpacked; the official ones hold less than a fifth of that
DAMAGE = (OSError, EOFError, ValueError, zlib.error, tarfile.TarError)


def cache_folder() -> Path:
    """Where fetched files are kept."""
    import pooch

    return Path(os.environ.get("MINIGRAD_CACHE") or pooch.os_cache("minigrad"))


def fetch(base: str, name: str, sha256: str, progress: bool = True, subfolder: str = "") -> Path:
    """The file in (a subfolder of) the cache, downloaded from ``base + name`` if it isn't there or isn't the right one.

    Raises
    ------
    OSError
        If it cannot be fetched; the message says from where, and where to put it by hand.
    """
    import pooch

    folder = cache_folder() / subfolder
    downloader = pooch.HTTPDownloader(progressbar=progress)
    try:
        return Path(pooch.retrieve(base + name, sha256, name, folder, downloader=downloader))
    except (OSError, ValueError) as error:
        reason = textwrap.shorten(str(error), 150, placeholder=" ...")
        raise OSError(f"{name} could not be fetched ({reason}); get {base}{name} by hand, put it into {folder}, and "
                      "try again (the variable MINIGRAD_CACHE chooses another folder)") from error


def read_members(path: Path, names: Container[str]) -> dict[str, bytes]:
    """Those of the named files that are in a tar.gz, in memory; only ordinary files count, and none is written."""
    found = {}
    try:
        with tarfile.open(path, "r:gz") as archive:
            for member in archive:
                if member.name in names and member.isfile():
                    if member.size > LARGEST:
                        raise ValueError(f"{member.name} has {member.size} bytes")
                    file = archive.extractfile(member)
                    found[member.name] = file.read() if file else b""
    except DAMAGE as error:
        raise damaged(path, error) from error
    return found


def damaged(path: Path, reason) -> ValueError:
    """The error to raise about a file that is not what its name says."""
    return ValueError(f"{path} is damaged ({textwrap.shorten(str(reason), 150, placeholder=' ...')}); delete it, and "
                      "get it again")
