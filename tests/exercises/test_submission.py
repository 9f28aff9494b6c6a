"""What of a learner's file is laid into the reference, and what is left out."""

import pytest

from .screen import Refused
from .submission import NotWritten, lay_in
from .surgery import blank, with_body

OURS = '''import numpy as np


def double(x):
    """2 x."""
    return helped(x)


def helped(x):
    """The helper."""
    return 2 * x


def other(x):
    return x


class Op:
    def forward(self, x):
        """x."""
        return x
'''


def laid(theirs, function="double", also=()):
    return lay_in(OURS, theirs, function, also).source


def runs(source):
    names = {}
    exec(source, names)
    return names


def test_our_own_body_laid_in_gives_our_own_source():
    assert laid(OURS).rstrip("\n") == OURS.rstrip("\n")


def test_only_the_body_that_is_judged_is_taken():
    theirs = with_body(with_body(OURS, "other", "return 'theirs'"), "double", "return x + x")
    names = runs(laid(theirs))
    assert names["double"](3) == 6 and names["other"](3) == 3


def test_nothing_outside_of_functions_is_taken():
    theirs = with_body(OURS, "double", "return x + x") + "\nraise SystemExit\nother = None\n"
    assert runs(laid(theirs))["other"](3) == 3


def test_new_functions_and_imports_that_it_uses_come_along():
    theirs = "import math\n" + with_body(OURS, "double", "return mine(x)")
    theirs += "\n\ndef mine(x):\n    return math.floor(2 * x)\n\n\ndef unused(x):\n    return open\n"
    source = laid(theirs)
    assert runs(source)["double"](1.5) == 3 and "unused" not in source


def test_a_new_method_comes_along_with_its_decorator():
    theirs = with_body(OURS, "Op.forward", "return self.twice(x)")
    theirs += "\n    @staticmethod\n    def twice(x):\n        return 2 * x\n"
    assert runs(laid(theirs, "Op.forward"))["Op"]().forward(3) == 6


def test_a_helper_taken_out_along_is_theirs_if_they_use_it():
    theirs = with_body(with_body(OURS, "double", "return helped(x)"), "helped", "return 'theirs'")
    assert runs(laid(theirs, also=("helped",)))["double"](3) == "theirs"


def test_a_helper_that_they_do_not_use_stays_ours_for_others():
    theirs = blank(with_body(OURS, "double", "return x + x"), "helped", "double")
    names = runs(laid(theirs, also=("helped",)))
    assert names["double"](3) == 6 and names["helped"](3) == 6


def test_a_blank_helper_that_they_use_is_not_written():
    theirs = blank(with_body(OURS, "double", "return helped(x)"), "helped", "double")
    with pytest.raises(NotImplementedError, match="double"):
        runs(laid(theirs, also=("helped",)))["double"](3)


def test_a_blank_body_is_not_written():
    with pytest.raises(NotWritten):
        laid(blank(OURS, "double", "double"))


def test_a_changed_signature_is_told_with_the_right_one():
    with pytest.raises(Refused, match=r"signature was changed; it is\ndef double\(x\)"):
        laid(OURS.replace("def double(x)", "def double(y)"))


def test_a_missing_function_is_told():
    with pytest.raises(Refused, match="no longer there; 'reset' brings it back"):
        laid(OURS.replace("def double", "def dubble"))


def test_lines_of_the_overlay_lead_back_to_the_learners_file():
    theirs = "# a line more\n\n" + with_body(OURS, "double", "y = x\nreturn y + x")
    overlay = lay_in(OURS, theirs, "double")
    line = overlay.source.split("\n").index("    return y + x") + 1
    assert theirs.split("\n")[overlay.learners_line(line) - 1] == "    return y + x"
    assert overlay.learners_line(1) is None


def test_another_indentation_than_ours_is_brought_to_ours():
    theirs = OURS.replace('    """2 x."""\n    return helped(x)', "  return x + x")
    assert runs(laid(theirs))["double"](2) == 4


def test_an_open_bracket_elsewhere_does_not_spoil_this_function():
    theirs = with_body(OURS, "double", "return x + x").replace("return x\n\n\nclass", "return (x\n\n\nclass")
    assert runs(laid(theirs))["double"](2) == 4


def test_an_open_bracket_here_is_told_with_its_line():
    theirs = OURS.replace("return helped(x)", "return helped(x")
    with pytest.raises(Refused, match=r"cannot read this line \('\(' was never closed\)") as refused:
        laid(theirs)
    assert refused.value.line == 6


@pytest.mark.parametrize("theirs", ["\0", "(" * 100_000, "x = " + "-" * 200_000 + "1", ""])
def test_a_file_that_is_no_python_at_all_is_refused(theirs):
    with pytest.raises(Refused):
        laid(theirs)
