"""`communique release`: every step says what it did, and what to type next."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import shlex
import sqlite3
from dataclasses import replace
from email import message_from_bytes, policy
from pathlib import Path
from unittest import mock

from tests.acceptance.desks import (
    RELEASE,
    SMALL,
    Home,
    Relay,
    copy,
    pasted,
    small,
)
from tests.json_shapes import wrong_with

from communique import settings, wiring
from communique.desk import editing
from communique.domain import draft
from communique.domain.actor import OPERATOR


def test_a_preview_is_the_message_as_page_as_text_and_as_eml(home: Home) -> None:
    listed = home.run("subscribers", "list", "-a", "massbio", "--limit", "1", "--json").json()
    [reader] = listed["subscribers"]
    words = ("-a", "massbio", "--to", reader["address"], "-o", "out")
    done = home.run("release", "preview", RELEASE, *words)
    html, text, eml = (
        home.folder / "out" / f"{RELEASE}.massbio.{reader['language']}.{reader['address']}.{kind}"
        for kind in ("html", "txt", "eml")
    )
    assert {path.name for path in (home.folder / "out").iterdir()} == {
        html.name,
        text.name,
        eml.name,
    }
    assert all(path.name in done.out for path in (html, text, eml))
    assert f"<{reader['address']}>\n" in done.out, "whose it is"
    message = message_from_bytes(eml.read_bytes(), policy=policy.default)
    assert reader["address"] in str(message["To"])
    assert reader["member"]["name"] in text.read_text(encoding="utf-8")
    assert html.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert "/u/preview" in str(message["List-Unsubscribe"]), "a preview unsubscribes nobody"


def test_a_test_goes_to_the_associations_own_people_and_to_nobody_else(
    home: Home, tmp_path: Path
) -> None:
    with Relay(tmp_path / "relay").listening() as relay:
        sending = Home(home.folder, home.environment | relay.settings)
        words = ("release", "send-test", RELEASE, "-a", "massbio", "--to")
        [member, *_] = home.run(
            "subscribers", "list", "-a", "massbio", "--limit", "1", "--json"
        ).json()["subscribers"]
        for address in (member["address"], "solange.marchessault@bioquebec.example"):
            assert "june.abernethy" in sending.run(*words, address, code=1).err
        assert not relay.received()
        sending.run(*words, "june.abernethy@massbio.example", "-l", "fr")
        [got] = relay.received()
    assert got.recipients == ("june.abernethy@massbio.example",)
    assert str(got.message["Subject"]).startswith("[Essai] BIOQuébec et MassBio")
    assert (
        "the built-in mailbox listens only while"
        in home.run(*words, "june.abernethy@massbio.example", code=1).err
    )


def test_a_new_release_is_a_folder_to_write_in_that_can_be_looked_at_at_once(home: Home) -> None:
    done = home.run("release", "new", "releases/autumn", "-l", "fr", "-l", "en")
    assert "releases/autumn/fr.md" in done.out
    assert "`communique release import releases/autumn`" in done.err
    assert "filed: “autumn” is draft" in home.run("release", "import", "releases/autumn").err
    home.run("release", "preview", "autumn", "-a", "massbio")


def test_every_party_approved_and_no_hour_yet_says_what_to_type(home: Home) -> None:
    home.run("release", "submit", RELEASE)
    words = ("release", "approve", RELEASE, "--as")
    said = home.run(*words, "bioquebec", "--by", "Étienne Roberval").err
    assert "still to approve: massbio" in said
    said = home.run(*words, "massbio", "--by", "Theo Okonjo-Reyes").err
    assert f"communique release schedule {RELEASE} --at" in said
    hour = "2090-06-03 09:00:00 EDT"
    said = home.run(
        "release", "schedule", RELEASE, "--at", "2090-06-03 9h", "--local-hour", "--yes"
    ).err
    shown = home.run("release", "show", RELEASE).out
    assert f"{hour}, each at its local hour" in shown
    for association in ("bioquebec", "massbio"):
        assert f"  at {association}: {hour}" in said
        assert re.search(rf"  at {association} +{hour}", shown)
    assert set(re.findall(r"\d\d:\d\d:\d\d (\w+)", shown)) <= {"EDT", "EST"}, "one zone for all"
    home.run("release", "schedule", RELEASE, "--at", "2090-06-03 9h", "--zone", "EST", code=1)
    small(home)
    assert re.search("  only territories +Ontario", home.run("release", "show", SMALL).out)


def test_every_next_step_that_is_printed_works_when_it_is_pasted(home: Home) -> None:
    said = home.run("release", "new", "releases/autumn").err
    assert pasted(home, said) == 1
    said = home.run("release", "import", f"releases/{RELEASE}").err
    assert not said.count("next:"), "nothing was changed"
    for language in ("fr", "en"):
        written = f'+++\nsubject = "{language}"\npreheader = "{language}"\n+++\n\n{language}\n'
        (home.folder / f"releases/autumn/{language}.md").write_text(written, encoding="utf-8")
    said = home.run("release", "import", "releases/autumn").err
    assert "--association bioquebec`" in said
    assert pasted(home, said) == 2, "previewed, and submitted"
    home.run("release", "reject", "autumn", "--as", "massbio", "--by", "Harriet Penwarden")
    said = home.run("release", "submit", "autumn").err
    assert home.standing("autumn")["release"]["content_hash"][:12] in said
    assert pasted(home, said) == 2, "approved by both"
    assert home.standing("autumn")["release"]["state"] == "approved"
    home.run("release", "import", f"releases/{RELEASE}")
    home.run("release", "submit", RELEASE)
    words = ("release", "approve", RELEASE, "--as")
    home.run(*words, "bioquebec", "--by", "Solange Marchessault")
    said = home.run(*words, "massbio", "--by", "Harriet Penwarden").err
    assert pasted(home, said) == 1
    assert home.standing()["release"]["schedule"]


async def written_at_the_desk(home: Home, french: str) -> None:
    """Somebody writes the French of the small release in the browser."""
    with mock.patch.dict(os.environ, home.variables), contextlib.chdir(home.folder):
        current = settings.load()
    async with wiring.opened(current) as desk:
        before = await editing.reopen(desk, OPERATOR, SMALL)
        editions = tuple(
            replace(one, body=french) if one.language == "fr" else one for one in before.editions
        )
        made = replace(before, editions=editions)
        await editing.write(desk, OPERATOR, made, draft.parts(before))


def test_a_folder_undoes_nothing_that_was_written_at_the_desk(home: Home) -> None:
    small(home)
    folder = f"releases/{SMALL}"
    asyncio.run(written_at_the_desk(home, "Écrit au bureau.\n"))
    assert "unchanged" in home.run("release", "import", folder).err
    path = home.folder / folder / "en.md"
    path.write_text(path.read_text(encoding="utf-8") + "\nOne more.\n", encoding="utf-8")
    # What only the desk has is no change on disk.
    said = home.run("release", "check", SMALL).err
    assert "en.md changed on disk" in said
    assert "fr.md" not in said
    refused = home.run("release", "import", folder, code=1).err
    assert "was written at the desk since, and its folder changed too" in refused
    assert "--over-desk" in refused
    assert any("Écrit au bureau." in line for line in home.dump())
    assert "edited" in home.run("release", "import", folder, "--over-desk").err
    assert not any("Écrit au bureau." in line for line in home.dump())


def test_a_new_release_rests_on_the_one_agreement_that_its_parties_have(home: Home) -> None:
    def begun(name: str, *words: str) -> str:
        home.run("release", "new", f"releases/{name}", *words)
        return (home.folder / "releases" / name / "release.toml").read_text(encoding="utf-8")

    assert '\nagreement = "quebec-massachusetts"' in begun("both")
    home.run("release", "import", "releases/both")
    assert home.standing("both")["release"]["agreement"] == "quebec-massachusetts"
    assert "agreement =" not in begun("alone", "-p", "massbio")
    file = home.folder / "subscribers/agreements.toml"
    text = file.read_text(encoding="utf-8")
    second = text[text.index("[[agreement]]") :].replace("quebec-massachusetts", "second")
    file.write_text(f"{text}\n{second}", encoding="utf-8")
    assert "\n# agreement =" in begun("unclear")


def test_a_new_release_is_for_the_associations_that_this_desk_declares(home: Home) -> None:
    (home.folder / "subscribers/bioquebec").rename(home.folder / "subscribers/lanaudiere")
    (home.folder / "subscribers/agreements.toml").unlink()
    home.run("release", "new", "releases/mission", "-p", "lanaudiere")
    written = (home.folder / "releases/mission/release.toml").read_text(encoding="utf-8")
    assert 'parties = ["lanaudiere"]' in written
    said = home.run("release", "new", "releases/other", "-p", "bioquebec", code=1).err
    assert "lanaudiere" in said


def test_a_kind_is_offered_only_where_there_are_templates_for_it(home: Home) -> None:
    said = home.run("release", "new", "releases/card", "--kind", "postcard", code=1).err
    assert "no templates for “postcard”" in said
    assert "it has some for: activity, advantage, announcement" in said
    assert not (home.folder / "releases" / "card").exists()
    home.run("release", "new", "releases/evening", "--kind", "activity", "-l", "en")
    said = home.run("release", "import", "releases/evening", code=1).err
    for key in ("starts", "ends", "zone"):  # what it cannot do without stands there to be written
        assert f"`{key}`" in said
    assert "releases/evening/release.toml:" in said


def test_a_new_release_that_could_not_be_imported_is_not_begun(home: Home) -> None:
    before = sorted(home.folder.rglob("*"))
    for words, said in {
        ("releases/x", "-l", "../../x"): "language",
        ("releases/Bad Name",): "lower-case",
        ("releases/x", "--kind", "postcard"): "no templates",
    }.items():
        assert said in home.run("release", "new", *words, code=1).err
    assert sorted(home.folder.rglob("*")) == before


def test_calling_off_asks_only_about_what_can_be_and_says_whom_it_concerns(
    delivered: Path, tmp_path: Path
) -> None:
    home = copy(delivered, tmp_path / "desk")
    said = home.run("release", "cancel", "nope", code=1).err
    assert "there is no release “nope”" in said
    assert "?" not in said
    said = home.run("release", "cancel", RELEASE, code=1).err
    assert "cannot cancel a release that is sent" in said
    assert "?" not in said
    small(home)
    said = home.run("release", "cancel", SMALL, typed="n\n", code=1).err
    assert "is approved: nobody was written to yet." in said
    with contextlib.closing(sqlite3.connect(home.database)) as connection, connection:
        connection.execute("UPDATE releases SET state = 'paused' WHERE key = ?", (RELEASE,))
        connection.execute(
            "UPDATE deliveries SET state = 'queued', due_at = ended_at WHERE id IN "
            "(SELECT id FROM deliveries WHERE state = 'sent' LIMIT 7)"
        )
    snapshot = f"{home.audience():,}"
    said = home.run("release", "cancel", RELEASE, typed="n\n", code=1).err
    assert f"is paused: 7 of {snapshot} are still to be written to." in said
    assert home.standing()["release"]["state"] == "paused"
    assert "cancelled" in home.run("release", "cancel", RELEASE, typed="y\n").err


def test_pausing_what_is_only_approved_says_how_to_move_it_or_send_it_back(home: Home) -> None:
    home.approve()
    said = home.run("release", "pause", RELEASE, code=1).err
    moved, taken, back = re.findall(r"`communique ([^`]+)`", said)
    assert home.standing()["release"]["state"] == "approved"
    home.run(*shlex.split(moved.replace("HOUR", "'in 3 days'")))
    assert home.standing()["release"]["schedule"]
    home.run(*shlex.split(taken))
    assert not home.standing()["release"]["schedule"]
    back = back.replace("PARTY", "massbio").replace("NAME", "'Harriet Penwarden'")
    home.run(*shlex.split(back))
    assert home.standing()["release"]["state"] == "draft"


def test_a_draft_says_that_it_is_not_submitted(home: Home) -> None:
    assert re.search(
        "content +not submitted *$", home.run("release", "show", RELEASE).out, re.MULTILINE
    )


def test_an_approval_can_name_the_content_that_was_read(home: Home) -> None:
    said = home.run("release", "submit", RELEASE).err
    [content] = set(re.findall(r"--content ([0-9a-f]{64})`", said))
    speak = ("release", "approve", RELEASE, "--as", "massbio", "--by", "Harriet Penwarden")
    before = home.dump()
    home.run(*speak, "--content", content[:12], code=1)
    assert home.dump() == before
    told = home.run(*speak, "--content", content).err
    assert "approved for massbio in the name of Harriet Penwarden, by the operator at this" in told


def test_the_last_yes_after_the_hour_says_that_a_new_one_is_needed(home: Home) -> None:
    home.run("release", "submit", RELEASE)
    home.run("release", "schedule", RELEASE, "--at", "in 1 hour")
    with contextlib.closing(sqlite3.connect(home.database)) as connection, connection:
        connection.execute("UPDATE releases SET send_at = '2019' || substr(send_at, 5)")
    home.run("release", "approve", RELEASE, "--as", "massbio", "--by", "Harriet Penwarden")
    words = ("release", "approve", RELEASE, "--as", "bioquebec", "--by", "Solange Marchessault")
    said = home.run(*words).err
    assert "its hour has passed" in said
    assert "goes at" not in said
    assert pasted(home, said) == 1
    assert home.standing()["release"]["state"] == "approved"


def test_steps_back_say_what_they_did_and_delete_nothing_unasked(home: Home) -> None:
    home.run("release", "submit", RELEASE)
    speak = (RELEASE, "--as", "massbio", "--by", "Harriet Penwarden")
    home.run("release", "approve", *speak)
    told = home.run("release", "withdraw", *speak, "--json").json()
    assert not wrong_with("release_withdraw", told)
    assert told["missing"] == ["bioquebec", "massbio"]
    assert "withdrawn" in home.run("release", "show", RELEASE).out
    home.run("release", "schedule", RELEASE, "--at", "2090-06-03 9h", "--yes")
    told = home.run("release", "unschedule", RELEASE, "--json").json()
    assert not wrong_with("release_unschedule", told)
    assert told["release"]["schedule"] is None
    assert "has no hour" in home.run("release", "unschedule", RELEASE, code=1).err

    told = home.run("release", "copy", RELEASE, "releases/again", "--json").json()
    assert not wrong_with("release_copy", told)
    assert told["release"]["state"] == "draft"
    said = home.run("release", "copy", RELEASE, "releases/again", code=1).err
    assert "there is a release “again” already" in said
    assert "unchanged" in home.run("release", "import", "releases/again").err

    assert "Delete “again”" in home.run("release", "delete", "again", typed="n\n", code=1).err
    home.run("release", "show", "again")
    told = home.run("release", "delete", "again", "--yes", "--json").json()
    assert not wrong_with("release_delete", told)
    home.run("release", "show", "again", code=1)
    assert "filed" in home.run("release", "import", "releases/again").err, "its folder stays"
    assert "was submitted" in home.run("release", "delete", RELEASE, "--yes", code=1).err


def test_whoever_approves_sees_the_embargo_and_when_it_would_hold_nothing_back(home: Home) -> None:
    until = ("--public-from", "2090-06-04 9:00")
    refused = home.run("release", "embargo", RELEASE, "--until", "2090-06-04 9:00", code=1).err
    assert f"release schedule {RELEASE} --at HOUR --public-from HOUR" in refused
    home.run("release", "schedule", RELEASE, "--at", "2090-06-03 9:00", *until, "--yes")
    before = "before 2090-06-04 09:00"
    assert before in home.run("release", "submit", RELEASE).err
    speak = ("release", "approve", RELEASE, "--as", "massbio", "--by", "Harriet Penwarden")
    assert before in home.run(*speak).err
    shown = home.run("release", "show", RELEASE).out
    assert re.search(r"^embargo until +2090-06-04 09:00", shown, re.MULTILINE)
    assert re.search(r"schedule .*under embargo until 2090-06-04 09:00", shown)
    # Whoever moves the hour past it is told at once, and so is whoever looks later.
    moved = home.run("release", "schedule", RELEASE, "--at", "2090-06-05 9:00", "--yes").err
    over = "its embargo is over, at 2090-06-04 09:00"
    assert over in moved
    assert before not in moved
    assert over in home.run("release", "show", RELEASE).err


def test_a_file_that_says_nothing_of_an_embargo_takes_none_away_and_says_so(home: Home) -> None:
    until = ("--public-from", "2090-06-04 9:00")
    folder = home.folder / "releases" / RELEASE
    assert "embargo" not in home.run("release", "import", folder).err
    home.run("release", "schedule", RELEASE, "--at", "2090-06-03 9:00", *until, "--yes")
    said = home.run("release", "import", folder).err
    assert "says nothing of this embargo" in said
    [command] = re.findall(r"`communique ([^`]+)`", said)
    home.run(*shlex.split(command.replace("HOUR", "'2090-06-03 9:00'")), "--yes")
    shown = home.run("release", "show", RELEASE).out
    assert not re.search("^embargo until", shown, re.MULTILINE)
    assert "under no embargo any more" in shown
