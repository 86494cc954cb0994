"""An edition's body becomes clean HTML, and plain text that reads well."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from tests.unit.messages_content import MARKS, READER, frozen, html, text, variant

from communique.messages.mime import plain_text
from communique.messages.render import prepare


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        ("# Un\n\n## Deux\n\n### Trois", "Un\n==\n\nDeux\n----\n\nTrois"),
        ("Un\nseul *bloc*\\\nici", "Un seul bloc\nici"),
        ("- a\n- b\n  - c\n  - d\n- e", "- a\n- b\n  - c\n  - d\n- e"),
        ("3. a\n4. b\n\n   suite", "3. a\n4. b\n   suite"),
        ("> a\n>\n> > b\n>\n> - c", "> a\n>\n> > b\n>\n> - c"),
        ("[là](https://a.example/x)", "là <https://a.example/x>"),
        ("<https://a.example/x>", "https://a.example/x"),
        ("[a@b.example](mailto:a@b.example)", "a@b.example"),
        ("`a < b`\n\n    code  x\n\n***", "a < b\n\n    code  x\n\n------------------------"),
        ("| a | b |\n|---|---|\n| c | d |", "a | b\nc | d"),
        ("A &amp; B &lt;", "A & B <"),
        (
            "mot " * 20 + "\u00ab\u00a0insécable\u00a0\u00bb",
            " ".join(["mot"] * 18) + "\nmot mot \u00ab\u00a0insécable\u00a0\u00bb",
        ),
        ("x" * 90 + " y", "x" * 90 + "\ny"),
    ],
)
def test_plain_text_keeps_the_shape_of_what_was_written(body: str, shown: str) -> None:
    assert text(frozen(body)) == f"{shown}\n"


def test_a_tag_within_a_list_or_a_quotation_takes_its_items_along() -> None:
    section = "{% if member.kind == 'x' %}\n- b\n{% endif %}"
    body = f"- a\n\n{section}\n\n> c {{% if member.name %}}d{{% endif %}}\n"
    assert text(frozen(body)) == "- a\n\n> c d\n"
    assert html(frozen(body)).count("<li>") == 1


@pytest.mark.parametrize(
    ("body", "unwanted"),
    [
        ("<script>alert(1)</script>", "<script"),
        ("<b onclick='x()'>y</b>", "<b "),
        ("[x](javascript:alert(1))", 'href="javascript'),
        ("[x](data:text/html,y)", 'href="data'),
        ("![x](https://tracker.example/pixel.png)", "<img"),
    ],
)
def test_nothing_in_a_body_can_run_or_be_fetched(body: str, unwanted: str) -> None:
    assert unwanted not in html(frozen(body)).lower()


def test_links_of_mail_and_telephone_are_links() -> None:
    shown = html(frozen("[a](mailto:a@b.example) [b](tel:+15145550100) [c](http://c.example)"))
    for address in ("mailto:a@b.example", "tel:+15145550100", "http://c.example"):
        assert f'href="{address}"' in shown


def test_a_style_sheet_elsewhere_is_never_read(tmp_path: Path) -> None:
    sheet = tmp_path / "elsewhere.css"
    sheet.write_text("p { color: #abcdef }", encoding="utf-8")
    layout = f'<link rel="stylesheet" href="{sheet}">{{{{ edition.body }}}}'
    shown = html(frozen(templates={"announcement/body.html": layout}))
    assert "#abcdef" not in shown


# From format 5 on; what was frozen before is sent as it was.

PASS = "https://desk.example/p/7"


def made(body: str, number: int) -> tuple[str, str]:
    """Its HTML and its text, frozen in a format."""
    content = replace(frozen(body), format=number)
    one = prepare(variant(content)).render(READER, MARKS._replace(pass_url=PASS))
    return plain_text(one.html), plain_text(one.text)


def test_an_address_of_the_readers_own_is_a_link_wherever_it_stands() -> None:
    body = "Là : {{ pass_url }} ([ici]({{ pass_url }})), `{{ pass_url }}`."
    assert made(body, 5)[0].count(f'<a href="{PASS}">') == 2
    assert f'<a href="{PASS}">{PASS}</a> (<a href="{PASS}">ici</a>), <code>' in made(body, 5)[0]
    assert f"{PASS} (<a href" in made(body, 4)[0]
    within = "{% if pass_url %}{{ pass_url }}{% endif %} de {{ subscriber.given_name }}"
    assert f'<a href="{PASS}">{PASS}</a> de {READER.given_name}' in made(within, 5)[0]


def test_a_last_paragraph_that_is_a_value_stands_apart_in_text() -> None:
    body = "Votre laissez-passer :\n\n{{ pass_url }}\n"
    assert f"laissez-passer\xa0:\n\n{PASS}\n" in made(body, 5)[1]
    assert f"laissez-passer\xa0:{PASS}\n" in made(body, 4)[1]
    left_out = "Un.\n\n{% if subscriber.role %}\nDeux.\n{% endif %}\n"
    assert "Un.\n\nDeux.\n" in made(left_out, 5)[1]
