"""A large file over http, in as many pieces as the network makes of it.

Half a gigabyte takes minutes, and lines break.  So what has arrived stays beside the file, as ``NAME.part``, and
whoever asks again, in this run or the next, asks the server for the rest only.  The file takes its own name in one
step, and not before it has the hash that it should have: what is there under that name is whole and right.
"""

from __future__ import annotations

import hashlib
import http.client
import os
import ssl
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from tqdm import tqdm

try:
    import fcntl
except ImportError:  # On Windows two processes that fetch one file at once get in each other's way, and the hash tells.
    fcntl = None  # type: ignore[assignment]

PATIENCE = 30.0  # seconds without a single byte before the line counts as broken
ATTEMPTS = 5  # how often in a row a line may break
PAUSE = 1.0  # seconds before it is taken up again
PIECE = 1 << 18  # bytes read at a time
BROKEN = (ConnectionError, TimeoutError, ssl.SSLError, http.client.HTTPException)
PAST_THE_END = 416  # a server's answer to being asked for a rest that there isn't


def download(url: str, path: Path, sha256: str, progress: bool = True) -> Path:
    """Fetch `url` to `path`, unless it is there; other processes that want the same file wait for this one.

    Parameters
    ----------
    path : Path
    sha256 : str
        The file's hash in hexadecimal, or how it begins.
    progress : bool
        Show a progress bar.

    Raises
    ------
    OSError
        If there is no such file or no network, or the line keeps breaking; what has arrived is kept.
    ValueError
        If it is not the file that it should be.  One that was just fetched has been removed then.
    """
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        with alone(path):
            if not path.exists():  # by now: another process may have fetched it
                fetch_all(url, path.with_name(f"{path.name}.part"), path, sha256, progress)
    if not begins_with(path, sha256):
        raise ValueError(f"{path} is not what is published under that name: its SHA-256 doesn't begin with {sha256}; "
                         "move it away, and try again")
    return path


def fetch_all(url: str, part: Path, path: Path, sha256: str, progress: bool) -> None:
    """Fetch what is missing of `part` and, if it is the right file, give it the name `path`."""
    persist(lambda: fetch_rest(url, part, path.name, progress), part)
    if not begins_with(part, sha256):
        part.unlink()
        raise ValueError(f"what came from {url} is not the file it should be: its SHA-256 doesn't begin with {sha256}; "
                         "it has been removed, so try again")
    os.replace(part, path)


def persist(fetch: Callable[[], None], part: Path) -> None:
    """Call `fetch` until no line breaks; but not forever, if nothing arrives any more."""
    breaks = 0
    while True:
        before = size(part)
        try:
            return fetch()
        except BROKEN as error:
            breaks = 1 if size(part) > before else breaks + 1
            if breaks == ATTEMPTS:
                raise OSError(f"the line broke {breaks} times, the last time by {error!r}") from error
            time.sleep(PAUSE)


def fetch_rest(url: str, part: Path, name: str, progress: bool) -> None:
    """Ask for what comes after the bytes in `part`, and append it; ConnectionError if less comes than was announced."""
    have = size(part)
    asked = Request(url, headers={"User-Agent": "minigrad", **({"Range": f"bytes={have}-"} if have else {})})
    try:
        answer = urlopen(asked, timeout=PATIENCE)
    except HTTPError as error:
        error.close()
        if have and error.code == PAST_THE_END:
            return  # all was there already, or it is another file: the hash will tell
        raise
    with answer:
        have = have if resumes_at(answer, have) else 0  # not every server knows of parts; then all comes again
        length = answer.headers.get("Content-Length")
        total = have + int(length) if length else None
        bar = tqdm(desc=name, initial=have, total=total, unit="B", unit_scale=True, disable=not progress)
        with bar, open(part, "ab" if have else "wb") as file:
            while piece := answer.read(PIECE):
                file.write(piece)
                bar.update(len(piece))
            file.flush()
            os.fsync(file.fileno())
    if total is not None and size(part) < total:
        raise ConnectionError(f"{size(part)} of {total} bytes came")


def resumes_at(answer, have: int) -> bool:
    """Whether an answer is the rest that was asked for."""
    return answer.status == 206 and answer.headers.get("Content-Range", "").startswith(f"bytes {have}-")


def size(path: Path) -> int:
    """How many bytes are there; none, if there is no such file."""
    return path.stat().st_size if path.exists() else 0


def begins_with(path: Path, sha256: str) -> bool:
    """Whether the file's hash begins so."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest().startswith(sha256)


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Wait until no other process (or thread) is inside this ``with`` for the same `path`.

    The lock is on an empty file, and it is the system's: a process that is killed holds none.
    """
    with open(path.with_name(f".{path.name}.lock"), "wb") as lock:
        if fcntl:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                print(f"waiting for another process that fetches {path.name} ...", file=sys.stderr)
                fcntl.flock(lock, fcntl.LOCK_EX)
        yield
