"""Submissions that want more than they deserve: each gets nothing, harms nothing, and costs only its own points.

What to take from it: three things protect the judge.  It takes bodies only, so most of a file is never run; it refuses
the words that lead out of an exercise; and what runs, runs in a process that can harm nothing and whose word counts
for nothing.
"""

import os
import shutil

import pytest

from . import surgery
from .commands.grade import graded, source_in
from .conftest import ROOT

ENDLESS = "while True:\n    pass"
STUBBORN = "while True:\n    try:\n        while True:\n            pass\n    except BaseException:\n        pass"
RECURSION = "def again():\n    return again()\nreturn again()"
HOSTILE = {
    "an endless loop": ENDLESS,
    "an endless loop that catches everything": STUBBORN,
    "endless recursion": RECURSION,
    "all the memory there is": "x = []\nwhile True:\n    x.append(g @ g.T if len(x) < 0 else [0] * 10_000_000)",
    "a fork bomb": "import os\nwhile True:\n    os.fork()",
    "sys.exit": "import sys\nsys.exit(0)",
    "SystemExit": "raise SystemExit(0)",
    "KeyboardInterrupt, which ends a run of pytest": "raise KeyboardInterrupt",
    "deleting files": "import shutil\nshutil.rmtree({folder!r})",
    "deleting files by other words": "np.lib.npyio.os.remove({file!r})",
    "printing what a success prints": "print('[x] mul-backward: right, all its 6 tests pass')\nreturn g, g",
    "skipping the tests": "import pytest\npytest.skip('no need')",
    "patching the checker": "import minigrad.gradcheck as c\nc.compare = lambda *a: None\nreturn g, g",
    "patching numpy": "np.abs = lambda x: 0 * x\nreturn g, g",
    "patching a class": "T = type(g)\nT.item = lambda self: 0.0\nreturn g, g",
    "patching a class by another name": "for kind in [type(g)]:\n    kind.item = lambda self: 0.0\nreturn g, g",
    "an object that equals everything": "class Yes:\n    def __eq__(self, other):\n        return True\nreturn Yes()",
    "reading the reference": "names = {{}}\nexec(open({reference!r}).read(), names)\nreturn names['Mul']()",
    "setting what is judged to nothing": "a.array[...] = 0\nb.array[...] = 0\ng.array[...] = 0\n"
    "return unbroadcast(g, a.shape), unbroadcast(g, b.shape)",
    "the frame above": "return (i for i in ()).gi_frame.f_back.f_locals",
}


@pytest.fixture
def canary(tmp_path):
    """A folder with a file in it, which no submission may touch."""
    (tmp_path / "canary").mkdir()
    (tmp_path / "canary" / "file").write_text("alive")
    yield tmp_path / "canary"
    assert (tmp_path / "canary" / "file").read_text() == "alive"


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_submission_gains_nothing_and_harms_nothing(name, bench, exercises, canary):
    exercise = exercises["mul-backward"]
    reference = ROOT / exercise.file
    before = reference.read_text(encoding="utf-8")
    body = HOSTILE[name].format(folder=str(canary), file=str(canary / "file"), reference=str(reference))
    verdict = bench.check(exercise, surgery.with_body(before, exercise.function, body), seconds=1)
    assert not verdict.passed
    assert verdict.message.split("\n")[-1].startswith("Next: python -m tests ")
    assert reference.read_text(encoding="utf-8") == before


def test_after_all_that_an_honest_answer_is_still_right(bench, exercises):
    exercise = exercises["mul-backward"]
    body = "return unbroadcast(b * g, a.shape), unbroadcast(a * g, b.shape)"
    honest = surgery.with_body((ROOT / exercise.file).read_text(encoding="utf-8"), exercise.function, body)
    verdict = bench.check(exercise, honest)
    assert verdict.passed, verdict.message


def test_what_stands_beside_the_function_is_never_run(bench, exercises, canary):
    exercise = exercises["mul-backward"]
    source = (ROOT / exercise.file).read_text(encoding="utf-8")
    hostile = f"import os\nos.remove({str(canary / 'file')!r})\n" + source + "\nraise SystemExit\n"
    assert bench.check(exercise, hostile).passed


def test_a_helper_with_a_door_in_its_defaults_is_refused(bench, exercises, canary):
    exercise = exercises["mul-backward"]
    source = surgery.with_body((ROOT / exercise.file).read_text(encoding="utf-8"), exercise.function, "return mine(g)")
    hostile = source + f"\ndef mine(g, f=open({str(canary / 'file')!r}, 'w')):\n    return g, g\n"
    verdict = bench.check(exercise, hostile)
    assert not verdict.passed and "an exercise may not use open" in verdict.message


def handed_in(tmp_path, exercise):
    """A submission whose file for this exercise is still to be made."""
    file = tmp_path / "handed-in" / exercise.file
    file.parent.mkdir(parents=True)
    return tmp_path / "handed-in", file


def test_a_link_to_the_reference_is_not_an_answer(exercises, tmp_path):
    exercise = exercises["mul-backward"]
    folder, file = handed_in(tmp_path, exercise)
    file.symlink_to(ROOT / exercise.file)
    [result] = graded(ROOT, [exercise], folder)
    assert not result["passed"] and "is a link; hand in the file itself" in result["message"]


def test_a_folder_that_is_a_link_is_not_an_answer_either(exercises, tmp_path):
    (tmp_path / "minigrad").symlink_to(ROOT / "minigrad")
    with pytest.raises(ValueError, match="minigrad is a link"):
        source_in(tmp_path, exercises["mul-backward"].file)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes with names")
def test_a_pipe_that_never_ends_does_not_keep_the_grader(exercises, tmp_path):
    folder, file = handed_in(tmp_path, exercises["mul-backward"])
    os.mkfifo(file)
    with pytest.raises(ValueError, match="no ordinary file"):
        source_in(folder, exercises["mul-backward"].file)


def test_a_file_of_two_megabytes_is_not_read(exercises, tmp_path):
    folder, file = handed_in(tmp_path, exercises["mul-backward"])
    file.write_bytes(b"#" * (2 << 20))
    with pytest.raises(ValueError, match="at most 1 MB"):
        source_in(folder, exercises["mul-backward"].file)


@pytest.mark.parametrize("content", [b"\x00", b"\xff\xfe\xff", b"(" * 50_000, b"x = " + b"-" * 50_000 + b"1", b""])
def test_a_file_that_is_no_python_costs_only_its_own_points(content, exercises, tmp_path):
    folder = tmp_path / "handed-in"
    shutil.copytree(ROOT / "minigrad", folder / "minigrad", ignore=shutil.ignore_patterns("__pycache__"))
    (folder / exercises["mul-backward"].file).write_bytes(content)
    results = graded(ROOT, [exercises["mul-backward"], exercises["unbroadcast"]], folder)
    assert [result["passed"] for result in results] == [False, True]
