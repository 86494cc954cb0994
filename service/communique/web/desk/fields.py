"""What a kind's fields say of a release, in words: hours by their zone, names for keys."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from markupsafe import Markup, escape

from communique.domain import when
from communique.domain.association import Association
from communique.domain.kind import Each, Field, KindDefinition, Type, is_day
from communique.domain.release import Fields, Release
from communique.domain.text import in_language
from communique.errors import Invalid
from communique.web.desk.asking import Asking
from communique.web.desk.saying import LOCALES, WORDS

Fact = tuple[str, object]  # a name and its value, as `ui.facts` takes them


def language_named(code: str, language: str) -> str:
    """A language by its name in another: `French`, `français`."""
    return str(LOCALES[language].languages.get(code, code))


def told(
    ask: Asking, kind: KindDefinition, release: Release, associations: Mapping[str, Association]
) -> list[Fact]:
    """Those that a release says once, in the order of its kind."""
    given: Fields = release.fields
    zone = str(given.get("zone") or ask.here.time_zone)
    found: list[Fact] = []
    for one in kind.of_each(Each.RELEASE):
        if given.get(one.key) not in (None, False) and one.type is not Type.ZONE:
            label = in_language(one.labels, ask.language) if one.labels else one.key
            found.append((label, _value(ask, one, given[one.key], zone, associations)))
    return found


def _value(
    ask: Asking, one: Field, value: Any, zone: str, associations: Mapping[str, Association]
) -> object:
    """What is there may be of an older kind than the one that is declared now: then, as it is."""
    t = WORDS[ask.language]
    try:
        one.check(value)
    except Invalid:
        return str(value)
    match one.type:
        case Type.DAY | Type.MOMENT:
            return _moment(ask, value, zone)
        case Type.YES | Type.NUMBER:
            return t.number(value) if one.type is Type.NUMBER else t("releases.fact.yes")
        case Type.CHOICE:
            return in_language(one.choices[value], ask.language)
        case Type.LANGUAGES:
            return t.join([language_named(each, ask.language) for each in value])
        case Type.ASSOCIATIONS:
            return t.join([_name(ask, each, associations) for each in value])
        case Type.TEXTS:
            return t.join(list(value))
        case Type.QUOTATIONS:
            return t.join([f"“{each['words']}” – {each['name']}" for each in value])
        case Type.ADDRESS:
            return Markup("<br>").join(escape(line) for line in value.splitlines())
        case Type.LINK:
            return Markup('<a href="{0}" rel="noreferrer">{0}</a>').format(value)
    return str(value)


def _moment(ask: Asking, value: str, zone: str) -> object:
    t, hours = WORDS[ask.language], ask.hours
    if is_day(value):
        return hours.day(date.fromisoformat(value))
    try:
        at = when.instant(datetime.fromisoformat(value), zone)
    except Invalid:
        return value
    return t("releases.fact.by_clock", hour=hours.moment(at, zone), city=hours.city_of(zone))


def _name(ask: Asking, key: str, associations: Mapping[str, Association]) -> str:
    known = associations.get(key)
    return in_language(known.names, ask.language) if known else key
