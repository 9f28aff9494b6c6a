"""The direct evaluation: a person guesses from a map alone what the net says, and gets a score for each method.

The other tests of ``explain/evaluation`` ask the net, or the truth; this one asks people, for whom explanations are
made (the first of the three kinds of AlRegib & Prabhushankar 2022).  ``questions`` draws what is asked, ``page`` writes
the page, ``quiz.js`` asks and keeps the score, ``command`` is the command line.
"""

from .page import render_quiz
from .questions import Question, questions

__all__ = ["Question", "questions", "render_quiz"]
