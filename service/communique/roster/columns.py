"""Which column of a spreadsheet is what: headings in French and English, or as an option says.

A column nobody knows is ignored, never guessed at.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from types import MappingProxyType

from communique.domain.consent import Extent
from communique.domain.law import is_place
from communique.domain.text import abbreviated
from communique.errors import Invalid
from communique.facts import Fact

# What a column can be. The first English and the first French heading are those of an export; the
# others are what people, and Outlook, Apple, HubSpot, Mailchimp, CiviCRM and Eventbrite write.
HEADINGS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "reference": (
        ("Reference", "Member number", "Member no", "Member ID", "Membership number"),
        ("No de membre", "No membre", "Numéro de membre", "N° de membre", "N° membre", "Référence"),
    ),
    "member": (
        (
            *("Company", "Member", "Member company", "Organization", "Organisation"),
            *("Member name", "Company name", "Current employer", "Associated company", "Employer"),
            *("Media outlet", "Outlet"),
        ),
        (
            *("Entreprise", "Membre", "Société", "Organisme", "Nom du membre", "Compagnie"),
            *("Nom de l’entreprise", "Raison sociale", "Organisation", "Média", "Publication"),
        ),
    ),
    "sector": (("Sector", "Industry"), ("Secteur", "Secteur d’activité")),
    "territory": (
        ("Territory", "Region", "State", "Province", "State/Province"),
        ("Territoire", "Région", "Province", "État"),
    ),
    "kind": (
        ("Kind", "Kind of membership", "Category", "Membership", "Membership type"),
        ("Catégorie", "Type de membre"),
    ),
    "since": (("Since", "Member since"), ("Membre depuis", "Depuis")),
    "until": (("Until", "Member until"), ("Membre jusqu’au", "Jusqu’au")),
    "given_name": (("Given name", "First name"), ("Prénom",)),
    "family_name": (("Family name", "Last name", "Surname"), ("Nom", "Nom de famille")),
    "role": (("Role", "Job title", "Title", "Position"), ("Fonction", "Titre", "Poste")),
    "address": (
        ("Email", "E-mail", "Email address", "E-mail address", "Email (work)", "Email (home)"),
        (
            *("Courriel", "Adresse courriel", "Adresse de courriel", "Adresse électronique"),
            *("Adresse de messagerie", "Adresse e-mail", "Adresse mail"),
        ),
    ),
    "language": (("Language", "Preferred language"), ("Langue", "Langue de correspondance")),
    "lists": (("Lists", "List"), ("Listes", "Liste")),
    "consent_since": (("Consent since", "Consent date"), ("Consentement depuis",)),
}

# A column of exports: what somebody must not be written. An import reads it as their no.
# A file that is mailed from elsewhere would otherwise reach people who said no.
UNWRITTEN = ("Do not send", "Ne pas envoyer")
REACHES: Mapping[Extent, tuple[str, str]] = {
    Extent.ALL: ("anything", "tout message"),
    Extent.JOINT: ("joint releases", "communiqués conjoints"),
    Extent.LIST: ("list {list}", "liste {list}"),
}

# The fields that an empty cell can clear, where that is asked for.
CLEARABLE = ("sector", "territory", "kind", "since", "until", "given_name", "family_name", "role")

REQUIRED = {"address": Fact("column_of_address")}
# Of two columns that may be these, somebody has to say which; of any other neither is taken.
_DECISIVE = frozenset({"address", "member", "reference"})
# A column of nothing else is how people are addressed, not what they do.
_HONORIFICS = frozenset(
    {"m", "mr", "mrs", "ms", "mme", "mlle", "miss", "mx", "dr", "dre", "prof", "pr", "me"}
    | {"monsieur", "madame", "mademoiselle", "docteur"}
)
# A column that is called so is of places where it holds nothing else: it may be of a status.
_OF_A_PLACE = frozenset({"state", "etat"})
LONGEST_SHOWN = 40

# Whether the values of a column cannot be that field's, however the column is called.
Unfit = Callable[[Sequence[str]], bool]


def folded(text: str) -> str:
    """`text` without what people write differently: case, accents, spaces, hyphens, apostrophes."""
    letters = unicodedata.normalize("NFKD", text).casefold()
    return "".join(character for character in letters if character.isalnum())


_KNOWN: Mapping[str, str] = MappingProxyType(
    {
        folded(heading): field
        for field, languages in HEADINGS.items()
        for heading in (field, *languages[0], *languages[1])
    }
)


def recognised(headings: Sequence[str], chosen: Mapping[str, str] | None = None) -> int:
    """How many fields the headings name, `chosen` ones too: what tells headings from other rows."""
    alike = {folded(heading.rpartition("#")[0] or heading) for heading in (chosen or {}).values()}
    found = {folded(one) for one in headings if one}
    return len({_KNOWN[one] for one in found if one in _KNOWN}) + len(found & alike)


def remembered(headings: Sequence[str], known: Mapping[str, str]) -> dict[str, str]:
    """Of the `known` headings (heading to field), those that stand here: field to heading.

    Raises Invalid for two of one field.
    """
    found: dict[str, str] = {}
    for heading, field in known.items():
        try:
            _position(headings, field, heading)
        except Invalid as error:
            if error.code == "column_unknown":
                continue  # another year's
            raise
        if field in found:
            raise Invalid(
                "columns_alike",
                one=abbreviated(found[field], LONGEST_SHOWN),
                other=abbreviated(heading, LONGEST_SHOWN),
                field=field,
                choices=[f"{field}={found[field]}", f"{field}={heading}"],
            )
        found[field] = heading
    return found


NO = "no"  # what a column is taken for by which people said no


@dataclass(frozen=True, slots=True)
class Columns:
    """The position of each field, and which columns might be one and are taken for none."""

    places: Mapping[str, int]
    doubts: Mapping[str, tuple[str, ...]]  # field: the choices


def place(
    headings: Sequence[str],
    chosen: Mapping[str, str],
    *,
    ignored: Collection[str] = (),
    sample: Sequence[Sequence[str]] = (),
    unfit: Mapping[str, Unfit] = MappingProxyType({}),
) -> Columns:
    """The position of each field that the headings give. `chosen` maps fields to headings.

    A choice is a heading, or `Email#2`: the second of those that are called so; so is each of the
    `ignored`. Of columns that are called alike, those are passed over that are empty in the
    `sample`, and so are those whose values are `unfit`; that of companies also where it is alone,
    unless their numbers say that they are companies.

    Raises Invalid for a choice that cannot be met, two columns for one field, or a missing one.
    """
    places = {field: _position(headings, field, heading) for field, heading in chosen.items()}
    passed = positions(headings, ignored) | set(places.values())
    found: dict[str, list[int]] = {}
    for position, heading in enumerate(headings):
        field = _KNOWN.get(folded(heading))
        if field is None or field in chosen or position in passed:
            continue
        found.setdefault(field, []).append(position)
    doubts = {}
    for field, alike in found.items():
        called = {folded(headings[one]) for one in alike}
        left = alike
        if field not in _DECISIVE or len(called) == len(alike):
            left = _filled(alike, sample)
        if field == "territory":
            left = [one for one in left if _is_place(headings[one], one, sample)]
        if len(left) > 1 or (field == "member" and "reference" not in found | places):
            left = [one for one in left if not _unfit(unfit, field, one, sample)]
        if len(left) == 1:
            places[field] = left[0]
        elif left and field in _DECISIVE:
            raise Invalid(
                "columns_alike",
                one=abbreviated(headings[left[0]], LONGEST_SHOWN),
                other=abbreviated(headings[left[1]], LONGEST_SHOWN),
                field=field,
                choices=[_choice(headings, field, one) for one in left],
            )
        elif left:
            doubts[field] = tuple(_choice(headings, field, one) for one in left)
    missing = [field for field in REQUIRED if field not in places]
    if missing:
        raise Invalid(
            "columns_missing",
            missing=[REQUIRED[field] for field in missing],
            fields=missing,
            columns=_listed(headings),
        )
    return Columns(places, doubts)


def _is_place(heading: str, position: int, sample: Sequence[Sequence[str]]) -> bool:
    """Whether a column is of places, by what it is called or, where that may be, by what it has."""
    values = {row[position] for row in sample if position < len(row) and row[position]}
    return folded(heading) not in _OF_A_PLACE or (bool(values) and all(map(is_place, values)))


def _unfit(
    unfit: Mapping[str, Unfit], field: str, position: int, sample: Sequence[Sequence[str]]
) -> bool:
    values = [row[position] for row in sample if position < len(row) and row[position]]
    return bool(values) and field in unfit and unfit[field](values)


def _filled(positions: list[int], sample: Sequence[Sequence[str]]) -> list[int]:
    """Those of the columns in which something stands; all of them where nothing does in any."""
    filled = [one for one in positions if any(one < len(row) and row[one] for row in sample)]
    return filled or (positions[:1] if sample else positions)


def honorifics(column: Sequence[str]) -> bool:
    """Whether a column says how people are addressed."""
    return all(folded(one) in _HONORIFICS for one in column)


def positions(headings: Sequence[str], named: Collection[str]) -> set[int]:
    """Where columns stand that are named by their headings."""
    return {_position(headings, "", heading) for heading in named}


def _position(headings: Sequence[str], field: str, heading: str) -> int:
    if field and field not in HEADINGS:
        raise Invalid("field_unknown", field=abbreviated(field), known=list(HEADINGS))
    exact = [position for position, one in enumerate(headings) if one == heading]
    alike = [position for position, one in enumerate(headings) if folded(one) == folded(heading)]
    if len(exact) == 1 or (not exact and len(alike) == 1):
        return (exact or alike)[0]
    name, sharp, ordinal = heading.rpartition("#")
    if sharp and ordinal.isdecimal() and not alike:
        named = [position for position, one in enumerate(headings) if folded(one) == folded(name)]
        if 1 <= int(ordinal) <= len(named):
            return named[int(ordinal) - 1]
    raise Invalid(
        "column_ambiguous" if alike else "column_unknown",
        heading=abbreviated(heading),
        columns=_listed(headings),
        choices=[_choice(headings, field, one) for one in alike],
    )


def plain(headings: Sequence[str]) -> dict[str, int]:
    """The fields that one heading alone names."""
    named = [(_KNOWN.get(folded(one), ""), place) for place, one in enumerate(headings)]
    fields = [field for field, _ in named]
    return {field: place for field, place in named if field and fields.count(field) == 1}


def seen(
    headings: Sequence[str],
    places: Mapping[str, int],
    noes: Collection[int],
    sample: Sequence[Sequence[str]],
) -> tuple[tuple[str, str, tuple[str, ...]], ...]:
    """Each column with a heading: how it is chosen, what it is taken for, some of its values."""
    fields = {place: field for field, place in places.items()}
    found = []
    for place, heading in enumerate(headings):
        if heading:
            values = (row[place] for row in sample if place < len(row) and row[place])
            some = tuple(
                abbreviated(one, LONGEST_SHOWN) for one in islice(dict.fromkeys(values), 3)
            )
            field = NO if place in noes else fields.get(place, "")
            found.append((_choice(headings, "", place), field, some))
    return tuple(found)


def _listed(headings: Sequence[str]) -> list[str]:
    return [f"“{abbreviated(one, LONGEST_SHOWN)}”" for one in headings if one]


def _choice(headings: Sequence[str], field: str, position: int) -> str:
    """How the column there is chosen; `#2` tells the second of those that are called alike."""
    heading = headings[position]
    alike = [one for one, other in enumerate(headings) if folded(other) == folded(heading)]
    number = f"#{alike.index(position) + 1}" if len(alike) > 1 else ""
    return f"{field}={heading}{number}" if field else f"{heading}{number}"
