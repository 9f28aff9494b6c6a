"""Every sub-command from its words to its files, on next to nothing and without PyTorch."""

import json

import pytest

from benchmarks import report, speed
from benchmarks.command_line import main

LONGER = ["training", "explanations"]


@pytest.mark.parametrize("part", ["kernels", *(pytest.param(p, marks=pytest.mark.training) for p in LONGER)])
def test_a_part_compares_and_measures_without_pytorch(part, tiny, capsys):
    assert main([part, "--threads", "1", "--repeat", "1"]) == 0
    text = capsys.readouterr().out
    assert "PyTorch is not installed" in text and "DIFFERS" not in text and "FAILED" not in text


@pytest.mark.parametrize("part", ["startup", "memory"])
def test_a_part_that_starts_processes_makes_a_row_of_each(part, tiny, no_processes, capsys):
    assert main([part, "--threads", "1", "--repeat", "1"]) == 0
    assert "FAILED" not in capsys.readouterr().out


@pytest.mark.training
def test_without_a_sub_command_all_parts_are_run(tiny, no_processes, tmp_path):
    file = tmp_path / "all.json"
    assert main(["--threads", "1", "--repeat", "1", "--json", str(file)]) == 0
    rows = json.loads(file.read_text())["rows"]
    assert len(rows) == sum(len(list(part.cases())) for part in speed.PARTS.values())


def test_files_are_written_and_become_the_table_of_a_readme(tiny, tmp_path):
    data, plot, table, readme = (tmp_path / name for name in ("a.json", "a.png", "a.md", "README.md"))
    readme.write_text(f"{report.BEGIN}\n{report.END}\n")
    assert main(["kernels", "--threads", "1", "--repeat", "1", "--only", "convolution", "--json", str(data),
                 "--plot", str(plot), "--markdown", str(table)]) == 0
    assert plot.stat().st_size > 1000
    assert main(["readme", "--json", str(data), "--readme", str(readme)]) == 0
    assert table.read_text().strip() in readme.read_text()


def test_options_may_stand_before_the_sub_command(tiny, capsys):
    main(["--threads", "1", "--repeat", "1", "--only", "ReLU", "kernels"])
    assert "batch norm" not in capsys.readouterr().out


def test_only_chooses_rows_by_group_and_name(tiny, capsys):
    main(["kernels", "--threads", "1", "--repeat", "1", "--only", "ReLU"])
    text = capsys.readouterr().out
    assert "ReLU" in text and "batch norm" not in text


@pytest.mark.parametrize(("words", "complaint"), [
    (["kernels", "--only", "nonsense"], "no row has this"),
    (["kernels", "--threads", "0"], "at least 1"),
    (["kernels", "--repeat", "0"], "at least 1"),
    (["readme", "--json", "no-such-file.json"], "no-such-file.json"),
])
def test_what_cannot_be_done_is_one_line_and_exit_code_2(words, complaint, capsys):
    assert main(words) == 2
    error = capsys.readouterr().err
    assert complaint in error and error.count("\n") == 1


def test_more_threads_than_cores_are_refused(capsys):
    assert main(["kernels", "--threads", "1000"]) == 2
    assert "--threads 1000: this process may use" in capsys.readouterr().err


def test_after_ctrl_c_the_rows_so_far_are_reported(tiny, monkeypatch, capsys):
    measure = speed.Case.measure

    def interrupted(case, repeat):
        if "backward" in case.group:
            raise KeyboardInterrupt
        return measure(case, repeat)

    monkeypatch.setattr(speed.Case, "measure", interrupted)
    assert main(["kernels", "--threads", "1", "--repeat", "1", "--only", "ReLU"]) == 130
    shown = capsys.readouterr()
    assert "stopped after 1 of 2 rows" in shown.err and "OTHER OPS, FORWARD" in shown.out


def test_a_difference_shows_in_the_exit_code(tiny, monkeypatch):
    monkeypatch.setattr("benchmarks.plain.relu", lambda inputs, g: [inputs[0]])
    assert main(["kernels", "--threads", "1", "--repeat", "1", "--only", "ReLU"]) == 1
