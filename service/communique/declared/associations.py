"""Reads the desk's `subscribers/` folder: who the associations are and what they agreed.

One folder per association (`association.toml`, `lists.toml`) and `agreements.toml` beside them.
All problems of all files are raised together; what is returned keeps every rule below.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from zoneinfo import ZoneInfo, available_timezones

from babel import Locale, UnknownLocaleError

from communique.declared import audiences
from communique.declared.toml import Rule, Table, nearest, opened, web_address
from communique.domain import address, law, when
from communique.domain.association import (
    Agreement,
    ApprovalRule,
    Association,
    Brand,
    ListDefinition,
    Newsroom,
    Person,
    PressContact,
    Role,
    Sender,
    Term,
)
from communique.domain.consent import Basis
from communique.domain.member import COLUMNS
from communique.domain.text import abbreviated
from communique.errors import CommuniqueError, FileInvalid, Invalid, Problems
from communique.facts import Fact

ASSOCIATION, LISTS, AGREEMENTS = "association.toml", "lists.toml", "agreements.toml"


@dataclass(frozen=True, slots=True)
class Declared:
    """All that a desk's files define."""

    associations: tuple[Association, ...]
    agreements: tuple[Agreement, ...]

    def agreement_of(self, parties: Collection[str]) -> str | None:
        """The one agreement between exactly these associations; None if there is none, or a choice.

        Whether one of its terms runs is not asked: a release under it says so by itself.
        """
        found = [one.key for one in self.agreements if set(one.parties) == set(parties)]
        return found[0] if len(found) == 1 else None


def load(folder: Path) -> Declared:
    """Read everything under `folder`. Raises Problems, naming each file and line, if any is wrong.

    FileInvalid if there is nothing to read.
    """
    if not folder.is_dir():
        raise FileInvalid("subscribers_folder_missing", file=folder)
    folders = {
        one.name: one
        for one in sorted(folder.iterdir())
        if one.is_dir() and not one.name.startswith((".", "_"))
    }
    if not folders:
        raise FileInvalid("associations_not_declared", file=folder)
    problems: list[CommuniqueError] = []
    associations = tuple(_association(folders[key], problems) for key in folders)
    languages = {one.key: one.languages for one in associations}
    agreements = _agreements(folder / AGREEMENTS, languages, problems)
    if problems:
        problems.sort(key=lambda one: (str(one.file), one.line or 0))
        raise Problems(problems, "declarations_invalid", folder=folder)
    return Declared(associations, agreements)


def _association(folder: Path, problems: list[CommuniqueError]) -> Association:
    try:
        _key(folder.name)
    except Invalid as error:
        problems.append(FileInvalid("association_folder_misnamed", file=folder, **error.fields))
    within = folder.parent
    with (
        opened(folder / ASSOCIATION, within, problems) as table,
        opened(folder / LISTS, within, problems) as lists,
    ):
        languages = table.texts("languages", _language)
        requires_french = table.flag("requires_french")
        if requires_french and languages and "fr" not in languages:
            table.problem("french_not_spoken", "languages")
        return Association(
            key=folder.name,
            names=table.by_language("names", languages),
            sender=_sender(table, languages),
            list_domain=table.text("list_domain", address.domain_name),
            postal_address=table.text("postal_address", _postal),
            phone=table.text("phone", _phone),
            web=table.text("web", web_address),
            contact=table.text("contact", _mailbox),
            time_zone=table.text("time_zone", _time_zone),
            languages=languages,
            jurisdiction=table.text("jurisdiction", _jurisdiction),
            brand=_brand(table),
            transport=table.text("transport", _transport, default="default"),
            people=_people(table, languages),
            lists=(declared := _lists(lists, languages)),
            audiences=audiences.saved(lists, languages, _key, [one.key for one in declared]),
            requires_french=requires_french,
            columns=_columns(table),
            about=table.by_language("about", languages) if "about" in table.values else {},
            press_contact=_press_contact(table),
            newsroom=_newsroom(table),
            approvals=_approvals(table),
        )


