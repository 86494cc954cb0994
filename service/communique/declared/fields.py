"""The fields of a kind in the files of a release: read with file and line, and written again."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from communique.declared.toml import Table, nearest, web_address
from communique.domain import fields, when
from communique.domain.kind import QUOTATION, UNWRITTEN, Each, Field, KindDefinition, Type, is_day
from communique.domain.release import Fields
from communique.domain.text import abbreviated
from communique.errors import Invalid

QUOTATIONS = "quotation"  # the tables that a field of that type is written as


def read(table: Table, kind: KindDefinition, each: Each, parties: Collection[str]) -> Fields:
    """The values of the fields that stand in a table. What is wrong is noted in it."""
    noted = len(table.problems)
    values = {}
    for one in kind.of_each(each):
        value = _READ[one.type](table, one)
        if value not in (None, "", (), []):
            values[one.key] = value
    table.known.update(one.key for one in kind.of_each(each))
    if len(table.problems) > noted or table.missing or table.values.keys() - table.known:
        return values
    for key, wrong in fields.problems(kind, each, values, parties):
        table.wrong(wrong, key)
    return values


def _zone(text: str) -> str:
    return when.place(text)


def _language(text: str) -> str:
    if len(text) != 2 or not text.isalpha():
        raise Invalid("language_unknown", language=abbreviated(text))
    return text


def _moment(table: Table, one: Field) -> str | None:
    value = table.moment(one.key, required=one.required)
    if isinstance(value, datetime):
        return value.isoformat(timespec="minutes")
    return value.isoformat() if value else None


def _day(table: Table, one: Field) -> str | None:
    value = table.day(one.key, required=one.required)
    return value.isoformat() if value else None


def _choice(table: Table, one: Field) -> str:
    def rule(text: str) -> str:
        if text not in one.choices:
            raise Invalid("word_unknown", text=abbreviated(text), hint=nearest(text, one.choices))
        return text

    return table.text(one.key, rule, None if one.required else "")


def _quotations(table: Table, one: Field) -> list[dict[str, str]]:
    found = []
    for row in table.tables(QUOTATIONS, required=one.required):
        parts = {
            "words": row.prose("words"),
            "name": row.text("name"),
            "title": row.text("title", default=""),
            "association": row.text("association", default=""),
        }
        found.append({name: part for name, part in parts.items() if part})
    return found


def _text(table: Table, one: Field, rule: Callable[[str], str] | None = None) -> str:
    return table.text(one.key, rule, None if one.required else "")


def _yes(table: Table, one: Field) -> bool | None:
    return table.flag(one.key) if one.required or one.key in table.values else None


def _texts(table: Table, one: Field, rule: Callable[[str], str] | None = None) -> list[str]:
    return list(table.texts(one.key, rule, required=one.required))


def _lines(table: Table, one: Field) -> str:
    return table.prose(one.key, required=one.required)


_READ: Mapping[Type, Callable[[Table, Field], Any]] = {
    Type.TEXT: _text,
    Type.PROSE: _lines,
    Type.ADDRESS: _lines,
    Type.DAY: _day,
    Type.MOMENT: _moment,
    Type.ZONE: lambda table, one: _text(table, one, _zone),
    Type.LINK: lambda table, one: _text(table, one, web_address),
    Type.CHOICE: _choice,
    Type.TEXTS: _texts,
    Type.YES: _yes,
    Type.NUMBER: lambda table, one: table.number(one.key, required=one.required),
    Type.LANGUAGES: lambda table, one: _texts(table, one, _language),
    Type.ASSOCIATIONS: _texts,
    Type.QUOTATIONS: _quotations,
}


def written(kind: KindDefinition, each: Each, values: Fields, language: str) -> list[str]:
    """Lines of TOML with the values, and with a comment for each field that has none yet.

    A field that must have a value gets one to replace; labels are in `language` if they can be.
    Tables come last, since a key after one would be its own.
    """
    ones = sorted(kind.of_each(each), key=lambda one: one.type is Type.QUOTATIONS)
    return [line for one in ones for line in _written(one, values, language)]


def _written(one: Field, values: Fields, language: str) -> Iterable[str]:
    like = "comme" if language == "fr" else "as"
    label = one.labels.get(language) or next(iter(one.labels.values()), one.key)
    if one.key not in values:
        first, *more = _EXAMPLE[one.type]
        if one.choices:
            label += f" ({', '.join(one.choices)})"
        if one.required and not more:
            yield f"{one.key} = {quoted(UNWRITTEN)}  # {label}, {like} {first}"
        else:
            yield f"# {first if more else f'{one.key} = {first}'}  # {label}"
            yield from (f"# {line}" for line in more)
        return
    value = values[one.key]
    if one.type is Type.QUOTATIONS:
        for each in value:
            yield from ("", f"[[{QUOTATIONS}]]")
            yield from (f"{name} = {_toml(each[name])}" for name in QUOTATION if each.get(name))
        return
    yield f"{one.key} = {_time(value) if one.type in _TIMES else _toml(value)}  # {label}"


# What a value looks like.
_TEXT = ('"…"',)
_EXAMPLE: Mapping[Type, tuple[str, ...]] = {
    Type.TEXT: _TEXT,
    Type.PROSE: ('"""…"""',),
    Type.ADDRESS: _TEXT,
    Type.DAY: ("2019-06-03",),
    Type.MOMENT: ('"2019-06-03 18:00"',),
    Type.ZONE: ('"America/Toronto"',),
    Type.LINK: ('"https://…"',),
    Type.CHOICE: _TEXT,
    Type.TEXTS: ('["…"]',),
    Type.YES: ("true",),
    Type.NUMBER: ("40",),
    Type.LANGUAGES: ('["fr", "en"]',),
    Type.ASSOCIATIONS: ('["…"]',),
    Type.QUOTATIONS: (
        "[[quotation]]",
        'words = "…"',
        'name = "…"',
        'title = "…"',
        'association = "…"',
    ),
}
_TIMES = (Type.DAY, Type.MOMENT)


def _time(value: str) -> str:
    """A day as TOML has it; an hour as text, since TOML asks for seconds."""
    return value if is_day(value) else quoted(value.replace("T", " "))


def _toml(value: Any) -> str:
    """A value as TOML: its basic strings escape as JSON's do."""
    if isinstance(value, str) and "\n" in value:
        lines = (quoted(one)[1:-1] for one in value.split("\n"))
        return '"""\n' + "\n".join(lines) + '"""'
    if isinstance(value, list):
        return f"[{', '.join(map(_toml, value))}]"
    return quoted(value)


def quoted(value: object) -> str:
    """A value on one line."""
    return json.dumps(value, ensure_ascii=False)
