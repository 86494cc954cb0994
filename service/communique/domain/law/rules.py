"""What a law is here: where it holds, and its rules; and what several ask of one audience."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Need(StrEnum):
    """What can be looked at before a release is handed in; one check decides each."""

    NAMES = "names"  # every reader is shown who sends, and for whom
    POSTAL_ADDRESS = "postal_address"  # and where they can be found
    CONTACT = "contact"  # and how they are reached: a phone, an address of mail or of the web
    WAY_OUT = "way_out"  # and how to be written to no more
    HONEST_SUBJECT = "honest_subject"  # no subject passes for something else
    HOST_APPROVES = "host_approves"  # whose members are written to is a party
    FRENCH = "french"  # there is a French edition
    FRENCH_WHOLE = "french_whole"  # which says no less than the others
    FRENCH_FIRST = "french_first"  # and is what goes to whoever chose no language
    KNOWN_LAW = "known_law"  # of where readers are, the law is known here


class Weight(StrEnum):
    """What comes of it where a release does not have what a rule needs."""

    REFUSES = "refuses"  # it cannot be handed in
    WARNS = "warns"  # it is said, and a person decides


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of a law. Without `needs` it is kept by how all this is built, not by a check.

    `of_readers` is its weight where the law reaches only those who read, not who sends; None where
    it says nothing of them.
    """

    name: str  # what people and programs are told
    said_in: str  # where the law says it
    needs: tuple[Need, ...] = ()
    weight: Weight = Weight.REFUSES
    of_readers: Weight | None = Weight.REFUSES


@dataclass(frozen=True, slots=True)
class Law:
    """A law and where it holds: countries and territories of ISO 3166; none is everywhere."""

    key: str
    name: str
    territories: tuple[str, ...]
    rules: tuple[Rule, ...]

    def holds(self, place: str) -> bool:
        """Whether it holds at a place: a country, or one of its territories."""
        return not self.territories or any(
            place == one or place.startswith(f"{one}-") for one in self.territories
        )


@dataclass(frozen=True, slots=True)
class Asked:
    """The rules that hold for what goes to one association's people, each with its weight.

    Where several ask one thing, the stricter holds: it stops a release if any of them does.
    """

    rules: tuple[tuple[Rule, Weight], ...] = ()

    @classmethod
    def by(cls, laws: Iterable[Law], sender: Iterable[str], readers: Iterable[str] | None) -> Asked:
        """What `laws` ask of whoever sends from these places to readers in those.

        `readers` is None where that is not to be known: they may be anywhere.
        """
        sent_from, found = tuple(sender), []
        read_at = None if readers is None else tuple(readers)
        for law in laws:
            if any(map(law.holds, sent_from)):
                found += [(rule, rule.weight) for rule in law.rules]
            elif read_at is None or any(map(law.holds, read_at)):
                found += [(rule, rule.of_readers) for rule in law.rules if rule.of_readers]
        return cls(tuple(found))

    def asks(self, need: Need) -> bool:
        """Whether any rule needs it."""
        return any(need in rule.needs for rule, _ in self.rules)

    def refuses(self, need: Need) -> bool:
        """Whether what lacks it cannot be handed in."""
        return any(need in rule.needs and weight is Weight.REFUSES for rule, weight in self.rules)

    def names(self, need: Need) -> list[str]:
        """The names of the rules that need it, those of the laws before our own."""
        return [rule.name for rule, _ in self.rules if need in rule.needs]

    def __or__(self, other: Asked) -> Asked:
        """What is asked by either: of what is the same for the people of both."""
        return Asked((*self.rules, *(one for one in other.rules if one not in self.rules)))
