"""The quiz in a real browser, played by mouse and by keyboard to the end."""

import csv
import io

import pytest
from scipy.stats import binomtest

from ..chromium import CONTRAST, complaints, seen_as

webdriver = pytest.importorskip("selenium.webdriver", reason="needs Selenium: pip install selenium")
Keys = webdriver.Keys


class Player:
    """Someone who plays the quiz."""

    def __init__(self, browser, asked):
        self.browser, self.said = browser, [one.said for one in asked]

    def __getitem__(self, name):
        return self.browser.find_element("id", name)

    def press(self, *keys):
        webdriver.ActionChains(self.browser).send_keys(*keys).perform()

    def focused(self):
        return self.browser.switch_to.active_element

    def answers(self):
        return self["answers"].find_elements("tag name", "button")

    def play(self, right):
        """Start, and answer by key: rightly where `right` says so, else with the next class."""
        self["start"].click()
        for said, good in zip(self.said, right):
            self.press(key_of(said if good else said + 1), Keys.ENTER)

    def table(self):
        return [[cell.text for cell in row.find_elements("css selector", "th, td")]
                for row in self["scores"].find_elements("tag name", "tr")]


def key_of(shape):
    return str((shape + 1) % 10)


@pytest.fixture
def player(browser, quiz_page, asked):
    """A player in front of the open page; whatever the test does, the console must stay silent."""
    browser.get(quiz_page.as_uri())
    seen_as(browser, 1000, "light")
    yield Player(browser, asked)
    assert complaints(browser) == []


def test_before_the_guess_nothing_tells_the_answer(player):
    player["start"].click()
    assert not player["picture"].is_displayed() and not player["next"].is_displayed()
    assert player["verdict"].text == "What did the network say?" and "circle" not in player["map"].get_attribute("alt")


def test_after_the_guess_there_are_the_picture_and_the_truth(player):
    player["start"].click()
    player.answers()[0].click()
    assert player["picture"].is_displayed() and player["picture"].get_attribute("naturalWidth") == "32"
    assert player["verdict"].text == ("Right: the network said circle (75% sure). In the picture: circle and "
                                      "hourglass. The method of the map: Grad-CAM.")
    assert player["picture"].get_attribute("alt") == "The picture: circle and hourglass; the circle is outlined"


def test_a_wrong_guess_is_told_and_who_never_saw_the_net_as_well(player):
    player["start"].click()
    player.press("1", Keys.ENTER, "1")
    assert player["verdict"].text == ("You guessed circle, but the network said star (75% sure). In the picture: "
                                      "star and cross. The method of the map: edges, which never saw the network.")
    marks = [button.find_element("class name", "mark").text for button in player.answers()]
    assert [(i, mark) for i, mark in enumerate(marks) if mark] == [(0, "✗"), (3, "✓")]


def test_a_net_that_names_what_is_not_there_is_told(player):
    player.play([True] * 4)
    player.press("1")
    assert "the network said triangle (75% sure), which is not there. In the picture: crescent and arrow." in player[
        "verdict"].text
    assert "outlined" not in player["picture"].get_attribute("alt")


@pytest.mark.parametrize("shape", range(10))
def test_every_answer_can_be_given_by_mouse_by_its_key_and_by_arrows(player, shape):
    ways = (lambda: player.answers()[shape].click(), lambda: player.press(key_of(shape)),
            lambda: player.press(*(shape + 1) * [Keys.ARROW_RIGHT], Keys.ENTER))
    for way in ways:
        player.browser.refresh()
        player["start"].click()
        way()
        assert player.browser.execute_script("return guesses") == [shape]


def test_arrows_move_along_rows_and_columns_and_around(player):
    player["start"].click()
    place = lambda: player.answers().index(player.focused())  # noqa: E731
    went = []
    for key in (Keys.ARROW_LEFT, Keys.ARROW_LEFT, Keys.ARROW_DOWN, Keys.ARROW_UP, Keys.ARROW_UP, Keys.ARROW_RIGHT):
        player.press(key)
        went.append(place())
    assert went == [0, 9, 4, 9, 4, 5]


def test_the_focus_is_where_one_goes_on(player):
    player["start"].click()
    assert player.focused() == player["number"] and player["number"].text == "Question 1 of 6"
    player.press("1")
    assert player.focused() == player["next"]
    player.press(Keys.ENTER)
    assert player.focused() == player["number"] and player["number"].text == "Question 2 of 6"
    player["stop"].click()
    assert player.focused() == player["score"]


