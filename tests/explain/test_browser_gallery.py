"""Words and questions in a real browser: reached by keyboard, mouse and finger, and all there on paper."""

from pathlib import Path
from urllib.parse import unquote, urlparse

import numpy as np
import pytest

from explain import plot
from explain.gallery import Gallery, Group, Item, Key, Tile
from explain.page import Section, render

from .chromium import complaints, seen_as

webdriver = pytest.importorskip("selenium.webdriver", reason="needs Selenium: pip install selenium")
Keys, ActionChains = webdriver.Keys, webdriver.ActionChains

# What a reader sees of a gallery: pictures and words of the items, in their order.
SEEN = """
const seen = selector => [...arguments[0].querySelectorAll(selector)].filter(one => one.checkVisibility());
return {maps: seen(".item img").map(img => img.src), texts: seen(".said").map(text => text.innerText),
        pictures: seen(".group > .row:not(.rest) > .tile img").map(img => img.src), shaded: seen(".shaded").length,
        buttons: seen("input").length, chosen: seen("input:checked + span").map(name => name.firstChild.data)};
"""


def synthetic():
    """Two galleries of two pictures each, with three words or questions; all pictures are different."""
    greys = iter(np.linspace(0.1, 0.9, 32))
    tile = lambda title: Tile(plot.pixels(np.full((8, 8, 3), next(greys))), title, title)  # noqa: E731
    galleries = []
    for what in ("words", "questions"):
        groups = []
        for picture in ("first", "second"):
            items = [Item(f"{picture} {word}", f"“{picture} {word}”", [tile("map"), tile("attention")], "97%",
                          [("is", 0.2), (word, 0.8)] if what == "questions" else ())
                     for word in ("red", "ring", "left")]
            groups.append(Group(picture, [tile("picture")], items, [tile("whole")], "True: so it is."))
        galleries.append(Gallery(what, what, groups, "Choose.", [Key("cold", "hot", [(0, 0, 0), (1, 0, 0)])]))
    return [Section(g.name, g.what, "Why?", shown=[g], code="x = 1") for g in galleries]


@pytest.fixture(params=["small", pytest.param("lecture", marks=pytest.mark.training)], scope="module")
def address(request, tmp_path_factory):
    if request.param == "lecture":
        return (request.getfixturevalue("made_lecture") / "lecture" / "index.html").as_uri()
    path = tmp_path_factory.mktemp("gallery") / "index.html"
    path.write_bytes(render("The page", "Introduction.", synthetic()))
    return path.as_uri()


@pytest.fixture
def page(browser, address):
    """A page with both kinds of gallery, just opened; whatever a test does to it, the console must stay silent."""
    seen_as(browser, 1000, "light")
    browser.get(address)
    yield browser
    assert complaints(browser) == []


def fits(found):
    """Whether what is said is about the word, or the question, that is chosen."""
    (name,), (text,) = found["chosen"], found["texts"]
    return all(word in text for word in name.rstrip("?").split())


def gallery(page, what):
    return page.find_element("css selector", f"figure.gallery.{what}")


def seen(page, figure):
    return page.execute_script(SEEN, figure)


def buttons(page, figure):
    """Those of the chosen picture."""
    return figure.find_elements("css selector", ".group.chosen input")


@pytest.mark.parametrize(("what", "on", "back"), [("words", Keys.ARROW_RIGHT, Keys.ARROW_LEFT),
                                                  ("questions", Keys.ARROW_DOWN, Keys.ARROW_UP)])
def test_the_arrow_keys_go_from_word_to_word_and_from_question_to_question(page, what, on, back):
    figure = gallery(page, what)
    first = seen(page, figure)
    page.execute_script("arguments[0].focus()", buttons(page, figure)[0])
    page.switch_to.active_element.send_keys(on)
    second = seen(page, figure)
    assert second["maps"] != first["maps"] and fits(first) and fits(second)
    assert second["pictures"] == first["pictures"] and len(first["pictures"]) == 1
    page.switch_to.active_element.send_keys(back)
    assert seen(page, figure) == first


