"""What the press gets before anybody may tell: the release, marked with until when.

The mark is no part of what was approved, as the date of a message is none: it says when, and moving
the hour changes no word of anybody.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from babel.dates import get_timezone_name

from communique.domain import when
from communique.domain.content import Variant
from communique.messages import names

_WORDS = {
    "fr": "Sous embargo jusqu’au {day}, {hour} ({zone})",
    "en": "Embargoed until {day}, {hour} ({zone})",
}
_LOCALES = {"fr": "fr_CA"}


def marked(variant: Variant) -> Variant:
    """The variant for a list of the press, with its embargo in subject and text, if it has one."""
    if variant.embargo is None:
        return variant
    until = said(variant.embargo, variant.host.time_zone, variant.language)
    editions = tuple(
        replace(one, subject=f"{until} – {one.subject}", body=f"**{until}**\n\n{one.body}")
        if one.language == variant.language
        else one
        for one in variant.content.editions
    )
    return replace(variant, content=replace(variant.content, editions=editions))


def said(until: datetime, zone: str, language: str) -> str:
    """Until when, in the words of a language and by the clocks of a zone."""
    local = until.astimezone(when.zone(zone))
    known = names.filters(language)
    return _WORDS.get(language, _WORDS["en"]).format(
        day=known["date"](local.date()),
        hour=known["hour"](local),
        zone=get_timezone_name(local, locale=_LOCALES.get(language, language)),
    )
