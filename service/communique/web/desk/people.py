"""People: found by name, address or company, on one list or on all; each line leads to a person.

What is looked for stands in the address of the page, people themselves by a number.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from fastapi import Response

from communique.desk import seeking
from communique.domain.actor import Permission
from communique.domain.address import parse
from communique.domain.delivery import SkipReason
from communique.domain.seeking import Listed, Looked
from communique.domain.text import in_language
from communique.errors import Invalid
from communique.web.desk import fields, showing
from communique.web.desk.asking import Asking
from communique.web.desk.routing import Pages
from communique.web.desk.saying import WORDS

pages = Pages()

PAGE = 50
# The filters by where somebody stands, each a word in the address.
FILTERS: Mapping[str, tuple[bool | None, SkipReason | None]] = {
    "": (None, None),
    "may": (True, None),
    "not": (False, None),
    "said_no": (None, SkipReason.UNSUBSCRIBED),
    "lapsed": (None, SkipReason.CONSENT_LAPSED),
    "suppressed": (None, SkipReason.SUPPRESSED),
    "complained": (None, SkipReason.COMPLAINED),
}
# How each reason looks: the shape of a state that means as much.
SHAPES: Mapping[SkipReason | None, str] = {
    None: "approved",
    SkipReason.UNSUBSCRIBED: "skipped",
    SkipReason.CONSENT_LAPSED: "missed",
    SkipReason.SUPPRESSED: "failed",
    SkipReason.COMPLAINED: "failed",
}


@dataclass(frozen=True, slots=True)
class Found:
    """A page of people, and what was asked for it."""

    rows: Sequence[Listed]
    text: str
    state: str
    newer: str
    older: str
    whole: bool  # whether these are all

    @property
    def asked(self) -> bool:
        return bool(self.text or self.state)


@pages.get("/{association}/people", Permission.READ)
async def people(ask: Asking) -> Response:
    """Everybody whom the association knows, or those who are looked for."""
    found = await find(ask, "people")
    return showing.page(ask, "people.html", found=found, **shown(ask, "people", found))


async def find(ask: Asking, at: str, list_key: str = "") -> Found:
    """The page of people that an address asks for; `at` is where it is."""
    text = ask.query("q")[:200]
    state = ask.query("state") if ask.query("state") in FILTERS else ""
    after, before = number(ask.query("after")), number(ask.query("before"))
    may, reason = FILTERS[state]
    rows = await seeking.people(
        ask.desk,
        ask.actor,
        ask.here.key,
        Looked(list_key, text, may, reason),
        after=after if before is None else None,
        before=before,
        limit=PAGE + 1,
    )
    more = len(rows) > PAGE
    if more:
        rows = rows[-PAGE:] if before is not None else rows[:PAGE]
    first, last = (rows[0].contact.id, rows[-1].contact.id) if rows else (0, 0)
    older = bool(rows) and (more if before is None else True)
    newer = bool(rows) and (more if before is not None else after is not None)
    kept = {"q": text, "state": state}
    return Found(
        rows,
        text,
        state,
        address(ask, at, **kept, before=str(first)) if newer else "",
        address(ask, at, **kept, after=str(last)) if older else "",
        not more and after is None and before is None,
    )


def shown(ask: Asking, at: str, found: Found) -> dict[str, Any]:
    """What a table of people needs beside them."""
    t = WORDS[ask.language]
    return {
        "filters": [(one, address(ask, at, q=found.text, state=one)) for one in FILTERS],
        "at_search": ask.at(at),
        "list_named": {one.key: in_language(one.names, ask.language) for one in ask.here.lists},
        "language_named": lambda code: fields.language_named(code, ask.language),
        "shape": lambda why: SHAPES.get(why, "skipped"),
        "heading": _heading(ask, found),
        "around": tabs(ask),
        "several": len(ask.here.languages) > 1,
        "written": written,
        "t_state": lambda one: t(f"people.state.{one.value if one else 'may'}"),
    }


def tabs(ask: Asking) -> list[tuple[str, object]]:
    """The pages about people, of those that there are for whoever asks."""
    t = WORDS[ask.language]
    found: list[tuple[str, object]] = [
        (ask.at("people"), t("people.tab.people")),
        (ask.at("lists"), t("people.tab.lists")),
    ]
    if showing.there("/{association}/import") and ask.may(Permission.EDIT):
        found.append((ask.at("import"), t("people.tab.import")))
    return found


def written(address_: str) -> str:
    """An address as people write it, the domain in its own script."""
    try:
        return parse(address_).display
    except Invalid:
        return address_


def number(text: str) -> int | None:
    """A person's number, as an address of a page has it."""
    return int(text) if text.isdecimal() and len(text) < 16 else None


def address(ask: Asking, at: str, **asked: str) -> str:
    """The address of a page that asks for that, without what asks nothing."""
    query = urlencode({name: value for name, value in asked.items() if value})
    return ask.at(at) + (f"?{query}" if query else "")


def _heading(ask: Asking, found: Found) -> str:
    """How many were found, as far as it is known."""
    t, count = WORDS[ask.language], len(found.rows)
    if not found.rows:
        return str(t("people.found.none"))
    if not found.whole:
        return str(t("people.found.many")) if found.asked else str(t("people.found.everybody"))
    return str(t("people.found.some", n=count))
