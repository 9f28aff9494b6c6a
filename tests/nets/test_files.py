"""What stands between two marks of a file is replaced, and nothing else is touched."""

import pytest

from nets.files import write_between


def test_only_what_stands_between_the_marks_is_replaced(tmp_path):
    file = tmp_path / "a.md"
    file.write_text("before\n<a>\nold\n<b>\nafter\n")
    write_between(file, "<a>", "<b>", r"new \1 text")
    assert file.read_text() == "before\n<a>\nnew \\1 text\n<b>\nafter\n"


@pytest.mark.parametrize("text", ["", "<a>", "<b><a>", "<a><b><a><b>"])
def test_a_file_without_both_marks_in_order_is_left_alone(text, tmp_path):
    file = tmp_path / "a.md"
    file.write_text(text)
    with pytest.raises(ValueError, match="once each"):
        write_between(file, "<a>", "<b>", "new")
    assert file.read_text() == text
