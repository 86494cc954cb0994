"""Nobody on a line that may say no ends writable, whatever it says that with (P11)."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest

from communique.domain.member import BadLine, Entry
from communique.errors import FileInvalid
from communique.roster import stems
from communique.roster.columns import UNWRITTEN, folded
from communique.roster.lines import Reading
from communique.roster.spreadsheet import Sheet

STEMS = sorted({one.rstrip(".") for one in stems.of(stems.PLAIN, stems.TELLING, stems.BOUNCED)})
PLAIN = sorted({one.rstrip(".") for one in stems.of(stems.PLAIN)})
WRITTEN = {"desabonn": "Désabonné", "decede": "Décédée", "exclu": "EXCLU", "nettoye": "Nettoyé"}


def lines(
    folder: Path,
    headings: Sequence[str],
    *rows: Sequence[str],
    name: str = "members.csv",
    ignored: Sequence[str] = (),
) -> list[Entry | BadLine]:
    file = folder / name
    text = "\n".join(";".join(one) for one in (headings, *rows))
    file.write_text(text, encoding="utf-8")
    reading = Reading(("fr", "en"), "fr", ("members",), date(2026, 11, 22), ignored=ignored)
    with Sheet(file, reading) as sheet:
        return list(sheet)


def writable(folder: Path, heading: str, *cells: str) -> list[str]:
    """Of the cells under a heading, those whose people would be written to."""
    rows = [("Alpha", f"p{n}@lichen.example", cell) for n, cell in enumerate(cells)]
    read = lines(folder, ("Company", "Email", heading), *rows)
    return [
        cell
        for one, cell in zip(read, cells, strict=True)
        if isinstance(one, Entry) and not one.noes
    ]


@pytest.mark.parametrize("stem", STEMS)
def test_a_column_that_is_called_so_is_read_as_noes(tmp_path: Path, stem: str) -> None:
    cells = ("Oui", "yes", "✓", "✔", "☑", "☒", "√", "●", "?", "x", "2024-01-01")
    for heading in (stem, WRITTEN.get(stem, stem.title()), f"{stem} (date)"):
        assert writable(tmp_path, heading, *cells) == []
        if folded(heading) in map(folded, UNWRITTEN):
            continue  # our own column says how far a no reaches, and nothing else
        assert writable(tmp_path, heading, "non", "0", "-", "n/a", "☐") == [
            *("non", "0", "-", "n/a", "☐")
        ]


@pytest.mark.parametrize(
    "heading", ["Statut", "Status", "Opt-in", "Consentement", "Infolettre", "Abonné", "CASL status"]
)
def test_a_status_or_a_yes_that_says_so_is_a_no(tmp_path: Path, heading: str) -> None:
    cells = [*STEMS, *(one.upper() for one in STEMS), *WRITTEN.values()]
    cells += [one.rstrip(".") for one in stems.of(stems.NEGATIVE)]
    assert writable(tmp_path, heading, *cells) == []


@pytest.mark.parametrize("stem", PLAIN)
def test_a_remark_that_says_so_holds_its_line_back(tmp_path: Path, stem: str) -> None:
    said = WRITTEN.get(stem, stem)
    assert writable(tmp_path, "First name", said.upper(), f"Jean ({said})") == []
    assert writable(tmp_path, "Notes", f"A dit: {said}") == []


@pytest.mark.parametrize("stem", STEMS)
def test_a_remark_beside_an_address_holds_its_line_back(tmp_path: Path, stem: str) -> None:
    rows = [("Alpha", f"x@lichen.example ({stem})"), ("Alpha", f"{stem} <x@lichen.example>")]
    read = lines(tmp_path, ("Company", "Email"), *rows)
    assert all(isinstance(one, BadLine) for one in read)


@pytest.mark.parametrize("stem", STEMS)
def test_a_file_that_is_called_so_has_to_say_it_of_each(tmp_path: Path, stem: str) -> None:
    name = f"{stem.replace(' ', '_')}_members_export.csv"
    with pytest.raises(FileInvalid) as raised:
        lines(tmp_path, ("Company", "Email"), ("Alpha", "x@lichen.example"), name=name)
    assert raised.value.code == "file_named_no"
    rows = [("Alpha", "x@lichen.example", "x"), ("Alpha", "y@lichen.example", "")]
    said, silent = lines(tmp_path, ("Company", "Email", "Opt-out"), *rows, name=name)
    assert isinstance(said, Entry)
    assert said.noes
    assert isinstance(silent, BadLine)


@pytest.mark.parametrize(
    ("heading", "cells"),
    [
        ("Consentement", "refusé;Refus;retiré;aucun;pas de consentement;expiré;?;n/a;-"),
        ("Opt-in", "refusé;retiré;withdrawn;opted out;off;no (by phone);☐;☒;Oui (retiré)"),
        ("Infolettre", "désabonné;unsubscribed"),
        ("Newsletter", "désabonné;unsubscribed"),
        ("Abonné", "désabonné;unsubscribed"),
        (
            "Statut",
            "Ne pas contacter;STOP;Non-abonné;Nettoyé;Supprimé;Radié;Résilié;Rejeté;Invalide",
        ),
        (
            "Statut",
            "Décédé;Désabonné·e",
        ),
        ("Statut courriel", "?;inconnu;Désabonné"),
        ("Consent status", "?;withdrawn"),
        ("CASL status", "expired"),
        ("Consentement LCAP", "Non;retiré"),
        ("Email permission status", "No"),
        ("Accepte les courriels", "Non"),
        *(
            (heading, "Yes;Oui;✓")
            for heading in (
                "Exclu",
                "À exclure",
                "Exclure des envois",
                "Ne plus contacter",
                "Liste noire",
                "Liste rouge",
                "Retrait",
                "Date de retrait",
                "DNC",
                "donotbulkemail",
                "Do not allow Bulk Emails",
                "Do not allow Emails",
                "Ne pas autoriser les courriels",
                "Plainte",
                "Consent withdrawn",
                "GDPR withdrawn",
                "Stop",
                "No mailing",
                "Pas d’envoi",
                "Adresse invalide",
                "Décédé",
                "Deceased",
                "Inactive",
                "Bloqué",
                "Blocked",
                "Opposition",
            )
        ),
    ],
)
def test_what_was_found_to_be_live_is_no_more(tmp_path: Path, heading: str, cells: str) -> None:
    assert writable(tmp_path, heading, *cells.split(";")) == []


@pytest.mark.parametrize(
    ("heading", "cells"),
    [
        ("Consentement", "oui;Exprès;tacite;implied;2024-03-01;✓;Accepté le 3 mars 2024;Abonnée"),
        ("Opt-in", "yes;1;TRUE;opted in;Double opt-in;x"),
        ("Statut", "Actif;Membre;Retraitée;Étudiant;MA;ND;Exclusif"),
        ("Statut courriel", "Actif;Abonné;valide"),
        ("Notes", "Rencontré au congrès;https://news.example/unsubscribe/1;Refuge animal"),
        ("Date de retraite", "2024-01-01"),
        ("OPTIN_TIME", "2024-03-04 12:33:11"),
        ("CONFIRM_IP", "192.0.2.1"),
        ("First name", "Refuge;Stopard;Exclusif"),
    ],
)
def test_what_says_yes_or_nothing_is_no_doubt(tmp_path: Path, heading: str, cells: str) -> None:
    assert writable(tmp_path, heading, *cells.split(";")) == cells.split(";")


@pytest.mark.parametrize(
    "heading",
    [
        "Consent 2",
        "Abonnement au bulletin papier",
        "Newsletter topics",
        "GDPR choice",
        "Abonnement",
        "OK to email?",
        "Marketing",
        "Mailing",
        "Envois",
        "Email opt",
        "Contact",
        "Peut recevoir nos communiqués",
    ],
)
def test_a_column_that_may_say_so_is_asked_for(tmp_path: Path, heading: str) -> None:
    row = ("Alpha", "x@lichen.example", "Yes")
    with pytest.raises(FileInvalid) as raised:
        lines(tmp_path, ("Company", "Email", heading), row)
    assert raised.value.code == "columns_may_be_no"
    [one] = lines(tmp_path, ("Company", "Email", heading), row, ignored=[heading])
    assert isinstance(one, Entry)


@pytest.mark.parametrize("said", ["No", "N", "non", "FALSE", "never", "jamais", "✓", "0"])
def test_a_column_of_yes_and_no_about_mail_is_asked_for(tmp_path: Path, said: str) -> None:
    rows = [("Alpha", "x@lichen.example", said), ("Alpha", "y@lichen.example", "")]
    with pytest.raises(FileInvalid) as raised:
        lines(tmp_path, ("Company", "Email", "Envois"), *rows)
    assert raised.value.fields["headings"] == ["Envois"]


def test_a_bare_no_beyond_what_was_looked_at_is_held_back(tmp_path: Path) -> None:
    rows = [("Alpha", f"x{n}@lichen.example", "à la main") for n in range(300)]
    rows.append(("Alpha", "y@lichen.example", "Non"))
    read = lines(tmp_path, ("Company", "Email", "Envois"), *rows)
    assert [one.line for one in read if isinstance(one, BadLine)] == [302]


@pytest.mark.parametrize(
    ("heading", "cells"),
    [("Contact", "Zoé Roy;N. Petit"), ("Envois", "12;3"), ("Parking", "yes;no"), ("OK", ";")],
)
def test_a_column_of_something_else_is_not_asked_for(
    tmp_path: Path, heading: str, cells: str
) -> None:
    assert writable(tmp_path, heading, *cells.split(";")) == cells.split(";")


@pytest.mark.parametrize(
    ("heading", "said"),
    [
        ("Statut", "Parti"),
        ("Status", "Left"),
        ("Notes", "Asked us to stop writing 2024"),
        ("Notes", "please remove from list"),
        ("Remarques", "à enlever de la liste"),
        ("Commentaires", "Ne veut plus rien recevoir"),
    ],
)
def test_what_people_write_of_who_said_no_is_heard(tmp_path: Path, heading: str, said: str) -> None:
    assert writable(tmp_path, heading, said) == []


def test_an_address_may_have_such_a_word(tmp_path: Path) -> None:
    [one] = lines(tmp_path, ("Company", "Email"), ("Alpha", "Zoé <nospam-stop@lichen.example>"))
    assert isinstance(one, Entry)
