"""Makes the fictional members of `subscribers/`: the same people on every machine.

    python tools/fictional_people.py                            writes both members.csv
    python tools/fictional_people.py --check                    exits with 1 if they differ
    python tools/fictional_people.py --count 20000 --out FILE   any number of people

Nobody here exists: companies are coined words, and every address is under `.example`, which no
mail can leave for (RFC 2606). It must stay so.
"""

from __future__ import annotations

import argparse
import csv
import io
import random
import re
import sys
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count, islice
from pathlib import Path

SUBSCRIBERS = Path(__file__).resolve().parents[1] / "subscribers"

GIVEN = {
    "fr": """Maude Étienne Océane Félix Noémie Gaël Chloé Loïc Anaïs Thaïs Jérôme Zoé Béatrice Rémi
        Léa Hélène François Gisèle Benoît Joëlle Mélanie Cédric Inès Aïcha Moussa Thi-Lan Wassim
        Jean-Philippe Marie-Ève Pier-Luc Anne-Sophie Kateri Fatoumata Yann""",
    "en": """Harper Desmond Priya Owen Marisol Caleb Ingrid Tobias Nadine Kwame Beatrix Rohan
        Eleanor Mateo Siobhan Linnea Jasper Anjali Dmitri Wren Callum Yuki Thaddeus Imani Noor
        Soren Pilar Ezra Mei-Ling Chidi Rosalind Gideon Xiomara Ambrose Zuzana Björn Lucía""",
}
FAMILY = {
    "fr": """Desrochers Beauchemin Larivière Thériault D’Amours Bérubé Laflèche Brisebois Côté
        Vadeboncœur Lachance Dubé Lévesque L’Écuyer Saint-Cyr Boisclair Archambault Quévillon
        Ben-Salah Traoré Nguyen Létourneau-Roy Courtemanche Desjardins Lafrenière Ouédraogo Picotte
        Maltais St-Onge Casavant Plamondon Sauvageau""",
    "en": """Ashdown Varga Okafor Lindqvist Mehta Castellanos O'Dowd Whitlock Nakagawa Ferreira
        Abernathy Kowalczyk Delacroix-Hume Thornbury Silva Haddad Petrov Winslow Adeyemi Marchetti
        Quill Sørensen Iyer Blackwood Tran Goldfarb McAllister Hawthorne Nuñez Zielinski Fitzroy
        Bhattacharya Redfern Achterberg""",
}
ROLES = {
    "fr": [
        "Présidence-direction générale",
        "Direction scientifique",
        "Affaires réglementaires",
        "Développement des affaires",
        "Responsable des communications",
        "Vice-présidence, recherche et développement",
        "Soutien à la direction",
    ],
    "en": [
        "Chief Executive Officer",
        "Chief Scientific Officer",
        "Director, Regulatory Affairs",
        "Head of Business Development",
        "Communications Manager",
        "Vice President, Research & Development",
        "Office Manager",
        "Lab Operations Lead",
    ],
}


@dataclass(frozen=True)
class Place:
    """One association's world: whom it counts as members, and how its spreadsheet was saved."""

    key: str
    companies: int
    first_reference: int
    language: str
    other_language: float  # share of people in the other language
    colleagues: float  # chance that a company has one more person
    stems: tuple[str, str]
    trades: Sequence[str]
    sectors: Sequence[str]
    territories: Sequence[str]  # the most usual first
    kinds: Sequence[str]
    headings: Sequence[str]
    delimiter: str = ","
    newline: str = "\n"
    encoding: str = "utf-8"
    oddities: Mapping[int, Mapping[str, str]] = field(default_factory=dict)  # by company


