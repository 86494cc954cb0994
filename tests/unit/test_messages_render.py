"""What is common is rendered once, what is personal for each reader."""

from __future__ import annotations

import pickle
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import Template
from markupsafe import escape
from tests.unit.messages_content import (
    DATE,
    ELSEWHERE,
    MARKS,
    READER,
    frozen,
    html,
    text,
    variant,
)

from communique import messages
from communique.domain.mail import Recipient
from communique.errors import TemplateInvalid
from communique.messages import deferral, names, render
from communique.messages.encoding import REMEMBERED, Encoded, EncodedHtml
from communique.messages.mime import plain_text
from communique.messages.render import HTML_LIMIT, Flat, Prepared, prepare
from communique.messages.sources import PARTS, read

SECTION = """Avant.

{% if member.territory == "Québec" %}
Pour *vous*, au Québec.
{% elif member.territory == "Massachusetts" %}
Pour {{ member.name }}.
{% else %}
Ailleurs.
{% endif %}

Après.
"""


def test_a_section_goes_only_to_the_readers_it_is_for() -> None:
    content = frozen(SECTION)
    assert "<p>Pour <em>vous</em>, au Québec.</p>" in html(content)
    assert "Pour Assays" not in html(content)
    assert "<p>Pour Assays &lt;Inc&gt;.</p>" in html(content, ELSEWHERE)
    assert "Ailleurs." in html(content, READER._replace(territory="Ontario"))


def test_a_section_not_received_leaves_no_hole() -> None:
    content = frozen('Avant.\n\n{% if member.kind == "x" %}\nNon.\n{% endif %}\n\nAprès.\n')
    assert text(content) == "Avant.\n\nAprès.\n"
    assert "<p></p>" not in html(content)
    assert html(content).count("<p>") == 2


def test_a_section_for_one_association_is_settled_when_prepared() -> None:
    content = frozen('{% if association.key == "south" %}\nSud.\n{% else %}\nNord.\n{% endif %}\n')
    assert "Nord." in html(content)
    assert "Sud." in html(content, to="south")


LAYOUT = "{{ edition.body }} {{ 1234567 | number }} {{ member.name }}"


@pytest.mark.parametrize("before", ["", "{{ subscriber.role }} "])
@pytest.mark.parametrize("language", ["fr", "en"])
def test_what_is_made_of_a_template_is_the_same_whatever_was_made_of_it_before(
    language: str, before: str
) -> None:
    """Its language decides about it, and how many personal values came before it."""

    def made(language: str, before: str) -> tuple[str, str]:
        files = {"_base/body.txt": LAYOUT, "_base/body.html": LAYOUT}
        content = frozen(f"{before}<&", language=language, templates=files)
        return html(content), text(content)

    deferral._MADE.clear()
    anew = made(language, before)
    deferral._MADE.clear()
    for other in ("fr", "en"):
        for more in ("", "{{ subscriber.role }} ", "{{ member.kind }}{{ subscriber.name }} "):
            made(other, more)
    assert made(language, before) == anew
    assert all("Biologiques &" in one for one in anew)


def test_what_is_kept_of_templates_is_bounded() -> None:
    made: Any = deferral._MADE
    for number in range(deferral._MOST_MADE):
        made[number] = "something"
    assert text(frozen("Oui."))
    assert len(deferral._MADE) < deferral._MOST_MADE


def test_a_section_may_stand_within_a_section() -> None:
    body = (
        "{% if member.name %}\nA {{ member.name }}\n"
        '{% if subscriber.role == "Directrice" %}\nB\n{% endif %}\n{% endif %}\n'
    )
    assert text(frozen(body)) == "A Biologiques & Fils\n\nB\n"
    assert text(frozen(body), READER._replace(role="")) == "A Biologiques & Fils\n"
    assert text(frozen(body), READER._replace(member="")) == "\n"


def test_a_section_may_surround_a_common_section_and_an_inline_one() -> None:
    body = "{% if member.name %}Oui{% if partners %}, {{ member.name }}{% endif %}{% endif %}."
    assert text(frozen(body)) == "Oui, Biologiques & Fils.\n"
    assert text(frozen(body, parties=("north",))) == "Oui.\n"


@pytest.mark.parametrize(
    "value",
    ["{{ 7 * 7 }}", "{% if %}", "{# x #}", "<b>&amp;", "*a* _b_ [c](d)", "\ue000\ue001", "</td>"],
)
def test_a_value_is_never_read_as_template_html_or_markdown(value: str) -> None:
    reader = READER._replace(given_name=value)
    content = frozen("Bonjour **{{ subscriber.given_name }}** !")
    assert text(content, reader) == f"Bonjour {value} !\n"
    escaped = value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert f"<strong>{escaped}</strong>" in html(content, reader)


def test_braces_in_an_edition_stay_braces() -> None:
    content = frozen("{braces} {{ '{{ x }}' }} `{a}`")
    assert text(content) == "{braces} {{ x }} {a}\n"


