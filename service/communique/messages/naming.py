"""By which of a reader's names a text addresses them, with nothing in their place where they lack.

`Hello {{ subscriber.given_name }},` reads `Hello ,` to whoever has none. Never evaluates anything.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from jinja2 import nodes

from communique.domain.content import Frozen
from communique.messages import grammar
from communique.messages.render import environment
from communique.messages.sources import read

NAMES = frozenset({"given_name", "family_name", "name"})


def addressed(content: Frozen, language: str) -> frozenset[str]:
    """Those of `NAMES` that the texts of a language rest on. Raises TemplateInvalid."""
    bare = environment(None, language)
    found = [
        name
        for source in read(content, language).all()
        for name in _rested_on(grammar.tree(bare, source), frozenset())
    ]
    return frozenset(found)


def _rested_on(node: nodes.Node, cared: Collection[str]) -> Iterator[str]:
    """The names that stand in `node`, but for those that somebody `cared` for already."""
    if (name := _name(node)) is not None:
        if name not in cared:
            yield name
        return
    match node:
        case nodes.If(test=test) | nodes.CondExpr(test=test):
            asked = {*cared, *_asked(test)}
            for child in node.iter_child_nodes(exclude=("test",)):
                yield from _rested_on(child, asked)
        case nodes.Or(left=left, right=right):  # `a or b`: b stands in for a
            yield from _rested_on(right, {*cared, *_asked(left)})
        case nodes.Filter(name="default", node=nodes.Node() as value, args=instead):
            for child in (value, *instead):
                yield from _rested_on(child, {*cared, *_asked(value)})
        case _:
            for child in node.iter_child_nodes():
                yield from _rested_on(child, cared)


def _asked(test: nodes.Node) -> Iterator[str]:
    """What a condition asks for. Whoever has one of their names has a name."""
    for node in (test, *test.find_all((nodes.Getattr, nodes.Getitem))):
        if (name := _name(node)) is not None:
            yield name
            yield "name"


def _name(node: nodes.Node) -> str | None:
    match node:
        case nodes.Getattr(node=nodes.Name(name="subscriber"), attr=str() as name):
            return name if name in NAMES else None
        case nodes.Getitem(
            node=nodes.Name(name="subscriber"), arg=nodes.Const(value=str() as name)
        ):
            return name if name in NAMES else None
    return None
