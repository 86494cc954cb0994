"""What stands around a release's words on a page: dateline, quotations, boilerplate, whom to ask.

As plain JSON, to be kept beside the words. What is the press's alone is never in it, and neither is
the link by which an activity is joined: only who registers gets that.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any

from markupsafe import escape

from communique.domain.activity import Activity
from communique.domain.content import Variant
from communique.domain.kind import KindDefinition, Nature, Type
from communique.domain.text import in_language
from communique.messages import fields, markdown

# The fields that have a place of their own on a page.
_ANNOUNCEMENT = frozenset({"place", "dated", "quotations"})
_ACTIVITY = frozenset(
    {
        *("starts", "ends", "zone", "all_day", "address", "online", "languages", "register"),
        *("register_by", "follows", "sequence", "called_off", "calendar"),
    }
)


def parts(variant: Variant, kind: KindDefinition) -> dict[str, Any]:
    """The parts of an article that are said; of lists, also the empty ones."""
    content, host, language = variant.content, variant.host, variant.language
    parties = [host, *(content.association(one) for one in content.parties if one != host.key)]
    known = fields.values(content, kind, language, press=False, prose=_prose(language))
    given = known["fields"]
    is_activity = kind.nature is Nature.ACTIVITY
    found: dict[str, Any] = {
        "kind": in_language(kind.names, language) if kind.names else "",
        "place": "" if is_activity else given.get("place", ""),
        "dated": _iso(given.get("dated")),
        "quotations": [dict(one) for one in given.get("quotations") or ()],
        "link": content.link,
        "partners": [
            {"name": in_language(one.names, language), "web": one.web} for one in parties[1:]
        ],
        "about": [
            {"name": in_language(one.names, language), "text": in_language(one.about, language)}
            for one in parties
            if one.about
        ],
        "press": None,
        "more": [],
    }
    if contact := host.press_contact:
        found["press"] = {
            "name": contact.name,
            "address": contact.address,
            "phone": contact.phone,
        }
    apart = _ANNOUNCEMENT | (_ACTIVITY if is_activity else frozenset())
    found["more"] = list(_more(kind, known, apart))
    if is_activity and content.fields:
        activity = Activity.of(content.fields)
        first = content.association(content.parties[0])
        found["activity"] = {
            **_activity(activity, given),
            "uid": activity.uid(content.key, first.list_domain),
        }
    return found


def _activity(activity: Activity, given: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "starts": _iso(activity.starts),
        "ends": _iso(activity.ends),
        "begins_at": activity.begins_at.isoformat(),
        "over_at": activity.over_at.isoformat(),
        "zone": activity.zone,
        "place": given.get("place", ""),
        "address": given.get("address", ""),
        "online": bool(activity.online),
        "languages": list(activity.languages),
        "register": activity.register,
        "register_by": _iso(activity.register_by),
        "sequence": activity.sequence,
        "called_off": activity.called_off,
        "calendar": given.get("calendar", ""),
    }


def _more(
    kind: KindDefinition, known: Mapping[str, Mapping[str, Any]], apart: frozenset[str]
) -> Iterator[dict[str, str]]:
    """The other fields, by their labels, as clean HTML."""
    for one in kind.fields:
        value = known["fields"][one.key]
        if one.key in apart or one.press or not value:
            continue
        match one.type:
            case Type.TEXT | Type.ADDRESS | Type.CHOICE | Type.NUMBER:
                html = str(escape(value))
            case Type.PROSE:
                html = value
            case Type.TEXTS:  # each may have commas of its own
                html = f"<ul>{''.join(f'<li>{escape(each)}</li>' for each in value)}</ul>"
            case Type.LANGUAGES:
                html = str(escape(", ".join(value)))
            case Type.LINK:
                html = f'<a href="{escape(value)}">{escape(value)}</a>'
            case _:
                continue
        yield {"label": known["labels"][one.key], "html": html}


def _prose(language: str) -> Any:
    return lambda text: markdown.to_html(text, lambda _: (), language)


def _iso(value: date | datetime | str | None) -> str:
    if not value:
        return ""
    if isinstance(value, str):
        return value
    return value.isoformat(timespec="minutes") if isinstance(value, datetime) else value.isoformat()
