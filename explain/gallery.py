"""A gallery: pictures of which something is said, and a map for each word of it, or for each question about it.

The reader chooses a picture, and then a word (hover, tap, arrow keys) or a question (from a list).  Both are radio
buttons, so a browser already knows how they are reached and moved along by keyboard, and what to tell those who listen
to a page.  The few lines of JavaScript only hide what is not chosen: without them, and on paper, all of it is there,
side by side and small.

Read next: ``lecture/speaking.py``, which fills two of them.
"""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass

from .elements import caption, image, select

SHADE = (1.0, 0.62, 0.15)  # of the word that counts most

STYLE = """
figure.gallery { color: #222; color-scheme: light; padding: .2rem .8rem .4rem }
.gallery .controls { padding: .5rem 0 .2rem }
.gallery p { margin: .4rem 0 } .gallery h3 { margin: .8rem 0 .2rem; font-size: 1rem }
.gallery figcaption { padding: .3rem 0 } .gallery fieldset { border: 0; margin: .3rem 0; padding: 0 }
.gallery legend { color: #444; font-size: .9rem; padding: 0 }
.gallery.words .pick label { display: inline-block; position: relative; cursor: pointer }
.gallery.words .pick input { position: absolute; opacity: 0; inset: 0; margin: 0; cursor: pointer }
.gallery.words .pick span { display: block; border-radius: 6px; padding: .15rem .5rem;
  font-size: 1.2rem; line-height: 1.2 }
.gallery.words .pick :checked + span { background: #cfe0fd } .gallery small { color: #444; font-size: .75rem }
.gallery.words .pick small, .shaded small { display: block; text-align: center; line-height: 1.2 }
.gallery .pick :focus-visible + span { outline: 2px solid #0b57d0 }
.gallery.questions .pick label { display: block; width: fit-content; cursor: pointer; padding: .1rem 0 }
.gallery.questions .pick span { border-radius: 4px; padding: .1rem .3rem }
.gallery.questions .pick :checked + span { background: #cfe0fd }
.gallery .rest { margin-top: .6rem }
.gallery .row { display: flex; flex-wrap: wrap; gap: .5rem .6rem; align-items: flex-start }
.gallery .item { display: flex; flex-wrap: wrap; gap: 0 .4rem; max-width: 100%; break-inside: avoid }
.gallery .said { flex: 0 0 100% } .gallery.words .said { margin: 0; font-size: .85rem }
.tile { width: clamp(6.2rem, 15.5%, 8.6rem); font-size: .82rem; line-height: 1.25; color: #444; text-align: center }
.gallery .tile img { width: 100%; image-rendering: pixelated }
.gallery .item .tile { width: clamp(4.6rem, 15.5%, 8.6rem) } .gallery.words .item .tile { width: 5rem }
.gallery.words .item { width: 10.6rem }
.shaded { display: flex; flex-wrap: wrap; gap: .15rem; margin-bottom: .3rem; font-size: 1.15rem; color: #111 }
.shaded span { padding: .1rem .35rem; border-radius: 4px; print-color-adjust: exact } .shaded small { color: #111 }
.key { display: flex; flex-wrap: wrap; gap: .2rem .6rem; align-items: center; color: #444; font-size: .85rem }
.key i { width: 8rem; height: .7rem; border-radius: 3px; print-color-adjust: exact }
.gallery:not(.live) .controls, .gallery.questions:not(.live) .pick { display: none }
.gallery.live .group:not(.chosen) { display: none }
@media screen {
  .gallery.live h3.name, .gallery.live .item:not(.chosen) { display: none }
  .gallery.live .item.chosen { display: contents } .gallery.live .item.chosen .said { order: -1; font-size: 1rem }
  .gallery.live .item .tile { width: clamp(6.2rem, 15.5%, 8.6rem) }
  .gallery.words.live .row .tile { width: clamp(6.2rem, 31%, 17rem) }
  .gallery.words.live .row.rest .tile { width: clamp(6.2rem, 31%, 9rem) } }
@media print { .gallery.questions .pick { display: none } }
"""

SCRIPT = """
for (const figure of document.querySelectorAll("figure.gallery")) {
  const list = figure.querySelector("select"), groups = [...figure.querySelectorAll(".group")];
  const show = () => groups.forEach((group, number) => {
    group.classList.toggle("chosen", number === list.selectedIndex);
    const inputs = [...group.querySelectorAll("input")];
    group.querySelectorAll(".item").forEach((item, i) => item.classList.toggle("chosen", inputs[i].checked));
  });
  figure.addEventListener("change", show);
  if (figure.matches(".words")) for (const label of figure.querySelectorAll(".pick label"))
    label.addEventListener("mouseenter", () => {
      label.control.checked = true;
      if (document.activeElement.name === label.control.name) label.control.focus({preventScroll: true});
      show();
    });
  figure.classList.add("live");
  show();
}
"""


@dataclass
class Tile:
    """A small picture with its title beneath: the bytes of a PNG, and what it shows for those who can't see it."""

    png: bytes
    title: str
    alt: str


