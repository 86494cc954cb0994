"""Templates that render to what goes on the wire: their fixed text is encoded when they are made.

What remains for each reader is to encode the reader's own values, of which most were met before.
It rests on parts of Jinja2 that are not promised to stay: tests/unit/test_messages_jinja.py.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable
from typing import Any, cast

from jinja2 import nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import escape

from communique.messages.deferral import PLACE
from communique.messages.mime import quoted_printable, quoted_printable_1
from communique.messages.places import Place, address, in_address, shown

REMEMBERED = 1024  # values whose encoded form is kept


class _Generator(CodeGenerator):
    """As Jinja2's native types do it: another way to write what a template puts out."""

    def _output_const_repr(self, group: Iterable[Any]) -> str:
        environment = cast(EncodingEnvironment, self.environment)
        return repr(environment.write("".join(map(str, group))))

    def _output_child_pre(
        self, node: nodes.Expr, frame: Frame, finalize: CodeGenerator._FinalizeInfo
    ) -> None:
        # A name that is left for the reader is one of their values, and those are texts already.
        place = getattr(node, PLACE, Place.PROSE)
        self.write(f"environment.{place}[" + ("" if isinstance(node, nodes.Name) else "str("))

    def _output_child_post(
        self, node: nodes.Expr, frame: Frame, finalize: CodeGenerator._FinalizeInfo
    ) -> None:
        self.write("]" if isinstance(node, nodes.Name) else ")]")


class Encoded(dict[str, bytes]):
    """Values as they go out, the latest remembered: most stand in a message more than once."""

    def __init__(
        self,
        write: Callable[[str], bytes] = quoted_printable,
        form: Callable[[str], str] | None = None,
    ) -> None:
        """`form` is for what is not plain ASCII; most values are."""
        super().__init__()
        self._write, self.form = write, form

    def __missing__(self, value: str) -> bytes:
        if len(self) >= REMEMBERED:
            self.clear()
        formed = value
        if self.form and (not value.isascii() or "xn--" in value):
            formed = self.form(value)
        encoded = self[value] = self._write(formed)
        return encoded

    def constant(self, text: str) -> bytes:
        """A fixed text, which belongs to no reader."""
        return self._write(_composed(text) if self.form else text)


class EncodedHtml(dict[str, bytes]):
    """The same, escaped for HTML. Most values stay what they are, and are encoded once for both."""

    def __init__(
        self,
        plain: Encoded,
        form: Callable[[str], str] | None = None,
        shown: Encoded | None = None,
    ) -> None:
        """`shown` are values as they stand in prose: of ASCII they are mostly the same."""
        super().__init__()
        self._plain, self._form, self._shown = plain, form, shown

    def __missing__(self, value: str) -> bytes:
        if len(self) >= REMEMBERED:
            self.clear()
        escaped = str(escape(self._form(value) if self._form else value))
        same = self._shown is not None and escaped.isascii() and "xn--" not in escaped
        plain = self._shown if same and self._shown is not None else self._plain
        encoded = self[value] = plain[escaped]
        return encoded


class EncodingEnvironment(ImmutableSandboxedEnvironment):
    """A sandbox whose templates yield quoted-printable. It shares its filters with `like`."""

    code_generator_class = _Generator

    def __init__(self, like: ImmutableSandboxedEnvironment, values: Encoded) -> None:
        super().__init__(undefined=like.undefined, autoescape=like.autoescape)
        self.globals, self.filters, self.tests = like.globals, like.filters, like.tests
        self.write = values.constant
        html = bool(like.autoescape)
        self.prose = EncodedHtml(values) if html else values
        self.markup = self.address = self.in_address = self.prose
        if values.form:
            bare = Encoded(form=_composed)
            self.markup = EncodedHtml(bare, None, values) if html else bare
            self.address = EncodedHtml(bare, address, values) if html else bare
            self.in_address = (
                EncodedHtml(bare, in_address, values) if html else Encoded(_in_address)
            )


def encoded(format_: int) -> Encoded:
    """Nothing yet, as a format of frozen content writes it. How one does never changes (P4)."""
    if format_ < 2:
        return Encoded(quoted_printable_1)
    return Encoded(form=_shown)


def _shown(value: str) -> str:
    return shown(_composed(value))


def _composed(text: str) -> str:
    """A text in NFC (RFC 5198 §3)."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def _in_address(value: str) -> bytes:
    return quoted_printable(in_address(_composed(value)))
