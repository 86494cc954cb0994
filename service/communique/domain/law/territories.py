"""Where a member is, read from what rosters call it: English, French, or the codes of the post.

Only what laws tell apart is known: the provinces of Canada, the states of the United States, the
regions of Québec, and the countries that members of theirs are likeliest to be in.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Mapping
from functools import cache

# By country, so that a two-letter code is read as whoever is there reads it: CA is California to
# Boston and Canada to Montréal. Each has its names, in whatever language, with bars between.
_OF_CANADA: Mapping[str, str] = {
    "AB": "Alberta",
    "BC": "British Columbia|Colombie-Britannique|C.-B.",
    "MB": "Manitoba",
    "NB": "New Brunswick|Nouveau-Brunswick|N.-B.",
    "NL": "Newfoundland and Labrador|Newfoundland|Terre-Neuve-et-Labrador|T.-N.-L.",
    "NS": "Nova Scotia|Nouvelle-Écosse|N.-É.",
    "NT": "Northwest Territories|Territoires du Nord-Ouest|T.N.-O.",
    "NU": "Nunavut",
    "ON": "Ontario|Ont.",
    "PE": "Prince Edward Island|Île-du-Prince-Édouard|PEI|Î.-P.-É.",
    "QC": "Québec|Province de Québec|Qué.|PQ",
    "SK": "Saskatchewan",
    "YT": "Yukon",
}
_OF_THE_STATES: Mapping[str, str] = {
    "AL": "Alabama",
    "AK": "Alaska",
    "AZ": "Arizona",
    "AR": "Arkansas",
    "CA": "California|Californie",
    "CO": "Colorado",
    "CT": "Connecticut",
    "DC": "District of Columbia|Washington, D.C.|Washington DC|District de Columbia",
    "DE": "Delaware",
    "FL": "Florida|Floride",
    "GA": "Georgia|Géorgie",
    "HI": "Hawaii|Hawaï",
    "IA": "Iowa",
    "ID": "Idaho",
    "IL": "Illinois",
    "IN": "Indiana",
    "KS": "Kansas",
    "KY": "Kentucky",
    "LA": "Louisiana|Louisiane",
    "MA": "Massachusetts|Mass.",
    "MD": "Maryland",
    "ME": "Maine",
    "MI": "Michigan",
    "MN": "Minnesota",
    "MO": "Missouri",
    "MS": "Mississippi",
    "MT": "Montana",
    "NC": "North Carolina|Caroline du Nord",
    "ND": "North Dakota|Dakota du Nord",
    "NE": "Nebraska",
    "NH": "New Hampshire",
    "NJ": "New Jersey",
    "NM": "New Mexico|Nouveau-Mexique",
    "NV": "Nevada",
    "NY": "New York|État de New York",
    "OH": "Ohio",
    "OK": "Oklahoma",
    "OR": "Oregon",
    "PA": "Pennsylvania|Pennsylvanie",
    "PR": "Puerto Rico|Porto Rico",
    "RI": "Rhode Island",
    "SC": "South Carolina|Caroline du Sud",
    "SD": "South Dakota|Dakota du Sud",
    "TN": "Tennessee",
    "TX": "Texas",
    "UT": "Utah",
    "VA": "Virginia|Virginie",
    "VT": "Vermont",
    "WA": "Washington|Washington State|État de Washington",
    "WI": "Wisconsin",
    "WV": "West Virginia|Virginie-Occidentale",
    "WY": "Wyoming",
}
_COUNTRIES: Mapping[str, str] = {
    "AT": "Austria|Autriche",
    "AU": "Australia|Australie",
    "BE": "Belgium|Belgique",
    "BR": "Brazil|Brésil",
    "CA": "Canada",
    "CH": "Switzerland|Suisse",
    "CN": "China|Chine",
    "CZ": "Czechia|Czech Republic|Tchéquie|République tchèque",
    "DE": "Germany|Allemagne",
    "DK": "Denmark|Danemark",
    "ES": "Spain|Espagne",
    "FI": "Finland|Finlande",
    "FR": "France",
    "GB": "United Kingdom|UK|Great Britain|England|Royaume-Uni|Angleterre|Écosse|Scotland",
    "GR": "Greece|Grèce",
    "HU": "Hungary|Hongrie",
    "IE": "Ireland|Irlande",
    "IL": "Israel|Israël",
    "IN": "India|Inde",
    "IT": "Italy|Italie",
    "JP": "Japan|Japon",
    "KR": "South Korea|Corée du Sud",
    "LU": "Luxembourg",
    "MX": "Mexico|Mexique",
    "NL": "Netherlands|Pays-Bas",
    "NO": "Norway|Norvège",
    "NZ": "New Zealand|Nouvelle-Zélande",
    "PL": "Poland|Pologne",
    "PT": "Portugal",
    "RO": "Romania|Roumanie",
    "SE": "Sweden|Suède",
    "SG": "Singapore|Singapour",
    "US": "United States|United States of America|USA|U.S.A.|U.S.|États-Unis|É.-U.",
}
# What is in one of them, and not all of it.
_WITHIN: Mapping[str, str] = {
    "CA-QC": (
        "Abitibi-Témiscamingue|Bas-Saint-Laurent|Capitale-Nationale|Centre-du-Québec|"
        "Chaudière-Appalaches|Côte-Nord|Estrie|Gaspésie–Îles-de-la-Madeleine|Gaspésie|Lanaudière|"
        "Laurentides|Laval|Mauricie|Montérégie|Montréal|Nord-du-Québec|Outaouais|"
        "Saguenay–Lac-Saint-Jean"
    ),
    "US-MA": "Boston|Cambridge",
}
_PARTS: Mapping[str, Mapping[str, str]] = {"CA": _OF_CANADA, "US": _OF_THE_STATES}


def place(text: str, home: str) -> str:
    """The place that a territory names, in ISO 3166; `home`, where nobody knows which that is.

    A code of two letters is one of the country that `home` is in, if it has such a part.
    """
    wanted = _plain(text)
    country = home.partition("-")[0]
    return _codes(country).get(wanted) or _names().get(wanted) or home


def elsewise(named: Collection[str], there: Collection[str], home: str) -> list[str]:
    """Of the territories that rosters have `there`, those that are called otherwise than any of the
    `named`, and lie in a place that one of these is the name of.
    """
    wholes = {place(one, home) for one in named if is_whole(one)}
    return [
        one for one in there if one not in named and is_place(one) and place(one, home) in wholes
    ]


def is_whole(text: str) -> bool:
    """Whether a text names a place that is known here, and all of it."""
    return is_place(text) and _plain(text) not in _within()


def is_place(text: str) -> bool:
    """Whether a text is nothing but the name or the code of a place that is known here."""
    return _plain(text) in _names()


@cache
def _codes(country: str) -> Mapping[str, str]:
    return {code.lower(): f"{country}-{code}" for code in _PARTS.get(country, {})}


@cache
def _names() -> Mapping[str, str]:
    """Every name, and every code written out or of one country only."""
    known = {code.lower(): code for code in _COUNTRIES}
    for country, parts in _PARTS.items():
        for code, names in parts.items():
            whole = f"{country}-{code}"
            known[_plain(whole)] = whole
            known.setdefault(code.lower(), whole)
            known |= {_plain(name): whole for name in names.split("|")}
    for code, names in (*_COUNTRIES.items(), *_WITHIN.items()):
        known |= {_plain(name): code for name in names.split("|")}
    return known


@cache
def _within() -> frozenset[str]:
    return frozenset(_plain(name) for names in _WITHIN.values() for name in names.split("|"))


def _plain(text: str) -> str:
    """Its letters alone, without accents or case: how rosters differ in writing one name."""
    apart = unicodedata.normalize("NFD", text.casefold())
    return "".join(one for one in apart if one.isalnum())
