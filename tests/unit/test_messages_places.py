"""A reader's value is shown as it is meant where it stands: in prose, in a tag, in an address."""

from __future__ import annotations

import pytest
from tests.unit.messages_content import MARKS, READER, frozen, html, text, variant
from tests.unit.test_messages_checking import wrong_with

from communique.errors import TemplateInvalid
from communique.messages import markdown
from communique.messages.mime import plain_text, quoted_printable
from communique.messages.places import Place, html_in_scripts, places, shown
from communique.messages.render import prepare

RTL = "שירה כהן"


def test_places_are_told_apart() -> None:
    flat = (
        '<p title="\ue000">\ue001</p><a href="\ue002">x</a><a href="https://x.example/\ue003">'
        "<a HREF='mailto:\ue004'><!-- \ue005 --><a href=\"\ue006https://x.example/\ue007\">"
        '<img src=\ue008><a href="java\ue009">'
    )
    assert list(places(flat, html=True)) == [
        *(Place.MARKUP, Place.PROSE, Place.ADDRESS, Place.IN_ADDRESS, Place.IN_ADDRESS),
        *(Place.MARKUP, Place.ADDRESS, Place.IN_ADDRESS, Place.ADDRESS, Place.ADDRESS),
    ]
    assert list(places("\ue000 <https://x.example/\ue001> (\ue002)", html=False)) == [
        *(Place.PROSE, Place.IN_ADDRESS, Place.PROSE),
    ]


@pytest.mark.parametrize(
    "name",
    [
        *(
            "javascript:alert(1)",
            "JavaScript:x",
            " javascript:x",
            "java\tscript:x",
            "data:text/html,x",
        ),
        *("Biologiques du Nord", "//x.example", "/x", "https:", "vbscript:x", "&#106;avascript:x"),
    ],
)
def test_a_value_that_begins_an_address_must_be_one(name: str) -> None:
    prepared = prepare(variant(frozen("[x]({{ member.name }}) et {{ member.name }}")))
    with pytest.raises(TemplateInvalid, match="stands as a link’s address, and is none"):
        prepared.render(READER._replace(member=name), MARKS)


def test_what_follows_a_value_is_checked_with_it() -> None:
    prepared = prepare(variant(frozen("[x]({{ subscriber.role }}{{ member.name }})")))
    with pytest.raises(TemplateInvalid):
        prepared.render(READER._replace(role="java", member="script:x"), MARKS)


def test_a_template_is_held_to_the_same() -> None:
    body = "{{ edition.body }}<a href='{{ member.name }}'>x</a>"
    with pytest.raises(TemplateInvalid):
        html(frozen(templates={"announcement/body.html": body}))


def test_the_author_is_told_at_submit() -> None:
    assert "stands as a link’s address" in wrong_with(frozen("[x]({{ member.name }})"))


def test_an_address_of_ours_and_one_that_a_value_ends_work() -> None:
    content = frozen("[a]({{ unsubscribe_url }}) [b](https://x.example/?q={{ member.name }}#é)")
    made = html(content, READER._replace(member='A B"<c>'))
    assert f'href="{MARKS.unsubscribe_url}"' in made
    assert 'href="https://x.example/?q=A%20B%22%3Cc%3E#%C3%A9"' in made
    made = text(content, READER._replace(member="A B"))
    assert "<https://x.example/?q=A%20B#%C3%A9>" in made


def test_a_value_within_a_mailbox_is_not_lost_and_one_within_a_host_is_told() -> None:
    made = html(frozen("[a](mailto:{{ subscriber.address }})"))
    assert 'href="mailto:noemie@biologiques.example"' in made
    found = wrong_with(frozen("[b](https://{{ list.key }}.x.example/)"))
    assert "stands where HTML does not allow it" in found


@pytest.mark.parametrize("url", ["https://x.example/%EF%BC%9F", "https://x.example/%EF%BF%BD"])
def test_an_address_keeps_what_it_encodes(url: str) -> None:
    assert f'href="{url}"' in html(frozen(f"[x]({url})"))
    assert f"<{url}>" in text(frozen(f"[x]({url})"))


