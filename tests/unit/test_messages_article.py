"""An article: a release's words for anybody, with nothing in them that is somebody's."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path

import pytest
from tests.unit.messages_content import DATE, MARKS, READER, frozen, variant
from tests.unit.test_content import old

from communique.domain.content import Article, Variant
from communique.errors import TemplateInvalid
from communique.messages import Press, names


class Outline(HTMLParser):
    """The tags, attributes and words of a fragment; every tag that opens is closed."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.links: list[str] = []
        self.words = ""
        self.feed(html)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ("br", "hr"):
            self.open.append(tag)
        for name, value in attrs:
            assert name in ("href", "title", "start")
            if name == "href":
                self.links.append(value or "")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words += data


def article(body: str, subject: str = "Objet") -> Article:
    return Press(Path("/nowhere")).article(variant(frozen(body, subject=subject)))


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("host", ["bioquebec", "massbio"])
def test_the_shipped_release_is_an_article_free_of_anything_personal(
    host: str, language: str
) -> None:
    content = old("memorandum").read()
    made = Press(Path("/nowhere")).article(Variant(content, host, language, DATE))
    edition = content.edition(language)
    assert edition is not None
    assert (made.language, made.title) == (language, edition.subject)
    assert made.summary
    outline = Outline(made.html)
    assert len(outline.words) > 1000
    assert all(link.startswith(("https://", "mailto:", "tel:")) for link in outline.links)
    for part in (made.title, made.summary, made.html):
        assert "/u/" not in part
        assert "{" not in part
        assert not any("\ue000" <= one <= "\uf8ff" for one in part)
        assert "<style" not in part
        assert "<table role" not in part


def test_a_section_for_some_readers_is_left_out_and_a_default_says_its_other_word() -> None:
    made = article(
        'Chers {{ subscriber.role|default("amis") }},\n\n'
        '{% if member.territory == "Québec" %}\nIci, {{ member.name }}.\n'
        "{% else %}\nAilleurs.\n{% endif %}\n\n"
        "{% if subscriber.address %}[Non]({{ unsubscribe_url }}){% endif %}\n\n"
        "**{{ association.name }}**, [là]({{ release.link }}) <b>.\n",
        subject="Avis{% if subscriber.given_name %} à {{ subscriber.given_name }}{% endif %}",
    )
    assert made.title == "Avis"
    outline = Outline(made.html)
    assert outline.words.split() == [
        *("Chers", "amis,", "Ailleurs.", "Nord,", "là", "<b>."),
    ]
    assert outline.links == ["https://www.north.example/memo"]
    for value in (*READER, *MARKS):
        assert value in ("", "fr") or value not in made.html


@pytest.mark.parametrize(
    ("body", "subject", "where"),
    [
        ("Un.\n\nChers {{ subscriber.name }},", "Objet", "edition fr:3: "),
        ("Un.\n\n[Non]({{ unsubscribe_url }})", "Objet", "edition fr:3: "),
        ("[a](https://a.example/?m={{ member.name|urlencode }})", "Objet", "edition fr:1: "),
        ('{% if list.key != "x" %}\n{{ list.name }}\n{% endif %}', "Objet", "edition fr:2: "),
        ("x", "Pour {{ subscriber.given_name }}", "edition fr, subject:1: "),
    ],
)
def test_words_that_would_have_a_hole_are_no_article(body: str, subject: str, where: str) -> None:
    with pytest.raises(TemplateInvalid, match="has no form where there is no reader") as raised:
        article(body, subject)
    assert str(raised.value).startswith(where)
    assert "default(" in str(raised.value)


def test_all_that_is_personal_says_nothing_where_there_is_nobody() -> None:
    assert dict.fromkeys(names.personal(READER, MARKS, {}), "") == names.NOBODY


def test_a_language_that_was_not_written_has_no_article() -> None:
    content = frozen()
    with pytest.raises(TemplateInvalid, match="no edition in “en”"):
        Press(Path("/nowhere")).article(Variant(content, "north", "en", DATE))
