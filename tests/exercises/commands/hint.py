"""``hint`` and ``solution``: three steps towards an answer, and the answer."""

from __future__ import annotations

import textwrap

from ..pages import HINTS
from ..registry import Exercise
from ..surgery import body_text
from ..workspace import Workspace, here
from . import named, page_of


def add_to(commands) -> None:
    hints = commands.add_parser("hint", help="the idea; asked again, the equation; and again, the shapes")
    hints.add_argument("name", nargs="?", help="the exercise (default: the next one)")
    hints.add_argument("--level", type=int, choices=(1, 2, 3), help="up to this step at once")
    hints.set_defaults(run=show_hint)
    answer = commands.add_parser("solution", help="your answer beside ours, and why ours is as it is")
    answer.add_argument("name", help="the exercise")
    answer.set_defaults(run=show_solution)


def show_hint(options) -> int:
    workspace = here()
    exercise = named(workspace, options.name)
    words = words_for(workspace, exercise)
    level = options.level or min(workspace.progress.get(exercise.name, {}).get("hints", 0) + 1, len(HINTS))
    workspace.note(exercise, hints=level)
    for i, word in enumerate(HINTS[:level]):
        print(f"{word} ({i + 1} of {len(HINTS)})\n\n{textwrap.indent(words[word], '  ')}\n")
    print(f"Next: python -m tests check {exercise.name}"
          + (f"   (or hint {exercise.name}, for more)" if level < len(HINTS) else f"   (or solution {exercise.name})"))
    return 0


def show_solution(options) -> int:
    workspace = here()
    exercise = named(workspace, options.name)
    theirs = written(workspace.source(exercise), exercise.function)
    for title, text in (("Yours", theirs), *ours(workspace, exercise)):
        print(f"{title}\n\n{textwrap.indent(text.rstrip(), '    ')}\n")
    print(f"Why\n\n{textwrap.indent(words_for(workspace, exercise)['Why'], '  ')}\n")
    print(f"Next: python -m tests {'next' if workspace.passed(exercise) else f'check {exercise.name}'}")
    return 0


def ours(workspace: Workspace, exercise: Exercise) -> list[tuple[str, str]]:
    """Our body, and those of the helpers that were taken out along with it, each with a title."""
    source = workspace.reference_source(exercise)
    helpers = [(f"Its helper {name}", body_text(source, name)) for name in exercise.helpers]
    return [("Ours", body_text(source, exercise.function)), *helpers]


def written(source: str, function: str) -> str:
    """The learner's body, or a remark that it can't be read."""
    try:
        return body_text(source, function)
    except (SyntaxError, ValueError, LookupError) as error:
        return f"(cannot be read: {error})"


def words_for(workspace: Workspace, exercise: Exercise) -> dict[str, str]:
    """The paragraphs of the exercise's section; where there is no page, a word in their place."""
    page = page_of(workspace, exercise)
    nothing = dict.fromkeys((*HINTS, "Why"), "(this exercise has no page)")
    return nothing if page is None else page.sections.get(exercise.name, nothing)
