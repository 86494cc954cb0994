"""Templates that render to what goes on the wire: their fixed text is encoded when they are made.

What remains for each reader is to encode the reader's own values, of which most were met before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from jinja2 import nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import escape

REMEMBERED = 1024  # values whose encoded form is kept, for each part of a message


@dataclass(frozen=True, slots=True)
class Encoding:
    """How pieces of text become bytes that can be joined as they are, and how they come back."""

    encode: Callable[[str], bytes]
    decode: Callable[[bytes], str]


class _Generator(CodeGenerator):
    """As Jinja2's native types do it: another way to write what a template puts out."""

    environment: EncodingEnvironment

    def _output_const_repr(self, group: Iterable[Any]) -> str:
        return repr(self.environment.encode("".join(map(str, group))))

    def _output_child_pre(
        self, node: nodes.Expr, frame: Frame, finalize: CodeGenerator._FinalizeInfo
    ) -> None:
        self.write("environment.encoded[str(")

    def _output_child_post(
        self, node: nodes.Expr, frame: Frame, finalize: CodeGenerator._FinalizeInfo
    ) -> None:
        self.write(")]")


class EncodingEnvironment(ImmutableSandboxedEnvironment):
    """A sandbox whose templates yield bytes. It shares its filters with `like`."""

    code_generator_class = _Generator

    def __init__(self, like: ImmutableSandboxedEnvironment, encode: Callable[[str], bytes]) -> None:
        super().__init__(undefined=like.undefined, autoescape=like.autoescape)
        self.globals, self.filters, self.tests = like.globals, like.filters, like.tests
        self.encode = encode
        self.encoded = _Encoded(encode, escaped=bool(like.autoescape))


class _Encoded(dict[str, bytes]):
    """Values as they go out, the latest remembered: most stand in a message more than once."""

    def __init__(self, encode: Callable[[str], bytes], *, escaped: bool) -> None:
        super().__init__()
        self._encode = encode
        self._escaped = escaped

    def __missing__(self, value: str) -> bytes:
        if len(self) == REMEMBERED:
            self.clear()
        encoded = self[value] = self._encode(escape(value) if self._escaped else value)
        return encoded
