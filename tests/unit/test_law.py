"""Which rules hold where, that the stricter of two holds, and that docs/law.md tells of each."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from communique.domain import law
from communique.domain.consent import MONTHS, Basis
from communique.domain.law import ALL, Asked, Need, Rule, Weight
from communique.domain.law import territories as data

PAGE = Path(__file__).parents[2] / "docs" / "law.md"
RULES = {rule.name: rule for one in ALL for rule in one.rules}
PLACES = ("CA-QC", "CA-ON", "US-MA", "FR-75")
TERRITORIES = ("QC", "Québec", "ON", "Massachusetts", "Boston", "France", "Lune", "")

homes = st.sampled_from(PLACES)
territories = st.none() | st.frozensets(st.sampled_from(TERRITORIES))


def named(asked: Asked) -> set[str]:
    return {rule.name for rule, _ in asked.rules}


@pytest.mark.parametrize(
    ("text", "home", "place"),
    [
        ("QC", "CA-QC", "CA-QC"),
        ("québec", "US-MA", "CA-QC"),
        ("QUEBEC", "US-MA", "CA-QC"),
        ("Île-du-Prince-Édouard", "CA-QC", "CA-PE"),
        ("N.-B.", "CA-QC", "CA-NB"),
        ("Montérégie", "CA-QC", "CA-QC"),
        ("CA-ON", "US-MA", "CA-ON"),
        ("Mass.", "CA-QC", "US-MA"),
        ("MA", "CA-QC", "US-MA"),
        ("CA", "US-MA", "US-CA"),
        ("CA", "CA-QC", "CA"),
        ("DE", "US-MA", "US-DE"),
        ("DE", "CA-QC", "DE"),
        ("États-Unis", "CA-QC", "US"),
        ("Allemagne", "CA-QC", "DE"),
        ("Lune", "CA-QC", "CA-QC"),
        ("", "US-MA", "US-MA"),
    ],
)
def test_a_territory_is_read_as_whoever_is_there_writes_it(
    text: str, home: str, place: str
) -> None:
    assert law.place(text, home) == place


def test_no_name_of_a_place_stands_for_two() -> None:
    parts = {
        (data._plain(name), f"{country}{code}")
        for country, table in (
            *(("CA-", data._OF_CANADA), ("US-", data._OF_THE_STATES), ("", data._WITHIN)),
        )
        for code, names in table.items()
        for name in names.split("|")
    } | {
        (data._plain(name), code)
        for code, names in data._COUNTRIES.items()
        for name in names.split("|")
    }
    assert len({name for name, _ in parts}) == len(parts)
    assert all(law.place(name, "FR-75") == code for name, code in parts)


def test_the_laws_of_the_sender_and_of_the_readers_hold() -> None:
    at_home = law.asked("US-MA", territories=["MA", ""])
    assert "can-spam-subject" in named(at_home)
    assert not [name for name in named(at_home) if name.startswith(("casl", "charter", "p39"))]
    abroad = law.asked("US-MA", territories=["Québec"])
    assert {"casl-contact", "can-spam-subject", "p39-1-apart"} <= named(abroad)
    assert (abroad.asks(Need.FRENCH), abroad.refuses(Need.FRENCH)) == (True, False)
    assert not abroad.asks(Need.FRENCH_FIRST)  # that is for who sends from there
    ontario = law.asked("CA-ON", territories=["ON"])
    assert "casl-contact" in named(ontario)
    assert not ontario.asks(Need.FRENCH)
    assert law.asked("CA-QC").refuses(Need.FRENCH)


def test_an_association_that_requires_french_is_held_to_it_wherever_it_is() -> None:
    assert not law.asked("US-MA").asks(Need.FRENCH)
    its = law.asked("US-MA", french=True)
    assert (its.refuses(Need.FRENCH), its.names(Need.FRENCH)) == (True, ["declared-french"])


@given(homes)
def test_the_footer_is_everybodys(home: str) -> None:
    its = law.asked(home)
    for need in (Need.NAMES, Need.POSTAL_ADDRESS, Need.CONTACT, Need.WAY_OUT, Need.HOST_APPROVES):
        assert its.refuses(need), need


@given(homes, st.frozensets(st.sampled_from(TERRITORIES)), st.sampled_from(TERRITORIES))
def test_a_reader_more_takes_no_rule_away_and_makes_none_milder(
    home: str, before: frozenset[str], more: str
) -> None:
    fewer = law.asked(home, territories=before)
    all_of_them = law.asked(home, territories={*before, more})
    anywhere = law.asked(home, territories=None)
    assert set(fewer.rules) <= set(all_of_them.rules) <= set(anywhere.rules)
    for need in Need:
        assert fewer.refuses(need) <= all_of_them.refuses(need) <= anywhere.refuses(need)


@given(homes, homes, territories, territories)
def test_of_two_the_stricter_holds(
    home: str, other: str, readers: frozenset[str] | None, others: frozenset[str] | None
) -> None:
    one, two = law.asked(home, territories=readers), law.asked(other, territories=others)
    both = one | two
    for need in Need:
        assert both.asks(need) == (one.asks(need) or two.asks(need))
        assert both.refuses(need) == (one.refuses(need) or two.refuses(need))
        assert set(both.names(need)) == {*one.names(need), *two.names(need)}


def test_a_law_that_warns_yields_to_one_that_refuses() -> None:
    mild = Rule("mild", "", (Need.FRENCH,), Weight.WARNS)
    strict = Rule("strict", "", (Need.FRENCH,))
    asked = Asked(((mild, Weight.WARNS), (strict, Weight.REFUSES)))
    assert asked.refuses(Need.FRENCH)
    assert asked.names(Need.FRENCH) == ["mild", "strict"]


def test_where_no_law_is_known_is_said() -> None:
    assert law.lawless("CA-QC", ["QC", "France", "", "Boston", "Lune"]) == ["France"]
    assert law.lawless("FR-75", ["", "Québec"]) == ["FR-75"]


# The page.


def rows() -> dict[str, tuple[str, str]]:
    """Where the law says it and what stands for it, by rule, as docs/law.md has them."""
    found = {}
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        if row := re.fullmatch(r"\| `([a-z0-9-]+)` \| (.+?) \| (.+?) \| (.+) \|", line):
            assert row[1] not in found, row[1]
            found[row[1]] = (row[2], row[4])
    return found


def test_each_rule_is_on_the_page_and_each_on_the_page_is_a_rule() -> None:
    assert rows().keys() == RULES.keys()
    assert len(RULES) == sum(len(one.rules) for one in ALL)


@pytest.mark.parametrize("name", RULES)
def test_the_page_says_where_the_law_says_it_and_what_comes_of_it(name: str) -> None:
    said_in, stands = rows()[name]
    rule = RULES[name]
    assert said_in == rule.said_in
    if not rule.needs:  # it is no check's: a test that is there holds it, or a whole promise
        linked = re.findall(r"\]\(\.\./(tests/[^)]+)\)", stands)
        assert linked
        assert all((PAGE.parents[1] / one).is_file() for one in linked)
        return
    assert stands.startswith("refuses" if rule.weight is Weight.REFUSES else "warns")
    milder = rule.weight is Weight.REFUSES and rule.of_readers is Weight.WARNS
    assert ("Warns where only readers are there" in stands) == milder


def test_the_page_says_how_long_implied_consent_holds_and_that_it_is_no_advice() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert "**This is no legal advice**" in page
    assert "holds 24 months, by an inquiry 6;" in page
    assert MONTHS == {Basis.MEMBERSHIP: 24, Basis.BUSINESS: 24, Basis.INQUIRY: 6}


def test_every_need_is_some_rules_and_some_check_decides_it() -> None:
    needed = {need for rule in RULES.values() for need in rule.needs}
    assert needed == set(Need)
    package = PAGE.parents[1] / "service" / "communique"
    checks = "".join(
        (package / name).read_text(encoding="utf-8")
        for name in ("desk/lawful.py", "desk/drafting.py", "messages/checking.py")
    )
    assert {need for need in Need if f"Need.{need.name}" in checks} == set(Need)


def test_who_is_left_out_for_another_name_of_their_place_is_known() -> None:
    there = ["QC", "Estrie", "Ontario", "MA", "", "Ailleurs"]
    assert law.elsewise(["Québec"], there, "CA-QC") == ["QC", "Estrie"]
    assert law.elsewise(["Québec", "QC", "Estrie"], there, "CA-QC") == []
    assert law.elsewise(["Estrie"], there, "CA-QC") == [], "it is a part, and means it"
    assert law.elsewise(["Ailleurs", "Massachusetts"], there, "CA-QC") == ["MA"]
