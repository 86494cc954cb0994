"""Whom something goes to, as files say it: lists, without those of others, and a filter."""

from __future__ import annotations

from collections.abc import Collection

from communique.declared.toml import Rule, Table, nearest
from communique.domain.audience import SavedAudience
from communique.domain.release import Audience, Filter
from communique.domain.text import abbreviated
from communique.errors import Invalid

_SAID = ("lists", "without", "only")  # what a release does not say that uses a saved one


def audience(table: Table) -> Audience:
    """An `[[audience]]` of a release: written out, or by the name of one that is kept."""
    association = table.text("association")
    if "use" not in table.values:
        return Audience(association, *chosen(table))
    for key in _SAID:
        table.known.add(key)
        if key in table.values:
            table.problem("audience_said_twice", key, key=key)
    return Audience(association, (), use=table.text("use"))


def saved(
    table: Table, languages: Collection[str], key: Rule, lists: Collection[str]
) -> tuple[SavedAudience, ...]:
    """The audiences that an association keeps beside its `lists`."""

    def declared(text: str) -> str:
        if text not in lists:
            raise Invalid("list_not_declared", text=abbreviated(text), hint=nearest(text, lists))
        return text

    found: list[SavedAudience] = []
    for row in table.tables("audience", required=False):
        named = row.text("key", key)
        if named in {other.key for other in found} - {""}:
            row.problem("audience_key_repeated", "key", key=named)
        names = row.by_language("names", languages)
        goes_to, only, without = chosen(row, declared)
        found.append(SavedAudience(named, names, goes_to, only, without))
    return tuple(found)


def chosen(
    table: Table, declared: Rule | None = None
) -> tuple[tuple[str, ...], Filter, tuple[str, ...]]:
    """Which lists, the filter, and the lists whose people are left out."""
    lists = table.texts("lists", declared)
    without = table.texts("without", declared, required=False)
    for both in sorted(set(lists) & set(without)):
        table.problem("list_both_ways", "without", list=both)
    with table.table("only", required=False) as only:
        filtered = Filter(
            sectors=only.texts("sectors", required=False),
            territories=only.texts("territories", required=False),
            kinds=only.texts("kinds", required=False),
            languages=only.texts("languages", required=False),
            since=only.day("since", required=False),
        )
    return lists, filtered, without
