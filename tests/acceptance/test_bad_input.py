"""Whatever is wrong, a person is told where and what to do, and nothing is left half done."""

from __future__ import annotations

import re
import shutil
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.acceptance.desks import RELEASE, Home, copy, free_port
from tests.json_shapes import wrong_with

Edit = tuple[str, str]  # what stands in a file, and what is written instead


@pytest.fixture
def unchanged(home: Home) -> Iterator[None]:
    """The database says the same before and after."""
    before = home.dump()
    yield
    assert home.dump() == before


def spoil(home: Home, path: str, *edits: Edit) -> None:
    file = home.folder / path
    text = file.read_text(encoding="utf-8")
    for old, new in edits:
        assert old in text
        text = text.replace(old, new, 1)
    file.write_text(text, encoding="utf-8")


def line_of(home: Home, path: str, part: str) -> int:
    lines = (home.folder / path).read_text(encoding="utf-8").splitlines()
    return next(number for number, line in enumerate(lines, 1) if part in line)


HOUSE = "subscribers/massbio/association.toml"
MEMORANDUM = f"releases/{RELEASE}"


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize(
    ("path", "edit", "at", "said"),
    [
        (HOUSE, ('web = "https', "web = https"), "web = ", "is not TOML"),
        (HOUSE, ("America/New_York", "America/New_Yrok"), "New_Yrok", "no time zone"),
        (HOUSE, ('jurisdiction = "US-MA"\n', ""), "# An", "`jurisdiction` is missing"),
        (HOUSE, ("[brand]", "colour = 3\n[brand]"), "colour", "colour"),
        ("subscribers/massbio/lists.toml", ('"membership"', '"friends"'), '"friends"', "basis"),
        ("subscribers/agreements.toml", ('"massbio"', '"massboi"'), "massboi", "massboi"),
    ],
)
def test_a_declaration_that_is_wrong_is_named_with_its_line(
    home: Home, path: str, edit: Edit, at: str, said: str
) -> None:
    # A second mistake, elsewhere, so that one that is wrong keeps no other from being told.
    spoil(home, "subscribers/bioquebec/association.toml", ("America/Toronto", "America/Tronto"))
    spoil(home, path, edit)
    done = home.run("sync", code=1)
    where = f"{path}:{line_of(home, path, at)}: "
    [complaint] = [one for one in done.err.splitlines() if f"/{where}" in one]
    assert said in complaint
    assert "America/Tronto" in done.err
    assert not done.out


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize(
    ("path", "edit", "at", "said"),
    [
        ("release.toml", ('link = "', "link = "), "link = ", "is not TOML"),
        (
            "release.toml",
            ('parties = ["bioquebec", "massbio"]', ""),
            "# What",
            "`parties` is missing",
        ),
        ("release.toml", ('kind = "announcement"', 'kind = "advert"'), "advert", "advert"),
        ("en.md", ('subject = "BIO', 'sujet = "BIO'), "sujet", "sujet"),
        ("fr.md", ("+++\n", ""), "subject", "front matter"),
    ],
)
def test_a_manuscript_that_is_wrong_is_named_with_its_line(
    home: Home, path: str, edit: Edit, at: str, said: str
) -> None:
    spoil(home, f"{MEMORANDUM}/{path}", edit)
    done = home.run("release", "import", MEMORANDUM, code=1)
    line = line_of(home, f"{MEMORANDUM}/{path}", at)
    assert f"{MEMORANDUM}/{path}:{line}: " in done.err
    assert said in done.err


@pytest.mark.parametrize(
    ("path", "edit", "at", "said"),
    [
        (f"{MEMORANDUM}/en.md", ("member.name|", "member.nmae|"), "nmae", "did you mean “name”"),
        (f"{MEMORANDUM}/fr.md", ("{% endif %}", ""), "{%", "endif"),
        ("templates/_base/body.html", ("texts.manage", "texts.manege"), "manege", "manage"),
        ("templates/announcement/body.txt", ("{% block", "{% blokc"), "blokc", "blokc"),
        ("templates/_base/texts.toml", ('joins = "', "joins = "), "joins = ", "TOML"),
    ],
)
def test_what_could_fail_at_sending_is_named_with_its_line_at_submission(
    home: Home, path: str, edit: Edit, at: str, said: str
) -> None:
    spoil(home, path, edit)
    home.run("release", "import", MEMORANDUM)
    before = home.dump()
    done = home.run("release", "submit", RELEASE, code=1)
    assert f"{path}:" in done.err
    if at != "{%":
        assert f"{path}:{line_of(home, path, at)}: " in done.err
    assert said in done.err
    [problem, *_] = _problems(home, "release", "submit", RELEASE)
    assert problem["file"].endswith(path)
    assert problem["line"]
    assert home.dump() == before


