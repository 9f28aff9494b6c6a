"""The quiz as one HTML file that needs nothing else: pictures and questions inside, `quiz.js` asks.

Read next: ``explain/quiz/quiz.js``.
"""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Sequence
from importlib.resources import files

import numpy as np

from nets.shapes import CLASSES, coverage

from .. import plot
from ..evaluation.methods import METHODS
from ..page import STYLE
from .questions import OBJECTS, Question

ICON = 40  # pixels
UPRIGHT = {"triangle": 0.5, "star": -0.5, "heart": -0.75, "arrow": -0.5}  # turns, in units of pi
DARK, LIGHT = 0.16, 0.95  # an icon's grounds and shape


def render_quiz(asked: Sequence[Question], seed: int = 0) -> bytes:
    """Write the questions as one HTML document, encoded in UTF-8.

    Parameters
    ----------
    asked : sequence of `Question`
        In the order in which they are asked.
    seed : int
        Which they were made from, for the record.
    """
    if not asked:
        raise ValueError("quiz: there are no questions")
    names = list(dict.fromkeys(question.method for question in asked))
    data = {
        "seed": seed,
        "objects": OBJECTS,
        "classes": [{"name": name, "icon": source(icon(c))} for c, name in enumerate(CLASSES)],
        "methods": [{"name": name, "baseline": METHODS[name].baseline} for name in names],
        "questions": [{"method": question.method, "map": source(question.heat), "picture": source(question.picture),
                       "said": question.said, "p": round(question.p, 4), "there": question.there}
                      for question in asked],
    }
    page = part("quiz.html")
    for place, text in {"STYLE": STYLE + part("quiz.css"), "DATA": as_script(data), "SCRIPT": part("quiz.js"),
                        "COUNT": html.escape(str(len(asked))), "CLASSES": str(len(CLASSES)),
                        "METHODS": str(len(names))}.items():
        page = page.replace(f"{{{{{place}}}}}", text)
    return page.encode()


def part(name: str) -> str:
    """The text of a file of this folder."""
    return (files(__package__) / name).read_text(encoding="utf-8")


def as_script(data) -> str:
    """JSON that can stand in a script element, which a ``</script>`` inside a string would end.

    Examples
    --------
    >>> as_script({"name": "</script>"})
    '{"name": "<\\\\/script>"}'
    """
    return json.dumps(data).replace("</", "<\\/")


def source(rgb: np.ndarray) -> str:
    """A tile (H, W, 3) in [0, 1] as the address of a PNG that lies in the address itself."""
    return "data:image/png;base64," + base64.b64encode(plot.pixels(rgb)).decode()


def icon(c: int, size: int = ICON) -> np.ndarray:
    """Class c's shape, light on dark, (size, size, 3)."""
    radius, angle = 0.46 * size, np.pi * UPRIGHT.get(CLASSES[c], 0.0)
    dy, dx = (np.mgrid[:size, :size] + 0.5 - size / 2) / radius
    along, across = np.cos(angle) * dx + np.sin(angle) * dy, np.cos(angle) * dy - np.sin(angle) * dx
    share = coverage(np.array([c]), along[None], across[None], np.array([radius]))[0]
    return np.repeat((DARK + share * (LIGHT - DARK))[..., None], 3, axis=2)
