"""The page: everything inside one file, and nothing in it that could be taken for HTML by mistake."""

import re
from html.parser import HTMLParser

import pytest

from explain.page import Choice, Section, Shown, Table, render

SHOWN = Shown(b"\x89PNG bytes", 'say "what"', "a caption")
SECTION = Section("key", "A <title>", "Why?", [("sum", "a < b")], [SHOWN], "see", "x = 1")


class Balance(HTMLParser):
    """Counts that every opened element is closed."""

    VOID = {"meta", "img", "link", "br", "input"}

    def __init__(self):
        super().__init__()
        self.stack = []

    def handle_starttag(self, tag, attrs):
        if tag not in self.VOID:
            self.stack.append(tag)

    def handle_endtag(self, tag):
        assert self.stack.pop() == tag


def test_the_page_is_well_formed():
    parser = Balance()
    parser.feed(render("T", "intro", [SECTION, SECTION]).decode())
    assert parser.stack == []


def test_nothing_is_fetched_from_anywhere():
    text = render("T", "intro", [SECTION]).decode()
    assert re.findall(r'(?:src|href)="([^"]{0,10})', text) == ["#key", "data:image"]
    assert "url(" not in text and "@import" not in text


def test_text_is_escaped_and_pictures_have_descriptions():
    text = render("T", "intro", [SECTION]).decode()
    assert "A &lt;title&gt;" in text and "a &lt; b" in text and 'alt="say &quot;what&quot;"' in text


def test_what_is_empty_is_left_out():
    text = render("T", "intro", [Section("k", "t", "q")]).decode()
    body = text[text.index("<main>") :]
    assert "<pre>" not in body and "formula" not in body and "<figure>" not in body


def test_a_choice_shows_the_first_combination_and_hides_the_others():
    choice = Choice({"class": ["star", "pill"], "rule": ["a", "b", "c"]}, [b"%d" % i for i in range(6)], "map")
    text = render("T", "intro", [Section("k", "t", "q", shown=[choice])]).decode()
    keys = re.findall(r'data-key="(\d,\d)"( hidden)?', text)
    assert keys == [("0,0", "")] + [(key, " hidden") for key in ("0,1", "0,2", "1,0", "1,1", "1,2")]
    assert 'alt="map (pill, b)" data-key="1,1"' in text and text.count("<select") == 2


def test_a_choice_needs_a_picture_for_every_combination():
    with pytest.raises(ValueError, match="3 pictures for the combinations"):
        Choice({"class": ["star", "pill"]}, [b"", b"", b""], "map")


TABLE = Table(["", "a < b"], [["one & all", "0.5"], ["two", "0.7"]], 'what is "best"', strong=[(1, 1)])


def test_a_table_has_titles_for_its_rows_and_columns_and_the_best_stands_out():
    text = render("T", "intro", [Section("k", "t", "q", shown=[TABLE])]).decode()
    assert '<th scope="col">a &lt; b</th>' in text and '<th scope="row">one &amp; all</th><td>0.5</td>' in text
    assert "<td><strong>0.7</strong></td>" in text and text.count("<strong>") == 1
    assert 'aria-label="what is &quot;best&quot;"' in text and '<p class="caption">what is &quot;best&quot;</p>' in text


def test_a_page_with_a_table_is_well_formed():
    parser = Balance()
    parser.feed(render("T", "intro", [Section("k", "t", "q", shown=[SHOWN, TABLE])]).decode())
    assert parser.stack == []


@pytest.mark.parametrize("rows", [[], [["one", "0.5"], ["two"]]])
def test_a_tables_rows_are_as_long_as_its_titles(rows):
    with pytest.raises(ValueError, match="table: 2 columns, and rows"):
        Table(["", "a"], rows, "caption")