def _problems(home: Home, *words: str) -> list[dict[str, str]]:
    import json

    document = json.loads(home.run(*words, "--json", code=1).err)
    assert not wrong_with("error", document)
    found: list[dict[str, str]] = document["problems"]
    return found


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize("path", ["templates/_base/body.txt", "templates/announcement"])
def test_a_template_that_is_missing_is_named(home: Home, path: str) -> None:
    file = home.folder / path
    shutil.rmtree(file) if file.is_dir() else file.unlink()
    assert path in home.run("release", "submit", RELEASE, code=1).err


APPROVE = ("release", "approve", RELEASE)
IMPORT = ("subscribers", "import", "subscribers/massbio/members.csv")


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize(
    ("words", "said", "remedy"),
    [
        (("--at", "2020-02-03 09:00"), "is past", "hour to come"),
        (("--at", "2090-02-03 09:00", "--zone", "America/Montral"), "America/Montral", "Toronto"),
        (("--at", "next week"), "next week", "2027-06-03 09:00"),
        (("--at", "2090-02-30 09:00"), "2090-02-30", "2027-06-03 09:00"),
        (("--at", "in 2 days", "--deliver-by", "in 1 day"), "deliver-by", ""),
    ],
)
def test_an_hour_that_cannot_be_is_refused(
    home: Home, words: tuple[str, ...], said: str, remedy: str
) -> None:
    done = home.run("release", "schedule", RELEASE, *words, code=1)
    assert said in done.err
    assert remedy in done.err


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize(
    ("words", "said", "remedy"),
    [
        (("release", "show", "nothing"), "no release “nothing”", "release list"),
        (("release", "submit", "nothing"), "no release “nothing”", "release list"),
        (("release", "import", "releases/nothing"), "releases/nothing", ""),
        (("log", "--release", "nothing"), "no release “nothing”", "release list"),
        (("log", "--association", "nobody"), "bioquebec, massbio", "sync"),
        (("log", "--since", "yesterday"), "yesterday", "2027-06-03 09:00"),
        (("log", "show", "987654"), "987654", ""),
        (("associations", "nobody"), "bioquebec, massbio", "sync"),
        (("subscribers", "list", "-a", "nobody"), "bioquebec, massbio", "sync"),
        (("subscribers", "export", "-a", "massbio", "-l", "friends"), "friends", ""),
        ((*IMPORT, "-a", "massbio", "-l", "friends"), "members, partners-news", "lists.toml"),
        ((*IMPORT, "-a", "massbio"), "several lists", "--list"),
        ((*IMPORT, "-a", "nobody", "-l", "members"), "bioquebec, massbio", "sync"),
        ((*IMPORT, "-a", "massbio", "-l", "members", "-c", "address"), "address", "FIELD=HEADING"),
        (
            (*IMPORT, "-a", "massbio", "-l", "members", "--report", "nowhere/bad.csv"),
            "nowhere/bad.csv",
            "exists",
        ),
        (("subscribers", "export", "-a", "massbio", "-o", "nowhere/x.csv"), "nowhere", "exists"),
        (("release", "preview", RELEASE, "-a", "massbio", "-l", "de"), "in no “de”", "it sends en"),
        (("release", "preview", RELEASE, "-a", "massbio", "--to", "a@b.test"), "a@b.test", ""),
        (("release", "preview", RELEASE, "-a", "massbio", "-o", ".env/x"), ".env/x", "exists"),
        (
            (*APPROVE, "--as", "massbio", "--by", "Harriet Penwarden"),
            "draft",
            "it must be in review",
        ),
        (("release", "pause", RELEASE), "draft", "sending"),
        (("subscribers", "suppress", "nobody", "-a", "massbio", "--why", "x", "-y"), "@", ""),
    ],
    ids=lambda words: " ".join(words) if isinstance(words, tuple) else "",
)
def test_what_is_not_there_or_not_now_is_said_with_what_to_do(
    home: Home, words: tuple[str, ...], said: str, remedy: str
) -> None:
    done = home.run(*words, code=1)
    assert said in done.err
    assert remedy in done.err
    assert done.err.startswith(("error: ", "members.csv: "))


def test_only_who_may_approve_approves(home: Home) -> None:
    home.run("release", "submit", RELEASE)
    before = home.dump()
    for who in ("June Abernethy", "Solange Marchessault", "Nobody"):
        done = home.run(*APPROVE, "--as", "massbio", "--by", who, code=1)
        assert "Harriet Penwarden, Theo Okonjo-Reyes" in done.err
    assert "bioquebec, massbio" in home.run(*APPROVE, "--as", "cqib", "--by", "X", code=1).err
    assert home.dump() == before


