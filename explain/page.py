"""A page to read: sections of words, formulae and pictures, written to one HTML file that needs nothing else.

Pictures are inside the file, so it opens from a disk, without a network, and can be passed on.  It is light or dark as
the reader's screen is, and prints on paper.  Where there is a choice, all pictures are there from the start, and a few
lines of JavaScript show the one that is chosen; without JavaScript, it is the first.  (What goes with a sentence is in
``gallery.py``.)
"""

from __future__ import annotations

import html
import itertools
import math
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from . import gallery
from .elements import caption, image, select
from .gallery import Gallery

STYLE = """
:root { color-scheme: light dark; --ink: #1d1d1f; --dim: #5f6368; --paper: #ffffff; --card: #f4f4f2; --line: #dcdcd8;
        --link: #0b57d0 }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e8e8e6; --dim: #a0a4a8; --paper: #18191b; --card: #232528; --line: #3a3c40; --link: #8ab4f8 } }
* { box-sizing: border-box }
body { margin: 0 auto; max-width: 60rem; padding: 1rem 1.2rem 4rem; background: var(--paper); color: var(--ink);
       font: 1.05rem/1.6 system-ui, sans-serif }
h1 { font-size: 2rem; line-height: 1.2; margin: 1.5rem 0 .5rem } h2 { font-size: 1.4rem; margin: 0 0 .3rem }
a { color: var(--link) } nav ol { columns: 2; padding-left: 1.4rem } nav li { break-inside: avoid }
section { border-top: 1px solid var(--line); margin-top: 2.5rem; padding-top: 1.2rem }
.question { color: var(--dim); font-style: italic; margin: 0 0 .8rem }
.formula { background: var(--card); border-left: 3px solid var(--link); padding: .5rem .9rem; overflow-x: auto }
.formula td { border: 0; padding: .15rem 1.5rem .15rem 0; font: 1.05rem/1.5 "STIX Two Math", Cambria, serif }
.formula td:first-child { font: inherit; color: var(--dim) }
figure { margin: 1rem 0; overflow-x: auto; background: #ffffff; border: 1px solid var(--line); border-radius: 6px }
figure img:not([hidden]) { display: block; margin: 0 auto; max-width: max(100%, 32rem); height: auto }
figcaption { color: #444; background: #ffffff; padding: .2rem .8rem .6rem; font-size: .9rem }
.controls { display: flex; flex-wrap: wrap; gap: .4rem 1.2rem; padding: .6rem .8rem 0; color: #444; font-size: .95rem }
.controls select { font: inherit; padding: .15rem .3rem; color-scheme: light }
pre { background: var(--card); padding: .7rem .9rem; overflow-x: auto; font-size: .88rem; line-height: 1.45 }
.notice { border-left: 3px solid var(--line); padding-left: .9rem }
table { border-collapse: collapse } td, th { border-bottom: 1px solid var(--line); padding: .2rem .9rem .2rem 0;
  text-align: left }
.table { margin: 1rem 0 0; overflow-x: auto } .table table { font-size: .9rem; line-height: 1.4 }
.table td, .table th { vertical-align: top } .table thead th { vertical-align: bottom }
.caption { color: var(--dim); font-size: .9rem; margin: .5rem 0 1rem }
.numbers td, .numbers thead th + th { text-align: right; padding: .2rem 0 .2rem .6rem; white-space: pre-line }
.table.numbers table { font-size: .82rem; line-height: 1.3; font-variant-numeric: tabular-nums }
@media (max-width: 40rem) { nav ol { columns: 1 } h1 { font-size: 1.6rem } }
@media print {
  :root { color-scheme: light } body { max-width: none; font-size: 10pt } nav { display: none }
  h2, .question, .formula { break-after: avoid }
  figure, pre, .formula, .table { break-inside: avoid; overflow: visible }
  figure img:not([hidden]) { max-width: 100%; max-height: 22cm } pre { white-space: pre-wrap } }
"""

SCRIPT = """
for (const figure of document.querySelectorAll("figure.choice")) {
  const lists = [...figure.querySelectorAll("select")];
  for (const list of lists) list.addEventListener("change", () => {
    const chosen = lists.map(one => one.value).join(",");
    for (const img of figure.querySelectorAll("img")) img.hidden = img.dataset.key !== chosen;
  });
}
"""


@dataclass
class Shown:
    """A picture on the page: the bytes of a PNG, what it shows for those who can't see it, and a caption."""

    png: bytes
    alt: str
    caption: str = ""


@dataclass
class Choice:
    """A picture that the reader changes: one for every combination of some options.

    Attributes
    ----------
    options : dict from what is chosen to the names of the options
        For example ``{"class": ["star", "pill"], "rule": ["vanilla", "guided"]}``.
    pngs : list of bytes
        A picture for each combination, the last option varying fastest.
    alt, caption : str
        As for `Shown`; the names of the chosen options are added to `alt`.
    """

    options: dict[str, list[str]]
    pngs: list[bytes]
    alt: str
    caption: str = ""

    def __post_init__(self):
        if len(self.pngs) != math.prod(len(names) for names in self.options.values()) or not self.pngs:
            raise ValueError(f"choice: {len(self.pngs)} pictures for the combinations of {self.options}")


