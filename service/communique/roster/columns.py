"""Which column of a spreadsheet is what: headings in French and English, or as an option says.

A column nobody knows is ignored, never guessed at.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType

from communique.domain.consent import Extent
from communique.domain.text import abbreviated
from communique.errors import Invalid

# What a column can be. The first English and the first French heading are those of an export.
HEADINGS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "reference": (
        ("Reference", "Member number", "Member no", "Member ID"),
        ("No de membre", "Numéro de membre", "Référence"),
    ),
    "member": (
        ("Company", "Member", "Member company", "Organization", "Organisation", "Member name"),
        ("Entreprise", "Membre", "Société", "Organisme", "Nom du membre"),
    ),
    "sector": (("Sector", "Industry"), ("Secteur", "Secteur d’activité")),
    "territory": (("Territory", "Region"), ("Territoire", "Région")),
    "kind": (
        ("Kind", "Kind of membership", "Category", "Membership"),
        ("Catégorie", "Type de membre"),
    ),
    "since": (("Since", "Member since"), ("Membre depuis", "Depuis")),
    "until": (("Until", "Member until"), ("Membre jusqu’au", "Jusqu’au")),
    "given_name": (("Given name", "First name"), ("Prénom",)),
    "family_name": (("Family name", "Last name", "Surname"), ("Nom", "Nom de famille")),
    "role": (("Role", "Job title", "Title", "Position"), ("Fonction", "Titre", "Poste")),
    "address": (
        ("Email", "E-mail", "Email address", "E-mail address"),
        ("Courriel", "Adresse courriel", "Adresse de courriel", "Adresse électronique"),
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

REQUIRED = {"address": "an e-mail address"}


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


def recognised(headings: Sequence[str]) -> int:
    """How many headings are known ones: what tells the right delimiter from the wrong ones."""
    return sum(folded(heading) in _KNOWN for heading in headings)


def place(
    headings: Sequence[str], chosen: Mapping[str, str], ignored: Collection[str] = ()
) -> dict[str, int]:
    """The position of each field that the headings give. `chosen` maps fields to headings.

    A choice is a heading, or `Email#2`: the second of those that are called so. Columns that are
    `ignored` are no field's.

    Raises Invalid for a choice that cannot be met, two columns for one field, or a missing one.
    """
    places = {field: _position(headings, field, heading) for field, heading in chosen.items()}
    passed = positions(headings, ignored)
    for position, heading in enumerate(headings):
        field = _KNOWN.get(folded(heading))
        if field is None or position in passed or field in chosen or position in places.values():
            continue
        if field in places:
            raise Invalid(
                "columns_alike",
                one=abbreviated(headings[places[field]], 40),
                other=abbreviated(heading, 40),
                field=field,
                choices=[_choice(headings, field, one) for one in (places[field], position)],
            )
        places[field] = position
    missing = [field for field in REQUIRED if field not in places]
    if missing:
        raise Invalid(
            "columns_missing",
            missing=" and ".join(REQUIRED[field] for field in missing),
            fields=missing,
            columns=_listed(headings),
        )
    return places


def positions(headings: Sequence[str], named: Collection[str]) -> set[int]:
    """Where columns stand that are named by their headings."""
    return {_position(headings, "address", heading) for heading in named}


def _position(headings: Sequence[str], field: str, heading: str) -> int:
    if field not in HEADINGS:
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


def _listed(headings: Sequence[str]) -> list[str]:
    return [f"“{abbreviated(one, 40)}”" for one in headings if one]


def _choice(headings: Sequence[str], field: str, position: int) -> str:
    """How the column there is chosen; `#2` tells the second of those that are called alike."""
    heading = headings[position]
    alike = [one for one, other in enumerate(headings) if folded(other) == folded(heading)]
    number = f"#{alike.index(position) + 1}" if len(alike) > 1 else ""
    return f"{field}={heading}{number}"
