"""A new desk is begun whole or not at all, and never over somebody's files."""

from __future__ import annotations

import re
from importlib.resources.abc import Traversable
from pathlib import Path

import pytest
from pathspec import GitIgnoreSpec

from communique.declared import starter
from communique.errors import NotAllowed
from communique.settings import Settings

ASSIGNMENT = re.compile(r"^# (COMMUNIQUE_\w+=.*)$", re.MULTILINE)


def everything(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_a_desk_is_begun_in_a_folder_that_does_not_exist_yet(tmp_path: Path) -> None:
    home = tmp_path / "les nôtres" / "desk"
    written = starter.begin(home)
    assert everything(home) == {*starter.files(), ".env", ".gitignore"}
    assert set(written) == {home / path for path in everything(home)}
    for path, shipped in starter.files().items():
        assert (home / path).read_bytes() == shipped.read_bytes()


def test_every_folder_of_the_starter_desk_has_something_in_it() -> None:
    assert {path.partition("/")[0] for path in starter.files()} == set(starter.FOLDERS)


def test_a_desk_is_begun_beside_what_is_already_there(tmp_path: Path) -> None:
    (tmp_path / "minutes.txt").write_text("ours")
    starter.begin(tmp_path)
    assert everything(tmp_path) == {*starter.files(), ".env", ".gitignore", "minutes.txt"}


@pytest.mark.parametrize("taken", ["templates/ours.txt", ".env", ".gitignore"])
def test_nothing_is_overwritten(tmp_path: Path, taken: str) -> None:
    (tmp_path / taken).parent.mkdir(exist_ok=True)
    (tmp_path / taken).write_text("ours")
    with pytest.raises(NotAllowed, match=f"already {re.escape(taken.partition('/')[0])}") as caught:
        starter.begin(tmp_path)
    assert caught.value.remedy
    assert everything(tmp_path) == {taken}
    assert (tmp_path / taken).read_text() == "ours"


def test_a_file_is_not_a_folder_to_begin_in(tmp_path: Path) -> None:
    (tmp_path / "desk").write_text("ours")
    with pytest.raises(NotAllowed, match=r"desk.*cannot start a desk here"):
        starter.begin(tmp_path / "desk" / "below")
    assert everything(tmp_path) == {"desk"}


def test_half_a_desk_is_not_left_when_writing_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shipped = starter.files()
    unwritable: dict[str, Traversable] = {**shipped, "releases/" + "x" * 300: tmp_path / "file"}
    (tmp_path / "file").touch()
    monkeypatch.setattr(starter, "files", lambda: unwritable)
    with pytest.raises(NotAllowed, match="too long"):
        starter.begin(tmp_path / "new" / "desk")
    assert {path.name for path in tmp_path.iterdir()} == {"file"}


def test_half_a_desk_is_not_left_when_moving_it_into_place_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rename = Path.rename

    def full(self: Path, target: Path) -> Path:
        if self.name == ".env":
            raise OSError(28, "No space left on device", str(target))
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", full)
    with pytest.raises(NotAllowed, match="No space left"):
        starter.begin(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_what_the_desk_owns_is_kept_out_of_version_control(tmp_path: Path) -> None:
    starter.begin(tmp_path)
    assert {"/var/", "/.env"} <= set((tmp_path / ".gitignore").read_text().splitlines())
    assert (tmp_path / ".env").stat().st_mode & 0o077 == 0
    assert (tmp_path / "var").stat().st_mode & 0o077 == 0


def test_no_address_of_a_person_gets_into_version_control(tmp_path: Path) -> None:
    starter.begin(tmp_path)
    people = [
        "subscribers/bioquebec/members.csv",
        "membres.xlsx",
        "membres.ods",
        "desk-2027-06-03.tar",
        "bad.csv",
        "preview/autumn.massbio.en.eml",
        "var/communique.sqlite",
    ]
    for name in people:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    ignored = GitIgnoreSpec.from_lines((tmp_path / ".gitignore").read_text("utf-8").splitlines())
    kept = {name for name in everything(tmp_path) if not ignored.match_file(name)}
    assert not kept & set(people)
    assert {name for name in starter.files() if not name.endswith(".csv")} <= kept


def test_a_data_folder_that_is_there_stays_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "var").mkdir(mode=0o755)
    (tmp_path / "var" / "keys").write_text("ours")
    starter.begin(tmp_path)
    assert (tmp_path / "var" / "keys").read_text() == "ours"


def test_the_settings_of_a_new_desk_are_all_optional_and_all_real(tmp_path: Path) -> None:
    starter.begin(tmp_path)
    env = tmp_path / ".env"
    assert Settings(_env_file=env) == Settings(_env_file=None)
    offered = ASSIGNMENT.findall(env.read_text())
    env.write_text("\n".join(offered))
    changed = Settings(_env_file=env)
    names = {line.removeprefix("COMMUNIQUE_").partition("=")[0].lower() for line in offered}
    top = {name.partition("__")[0] for name in names}
    assert top <= set(Settings.model_fields)
    assert changed.transports["default"].username == "communique"
