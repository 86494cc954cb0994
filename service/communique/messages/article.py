"""A release's words as a page shows them to anybody: no reader, no link to unsubscribe.

What is personal says nothing there: a section for some readers only is left out, and `default`
gives its other word. Where that would leave a hole in a sentence, the release has no article.
Never renders with a reader's values.
"""

from __future__ import annotations

from communique.domain.content import Article, Variant
from communique.messages import around, fields, names
from communique.messages.render import Flat, environment, line_in, located, one_line
from communique.messages.sources import Sources, read


class _Hole(Exception):
    """A value of the reader, where there is none."""


def article(variant: Variant) -> Article:
    """The words of a variant. Raises TemplateInvalid with the line where a reader is missing."""
    sources = read(variant.content, variant.language)
    flat = Flat(sources, names.common(variant))
    title, summary = (_one_line(sources, flat, key) for key in _LINES)
    kind = fields.declared(variant.content.templates, variant.content.kind)
    parts = around.parts(variant, kind)
    body = _said(sources, flat, "body")
    return Article(variant.language, title, summary, body, kind.nature, parts)


def title(variant: Variant) -> str:
    """Its title alone. Raises TemplateInvalid likewise."""
    sources = read(variant.content, variant.language)
    return _one_line(sources, Flat(sources, names.common(variant)), "subject")


def _one_line(sources: Sources, flat: Flat, key: str) -> str:
    return one_line(sources.edition[key].file, _said(sources, flat, key))


def _said(sources: Sources, flat: Flat, key: str) -> str:
    source = sources.edition[key]
    within = environment(None, sources.language, html=key == "body")
    within.finalize = _whole
    template = flat.spoken(key, within)
    with located(source):
        try:
            return template.render(names.NOBODY)
        except _Hole as hole:
            raise source.invalid("template_without_reader", line_in(hole.__traceback__)) from None


_LINES = ("subject", "preheader")


def _whole(value: object) -> object:
    if not str(value).strip():
        raise _Hole
    return value
