"""All that is wrong with the fields of a release, or of one of its editions."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping

from communique.domain.activity import problems as of_activity
from communique.domain.advantage import problems as of_advantage
from communique.domain.kind import Each, KindDefinition, Nature
from communique.domain.release import Fields
from communique.errors import Invalid

Problem = tuple[str, Invalid]  # the key of a field, and what is wrong with it

_TOGETHER: Mapping[Nature, Callable[[Fields], Iterator[Problem]]] = {
    Nature.ACTIVITY: of_activity,
    Nature.ADVANTAGE: of_advantage,
}


def problems(
    kind: KindDefinition, each: Each, values: Fields, parties: Collection[str]
) -> Iterator[Problem]:
    """What is wrong with each value; where none is, what does not fit together."""
    found = list(kind.problems(each, values, parties))
    yield from found or together(kind, each, values)


def together(kind: KindDefinition, each: Each, values: Fields) -> Iterator[Problem]:
    """What does not fit together, of values that are right each by itself."""
    if each is Each.RELEASE and kind.nature in _TOGETHER:
        yield from _TOGETHER[kind.nature](values)
