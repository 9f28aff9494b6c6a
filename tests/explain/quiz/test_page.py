"""The quiz's page: complete in itself, and its icons are the shapes."""

import json
import re

import numpy as np
import pytest

import nets
from explain.quiz import render_quiz
from explain.quiz.page import DARK, LIGHT, as_script, icon


def test_the_page_needs_nothing_else(quiz_page):
    text = quiz_page.read_text(encoding="utf-8")
    assert not re.findall(r"https?:|@import|url\(|<link|src=\"(?!data:)|\{\{", text)


def test_all_that_is_asked_is_in_the_page(quiz_page, asked):
    data = json.loads(re.search(r'id="data">(.*?)</script>', quiz_page.read_text(encoding="utf-8"))[1])
    assert [one["said"] for one in data["questions"]] == [one.said for one in asked]
    assert [one["method"] for one in data["questions"]] == [one.method for one in asked]
    assert data["methods"] == [{"name": "Grad-CAM", "baseline": False}, {"name": "edges", "baseline": True}]
    assert [one["name"] for one in data["classes"]] == list(nets.CLASSES) and data["seed"] == 7


def test_the_same_questions_make_the_same_page(asked):
    assert render_quiz(asked, seed=7) == render_quiz(asked, seed=7)


def test_data_cannot_end_the_script_that_holds_them():
    nasty = {"name": "</script><b>"}
    assert "</" not in as_script(nasty) and json.loads(as_script(nasty)) == nasty


@pytest.mark.parametrize("c", range(len(nets.CLASSES)), ids=nets.CLASSES)
def test_every_icon_is_a_light_shape_of_its_own_that_touches_no_border(c):
    drawn = icon(c)
    border = np.concatenate([drawn[0], drawn[-1], drawn[:, 0], drawn[:, -1]])
    assert np.allclose(border, DARK) and np.isclose(drawn.max(), LIGHT)
    assert all((drawn != icon(other)).any() for other in range(len(nets.CLASSES)) if other != c)


def test_icons_stand_upright():
    widths = {name: (icon(c)[..., 0] > 0.5).sum(axis=1) for c, name in enumerate(nets.CLASSES)}
    tops, bottoms = ({name: halves[half].sum() for name, halves in
                      ((name, np.split(width, 2)) for name, width in widths.items())} for half in (0, 1))
    assert tops["triangle"] < bottoms["triangle"] and tops["heart"] > bottoms["heart"]
    assert tops["arrow"] > bottoms["arrow"]


def test_a_quiz_without_questions_is_refused():
    with pytest.raises(ValueError, match="there are no questions"):
        render_quiz([])
