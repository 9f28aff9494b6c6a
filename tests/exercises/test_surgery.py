"""Taking bodies out and laying them in: held to sources small enough to see at a glance."""

import ast

import pytest

from . import surgery

SOURCE = '''
class Op:
    """An op."""

    @staticmethod
    def twice(
        x,  # a number:
        times=2,
    ):
        """Double `x`.

        >>> twice(2)
        4
        """
        # Why: because.
        y = x * times
        return y
        # and that is all

    def bare(self):
        return 1


def outside(x: int) -> int:
    def inner():
        return x
    # in between
    return inner()
'''


def test_signature_decorators_and_docstring_stay_and_the_comments_of_the_body_go():
    text = surgery.blank(SOURCE, "Op.twice", "doubling")
    before, after = (surgery.find(ast.parse(source), "Op.twice") for source in (SOURCE, text))
    assert surgery.signature(before) == surgery.signature(after)
    assert ast.get_docstring(before, clean=False) == ast.get_docstring(after, clean=False)
    assert "Why" not in text and "that is all" not in text and "a number:" in text
    assert surgery.is_blank(after)


def test_everything_else_stays_as_it_was_line_for_line():
    text = surgery.blank(SOURCE, "Op.twice", "doubling")
    assert text.split("    def bare")[1] == SOURCE.split("    def bare")[1]


@pytest.mark.parametrize("name", ["Op.twice", "Op.bare", "outside"])
def test_a_body_that_was_taken_out_can_be_put_back(name):
    body = surgery.body_text(SOURCE, name)
    assert surgery.with_body(surgery.blank(SOURCE, name, "x"), name, body) == SOURCE


def test_a_blank_function_raises_and_names_its_exercise():
    names = {}
    exec(surgery.blank(SOURCE, "outside", "inside-out"), names)
    with pytest.raises(NotImplementedError, match="exercise: inside-out"):
        names["outside"](1)


def test_a_function_with_a_line_before_the_raise_is_not_blank():
    text = surgery.with_body(SOURCE, "outside", 'y = 1\nraise NotImplementedError("exercise: x")')
    assert not surgery.is_blank(surgery.find(ast.parse(text), "outside"))


def test_a_body_on_the_line_of_the_def_is_refused():
    with pytest.raises(ValueError, match="must not stand on the line"):
        surgery.body_of("def f(x): return x\n", "f")


@pytest.mark.parametrize("name", ["Op.missing", "Missing.twice", "Op"])
def test_what_is_no_function_is_not_found(name):
    with pytest.raises(LookupError):
        surgery.find(ast.parse(SOURCE), name)


def test_lines_are_counted_as_python_counts_them():
    source = 'def f():\r\n    "a\x0cb\u2028c"\r\n    return 1\r\n'
    assert surgery.body_of(source, "f") == (3, 3, 4)