def test_a_name_that_is_written_the_other_way_is_kept_apart() -> None:
    reader = READER._replace(given_name=RTL, member="Institut\u202e x")
    content = frozen(
        "Shalom {{ subscriber.given_name }}! 3 {{ member.name }} "
        "[x](https://a.example/?{{ subscriber.given_name|urlencode }})"
    )
    for made in (html(content, reader), text(content, reader)):
        assert f"Shalom \u2068{RTL}\u2069! 3 Institut x" in made
        assert "\u2068" not in made.replace(f"\u2068{RTL}\u2069", "")


def test_what_is_shown_stays_what_it_is() -> None:
    for value in ("Noémie", RTL, f"{RTL}\u202e", "a@xn--bcher-kva.example", "\u2066x", "xn--"):
        assert shown(shown(value)) == shown(value)


def test_readers_see_no_domain_as_machines_do() -> None:
    content = frozen(
        "Vous : {{ subscriber.address }}, info@xn--bcher-kva.example, "
        "<https://xn--bcher-kva.example/a>"
        " [ici](https://xn--bcher-kva.example/b)"
    )
    reader = READER._replace(address="noemie@xn--bcher-kva.example")
    assert "xn--" not in text(content, reader)
    made = html(content, reader)
    assert "noemie@bücher.example" in made
    assert 'href="https://xn--bcher-kva.example/b"' in made  # as it must be followed
    assert ">https://bücher.example/a</a>" in made
    assert html_in_scripts('<a href="https://xn--bcher-kva.example">xn--bcher-kva.example') == (
        '<a href="https://xn--bcher-kva.example">bücher.example'
    )


def test_the_link_to_unsubscribe_is_never_rewritten() -> None:
    marks = MARKS._replace(unsubscribe_url="https://xn--bcher-kva.example/u/1.2.abc")
    rendered = prepare(variant(frozen("{{ unsubscribe_url }}"))).render(READER, marks)
    assert marks.unsubscribe_url in plain_text(rendered.text)


def test_what_is_sent_is_composed_and_no_line_begins_with_from() -> None:
    reader = READER._replace(given_name="Noe\u0301mie", member="From ")
    content = frozen(
        "From re\u0301union.\n\nFrom {{ subscriber.given_name }}\n\n{{ member.name }}x"
    )
    rendered = prepare(variant(content)).render(reader, MARKS)
    for part in (rendered.text, rendered.html):
        assert b"\nFrom " not in b"\n" + part
        assert "From réunion" in plain_text(part)
        assert "Noémie" in plain_text(part)
    for start in ("From x", "x" * 75 + "From y", "é\nFrom z", "From " * 40, "." + "From "):
        encoded = quoted_printable(start)
        assert b"\nFrom " not in b"\n" + encoded
        assert plain_text(encoded) == start


@pytest.mark.parametrize(
    ("body", "url", "words"),
    [
        ("Voir https://x.example/a.", "https://x.example/a", "https://x.example/a"),
        ("(https://x.example/a_(b))", "https://x.example/a_(b)", "https://x.example/a_(b)"),
        ("Écrire à a.b+c@x.example!", "mailto:a.b+c@x.example", "a.b+c@x.example"),
        ("« https://x.example/é »", "https://x.example/%C3%A9", "https://x.example/é"),
        ("HTTPS://x.example", "HTTPS://x.example", "HTTPS://x.example"),
    ],
)
def test_a_bare_address_is_a_link(body: str, url: str, words: str) -> None:
    made = markdown.to_html(body, lambda _: [], "en")
    assert f'<a href="{url}">{words}</a>' in made
    assert markdown.to_text(body, lambda _: [], "en").strip() == body


@pytest.mark.parametrize(
    "body",
    [
        "`https://x.example`",
        "    https://x.example",
        "x@y",
        "a@b@c.example",
        "xhttps://x.example",
        "https://",
    ],
)
def test_what_is_no_address_is_none(body: str) -> None:
    assert "<a " not in markdown.to_html(body, lambda _: [], "en")


def test_a_link_is_linked_once() -> None:
    made = markdown.to_html("[https://x.example](https://y.example)", lambda _: [], "en")
    assert made == '<p><a href="https://y.example">https://x.example</a></p>\n'


def test_a_tables_columns_keep_their_side() -> None:
    made = markdown.to_html("| a | b | c |\n|:-:|--:|---|\n| 1 | 2 | 3 |", lambda _: [], "en")
    assert '<th align="center">a</th>' in made
    assert '<td align="right">2</td>' in made
    assert '<th align="left">c</th>' in made
    assert "<td>3</td>" in made
