"""All that the command line says, it says in French as well; and in the French of Québec."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from string import Formatter
from typing import Any

import pytest
import typer

import communique
from communique import errors
from communique.cli import french as told
from communique.cli import speech
from communique.cli.examples import EXIT_STATUS
from communique.cli.top import COMMANDS, Later, app
from communique.wording import ADVICE, WORDS, Remedy, typography
from communique.wording import french as codes

CLI = Path(communique.__file__).parent / "cli"
SAYS = {"_", "later"}
ERRORS = {name for name, kind in vars(errors).items() if isinstance(kind, type)}
# English in a command that is no sentence to anybody, and what it is.
NOT_SAID = {
    "examples.py": "lines to type",
    "stopping.py": "what the log says",
    "[bold cyan]$ communique ": "a line to type",
    "import of ": "evidence, as it is kept (0024)",
}
SENTENCE = re.compile(r"[A-Za-z’']{2,}[,;:]? [a-z(“`]{2,}")


def modules() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted(CLI.glob("*.py")):
        yield path.name, ast.parse(path.read_text(encoding="utf-8"))


def name_of(call: ast.Call) -> str:
    return str(getattr(call.func, "id", getattr(call.func, "attr", "")))


def constants(node: ast.AST) -> Iterator[str]:
    for one in ast.walk(node):
        if isinstance(one, ast.Constant) and isinstance(one.value, str):
            yield one.value


def said(call: ast.Call) -> Iterator[str]:
    """The English that a call says: a sentence, headings of a table, an error of a door."""
    name = name_of(call)
    if name in SAYS and not isinstance(call.args[0], ast.Call | ast.BoolOp):
        yield from constants(call.args[0])
    elif name == "table":
        yield from (one.removeprefix("#") for one in constants(call.args[0]) if one)
    elif name in ERRORS:
        for one in call.keywords:
            if one.arg in ("message", "remedy"):
                yield from constants(one.value)


@cache
def sentences() -> Mapping[str, str]:
    """All English of the command line that is no help, and where it stands."""
    return {
        one: f"{name}:{call.lineno}"
        for name, tree in modules()
        for call in ast.walk(tree)
        if isinstance(call, ast.Call)
        for one in said(call)
    }


@cache
def plurals() -> Mapping[str, str]:
    return {
        text: many
        for _, tree in modules()
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and name_of(call) == "ngettext"
        for text, many in [tuple(constants(ast.Tuple(call.args[:2])))]
    }


def everything(command: Any) -> Iterator[Any]:
    command = command.load() if isinstance(command, Later) else command
    yield command
    for one in getattr(command, "commands", {}).values():
        yield from everything(one)


@cache
def helps() -> Mapping[str, str]:
    """All English of the helps, a paragraph each, and whose it is."""
    found = {does: name for name, does, _ in COMMANDS}
    for command in everything(typer.main.get_command(app)):
        texts = [command.help or "", *(one.help or "" for one in command.params)]
        for text in texts:
            for part in text.split("\n\n"):
                if not part.startswith(("    ", "\b")):
                    found[" ".join(part.split())] = str(command.name)
        for one in command.params:
            if one.param_type_name == "argument":
                found[one.metavar or one.name.upper()] = str(command.name)
    found |= {" ".join(EXIT_STATUS.split()): "the top"}
    return {text: whose for text, whose in found.items() if text}


def lacking(wanted: Mapping[str, str], table: Mapping[str, Any]) -> str:
    """What to add to a table, as it is to be written there."""
    lines = [
        f"    {text!r}: ...,  # {where}" for text, where in wanted.items() if text not in table
    ]
    return "\n".join(lines)


def test_every_french_is_of_a_sentence_that_is_said() -> None:
    assert told.SENTENCES.keys() - {**sentences(), **helps()}.keys() - STEPS == set()
    assert told.PLURALS.keys() - plurals().keys() == set()


# What `check` looks at is named below the doors, as programs know it.
STEPS = {
    one
    for path in ("wiring/desks.py", "cli/serving.py")
    for node in ast.walk(ast.parse((CLI.parent / path).read_text(encoding="utf-8")))
    if isinstance(node, ast.Tuple) and len(node.elts) == 3
    for one in constants(node.elts[0])
}


def test_every_french_is_of_a_code() -> None:
    assert codes.WORDS.keys() - WORDS.keys() - BY_CLASS == set()
    assert codes.ADVICE.keys() - ADVICE.keys() == set()


# An error without a code is told by what its class says.
BY_CLASS = {errors._code(kind) for name, kind in vars(errors).items() if name in ERRORS}


def blanks(text: str) -> set[tuple[str, str]]:
    """Their names, and how each is said where that is not as it comes."""
    return {(name, how or "") for _, name, how, _ in Formatter().parse(text) if name}


def pairs() -> Iterator[tuple[str, str]]:
    """Each English that has blanks, and its French."""
    for english, french in told.SENTENCES.items():
        if english in sentences():
            yield english, french
    for one, (singular, plural) in told.PLURALS.items():
        yield plurals()[one], plural
        yield plurals()[one], singular
    for table, there in ((WORDS, codes.WORDS), (ADVICE, codes.ADVICE)):
        for code, french in there.items():
            text = table.get(code, "")
            yield (text.value if isinstance(text, Remedy) else text), french
    for one, french in codes.REMEDIES.items():
        yield Remedy[one].value, french


def test_the_french_leaves_the_same_blanks() -> None:
    wrong = [
        f"{english!r} has {blanks(english)}, and its French {blanks(french)}"
        for english, french in pairs()
        if {name for name, _ in blanks(english)} - {"count"}
        != {name for name, _ in blanks(french)} - {"count"}
    ]
    assert wrong == []


def texts() -> Iterator[str]:
    yield from told.SENTENCES.values()
    for both in told.PLURALS.values():
        yield from both
    yield from codes.WORDS.values()
    yield from codes.ADVICE.values()
    yield from codes.REMEDIES.values()
    yield from codes.STATES.values()


SLIPS = {
    r"(?<=[a-zàéèêç])'(?=[a-zàéèêh])": "an apostrophe is ’",
    r"[“”]": "French quotes with « »",
    r" [;!?](?= |$)": "no space goes before ; ! ?",
    r"(?<=[\w»)`])(?<!http)(?<!https):(?= |$)": "a space goes before :",
    r" [:»%](?= |$)": "the space before : » % holds",
    r"« ": "the space after « holds",
    r"\bE-?mail|\be-?mail|\bmél\b": "it is a courriel",
    r"\.\.\.": "it is …",
}


@pytest.mark.parametrize("slip", SLIPS, ids=SLIPS.__getitem__)
def test_french_is_set_as_in_quebec(slip: str) -> None:
    assert [one for one in texts() if re.search(slip, re.sub(r"`[^`]*`", "`x`", one))] == []


def test_typography_holds_the_spaces_that_are_typed() -> None:
    assert typography.french("« a » : 5 %") == "«\xa0a\xa0»\xa0: 5\xa0%"


def documentation(tree: ast.Module) -> set[ast.AST]:
    return {
        node.body[0].value
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }


def test_no_sentence_is_said_past_the_tables() -> None:
    """Whatever stands in a command as English is marked as a sentence, with `_` or `later`."""
    found = []
    for name, tree in modules():
        known = documentation(tree)
        for call in ast.walk(tree):
            if isinstance(call, ast.Call) and (
                name_of(call) in {*SAYS, "ngettext", "Typer", "Option", "Argument"}
            ):
                known |= set(ast.walk(call))
            if isinstance(call, ast.Call) and name_of(call) == "table":
                known |= set(ast.walk(call.args[0]))
            if isinstance(call, ast.Call) and name_of(call) in ERRORS:
                known |= {each for one in call.keywords for each in ast.walk(one.value)}
        found += [
            f"{name}:{node.lineno}: {node.value}"
            for node in ast.walk(tree)
            if isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and node not in known
            and SENTENCE.search(node.value)
            and not {name, node.value} & NOT_SAID.keys()
            and node.value not in helps()
        ]
    assert found == []


@pytest.mark.parametrize(
    ("arguments", "environment", "language"),
    [
        ([], {}, "en"),
        ([], {"LANG": "fr_CA.UTF-8"}, "fr"),
        ([], {"LANG": "fr"}, "fr"),
        ([], {"LANG": "C.UTF-8"}, "en"),
        ([], {"LANG": "fur_IT"}, "en"),
        ([], {"LANG": "fr_CA", "LC_MESSAGES": "en_CA"}, "en"),
        ([], {"LANG": "en_CA", "LC_MESSAGES": "fr_CA"}, "fr"),
        ([], {"LANG": "en_CA", "LC_MESSAGES": "en_CA", "LC_ALL": "fr_CA.utf8"}, "fr"),
        ([], {"LANG": "fr_CA", "LC_ALL": ""}, "fr"),
        ([], {"LANG": "fr_CA", "COMMUNIQUE_LANGUAGE": "en"}, "en"),
        ([], {"LANG": "en_CA", "COMMUNIQUE_LANGUAGE": "fr"}, "fr"),
        ([], {"LANG": "fr_CA", "COMMUNIQUE_LANGUAGE": "xx"}, "fr"),
        (["status", "--json"], {"COMMUNIQUE_LANGUAGE": "fr"}, "en"),
    ],
)
def test_the_setting_says_the_language_and_else_the_locale(
    arguments: list[str], environment: dict[str, str], language: str, tmp_path: Path
) -> None:
    home = {"COMMUNIQUE_HOME": str(tmp_path)}
    assert speech.chosen(arguments, environment | home) == language


def test_the_env_file_of_the_desk_says_the_language_too(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("COMMUNIQUE_LANGUAGE='fr' # here\n", encoding="utf-8")
    assert speech.chosen([], {"COMMUNIQUE_HOME": str(tmp_path)}) == "fr"
    assert (
        speech.chosen([], {"COMMUNIQUE_HOME": str(tmp_path), "COMMUNIQUE_LANGUAGE": "en"}) == "en"
    )
