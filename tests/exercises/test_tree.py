"""The tree that is judged in is the same again after every job, whatever the job did to it."""

import os
import shutil

import pytest

from .tree import Tree


@pytest.fixture
def tree(tmp_path):
    base = tmp_path / "base"
    (base / "inside").mkdir(parents=True)
    (base / "inside" / "module.py").write_text("ours")
    (base / "other.py").write_text("ours")
    return Tree(base, tmp_path / "place")


def overwrite(place):
    (place / "other.py").write_text("them")


def forge_the_time(place):
    told = (place / "other.py").stat()
    overwrite(place)
    os.utime(place / "other.py", ns=(told.st_atime_ns, told.st_mtime_ns))


@pytest.mark.parametrize(
    "harm",
    [
        overwrite,
        forge_the_time,
        lambda place: (place / "other.py").unlink(),
        lambda place: (place / "new.py").write_text("theirs"),
        lambda place: (place / "other.py").chmod(0),
        lambda place: shutil.rmtree(place / "inside"),
        lambda place: shutil.rmtree(place),
        lambda place: None,
    ],
)
def test_every_harm_is_undone(harm, tree):
    before = {name: (tree.place / name).read_text() for name in tree.files()}
    harm(tree.place)
    tree.restore()
    assert {name: (tree.place / name).read_text() for name in tree.files()} == before
    assert len(before) == 2 and os.access(tree.place / "other.py", os.R_OK)