BIOQUEBEC = Place(
    key="bioquebec",
    companies=160,
    first_reference=1001,
    language="fr",
    other_language=0.25,
    colleagues=0.335,
    stems=(
        """Loutre Bouleau Épinette Harfang Cormoran Mélèze Bruant Castor Sittelle Érable Huard Thuya
        Bernache Lichen Caribou Pruche""",
        "brise lune val mont rive roche combe source aube lande",
    ),
    trades=[
        "Biosciences inc.",
        "Thérapeutique",
        "Diagnostic",
        "Santé numérique",
        "Bioproduction",
        "et associés, conseil",
        "Vaccins",
        "Technologies médicales",
    ],
    sectors=[
        "Biopharmaceutique",
        "Technologies médicales",
        "Santé numérique",
        "Recherche contractuelle",
        "Bioproduction",
        "Services professionnels",
    ],
    territories=[
        "Montréal",
        "Laval",
        "Capitale-Nationale",
        "Montérégie",
        "Estrie",
        "Outaouais",
        "Bas-Saint-Laurent",
        "Saguenay–Lac-Saint-Jean",
        "Ontario",
        "Massachusetts",
    ],
    kinds=["Entreprise", "Jeune pousse", "Institution", "Services"],
    headings=[
        "No de membre",
        "Entreprise",
        "Secteur",
        "Territoire",
        "Catégorie",
        "Membre depuis",
        "Membre jusqu’au",
        "Prénom",
        "Nom",
        "Fonction",
        "Courriel",
        "Langue",
        "Listes",
        "Consentement depuis",
    ],
    delimiter=";",  # as Excel saves it in French
    newline="\r\n",
    encoding="utf-8-sig",
    oddities={
        7: {"given": "Marie-Ève", "family": "D’Amours-L’Heureux"},
        11: {
            "company": "Institut boréal de recherche translationnelle en bioproduction, "
            "en immunothérapie et en santé durable",
            "domain": "institut-boreal.example",
        },
        17: {"company": "Laboratoires Épinette bleue", "domain": "épinette-bleue.example"},
        23: {"given": "Nadia", "family": "Benyahia", "local": "nadia.benyahia+communiques"},
        29: {"given": "سمر", "family": "الخطيب", "local": "samar.alkhatib"},
        31: {
            "given": "Jean-Sébastien-Alexandre",
            "family": "Vadeboncœur-de la Durantaye-Deslongchamps-Saint-Hilaire",
            "local": "jsa.vadeboncoeur",
        },
        37: {"given": "Siobhán", "family": "O'Reilly", "local": "siobhan.o'reilly"},
    },
)

MASSBIO = Place(
    key="massbio",
    companies=1150,
    first_reference=20001,
    language="en",
    other_language=0.02,
    colleagues=0.12,
    stems=(
        """Heron Otter Birch Cedar Lark Plover Marten Alder Tern Juniper Osprey Linden Sorrel Wren
        Hazel Curlew Yarrow Badger Aspen Merlin Clover Rowan Grebe Thistle Willet Hemlock Bramble
        Egret Tansy Fennel Larch Pipit""",
        """wick loom mere thorn brae quill fold garth hollow stead wharf lathe crest moor spire fen
        reach well barrow gate knoll beck dale strand weir tide ridge cove ember haven sedge cairn
        vale glen lea mantle""",
    ),
    trades=[
        "Therapeutics",
        "Diagnostics",
        "Biosciences, Inc.",
        "Medicines",
        "Gene Works",
        "Lab Services LLC",
        "Bioprocess",
        "Health Data",
        "& Daughters, Counsel",
        "Instruments",
        "Vaccines",
    ],
    sectors=[
        "Biopharma",
        "Medical devices",
        "Digital health",
        "Contract research",
        "Biomanufacturing",
        "Professional services",
        "Academia",
    ],
    territories=[
        "Cambridge",
        "Boston",
        "Waltham",
        "Watertown",
        "Lexington",
        "Worcester",
        "Woburn",
        "Bedford",
        "Andover",
        "Framingham",
        "Rhode Island",
        "New Hampshire",
        "Québec",
    ],
    kinds=["Company", "Start-up", "Academic", "Service provider"],
    headings=[
        "Reference",
        "Company",
        "Sector",
        "Territory",
        "Kind",
        "Since",
        "Until",
        "First name",
        "Last name",
        "Job title",
        "Email",
        "Language",
        "Lists",
        "Consent since",
    ],
    oddities={
        5: {"given": "Aoife", "family": "O'Shaughnessy", "local": "aoife.o'shaughnessy"},
        12: {
            "company": "The Fellowship for Translational Immunology, Regenerative Medicine "
            "and Bioprocess Engineering",
            "domain": "fellowship.example",
        },
        19: {"company": "Café Réactif Bioassays", "domain": "café-réactif.example"},
        26: {"given": "Tomás", "family": "Quiñones", "local": "tomas.quinones+massbio"},
        33: {"given": "ליאורה", "family": "בן־שחר", "local": "liora.benshachar"},
        40: {"given": "Anne-Marie-Thérèse", "family": "de la Croix–Featherstonehaugh"},
        47: {"given": "晓梅", "family": "欧阳", "local": "xiaomei.ouyang"},
    },
)