def test_a_comma_changed_after_approval_voids_what_was_said_and_says_so(home: Home) -> None:
    home.approve()
    spoil(home, f"{MEMORANDUM}/en.md", (" in Philadelphia, during", " in Philadelphia during"))
    done = home.run("release", "import", MEMORANDUM)
    assert "draft" in done.err
    assert "no: void" in home.run("release", "show", RELEASE).out
    assert set(home.standing()["missing"]) == {"bioquebec", "massbio"}


def test_a_template_changed_after_approval_stops_the_release_and_says_why(home: Home) -> None:
    home.announce()
    spoil(home, "templates/_base/texts.toml", ('"Read more"', '"Read on"'))
    with home.start("serve") as service:
        standing = home.until(lambda now: now["release"]["state"] != "approved")
        assert service.terminate() == 0
    assert standing["release"]["state"] == "draft"
    [refused] = [one for one in standing["history"] if one["verb"] == "void"]
    assert "templates/_base/texts.toml" in refused["detail"]
    assert "approve it again" in refused["detail"]
    assert not home.mailbox()
    assert "texts.toml" in home.run("release", "show", RELEASE).out


def test_a_relay_that_is_not_there_is_nobodys_fault(home: Home) -> None:
    nowhere = Home(
        home.folder,
        home.environment
        | {
            "COMMUNIQUE_TRANSPORTS__DEFAULT__HOST": "127.0.0.1",
            "COMMUNIQUE_TRANSPORTS__DEFAULT__PORT": str(free_port()),
            "COMMUNIQUE_TRANSPORTS__DEFAULT__TLS": "none",
        },
    )
    done = nowhere.run("check", code=1)
    assert "✗   relay default" in done.out
    assert "refused the connection" in done.out
    nowhere.announce()
    with nowhere.start("serve") as service:
        nowhere.until(lambda now: now["summary"]["states"].get("deferred"))
        assert service.terminate() == 0
    waiting = nowhere.standing()
    states = waiting["summary"]["states"]
    assert waiting["release"]["state"] == "sending"
    assert set(states) <= {"queued", "deferred", "skipped"}
    assert sum(states.values()) == nowhere.audience()
    said = nowhere.run("status").err
    assert "queued" in said
    assert re.search(r"\d waits? after “.*refused the connection.*”; next try 20\d\d-", said)
    [under_way] = nowhere.run("status", "--json").json()
    assert under_way["waiting_for"]["count"] >= states["deferred"] > 0
    for one in nowhere.log("--state", "deferred"):
        assert "refused the connection" in one["reason"]
        [attempt] = nowhere.attempts(one["delivery_id"])[-1:]
        assert attempt["scope"] == "site"
    words = ("-a", "massbio", "--limit", "2000", "--json")
    people = nowhere.run("subscribers", "list", *words).json()["subscribers"]
    assert not any(one["suppressions"] for one in people)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("PORT", "high", "COMMUNIQUE_PORT"),
        ("PORT", "70000", "COMMUNIQUE_PORT"),
        ("LEASE", "a while", "COMMUNIQUE_LEASE"),
        ("TRANSPORTS__A__TLS", "maybe", "COMMUNIQUE_TRANSPORTS__A__TLS"),
        ("TRANSPORTS__A__PASSWORDS", "x", "COMMUNIQUE_TRANSPORTS__A__PASSWORDS"),
        ("TRANSPORTS__DEFAULT__USERNAME", "x", "password"),
        ("KEYS", "not a key", "COMMUNIQUE_KEYS"),
        ("DATABASE_URL", "nonsense", "COMMUNIQUE_DATABASE_URL"),
        ("DATABASE_URL", "mysql://x", "no driver"),
        ("DATABASE_URL", "postgresql+psycopg://x@127.0.0.1:1/x", "COMMUNIQUE_DATABASE_URL"),
        ("DATA", "/dev/null", "/dev/null"),
    ],
)
def test_a_setting_that_is_wrong_is_named(home: Home, name: str, value: str, said: str) -> None:
    wrong = Home(home.folder, home.environment | {f"COMMUNIQUE_{name}": value})
    for command in (("status",), ("sync",)):
        done = wrong.run(*command, code=4 if name in ("DATABASE_URL", "DATA") else 1)
        assert said in done.err
        assert "→" in done.err


def test_a_setting_that_is_wrong_is_not_repeated_for_it_may_be_a_secret(home: Home) -> None:
    wrong = {
        "COMMUNIQUE_KEYS": "hush",
        "COMMUNIQUE_DATABASE_URL": "hush",
        "COMMUNIQUE_TRANSPORTS__A__PORT": "hush",
    }
    for name, value in wrong.items():
        one = Home(home.folder, home.environment | {name: value})
        assert "hush" not in one.run("status", code=4 if name.endswith("URL") else 1).err


