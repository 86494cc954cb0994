"""Kinds of releases: what a folder of `templates/` declares, and which values its fields may have.

A kind has a nature, from which follows what else the desk does with it, and fields beside subject
and body: some once for a release, some in each edition. Values are plain JSON: a day is ISO 8601
text, and so is a moment, which is a local hour in the zone that the release says.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from communique.domain.release import Fields
from communique.domain.text import PRIVATE_USE, abbreviated, is_language
from communique.domain.when import place
from communique.errors import Invalid
from communique.facts import Fact

KEY = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")  # of a kind: the name of its folder
FIELD_KEY = re.compile(r"[a-z][a-z0-9_]*")  # of a field: a name in templates
FILE = "kind.toml"

# What an edition and a release are anyway: no field can be called so.
RESERVED = frozenset({"language", "subject", "preheader", "body", "source", "first_line"})
UNWRITTEN = "…"  # what a field that must have a value begins with
QUOTATION = ("words", "name", "title", "association")  # of which the first two must be there

_LINK = re.compile(r"https?://[!-~]+", re.IGNORECASE)
_UNWANTED = re.compile(f"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029{PRIVATE_USE}]")


class Nature(StrEnum):
    """What a kind announces, and hence what follows from it."""

    ANNOUNCEMENT = "announcement"
    ACTIVITY = "activity"  # it happens at an hour: it has a calendar entry, and is over one day
    ADVANTAGE = "advantage"  # it can be claimed from a day until a day, by whoever proves to be one


class Type(StrEnum):
    """What a field holds, and how it is written."""

    TEXT = "text"  # one line
    PROSE = "prose"  # Markdown, without the template language
    ADDRESS = "address"  # of a place: lines
    DAY = "day"  # ISO 8601: 2019-06-03
    MOMENT = "moment"  # a local hour, 2019-10-03T18:00; or a day, where no hour is meant
    ZONE = "zone"  # an IANA time zone, in which the moments are meant
    LINK = "link"  # of the web
    CHOICE = "choice"  # one of the field's choices
    TEXTS = "texts"  # one line or several
    YES = "yes"  # true or false
    NUMBER = "number"  # whole, and not negative
    LANGUAGES = "languages"  # two-letter codes
    ASSOCIATIONS = "associations"  # keys of parties
    QUOTATIONS = "quotations"  # each of `QUOTATION`'s parts


class Each(StrEnum):
    """Whether a field is written once, or in each language."""

    RELEASE = "release"
    EDITION = "edition"


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a kind. `labels` and the `choices` have words by language."""

    key: str
    type: Type
    each: Each
    required: bool = False
    labels: Mapping[str, str] = field(default_factory=dict, hash=False)
    choices: Mapping[str, Mapping[str, str]] = field(default_factory=dict, hash=False)
    press: bool = False  # only a list of the press gets it

    def check(self, value: object) -> None:
        """Raises Invalid for a value that the field cannot have."""
        if not _FITS[self.type](value):
            raise Invalid(_WRONG[self.type], key=self.key)
        if self.type is Type.CHOICE and value not in self.choices:
            text = abbreviated(str(value))
            raise Invalid("field_choice_unknown", text=text, known=list(self.choices))
        if self.type is Type.ZONE:
            place(str(value))
        for text in _texts(value):
            if text.strip() == UNWRITTEN:
                raise Invalid("field_unwritten", key=self.key)
            if found := _UNWANTED.search(text):
                what = Fact("the_value", of=self.key)
                raise Invalid("text_control_character", what=what, character=ord(found[0]))
        if self.type is Type.PROSE and ("{{" in str(value) or "{%" in str(value)):
            raise Invalid("field_with_template", key=self.key)


@dataclass(frozen=True, slots=True)
class KindDefinition:
    """What a folder of templates declares. One that declares nothing has no fields."""

    key: str
    nature: Nature = Nature.ANNOUNCEMENT
    names: Mapping[str, str] = field(default_factory=dict, hash=False)  # by language
    fields: tuple[Field, ...] = ()

    @classmethod
    def of(cls, key: str, document: Mapping[str, Any]) -> KindDefinition:
        """What a `kind.toml` that was checked says.

        Raises TypeError, ValueError, LookupError or AttributeError for any other.
        """
        return cls(
            key,
            Nature(document["nature"]),
            dict(document["names"]),
            tuple(
                Field(
                    one["key"],
                    Type(one["type"]),
                    Each(one.get("each", Each.RELEASE)),
                    bool(one.get("required")),
                    dict(one.get("labels", {})),
                    {each["key"]: dict(each["labels"]) for each in one.get("choice", ())},
                    bool(one.get("press")),
                )
                for one in document.get("field", ())
            ),
        )

    def of_each(self, each: Each) -> tuple[Field, ...]:
        """The fields that a release has once, or those of every edition."""
        return tuple(one for one in self.fields if one.each is each)

    def problems(
        self, each: Each, values: Fields, parties: Collection[str]
    ) -> Iterator[tuple[str, Invalid]]:
        """What is wrong with the values of a release or of one edition, each with its field's key.

        An association that a value names is one of the `parties`.
        """
        known = {one.key: one for one in self.of_each(each)}
        for key in values.keys() - known.keys():
            yield (
                key,
                Invalid("field_not_of_kind", field=key, kind=self.key, known=list(known)),
            )
        for key, one in known.items():
            if key not in values:
                if one.required:
                    yield key, Invalid("field_missing", field=key, kind=self.key)
                continue
            try:
                one.check(values[key])
            except Invalid as error:
                yield key, error
                continue
            for party in _named(one, values[key]):
                if party not in parties:
                    yield (
                        key,
                        Invalid("field_not_party", association=party, known=list(parties)),
                    )


