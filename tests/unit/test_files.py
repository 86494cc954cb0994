"""What a desk's folders hold is read as what it is: a regular file, bounded, and within them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.unit.test_messages_letters import LETTER_TO_AUDE, written

from communique import declared, files
from communique.declared import manuscript
from communique.errors import CommuniqueError, FileInvalid, Problems
from communique.messages import Press
from communique.messages.catalog import sample, templates

TOP = Path(__file__).parents[2]
SECRET = "k1:0123456789abcdef"


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """A desk's folders, and something secret beside them."""
    for name in ("templates", "subscribers", "releases"):
        shutil.copytree(TOP / name, tmp_path / name)
    (tmp_path / "var").mkdir()
    (tmp_path / "var/keys").write_text(SECRET, encoding="ascii")
    return tmp_path


def link(path: Path) -> None:
    path.unlink()
    path.symlink_to("../../var/keys")


def link_of_a_link(path: Path) -> None:
    path.with_name("between").symlink_to(path.parents[2] / "var/keys")
    path.unlink()
    path.symlink_to("between")


def pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def device(path: Path) -> None:
    path.unlink()
    path.symlink_to("/dev/zero")


def folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def huge(path: Path) -> None:
    path.write_text("#" * (files.LARGEST + 1), encoding="ascii")


def circle(path: Path) -> None:
    path.unlink()
    path.symlink_to(path.name)


def kind(desk: Path) -> object:
    return templates(desk / "templates", "announcement")


def letter(desk: Path) -> object:
    return written(LETTER_TO_AUDE, desk / "templates")


def reader(desk: Path) -> object:
    return sample(desk / "templates", "announcement", "fr")


def associations(desk: Path) -> object:
    return declared.load(desk / "subscribers")


def release(desk: Path) -> object:
    return manuscript.read(desk / "releases/memorandum-2019", desk / "templates")


@pytest.mark.parametrize("spoil", [link, link_of_a_link, pipe, device, folder, huge, circle])
@pytest.mark.parametrize(
    ("path", "read"),
    [
        ("templates/announcement/body.txt", kind),
        ("templates/_base/texts.toml", kind),
        ("templates/_base/style.css", kind),
        ("templates/_base/style.css", letter),
        ("templates/_letter/texts.toml", letter),
        ("templates/announcement/sample.json", reader),
        ("subscribers/massbio/lists.toml", associations),
        ("subscribers/massbio/association.toml", associations),
        ("releases/memorandum-2019/release.toml", release),
        ("releases/memorandum-2019/fr.md", release),
    ],
)
def test_what_is_no_file_of_the_folder_is_refused_by_name(
    desk: Path, path: str, read: Callable[[Path], object], spoil: Callable[[Path], None]
) -> None:
    spoil(desk / path)
    with pytest.raises(CommuniqueError) as raised:
        read(desk)
    found = raised.value.problems if isinstance(raised.value, Problems) else [raised.value]
    assert any(str(desk / path) in str(one.file) for one in found)
    assert SECRET not in str(raised.value)


def test_agreements_are_read_with_the_same_care(desk: Path) -> None:
    (desk / "subscribers/agreements.toml").unlink()
    (desk / "subscribers/agreements.toml").symlink_to("../var/keys")
    with pytest.raises(Problems, match="leads to what is not in"):
        associations(desk)


def test_a_link_within_the_folder_is_followed(desk: Path) -> None:
    own = desk / "templates/announcement/body.txt"
    own.rename(desk / "templates/shared.txt")
    own.symlink_to("../shared.txt")
    assert "announcement/body.txt" in templates(desk / "templates", "announcement")


def test_a_desk_that_is_a_link_itself_is_none_of_these(desk: Path, tmp_path: Path) -> None:
    (tmp_path / "linked").symlink_to(desk / "templates", target_is_directory=True)
    assert templates(tmp_path / "linked", "announcement") == kind(desk)


def test_templates_are_bounded_together(desk: Path) -> None:
    for number in range(4):
        path = desk / f"templates/announcement/more{number}.txt"
        path.write_text("x" * (files.LARGEST // 3), encoding="ascii")
    with pytest.raises(Problems, match="more than 512 KB"):
        kind(desk)


@pytest.mark.parametrize(
    ("value", "why"), [("1" * 6000, "too many digits"), ("[" * 20_000, "too deep")]
)
def test_toml_that_python_itself_gives_up_on_is_a_mistake_with_its_file(
    desk: Path, value: str, why: str
) -> None:
    path = desk / "subscribers/massbio/lists.toml"
    path.write_text(f"x = {value}\n", encoding="ascii")
    with pytest.raises(Problems, match=why):
        associations(desk)
    path = desk / "templates/_letter/texts.toml"
    path.write_text(f"x = {value}\n", encoding="ascii")
    with pytest.raises(CommuniqueError, match=why):
        letter(desk)


@pytest.mark.parametrize("value", ["1" * 6000, "[" * 200_000])
def test_a_sample_reader_that_python_gives_up_on_is_named(desk: Path, value: str) -> None:
    (desk / "templates/announcement/sample.json").write_text(value, encoding="ascii")
    with pytest.raises(FileInvalid, match="does not describe a reader"):
        reader(desk)


def test_a_letter_that_a_desk_has_no_templates_for_is_the_packages(tmp_path: Path) -> None:
    """A desk that was begun before there were letters writes them all the same, in its own look."""
    (tmp_path / "_base").mkdir()
    (tmp_path / "_base/style.css").write_text(".title { color: #123456; }", encoding="ascii")
    octets = Press(tmp_path, TOP / "templates").letter(LETTER_TO_AUDE)
    assert b"Votre lien pour vous connecter" in octets
    assert b"#123456" in octets
    shutil.copytree(TOP / "templates/sign_in", tmp_path / "sign_in")
    texts = tmp_path / "sign_in/texts.toml"
    texts.write_text(
        texts.read_text(encoding="utf-8").replace("pour vous connecter", "d’ici"), encoding="utf-8"
    )
    assert b"Subject: =?utf-8?q?Votre_lien_d=E2=80=99ici?=" in Press(
        tmp_path, TOP / "templates"
    ).letter(LETTER_TO_AUDE)


def test_what_was_approved_of_a_desks_templates_needs_none_of_the_packages(tmp_path: Path) -> None:
    """So that no upgrade changes what is frozen (P4)."""
    with pytest.raises(Problems, match="no folder for"):
        Press(tmp_path, TOP / "templates").templates("announcement")
