"""The language of templates: a small part of Jinja2, checked before anything is rendered.

No calls, assignments, macros or arithmetic: what a template can make, and how long it takes, stays
within a small multiple of its own size, so neither needs a watchdog (docs/mail.md §5). Every name
is checked in every branch, taken or not. Never evaluates anything.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from types import CodeType
from typing import Any

from jinja2 import Environment, TemplateSyntaxError, nodes

from communique.errors import TemplateInvalid
from communique.facts import Fact
from communique.messages.names import FILTERS, LOOP, PERSONAL, Shape

_ALLOWED = (
    *(nodes.Template, nodes.Extends, nodes.Block, nodes.Include, nodes.Output, nodes.TemplateData),
    *(nodes.If, nodes.For, nodes.CondExpr, nodes.Concat, nodes.Compare, nodes.Operand),
    *(nodes.And, nodes.Or, nodes.Not, nodes.Name, nodes.Const, nodes.Getattr, nodes.Getitem),
    *(nodes.Filter, nodes.Keyword, nodes.List, nodes.Tuple),
)
_WORDS = {
    nodes.Assign: "{% set %}",
    nodes.AssignBlock: "{% set %}",
    nodes.Macro: "{% macro %}",
    nodes.CallBlock: "{% call %}",
    nodes.FilterBlock: "{% filter %}",
    nodes.With: "{% with %}",
    nodes.Import: "{% import %}",
    nodes.FromImport: "{% from … import %}",
    nodes.Call: Fact("template_word_call"),
    nodes.Test: Fact("template_word_test"),
    nodes.Slice: Fact("template_word_slice"),
}
_NOT_PERSONAL = ("date", "join", "number")  # filters of what no reader has
_NESTED = 2  # loops, one within another
DEEPEST = 32  # nodes, or brackets, one within another; Python's own compiler ends at some 90
_DIGITS = 100  # of a number: Python reads no more than some 4,300


@dataclass(frozen=True, slots=True)
class Source:
    """A text in the template language. `file` and `first_line` are what messages name."""

    name: str
    text: str
    file: str
    first_line: int = 1

    def invalid(self, code: str, line: int | None, **fields: Any) -> TemplateInvalid:
        """The error for something wrong at `line`, counted from 1 within the text."""
        at = None if line is None else self.first_line + line - 1
        return TemplateInvalid(code, file=self.file, line=at, **fields)


@dataclass(frozen=True, slots=True)
class _Asked:
    """A source whose tree is wanted. Whose environment it is says no more than how it is read."""

    source: Source
    blocks: bool
    environment: Environment = field(compare=False)


def tree(environment: Environment, source: Source) -> nodes.Template:
    """The tree of a source, to look at only: everybody who asks for it gets the same one.

    Every association and language has most of its templates in common, and each is looked at by
    several. Raises TemplateInvalid with file and line.
    """
    return _tree(_Asked(source, environment.trim_blocks, environment))


@lru_cache(maxsize=256)  # a kind has some forty
def _tree(asked: _Asked) -> nodes.Template:
    return parse(asked.environment, asked.source)


def parse(environment: Environment, source: Source) -> nodes.Template:
    """The tree of a source, for whoever changes it. Raises TemplateInvalid with file and line."""
    try:
        _require_shallow(environment, source)
        root = environment.parse(source.text, source.name)
    except TemplateSyntaxError as error:
        said = error.message or Fact("template_unreadable")
        raise source.invalid("template_syntax", error.lineno, reason=said) from error
    except RecursionError as error:
        raise source.invalid("template_too_deep", None) from error
    level: list[nodes.Node] = [root]
    for _ in range(DEEPEST):
        level = [child for node in level for child in node.iter_child_nodes()]
        if not level:
            return root
    raise source.invalid("template_too_deep", level[0].lineno)


def _require_shallow(environment: Environment, source: Source) -> None:
    """Raise TemplateInvalid for what Python itself gives up on while it is parsed or compiled."""
    depth = 0
    for line, kind, value in environment.lex(source.text, source.name):
        if kind == "operator":
            depth += (value in "([{") - (value in ")]}")
            if depth > DEEPEST:
                raise source.invalid("template_too_deep", line)
        elif kind in ("integer", "float") and len(value) > _DIGITS:
            raise source.invalid("template_number_too_large", line)


def prose(environment: Environment, source: Source, value: str) -> str:
    """A source with `value` for each value in it, and nothing for its tags, line by line."""
    text = ""
    try:
        for _, kind, token in environment.lex(source.text, source.name):
            match kind:
                case "data":
                    text += token
                case "variable_end":
                    text += value
                case "comment" | "whitespace":
                    text += "\n" * token.count("\n")
                case "comment_end" | "block_end" | "raw_end":
                    text += "\n" * token.count("\n")
    except TemplateSyntaxError as error:
        said = error.message or Fact("template_unreadable")
        raise source.invalid("template_syntax", error.lineno, reason=said) from error
    return text


def compiled(environment: Environment, root: nodes.Template, source: Source, file: str) -> CodeType:
    """The code of a tree. Raises TemplateInvalid for what is too much for Python's compiler."""
    try:
        return environment.compile(root, source.name, file)
    except (SyntaxError, RecursionError, MemoryError) as error:
        raise source.invalid("template_too_deep", None) from error