def _sender(table: Table, languages: Collection[str]) -> Sender:
    with table.table("sender") as sender:
        return Sender(
            names=sender.by_language("names", languages),
            address=sender.text("address", _mailbox),
            reply_to=sender.text("reply_to", _mailbox),
        )


def _brand(table: Table) -> Brand:
    with table.table("brand") as brand:
        return Brand(
            primary=brand.text("primary", _colour),
            accent=brand.text("accent", _colour),
            ink_on_primary=brand.text("ink_on_primary", _colour, default="#ffffff"),
            wordmark=brand.text("wordmark", default=""),
            logo=brand.text("logo", web_address, default="") or None,
        )


def _newsroom(table: Table) -> Newsroom | None:
    if "newsroom" not in table.values:
        return None
    with table.table("newsroom") as newsroom:
        since = newsroom.day("since")
        address = newsroom.text("address", web_address, default="")
        return Newsroom(since, address) if since else None


def _press_contact(table: Table) -> PressContact | None:
    """Whom journalists ask; None where nobody is said."""
    with table.table("press_contact", required=False) as contact:
        if not contact.values:
            return None
        return PressContact(
            name=contact.text("name"),
            address=contact.text("address", _mailbox),
            phone=contact.text("phone", _phone, default=""),
        )


def _columns(table: Table) -> dict[str, str]:
    """What the association's spreadsheets call a field, by heading."""
    with table.table("columns", required=False) as columns:
        return {heading: columns.text(heading, _field) for heading in columns.values}


def _people(table: Table, languages: Collection[str]) -> tuple[Person, ...]:
    def spoken(text: str) -> str:
        if text not in languages:
            raise Invalid(
                "person_language_not_spoken", language=abbreviated(text), known=list(languages)
            )
        return text

    people: list[Person] = []
    noted = len(table.problems)
    for row in table.tables("person"):
        person = Person(
            row.text("name"),
            row.text("address", _mailbox),
            _roles(row),
            row.text("language", spoken, default=""),
        )
        for other in people:
            if person.address and person.address.casefold() == other.address.casefold():
                row.problem("person_address_repeated", "address", person=other.name)
            if person.name and person.name.casefold() == other.name.casefold():
                row.problem("person_repeated", "name", person=person.name)
        people.append(person)
    if people and len(table.problems) == noted and not any(one.approves for one in people):
        table.problem("association_without_approver", "person")
    return tuple(people)


def _approvals(table: Table) -> tuple[ApprovalRule, ...]:
    """How its approvals are given: one rule, or a list of them."""
    if isinstance(table.values.get("approvals"), str):
        said = {table.text("approvals", _approval_rule)}
    else:
        said = set(table.texts("approvals", _approval_rule, required=False))
    return tuple(one for one in ApprovalRule if one in said)


def _roles(row: Table) -> tuple[Role, ...]:
    """In their order, whatever that of the file; `approves` said one of them before."""
    said = set(row.texts("roles", _role, required=False))
    if row.flag("approves"):
        said.add(Role.APPROVER)
    return tuple(one for one in Role if one in said)


def _lists(table: Table, languages: Collection[str]) -> tuple[ListDefinition, ...]:
    lists: list[ListDefinition] = []
    for row in table.tables("list"):
        key = row.text("key", _key)
        if key in {other.key for other in lists} - {""}:
            row.problem("list_repeated", "key", key=key)
        lists.append(
            ListDefinition(
                key=key,
                names=row.by_language("names", languages),
                purposes=row.by_language("purposes", languages),
                basis=Basis(row.text("basis", _basis) or Basis.EXPRESS),
                press=row.flag("press"),
            )
        )
    return tuple(lists)