def _named(one: Field, value: Any) -> list[str]:
    """The associations that a value names."""
    if one.type is Type.ASSOCIATIONS:
        return list(value)
    if one.type is Type.QUOTATIONS:
        return [each["association"] for each in value if each.get("association")]
    return []


# What the desk must know of a nature's releases; of these, a kind must have the first as required.
_NEEDED: Mapping[Nature, Mapping[str, Type]] = {
    Nature.ANNOUNCEMENT: {},
    Nature.ACTIVITY: {
        "starts": Type.MOMENT,
        "zone": Type.ZONE,
        "ends": Type.MOMENT,
        "all_day": Type.YES,
        "register_by": Type.MOMENT,
        "register": Type.LINK,
        "online": Type.LINK,
        "address": Type.ADDRESS,
        "territory": Type.TEXT,
        "languages": Type.LANGUAGES,
        "places": Type.NUMBER,
        "follows": Type.TEXT,
        "sequence": Type.NUMBER,
        "called_off": Type.YES,
    },
    Nature.ADVANTAGE: {
        "given_by": Type.ASSOCIATIONS,
        "ends": Type.DAY,
        "starts": Type.DAY,
        "members_of": Type.ASSOCIATIONS,
        "kinds": Type.TEXTS,
        "sectors": Type.TEXTS,
    },
}
# What the desk itself writes of a release that follows another: nobody types it.
_KEPT: Mapping[Nature, Collection[str]] = {
    Nature.ACTIVITY: ("follows", "sequence", "called_off"),
}
_REQUIRED = {Nature.ACTIVITY: ("starts", "zone"), Nature.ADVANTAGE: ("given_by", "ends")}


def is_kind(folder: str, *, declared: bool) -> bool:
    """Whether a folder of templates is a kind: it declares one, or is called like a nature."""
    return bool(KEY.fullmatch(folder)) and (declared or folder in list(Nature))


def kept(kind: KindDefinition) -> Collection[str]:
    """The keys of its fields that the desk itself keeps."""
    return _KEPT.get(kind.nature, ())


def lacking(kind: KindDefinition) -> Iterator[tuple[str, Type]]:
    """The fields that its nature rests on and that it has not, or has as something else."""
    declared = {one.key: one for one in kind.fields}
    required = _REQUIRED.get(kind.nature, ())
    for key, type_ in _NEEDED[kind.nature].items():
        one = declared.get(key)
        if (key in required and not (one and one.required)) or (
            one and (one.type, one.each) != (type_, Each.RELEASE)
        ):
            yield key, type_


def is_day(value: object) -> bool:
    """Whether it is a day in ISO 8601, and nothing else."""
    try:
        return isinstance(value, str) and date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def is_hour(value: object) -> bool:
    """Whether it is a local hour to the minute, in ISO 8601, in no zone."""
    try:
        return (
            isinstance(value, str)
            and datetime.fromisoformat(value).isoformat(timespec="minutes") == value
        )
    except ValueError:
        return False


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip()) and "\n" not in value


def _are_texts(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(map(_is_text, value))


def _are_quotations(value: object) -> bool:
    return (
        isinstance(value, list)
        and bool(value)
        and all(
            isinstance(one, dict)
            and one.keys() <= set(QUOTATION)
            and all(isinstance(part, str) for part in one.values())
            and bool(one.get("words", "").strip() and one.get("name", "").strip())
            for one in value
        )
    )


def _texts(value: object) -> Iterator[str]:
    match value:
        case str():
            yield value
        case list():
            for one in value:
                yield from _texts(one)
        case dict():
            for one in value.values():
                yield from _texts(one)


_FITS: Mapping[Type, Any] = {
    Type.TEXT: _is_text,
    Type.PROSE: lambda value: isinstance(value, str) and bool(value.strip()),
    Type.ADDRESS: lambda value: isinstance(value, str) and bool(value.strip()),
    Type.DAY: is_day,
    Type.MOMENT: lambda value: is_hour(value) or is_day(value),
    Type.ZONE: _is_text,
    Type.LINK: lambda value: isinstance(value, str) and bool(_LINK.fullmatch(value)),
    Type.CHOICE: _is_text,
    Type.TEXTS: _are_texts,
    Type.YES: lambda value: isinstance(value, bool),
    Type.NUMBER: lambda value: type(value) is int and value >= 0,
    Type.LANGUAGES: lambda value: _are_texts(value) and all(map(is_language, value)),
    Type.ASSOCIATIONS: _are_texts,
    Type.QUOTATIONS: _are_quotations,
}
_WRONG: Mapping[Type, str] = {
    Type.TEXT: "value_not_text",
    Type.PROSE: "value_not_text",
    Type.ADDRESS: "value_not_text",
    Type.DAY: "value_not_day",
    Type.MOMENT: "value_not_moment",
    Type.ZONE: "value_not_text",
    Type.LINK: "value_not_link",
    Type.CHOICE: "value_not_text",
    Type.TEXTS: "value_not_texts",
    Type.YES: "value_not_boolean",
    Type.NUMBER: "value_not_number",
    Type.LANGUAGES: "value_not_languages",
    Type.ASSOCIATIONS: "value_not_texts",
    Type.QUOTATIONS: "value_not_quotations",
}