def test_a_personal_value_may_stand_in_a_link_and_in_the_subject() -> None:
    content = frozen(
        "[ici](https://north.example/?m={{ member.name|urlencode }}&a=é)",
        subject="Pour {{ subscriber.given_name }}",
    )
    assert 'href="https://north.example/?m=Biologiques%20%26%20Fils&amp;a=%C3%A9"' in html(content)
    rendered = prepare(variant(content)).render(READER, MARKS)
    assert rendered.subject == "Pour Noémie"


def test_a_subject_becomes_one_line_and_keeps_its_no_break_spaces() -> None:
    content = frozen(subject="Prêts\u00a0?  {{ subscriber.role }}")
    rendered = prepare(variant(content)).render(READER._replace(role="a\nb"), MARKS)
    assert rendered.subject == "Prêts\u00a0? a b"


def test_a_control_character_in_a_subject_fails_that_reader_alone() -> None:
    prepared = prepare(variant(frozen(subject="{{ subscriber.role }}")))
    with pytest.raises(TemplateInvalid, match="control character"):
        prepared.render(READER._replace(role="a\u2028Bcc: x"), MARKS)
    assert prepared.render(READER, MARKS).subject == "Directrice"


def test_html_beyond_what_gmail_shows_fails_that_reader_alone() -> None:
    prepared = prepare(variant(frozen("{{ subscriber.role }}")))
    with pytest.raises(TemplateInvalid, match="107 KB"):
        prepared.render(READER._replace(role="x" * 110_000), MARKS)


def test_sections_between_rows_of_a_table_stay_there() -> None:
    content = frozen(
        templates={
            "announcement/body.html": "<table>{% if member.name %}<tr><td>{{ member.name }}</td>"
            "</tr>{% endif %}<tr><td>x</td></tr></table>"
        }
    )
    assert "<tr><td>Biologiques &amp; Fils</td></tr><tr>" in html(content)
    assert "Biologiques" not in html(content, READER._replace(member=""))
    assert "<!--" not in html(content)


@pytest.mark.parametrize(
    "layout",
    [
        "<p {{ member.name }}>x</p>",
        "<style>.nobody { color: {{ member.kind }} }</style><p>x</p>",
        "<p>x</p></body>{% if member.name %}<frameset>{% endif %}",
        "<table {% if member.name %}><tr><td>x</td></tr>{% endif %}</table>",
    ],
)
def test_a_value_where_html_has_no_place_for_it_is_refused(layout: str) -> None:
    templates = {"announcement/body.html": layout}
    with pytest.raises(TemplateInvalid, match="where HTML does not allow it"):
        prepare(variant(frozen(templates=templates)))


def test_a_section_that_markdown_tears_apart_names_its_line() -> None:
    body = "Un.\n\n[x]: https://a.example '{% if member.name %}'\n\nDeux.\n\n{% endif %}\n"
    with pytest.raises(TemplateInvalid) as caught:
        prepare(variant(frozen(body)))
    assert caught.value.where is not None
    assert caught.value.where.startswith("edition fr:")


def test_the_style_sheet_is_inlined_and_media_queries_stay() -> None:
    sheet = "p { color: #123456 } @media (max-width: 9px) { p { color: red } }"
    content = frozen(
        templates={
            "announcement/body.html": "<html><head><title>{{ subscriber.name }}</title>"
            "<style>" + sheet + "</style></head><body>{{ edition.body }}</body></html>"
        }
    )
    assert '<p style="color: #123456;">Corps.</p>' in html(content)
    assert "@media (max-width: 9px)" in html(content)
    assert "<title>Noémie L’Écuyer</title>" in html(content)


def test_an_expression_may_join_personal_and_common_values() -> None:
    body = '{{ member.name ~ " et " ~ association.name if member.name else association.name }}'
    assert text(frozen(body)) == "Biologiques & Fils et Nord\n"
    assert text(frozen(body), READER._replace(member="")) == "Nord\n"


def test_every_name_that_is_promised_can_be_used() -> None:
    body = (
        "{{ association.sender_name }}|{{ parties|join('+', 'name') }}|"
        "{% for one in partners %}{{ one.web|bare }}{% if not loop.last %},{% endif %}{% endfor %}|"
        "{{ release.date|date }}|{{ release.key }}|{{ brand.wordmark }}|{{ language }}|"
        "{{ list.name }}|{{ list.key }}|{{ unsubscribe_url }}|{{ subscriber['role'] }}|"
        "{{ member.sector|upper }}|{{ association.phone|tel }}|{{ 1100|number }}"
    )
    words = text(frozen(body)).replace("\n", " ").strip()
    assert words == (
        "Nord (avis)|Nord+Sud|south.example|31 mai 2019|memo|Nord|fr|Avis aux membres|members|"
        "https://desk.example/u/1.2.abc|Directrice|THÉRAPEUTIQUE|+15145550100|1\u202f100"
    )