def mentions_personal(node: nodes.Node) -> bool:
    """Whether an expression needs the reader."""
    return any(name.name in PERSONAL for name in _names(node))


def _names(node: nodes.Node) -> Iterator[nodes.Name]:
    if isinstance(node, nodes.Name):
        yield node
    yield from node.find_all(nodes.Name)


def problems(
    environment: Environment, source: Source, names: Mapping[str, Shape]
) -> list[TemplateInvalid]:
    """Everything that is wrong with a source whose names are `names`."""
    try:
        root = tree(environment, source)
    except TemplateInvalid as error:
        return [error]
    return list(_Checker(source).walk(root, names, ()))


@dataclass(frozen=True, slots=True)
class _Checker:
    source: Source

    def walk(
        self, node: nodes.Node, names: Mapping[str, Shape], local: tuple[str, ...]
    ) -> Iterator[TemplateInvalid]:
        if not isinstance(node, _ALLOWED):
            word = _WORDS.get(type(node), f"“{type(node).__name__.lower()}”")
            yield self._wrong(node, "template_word_unknown", word=word)
            return
        match node:
            case nodes.For():
                yield from self._loop(node, names, local)
                return
            case nodes.Name() | nodes.Getattr() | nodes.Getitem():
                yield from self._text(node, names)
                return
            case nodes.Output():
                for expression in node.nodes:
                    yield from self._unmixed(expression, local)
            case nodes.If():
                for branch in (node, *node.elif_):
                    yield from self._unmixed(branch.test, local)
            case nodes.Extends() | nodes.Include():
                if not isinstance(node.template, nodes.Const):
                    yield self._wrong(node, "template_reference_computed")
            case nodes.Filter():
                yield from self._filter(node, names, local)
                return
        for child in node.iter_child_nodes():
            # Whether a list has anything in it may be asked.
            if not (child is getattr(node, "test", None) and self._list(child, names)):
                yield from self.walk(child, names, local)

    def _filter(
        self, node: nodes.Filter, names: Mapping[str, Shape], local: tuple[str, ...]
    ) -> Iterator[TemplateInvalid]:
        if node.name not in FILTERS:
            yield self._wrong(
                node, "template_filter_unknown", name=node.name, hint=_nearest(node.name, FILTERS)
            )
        elif node.name in _NOT_PERSONAL and mentions_personal(node):
            yield self._wrong(node, "template_filter_personal", name=node.name)
        for child in node.iter_child_nodes():
            if not (node.name == "join" and child is node.node and self._list(child, names)):
                yield from self.walk(child, names, local)

    def _loop(
        self, node: nodes.For, names: Mapping[str, Shape], local: tuple[str, ...]
    ) -> Iterator[TemplateInvalid]:
        shape = self._list(node.iter, names)
        if shape is None or not isinstance(node.target, nodes.Name):
            lists = [name for name, shape in names.items() if isinstance(shape, list)]
            yield self._wrong(node, "template_loop_not_over_list", known=list(lists))
            return
        if node.recursive or len(local) >= _NESTED:
            yield self._wrong(node, "template_loops_nested", depth=_NESTED)
            return
        inner = {**names, node.target.name: shape[0], "loop": LOOP}
        inside = (*local, node.target.name)
        for child in (*node.body, *([node.test] if node.test else [])):
            yield from self.walk(child, inner, inside)
        for child in node.else_:
            yield from self.walk(child, names, local)

    def _unmixed(self, node: nodes.Node, local: tuple[str, ...]) -> Iterator[TemplateInvalid]:
        """A personal expression is kept for later, when the loop around it is over."""
        if local and mentions_personal(node):
            for name in _names(node):
                if name.name in (*local, "loop"):
                    yield self._wrong(node, "template_loop_personal", name=name.name)

    def _text(self, node: nodes.Expr, names: Mapping[str, Shape]) -> Iterator[TemplateInvalid]:
        try:
            shape = self._shape(node, names)
        except TemplateInvalid as error:
            yield error
            return
        if shape is not None:
            attributes = list(shape) if isinstance(shape, Mapping) else []
            yield self._wrong(
                node,
                "template_name_not_text",
                name=_spelled(node),
                hint=Fact("hint_attributes", known=attributes) if attributes else Fact("hint_loop"),
            )

    def _list(self, node: nodes.Node, names: Mapping[str, Shape]) -> list[Shape] | None:
        """What a list holds; None where `node` names none."""
        if not isinstance(node, nodes.Name | nodes.Getattr | nodes.Getitem):
            return None
        try:
            shape = self._shape(node, names)
        except TemplateInvalid:
            return None
        return shape if isinstance(shape, list) else None

    def _shape(self, node: nodes.Expr, names: Mapping[str, Shape]) -> Shape:
        match node:
            case nodes.Name(name=name):
                if name not in names:
                    raise self._wrong(
                        node, "template_name_unknown", name=name, hint=_nearest(name, names)
                    )
                return names[name]
            case nodes.Getattr(node=owner, attr=attribute):
                pass
            case nodes.Getitem(node=owner, arg=nodes.Const(value=str(attribute))):
                pass
            case _:
                raise self._wrong(node, "template_lookup_not_allowed")
        shape = self._shape(owner, names)
        if not isinstance(shape, Mapping):
            raise self._wrong(node, "template_name_without_attributes", name=_spelled(owner))
        if attribute not in shape:
            raise self._wrong(
                node,
                "template_attribute_unknown",
                name=_spelled(owner),
                attribute=attribute,
                hint=_nearest(attribute, shape),
            )
        return shape[attribute]

    def _wrong(self, node: nodes.Node, code: str, **fields: Any) -> TemplateInvalid:
        return self.source.invalid(code, node.lineno, **fields)


def _spelled(node: nodes.Node) -> str:
    match node:
        case nodes.Name(name=name):
            return str(name)
        case nodes.Getattr(node=owner, attr=attribute):
            return f"{_spelled(owner)}.{attribute}"
        case nodes.Getitem(node=owner, arg=nodes.Const(value=attribute)):
            return f"{_spelled(owner)}.{attribute}"
    return "this"


def _nearest(word: str, known: Iterable[str]) -> Fact:
    known = list(known)
    near = difflib.get_close_matches(word, known, 1, 0.6) or [
        one for one in known if one.replace("_", "") == word.replace("_", "").lower()
    ]
    return Fact("hint_nearest", near=near[0]) if near else Fact("hint_there_are", known=known)
