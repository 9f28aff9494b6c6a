"""The command line, as a learner and a teacher use it; `main` is called with the machinery moved into a workspace."""

import json
import os
import subprocess
import sys

import pytest

from tests.__main__ import main

from . import surgery
from .commands import progress, watch
from .commands.start import chapters
from .conftest import ROOT
from .workspace import HIDDEN, Workspace


@pytest.fixture
def learner(workspace, monkeypatch, capsys):
    """``learner("check", "mul-backward")``: exit code and output of a command given in a workspace."""
    for name in ("workspace", "commands.grade", "commands.doctor", "commands.progress", "commands.start"):
        monkeypatch.setattr(f"tests.exercises.{name}.MACHINERY", workspace.root)

    def give(*words):
        code = main(list(words))
        out, err = capsys.readouterr()
        return code, out + err

    return give


def write(workspace, name, body=None):
    """Write a body, or our own, into a workspace."""
    exercise = next(e for e in workspace.exercises if e.name == name)
    body = body or surgery.body_text(workspace.reference_source(exercise), exercise.function)
    file = workspace.root / exercise.file
    file.write_text(surgery.with_body(workspace.source(exercise), exercise.function, body), encoding="utf-8")


def test_the_list_has_a_line_for_each_exercise(learner, workspace):
    code, text = learner("list")
    assert code == 0 and "[>] unbroadcast " in text and "[ ] mul-backward " in text
    assert text.endswith("Next: python -m tests next\n")


def test_next_shows_the_page_the_place_and_the_docstring(learner):
    code, text = learner("next")
    assert code == 0 and "Chapter 1: " in text and "def unbroadcast(g, shape)" in text and "Parameters" in text


def test_a_blank_exercise_fails_its_check_with_exit_code_1(learner):
    code, text = learner("check")
    assert code == 1 and text.startswith("unbroadcast: not written yet\n")
    assert text.endswith("Next: python -m tests hint unbroadcast\n")


def test_what_passes_is_noted_until_it_is_changed(learner, workspace):
    write(workspace, "unbroadcast")
    code, text = learner("check", "unbroadcast")
    assert code == 0 and "1 of 2 are done." in text
    assert "[x] unbroadcast" in learner("list")[1] and "[>] mul-backward" in learner("list")[1]
    write(workspace, "unbroadcast", "return g")
    assert "[>] unbroadcast" in learner("list")[1]


def test_a_lost_or_damaged_diary_is_begun_again(learner, workspace):
    workspace.diary.write_text("{not json")
    assert "[>] unbroadcast" in learner("list")[1]
    write(workspace, "unbroadcast")
    code, text = learner("check", "--all")
    assert code == 1 and "[x] unbroadcast\n[ ] mul-backward: not written yet\n" in text
    assert json.loads(workspace.diary.read_text())["unbroadcast"]["passed"]


def test_hints_come_one_by_one(learner):
    counts = [learner("hint")[1].count(" of 3)") for _ in range(4)]
    assert counts == [1, 2, 3, 3]


def test_the_solution_stands_below_ones_own(learner, workspace):
    write(workspace, "mul-backward", "return g, g  # mine")
    code, text = learner("solution", "mul-backward")
    assert code == 0 and text.index("# mine") < text.index("unbroadcast(g * b") < text.index("Why")


def test_reset_takes_the_body_out_and_keeps_it(learner, workspace):
    write(workspace, "mul-backward", "return g, g  # mine")
    code, text = learner("reset", "mul-backward")
    assert code == 0 and "# mine" not in (workspace.root / "minigrad/ops/elementwise.py").read_text()
    assert "# mine" in (workspace.root / HIDDEN / "before-reset" / "mul-backward-1.py").read_text()


def test_reset_mends_a_file_that_cannot_be_read_any_more(learner, workspace):
    file = workspace.root / "minigrad/ops/elementwise.py"
    blank = file.read_text(encoding="utf-8")
    file.write_text(blank.replace('NotImplementedError("exercise: mul-backward")', "((("), encoding="utf-8")
    assert learner("check", "mul-backward")[0] == 1
    assert learner("reset", "mul-backward")[0] == 0 and file.read_text(encoding="utf-8") == blank


