"""The fields of a kind as templates read them: `fields.<key>`, `labels.<key>`.

A field that has no value says nothing, so a template may ask for it. Of those that only the press
may have, nothing is given to any template whose message is not for the press: what is not there
cannot be shown (docs/templates.md).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from babel import Locale

from communique.domain.content import Frozen
from communique.domain.kind import FILE, QUOTATION, Each, Field, KindDefinition, Type
from communique.domain.release import Fields
from communique.domain.text import in_language
from communique.errors import Invalid, TemplateInvalid
from communique.files import NotToml, toml
from communique.messages.kept import stray
from communique.messages.names import ASSOCIATION, Shape, association
from communique.wording.typography import french

_SHAPES: Mapping[Type, Shape] = {
    Type.TEXTS: [None],
    Type.LANGUAGES: [None],
    Type.ASSOCIATIONS: [ASSOCIATION],
    Type.QUOTATIONS: [dict.fromkeys(QUOTATION)],
}


def declared(templates: Mapping[str, str], kind: str) -> KindDefinition:
    """What frozen templates declare of a kind. Raises TemplateInvalid."""
    source = templates.get(f"{kind}/{FILE}")
    return KindDefinition(kind) if source is None else _declared(kind, source)


@lru_cache(maxsize=16)  # it is asked for with each batch
def _declared(kind: str, source: str) -> KindDefinition:
    name = f"{kind}/{FILE}"
    try:
        return KindDefinition.of(kind, toml(source))
    except NotToml as error:
        raise TemplateInvalid(
            "toml_unreadable", reason=error.reason, file=f"templates/{name}", line=error.line
        ) from error
    except (TypeError, ValueError, LookupError, AttributeError) as error:
        raise TemplateInvalid(
            "kind_unreadable", reason=repr(error), file=f"templates/{name}"
        ) from error


def shapes(kind: KindDefinition) -> dict[str, Shape]:
    """What `fields` and `labels` hold."""
    return {
        "fields": {one.key: _SHAPES.get(one.type) for one in kind.fields},
        "labels": dict.fromkeys(one.key for one in kind.fields),
    }


def values(
    content: Frozen,
    kind: KindDefinition,
    language: str,
    *,
    press: bool,
    prose: Callable[[str], str],
) -> dict[str, Any]:
    """The values of `shapes` for one part of a message; `prose` turns Markdown into what it is of.

    Raises TemplateInvalid for a value that its field cannot have.
    """
    edition = content.edition(language)
    given: Mapping[Each, Fields] = {
        Each.RELEASE: content.fields,
        Each.EDITION: edition.fields if edition else {},
    }

    def text(value: str) -> str:
        if found := stray(value):
            raise TemplateInvalid("template_private_use", character=found[1])
        return french(value) if language == "fr" else value

    def shown(one: Field) -> Any:
        value = given[one.each].get(one.key)
        if value is None or (one.press and not press):
            return [] if isinstance(_SHAPES.get(one.type), list) else ""
        try:
            one.check(value)
        except Invalid as error:
            raise TemplateInvalid.of(error, key=one.key) from error
        match one.type:
            case Type.TEXT | Type.ADDRESS:
                return text(value)
            case Type.PROSE:
                text(value)
                return prose(value)
            case Type.DAY | Type.MOMENT:
                return _time(value)
            case Type.CHOICE:
                return text(in_language(one.choices[value], language))
            case Type.YES:
                return "yes" if value else ""
            case Type.TEXTS:
                return [text(each) for each in value]
            case Type.LANGUAGES:
                return [_named(each, language) for each in value]
            case Type.ASSOCIATIONS:
                return [association(content.association(each), language) for each in value]
            case Type.QUOTATIONS:
                return [_quotation(content, each, language, text) for each in value]
        return value

    return {
        "fields": {one.key: shown(one) for one in kind.fields},
        "labels": {
            one.key: text(in_language(one.labels, language)) if one.labels else one.key
            for one in kind.fields
        },
    }


def _time(value: str) -> date | datetime:
    return datetime.fromisoformat(value) if "T" in value else date.fromisoformat(value)


def _named(code: str, language: str) -> str:
    return str(Locale(code).get_display_name(language) or code)


def _quotation(
    content: Frozen, one: Mapping[str, str], language: str, text: Callable[[str], str]
) -> dict[str, str]:
    parts = {name: text(one.get(name, "")) for name in QUOTATION}
    if key := one.get("association"):
        parts["association"] = in_language(content.association(key).names, language)
    return parts
