"""Addresses: what is accepted, what is refused and why, and when two spellings are one person."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from communique.domain.address import domain_name, parse
from communique.errors import Invalid


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("marie@labo.example", "marie@labo.example"),
        ("  marie@labo.example\t", "marie@labo.example"),
        ("Marie.O'Neil+news@Labo.EXAMPLE", "Marie.O'Neil+news@labo.example"),
        ("marie@café-réactif.example", "marie@xn--caf-ractif-d7ac.example"),
        ("marie@Ü.Example", "marie@xn--tda.example"),
        ("cafe\u0301@labo.example", "café@labo.example"),
        ("marie@日本。example", "marie@xn--wgv71a.example"),
        ("!#$%&'*+/=?^_`{|}~-@a-1.example", "!#$%&'*+/=?^_`{|}~-@a-1.example"),
    ],
)
def test_an_address_is_kept_in_one_form(written: str, kept: str) -> None:
    assert str(parse(written)) == kept


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("", "the address is empty"),
        ("   ", "the address is empty"),
        ("marie", "has no @"),
        ("@labo.example", "nothing before the @"),
        ("marie@", "nothing after the @"),
        ("marie..l@labo.example", "before the @"),
        (".marie@labo.example", "before the @"),
        ("marie.@labo.example", "before the @"),
        ("ma rie@labo.example", "before the @"),
        ("Marie <marie@labo.example", "before the @"),
        ("a@b@labo.example", "before the @"),
        ("a\uff20b@labo.example", "before the @"),
        ("a\ufe52\ufe52b@labo.example", "before the @"),
        ('"marie"@labo.example', "before the @"),
        ("marie\u200b@labo.example", "invisible character before the @ (U+200B)"),
        ("\u202emarie@labo.example", "invisible character before the @ (U+202E)"),
        ("ma\r\nrie@labo.example", "invisible character before the @ (U+000D)"),
        ("ma\ud800rie@labo.example", "invisible character before the @ (U+D800)"),
        ("marie@labo", "not the name of a domain"),
        ("marie@labo..example", "not the name of a domain"),
        ("marie@labo.example.", "not the name of a domain"),
        ("marie@-labo.example", "not the name of a domain"),
        ("marie@la_bo.example", "not the name of a domain"),
        ("marie@labo.example>", "not the name of a domain"),
        ("marie@labo.ex\r\nBcc: x", "not the name of a domain"),
        ("marie@192.0.2.1", "not the name of a domain"),
        ("marie@[192.0.2.1]", "not the name of a domain"),
        ("marie@xn--zz.example", "not the name of a domain"),
        ("marie@" + "a" * 64 + ".example", "not the name of a domain"),
        ("marie@" + "a.b" * 100 + ".example", "not the name of a domain"),
        ("m" * 65 + "@labo.example", "more than 64 octets"),
        ("é" * 33 + "@labo.example", "more than 64 octets"),
        ("m" * 64 + "@" + ".".join(["a" * 60] * 3) + ".example", "longer than 254 octets"),
    ],
)
def test_what_is_no_address_is_refused_with_its_reason(written: str, reason: str) -> None:
    with pytest.raises(Invalid) as refused:
        parse(written)
    assert reason in refused.value.message


def test_a_refusal_shows_no_control_character_and_not_all_of_a_huge_text() -> None:
    with pytest.raises(Invalid) as refused:
        parse("\x1b[31m" + "x" * 10_000)
    assert "\x1b" not in refused.value.message
    assert len(refused.value.message) < 200


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Marie@Labo.example", "marie@labo.EXAMPLE"),
        ("ＭARIE@labo.example", "marie@labo.example"),
        ("Éloïse@labo.example", "e\u0301loi\u0308se@labo.example"),
        ("straße@labo.example", "STRASSE@labo.example"),
        ("m@épinette.example", "M@XN--PINETTE-9XA.example"),
    ],
)
def test_two_spellings_are_one_person(one: str, other: str) -> None:
    assert parse(one).key == parse(other).key


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("marie+a@labo.example", "marie@labo.example"),
        ("mar.ie@labo.example", "marie@labo.example"),
        ("eloise@labo.example", "éloïse@labo.example"),
        ("marie@labo.example", "marie@labo.test"),
    ],
)
def test_different_people_stay_different(one: str, other: str) -> None:
    assert parse(one).key != parse(other).key


def test_only_letters_before_the_at_sign_ask_for_smtputf8() -> None:
    assert parse("marie@épinette.example").ascii
    assert not parse("éloïse@labo.example").ascii


def test_people_see_a_domain_in_its_own_script() -> None:
    assert parse("marie@ÉPINETTE.example").display == "marie@épinette.example"
    assert parse("marie@labo.example").display == "marie@labo.example"


def test_the_quick_way_and_idna_agree_on_plain_names() -> None:
    import idna

    for name in ("labo.example", "LABO.Example", "a-b.c1.example", "1.a.example"):
        assert domain_name(name) == idna.encode(name, uts46=True).decode().lower()
    with pytest.raises(Invalid):
        domain_name("ab--cd.example")  # hyphens there are kept for A-labels (RFC 5891 §4.2.3.1)


@given(st.text(max_size=40).map(lambda text: f"{text}@labo.example") | st.text(max_size=80))
def test_whatever_is_accepted_is_stable_and_safe_in_an_envelope(text: str) -> None:
    try:
        address = parse(text)
    except Invalid:
        return
    assert parse(str(address)) == address
    assert parse(address.key).key == address.key or len(address.key.partition("@")[0].encode()) > 64
    assert str(address).count("@") == 1
    assert not set(str(address)) & set("\r\n\0<> ")
