"""What `messages` rests on in Jinja2 that Jinja2 does not promise to keep: its canaries.

When a new Jinja2 makes one of these fail, the message says what rested on it, and where.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

import pytest
from jinja2 import Environment, Template, nodes
from jinja2.compiler import CodeGenerator
from jinja2.loaders import BaseLoader
from jinja2.nativetypes import NativeCodeGenerator
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import missing
from jinja2.visitor import NodeTransformer

from communique.messages.encoding import Encoded, EncodingEnvironment
from communique.messages.render import _Values

WRITING = (
    "messages/encoding.py writes quoted-printable into compiled templates by overriding {} of "
    "Jinja2's CodeGenerator, and Jinja2 no longer asks it as it did: messages would hold text "
    "that is not encoded. See how jinja2/nativetypes.py does the same now."
)
FILLING = (
    "messages/render.py fills a template by calling its root_render_func with a mapping instead "
    "of a Context (`_Values`, `_fill`), and Jinja2's compiled code no longer takes one: {}."
)


@pytest.mark.parametrize(
    ("method", "parameters"),
    [
        ("_output_const_repr", ["self", "group"]),
        ("_output_child_pre", ["self", "node", "frame", "finalize"]),
        ("_output_child_post", ["self", "node", "frame", "finalize"]),
    ],
)
def test_a_code_generator_says_how_output_is_written(method: str, parameters: list[str]) -> None:
    for generator in (CodeGenerator, NativeCodeGenerator):
        found = getattr(generator, method, None)
        assert found is not None, WRITING.format(method)
        assert list(inspect.signature(found).parameters) == parameters, WRITING.format(method)
    assert hasattr(CodeGenerator, "_FinalizeInfo"), WRITING.format("_FinalizeInfo")


def test_every_output_of_a_template_passes_those_three() -> None:
    like = ImmutableSandboxedEnvironment(autoescape=True)
    encoding = EncodingEnvironment(like, Encoded())
    tree = like.parse("é{{ name }}{% if name %}.{{ name ~ 1 }}{% endif %}")
    tree.set_environment(encoding)
    template = Template.from_code(encoding, encoding.compile(tree, "a", "a"), {})
    pieces: list[object] = list(template.root_render_func(_Values(name="à<")))  # type: ignore[arg-type]  # as render.py calls it
    assert pieces == [b"=C3=A9=\r\n", b"=C3=A0&lt;=\r\n", b"=2E=\r\n", b"=C3=A0&lt;1=\r\n"], (
        WRITING.format("_output_const_repr, _output_child_pre or _output_child_post")
    )


def test_compiled_code_asks_a_context_for_resolve_or_missing_alone() -> None:
    class Asked:
        def __init__(self) -> None:
            self.names: list[str] = []

        def resolve_or_missing(self, name: str) -> Any:
            self.names.append(name)
            return missing if name == "nobody" else "x"

    # What `deferral.assemble` can make: outputs, sections and expressions of plain names.
    environment = ImmutableSandboxedEnvironment()
    template = environment.from_string(
        "a{{ one }}{% if two == 'x' and not three %}{{ four }}{% else %}"
        "{{ five if six else seven }}{% endif %}{{ nobody }}"
    )
    asked = Asked()
    found: Iterator[str] = template.root_render_func(asked)  # type: ignore[arg-type]  # see above
    assert "".join(found) == "axx", FILLING.format("what is rendered is another text")
    assert set(asked.names) >= {"one", "two", "nobody"}, FILLING.format(
        "names are looked up by another method"
    )


def test_a_name_that_is_not_there_is_jinjas_own_missing() -> None:
    assert _Values(a="1").resolve_or_missing("b") is missing, FILLING.format(
        "`jinja2.utils.missing` is another object than what compiled code compares with"
    )
    source = Environment().compile("{{ a }}", raw=True)
    assert "missing" in source, FILLING.format("compiled code no longer compares with `missing`")
    assert "resolve = context.resolve_or_missing" in source, FILLING.format(
        "compiled code asks for another method of its context"
    )


def test_a_tree_can_be_changed_and_compiled_without_its_source() -> None:
    """messages/deferral.py takes expressions out of one tree and puts them into another."""
    rests_on = "messages/deferral.py builds templates from Jinja2's nodes, and {} has moved"
    environment = ImmutableSandboxedEnvironment()
    kept = next(environment.parse("{{ name|upper }}").find_all(nodes.Filter))
    tree = nodes.Template([nodes.Output([nodes.TemplateData("a"), kept])], lineno=1)
    tree.set_environment(environment)
    code = environment.compile(tree, "part", "file")
    template = environment.template_class.from_code(environment, code, {"common": 1})
    assert template.render(name="b") == "aB", rests_on.format("Environment.compile of a tree")
    assert (template.filename, dict(template.globals)) == ("file", {"common": 1}), rests_on.format(
        "Template.from_code"
    )
    assert {"visit", "visit_list", "generic_visit"} <= set(dir(NodeTransformer)), rests_on.format(
        "NodeTransformer"
    )
    assert list(inspect.signature(BaseLoader.load).parameters) == [
        *("self", "environment", "name", "globals")
    ], rests_on.format("BaseLoader.load")


def test_a_traceback_of_jinja_says_the_line_of_the_template() -> None:
    template = ImmutableSandboxedEnvironment().from_string("a\n\n{{ 1 / zero }}")
    with pytest.raises(ZeroDivisionError) as raised:
        template.render(zero=0)
    trace, lines = raised.value.__traceback__, []
    while trace is not None:
        if "__jinja_exception__" in trace.tb_frame.f_globals:
            lines.append(trace.tb_lineno)
        trace = trace.tb_next
    assert lines == [3], (
        "messages/render.py finds the line of a template in a traceback by the name "
        "`__jinja_exception__`, and Jinja2 no longer rewrites tracebacks so: mistakes would be "
        "named without their line"
    )