@dataclass
class Table:
    """Rows of words or of numbers.  A wide one scrolls by itself, and the page around it stays where it is.

    Attributes
    ----------
    columns : list of str
        A title for each column.
    rows : list of list of str
        The first cell of each is the row's title.
    caption : str
        What the table shows.
    numbers : bool
        Whether the cells are numbers, which stand at the right of their columns.
    strong : collection of (row, column)
        Cells that stand out; column 0 holds the rows' titles.
    """

    columns: list[str]
    rows: list[list[str]]
    caption: str
    numbers: bool = False
    strong: Collection[tuple[int, int]] = ()

    def __post_init__(self):
        wrong = [row for row in self.rows if len(row) != len(self.columns)]
        if wrong or not self.rows:
            raise ValueError(f"table: {len(self.columns)} columns, and rows {wrong or 'missing'}")


@dataclass
class Section:
    """One stop of the tour.

    Attributes
    ----------
    key : str
        Short name, for links.
    title, question : str
        The question is the one that this section answers.
    formula : list of (name, formula)
        The name is empty where there is only one.
    shown : list of Shown, Choice, Table and Gallery
    notice : str
        What to look for in the pictures.
    code : str
        The lines that make the result, ready to be pasted.
    """

    key: str
    title: str
    question: str
    formula: list[tuple[str, str]] = field(default_factory=list)
    shown: list[Shown | Choice | Table | Gallery] = field(default_factory=list)
    notice: str = ""
    code: str = ""


def render(title: str, introduction: str, sections: list[Section]) -> bytes:
    """Write the sections as one HTML document, encoded in UTF-8."""
    return render_page(title, introduction, [render_section(section) for section in sections])


def render_page(title: str, introduction: str, sections: list[str]) -> bytes:
    """Write sections that `render_section` has rendered as one HTML document, encoded in UTF-8."""
    contents = "".join(f'<li><a href="#{key}">{name}</a></li>' for key, name in map(heading, sections))
    parts = [
        "<!doctype html>",
        '<html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{html.escape(title)}</title><style>{STYLE}{gallery.STYLE}</style></head><body>",
        f"<header><h1>{html.escape(title)}</h1><p>{html.escape(introduction)}</p></header>",
        f'<nav aria-label="Contents"><ol>{contents}</ol></nav><main>',
        *sections,
        f"</main><script>{SCRIPT}{gallery.SCRIPT}</script></body></html>\n",
    ]
    return "\n".join(parts).encode()


def heading(section: str) -> tuple[str, str]:
    """Key and title (as HTML) of a rendered section."""
    found = re.match(r'<section id="([^"]+)"><h2>(.*?)</h2>', section)
    if found is None:
        raise ValueError("page: this is no section that render_section made")
    return found[1], found[2]


def render_section(section: Section) -> str:
    """One section; whatever is empty is left out."""
    parts = [f'<section id="{section.key}"><h2>{html.escape(section.title)}</h2>']
    parts.append(f'<p class="question">{html.escape(section.question)}</p>')
    if section.formula:
        rows = "".join(f"<tr><td>{html.escape(n)}</td><td>{html.escape(f)}</td></tr>" for n, f in section.formula)
        parts.append(f'<div class="formula"><table>{rows}</table></div>')
    parts += [RENDERERS[type(one)](one) for one in section.shown]
    if section.notice:
        parts.append(f'<p class="notice">{html.escape(section.notice)}</p>')
    if section.code:
        parts.append(f"<pre><code>{html.escape(section.code.strip())}</code></pre>")
    return "\n".join([*parts, "</section>"])


def render_figure(shown: Shown) -> str:
    """A picture with its bytes inside."""
    return f"<figure>{image(shown.png, shown.alt)}{caption(shown.caption)}</figure>"


def render_choice(choice: Choice) -> str:
    """All pictures, all but the first hidden, beneath a list for each thing that can be chosen."""
    controls = "".join(select(what, names) for what, names in choice.options.items())
    combinations = itertools.product(*(list(enumerate(names)) for names in choice.options.values()))
    pictures = []
    for i, (png, combination) in enumerate(zip(choice.pngs, combinations)):
        key = ",".join(str(number) for number, _ in combination)
        names = ", ".join(name for _, name in combination)
        pictures.append(image(png, f"{choice.alt} ({names})", f' data-key="{key}"' + (" hidden" if i else "")))
    return (f'<figure class="choice"><div class="controls">{controls}</div>{"".join(pictures)}'
            f"{caption(choice.caption)}</figure>")


def render_table(table: Table) -> str:
    """Titles above and at the left; the frame can be reached by keyboard, so that the arrow keys scroll it."""
    titles = "".join(f'<th scope="col">{html.escape(title)}</th>' for title in table.columns)
    rows = "".join(render_row(row, [c for r, c in table.strong if r == i]) for i, row in enumerate(table.rows))
    text = html.escape(table.caption, quote=True)
    return (f'<div class="table{" numbers" if table.numbers else ""}" role="region" aria-label="{text}" tabindex="0">'
            f"<table><thead><tr>{titles}</tr></thead><tbody>{rows}</tbody></table></div>"
            f'<p class="caption">{text}</p>')


def render_row(row: list[str], strong: list[int]) -> str:
    """A row of a table: its title, then its cells."""
    texts = [f"<strong>{html.escape(cell)}</strong>" if c in strong else html.escape(cell)
             for c, cell in enumerate(row)]
    return f'<tr><th scope="row">{texts[0]}</th>{"".join(f"<td>{text}</td>" for text in texts[1:])}</tr>'


RENDERERS: dict[type, Callable[..., str]] = {Shown: render_figure, Choice: render_choice, Table: render_table,
                                           Gallery: gallery.render_gallery}
