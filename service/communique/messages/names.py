"""The names a template may use, what they hold, and the filters that go with them.

Only texts and plain mappings of texts are ever given to a template, never an object with methods.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, time
from functools import partial
from types import MappingProxyType
from typing import Any, TypeAlias
from urllib.parse import quote

from babel.dates import format_date, format_time
from babel.numbers import format_decimal

from communique.domain import when
from communique.domain.address import in_its_script
from communique.domain.association import Association
from communique.domain.content import Variant
from communique.domain.letter import Letter
from communique.domain.mail import MessageIdentity, Recipient
from communique.domain.text import in_language
from communique.errors import TemplateInvalid
from communique.facts import Fact
from communique.messages.kept import KEPT, stray
from communique.messages.unrenderable import Unrenderable
from communique.wording.typography import clock, french

# What a name holds: None for a text, a mapping for what has attributes, a list for what has items.
Shape: TypeAlias = "Mapping[str, Shape] | list[Shape] | None"


def _texts(*names: str) -> dict[str, Shape]:
    return dict.fromkeys(names)


ASSOCIATION: Shape = {
    **_texts("key", "name", "sender_name", "sender_address", "reply_to", "contact"),
    **_texts("postal_address", "phone", "web", "jurisdiction"),
    "brand": _texts("primary", "accent", "ink_on_primary", "wordmark", "logo"),
    "about": None,
    "press": _texts("name", "address", "phone"),
}

# Known only when a message is made for one reader.
PERSONAL: Mapping[str, Shape] = {
    "subscriber": _texts("given_name", "family_name", "name", "role", "address", "language"),
    "member": _texts("name", "sector", "territory", "kind"),
    "list": _texts("key", "name", "basis"),
    "unsubscribe_url": None,
    "pass_url": None,
}

# Of these, what leads to a page of the reader's own: a link wherever it stands in an edition.
ADDRESSES = frozenset({"unsubscribe_url", "pass_url"})

# The same for every reader of one association in one language.
COMMON: Mapping[str, Shape] = {
    "association": ASSOCIATION,
    "parties": [ASSOCIATION],
    "partners": [ASSOCIATION],
    "brand": _texts("primary", "accent", "ink_on_primary", "wordmark", "logo"),
    "release": _texts("key", "kind", "link", "date", "agreement"),
    "language": None,
    "for_press": None,
    "newsroom_url": None,
}

LOOP: Shape = _texts("first", "last", "index", "length")

# What is personal, flat, where there is nobody in particular: it says nothing.
NOBODY: Mapping[str, str] = {
    flat: ""
    for name, shape in PERSONAL.items()
    for flat in ([f"{name}_{one}" for one in shape] if isinstance(shape, Mapping) else [name])
}

_TYPICAL = "x" * 16


def common(variant: Variant) -> dict[str, Any]:
    """The values of `COMMON`. The date is shown as the day it is in the association's own zone.

    Raises TemplateInvalid for a text that holds what stands for a reader's own values.
    """
    content, host, language = variant.content, variant.host, variant.language
    parties = [association(content.association(key), language) for key in content.parties]
    sending = association(host, language)
    return {
        "association": sending,
        "parties": sorted(parties, key=lambda one: one["key"] != host.key),
        "partners": [one for one in parties if one["key"] != host.key],
        "brand": sending["brand"],
        "release": {
            "key": content.key,
            "kind": content.kind,
            "link": content.link,
            "agreement": content.agreement or "",
            "date": when.day(variant.date, host.time_zone),
        },
        "language": language,
        "for_press": "yes" if variant.press else "",
        "newsroom_url": variant.newsroom,
    }


def for_letter(letter: Letter) -> dict[str, Any]:
    """What the templates of a letter may name. Raises TemplateInvalid likewise."""
    sending = association(letter.association, letter.language)
    return {
        "association": sending,
        "brand": sending["brand"],
        "language": letter.language,
        "person": {"name": letter.name, "address": letter.address},
        "letter": {**letter.values, **letter.days},
    }


def shapes(values: Mapping[str, Any]) -> dict[str, Shape]:
    """What such names hold, for the checking of templates that use them."""
    return {
        name: shapes(value) if isinstance(value, Mapping) else None
        for name, value in values.items()
    }


def personal(
    reader: Recipient,
    marks: MessageIdentity,
    list_names: Mapping[str, str],
    bases: Mapping[str, str] = MappingProxyType({}),
) -> dict[str, str]:
    """The values of `PERSONAL`, flat: `subscriber.role` stands as `subscriber_role`.

    `list_names` and `bases` are what the lists are called and rest on, by their keys.
    """
    return {
        "subscriber_given_name": reader.given_name,
        "subscriber_family_name": reader.family_name,
        "subscriber_name": reader.name,
        "subscriber_role": reader.role,
        "subscriber_address": reader.address,
        "subscriber_language": reader.language,
        "member_name": reader.member,
        "member_sector": reader.sector,
        "member_territory": reader.territory,
        "member_kind": reader.kind,
        "list_key": reader.list_key,
        "list_name": list_names.get(reader.list_key, reader.list_key),
        "list_basis": bases.get(reader.list_key, ""),
        "unsubscribe_url": marks.unsubscribe_url,
        "pass_url": marks.pass_url,
    }


def association(one: Association, language: str) -> dict[str, Any]:
    """What `ASSOCIATION` holds. Raises TemplateInvalid."""
    brand, contact = one.brand, one.press_contact
    name = in_language(one.names, language)
    values: dict[str, Any] = {
        "key": one.key,
        "name": name,
        "sender_name": in_language(one.sender.names, language),
        "sender_address": one.sender.address,
        "reply_to": one.sender.reply_to,
        "contact": one.contact,
        "postal_address": one.postal_address,
        "phone": one.phone,
        "web": one.web,
        "jurisdiction": one.jurisdiction,
        "brand": {
            "primary": brand.primary,
            "accent": brand.accent,
            "ink_on_primary": brand.ink_on_primary,
            "wordmark": brand.wordmark or name,
            "logo": brand.logo or "",
        },
        "about": _about(one, language),
        "press": {
            "name": contact.name if contact else "",
            "address": contact.address if contact else "",
            "phone": contact.phone if contact else "",
        },
    }
    for what, text in (*values.items(), *values["brand"].items(), *values["press"].items()):
        if isinstance(text, str) and (found := stray(text)):
            raise TemplateInvalid(
                "association_private_use", what=what, association=one.key, character=found[1]
            )
    return values


def _about(one: Association, language: str) -> str:
    """What it says of itself, set as a body is."""
    about = in_language(one.about, language) if one.about else ""
    return french(about) if language == "fr" else about


class NoList(Unrenderable):
    """A filter of lists got a text."""

    fact = Fact("join_of_text")


def filters(language: str) -> dict[str, Callable[..., Any]]:
    """The filters of a template in `language`. None can make much out of little."""
    return {
        "bare": web_as_written,
        "capitalize": str.capitalize,
        "date": partial(day_in, language),
        "hour": partial(hour_in, language),
        "default": _default,
        "join": _join,
        "lower": str.lower,
        "number": partial(_number, language),
        "tel": _tel,
        "trim": str.strip,
        "upper": str.upper,
        "urlencode": partial(quote, safe=""),
        "wrap": _wrap,
    }


def load(languages: Iterable[str]) -> None:
    """Read now how languages write their days, so that no release waits for it at its hour."""
    for language in languages:
        day_in(language, date.min)


def day_in(language: str, value: date, style: str = "long") -> str:
    """A day by CLDR: `short`, `medium`, `long`, `full` or a pattern."""
    shown = format_date(value, style, locale=language)
    if language == "fr" and value.day == 1 and style in ("long", "full"):
        return re.sub(r"\b1 ", "1er ", shown, count=1)  # CLDR has no ordinals
    return shown


def hour_in(language: str, value: time | datetime, style: str = "short") -> str:
    """An hour of the day by CLDR; in French as people there write it: 18 h, 18 h 30."""
    if language == "fr" and style == "short":
        return clock(value)
    return format_time(value, style, locale=language)


def _number(language: str, value: float) -> str:
    return format_decimal(value, locale=language)


def _default(value: str, instead: str) -> str:
    return value or instead


def _join(
    values: Iterable[str] | Iterable[Mapping[str, str]],
    by: str,
    attribute: str = "",
    last: str | None = None,
) -> str:
    """Join a list of texts, or one attribute of a list of mappings.

    `last` stands before the last of them instead of `by`, as in “A, B et C”.
    """
    if isinstance(values, str):
        raise NoList
    texts = [one if isinstance(one, str) else one[attribute] for one in values]
    if last is not None and len(texts) > 1:
        texts[-2:] = [f"{texts[-2]}{last}{texts[-1]}"]
    return by.join(texts)


def web_as_written(url: str) -> str:
    """An address of the web as people write it."""
    url = re.sub(r"^https?://(www\.)?|/$", "", url)
    return re.sub(r"^[^/?#:]+", lambda host: in_its_script(host[0]), url)


def _tel(phone: str) -> str:
    """A phone number as a `tel:` URI wants it (RFC 3966): `+` and digits."""
    sign = "+" if phone.strip().startswith("+") else ""
    return sign + re.sub(r"\D", "", phone)


def _wrap(text: str, width: int = 72) -> str:
    """Fill each line of `text` to `width`, breaking only at plain spaces."""
    return "\n".join(
        "\n".join(fill(line, width)) if line.strip() else "" for line in text.split("\n")
    )


def fill(text: str, width: int) -> list[str]:
    """Lines of at most `width`, broken at plain spaces only: no-break spaces hold.

    A personal value not yet known is taken to be as long as most are.
    """
    lines = [""]
    taken = 0
    for word in re.split(r"[ \t\n]+", text.strip(" \t\n")):
        length = len(KEPT.sub(_TYPICAL, word))
        if lines[-1] and taken + 1 + length > width:
            lines.append("")
        gap = " " if lines[-1] else ""
        taken = taken + 1 + length if gap else length
        lines[-1] += gap + word
    return lines


FILTERS = frozenset(filters("en"))
