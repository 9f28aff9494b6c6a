"""A page to read: sections of words, formulae and pictures, written to one HTML file that needs nothing else.

Pictures are inside the file, so it opens from a disk, without a network, and can be passed on.  It is light or dark as
the reader's screen is, prints on paper, and works without JavaScript.
"""

from __future__ import annotations

import base64
import html
from dataclasses import dataclass, field

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
figure img { display: block; margin: 0 auto; max-width: 100%; height: auto; min-width: min(100%, 34rem) }
figcaption { color: #444; background: #ffffff; padding: .2rem .8rem .6rem; font-size: .9rem }
pre { background: var(--card); padding: .7rem .9rem; overflow-x: auto; font-size: .88rem; line-height: 1.45 }
.notice { border-left: 3px solid var(--line); padding-left: .9rem }
table { border-collapse: collapse } td, th { border-bottom: 1px solid var(--line); padding: .2rem .9rem .2rem 0;
  text-align: left }
@media (max-width: 40rem) { nav ol { columns: 1 } h1 { font-size: 1.6rem } }
@media print { body { max-width: none; font-size: 10pt } section { break-inside: avoid-page } nav { display: none } }
"""


@dataclass
class Shown:
    """A picture on the page: the bytes of a PNG, what it shows for those who can't see it, and a caption."""

    png: bytes
    alt: str
    caption: str = ""


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
    shown : list of Shown
    notice : str
        What to look for in the pictures.
    code : str
        The lines that make the result, ready to be pasted.
    """

    key: str
    title: str
    question: str
    formula: list[tuple[str, str]] = field(default_factory=list)
    shown: list[Shown] = field(default_factory=list)
    notice: str = ""
    code: str = ""


def render(title: str, introduction: str, sections: list[Section]) -> bytes:
    """Write the sections as one HTML document, encoded in UTF-8."""
    contents = "".join(f'<li><a href="#{s.key}">{html.escape(s.title)}</a></li>' for s in sections)
    parts = [
        "<!doctype html>",
        '<html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{html.escape(title)}</title><style>{STYLE}</style></head><body>",
        f"<header><h1>{html.escape(title)}</h1><p>{html.escape(introduction)}</p></header>",
        f'<nav aria-label="Contents"><ol>{contents}</ol></nav><main>',
        *(render_section(section) for section in sections),
        "</main></body></html>\n",
    ]
    return "\n".join(parts).encode()


def render_section(section: Section) -> str:
    """One section; whatever is empty is left out."""
    parts = [f'<section id="{section.key}"><h2>{html.escape(section.title)}</h2>']
    parts.append(f'<p class="question">{html.escape(section.question)}</p>')
    if section.formula:
        rows = "".join(f"<tr><td>{html.escape(n)}</td><td>{html.escape(f)}</td></tr>" for n, f in section.formula)
        parts.append(f'<div class="formula"><table>{rows}</table></div>')
    parts += [render_figure(shown) for shown in section.shown]
    if section.notice:
        parts.append(f'<p class="notice">{html.escape(section.notice)}</p>')
    if section.code:
        parts.append(f"<pre><code>{html.escape(section.code.strip())}</code></pre>")
    return "\n".join([*parts, "</section>"])


def render_figure(shown: Shown) -> str:
    """A picture with its bytes inside."""
    source = "data:image/png;base64," + base64.b64encode(shown.png).decode()
    caption = f"<figcaption>{html.escape(shown.caption)}</figcaption>" if shown.caption else ""
    return f'<figure><img src="{source}" alt="{html.escape(shown.alt, quote=True)}">{caption}</figure>'
