"""A letter: one message that is no release, read back with the standard library's parser."""

from __future__ import annotations

import shutil
from dataclasses import replace
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

import pytest
from tests.contract.desks import HARFANG, MASSIF
from tests.unit.test_content import DATE
from tests.unit.test_messages_mime import assert_every_line_keeps_the_rules

from communique.domain.kind import Nature
from communique.domain.letter import Letter
from communique.errors import Invalid, Problems, TemplateInvalid
from communique.messages import Press
from communique.messages.catalog import LETTER

TEMPLATES = Path(__file__).parents[2] / "templates"
LINK = "https://desk.example/sign-in/9f.k1.mfrggzdfmztwq2lk?a=1&b=2"
LETTER_TO_AUDE = Letter(
    purpose="sign_in",
    association=HARFANG,
    language="fr",
    name="Aude « L’Aînée » Roy",
    address="aude@harfang.example",
    values={"link": LINK, "code": "012345", "minutes": "15"},
    message_id="abc234@avis.harfang.example",
    date=DATE,
)
LETTER_TO_HOPE = replace(
    LETTER_TO_AUDE, association=MASSIF, language="en", name="", address="hope@massif.example"
)


def written(letter: Letter, folder: Path = TEMPLATES) -> EmailMessage:
    octets = Press(folder).letter(letter)
    assert_every_line_keeps_the_rules(octets)
    message = message_from_bytes(octets, policy=SMTP)
    assert isinstance(message, EmailMessage)
    assert not message.defects
    return message


def shown(message: EmailMessage, subtype: str) -> str:
    part = message.get_body((subtype,))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


def test_a_letter_says_that_nobody_wrote_it_and_belongs_to_no_list() -> None:
    message = written(LETTER_TO_AUDE)
    assert [name for name, _ in message.items()] == [
        *("From", "To", "Reply-To", "Subject", "Date", "Message-ID", "Auto-Submitted"),
        *("MIME-Version", "Content-Type"),
    ]
    assert message["Auto-Submitted"] == "auto-generated"  # RFC 3834 §5.2
    assert message["Message-ID"] == "<abc234@avis.harfang.example>"
    assert message["Subject"] == "Votre lien pour vous connecter"
    assert message["To"].addresses[0].addr_spec == "aude@harfang.example"
    assert str(message["From"]) == "Harfang <avis@harfang.example>"


@pytest.mark.parametrize(
    ("letter", "words"),
    [
        (
            LETTER_TO_AUDE,
            ("Bonjour Aude « L’Aînée » Roy,", "dans les 15 prochaines minutes", "Harfang"),
        ),
        (LETTER_TO_HOPE, ("Hello,", "within the next 15 minutes", "Massif")),
    ],
    ids=["fr", "en"],
)
def test_text_and_html_say_the_same_in_the_language_of_the_person(
    letter: Letter, words: tuple[str, ...]
) -> None:
    message = written(letter)
    parts = list(message.iter_parts())
    assert [one.get_content_type() for one in parts] == ["text/plain", "text/html"]
    assert {one["Content-Language"] for one in parts} == {letter.language}
    text, html = shown(message, "plain"), shown(message, "html")
    for wanted in (*words, letter.address, letter.association.postal_address):
        assert wanted in text.replace("\n", " ")
        assert wanted in html
    assert f"\n{LINK}\n" in text
    assert f'href="{LINK.replace("&", "&amp;")}"' in html
    assert "unsubscribe" not in html + text
    assert "{{" not in html + text
    assert letter.association.brand.primary in html
    assert "<style>" in html  # for dark inboxes; the rest is inlined
    assert "\n\n\n" not in text


def test_what_a_person_is_called_is_neither_template_nor_html() -> None:
    message = written(replace(LETTER_TO_HOPE, name="{{ letter.link }} <b>"))
    assert "Hello {{ letter.link }} <b>," in shown(message, "plain")
    assert "Hello {{ letter.link }} &lt;b&gt;," in shown(message, "html")


def test_nothing_of_a_letter_can_add_a_header() -> None:
    for bad in (
        replace(LETTER_TO_HOPE, name="x\r\nBcc: all@massif.example"),
        replace(LETTER_TO_HOPE, address="x\nBcc: all@massif.example"),
        replace(LETTER_TO_HOPE, message_id="x>\r\nBcc: <all@massif.example"),
    ):
        with pytest.raises(Invalid):
            written(bad)


def test_a_letter_that_lacks_a_value_names_the_template_and_the_line() -> None:
    with pytest.raises(Problems, match="“sign_in” cannot be written") as raised:
        written(replace(LETTER_TO_AUDE, values={"link": LINK, "code": "012345"}))
    [wrong] = raised.value.problems
    assert str(wrong) == (
        "templates/sign_in/texts.toml [fr] words:1: “letter” has no “minutes” — "
        "there are link, code"
    )


def test_a_language_without_words_is_refused() -> None:
    with pytest.raises(TemplateInvalid, match=r"texts.toml: has no table \[de\]"):
        written(replace(LETTER_TO_AUDE, language="de"))


def test_a_desk_without_its_templates_is_told_which(tmp_path: Path) -> None:
    shutil.copytree(TEMPLATES / LETTER, tmp_path / LETTER)
    (tmp_path / LETTER / "body.txt").unlink()
    with pytest.raises(Problems) as raised:
        written(LETTER_TO_AUDE, tmp_path)
    wrong = [str(one).replace(f"{tmp_path}/", "") for one in raised.value.problems]
    assert wrong[0] == "_letter/body.txt: the template is missing"
    assert wrong[1].startswith("sign_in: there is no folder for the letter “sign_in”")
    assert len(wrong) == 2
    shutil.copytree(TEMPLATES / LETTER, tmp_path / LETTER, dirs_exist_ok=True)
    shutil.copytree(TEMPLATES / "sign_in", tmp_path / "sign_in")
    with pytest.raises(Problems, match="the style sheet of all templates is missing"):
        written(LETTER_TO_AUDE, tmp_path)


def test_no_purpose_of_a_letter_is_a_kind_of_release_and_none_reaches_its_templates() -> None:
    purposes = {"sign_in", LETTER}
    assert not purposes & {one.value for one in Nature}
    reached = Press(TEMPLATES).templates("announcement")
    assert not purposes & {name.partition("/")[0] for name in reached}


def test_a_kind_of_release_is_no_letter() -> None:
    with pytest.raises(Problems):  # its templates speak of an edition and a subscriber
        written(replace(LETTER_TO_AUDE, purpose="announcement"))
