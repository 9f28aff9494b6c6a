"""The smallest parts of a page: a picture with its bytes inside, a list to choose from, a caption.

Read next: ``page.py``.
"""

from __future__ import annotations

import base64
import html


def select(what: str, names: list[str]) -> str:
    """A list to choose from.  ``autocomplete`` is off, or a reloaded page would remember what it no longer shows."""
    options = "".join(f'<option value="{i}">{html.escape(name)}</option>' for i, name in enumerate(names))
    return f'<label>{html.escape(what)} <select autocomplete="off">{options}</select></label>'


def image(png: bytes, alt: str, attributes: str = "") -> str:
    source = "data:image/png;base64," + base64.b64encode(png).decode()
    return f'<img src="{source}" alt="{html.escape(alt, quote=True)}"{attributes}>'


def caption(text: str) -> str:
    return f"<figcaption>{html.escape(text)}</figcaption>" if text else ""
