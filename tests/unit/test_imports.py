"""The house keeps its shape: what docs/house.md asks that import-linter cannot see."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "service" / "communique"
MODULES = sorted(PACKAGE.rglob("*.py"))
LONGEST = 400
GRAB_BAGS = {"utils", "util", "helpers", "helper", "manager", "common", "misc", "data", "handler"}
# No clock, no file, no socket, no chance; zoneinfo alone reads the zones that the machine has. Of
# libraries only idna, since Python's own codec is that of IDNA 2003.
PURE = {
    "__future__",
    "base64",
    "collections",
    "collections.abc",
    "dataclasses",
    "datetime",
    "difflib",
    "enum",
    "functools",
    "hashlib",
    "hmac",
    "itertools",
    "json",
    "math",
    "operator",
    "re",
    "types",
    "typing",
    "unicodedata",
    "zoneinfo",
    "idna",
}


def name(module: Path) -> str:
    return str(module.relative_to(PACKAGE))


def imports(module: Path) -> Iterator[str]:
    """The name of every module that a module imports from, wherever in it."""
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or "."


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


@pytest.mark.parametrize("module", sorted((PACKAGE / "domain").rglob("*.py")), ids=name)
def test_a_rule_touches_neither_the_world_nor_chance(module: Path) -> None:
    ours = {one for one in imports(module) if one.startswith("communique.")}
    known = ("communique.domain.", "communique.errors", "communique.facts")
    assert all(one.startswith(known) for one in ours), ours
    assert set(imports(module)) - ours <= PURE
    assert not attributes(module) & {"datetime.now", "datetime.utcnow", "date.today"}


def test_an_error_knows_nothing_of_ours() -> None:
    known = PURE | {"pathlib", "communique.wording"}
    assert set(imports(PACKAGE / "facts.py")) <= known
    assert set(imports(PACKAGE / "errors.py")) <= known | {"communique.facts"}
    for module in (PACKAGE / "wording").glob("*.py"):
        ours = {one for one in imports(module) if one.startswith("communique.wording")}
        assert set(imports(module)) - ours <= PURE, module


@pytest.mark.parametrize("module", sorted((PACKAGE / "desk").glob("*ing.py")), ids=name)
def test_what_the_service_does_is_told_what_time_it_is(module: Path) -> None:
    assert not attributes(module) & {"datetime.now", "datetime.utcnow", "date.today", "time.time"}


DOORS = [module for module in MODULES if name(module).startswith(("cli/", "web/", "asgi"))]


@pytest.mark.parametrize("module", DOORS, ids=name)
def test_a_door_reaches_no_store_and_opens_no_transaction(module: Path) -> None:
    """It calls the desk, which asks whose eyes it reads with (P6)."""
    tree = list(ast.walk(ast.parse(module.read_text(encoding="utf-8"))))
    assert not [
        one.lineno for one in tree if isinstance(one, ast.Attribute) and one.attr == "store"
    ]
    assert not [one.lineno for one in tree if isinstance(one, ast.Name) and one.id == "transaction"]
    assert not any(one.startswith("communique.store") for one in imports(module))


def test_what_joins_a_desk_asks_the_desk_too() -> None:
    """Only what closes a desk's store, or asks whether it answers, takes it from the desk."""
    reaching = [
        name(module)
        for module in MODULES
        if name(module).startswith("wiring/") and "desk.store" in attributes(module)
    ]
    assert reaching == ["wiring/desks.py"]


def test_the_environment_is_read_in_one_place() -> None:
    readers = [
        name(module) for module in MODULES if attributes(module) & {"os.environ", "os.getenv"}
    ]
    # The command line reads beside it what language it speaks: a help waits for no settings.
    assert readers == ["cli/__init__.py", "settings/__init__.py"]


def test_an_association_is_called_one() -> None:
    """One thing has one name (docs/words.md); a host is a machine."""
    for module in sorted((PACKAGE / "desk").glob("*.py")):
        said = {one for one in attributes(module) if one.startswith(("host.", "hosts."))}
        assert not said, f"{module.name}: {said}"
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            match node:
                case (
                    ast.arg(arg=named, annotation=kind)
                    | ast.AnnAssign(target=ast.Name(id=named), annotation=kind)
                ) if kind and "Association" in ast.unparse(kind):
                    assert not named.startswith("host"), f"{module.name}:{node.lineno}"
