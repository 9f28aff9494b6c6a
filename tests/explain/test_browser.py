"""The page in a real browser, Debian's Chromium without a window, driven by Selenium: as a reader sees and uses it."""

import numpy as np
import pytest

from explain import plot
from explain.page import Choice, Section, Shown, Table, render

from .chromium import CONTRAST, complaints, seen_as

webdriver = pytest.importorskip("selenium.webdriver", reason="needs Selenium: pip install selenium")

# For every option of every list: whether exactly one picture is seen, the chosen one, and how wide it really is.
CHOOSE_EVERYTHING = """
const done = arguments[arguments.length - 1], seen = [];
(async () => {
  for (const figure of document.querySelectorAll("figure.choice")) {
    const lists = [...figure.querySelectorAll("select")];
    for (const list of lists) {
      for (let i = list.options.length - 1; i >= 0; i--) {
        list.value = list.options[i].value;
        list.dispatchEvent(new Event("change", {bubbles: true}));
        const visible = [...figure.querySelectorAll("img")].filter(img => img.getBoundingClientRect().width > 0);
        for (const img of visible) await img.decode().catch(() => {});
        seen.push({chosen: lists.map(one => one.value).join(","), keys: visible.map(img => img.dataset.key),
                   widths: visible.map(img => img.naturalWidth), alts: visible.map(img => img.alt),
                   name: list.options[i].text});
      }
    }
  }
  done(seen);
})();
"""

@pytest.fixture(scope="module")
def small_page(tmp_path_factory):
    """A picture, and two others that can be chosen in two ways each; all are different."""
    colours = iter(np.linspace(0.1, 0.9, 8))
    draw = lambda: plot.png(plot.grid([[np.full((8, 8, 3), next(colours))]]), dpi=60)  # noqa: E731
    choice = Choice({"class": ["star", "pill"], "rule": ["vanilla", "guided", "deconvnet"]},
                    [draw() for _ in range(6)], "A map", "Choose.")
    one = Section("first", "A <title>", "Why?", [("sum", "a < b " * 30)], [Shown(draw(), "A square", "A caption")],
                  "See.", "x = 1  # " + "a long line " * 20)
    wide = Table(["", *(f"measurement{i}" for i in range(20))], [["method", *20 * ["0.25"]]], "Wide.", numbers=True,
                 strong=[(0, 1)])
    two = Section("second", "Another title", "What if?", [], [choice, wide], code="y = 2")
    path = tmp_path_factory.mktemp("small") / "index.html"
    path.write_bytes(render("The page", "Introduction.", [one, two]))
    return path


@pytest.fixture(params=["small", pytest.param("lecture", marks=pytest.mark.training)], scope="module")
def opened(request, browser):
    """The browser with one of the pages open."""
    if request.param == "small":
        path = request.getfixturevalue("small_page")
    else:
        path = request.getfixturevalue("made_lecture") / "lecture" / "index.html"
    browser.get(path.as_uri())
    return browser


@pytest.fixture
def page(opened):
    """The open page, light and 1,000 pixels wide; whatever a test does to it, the console must stay silent."""
    seen_as(opened, 1000, "light")
    yield opened
    assert complaints(opened) == []


def test_every_picture_loads_and_says_what_it_shows(page):
    pictures = page.execute_async_script("""
        const done = arguments[0], pictures = [...document.images];
        Promise.allSettled(pictures.map(img => img.decode())).then(
          () => done(pictures.map(img => [img.naturalWidth, img.alt.trim()])));""")
    assert pictures and all(width > 0 and alt for width, alt in pictures)


def test_every_option_of_every_list_shows_its_own_picture(page):
    seen = page.execute_async_script(CHOOSE_EVERYTHING)
    for one in seen:
        assert one["keys"] == [one["chosen"]] and one["widths"][0] > 0 and one["name"] in one["alts"][0], one


def test_the_arrow_keys_change_the_picture(page):
    shown = "return [...arguments[0].querySelectorAll('img')].filter(i => i.checkVisibility()).map(i => i.dataset.key)"
    for figure in page.find_elements("css selector", "figure.choice"):
        for number, choices in enumerate(figure.find_elements("tag name", "select")):
            if page.execute_script("return arguments[0].options.length", choices) == 1:
                continue
            page.execute_script("arguments[0].selectedIndex = 0; arguments[0].focus()", choices)
            assert page.switch_to.active_element == choices
            choices.send_keys(webdriver.Keys.ARROW_DOWN)
            ((key,), selected) = page.execute_script(shown, figure), choices.get_property("value")
            assert key.split(",")[number] == selected == "1"


@pytest.mark.parametrize("width", [400, 1400])
def test_no_width_makes_the_page_scroll_sideways(page, width):
    seen_as(page, width, "light")
    inner, needed = page.execute_script("return [innerWidth, document.documentElement.scrollWidth]")
    assert inner == width and needed <= width


def test_a_table_that_is_too_wide_is_scrolled_by_the_arrow_keys_and_the_page_stays(page):
    seen_as(page, 400, "light")
    for frame in page.find_elements("css selector", ".table"):
        page.execute_script("arguments[0].focus({preventScroll: true})", frame)
        assert page.switch_to.active_element == frame
        frame.send_keys(*5 * [webdriver.Keys.ARROW_RIGHT])
        page.execute_async_script("setTimeout(arguments[0], 300)")  # it scrolls smoothly
        needed, there, moved = (frame.get_property(name) for name in ("scrollWidth", "clientWidth", "scrollLeft"))
        assert (moved > 0) == (needed > there) and page.execute_script("return scrollX") == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_stands_out_from_what_is_behind_it(page, scheme):
    seen_as(page, 1000, scheme)
    least = page.execute_script(CONTRAST)
    assert least["contrast"] >= 4.5, least
    dark = page.execute_script("return getComputedStyle(document.body).backgroundColor") != "rgb(255, 255, 255)"
    assert dark == (scheme == "dark")


def test_the_contents_lead_to_every_section(page):
    links = [link.get_attribute("href").split("#")[1] for link in page.find_elements("css selector", "nav a")]
    assert links == [one.get_attribute("id") for one in page.find_elements("tag name", "section")]
    page.find_elements("css selector", "nav a")[-1].click()
    top = page.execute_script("return document.getElementById(arguments[0]).getBoundingClientRect().top", links[-1])
    assert -1 < top < 900, "but for a part of a pixel, as pages scroll by whole ones"


def test_an_error_on_the_console_would_be_noticed(browser, small_page):
    browser.get(small_page.as_uri())
    browser.execute_script("setTimeout(() => nobody.knows())")
    browser.execute_async_script("setTimeout(arguments[0], 50)")
    assert any("nobody" in entry for entry in complaints(browser))
