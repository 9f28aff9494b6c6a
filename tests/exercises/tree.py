"""The tree that is judged in: a copy of the reference, the same again after every job.

Read next: ``server.py``.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path


class Tree:
    """A copy of `base` at `place`.

    A job changes one module in it, and a hostile one might change more, if it got past every fence.  So afterwards
    each file is looked at, and what isn't as it was is brought from `base` again; the time of a file's last change,
    which the system keeps (``ctime``), can't be set by a program.
    """

    def __init__(self, base: Path, place: Path):
        self.base, self.place = base, place
        self.rebuild()

    def rebuild(self) -> None:
        """Copy everything."""
        shutil.rmtree(self.place, ignore_errors=True)
        shutil.copytree(self.base, self.place)
        self.known = self.files()

    def files(self) -> dict[str, tuple]:
        """What the system says of every file, by its name."""
        found = {}
        for folder, _, names in os.walk(self.place):
            for name in names:
                path = os.path.join(folder, name)
                told = os.lstat(path)
                found[os.path.relpath(path, self.place)] = (told.st_ino, told.st_size, told.st_mode, told.st_ctime_ns)
        return found

    def restore(self) -> None:
        """Bring the tree back to what it was."""
        now = self.files()
        changed = [name for name in {**now, **self.known} if now.get(name) != self.known.get(name)]
        if any(not (self.place / name).parent.is_dir() for name in changed):
            self.rebuild()
            return
        for name in changed:
            (self.place / name).unlink(missing_ok=True)
            if name in self.known:
                shutil.copy2(self.base / name, self.place / name)
        self.known = self.files()
