"""What could fail at sending is found at submission, in every branch, with file and line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from tests.unit.messages_content import frozen as frozen_with

from communique.domain.content import Frozen
from communique.domain.law import Asked
from communique.domain.law import profiles as law
from communique.domain.release import Edition
from communique.errors import Problems
from communique.messages.checking import check
from communique.messages.hiding import DEFAULT, look

FOOTER = {
    "_base/body.html": "{{ edition.body }}<p>{{ parties|join(' · ', 'name') }}<br>"
    "{{ association.name }}<br>{{ association.postal_address }}<br>{{ association.contact }}<br>"
    '<a href="{{ unsubscribe_url }}">x</a></p>',
    "_base/body.txt": "{{ edition.body }}{{ parties|join(' · ', 'name') }}\n"
    "{{ association.name }}\n{{ association.postal_address }}\n{{ association.contact }}\n"
    "{{ unsubscribe_url }}\n",
}


def frozen(
    body: str = "Corps.", *, templates: Mapping[str, str] | None = None, **more: Any
) -> Frozen:
    """Content whose templates show what the law asks for."""
    return frozen_with(body, templates={**FOOTER, **(templates or {})}, **more)


def wrong_with(content: Frozen, *editions: Edition) -> str:
    with pytest.raises(Problems) as caught:
        check(content, editions)
    return "\n".join(str(one) for one in caught.value.problems)


def test_good_content_has_no_problem_and_no_warning() -> None:
    assert check(frozen("Bonjour {{ subscriber.given_name }}")) == ()


def test_an_unknown_attribute_is_found_in_a_branch_that_no_reader_takes() -> None:
    body = 'Un.\n\n{% if member.kind == "never" %}\n{{ subscriber.givenname }}\n{% endif %}\n'
    assert wrong_with(frozen(body)) == (
        "edition fr:4: “subscriber” has no “givenname” — did you mean “given_name”?"
    )


def test_a_problem_names_the_file_and_line_where_the_author_wrote_it() -> None:
    body = "Un.\n\n{{ membre.name }}\n"
    edition = Edition("fr", "Objet", "", body, source="releases/memo/fr.md", first_line=6)
    assert wrong_with(frozen(body), edition).startswith(
        "releases/memo/fr.md:8: there is no “membre”"
    )


def test_a_problem_in_a_template_names_the_template_once() -> None:
    templates = {"announcement/body.txt": "\n\n{{ edition.bodi }}"}
    assert wrong_with(frozen(templates=templates)) == (
        "templates/announcement/body.txt:3: “edition” has no “bodi” — did you mean “body”?"
    )


def test_all_problems_are_named_at_once() -> None:
    templates = {
        "announcement/body.txt": "{{ nobody }}",
        "_base/texts.toml": '[fr]\nwhy = "{{ association.nam }}"\n',
    }
    found = wrong_with(frozen("{{ list.nom }}", subject="{% if %}", templates=templates))
    for place in ("body.txt:1", "texts.toml [fr] why:1", "edition fr:1", "edition fr, subject:1"):
        assert place in found


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("{% if member.name %}", "unexpected end of template|Unexpected end of template"),
        ("{{ 'x' * 1000000000 }}", "“mul” is not part"),
        ("{{ 2 ** 9999999 }}", "“pow” is not part"),
        ("{{ '%1000000000d' % 1 }}", "“mod” is not part"),
        ("{% for i in range(1000000) %}{% endfor %}", "a loop goes over a list"),
        ("{% for c in 'abc' %}{% endfor %}", "a loop goes over a list"),
        ("{{ subscriber.name.upper() }}", "a call is not part"),
        ("{% set x = 1 %}", "{% set %} is not part"),
        ("{% macro m() %}{% endmacro %}", "{% macro %} is not part"),
        ("{{ subscriber.__class__ }}", "“subscriber” has no “__class__”"),
        ("{{ subscriber.name.upper }}", "“subscriber.name” has no attributes"),
        ("{{ subscriber }}", "“subscriber” is not a text"),
        ("{{ parties }}", "“parties” is not a text"),
        ("{{ edition.body }}", "there is no “edition”"),
        ("{{ 'x'|center(1000000000) }}", "there is no filter “center”"),
        ("{{ 'x'|uper }}", "did you mean “upper”"),
        ("{% include member.name %}", "must be written out"),
        ("{% for p in parties %}{{ p.name ~ member.name }}{% endfor %}", "“p” of a loop"),
        (f"{3 * '{% for p in parties %}'}x{3 * '{% endfor %}'}", "nested at most 2"),
        ("{% raw %}\ue000{% endraw %}", "private-use character"),
        ("{{ '\\ue000' }}", "private-use character"),
        ("{{ subscriber.name }} &#xE000;", "private-use character"),
        ("[{{ subscriber.name }}](https://x.example/%EE%80%80)", "private-use character"),
        ("{% include 'nowhere.txt' %}", "the template is missing"),
        ("{% if member.kind == 'never' %}{{ member.name|date }}{% endif %}", "“date” is not for"),
        ("{{ association.name|date }}", "cannot be rendered"),
        ("x " * 60_000, "Gmail clips it at 102"),
    ],
)
def test_what_cannot_be_sent_is_refused_with_its_reason(body: str, reason: str) -> None:
    found = wrong_with(frozen(body))
    assert any(one in found for one in reason.split("|")), found
    assert "edition fr" in found or "templates/" in found or "nowhere.txt" in found


def test_a_template_that_includes_itself_is_refused() -> None:
    templates = {"announcement/body.txt": "{% include 'announcement/body.txt' %}"}
    assert "announcement/body.txt" in wrong_with(frozen(templates=templates))


def test_an_empty_subject_is_refused() -> None:
    assert "the subject is empty" in wrong_with(frozen(subject="{{ subscriber.role }}"))


@pytest.mark.parametrize(
    "subject",
    [
        "{{ 'Re:' }} notre appel",
        "{% if subscriber.role %}{% else %}TR : {% endif %}notre appel",
        "\u200b{{ subscriber.role or 'Re' }}: x",
    ],
)
def test_a_subject_that_passes_for_an_answer_to_any_reader_is_refused(subject: str) -> None:
    assert "casl-subject" in wrong_with(frozen(subject=subject))


def test_a_missing_table_of_texts_names_the_language() -> None:
    templates = {"_base/texts.toml": '[en]\nmore = "More"\n'}
    assert "texts.toml: has no table [fr]" in wrong_with(frozen(templates=templates))


def test_a_long_message_and_a_long_subject_are_warned_of() -> None:
    warnings = check(frozen("x " * 46_900, subject="x" * 90))
    assert {(one.code, *one.fields.values()) for one in warnings} == {
        ("edition_html_long", 91),
        ("edition_subject_long", 90),
    }
    assert "edition fr: the subject has 90 characters" in map(str, warnings)


@pytest.mark.parametrize("text", ["1 rue \uf028", "1 rue \ue000", "1 rue &#57344;"])
def test_a_private_use_character_in_an_associations_own_text_is_named(text: str) -> None:
    content = frozen("{{ subscriber.name }}, {{ association.postal_address }}")
    north, south = content.associations
    content = replace(content, associations=(replace(north, postal_address=text), south))
    with pytest.raises(Problems) as raised:
        check(content)
    assert len(raised.value.problems) == 1
    assert "postal_address of north holds a private-use character" in str(raised.value)


LINK, ADDRESS = "{{ unsubscribe_url }}", "{{ association.postal_address }}"
CONTACT, PARTIES = "{{ association.contact }}", "{{ parties|join(' · ', 'name') }}"
# The rules that ask it of whoever writes from Québec, to readers who may be anywhere.
RULES = {
    "link to unsubscribe": "casl-unsubscribe, can-spam-unsubscribe, ours-footer",
    "postal address": "casl-contact, can-spam-postal-address, ours-footer",
    "phone, address or site of who sends it": "casl-contact, ours-footer",
    "name of everybody for whom it is sent": "casl-identification, can-spam-sender, ours-footer",
}


@pytest.mark.parametrize(
    ("part", "name", "instead", "what"),
    [
        ("body.html", LINK, "#", "link to unsubscribe"),
        ("body.txt", LINK, "", "link to unsubscribe"),
        ("body.html", ADDRESS, "", "postal address"),
        ("body.txt", ADDRESS, "", "postal address"),
        ("body.html", ADDRESS, f"<!-- {ADDRESS} -->", "postal address"),
        ("body.html", CONTACT, "", "phone, address or site of who sends it"),
        ("body.txt", CONTACT, "", "phone, address or site of who sends it"),
        ("body.txt", PARTIES, "", "name of everybody for whom it is sent"),
    ],
)
def test_a_template_without_what_the_law_asks_for_is_refused(
    part: str, name: str, instead: str, what: str
) -> None:
    base = f"_base/{part}"
    found = wrong_with(frozen(templates={base: FOOTER[base].replace(name, instead)}))
    put = name.replace("|join(' · ', 'name')", "")
    assert found == (
        f"templates/announcement/{part}: not every reader is shown the {what} that the law asks "
        f"for ({RULES[what]}) — put {put} into it, or into templates/{base} if it extends that"
    )


SOME = "{% if member.territory != 'Montréal' %}"
OTHERS = "{% if not (member.territory == 'Montréal') %}"
END = "{% endif %}"
A = f'<a href="{LINK}">x</a>'
SCREENS = (
    "<style>.w{display:none}@media (max-width:9em)"
    "{.n{display:none!important}.w{display:block!important}}</style>"
)
WAY_OUT, POST = "link to unsubscribe", "postal address"


def instead(part: str, name: str, put: str) -> dict[str, str]:
    """The footer with something else in the place of a name."""
    return {f"_base/{part}": FOOTER[f"_base/{part}"].replace(name, put)}


@pytest.mark.parametrize(
    ("part", "name", "put", "what"),
    [
        ("body.txt", LINK, f"{SOME}{LINK}{END}", WAY_OUT),
        ("body.txt", LINK, f"{{% if member.name %}}{LINK}{END}", WAY_OUT),
        ("body.txt", LINK, f"{SOME}x{{% else %}}{OTHERS}{LINK}{END}{END}", WAY_OUT),
        ("body.txt", LINK, f"{SOME}{LINK}{{% elif list.key == 'x' %}}{LINK}{END}", WAY_OUT),
        ("body.txt", ADDRESS, f"{SOME}{ADDRESS}{END}{OTHERS}{ADDRESS}{END}", POST),
        ("body.txt", ADDRESS, "{{ association.postal_address if member.sector else '' }}", POST),
        ("body.html", A, f"{SOME}{A}{END}", WAY_OUT),
        ("body.html", A, f"{A.replace('x', f'{SOME}x{END}')}", WAY_OUT),
        ("body.html", A, f'<a href="{SOME}{LINK}{END}">x</a>', WAY_OUT),
        ("body.html", A, f'{SOME}<a href="{LINK}">{END}x</a>', WAY_OUT),
        ("body.html", A, f"{SOME}<div hidden>{END}{A}</div>", WAY_OUT),
        ("body.html", A, f"<div hidden>{SOME}</div>{END}{A}", WAY_OUT),
        ("body.html", A, f'<div style="{SOME}display:none{END}">{A}</div>', WAY_OUT),
        ("body.html", A, A.replace("x", ""), WAY_OUT),
        ("body.html", A, A.replace("x", "&#8203; "), WAY_OUT),
        ("body.html", ADDRESS, f"{SOME}{ADDRESS}{END}", POST),
        ("body.html", ADDRESS, f"<title>{ADDRESS}</title>", POST),
        ("body.html", ADDRESS, f"<noscript>{ADDRESS}</noscript>", POST),
        ("body.html", ADDRESS, f"<details><p>{ADDRESS}</p></details>", POST),
        ("body.html", A, f"<dialog>{A}</dialog>", WAY_OUT),
        ("body.html", A, f"<div popover>{A}</div>", WAY_OUT),
        ("body.html", A, f'<div aria-hidden="true">{A}</div>', WAY_OUT),
        ("body.html", ADDRESS, f"<font color=white>{ADDRESS}</font>", POST),
        *(
            ("body.html", ADDRESS, f'<p style="{style}">{ADDRESS}</p>', POST)
            for style in (
                "display: none !important; display: block",
                "visibility:hidden",
                "opacity: 0.0",
                "font-size:0",
                "font: 0/1 serif",
                "mso-hide:all",
                "position:absolute;left:-9999px",
                "text-indent: -999em",
                "max-height:0;overflow:hidden",
                "position:absolute;clip:rect(0 0 0 0)",
                "color:#fff",
                "color:#FEFEFE;background:white",
                "background:#1d2430;color:rgb(29, 36, 48)",
                "color:transparent",
                "transform:scale(0)",
                r"\64isplay:none",
                r"d\000069splay:none",
                r"displ\61 y:n\one",
                "width:1px;height:1px;overflow:hidden",
                "max-height:0;overflow-y:auto",
                "position:fixed;left:300vw",
                "margin-left:calc(0px - 9999px)",
                "display:var(--x)",
                "color:hsl(0 0% 99%)",
                "color:snow",
                "color:navy;background:navy",
                "background:currentcolor",
                "color:#1d243000",
                "-webkit-text-fill-color:#fff",
                "filter:opacity(0)",
                "animation:a 0s forwards",
                "clip-path:polygon(0 0,0 0,0 0)",
            )
        ),
        *(
            ("body.html", ADDRESS, f"<style>{sheet}</style><p class=q><b>{ADDRESS}</b></p>", POST)
            for sheet in (
                ".q{display:none!important}",
                ".q b{font-size:1px}",
                r".q{\64 isplay:none}",
                r"@\6d edia screen{.q{display:none}}",
                "@media all{.q:not(:hover){display:none}}",
                "@media screen{.q{display:none}}",
                "@media screen{@supports (color:red){.q b{color:#ffffff !important}}}",
            )
        ),
    ],
)
def test_what_the_law_asks_for_is_hidden_from_nobody(
    part: str, name: str, put: str, what: str
) -> None:
    found = wrong_with(frozen(templates=instead(part, name, put)))
    assert found.startswith(f"templates/announcement/{part}: "), found
    assert f"the {what} that the law asks for" in found
    assert "\n" not in found


@pytest.mark.parametrize(
    ("part", "name", "put"),
    [
        ("body.txt", LINK, f"{SOME}{LINK}{{% else %}}{LINK}{END}"),
        ("body.txt", LINK, f"{SOME}{LINK}{{% elif list.key %}}{LINK}{{% else %}}{LINK}{END}"),
        ("body.txt", ADDRESS, "{{ (association.postal_address ~ ' ' ~ member.name)|wrap }}"),
        ("body.html", A, f"{SOME}<p>{A}</p>{{% else %}}<div>{A}</div>{END}"),
        ("body.html", A, f"{SOME}<p hidden>{END}</p>{A}"),
        ("body.html", A, f'<a href="{LINK}"><img src="https://x.example/x.png" alt="x"></a>'),
        (
            "body.html",
            ADDRESS,
            f'<p style="font-size:0"><b style="font-size:14px">{ADDRESS}</b></p>',
        ),
        *(
            ("body.html", ADDRESS, f'<p style="{style}">{ADDRESS}</p>')
            for style in (
                "color:navy;background:ivory",
                "background:transparent",
                "width:15%;overflow:hidden",
                "position:relative;top:10px",
                "color:#333;background:#f5f5f5",
                "background:#1d2430 url(x.png);color:white",
            )
        ),
        ("body.html", ADDRESS, f"<details open>{ADDRESS}</details>"),
        (
            *("body.html", ADDRESS),
            SCREENS + f"<p class=n>{ADDRESS}</p><p class=w>{ADDRESS}</p>",
        ),
    ],
)
def test_what_every_reader_is_shown_in_one_way_or_another_is_hidden_from_nobody(
    part: str, name: str, put: str
) -> None:
    assert check(frozen(templates=instead(part, name, put))) == ()


@pytest.mark.parametrize(
    "style",
    [
        *("left:" + "calc(" * 50_000, "transform:" + "translate(" * 30_000),
        *("color:" + "rgb(1 " * 50_000, "filter:" + "opacity " * 30_000, "\\" * 100_000),
    ],
    ids=lambda style: style[:12],
)
def test_no_style_takes_long_to_look_at(style: str) -> None:
    """A square of its length would be minutes."""
    assert look("p", {"style": style}, DEFAULT).paper == DEFAULT.paper


@pytest.mark.parametrize("shown", ["{{ association.phone }}", "{{ association.web|bare }}"])
def test_any_way_to_answer_will_do(shown: str) -> None:
    templates = {part: text.replace(CONTACT, shown) for part, text in FOOTER.items()}
    assert check(frozen(templates=templates)) == ()


def test_the_sender_is_named_in_the_language_of_the_message() -> None:
    content = frozen()
    north, south = content.associations
    north = replace(north, names={"fr": "Nord", "en": "North"})
    templates = {part: text.replace("association.name", "'North'") for part, text in FOOTER.items()}
    templates = {part: text.replace("parties|", "partners|") for part, text in templates.items()}
    content = frozen(templates=templates)
    found = wrong_with(replace(content, associations=(north, south)))
    assert "the name of who sends it" in found


def test_what_no_law_asks_there_stops_nothing() -> None:
    base = "_base/body.txt"
    content = frozen(templates={base: FOOTER[base].replace(CONTACT, "")})
    states = Asked(tuple((one, one.weight) for one in law.CAN_SPAM.rules))
    assert check(content, (), dict.fromkeys(("north", "south"), states)) == ()


def test_an_address_may_be_broken_into_lines_anywhere() -> None:
    broken = {"_base/body.txt": FOOTER["_base/body.txt"].replace(" }}\n", "|wrap(9) }}\n")}
    assert check(frozen(templates=broken)) == ()


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (
            "Un.\n\nDeux\n[lien](www.x.example) là.",
            (
                "edition fr:4: the link “www.x.example” leads nowhere in a message — "
                "write its whole address, as https://www.x.example"
            ),
        ),
        (
            "- un\n- [nous](info@x.example)",
            (
                "edition fr:2: the link “info@x.example” leads nowhere in a message — "
                "write its whole address, as mailto:info@x.example"
            ),
        ),
        (
            "{% if member.name %}\n[ici](/page)\n{% endif %}",
            "edition fr:2: the link “/page” leads nowhere in a message — write a whole address",
        ),
        (
            "| a |\n|---|\n| [b](b.html) |",
            (
                "edition fr:3: the link “b.html” leads nowhere in a message — "
                "write its whole address, as https://b.html"
            ),
        ),
        (
            "Voici : ![photo](https://x.example/a.png)",
            (
                "edition fr:1: an image cannot stand in an edition: “https://x.example/a.png” — "
                "link to it: leave out the “!”, or put a space after it if it ends a sentence"
            ),
        ),
    ],
)
def test_a_link_that_would_be_dead_is_refused_with_its_line(body: str, found: str) -> None:
    assert wrong_with(frozen(body)) == found


@pytest.mark.parametrize(
    "body",
    [
        "[a](https://x.example) [b](HTTP://x.example) [c](mailto:a@x.example) [d](tel:+1514)",
        "[a]({{ release.link }}) [b](mailto:{{ association.contact }}) <https://x.example>",
        "`[a](www.x.example)`\n\n    ![a](b.png)\n",
        "Venez! [a](https://x.example)",
        "[a]\n\n[a]: https://x.example",
    ],
)
def test_a_link_that_works_is_none_of_these(body: str) -> None:
    assert check(frozen(body)) == ()


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (
            "Un.\n[lien](https://x.example/a b)",
            "edition fr:2: “[lien](https://x.example/a b)” is no",
        ),
        ("[lien] (https://x.example)", "edition fr:1: “[lien] (https://x.example)” is no link"),
        ("[lien](https://x.example\n\nEt", "edition fr:1: “[lien](https://x.example” is no link"),
        ("[lien][2] là", "edition fr:1: “[lien][2]” is no link: nothing says where it leads"),
        ("[a](https://)", "edition fr:1: the link “https://” leads nowhere"),
        ("[a](http:/x.example)", "the link “http:/x.example” leads nowhere"),
        ("[a](https://https://x.example)", "the link “https://https://x.example” leads nowhere"),
        ("[a](https://exemple)", "leads nowhere in a message — write its whole address"),
        ("[a](ftp://x.example/f)", "a link can begin with http:, https:, mailto:, tel:"),
        ("[a](javascript:alert)", "“[a](javascript:alert)” is no link"),
        ("[a](mailto:info)", "write it as mailto:name@example.org"),
        ("[a](tel:us)", "write it as tel:"),
        ("Un.\n\n<!-- à revoir -->", "edition fr:3: “<!--” would be shown to members"),
        ("Un <br> deux", "edition fr:1: “<br>” would be shown to members as it stands there"),
        ('<a href="x">y</a>', "would be shown to members"),
        ("{% if member.name %}\n[a] (www.x.example)\n{% endif %}", "edition fr:2: “[a] (www"),
    ],
)
def test_what_was_meant_as_a_link_or_a_tag_is_told_with_its_line(body: str, found: str) -> None:
    assert found in wrong_with(frozen(body))


@pytest.mark.parametrize("subject", ["[a](https://x.example)", "<b>Fort</b>"])
def test_a_subject_has_no_markup(subject: str) -> None:
    assert "edition fr, subject:1: “" in wrong_with(frozen(subject=subject))


@pytest.mark.parametrize(
    "body",
    [
        "Selon [1] (voir p. 5) et [a] (b).",
        "\\[a\\](b) et `[a](b c)` et `<b>`",
        "1 < 2 > 0 et a <- b -> c, x<y",
        "https://x.example et info@x.example",
        "{# <!-- pour nous --> #}Un.",
        "{% raw %}{{{{{% endraw %}",
        "[{{ member.name }}](https://x.example/{{ member.name|urlencode }})",
        "[a](https://127.0.0.1/) [b](https://xn--bcher-kva.example)",
    ],
)
def test_what_is_meant_as_it_is_is_none_of_these(body: str) -> None:
    assert check(frozen(body)) == ()


@pytest.mark.parametrize("part", ["subject", "preheader"])
def test_an_address_without_its_beginning_is_warned_of_wherever_it_stands(part: str) -> None:
    written: dict[str, Any] = {part: "Voir www.x.example"}
    [warning] = check(frozen(**written))
    assert str(warning).startswith(f"edition fr, {part}:1: “www.x.example” is no link")


def test_what_a_thing_has_is_told_where_all_of_it_stands_as_a_text() -> None:
    assert "it has name" in wrong_with(frozen("{{ member }}"))
    assert "it has n," not in wrong_with(frozen("{{ member }}"))


def test_an_address_without_its_beginning_is_warned_of() -> None:
    [warning] = check(frozen("Un.\n\nVoir www.x.example/a, merci."))
    assert str(warning) == (
        "edition fr:3: “www.x.example” is no link — write its whole address, beginning with https://"
    )