PLACES = {place.key: place for place in (BIOQUEBEC, MASSBIO)}


def people(place: Place) -> Iterator[list[str]]:
    """A row for each person of each company of `place`, without end, always the same ones."""
    # Of all that `random` offers, only random() promises the same numbers in every version.
    draw = random.Random(place.key).random  # noqa: S311

    def pick(choices: Sequence[str]) -> str:
        return choices[int(draw() * len(choices))]

    def early(choices: Sequence[str]) -> str:
        return choices[int(draw() ** 2 * len(choices))]

    def month(first: int, last: int) -> str:
        return f"{first + int(draw() * (last - first + 1))}-{1 + int(draw() * 12):02}-01"

    other = "en" if place.language == "fr" else "fr"
    for number in count():
        odd = place.oddities.get(number, {})
        company = odd.get("company", _company(place, number))
        domain = odd.get("domain", f"{_slug(company)}.example")
        until = _until(number)
        member = [
            str(place.first_reference + number),
            company,
            pick(place.sectors),
            early(place.territories),
            early(place.kinds),
            month(2004, 2019 if until else 2025),
            until,
        ]
        locals_taken: set[str] = set()
        while not locals_taken or (not odd and draw() < place.colleagues):
            language = other if draw() < place.other_language else place.language
            given = odd.get("given", pick(GIVEN[language].split()))
            family = odd.get("family", pick(FAMILY[language].split()))
            local = odd.get("local", f"{_slug(given)}.{_slug(family)}")
            if local in locals_taken:
                local += str(len(locals_taken) + 1)
            locals_taken.add(local)
            asked = draw() < 0.3
            yield [
                *member,
                given,
                family,
                pick(ROLES[language]),
                f"{local}@{domain}",
                language,
                "members partners-news" if asked else "members",
                month(2020, 2025) if asked else "",
            ]


def of_companies(place: Place) -> Iterator[list[str]]:
    """The people of its first `companies` companies."""
    last = place.first_reference + place.companies
    for row in people(place):
        if int(row[0]) >= last:
            return
        yield row


def write(place: Place, rows: Iterator[list[str]], out: io.TextIOBase) -> None:
    """Write heading and rows as the association's spreadsheet is."""
    writer = csv.writer(out, delimiter=place.delimiter, lineterminator=place.newline)
    writer.writerow(place.headings)
    writer.writerows(rows)


def _company(place: Place, number: int) -> str:
    """A coined name, different for every number."""
    starts, ends = (words.split() for words in place.stems)
    turn, stem = divmod(number, len(starts) * len(ends))
    turn, trade = divmod(turn, len(place.trades))
    lap, start = divmod(stem, len(starts))
    name = starts[start] + ends[(start + lap) % len(ends)]
    name = f"{name} {place.trades[(stem + trade) % len(place.trades)]}"
    return f"{name} {turn + 1}" if turn else name


def _until(number: int) -> str:
    """The last day of membership: a few left long ago, a few lately."""
    if number % 60 == 9:
        return "2023-03-31"  # more than two years ago: consent has lapsed
    if number % 70 == 13:
        return "2026-02-28"  # within two years: consent still holds
    return ""


def _slug(text: str) -> str:
    letters = unicodedata.normalize("NFKD", text.lower().replace("œ", "oe").replace("ø", "o"))
    plain = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return re.sub(r"[^a-z0-9]+", "-", re.sub("['’]", "", plain)).strip("-")


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line asks; the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare, and write nothing")
    parser.add_argument("--association", choices=PLACES, default=MASSBIO.key)
    parser.add_argument("--count", type=int, help="how many people")
    parser.add_argument("--out", type=Path, help="the file to write them to")
    asked = parser.parse_args(arguments)
    if (asked.count is None) != (asked.out is None):
        parser.error("--count and --out go together")
    if asked.count is not None:
        place = PLACES[asked.association]
        with asked.out.open("w", encoding=place.encoding, newline="") as out:
            write(place, islice(people(place), asked.count), out)
        return 0
    differing = []
    for place in PLACES.values():
        made = io.StringIO()
        write(place, of_companies(place), made)
        octets = made.getvalue().encode(place.encoding)
        file = SUBSCRIBERS / place.key / "members.csv"
        if not asked.check:
            file.write_bytes(octets)
        elif not file.exists() or file.read_bytes() != octets:
            differing.append(str(file))
    for name in differing:
        print(f"{name} is not what tools/fictional_people.py makes", file=sys.stderr)
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
