"""The house keeps its shape: what DESIGN §4 and §5 ask beyond what import-linter can see."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "service" / "communique"
MODULES = sorted(PACKAGE.rglob("*.py"))
LONGEST = 400
GRAB_BAGS = {"utils", "util", "helpers", "helper", "manager", "common", "misc", "data", "handler"}
CHANCE_AND_WORLD = {
    "asyncio",
    "os",
    "pathlib",
    "random",
    "socket",
    "subprocess",
    "time",
    "tempfile",
}


def name(module: Path) -> str:
    return str(module.relative_to(PACKAGE))


def imports(module: Path) -> Iterator[str]:
    """The top-level name of everything that a module imports, wherever in it."""
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield (node.module or "").partition(".")[0]


def attributes(module: Path) -> set[str]:
    """Every `owner.attribute` that a module says."""
    return {
        f"{node.value.id}.{node.attr}"
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
    }


@pytest.mark.parametrize("module", MODULES, ids=name)
def test_a_module_can_be_read_in_one_sitting(module: Path) -> None:
    assert len(module.read_text(encoding="utf-8").splitlines()) <= LONGEST


def test_nothing_is_named_as_a_place_for_leftovers() -> None:
    names = {module.stem for module in MODULES} | {module.parent.name for module in MODULES}
    assert not names & GRAB_BAGS


@pytest.mark.parametrize("module", sorted((PACKAGE / "domain").glob("*.py")), ids=name)
def test_a_rule_touches_neither_the_world_nor_chance(module: Path) -> None:
    assert not set(imports(module)) & CHANCE_AND_WORLD
    assert not attributes(module) & {"datetime.now", "datetime.utcnow", "date.today"}


@pytest.mark.parametrize("module", sorted((PACKAGE / "desk").glob("*ing.py")), ids=name)
def test_what_the_service_does_is_told_what_time_it_is(module: Path) -> None:
    assert not attributes(module) & {"datetime.now", "datetime.utcnow", "date.today", "time.time"}


def test_the_environment_is_read_in_one_place() -> None:
    readers = [
        name(module)
        for module in MODULES
        if attributes(module) & {"os.environ", "os.getenv"} and name(module) != "settings.py"
    ]
    assert not readers