@dataclass
class Item:
    """What is seen when a word or a question is chosen.

    Attributes
    ----------
    name : str
        The word, or the question, in the list.
    text : str
        What is said about it.
    tiles : sequence of Tile
    note : str
        What stands under the word, such as its probability.
    shaded : sequence of (word, share)
        A sentence whose words are the darker, the larger their share of the whole; before `text`.
    """

    name: str
    text: str
    tiles: Sequence[Tile]
    note: str = ""
    shaded: Sequence[tuple[str, float]] = ()


@dataclass
class Group:
    """One picture of a gallery: its name in the list, what is always seen of it, and what can be chosen.

    Attributes
    ----------
    name : str
    tiles : sequence of Tile
        Always there, before those of the item.
    items : sequence of Item
    rest : sequence of Tile
        Always there, in a row of their own.
    text : str
        Above the items.
    """

    name: str
    tiles: Sequence[Tile]
    items: Sequence[Item]
    rest: Sequence[Tile] = ()
    text: str = ""


@dataclass
class Key:
    """What colours mean: a bar of them, between the words for its two ends."""

    low: str
    high: str
    colours: Sequence[tuple[float, float, float]]


@dataclass
class Gallery:
    """Pictures with words or questions to choose.

    Attributes
    ----------
    name : str
        Different from that of any other on the page.
    what : {"words", "questions"}
    groups : sequence of Group
    invitation : str
        How to choose, above the words or questions.
    keys : sequence of Key
    caption : str
    """

    name: str
    what: str
    groups: Sequence[Group]
    invitation: str
    keys: Sequence[Key] = ()
    caption: str = ""

    def __post_init__(self):
        if self.what not in ("words", "questions"):
            raise ValueError(f'gallery: what is {self.what!r}; use "words" or "questions"')
        if not self.groups or not all(group.items for group in self.groups):
            raise ValueError("gallery: there is nothing to choose; give groups, and items for each")


def render_gallery(gallery: Gallery) -> str:
    """All groups with all their items; the script shows one of each."""
    controls = select("picture", [group.name for group in gallery.groups])
    groups = "".join(render_group(gallery, number) for number in range(len(gallery.groups)))
    keys = "".join(map(render_key, gallery.keys))
    return (f'<figure class="gallery {gallery.what}"><div class="controls">{controls}</div>{groups}{keys}'
            f"{caption(gallery.caption)}</figure>")


def render_group(gallery: Gallery, number: int) -> str:
    """A picture's list of words or questions, and what belongs to each."""
    group = gallery.groups[number]
    buttons = " ".join(button(item, f"{gallery.name}-{number}", i) for i, item in enumerate(group.items))
    items = "".join(map(render_item, group.items))
    text = f"<p>{html.escape(group.text)}</p>" if group.text else ""
    rest = f'<div class="row rest">{tiles(group.rest)}</div>' if group.rest else ""
    return (f'<div class="group"><h3 class="name">{html.escape(group.name)}</h3>'
            f'<fieldset class="pick"><legend>{html.escape(gallery.invitation)}</legend>{buttons}</fieldset>{text}'
            f'<div class="row" aria-live="polite">{tiles(group.tiles)}{items}</div>{rest}</div>')


def button(item: Item, name: str, number: int) -> str:
    """A radio button with its word or question; the first is on, whatever the reader chose before reloading."""
    note = f"<small>{html.escape(item.note)}</small>" if item.note else ""
    on = " checked" if number == 0 else ""
    return (f'<label><input type="radio" name="{html.escape(name, quote=True)}" autocomplete="off"{on}>'
            f"<span>{html.escape(item.name)}{note}</span></label>")


def render_item(item: Item) -> str:
    sentence = shaded(item.shaded) if item.shaded else ""
    return f'<div class="item"><p class="said">{sentence}{html.escape(item.text)}</p>{tiles(item.tiles)}</div>'


def shaded(words: Sequence[tuple[str, float]]) -> str:
    """A sentence, each word on a ground that is the darker, the larger its share is next to the largest one."""
    most = max(share for _, share in words) or 1.0
    return '<span class="shaded">' + "".join(
        f'<span style="background: {css(shade(share / most))}">{html.escape(word)}<small>{share:.0%}</small></span>'
        for word, share in words) + "</span>"


def shade(strength: float) -> tuple[float, float, float]:
    """From white (0) to `SHADE` (1).

    Examples
    --------
    >>> shade(0.0)
    (1.0, 1.0, 1.0)
    """
    red, green, blue = (1 + strength * (part - 1) for part in SHADE)
    return red, green, blue


def css(colour: Sequence[float]) -> str:
    """A colour in [0, 1] as a style sheet has it.

    Examples
    --------
    >>> css((1.0, 0.5, 0.0))
    'rgb(255 128 0)'
    """
    return f"rgb({' '.join(str(round(255 * part)) for part in colour)})"


def render_key(key: Key) -> str:
    """The bar of colours is for the eye; the words at its ends are for everyone."""
    colours = ", ".join(map(css, key.colours))
    return (f'<p class="key"><span>{html.escape(key.low)}</span>'
            f'<i style="background: linear-gradient(to right, {colours})"></i><span>{html.escape(key.high)}</span></p>')


def tiles(shown: Sequence[Tile]) -> str:
    return "".join(f'<div class="tile">{image(tile.png, tile.alt)}{html.escape(tile.title)}</div>' for tile in shown)
