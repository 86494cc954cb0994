"""The characters that stand for what is personal while all else is rendered (docs/decisions/0003).

No text of a template, an author or an association may hold one: it would stand for another's value.
"""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import unquote

from communique.domain.text import PRIVATE_USE

FIRST, LAST = ord(PRIVATE_USE[0]), ord(PRIVATE_USE[-1])
KEPT = re.compile(f"[{PRIVATE_USE}]")
# One that stands in HTML's text, or else a whole tag, comment, title or style sheet around it.
MARKUP = re.compile(
    rf"<!--.*?(?:-->|\Z)|<(title|style)\b.*?(?:</\1>|\Z)|<[a-zA-Z/!][^>]*(?:>|\Z)|{KEPT.pattern}",
    re.DOTALL,
)


def stray(text: str) -> tuple[int, str] | None:
    """The line and the name of a kept character in `text`, as it is or as Markdown may read it."""
    for form in (text, unescape(text), unquote(text)):
        if found := KEPT.search(form):
            return form.count("\n", 0, found.start()) + 1, f"U+{ord(found[0]):04X}"
    return None
