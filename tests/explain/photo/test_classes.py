"""A class is found by number, by name and by part of a name; what is not clear is answered with a list."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explain.photo.classes import find_class, listed, read_names

NAMES = ("tabby, tabby cat", "tiger cat", "tiger, Panthera tigris", "catamaran", "crane", "crane", "boxer",
         "bull mastiff", "French bulldog")


@pytest.mark.parametrize(("asked", "number"), [
    ("1", 1), (" 8 ", 8), ("boxer", 6), ("BOXER", 6), ("tiger  cat", 1), ("tabby cat", 0), ("panthera tigris", 2),
    ("mastiff", 7), ("amaran", 3), ("french", 8), ("dog", 8),
])
def test_a_class_is_found_by_number_name_or_part_of_its_name(asked, number):
    assert find_class(NAMES, asked) == number


def test_a_whole_name_counts_before_a_name_that_contains_it():
    assert find_class(("tiger cat", "tiger"), "tiger") == 1


def test_a_whole_word_counts_before_a_part_of_one():
    assert find_class(("caterpillar", "Persian cat"), "cat") == 1


def test_a_name_that_is_a_number_counts_before_the_number():
    assert find_class(("7", "3", "0", "9"), "3") == 1


def test_a_part_that_fits_several_is_answered_with_a_list():
    with pytest.raises(ValueError, match=r"^class 'cat' may be 0 tabby or 1 tiger cat; give its number"):
        find_class(NAMES, "cat")


def test_two_classes_of_the_same_name_are_told_apart_by_number():
    with pytest.raises(ValueError, match="4 crane or 5 crane"):
        find_class(NAMES, "crane")


def test_a_misspelt_name_is_answered_with_similar_ones():
    with pytest.raises(ValueError, match="no class is called 'tigr cat'; did you mean 1 tiger cat"):
        find_class(NAMES, "tigr cat")


@pytest.mark.parametrize("asked", ["", "  ", "zzzz", "*", "(", "9", "-1", "1.5"])
def test_what_is_no_class_says_which_numbers_there_are(asked):
    with pytest.raises(ValueError, match="0 to 8"):
        find_class(NAMES, asked)


def test_a_long_list_is_cut_short():
    assert listed(["dog"] * 25, range(25)).endswith("19 dog and 5 more")


@given(st.text(max_size=12))
def test_any_text_is_a_class_or_a_clear_error(asked):
    try:
        assert find_class(NAMES, asked) in range(len(NAMES))
    except ValueError as error:
        assert "class" in str(error)


@given(st.integers(0, 8))
def test_every_class_is_found_by_its_number(number):
    assert find_class(NAMES, str(number)) == number


@pytest.mark.parametrize("text", ["tabby, tabby cat\ntiger cat\n", "n02123045 tabby, tabby cat\r\nn02123159 tiger cat",
                                  "\ufefftabby, tabby cat\n  tiger cat\n\n"])
def test_names_are_read_one_in_each_line_without_wordnets_numbers(text, tmp_path):
    path = tmp_path / "names.txt"
    path.write_bytes(text.encode())
    assert read_names(path) == ("tabby, tabby cat", "tiger cat")


@pytest.mark.parametrize(("content", "words"), [
    (b"", "line 1 is empty"), (b"cat\n\ndog\n", "line 2 is empty"), (b"cat\xff\n", "no text in UTF-8"),
    (b"x" * (2**22 + 1), "which are no names"),
])
def test_a_file_without_names_is_refused(content, words, tmp_path):
    path = tmp_path / "names.txt"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=words):
        read_names(path)


def test_a_missing_file_of_names_is_refused(tmp_path):
    with pytest.raises(ValueError, match="there is no file"):
        read_names(tmp_path / "names.txt")
