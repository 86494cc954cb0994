"""Which of a reader's names a text rests on."""

from __future__ import annotations

import pytest
from jinja2 import Environment

from communique.messages.naming import _rested_on

CASES = {
    "{{ subscriber.given_name }}": {"given_name"},
    "{{ subscriber['family_name'] }}": {"family_name"},
    "{{ subscriber.name | upper | trim }}": {"name"},
    "{{ subscriber.role }} {{ member.name }}": set(),
    "{% if subscriber.name %}{{ subscriber.name }}{% endif %}": set(),
    "{% if subscriber.given_name %}{{ subscriber.name }}{% endif %}": set(),
    "{% if subscriber.name %}{{ subscriber.given_name }}{% endif %}": {"given_name"},
    "{% if member.name %}{{ subscriber.given_name }}{% endif %}": {"given_name"},
    "{% if not subscriber.given_name %}{% else %}{{ subscriber.given_name }}{% endif %}": set(),
    "{% if a %}{% elif subscriber.given_name %}{{ subscriber.given_name }}{% endif %}": set(),
    "{{ subscriber.given_name if subscriber.given_name else 'x' }}": set(),
    "{{ subscriber.given_name or subscriber.family_name }}": {"family_name"},
    "{{ subscriber.given_name | default('x') }}": set(),
    "{{ subscriber.given_name | default(subscriber.family_name) }}": {"family_name"},
    "{% for one in parties %}{{ subscriber.name ~ one.name }}{% endfor %}": {"name"},
}


@pytest.mark.parametrize(("text", "names"), CASES.items())
def test_a_name_is_rested_on_unless_something_stands_in_for_it(text: str, names: set[str]) -> None:
    assert set(_rested_on(Environment().parse(text), frozenset())) == names
