"""What is shipped works: the wheel, installed apart from this checkout, begins a desk."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

from communique.declared import starter

CHECKOUT = Path(__file__).parents[2]


def run(*command: Path | str, cwd: Path) -> str:
    done = subprocess.run(command, cwd=cwd, text=True, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr + done.stdout
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from this checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder, cwd=CHECKOUT)
    [built] = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of an environment that has the wheel, and this one's libraries."""
    folder = tmp_path_factory.mktemp("installed")
    run(sys.executable, "-m", "venv", "--without-pip", "venv", cwd=folder)
    python = folder / "venv" / "bin" / "python"
    pip = (sys.executable, "-m", "pip", "--python", python, "--disable-pip-version-check")
    run(*pip, "install", "--no-deps", "--no-index", wheel, cwd=folder)
    # A folder named in a .pth is searched, but its own .pth files are not read: so the libraries
    # are found, and the checkout, which is installed in place there, is not.
    site = "import sysconfig; print(sysconfig.get_path('purelib'), end='')"
    libraries = Path(run(python, "-c", site, cwd=folder)) / "libraries.pth"
    libraries.write_text(sysconfig.get_path("purelib"), encoding="utf-8")
    return python.parent


def test_the_wheel_carries_the_package_the_licence_and_the_starter_desk(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {f"communique/starter_files/{path}" for path in starter.files()} <= names
    package = (CHECKOUT / "service" / "communique").rglob("*")
    sources = {
        str(path.relative_to(CHECKOUT / "service"))
        for path in package
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert sources <= names
    assert any(name.endswith("licenses/LICENSE") for name in names)
    tops = {name.partition("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"communique"}


def test_the_code_that_runs_is_the_wheels(installed: Path, tmp_path: Path) -> None:
    where = run(
        installed / "python", "-c", "import communique; print(communique.__file__)", cwd=tmp_path
    )
    assert Path(where).is_relative_to(installed.parent)


def test_an_installed_package_begins_a_desk_with_what_it_was_shipped_with(
    installed: Path, tmp_path: Path
) -> None:
    run(installed / "communique", "init", "desk", cwd=tmp_path)
    for path, shipped in starter.files().items():
        assert (tmp_path / "desk" / path).read_bytes() == shipped.read_bytes()
    assert (tmp_path / "desk" / ".env").is_file()


def test_a_desk_begun_from_the_wheel_goes_on_working(installed: Path, tmp_path: Path) -> None:
    run(installed / "communique", "init", "desk", cwd=tmp_path)
    for command in (["sync", "--dry-run"], ["sync"], ["status"]):
        run(installed / "communique", *command, cwd=tmp_path / "desk")
    assert (tmp_path / "desk" / "var").is_dir()
