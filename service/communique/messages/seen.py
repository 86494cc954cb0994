"""What every reader of a message is certain to be shown, whoever they are.

It is read off the flat text (`deferral`), in which all branches of every condition about the
reader stand: what only some are shown is in a branch. What is hidden is shown to nobody (`hiding`).
Each part is looked at once, not for each of some readers.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from operator import is_
from typing import Any

from jinja2 import nodes

from communique.messages.deferral import Deferral
from communique.messages.hiding import DEFAULT, Look, look
from communique.messages.kept import KEPT

WAY_OUT = "\ufdd0"  # stands for the link to unsubscribe by: no text can hold a noncharacter

_VOID = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"}
)


@dataclass(slots=True)
class Passage:
    """Texts that are shown together, and conditions between them."""

    pieces: list[str | Condition] = field(default_factory=list)

    def shows(self, it: Callable[[str], bool]) -> bool:
        """Whether all who are shown the passage are shown what `it` knows a text by."""
        if it("".join(one if isinstance(one, str) else " " for one in self.pieces)):
            return True
        return any(
            one.whole and all(branch.shows(it) for branch in one.branches)
            for one in self.pieces
            if isinstance(one, Condition)
        )


@dataclass(slots=True)
class Condition:
    """Passages of which each reader is shown one; where it is not `whole`, perhaps none."""

    branches: list[Passage]
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Seen:
    """A part of a message: what is shown of it, and all that is written in it."""

    shown: Passage
    written: str


@dataclass(slots=True)
class _Reader:
    """Sorts what it is given into passages, as kept characters open and close conditions."""

    deferral: Deferral
    common: Mapping[str, Any]
    open: list[Passage] = field(default_factory=lambda: [Passage()])
    conditions: list[Condition] = field(default_factory=list)
    written: list[str] = field(default_factory=list)

    def read(self, text: str, write: Callable[[str], None]) -> None:
        """Give each piece of `text` to `write` while the passage that it belongs to is open."""
        for index, piece in enumerate(re.split(f"({KEPT.pattern})", text)):
            if index % 2 == 0:
                if piece:
                    write(piece)
                continue
            match self.deferral.tag(piece):
                case "":
                    write(self.value(piece))
                case "if":
                    self.conditions.append(Condition([Passage()]))
                    self.open[-1].pieces.append(self.conditions[-1])
                    self.open.append(self.conditions[-1].branches[-1])
                case "endif":
                    self.conditions.pop()
                    self.open.pop()
                case other:
                    self.conditions[-1].whole = other == "else"
                    self.conditions[-1].branches.append(Passage())
                    self.open[-1] = self.conditions[-1].branches[-1]

    def show(self, text: str) -> None:
        self.open[-1].pieces.append(text)

    def note(self, text: str) -> None:
        self.written.append(text)

    def value(self, character: str) -> str:
        """What a value is sure to hold: nothing where it depends on the reader."""
        return _surely(self.deferral.expression(character), self.common)

    def seen(self) -> Seen:
        return Seen(self.open[0], "".join(self.written))


def in_text(flat: str, deferral: Deferral, common: Mapping[str, Any]) -> Seen:
    """What is shown of a plain text."""
    reader = _Reader(deferral, common)

    def write(text: str) -> None:
        reader.show(text)
        reader.note(text)

    reader.read(flat, write)
    return reader.seen()


def in_html(flat: str, deferral: Deferral, common: Mapping[str, Any]) -> Seen:
    """What is shown of HTML whose style sheet is inlined."""
    eyes = _Eyes(_Reader(deferral, common))
    eyes.feed(flat)
    eyes.close()
    return eyes.reader.seen()


@dataclass(slots=True)
class _Element:
    tag: str
    look: Look
    leads_out: bool
    within: list[Passage]  # in which it begins, from the outermost


class _Eyes(HTMLParser):
    """Follows what hides, element by element.

    A tag in a branch may hide what follows the branch, and shows nothing that was hidden before it.
    """

    def __init__(self, reader: _Reader) -> None:
        super().__init__()
        self.reader = reader
        self._open: list[_Element] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._write(" ")
        if tag in _VOID:
            if tag == "img":
                self._write(KEPT.sub("", dict(attrs).get("alt") or ""))
        else:
            given = {name: value or "" for name, value in attrs}
            href = KEPT.sub(self._in_address, given.pop("href", "")).strip()
            if WAY_OUT in href:
                self.reader.note(WAY_OUT)
            given = {name: KEPT.sub("", value) for name, value in given.items()}
            around = self._open[-1].look if self._open else DEFAULT
            self._open.append(
                _Element(
                    *(tag, look(tag, given, around), tag == "a" and href == WAY_OUT),
                    list(self.reader.open),
                )
            )
        self._pass(self.get_starttag_text() or "")

    def _in_address(self, kept: re.Match[str]) -> str:
        return "?" if self.reader.deferral.tag(kept[0]) else self.reader.value(kept[0])

    def handle_endtag(self, tag: str) -> None:
        self._write(" ")
        for place in range(len(self._open) - 1, -1, -1):
            element = self._open[place]
            if element.tag != tag:
                continue
            if _all_same(self.reader.open, element.within):
                del self._open[place:]
            else:
                element.leads_out = False  # some readers are still in it
            return

    def handle_comment(self, data: str) -> None:
        self._pass(data)

    def handle_decl(self, decl: str) -> None:
        self._pass(decl)

    def unknown_decl(self, data: str) -> None:
        self._pass(data)

    def handle_pi(self, data: str) -> None:
        self._pass(data)

    def _pass(self, markup: str) -> None:
        """Take account of the conditions in what shows nothing itself."""
        self.reader.read("".join(KEPT.findall(markup)), lambda _: None)

    def handle_data(self, data: str) -> None:
        self.reader.read(data, self._write)

    def _write(self, text: str) -> None:
        self.reader.note(text)
        if self._open and self._open[-1].look.hidden:
            return
        self.reader.show(text)
        if text.strip(" \t\n\xa0\u200b-\u200f\u2060\ufeff") and any(
            one.leads_out and _all_same(one.within, self.reader.open) for one in self._open
        ):
            self.reader.show(WAY_OUT)


def _all_same(some: list[Passage], more: list[Passage]) -> bool:
    """Whether `more` begin with `some`: whoever is shown what is in these is in all of those."""
    return len(some) <= len(more) and all(map(is_, some, more))


def _surely(node: nodes.Node | None, common: Mapping[str, Any]) -> str:
    match node:
        case nodes.Name(name="unsubscribe_url"):
            return WAY_OUT
        case nodes.Const(value=value):
            return str(value)
        case nodes.Concat(nodes=parts):
            return "".join(_surely(one, common) for one in parts)
        case nodes.CondExpr(expr1=one, expr2=other):
            sure = _surely(one, common)
            return sure if sure == _surely(other, common) else ""
        case nodes.Filter(node=inner, name="wrap"):
            return _surely(inner, common)
        case nodes.Getattr(node=nodes.Name(name=owner), attr=name):
            values = common.get(owner)
            value = values.get(name) if isinstance(values, Mapping) else None
            return value if isinstance(value, str) else ""
    return ""