def read_only(home: Home) -> str:
    """Not by permissions: tests may run as root, whom they do not stop."""
    return f"file:{home.database}?mode=ro&uri=true"


def a_folder(home: Home) -> str:
    (home.folder / "folder").mkdir()
    return str(home.folder / "folder")


def something_else(home: Home) -> str:
    return str(home.folder / "subscribers/massbio/members.csv")


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize(
    ("database", "said"),
    [(read_only, "readonly"), (a_folder, "unable to open"), (something_else, "not a database")],
)
def test_a_database_that_cannot_be_used_is_named_and_nothing_starts(
    home: Home, database: Callable[[Home], str], said: str
) -> None:
    url = f"sqlite+aiosqlite:///{database(home)}"
    broken = Home(home.folder, home.environment | {"COMMUNIQUE_DATABASE_URL": url})
    for command in (
        ("sync",),
        ("subscribers", "suppress", "a@b.test", "-a", "massbio", "--why", "x", "-y", "--anyway"),
        ("release", "schedule", RELEASE, "--at", "in 3 days"),
    ):
        done = broken.run(*command, code=4)
        assert said in done.err
        assert "→" in done.err
    checked = broken.run("check", code=1)
    assert "✗   database" in checked.out
    assert "mailbox" not in checked.err
    with broken.start("serve") as service:
        assert service.wait() == 4
        assert said in service.said
        assert "Traceback" not in service.said
        assert "ready" not in service.said


def test_a_port_that_is_taken_is_named_and_nothing_starts(home: Home) -> None:
    for name in ("PORT", "MAILBOX_PORT"):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            second = Home(home.folder, home.environment | {f"COMMUNIQUE_{name}": str(port)})
            with second.start("serve") as service:
                assert service.wait() == 4
                assert f"127.0.0.1:{port}" in service.said
                assert f"COMMUNIQUE_{name}" in service.said
                assert "Traceback" not in service.said
                assert "ready;" not in service.said


@pytest.mark.parametrize(
    ("url", "both"),
    [("http://127.0.0.1:{}", True), ("https://news.communique.example", False)],
    ids=["the port in links", "a proxy's"],
)
def test_a_port_that_is_taken_names_what_must_change_with_it(
    home: Home, url: str, both: bool
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        more = {"COMMUNIQUE_PORT": str(port), "COMMUNIQUE_PUBLIC_URL": url.format(port)}
        said = Home(home.folder, home.environment | more).run("serve", code=4).err
    assert "set COMMUNIQUE_PORT" in said
    assert ("COMMUNIQUE_PUBLIC_URL" in said) is both


def test_a_second_service_at_the_same_desk_is_turned_away(home: Home) -> None:
    with home.start("serve") as first:
        first.until_said("ready;")
        with home.start("serve") as second:
            assert second.wait() == 4
            assert "another service works here" in second.said
            assert "COMMUNIQUE_HOME" in second.said
        assert first.terminate() == 0


def test_a_second_service_is_told_of_the_first_and_not_of_the_port_that_it_took(
    home: Home,
) -> None:
    usual = Home(home.folder, home.environment | {"COMMUNIQUE_PORT": str(free_port())})
    with usual.start("serve") as first:
        first.until_said("ready;")
        with usual.start("serve") as second:
            assert second.wait() == 4
            assert "another service works here: process " in second.said
            assert "cannot listen" not in second.said
        assert first.terminate() == 0


def test_a_folder_that_has_a_desk_is_not_overwritten(home: Home, tmp_path: Path) -> None:
    spoil(home, "templates/_base/texts.toml", ('"Read more"', '"Ours"'))
    done = home.run("init", home.folder, code=1)
    assert "templates" in done.err
    assert "choose another folder" in done.err
    assert '"Ours"' in (home.folder / "templates/_base/texts.toml").read_text(encoding="utf-8")


def test_a_signing_key_that_is_lost_is_asked_for_and_never_replaced(
    delivered: Path, tmp_path: Path
) -> None:
    home = copy(delivered, tmp_path / "desk")
    keys = home.folder / "var" / "keys"
    kept = keys.rename(tmp_path / "keys")
    for words in (("status",), ("sync",), ("log",)):
        said = home.run(*words, code=1).err
        assert f"{keys}: the signing key is not here" in said
        assert "→ put it back from your copy" in said
    with home.start("serve") as service:
        assert service.wait() == 1
        assert "the signing key is not here" in service.said
        assert "Traceback" not in service.said
    assert not keys.exists()
    kept.rename(keys)
    home.run("status")


def test_a_signing_key_that_no_mail_was_signed_with_is_made_anew(home: Home) -> None:
    keys = home.folder / "var" / "keys"
    keys.unlink()
    home.run("status")
    assert keys.exists()
