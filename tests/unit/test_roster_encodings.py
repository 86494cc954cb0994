"""Which encoding a text is in is decided by evidence, shown, and in doubt left to people."""

from __future__ import annotations

import io

import pytest

from communique.cli import words
from communique.errors import Invalid
from communique.roster.encodings import decide

NAMES = (
    *(
        "Hélène Côté",
        "Gagné inc.",
        "André Dubé",
        "Zoé Lefèvre",
        "Société Générale",
        "École du Bois",
    ),
    *("François Noël", "Événements Émond", "Jérôme Bélanger", "GAGNÉ LTÉE", "L’Érable d’été"),
    *("école", "Guy Roy", "Müller & fils", "Île-à-la-Crosse", "n° 7 – Laval", "d’or"),
)


def decided(octets: bytes, chosen: str | None = None) -> tuple[str, tuple[str, ...]]:
    found = decide(io.BytesIO(octets), chosen)
    return found.name, found.samples


def table(names: tuple[str, ...]) -> str:
    return "Entreprise;Courriel\r\n" + "".join(
        f"{name};p{n}@labo.example\r\n" for n, name in enumerate(names)
    )


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("encoding", ["utf-8", "windows-1252", "mac-roman", "cp850"])
def test_one_accented_name_is_enough_to_know(encoding: str, name: str) -> None:
    if encoding == "cp850":
        name = name.replace("’", "'").replace("–", "-")
    text = table((name,))
    codec = text.encode(encoding)
    found = decide(io.BytesIO(codec))
    assert codec.decode(found.codec) == text


@pytest.mark.parametrize("encoding", ["windows-1252", "mac-roman", "iso-8859-15", "utf-8"])
def test_a_list_of_names_is_known_and_shown(encoding: str) -> None:
    text = table((*NAMES[:7], "Bœuf")).replace("’", "'").replace("–", "-")
    name, samples = decided(text.encode(encoding))
    assert name.casefold() == encoding
    assert len(samples) == 5
    assert all(one in text for one in samples)


def test_some_stray_octets_do_not_spoil_a_list_in_utf_8() -> None:
    octets = table(NAMES[:6]).encode() + "Gagné;rené@labo.example\r\n".encode("cp1252")
    name, samples = decided(octets)
    assert name == "UTF-8"
    assert "Hélène" in samples


def test_a_file_put_together_from_two_encodings_is_nobodys_to_guess() -> None:
    octets = table(NAMES[:3]).encode() + table(NAMES[3:6]).encode("cp1252")
    with pytest.raises(Invalid) as raised:
        decided(octets)
    assert raised.value.code == "file_encoding_doubtful"
    said = words.advice(raised.value)
    assert said
    assert "--encoding utf-8 (Zo�" in said
    assert "--encoding windows-1252 (Zoé" in said
    assert decided(octets, "utf-8")[0] == "utf-8"
    assert decided(octets, "windows-1252")[0] == "windows-1252"


def test_one_word_that_two_encodings_read_alike_well_is_asked_about() -> None:
    with pytest.raises(Invalid, match="no reading is clearly right"):
        decided(table(("Peña",)).encode("mac-roman"))  # or `Peûa`, in that of DOS


def test_what_no_encoding_makes_sense_of_is_asked_about() -> None:
    with pytest.raises(Invalid, match="no reading is clearly right"):
        decided(b"Entreprise;Courriel\r\nA\xd0B;a@labo.example\r\n")


def test_a_text_that_was_misread_before_is_not_kept_as_it_is() -> None:
    spoilt = table(NAMES[:4]).encode().decode("cp1252", "replace").encode()
    with pytest.raises(Invalid) as raised:
        decided(spoilt)
    assert raised.value.code == "file_misread_before"
    assert "must have been" in str(raised.value)
    assert decided(spoilt, "utf-8")[0] == "utf-8"


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be", "utf-16", "utf-32", "utf-8-sig"])
def test_utf_16_is_known_without_its_mark_too(codec: str) -> None:
    text = table(NAMES)
    octets = text.encode(codec)
    found = decide(io.BytesIO(octets))
    assert octets.decode(found.codec) == text


@pytest.mark.parametrize("chosen", ["klingon", "rot13", "base64", "x\0"])
def test_what_is_no_encoding_cannot_be_chosen(chosen: str) -> None:
    with pytest.raises(Invalid, match="is no encoding; the usual ones are utf-8, windows-1252"):
        decided(b"email\n", chosen)


def test_what_is_no_text_is_refused() -> None:
    with pytest.raises(Invalid, match="neither text nor a workbook"):
        decided(bytes(range(256)) * 4)


def test_a_word_of_a_million_letters_takes_no_time() -> None:
    assert decided(b"email;company\n" + b"L" * 1_000_000 + b"\n")[0] == "UTF-8"
    assert decided(b"email;company\nZo\xe9;" + b"a\xe9" * 100_000 + b"\n")[0] == "windows-1252"
