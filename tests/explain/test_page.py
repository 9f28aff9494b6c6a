"""The page: everything inside one file, and nothing in it that could be taken for HTML by mistake."""

import re
from html.parser import HTMLParser

from explain.page import Section, Shown, render

SHOWN = Shown(b"\x89PNG bytes", 'say "what"', "a caption")
SECTION = Section("key", "A <title>", "Why?", [("sum", "a < b")], [SHOWN], "see", "x = 1")


class Balance(HTMLParser):
    """Counts that every opened element is closed."""

    VOID = {"meta", "img", "link", "br"}

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
