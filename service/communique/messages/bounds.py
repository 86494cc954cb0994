"""What a text may cost, in steps and characters: no text of an author sets off more than it says.

Counted before anything is rendered where that can be, and while it is rendered where not; never
by a clock, so that the same text is refused everywhere or nowhere.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from jinja2 import Environment, nodes

from communique.errors import TemplateInvalid
from communique.facts import Fact
from communique.messages.grammar import Source, tree
from communique.messages.unrenderable import Unrenderable

STEPS = 500_000  # of one text with all that it includes; a usual template has some thousand
RENDERED = 400 * 1024  # characters of a part of a message, with every branch for every reader
WRITTEN = 128 * 1024  # characters of an edition, of which Markdown makes more
FILTERED = 16 * 1024 * 1024  # characters that filters read and write for one edition
COLUMNS = 50  # of a table
STYLED = 20_000_000  # rules of the style sheet times elements
LEFT_OPEN = 20  # tags such as <b> with no end

_UNDER_HEADINGS = re.compile(r"[-|:>\s]*")  # the line of a table that makes it one
_FORMATTING = re.compile(
    r"<(/?)(?:a|b|big|code|em|font|i|nobr|s|small|strike|strong|tt|u)\b", re.IGNORECASE
)

_HEAVY = ("edition", "texts")  # names of what may itself be long
_HEAVY_STEPS = 1_000


class TooCostly(Unrenderable):
    """More was to be made than any message needs."""

    fact = Fact("filters_too_costly")


class Meter:
    """How much may still be made. It is spent by whatever renders one edition."""

    def __init__(self) -> None:
        self._left = FILTERED

    def filters(self, known: Mapping[str, Callable[..., Any]]) -> dict[str, Callable[..., Any]]:
        """The same filters; each use is counted."""
        return {name: self._metered(each) for name, each in known.items()}

    def _metered(self, use: Callable[..., Any]) -> Callable[..., Any]:
        def metered(*values: Any, **named: Any) -> Any:
            made = use(*values, **named)
            for one in (*values, made):
                self._left -= len(one) if isinstance(one, str) else 16
            if self._left < 0:
                raise TooCostly
            return made

        return metered


def bounded(pieces: Iterable[str], source: Source, most: int) -> str:
    """The pieces of a rendered text joined, as long as they have no more characters than `most`."""
    kept: list[str] = []
    left = most
    for piece in pieces:
        left -= len(piece)
        if left < 0:
            raise source.invalid("template_too_long", None, most=most // 1024)
        kept.append(piece)
    return "".join(kept)


def too_wide(markdown: str) -> int | None:
    """The line of the first table with too many columns, if there is one."""
    for number, line in enumerate(markdown.split("\n"), start=1):
        if line.count("|") > COLUMNS + 1 and _UNDER_HEADINGS.fullmatch(line):
            return number
    return None


def problems(
    environment: Environment, sources: Iterable[Source], items: int
) -> Iterator[TemplateInvalid]:
    """Texts that include themselves, or that would take too many steps; all can be parsed.

    `items` is how many there are at most in a list that a loop may go over.
    """
    trees = {one.name: (one, tree(environment, one)) for one in sources}
    known: dict[str, int] = {}
    for name, (source, _) in trees.items():
        try:
            if _steps(name, trees, items, known, ()) > STEPS:
                yield source.invalid("template_too_costly", None)
        except RecursionError:
            yield source.invalid("template_includes_itself", None)
            return  # whatever includes it would be told as well


def _steps(
    name: str,
    trees: Mapping[str, tuple[Source, nodes.Template]],
    items: int,
    known: dict[str, int],
    within: tuple[str, ...],
) -> int:
    if name in within:
        raise RecursionError
    if name in known or name not in trees:  # of one that is missing, somebody else tells
        return known.get(name, 0)

    def steps(node: nodes.Node) -> int:
        taken = 1
        match node:
            case nodes.Extends() | nodes.Include():
                if isinstance(node.template, nodes.Const):
                    taken += _steps(str(node.template.value), trees, items, known, (*within, name))
            case nodes.Name(name=named) if named in _HEAVY:
                taken += _HEAVY_STEPS
        times = max(items, 1) if isinstance(node, nodes.For) else 1
        return taken + times * sum(steps(child) for child in node.iter_child_nodes())

    known[name] = steps(trees[name][1])
    return known[name]


def require_styleable(html: str, source: Source) -> None:
    """Raise TemplateInvalid for HTML that would take too long to put its style sheet into."""
    if html.count("<") * html.count("{") > STYLED:
        raise source.invalid("template_too_costly", None)
    # Each that is left open is opened anew in every paragraph after it.
    tags = _FORMATTING.findall(html)
    if sum(-1 if closes else 1 for closes in tags) > LEFT_OPEN:
        raise source.invalid("template_tags_open", None)
