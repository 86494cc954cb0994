"""Templates that render to what goes on the wire: their fixed text is encoded when they are made.

What remains for each reader is to encode the reader's own values, of which most were met before.
It rests on parts of Jinja2 that are not promised to stay: tests/unit/test_messages_jinja.py.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from jinja2 import nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import escape

from communique.messages.mime import quoted_printable

REMEMBERED = 1024  # values whose encoded form is kept

_SPELT = "environment.encoded[str("


class _Generator(CodeGenerator):
    """As Jinja2's native types do it: another way to write what a template puts out."""

    def _output_const_repr(self, group: Iterable[Any]) -> str:
        return repr(quoted_printable("".join(map(str, group))))

    def _output_child_pre(
        self, node: nodes.Expr, frame: Frame, finalize: CodeGenerator._FinalizeInfo
    ) -> None:
        # A name that is left for the reader is one of their values, and those are texts already.
        self.write("environment.encoded[" if isinstance(node, nodes.Name) else _SPELT)

    def _output_child_post(
        self, node: nodes.Expr, frame: Frame, finalize: CodeGenerator._FinalizeInfo
    ) -> None:
        self.write("]" if isinstance(node, nodes.Name) else ")]")


class EncodingEnvironment(ImmutableSandboxedEnvironment):
    """A sandbox whose templates yield quoted-printable. It shares its filters with `like`."""

    code_generator_class = _Generator

    def __init__(self, like: ImmutableSandboxedEnvironment, values: Encoded) -> None:
        super().__init__(undefined=like.undefined, autoescape=like.autoescape)
        self.globals, self.filters, self.tests = like.globals, like.filters, like.tests
        self.encoded = EncodedHtml(values) if like.autoescape else values


class Encoded(dict[str, bytes]):
    """Values as they go out, the latest remembered: most stand in a message more than once."""

    def __missing__(self, value: str) -> bytes:
        if len(self) >= REMEMBERED:
            self.clear()
        encoded = self[value] = quoted_printable(value)
        return encoded


class EncodedHtml(dict[str, bytes]):
    """The same, escaped for HTML. Most values stay what they are, and are encoded once for both."""

    def __init__(self, plain: Encoded) -> None:
        super().__init__()
        self._plain = plain

    def __missing__(self, value: str) -> bytes:
        if len(self) >= REMEMBERED:
            self.clear()
        encoded = self[value] = self._plain[str(escape(value))]
        return encoded
