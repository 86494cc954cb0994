"""Reads which kinds of releases a desk has: folders of `templates/`, and what `kind.toml` declares.

A folder without one is a kind only by its name, as desks had them before kinds had fields, and has
none. Every problem is named with its file and line.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from communique.declared.toml import Rule, Table, nearest, opened
from communique.domain import kind
from communique.domain.kind import FILE, Each, Field, KindDefinition, Nature, Type
from communique.domain.text import abbreviated
from communique.errors import CommuniqueError, Invalid


def known(templates: Path) -> tuple[str, ...]:
    """The kinds that there are, by key, in order."""
    if not templates.is_dir():
        return ()
    return tuple(
        sorted(
            one.name
            for one in templates.iterdir()
            if one.is_dir() and kind.is_kind(one.name, declared=(one / FILE).is_file())
        )
    )


def read(templates: Path, key: str, problems: list[CommuniqueError]) -> KindDefinition:
    """What a kind declares. What is wrong with that is noted."""
    file = templates / key / FILE
    if not file.exists():
        return KindDefinition(key)
    with opened(file, templates, problems) as table:
        nature = table.text("nature", _one_of([one.value for one in Nature]))
        names = _by_language(table, "names")
        fields: dict[str, Field] = {}
        for row in table.tables("field", required=False):
            one = _field(row)
            if one and one.key in fields:
                row.problem("field_repeated", "key", field=one.key)
            elif one:
                fields[one.key] = one
        declared = KindDefinition(
            key, Nature(nature or Nature.ANNOUNCEMENT), names, tuple(fields.values())
        )
        for wrong in kind.lacking(declared):
            table.problem("kind_lacks_field", "nature", field=wrong[0], type=wrong[1])
    return declared


def _field(row: Table) -> Field | None:
    key = row.text("key", _key)
    type_ = row.text("type", _one_of([one.value for one in Type]))
    each = row.text("each", _one_of([one.value for one in Each]), default=Each.RELEASE)
    choices = {
        one.text("key", _key): _by_language(one, "labels")
        for one in row.tables("choice", required=type_ == Type.CHOICE)
    }
    found = Field(
        key,
        Type(type_ or Type.TEXT),
        Each(each or Each.RELEASE),
        row.flag("required"),
        _by_language(row, "labels") if "labels" in row.values else {},
        choices,
        row.flag("press"),
    )
    return found if key and type_ else None


def _by_language(table: Table, key: str) -> dict[str, str]:
    """A text by whatever languages it is given in."""
    value = table.values.get(key)
    return table.by_language(key, tuple(value) if isinstance(value, dict) and value else ("en",))


def _key(text: str) -> str:
    if not kind.FIELD_KEY.fullmatch(text) or text in kind.RESERVED:
        raise Invalid("field_key_not_allowed", text=abbreviated(text))
    return text


def _one_of(known: Collection[str]) -> Rule:
    def rule(text: str) -> str:
        if text not in known:
            raise Invalid("word_unknown", text=abbreviated(text), hint=nearest(text, known))
        return text

    return rule
