"""What a command does about errors: one line and an exit code, except where the error is ours."""

import warnings

import pytest

from nets.command_line import run


def raising(error):
    raise error


@pytest.mark.parametrize(("error", "code", "words"), [
    (ValueError("no such net"), 1, "nets: no such net\n"),
    (FileNotFoundError("no such file"), 1, "nets: no such file\n"),
    (MemoryError("2 GB"), 1, "nets: there is not enough memory (2 GB); try smaller batches or pictures\n"),
    (KeyboardInterrupt(), 130, "the same command goes on from there\n"),
])
def test_what_can_go_wrong_is_one_line_and_an_exit_code(error, code, words, capsys):
    assert run("nets", lambda: raising(error)) == code
    output = capsys.readouterr()
    assert output.err.endswith(words) and output.err.count("\n") == 1 and not output.out


def test_the_text_of_a_command_that_went_well_is_printed(capsys):
    assert run("nets", lambda: "all is well") == 0
    assert capsys.readouterr().out == "all is well\n"


def test_a_bug_keeps_its_traceback():
    with pytest.raises(ZeroDivisionError):
        run("nets", lambda: raising(ZeroDivisionError()))


@pytest.mark.filterwarnings("default")
def test_a_warning_is_one_line_without_source_code(capsys):
    shown = []

    def warn():
        shown.append(warnings.formatwarning("2 files can't be read", UserWarning, "nets/x.py", 7))
        return ""

    before = warnings.formatwarning
    run("nets", warn)
    assert shown == ["nets: 2 files can't be read\n"] and warnings.formatwarning is before
