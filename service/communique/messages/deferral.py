"""What is common is rendered once; what is personal stays a template (docs/decisions/0003).

In a template's tree, each expression and each `{% if %}` that needs the reader gives way to one
private-use character. Rendered, that leaves a flat text which Markdown, a sanitiser and a CSS
inliner can work on without knowing of templates. The flat text and the expressions kept then make
a second template, small and fast, for each reader. Nothing is ever spliced as source text, so no
brace in a text or a value can become a tag.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from copy import copy
from dataclasses import dataclass, field
from types import CodeType
from typing import Any

from jinja2 import BaseLoader, Environment, Template, nodes
from jinja2.visitor import NodeTransformer

from communique.errors import TemplateInvalid
from communique.messages.grammar import Source, compiled, mentions_personal, parse
from communique.messages.kept import FIRST, KEPT, LAST, MARKUP, stray
from communique.messages.names import PERSONAL

PLACE = "place"  # an expression's attribute that `encoding` reads
MOST_KEPT = LAST - FIRST + 1  # personal values and tags, each time that they stand in a text
_AS_COMMENT = re.compile(f"<!--({KEPT.pattern})-->")


@dataclass(frozen=True, slots=True)
class _Kept:
    """What one character stands for: a value, or a tag. `expression` is None for else and endif."""

    tag: str  # "", "if", "elif", "else" or "endif"
    expression: nodes.Node | None
    source: Source
    line: int


@dataclass(slots=True)
class Deferral:
    """The personal expressions of one part of a message, in the order they were met."""

    kept: list[_Kept] = field(default_factory=list)

    def keep(
        self, tag: str, expression: nodes.Node | None, source: Source, line: int
    ) -> nodes.Output:
        """Remember an expression or a tag; gives what stands for it."""
        if len(self.kept) >= MOST_KEPT:
            raise source.invalid("template_too_personal", line)
        self.kept.append(_Kept(tag, expression, source, line))
        character = chr(FIRST + len(self.kept) - 1)
        return nodes.Output([nodes.TemplateData(character, lineno=line)], lineno=line)

    def tag(self, character: str) -> str:
        """The tag that a kept character stands for; empty where it stands for a value."""
        return self.kept[ord(character) - FIRST].tag

    def expression(self, character: str) -> nodes.Node | None:
        """The value, or what decides about a branch; None where that is nothing."""
        return self.kept[ord(character) - FIRST].expression

    def tags(self, text: str) -> list[str]:
        """The tags that a text is made of, if it is nothing but kept tags and blanks; else none."""
        found = [
            self.kept[ord(one) - FIRST].tag if KEPT.match(one) else ""
            for one in text
            if not one.isspace()
        ]
        return found if all(found) else []

    def assemble(
        self,
        flat: str,
        environment: Environment,
        part: Source,
        common: Mapping[str, Any],
        places: Iterable[str] = (),
    ) -> Template:
        """The template for one reader, from the flat text of a part of the message.

        `places` say where each kept character stands; without them, all stand in prose.
        """
        standing = iter(places)
        body: list[nodes.Node] = []
        open_sections: list[tuple[nodes.If, list[nodes.Node], _Kept]] = []
        root = body
        pieces = re.split(f"({KEPT.pattern})", flat)
        if len(pieces) > 2 * MOST_KEPT:
            raise part.invalid("template_too_personal", None)
        for index, piece in enumerate(pieces):
            if index % 2 == 0:
                if piece:
                    data = nodes.TemplateData(piece, lineno=1)
                    body.append(nodes.Output([data], lineno=1))
                continue
            kept = self.kept[ord(piece) - FIRST]
            place = next(standing, "prose")
            if kept.tag in ("elif", "else", "endif") and not open_sections:
                raise kept.source.invalid("template_section_moved", kept.line)
            match kept.tag:
                case "":
                    value = copy(kept.expression)
                    setattr(value, PLACE, place)
                    body.append(nodes.Output([value], lineno=kept.line))
                case "if":
                    section = nodes.If(kept.expression, [], [], [], lineno=kept.line)
                    body.append(section)
                    open_sections.append((section, body, kept))
                    body = section.body
                case "elif":
                    branch = nodes.If(kept.expression, [], [], [], lineno=kept.line)
                    open_sections[-1][0].elif_.append(branch)
                    body = branch.body
                case "else":
                    body = open_sections[-1][0].else_
                case "endif":
                    body = open_sections.pop()[1]
        if open_sections:
            kept = open_sections[-1][2]
            raise kept.source.invalid("template_section_not_closed", kept.line)
        tree = nodes.Template(root, lineno=1)
        tree.set_environment(environment)
        code = compiled(environment, tree, part, part.file)
        return environment.template_class.from_code(environment, code, dict(common))


def as_comments(html: str) -> str:
    """Put each kept character that stands in text into a comment, so that no HTML parser moves it.

    A bare character between two rows of a table would be moved before the table. Within a tag or
    what else is markup, a comment would not be one.
    """
    return MARKUP.sub(lambda m: f"<!--{m[0]}-->" if KEPT.fullmatch(m[0]) else m[0], html)


def from_comments(html: str) -> str:
    """The inverse of `as_comments`."""
    return _AS_COMMENT.sub(r"\1", html)


@dataclass(frozen=True, slots=True)
class _Asked:
    """All that decides what code a source becomes, and what is kept of it.

    The language does, since what is constant is filtered as it is compiled.
    """

    source: Source
    language: str
    html: bool
    blocks: bool
    first: int  # how many were kept before it


@dataclass(frozen=True, slots=True)
class _Made:
    code: CodeType
    kept: tuple[_Kept, ...]


# Associations and languages have most templates in common, and whoever checks a release, shows it
# and sends it makes the same of them.
_MADE: dict[_Asked, _Made] = {}
_MOST_MADE = 512  # a release has some forty, in each language, as HTML and as text


class FrozenLoader(BaseLoader):
    """Loads templates from frozen sources, their personal expressions kept in `deferral`."""

    def __init__(self, sources: Mapping[str, Source], language: str, deferral: Deferral) -> None:
        self._sources = sources
        self._language = language
        self._deferral = deferral

    def load(self, environment: Environment, name: str, globals: Any = None) -> Template:  # noqa: A002
        """Compile the source called `name`. Raises TemplateInvalid."""
        source = self._sources.get(name)
        if source is None:
            raise TemplateInvalid("template_missing", file=name)
        kept, html = self._deferral.kept, bool(environment.autoescape)
        asked = _Asked(source, self._language, html, environment.trim_blocks, len(kept))
        if made := _MADE.get(asked):
            kept += made.kept
        else:
            code = self._compiled(environment, source)
            made = _Made(code, tuple(kept[asked.first :]))
            if len(_MADE) >= _MOST_MADE:
                _MADE.clear()
            _MADE[asked] = made
        return environment.template_class.from_code(environment, made.code, globals or {})

    def _compiled(self, environment: Environment, source: Source) -> CodeType:
        tree = parse(environment, source)
        # Jinja2 knows escapes within quotes, so what it read is looked at as well.
        quoted = [one for one in tree.find_all(nodes.Const) if isinstance(one.value, str)]
        for first, text in ((1, source.text), *((one.lineno, one.value) for one in quoted)):
            if found := stray(text):
                line, character = found
                raise source.invalid(
                    "template_private_use",
                    first + line - 1,
                    character=character,
                )
        tree = _Deferring(self._deferral, source).visit(tree)
        return compiled(environment, tree, source, source.name)


class _Deferring(NodeTransformer):
    def __init__(self, deferral: Deferral, source: Source) -> None:
        self._deferral = deferral
        self._source = source

    def visit_Output(self, node: nodes.Output) -> list[nodes.Node]:  # noqa: N802 - Jinja2's name
        return [
            self._keep("", one)
            if mentions_personal(one)
            else nodes.Output([one], lineno=one.lineno)
            for one in node.nodes
        ]

    def visit_If(self, node: nodes.If) -> nodes.Node | list[nodes.Node]:  # noqa: N802
        branches: list[nodes.If] = [node, *node.elif_]
        for branch in branches:
            branch.body = self._all(branch.body)
        node.else_ = self._all(node.else_)
        if not any(mentions_personal(branch.test) for branch in branches):
            return node
        flat: list[nodes.Node] = []
        for tag, branch in zip(["if", *["elif"] * len(node.elif_)], branches, strict=True):
            flat += [self._keep(tag, branch.test), *branch.body]
        if node.else_:
            flat += [self._deferral.keep("else", None, self._source, node.lineno), *node.else_]
        return [*flat, self._deferral.keep("endif", None, self._source, node.lineno)]

    def _all(self, body: list[nodes.Node]) -> list[nodes.Node]:
        return [out for one in body for out in self.visit_list(one)]

    def _keep(self, tag: str, expression: nodes.Node) -> nodes.Output:
        flat = _Flattening().visit(expression)
        return self._deferral.keep(tag, flat, self._source, expression.lineno)


class _Flattening(NodeTransformer):
    """`subscriber.role` becomes the plain name `subscriber_role`: no object meets a reader."""

    def visit_Getattr(self, node: nodes.Getattr) -> nodes.Node:  # noqa: N802
        return self._flat(node, node.node, node.attr)

    def visit_Getitem(self, node: nodes.Getitem) -> nodes.Node:  # noqa: N802
        attribute = node.arg.value if isinstance(node.arg, nodes.Const) else ""
        return self._flat(node, node.node, attribute)

    def _flat(self, node: nodes.Node, owner: nodes.Node, attribute: str) -> nodes.Node:
        if isinstance(owner, nodes.Name) and owner.name in PERSONAL:
            return nodes.Name(f"{owner.name}_{attribute}", "load", lineno=node.lineno)
        return self.generic_visit(node)
