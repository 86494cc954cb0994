"""No text of an author sets off more than it says: work and size stay within a multiple of it.

Work is counted in calls and characters, never by a clock.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.unit.messages_content import MARKS, READER, variant
from tests.unit.test_messages_checking import frozen, wrong_with

from communique.domain.content import Frozen
from communique.errors import Problems, TemplateInvalid
from communique.messages import bounds, deferral, markdown
from communique.messages.checking import check
from communique.messages.mime import plain_text
from communique.messages.render import prepare

FIXED = 80_000  # calls for the smallest release there is: three templates, eight readers
CALLS = 600  # for each character more


def calls(work: Callable[[], object]) -> int:
    """How many calls some work takes, C's among them."""
    taken = 0

    def count(_frame: FrameType, event: str, _what: Any) -> None:
        nonlocal taken
        taken += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        work()
    finally:
        sys.setprofile(None)
    return taken


def checked(content: Frozen) -> None:
    """Tried as `submit` does: refused in words, or well."""
    try:
        check(content)
    except Problems:
        return
    rendered = prepare(variant(content)).render(READER, MARKS)
    assert len(plain_text(rendered.html)) <= bounds.RENDERED


INCLUDES = {
    "announcement/body.txt": "{% include 'edition body' %}{% include 'announcement/0.txt' %}",
    **{
        f"announcement/{n}.txt": f"{{% include 'announcement/{n + 1}.txt' %}}" * 2
        for n in range(40)
    },
    "announcement/40.txt": "x",
}


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("{% include 'edition body' %}", "includes itself"),
        ("{% include 'edition preheader' %}" * 3, ""),
        ("{% raw %}" + "{" * 6_000 + "{% endraw %}", ""),
        ("{% raw %}" + "{%" * 3_000 + "{% endraw %}", ""),
        ("[" * 5_000, ""),
        ("\\\n" * 2_000, ""),
        ("|a" * 3_000 + "|\n" + "|-" * 3_000 + "|\n" + "|\n" * 300, "columns"),
        ("(" * 150 + "x" + ")" * 150, ""),
        ("{{ " + "(" * 150 + "subscriber.name" + ")" * 150 + " }}", "one within another"),
        ("{{ " + "not " * 2_000 + "subscriber.name }}", "one within another"),
        ("{{ " + "subscriber.name or " * 200 + "'' }}", "one within another"),
        ("{{ member.name" + "|upper" * 2_000 + " }}", "one within another"),
        ("{% if member.name %}" * 300 + "{% endif %}" * 300, "one within another"),
        (
            "{% if member.name %}" + "{% elif member.kind %}x" * 400 + "{% endif %}",
            "",
        ),
        ("{{ " + "9" * 6_000 + " }}", "more than 100 digits"),
        ("{{ 5|wrap(" + "9" * 6_000 + ") }}", "more than 100 digits"),
        (
            "{% for a in parties %}{% for b in parties %}"
            + "x" * 40_000
            + "{% endfor %}{% endfor %}",
            "more than 128 KB",
        ),
        ("x " * 70_000, "more than 128 KB"),
    ],
)
def test_what_would_take_long_is_refused_or_takes_no_longer_than_its_size(
    body: str, reason: str
) -> None:
    content = frozen(body)
    assert calls(lambda: checked(content)) < FIXED + CALLS * len(body)
    if reason:
        found = wrong_with(content)
        assert any(one in found for one in reason.split("|")), found[:300]
        assert "edition fr" in found


def test_more_personal_values_than_can_be_kept_apart_are_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(deferral, "MOST_KEPT", 100)
    assert "too many personal values" in wrong_with(frozen("{{ member.name }}" * 101))
    looped = "{% for p in parties %}" + "{{ member.name }}" * 60 + "{% endfor %}"
    assert "too many personal values" in wrong_with(frozen(looped))


def test_includes_that_double_are_refused_before_any_is_rendered() -> None:
    content = frozen(templates=INCLUDES)
    assert calls(lambda: checked(content)) < FIXED * 10
    assert "takes too many steps" in wrong_with(content)


