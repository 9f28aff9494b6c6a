"""A quiz of six questions that can be answered by hand, without any net."""

import numpy as np
import pytest

from explain.quiz import Question, render_quiz

#         method      said  there
ASKED = (("Grad-CAM", 0, (0, 9)), ("edges", 3, (3, 4)), ("Grad-CAM", 9, (9, 1)),
         ("edges", 5, (6, 5)), ("Grad-CAM", 2, (7, 8)), ("edges", 4, (4, 0)))


@pytest.fixture(scope="session")
def asked():
    """Six questions; in the fifth the net names what is not there."""
    grey = lambda side, i: np.full((side, side, 3), i / 12)  # noqa: E731
    return [Question(method, grey(8, i), grey(32, i + 6), said, 0.75, there)
            for i, (method, said, there) in enumerate(ASKED)]


@pytest.fixture(scope="session")
def quiz_page(asked, tmp_path_factory):
    path = tmp_path_factory.mktemp("quiz") / "index.html"
    path.write_bytes(render_quiz(asked, seed=7))
    return path
