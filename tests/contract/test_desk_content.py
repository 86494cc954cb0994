"""Content of another version's format, on its way through the desk: P4 across upgrades."""

from __future__ import annotations

import json
import shutil
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import insert, update
from tests.contract.desks import ALL, APPROVERS, HARFANG, MASSIF, NOW, SPRING, Office, office_at
from tests.old import loading

from communique.desk import approving, comparing, drafting, inspecting, scheduling
from communique.domain.actor import OPERATOR
from communique.domain.association import Association
from communique.domain.content import FORMAT, Content, freeze
from communique.domain.release import State
from communique.errors import ContentUnreadable, NotAllowed
from communique.store.tables import approvals, contents, releases


@pytest.fixture
async def office(database_url: str, tmp_path: Path) -> AsyncIterator[Office]:
    async with office_at(database_url, tmp_path / "desk") as office:
        await office.admit("harfang", "a@lichen.example")
        await office.admit("massif", "b@basalt.example")
        yield office


async def submitted_before(office: Office, monkeypatch: pytest.MonkeyPatch) -> Content:
    """The spring release as 205e8f3 left it in the database, under review."""
    shutil.rmtree(office.home / "templates")  # of now: what was frozen then knew no others
    loading.write_templates(loading.read(), office.home / "templates")
    with monkeypatch.context() as before:
        before.setattr(comparing, "freeze", lambda *what, number: freeze(*what, number=0))
        await drafting.file(office.desk, OPERATOR, SPRING)
        await drafting.submit(office.desk, OPERATOR, "spring")
    return await kept(office)


async def kept(office: Office) -> Content:
    release = await office.release()
    async with office.database.read() as transaction:
        return await transaction.releases.content(ALL, release.content_hash or "")


async def test_a_release_submitted_before_formats_had_numbers_is_approved_and_sent_as_it_is(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = await submitted_before(office, monkeypatch)
    assert "format" not in json.loads(content.document)
    assert await inspecting.changed(office.desk, OPERATOR) == {}
    for party, person in APPROVERS.items():
        await approving.approve(
            office.desk, OPERATOR, "spring", party, person, content=content.hash
        )
    await scheduling.schedule(office.desk, OPERATOR, "spring", "now")
    assert await office.pick_up() == ["spring"]
    await office.work()
    assert await office.state() is State.SENT
    assert {one.recipient for one in office.transport.mails} == {
        "a@lichen.example",
        "b@basalt.example",
    }
    assert await kept(office) == content


@pytest.mark.parametrize("changed", [HARFANG, MASSIF], ids=lambda one: one.key)
async def test_a_change_is_seen_in_a_content_of_an_older_format_too(
    office: Office, monkeypatch: pytest.MonkeyPatch, changed: Association
) -> None:
    await submitted_before(office, monkeypatch)
    others = [one for one in (HARFANG, MASSIF) if one is not changed]
    await office.sync(*others, replace(changed, phone="+1 418 555-0199"))
    assert await inspecting.changed(office.desk, OPERATOR) == {
        "spring": [f"association {changed.key}"]
    }
    with pytest.raises(NotAllowed, match=f"association {changed.key}"):
        await approving.approve(office.desk, OPERATOR, "spring", "massif", APPROVERS["massif"])


async def test_a_release_submitted_now_says_in_which_format(office: Office) -> None:
    await drafting.file(office.desk, OPERATOR, SPRING)
    await drafting.submit(office.desk, OPERATOR, "spring")
    content = await kept(office)
    assert json.loads(content.document)["format"] == FORMAT
    assert await inspecting.changed(office.desk, OPERATOR) == {}


async def test_content_of_a_format_to_come_is_neither_approved_nor_misread(office: Office) -> None:
    await drafting.file(office.desk, OPERATOR, SPRING)
    await drafting.submit(office.desk, OPERATOR, "spring")
    document = json.loads((await kept(office)).document)
    newer = Content(json.dumps({**document, "format": FORMAT + 1, "dateline": "Québec"}))
    async with office.database.begin() as transaction:
        await transaction.connection.execute(
            insert(contents).values(hash=newer.hash, document=newer.document, frozen_at=NOW)
        )
        await transaction.connection.execute(update(releases).values(content_hash=newer.hash))
    with pytest.raises(
        ContentUnreadable, match=f"frozen in format {FORMAT + 1}; .* reads up to {FORMAT}"
    ):
        await approving.approve(office.desk, OPERATOR, "spring", "massif", APPROVERS["massif"])
    assert await office.count(approvals) == 0
    assert f"format {FORMAT + 1}" in str(await inspecting.changed(office.desk, OPERATOR))