def test_an_address_of_the_web_is_shown_in_its_own_script() -> None:
    body = (
        "{{ 'https://www.xn--bioqubec-f1a.example/avis/'|bare }} {{ 'http://xn--1.example'|bare }}"
    )
    assert text(frozen(body)) == "bioquébec.example/avis xn--1.example\n"


def test_the_first_of_a_month_is_an_ordinal_in_french_only() -> None:
    later = DATE.replace(hour=12)
    body = "{{ release.date|date }}, {{ release.date|date('full') }}"
    for language, shown in (
        ("fr", "1er juin 2019, samedi 1er juin 2019"),
        ("en", "June 1, 2019, Saturday, June 1, 2019"),
    ):
        content = frozen(body, language=language)
        rendered = prepare(variant(content, date=later)).render(READER, MARKS)
        assert plain_text(rendered.text).strip() == shown


def test_what_readers_share_comes_out_as_the_same_objects() -> None:
    prepared = prepare(variant(frozen(SECTION + "\n{{ member.name }} fin.")))
    values = (names.personal(one, MARKS, {}) for one in (READER, ELSEWHERE))
    first, second = (render._fill(prepared._html, render._Values(one)) for one in values)
    assert {id(one) for one in first} & {id(one) for one in second} >= {
        id(first[0]),
        id(first[-1]),
    }


def test_nothing_of_one_reader_reaches_the_next() -> None:
    prepared = prepare(variant(frozen(SECTION)))
    before = prepared.render(READER, MARKS)
    prepared.render(ELSEWHERE, MARKS)
    assert prepared.render(READER, MARKS) == before


# Encoded when it is made.

ENCODED = """{% if member.name %}
Bonjour {{ subscriber.name|upper }} : «{{ subscriber.role }}» & <{{ member.name|wrap }}>.
{% endif %}

.{{ member.sector }} [{{ subscriber.given_name|default("vous") }}](https://a.example/?q={{
member.name|urlencode }}) {{ subscriber.given_name }}{{ subscriber.family_name }}
"""
# A lone CR becomes a line's end wherever it stands, so before another it makes one more.
values = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r"), max_size=120)
readers = st.builds(
    Recipient, values, values, values, st.just("fr"), values, values, values, values, values, values
)


@pytest.fixture(scope="module")
def both() -> tuple[list[Template], Prepared]:
    """A content as Jinja2 itself renders it, and as it goes out, with no value changed for show."""
    given = variant(replace(frozen(ENCODED), format=1))
    flat = Flat(read(given.content, "fr"), names.common(given))
    return [flat.template(f"announcement/{part}", None) for part in PARTS], prepare(given)


@given(readers)
def test_what_is_encoded_for_a_reader_is_what_they_would_have_been_shown(
    both: tuple[list[Template], Prepared], reader: Recipient
) -> None:
    shown, wired = both
    values = names.personal(reader, MARKS, {"members": "Avis aux membres"})
    _, text, html = (one.render(values) for one in shown)
    one = wired.render(reader, MARKS)
    assert one.subject == "Objet"
    assert plain_text(one.text) == text
    assert plain_text(one.html) == html


def test_a_value_met_in_text_is_escaped_in_html_and_one_in_html_is_not_in_text() -> None:
    wired = prepare(variant(frozen("{{ member.name }}")))
    for name in ("A & B", "A &amp; B", "A & B", "A &amp; B"):
        one = wired.render(READER._replace(member=name), MARKS)
        assert plain_text(one.text).startswith(name)
        assert str(escape(name)) in plain_text(one.html)


def test_only_so_many_values_are_remembered() -> None:
    encoded = Encoded()
    escaped = EncodedHtml(encoded)
    for number in range(3 * REMEMBERED):
        assert escaped[f"<{number}>"] == f"&lt;{number}&gt;=\r\n".encode()
        assert len(encoded) <= REMEMBERED
        assert len(escaped) <= REMEMBERED


def test_html_that_is_too_long_is_told_by_what_the_reader_gets_not_by_its_encoding() -> None:
    wired = prepare(variant(frozen("{{ subscriber.role }}")))
    accented = wired.render(READER._replace(role="é" * 40_000), MARKS)
    assert len(accented.html) > HTML_LIMIT
    with pytest.raises(TemplateInvalid, match="Gmail clips"):
        wired.render(READER._replace(role="é" * 60_000), MARKS)


def test_how_a_language_writes_its_days_is_read_when_the_service_starts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    messages.load({"cy"})  # Welsh and Basque: no other test needs them

    def unread(file: object) -> object:
        raise AssertionError("read at the release's hour")

    monkeypatch.setattr(pickle, "load", unread)  # what Babel reads its files with
    assert names.filters("cy")["date"](date(2019, 6, 3)) == "3 Mehefin 2019"
    with pytest.raises(AssertionError, match="hour"):
        names.filters("eu")["date"](date(2019, 6, 3))