def _agreements(
    file: Path, languages: Mapping[str, tuple[str, ...]], problems: list[CommuniqueError]
) -> tuple[Agreement, ...]:
    """What `file` declares; `languages` are those of each association. No file is no agreement."""
    if not file.exists():
        return ()

    def association(text: str) -> str:
        if text not in languages:
            raise Invalid(
                "association_not_declared", text=abbreviated(text), hint=nearest(text, languages)
            )
        return text

    agreements: list[Agreement] = []
    with opened(file, file.parent, problems) as table:
        for row in table.tables("agreement", required=False):
            key = row.text("key", _key)
            if key in {other.key for other in agreements} - {""}:
                row.problem("agreement_repeated", "key", key=key)
            parties = row.texts("parties", association)
            if len(parties) == 1:
                row.problem("agreement_too_few_parties", "parties")
            spoken = tuple(dict.fromkeys(one for party in parties for one in languages[party]))
            names = row.by_language("names", spoken)
            ended = row.day("ended", required=False)
            agreements.append(Agreement(key, names, parties, _terms(row), ended))
    return tuple(agreements)


def _terms(agreement: Table) -> tuple[Term, ...]:
    terms: list[Term] = []
    for row in agreement.tables("term"):
        starts, ends = row.day("starts"), row.day("ends")
        if starts is None or ends is None:
            continue
        if ends < starts:
            row.problem("term_ends_before_start", "ends")
        if terms and starts <= terms[-1].ends:
            row.problem("terms_overlap", "starts")
        terms.append(Term(starts, ends))
    return tuple(terms)


# Rules: each gives the value as it is kept, or raises Invalid.


def _matching(pattern: str, what: str) -> Rule:
    form = re.compile(pattern)

    def rule(text: str) -> str:
        if not form.fullmatch(text):
            raise Invalid("value_malformed", text=abbreviated(text), what=Fact(what))
        return text

    return rule


_key = _matching("[a-z0-9-]+", "the_form_of_key")
_transport = _matching("[a-z0-9_]+", "the_form_of_transport")
_colour = _matching("#[0-9a-fA-F]{6}", "the_form_of_colour")
_jurisdiction = _matching("[A-Z]{2}-[A-Z0-9]{1,3}", "the_form_of_jurisdiction")
_phone = _matching(r"\+?[\d(][\d ().\xa0/-]{5,}\d.{0,20}", "the_form_of_phone")


def _mailbox(text: str) -> str:
    """An address that any relay and any reader can write to."""
    parsed = address.parse(text)
    if not parsed.ascii:
        raise Invalid("address_not_ascii", text=abbreviated(text))
    return str(parsed)


def _postal(text: str) -> str:
    if not law.postal(text):
        raise Invalid("postal_address_short", text=abbreviated(text))
    return text


def _time_zone(text: str) -> str:
    try:
        ZoneInfo(text)
    except (ValueError, OSError, LookupError):  # a bad form, a folder of zones, an unknown name
        close = get_close_matches(text, available_timezones(), n=1)
        hint = Fact("hint_nearest", near=close[0]) if close else Fact("hint_time_zone")
        raise Invalid("time_zone_misspelt", zone=abbreviated(text), hint=hint) from None
    return when.place(text)


def _language(text: str) -> str:
    try:
        language = Locale.parse(text, sep="-")
    except (ValueError, UnknownLocaleError):
        raise Invalid("language_unknown", language=abbreviated(text)) from None
    if str(language) != text or language.language != text:
        raise Invalid("language_too_exact", text=abbreviated(text), language=language.language)
    return text


def _field(text: str) -> str:
    if text not in COLUMNS:
        raise Invalid("field_unknown", field=abbreviated(text), known=list(COLUMNS))
    return text


def _role(text: str) -> str:
    roles = [one.value for one in Role]
    if text not in roles:
        raise Invalid("role_unknown", text=abbreviated(text), hint=nearest(text, roles))
    return text


def _approval_rule(text: str) -> str:
    rules = [one.value for one in ApprovalRule]
    if text not in rules:
        raise Invalid("approval_rule_unknown", text=abbreviated(text), hint=nearest(text, rules))
    return text


def _basis(text: str) -> str:
    bases = [one.value for one in Basis]
    if text not in bases:
        raise Invalid("consent_basis_unknown", text=abbreviated(text), hint=nearest(text, bases))
    return text
