"""A kind's fields as a form has them: one way for every type, whatever a kind declares.

What was typed and is no such value stays as it was typed, so that nothing is lost: what is wrong
with it is told where everything is that stands in a release's way.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from communique.domain import when
from communique.domain.association import Association
from communique.domain.kind import QUOTATION, Each, Field, KindDefinition, Type, is_day, kept
from communique.domain.release import Fields
from communique.domain.text import in_language
from communique.errors import Invalid
from communique.web.desk.asking import Asking
from communique.web.desk.fields import language_named

LINES = (Type.PROSE, Type.ADDRESS, Type.TEXTS)  # what is written in several lines
SEVERAL = (Type.LANGUAGES, Type.ASSOCIATIONS)


@dataclass(frozen=True, slots=True)
class Entry:
    """One field in a form: its name there, and what it has now."""

    name: str
    type: str
    label: str
    required: bool
    press: bool
    text: str = ""  # as it is typed; of a moment, its day
    hour: str = ""
    chosen: tuple[str, ...] = ()
    options: tuple[tuple[str, str], ...] = ()  # value and words
    rows: tuple[Mapping[str, str], ...] = ()  # of quotations, the last one empty


def entries(
    ask: Asking,
    kind: KindDefinition,
    each: Each,
    values: Fields,
    associations: Mapping[str, Association],
    language: str = "",
) -> Iterator[Entry]:
    """The fields that a release has once, or those of its edition in a language."""
    spoken = language or ask.language
    for one in kind.of_each(each):
        if one.key in kept(kind):
            continue
        text, hour = _typed(one, values.get(one.key))
        yield Entry(
            name(one.key, language),
            one.type.value,
            in_language(one.labels, spoken) if one.labels else one.key,
            one.required,
            one.press,
            text,
            hour,
            tuple(_chosen(one, values.get(one.key))),
            tuple(_options(ask, one, values.get(one.key), associations)),
            (*_rows(values.get(one.key)), {}) if one.type is Type.QUOTATIONS else (),
        )


def name(key: str, language: str = "") -> str:
    """What a field is called in the form, which is its id as well."""
    return f"{language}-f-{key}" if language else f"f-{key}"


def read(
    ask: Asking, kind: KindDefinition, each: Each, before: Fields, language: str = ""
) -> dict[str, Any]:
    """The values that a form has; of what it shows as it was, the very value. What the desk itself
    keeps there is as it was.
    """
    known = {one.key: one for one in kind.of_each(each) if one.key not in kept(kind)}
    values = {key: value for key, value in before.items() if key not in known}
    for key, one in known.items():
        typed = _read(ask, one, name(key, language))
        was = before.get(key)
        if was is not None and _same(one, typed, was):
            typed = was
        if typed is not None:
            values[key] = typed
    return values


def _same(one: Field, typed: Any, was: Any) -> bool:
    """Whether a form that shows `was` would have been sent back as `typed` is."""
    if one.type is Type.YES:
        return bool(typed) == (was is True)
    if one.type is Type.QUOTATIONS:
        return [*_rows(typed)] == [*_rows(was)]
    if one.type in SEVERAL:
        return sorted(_chosen(one, typed)) == sorted(_chosen(one, was))
    return [lines(part) for part in _typed(one, typed)] == [
        lines(part) for part in _typed(one, was)
    ]


def _typed(one: Field, value: Any) -> tuple[str, str]:
    """A value as it is typed: its text, or its day and its hour."""
    if value is None or one.type in (Type.YES, Type.QUOTATIONS, *SEVERAL):
        return "", ""
    if one.type is Type.MOMENT:
        day, _, hour = str(value).replace("T", " ").partition(" ")
        return (day, hour) if is_day(day) else ("", str(value))
    if isinstance(value, list):
        return "\n".join(map(str, value)), ""
    return str(value), ""


def _chosen(one: Field, value: Any) -> list[str]:
    if one.type is Type.YES:
        return ["yes"] if value is True else []
    if one.type in SEVERAL:
        return [str(each) for each in value] if isinstance(value, list) else []
    return [str(value)] if one.type is Type.CHOICE and value is not None else []


def _rows(value: Any) -> Iterator[Mapping[str, str]]:
    for one in value if isinstance(value, list) else ():
        if isinstance(one, dict):
            yield {key: str(one.get(key, "")) for key in QUOTATION}


def _options(
    ask: Asking, one: Field, value: Any, associations: Mapping[str, Association]
) -> Iterator[tuple[str, str]]:
    """What can be chosen; what is there and cannot be any more, last."""
    found: dict[str, str] = {}
    match one.type:
        case Type.CHOICE:
            found = {key: in_language(words, ask.language) for key, words in one.choices.items()}
        case Type.LANGUAGES:
            spoken = [each for known in associations.values() for each in known.languages]
            found = {each: language_named(each, ask.language) for each in sorted({*spoken})}
        case Type.ASSOCIATIONS | Type.QUOTATIONS:
            found = {
                key: in_language(known.names, ask.language) for key, known in associations.items()
            }
        case Type.ZONE:
            found = {known.time_zone: "" for known in associations.values()}
    yield from found.items()
    yield from ((key, key) for key in _chosen(one, value) if key not in found)


def _read(ask: Asking, one: Field, called: str) -> Any:
    """What was typed; None where nothing was."""
    text = lines(ask.value(called))
    match one.type:
        case Type.YES:
            return (text == "yes") or (False if one.required else None)
        case Type.NUMBER:
            number = text.isascii() and text.isdecimal() and len(text) < 16
            return int(text) if number else text or None
        case Type.MOMENT:
            return _moment(text, ask.value(f"{called}-hour")) or None
        case Type.TEXTS:
            return [each.strip() for each in text.split("\n") if each.strip()] or None
        case Type.LANGUAGES | Type.ASSOCIATIONS:
            return ask.values(called) or None
        case Type.QUOTATIONS:
            return list(_quoted(ask, called)) or None
    return text or None


def _moment(day: str, hour: str) -> str:
    """A day, or an hour of it; whatever is no hour stays as it is."""
    if not day or not hour:
        return day or hour
    try:
        return f"{day}T{when.clock(hour):%H:%M}"
    except Invalid:
        return f"{day} {hour}"


def _quoted(ask: Asking, called: str) -> Iterator[dict[str, str]]:
    count = 0
    while f"{called}-{count}-words" in ask.fields:
        row = {key: lines(ask.value(f"{called}-{count}-{key}")) for key in QUOTATION}
        if any(row.values()):
            yield {key: part for key, part in row.items() if part}
        count += 1


def lines(text: str) -> str:
    """A text of several lines as it is kept: a browser ends each as mail does."""
    return text.replace("\r\n", "\n").strip()


def listed(text: str) -> tuple[str, ...]:
    """One value a line."""
    return tuple(one.strip() for one in lines(text).split("\n") if one.strip())


def of_several(given: Collection[str], before: Sequence[str]) -> tuple[str, ...]:
    """What was chosen, in the order in which it was before; what is new comes after that."""
    stays = [one for one in before if one in given]
    return tuple(dict.fromkeys([*stays, *given]))
