"""A gallery's HTML: all pictures are there, one word or question of each is chosen, and nothing is taken for HTML."""

import re

import pytest

from explain.gallery import SHADE, Gallery, Group, Item, Key, Tile, css, render_gallery, shade
from explain.page import Section, render

from .test_page import Balance


def item(name, note=""):
    return Item(name, f"about <{name}>", [Tile(name.encode(), f"map of {name}", f"where {name} is")], note)


GROUPS = [Group("one & two", [Tile(b"1", "picture", "a picture")], [item("red", "97%"), item("ring")],
                [Tile(b"all", "whole", "the whole")], "True: red ring"),
          Group("three", [], [item("blue")])]
GALLERY = Gallery("captions", "words", GROUPS, "Choose.", [Key("cold", "hot", [(0, 0, 0), (1, 0.5, 0)])], "A caption.")


def test_a_page_with_a_gallery_is_well_formed():
    parser = Balance()
    parser.feed(render("T", "intro", [Section("k", "t", "q", shown=[GALLERY])]).decode())
    assert parser.stack == []


def test_every_picture_has_its_own_buttons_and_the_first_is_on():
    buttons = re.findall(r'<input type="radio" name="([^"]+)" autocomplete="off"( checked)?>', render_gallery(GALLERY))
    assert buttons == [("captions-0", " checked"), ("captions-0", ""), ("captions-1", " checked")]


def test_everything_is_there_for_those_without_javascript():
    text = render_gallery(GALLERY)
    assert text.count("<img") == 5 and text.count('class="item"') == 3 and "hidden" not in text


def test_text_is_escaped():
    text = render_gallery(GALLERY)
    assert "about &lt;red&gt;" in text and '<h3 class="name">one &amp; two</h3>' in text


def test_a_word_has_its_note_beneath_it():
    assert "<span>red<small>97%</small></span>" in render_gallery(GALLERY)


def test_the_words_of_a_sentence_are_shaded_by_their_shares_of_the_largest():
    asked = Item("is it red?", "yes", [], shaded=[("is", 0.0), ("red", 0.5), ("<ring>", 0.25)])
    text = render_gallery(Gallery("a", "questions", [Group("g", [], [asked])], "Choose."))
    found = re.findall(r'style="background: ([^"]+)">(.*?)<small>(\d+%)', text)
    assert found == [(css(shade(0)), "is", "0%"), (css(SHADE), "red", "50%"), (css(shade(0.5)), "&lt;ring&gt;", "25%")]


def test_a_sentence_of_which_no_word_counts_stays_white():
    asked = Item("why?", "", [], shaded=[("why", 0.0)])
    assert "rgb(255 255 255)" in render_gallery(Gallery("a", "questions", [Group("g", [], [asked])], "Choose."))


def test_a_key_says_what_its_colours_mean():
    text = render_gallery(GALLERY)
    assert "<span>cold</span>" in text and "to right, rgb(0 0 0), rgb(255 128 0))" in text


@pytest.mark.parametrize(("what", "groups", "message"), [
    ("pictures", GROUPS, 'what is \'pictures\'; use "words" or "questions"'),
    ("words", [], "nothing to choose"),
    ("words", [Group("empty", [], [])], "nothing to choose"),
])
def test_a_gallery_without_a_choice_is_refused(what, groups, message):
    with pytest.raises(ValueError, match=message):
        Gallery("a", what, groups, "Choose.")