@pytest.mark.parametrize("command", ["check", "hint", "solution", "reset", "next", "watch"])
def test_a_name_that_is_nearly_right_is_answered_with_names(command, learner):
    code, text = learner(command, "mul-backwards")
    assert code == 2 and "did you mean mul-backward" in text and text.endswith("Next: python -m tests list\n")


def test_a_workspace_inside_the_sources_is_refused(capsys):
    assert main(["start", "--to", str(ROOT / "answers")]) == 2
    assert "inside the sources" in capsys.readouterr().err and not (ROOT / "answers").exists()


def test_a_folder_with_something_in_it_is_not_overwritten(tmp_path, capsys):
    (tmp_path / "thesis.txt").write_text("years")
    assert main(["start", "--to", str(tmp_path)]) == 2
    assert "not empty; nothing was changed" in capsys.readouterr().err
    assert [file.name for file in tmp_path.iterdir()] == ["thesis.txt"]


@pytest.mark.parametrize("command", [["check"], ["next"], ["hint"], ["reset", "mul-backward"]])
def test_in_the_sources_nothing_is_to_be_written(command, capsys):
    assert main(command) == 2
    assert capsys.readouterr().err.endswith("Next: python -m tests start\n")


def test_a_handout_has_its_chapters_blank_and_the_rest_solved(tmp_path, capsys):
    assert main(["start", "--chapters", "5-6", "--to", str(tmp_path / "handout")]) == 0
    handout = Workspace(tmp_path / "handout")
    assert {exercise.chapter for exercise in handout.exercises} == {5, 6}
    assert "NotImplementedError" not in (handout.root / "minigrad/ops/elementwise.py").read_text(encoding="utf-8")
    assert "NotImplementedError" in (handout.root / "minigrad/kernels/reference.py").read_text(encoding="utf-8")


def test_chapters_are_one_or_a_range():
    assert chapters("4") == range(4, 5) and chapters("4-6") == range(4, 7)


def test_the_workspace_works_on_its_own_wherever_it_is_moved(workspace, tmp_path):
    moved = workspace.root.rename(tmp_path / "moved here")
    environment = os.environ | {"PYTHONPATH": "", "PYTHONIOENCODING": "ascii"}
    done = subprocess.run([sys.executable, "-m", "tests", "next"], cwd=moved, env=environment, capture_output=True)
    assert done.returncode == 0 and b"unbroadcast: write the body of" in done.stdout


def test_grade_writes_a_list_of_objects(learner, workspace, tmp_path):
    write(workspace, "unbroadcast")
    code, text = learner("grade", str(workspace.root), "--json", str(tmp_path / "marks.json"))
    marks = json.loads((tmp_path / "marks.json").read_text())
    assert code == 0 and text.endswith("1 of 2 are right.\n")
    assert [m["name"] for m in marks if m["passed"]] == ["unbroadcast"] and len(marks) == 2
    assert all(set(m) == {"name", "chapter", "passed", "message"} for m in marks)


def test_grade_of_what_is_no_folder_is_refused(learner, tmp_path):
    assert learner("grade", str(tmp_path / "nobody"))[0] == 2


def test_the_doctor_finds_a_healthy_workspace_and_a_sick_one(learner, workspace):
    code, text = learner("doctor")
    assert code == 0 and "All is well." in text and "a check takes" in text
    (workspace.root / HIDDEN / "reference.zip").write_bytes(b"lost")
    code, text = learner("doctor")
    assert code == 1 and "!!" in text and text.endswith("Next: python -m tests doctor\n")


def test_watch_sees_the_exercise_that_was_changed_and_no_other(workspace, monkeypatch):
    monkeypatch.setattr(watch.time, "sleep", lambda _: write(workspace, "mul-backward", "return g, g"))
    assert next(watch.changed(workspace, workspace.exercises, pause=0)).name == "mul-backward"


def test_the_whole_path_is_listed_in_the_sources(exercises):
    lines = progress.lines(ROOT, list(exercises.values()), [False] * len(exercises))
    assert sum(line.startswith("[") for line in lines) == len(exercises) and lines[0].startswith("Chapter 1: ")
