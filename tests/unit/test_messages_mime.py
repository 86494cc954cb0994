"""Messages as docs/mail.md §1 asks for them: read back with the standard library's parser."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import parseaddr, parsedate_to_datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from communique.domain.mail import MessageIdentity, Recipient
from communique.errors import Invalid
from communique.messages.headers import Composition, HeaderSet
from communique.messages.mime import attached, encoded_words, quoted_printable
from communique.messages.render import Rendered

DATE = datetime(2019, 5, 30, 13, tzinfo=UTC)
HEADERS = HeaderSet(
    release="memorandum-2019",
    kind="announcement",
    association="bioquebec",
    language="fr",
    sender_name="BIOQuébec",
    sender_address="avis@bioquebec.example",
    reply_to="info@bioquebec.example",
    contact="contact@bioquebec.example",
    list_domain="avis.bioquebec.example",
    list_names={"members": "Avis aux membres", "long": "Événements, activités et avantages " * 4},
    date=DATE,
    archive_url="https://desk.example/releases/memorandum-2019",
)
READER = Recipient(
    address="noemie@biologiques.example",
    given_name="Noémie",
    family_name="L’Écuyer",
    language="fr",
    role="",
    member="",
    sector="",
    territory="",
    kind="",
    list_key="members",
)
MARKS = MessageIdentity(
    message_id="abc234@avis.bioquebec.example",
    unsubscribe_url="https://desk.example/u/7.9.k1.mfrggzdfmztwq2lk",
    envelope_sender="b.1@desk.example",
)
TOKEN = "7.9.k1.mfrggzdfmztwq2lk"
INFO = "info@bioquebec.example?subject=unsubscribe%20"
HOSTILE = "\r\n\u0085\u2028\u2029\x00\x0b\x7f"

# Anything that a file or a spreadsheet can hold: no half characters.
anything = st.text(st.characters(exclude_categories=["Cs"]))
header_text = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\u2028\u2029")
)


def compose(
    reader: Recipient = READER,
    marks: MessageIdentity = MARKS,
    subject: str = "Une entente",
    text: Iterable[str] = ("Bonjour.\n",),
    html: Iterable[str] = ("<p>Bonjour.</p>\n",),
) -> bytes:
    rendered = Rendered(subject, quoted(*text), quoted(*html))
    return Composition(HEADERS).compose(reader, marks, rendered)


def quoted(*pieces: str) -> bytes:
    return b"".join(quoted_printable(piece) for piece in pieces)


def parsed(message: bytes) -> EmailMessage:
    read = message_from_bytes(message, policy=SMTP)
    assert isinstance(read, EmailMessage)
    assert not read.defects
    return read


def unfolded(message: bytes, header: str) -> str:
    """A header as it stands in the message, on one line."""
    return str(message_from_bytes(message)[header]).replace("\r\n", "")


def content(message: bytes, subtype: str) -> str:
    part = parsed(message).get_body((subtype,))
    assert part is not None
    octets = part.get_payload(decode=True)
    assert isinstance(octets, bytes)
    return octets.decode()


def assert_every_line_keeps_the_rules(message: bytes) -> None:
    assert message.isascii()
    assert message.endswith(b"\r\n")
    assert not re.search(rb"\r(?!\n)|(?<!\r)\n|\x00", message)
    for line in message.split(b"\r\n"):
        assert len(line) <= 78 or b"<https://" in line or b"mailto:" in line
        assert len(line) <= 998
        assert not line.startswith(b".")
        if b"=?utf-8?" in line:
            assert len(line) <= 76  # RFC 2047 §2
    head, _, body = message.partition(b"\r\n\r\n")
    assert all(len(line) <= 76 for line in body.split(b"\r\n"))
    assert not re.search(rb"[ \t]\r\n", body)
    assert all(not line.isspace() for line in head.split(b"\r\n"))


def in_lines(text: str) -> str:
    """What a text is once its line ends are CRLF and its last line is ended."""
    text = re.sub(r"\r\n?|\n", "\r\n", text)
    return text if text.endswith("\r\n") or not text else f"{text}\r\n"


def test_a_message_has_every_header_that_bulk_mail_needs() -> None:
    message = parsed(compose())
    assert [(name, str(value)) for name, value in message.items()] == [
        ("From", "BIOQuébec <avis@bioquebec.example>"),
        ("To", "Noémie L’Écuyer <noemie@biologiques.example>"),
        ("Reply-To", "BIOQuébec <info@bioquebec.example>"),
        ("Subject", "Une entente"),
        ("Date", "Thu, 30 May 2019 13:00:00 +0000"),
        ("Message-ID", "<abc234@avis.bioquebec.example>"),
        ("List-Unsubscribe", f"<https://desk.example/u/{TOKEN}>, <mailto:{INFO}{TOKEN}>"),
        ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
        ("List-Id", "Avis aux membres <members.avis.bioquebec.example>"),
        ("List-Post", "NO"),
        ("List-Help", "<mailto:contact@bioquebec.example?subject=help>"),
        ("List-Owner", "<mailto:contact@bioquebec.example>"),
        ("List-Archive", "<https://desk.example/releases/memorandum-2019>"),
        ("Feedback-ID", "memorandum-2019:bioquebec:announcement:communique"),
        ("MIME-Version", "1.0"),
        ("Content-Type", 'multipart/alternative; boundary="=_communique"'),
    ]
    assert parsedate_to_datetime(str(message["Date"])) == DATE


def test_text_comes_before_html_each_with_charset_and_language() -> None:
    message = parsed(compose())
    parts = list(message.iter_parts())
    assert [part.get_content_type() for part in parts] == ["text/plain", "text/html"]
    for part in parts:
        assert part.get_content_charset() == "utf-8"
        assert part["Content-Transfer-Encoding"] == "quoted-printable"
        assert part["Content-Language"] == "fr"


@settings(max_examples=300, deadline=None)
@given(
    subject=header_text, text=st.lists(anything, max_size=6), html=st.lists(anything, max_size=6)
)
def test_whatever_is_composed_is_read_back(subject: str, text: list[str], html: list[str]) -> None:
    message = compose(subject=subject, text=text, html=html)
    assert_every_line_keeps_the_rules(message)
    pieces = [re.sub(r"\r\n?", "\n", one) for one in text]
    assert content(message, "plain") == in_lines("".join(pieces))
    pieces = [re.sub(r"\r\n?", "\n", one) for one in html]
    assert content(message, "html") == in_lines("".join(pieces))


@settings(max_examples=300, deadline=None)
@given(subject=header_text, given_name=header_text, family_name=header_text)
def test_whatever_stands_in_a_header_is_read_back(
    subject: str, given_name: str, family_name: str
) -> None:
    reader = READER._replace(given_name=given_name, family_name=family_name)
    message = compose(reader, subject=subject)
    assert_every_line_keeps_the_rules(message)
    shown = str(make_header(decode_header(unfolded(message, "Subject"))))
    assert shown == unicodedata.normalize("NFC", subject)
    assert parsed(message)["To"].addresses[0].addr_spec == "noemie@biologiques.example"
    assert len(parsed(message)["To"].addresses) == 1


@settings(max_examples=200, deadline=None)
@given(anything)
def test_a_piece_is_encoded_from_line_start_to_line_start(piece: str) -> None:
    encoded = quoted_printable(piece)
    assert encoded == b"" or encoded.endswith(b"\r\n")
    assert all(len(line) <= 76 and not line.startswith(b".") for line in encoded.split(b"\r\n"))


@pytest.mark.parametrize(
    "text",
    [".\r\n..x\n.", "x" * 74 + "é", "x" * 75 + ".", "." * 300, "é" * 300, "a \n\tb\t\n ", "=" * 80],
)
def test_dots_blanks_and_long_lines_survive(text: str) -> None:
    message = compose(text=[text, "\n", text])
    assert_every_line_keeps_the_rules(message)
    assert content(message, "plain") == in_lines(f"{text}\n{text}")


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        (("Pat", "O'Brien"), "Pat O'Brien"),
        (("Dr.", "Who, Jr."), "Dr. Who, Jr."),
        (('Al "Buzz"', "\\Slash"), 'Al "Buzz" \\Slash'),
        (("", ""), ""),
        (("שירה", "כהן"), "שירה כהן"),
        (("🧬" * 40, "x"), "🧬" * 40 + " x"),
        (("A" * 90, "B"), "A" * 90 + " B"),
        (("=?utf-8?q?x?=", "y"), "=?utf-8?q?x?= y"),
    ],
)
def test_names_of_every_kind_are_shown_as_they_are(name: tuple[str, str], shown: str) -> None:
    message = compose(READER._replace(given_name=name[0], family_name=name[1]))
    assert_every_line_keeps_the_rules(message)
    # The newer parser of Python 3.11 puts a blank between encoded words (RFC 2047 §6.2 forbids it).
    written, address = parseaddr(unfolded(message, "To"))
    assert str(make_header(decode_header(written))) == shown
    assert address == READER.address


@pytest.mark.parametrize("character", HOSTILE)
def test_no_value_can_add_a_header(character: str) -> None:
    bad = f"x{character}Bcc: all@north.example"
    with pytest.raises(Invalid):
        compose(subject=bad)
    with pytest.raises(Invalid):
        compose(READER._replace(given_name=bad))
    with pytest.raises(Invalid):
        compose(READER._replace(address=bad))
    with pytest.raises(Invalid):
        compose(marks=MARKS._replace(message_id=bad))
    with pytest.raises(Invalid):
        compose(marks=MARKS._replace(unsubscribe_url=bad))
    for headers in (
        replace(HEADERS, sender_name=bad),
        replace(HEADERS, sender_address=bad),
        replace(HEADERS, reply_to=bad),
        replace(HEADERS, contact=bad),
        replace(HEADERS, archive_url=bad),
        replace(HEADERS, list_names={"members": bad}),
    ):
        with pytest.raises(Invalid):
            Composition(headers)


@pytest.mark.parametrize("url", ["https://www.bioquébec.example", "https://desk.example/<a>"])
def test_an_archive_that_is_no_visible_ascii_never_reaches_a_relay(url: str) -> None:
    with pytest.raises(Invalid, match="the archive’s URL is not plain visible ASCII"):
        Composition(replace(HEADERS, archive_url=url))


def test_a_list_that_is_not_declared_is_refused() -> None:
    with pytest.raises(Invalid, match="no list “strangers”"):
        compose(READER._replace(list_key="strangers"))


def test_an_empty_subject_is_an_empty_header() -> None:
    assert b"\r\nSubject:\r\n" in compose(subject="")  # RFC 2047 §2 knows no empty encoded word


def test_half_a_character_is_refused() -> None:
    with pytest.raises(Invalid, match="half a character"):
        compose(text=["\ud800"])


def test_a_long_list_name_and_unsubscribe_link_are_folded() -> None:
    url = "https://desk.example/u/" + "t" * 300
    message = compose(
        READER._replace(list_key="long"), MARKS._replace(unsubscribe_url=url), text=["x"]
    )
    assert_every_line_keeps_the_rules(message)
    assert f"<{url}>," in str(parsed(message)["List-Unsubscribe"])
    assert "<long.avis.bioquebec.example>" in str(parsed(message)["List-Id"])


def test_the_same_delivery_has_the_same_bytes_each_time() -> None:
    composition = Composition(HEADERS)
    one = Rendered("é", quoted("é"), quoted("é"))
    first = composition.compose(READER, MARKS, one)
    other = READER._replace(given_name="x")
    composition.compose(other, MARKS, Rendered("y", quoted("z"), quoted("w")))
    assert first == composition.compose(READER, MARKS, one)
    assert first == Composition(HEADERS).compose(READER, MARKS, one)


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1), st.integers(40, 75))
def test_encoded_words_are_short_and_split_no_character(text: str, first: int) -> None:
    words = encoded_words(text, first)
    assert len(words[0]) <= first
    assert all(len(word) <= 75 for word in words)
    decoded = [decode_header(word)[0][0] for word in words]
    assert b"".join(one for one in decoded if isinstance(one, bytes)).decode() == text
    for octets in decoded:
        assert isinstance(octets, bytes)
        octets.decode()  # each by itself


ICS = "BEGIN:VCALENDAR\r\nSUMMARY:Été\r\n.\r\nEND:VCALENDAR\r\n".encode() * 9


def test_further_parts_stand_beside_the_text_and_its_html() -> None:
    parts = (
        attached("seance.ics", "text/calendar; charset=utf-8; method=PUBLISH", ICS),
        attached("a.bin", "application/octet-stream", bytes(range(256))),
        attached("empty.txt", "text/plain", b""),
    )
    rendered = Rendered("Une entente", quoted("Bonjour."), quoted("<p>Bonjour.</p>"))
    message = Composition(HEADERS, parts).compose(READER, MARKS, rendered)
    assert_every_line_keeps_the_rules(message)
    read = parsed(message)
    assert read.get_content_type() == "multipart/mixed"
    alternative, calendar, binary, empty = read.iter_parts()
    assert alternative.get_content_type() == "multipart/alternative"
    inner = [one.get_content_type() for one in alternative.iter_parts()]
    assert inner == ["text/plain", "text/html"]
    assert content(message, "plain") == "Bonjour.\r\n"
    assert content(message, "html") == "<p>Bonjour.</p>\r\n"
    assert calendar.get_content_type() == "text/calendar"
    assert calendar.get_param("method") == "PUBLISH"
    assert calendar.get_filename() == "seance.ics"
    assert calendar.get_payload(decode=True) == ICS
    assert binary.get_payload(decode=True) == bytes(range(256))
    assert empty.get_payload(decode=True) == b""


def test_a_message_without_further_parts_is_the_alternative_itself() -> None:
    assert parsed(compose()).get_content_type() == "multipart/alternative"


@pytest.mark.parametrize("name", ["", "a b", 'a"', "a\r\nX: y", "../a", ".a", "é.ics", "a" * 65])
def test_a_file_name_that_a_header_cannot_hold_is_refused(name: str) -> None:
    with pytest.raises(Invalid, match="cannot be called"):
        attached(name, "text/calendar", b"")


@pytest.mark.parametrize("kind", ["", "text", "text/plain\r\nX: y", "text/plain; a", "te xt/a"])
def test_a_type_that_a_header_cannot_hold_is_refused(kind: str) -> None:
    with pytest.raises(Invalid, match="is no type"):
        attached("a.ics", kind, b"")