def test_a_template_that_has_the_edition_in_it_over_and_over_is_refused() -> None:
    templates = {"announcement/body.txt": "{% if edition.body == edition.body %}{% endif %}" * 300}
    assert "takes too many steps" in wrong_with(frozen(templates=templates))


def test_a_join_within_a_join_ends() -> None:
    text = "'-'"
    for _ in range(40):
        text = f"parties|join({text}, 'name')"
    assert "one within another" in wrong_with(frozen(f"{{{{ {text} }}}}"))


def test_filters_of_long_texts_are_counted() -> None:
    templates = {
        "announcement/body.txt": "{% if edition.body|upper|lower|trim == '' %}{% endif %}" * 60
    }
    found = wrong_with(frozen("x" * 100_000, templates=templates))
    assert "its filters make too much of it" in found


def test_a_style_sheet_is_not_put_into_more_than_is_bearable() -> None:
    body = FOOT + "<style>" + ".a{color:red}" * 4_000 + "</style>" + "<b></b>" * 20_000
    assert "takes too many steps" in wrong_with(frozen(templates={"announcement/body.html": body}))


def test_tags_that_are_left_open_are_refused() -> None:
    body = FOOT + "".join(f'<b class="c{n}"><p>' for n in range(3_000))
    found = wrong_with(frozen(templates={"announcement/body.html": body}))
    assert "leaves too many tags without their ends" in found


FOOT = (
    '{{ edition.body }}<p>{{ association.postal_address }}<a href="{{ unsubscribe_url }}">x</a></p>'
)
PIECES = (
    *("{{ subscriber.name }}", "{{ parties|join(', ', 'name') }}", "{{ association.name|upper }}"),
    *(
        "{% if member.name %}",
        "{% else %}",
        "{% endif %}",
        "{% for p in parties %}",
        "{% endfor %}",
    ),
    *("{% raw %}", "{% endraw %}", "{#", "#}", "{{", "}}", "{%", "%}", "|", "(", ")", "'", "~"),
    *("{% include 'edition subject' %}", "{% include 'edition body' %}", "{{ p.name }}"),
    *("[", "](", "]", ")", "![", "<", ">", "`", "*", "_", "|-|-|\n", "|a|b|\n", "> ", "- ", "\n"),
    *("\n\n", " ", "https://x.example/", "a@b.example", "<!--", "-->", "\\\n", "# ", "1. ", "é"),
)


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
@given(
    st.lists(st.tuples(st.sampled_from(PIECES), st.integers(1, 30)), max_size=12).map(
        lambda parts: "".join(piece * times for piece, times in parts)
    )
)
def test_whatever_is_put_together_of_the_language_stays_within_its_size(body: str) -> None:
    content = frozen(body)
    assert calls(lambda: checked(content)) < FIXED + CALLS * len(body)


@pytest.mark.parametrize(
    "piece",
    [
        *("[", "![", "[a](", "[a](<", "[a]: b\n", "`", "*a_ ", "a*b_", "<a", "&", "- a\n\n", "> "),
        *("* a\n  ", "|a|\n", "| a\n", "\\\n", "***a*", "[a\n", "1 000 ", "« ", "x@y.z ", "\n"),
        *("https://a ", "a\n-\n", "[a][", "<!--", "www.", "a@", "http://("),
    ],
)
def test_twice_as_much_markdown_takes_twice_the_work(piece: str) -> None:
    def work(size: int) -> int:
        body = piece * (size // len(piece))
        return calls(
            lambda: (markdown.to_html(body, _none, "fr"), markdown.to_text(body, _none, "fr"))
        )

    assert work(4_000) < 2.6 * work(2_000) + 2_000


def _none(_text: str) -> list[str]:
    return []


def test_a_text_that_only_a_reader_makes_long_is_that_readers_trouble() -> None:
    prepared = prepare(variant(frozen("{{ member.name }} " * 400)))
    prepared.render(READER, MARKS)
    with pytest.raises(TemplateInvalid, match="Gmail clips"):
        prepared.render(READER._replace(member="x" * 400), MARKS)