def test_the_tab_key_reaches_the_words_and_the_one_that_has_the_focus_is_marked(page):
    figure = gallery(page, "words")
    page.execute_script("arguments[0].focus()", figure.find_element("tag name", "select"))
    page.switch_to.active_element.send_keys(Keys.TAB)
    assert page.switch_to.active_element == buttons(page, figure)[0]
    outline = page.execute_script("return getComputedStyle(document.activeElement.nextElementSibling).outlineStyle")
    assert outline == "solid"


def test_pointing_at_a_word_chooses_it_and_the_arrow_keys_go_on_from_there(page):
    figure = gallery(page, "words")
    first = seen(page, figure)
    page.execute_script("arguments[0].focus(); arguments[0].scrollIntoView()", buttons(page, figure)[0])
    ActionChains(page).move_to_element(buttons(page, figure)[1]).perform()
    second = seen(page, figure)
    assert second["maps"] != first["maps"] and fits(second)
    assert page.switch_to.active_element == buttons(page, figure)[1]
    page.switch_to.active_element.send_keys(Keys.ARROW_LEFT)
    assert seen(page, figure) == first


@pytest.mark.parametrize("what", ["words", "questions"])
def test_a_click_on_its_text_chooses_a_word_or_a_question(page, what):
    figure = gallery(page, what)
    before = seen(page, figure)
    page.execute_script("arguments[0].nextElementSibling.click()", buttons(page, figure)[-1])
    after = seen(page, figure)
    assert after["maps"] != before["maps"] and fits(after)


@pytest.mark.parametrize("what", ["words", "questions"])
def test_another_picture_has_words_and_questions_of_its_own(page, what):
    figure = gallery(page, what)
    before = seen(page, figure)
    page.execute_script("arguments[0].focus()", figure.find_element("tag name", "select"))
    page.switch_to.active_element.send_keys(Keys.ARROW_DOWN)
    after = seen(page, figure)
    assert after["pictures"] != before["pictures"] and after["maps"] != before["maps"] and fits(after)


def test_a_question_stands_shaded_above_its_answer(page):
    found = seen(page, gallery(page, "questions"))
    assert found["shaded"] == 1 and seen(page, gallery(page, "words"))["shaded"] == 0


@pytest.mark.parametrize("what", ["words", "questions"])
@pytest.mark.parametrize("width", [390, 1400])
def test_no_choice_makes_the_page_scroll_sideways(page, what, width):
    seen_as(page, width, "light")
    figure = gallery(page, what)
    for button in buttons(page, figure):
        page.execute_script("arguments[0].click()", button)
        over = page.execute_script("return [document.documentElement, arguments[0]].map("
                                   "one => one.scrollWidth - one.clientWidth)", figure)
        assert max(over) <= 0


@pytest.mark.parametrize("what", ["words", "questions"])
def test_on_paper_all_maps_of_the_chosen_picture_are_there(page, what):
    figure = gallery(page, what)
    count = len(buttons(page, figure))
    page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    printed = seen(page, figure)
    page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
    assert len(printed["texts"]) == count and len(printed["pictures"]) == 1 and len(printed["maps"]) >= 2 * count


def test_without_javascript_everything_is_there(page, address, tmp_path):
    text = Path(unquote(urlparse(address).path)).read_text(encoding="utf-8")
    (tmp_path / "index.html").write_text(text[: text.rindex("<script>")], encoding="utf-8")
    page.get((tmp_path / "index.html").as_uri())
    for what in ("words", "questions"):
        figure = gallery(page, what)
        there = len(figure.find_elements("css selector", ".item"))
        found = seen(page, figure)
        assert len(found["texts"]) == there and len(found["pictures"]) > 1
        assert (found["buttons"] > 0) == (what == "words"), "a list that does nothing is not shown"