def test_the_verdict_is_read_out_to_those_who_cannot_see_it(player):
    player["start"].click()
    assert player["verdict"].get_attribute("aria-live") == "polite" and player["answers"].aria_role == "group"
    assert all(button.accessible_name for button in player.answers())
    assert player.browser.execute_script("return [...document.images].every(img => img.hasAttribute('alt'))")


def test_a_second_answer_to_the_same_question_does_not_count(player):
    player["start"].click()
    player.press("1", "2", "3")
    assert player.browser.execute_script("return guesses") == [0] and not player.answers()[4].is_enabled()


def test_a_key_with_control_is_the_browsers(player):
    player["start"].click()
    webdriver.ActionChains(player.browser).key_down(Keys.CONTROL).send_keys("a").key_up(Keys.CONTROL).perform()
    player.browser.execute_script("document.dispatchEvent(new KeyboardEvent('keydown', {key: '1', ctrlKey: true}))")
    assert player.browser.execute_script("return guesses") == []


def test_the_score_is_that_of_each_method_with_wilsons_interval(player):
    player.play([True, False, True, True, False, False])
    rows = player.table()
    assert [row[:3] for row in rows] == [["Grad-CAM", "2 of 3", "67%"], ["edges (never saw the net)", "1 of 3", "33%"],
                                         ["all of them", "3 of 6", "50%"]]
    for row, (right, n) in zip(rows, ((2, 3), (1, 3), (3, 6))):
        interval = binomtest(right, n).proportion_ci(method="wilson")
        assert row[3] == f"{interval.low:.0%} to {interval.high:.0%}"
    assert player["summary"].text == "You guessed 3 of 6. By chance it would be about 0.6, one in 10."


@pytest.mark.parametrize("n", [1, 2, 7, 40])
def test_wilsons_interval_is_scipys_for_any_number_of_right_answers(player, n):
    for right in range(n + 1):
        ends = player.browser.execute_script("return wilson(...arguments)", right, n)
        assert ends == pytest.approx(tuple(binomtest(right, n).proportion_ci(method="wilson")), abs=1e-12)


def test_what_the_maps_told_is_judged_by_the_lower_end(player):
    told = [player.browser.execute_script("return told(arguments[0])", low) for low in (0.1, 0.2, 0.5, 0.51)]
    assert told == ["nothing, for all we can tell", "something about the picture", "something about the picture",
                    "which object it was"]


@pytest.mark.parametrize(("right", "words"), [
    ([True, False] * 3, "helped you less than those by Grad-CAM"),
    ([False, True] * 3, "Maps by edges, which never saw the network, served you as well as those by Grad-CAM"),
])
def test_a_map_that_never_saw_the_net_and_serves_as_well_is_named(player, right, words):
    player.play(right)
    assert words in player["meaning"].text


def test_who_stops_early_gets_the_score_of_what_was_answered(player):
    player.play([True])
    player["stop"].click()
    assert [row[:2] for row in player.table()] == [["Grad-CAM", "1 of 1"], ["all of them", "1 of 1"]]


def test_once_more_begins_from_nothing(player):
    player.play([True] * 6)
    player["again"].click()
    assert player["number"].text == "Question 1 of 6" and player.focused() == player["number"]
    player.press("2", Keys.ENTER)
    player["stop"].click()
    assert player.table()[-1][1] == "0 of 1"


def test_the_answers_can_be_saved(player):
    player.play([True, False])
    player["stop"].click()
    text = player.browser.execute_async_script(
        "fetch(document.getElementById('save').href).then(file => file.text()).then(arguments[0])")
    lines = list(csv.DictReader(io.StringIO(text)))
    assert [line["right"] for line in lines] == ["1", "0"] and lines[1]["guessed"] == "cross"
    assert lines[1] == lines[1] | {"seed": "7", "question": "2", "method": "edges", "said": "star"}
    assert player["save"].get_attribute("download") == "quiz-7.csv"


STAGES = {"welcome": lambda player: None, "asked": lambda player: player["start"].click(),
          "answered": lambda player: (player["start"].click(), player.press("2")),
          "scored": lambda player: player.play([True, False, True, True, False, True])}


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_stands_out_from_what_is_behind_it(player, stage, scheme):
    seen_as(player.browser, 1000, scheme)
    STAGES[stage](player)
    least = player.browser.execute_script(CONTRAST)
    assert least["contrast"] >= 4.5, least


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("width", [400, 1400])
def test_no_width_makes_the_page_scroll_sideways(player, stage, width):
    seen_as(player.browser, width, "light")
    STAGES[stage](player)
    inner, needed = player.browser.execute_script("return [innerWidth, document.documentElement.scrollWidth]")
    assert inner == width and needed <= width
