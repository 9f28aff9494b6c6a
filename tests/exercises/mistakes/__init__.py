"""Wrong answers that people give, and what they must be told: a file for each chapter, as in ``../path``."""

from typing import NamedTuple


class Mistake(NamedTuple):
    """A wrong body for an exercise, and words that the diagnosis must contain.

    Attributes
    ----------
    exercise : str
        Its name, such as ``"conv-forward"``.
    body : str
        What is written in place of the function's body, beginning at the left margin.
    diagnosis : str
        Words of the message that `check` must show.
    """

    exercise: str
    body: str
    diagnosis: str
