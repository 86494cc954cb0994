"""What `release` says of a release before it goes: whom to, and what stands in its way."""

from __future__ import annotations

import re

from tests.acceptance.desks import RELEASE, Home

TOML = f"releases/{RELEASE}/release.toml"
SPEAK = ("--as", "massbio", "--by", "Harriet Penwarden")


def edit(home: Home, path: str, old: str, new: str) -> None:
    file = home.folder / path
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_whom_a_release_would_go_to_is_said_at_every_step(home: Home) -> None:
    massbio, quebec = (
        home.run("subscribers", "list", "-a", one, "--limit", "1", "--json").json()["total"]
        for one in ("massbio", "bioquebec")
    )
    edit(
        home, TOML, '# only.territories = ["Boston", "Cambridge"]', 'only.territories = ["Boston"]'
    )
    home.run("release", "import", f"releases/{RELEASE}")
    shown = [
        home.run("release", "submit", RELEASE).err,
        home.run("release", "approve", RELEASE, *SPEAK).err,
        home.run("release", "schedule", RELEASE, "--at", "2027-06-03 09:00").err,
        home.run("release", "show", RELEASE).out,
    ]
    (one,) = [
        one
        for one in home.run("release", "show", RELEASE, "--json").json()["forecast"]
        if one["association"] == "massbio"
    ]
    assert one["goes"] + sum(one["left_out"].values()) == massbio
    assert one["left_out"]["filtered"] > one["goes"] > 0
    for said in shown:
        assert f"of {quebec:,} at bioquebec" in said
        told = f"goes to {one['goes']:,} of {massbio:,} at massbio, into the built-in mailbox"
        assert f"{told}; left out: " in said
        assert f"{one['left_out']['filtered']:,} filtered" in said


def test_a_territory_that_no_member_has_is_warned_of_wherever_it_could_be_noticed(
    home: Home,
) -> None:
    edit(home, TOML, '# only.territories = ["Boston", "Cambridge"]', 'only.territories = ["Bston"]')
    home.run("release", "import", f"releases/{RELEASE}")
    for words in (
        ("submit", RELEASE),
        ("approve", RELEASE, *SPEAK),
        ("schedule", RELEASE, "--at", "2027-06-03 09:00"),
        ("show", RELEASE),
    ):
        said = home.run("release", *words).err
        assert "warning: no member of massbio has the territory “Bston”" in said
        assert "warning: nobody at massbio would be written to" in said
    forecast = home.run("release", "schedule", RELEASE, "--at", "in 1 hour", "--json").json()
    assert [bool(one["warnings"]) for one in forecast["forecast"]] == [False, True]


TEXTS = "templates/_base/texts.toml"


def test_what_is_no_longer_what_was_approved_is_shown_before_its_hour(home: Home) -> None:
    home.approve()
    assert "warning" not in home.run("release", "show", RELEASE).err
    edit(home, TEXTS, '"Read more"', '"Read on"')
    shown = home.run("release", "show", RELEASE)
    [row] = [line for line in shown.out.splitlines() if line.startswith("changed since")]
    assert row.split() == ["changed", "since", TEXTS]
    for said in (
        shown.err,
        home.run("release", "list").err,
        home.run("release", "schedule", RELEASE, "--at", "2027-06-03 09:00").err,
    ):
        assert f"no longer what was submitted, so it will not be sent: {TEXTS} changed" in said
    assert home.standing()["changed"] == [TEXTS]
    assert home.run("release", "list", "--json").json()[0]["changed"] == [TEXTS]
    edit(home, TEXTS, '"Read on"', '"Read more"')
    assert home.standing()["changed"] == []


def test_the_remedy_for_what_changed_works(home: Home) -> None:
    home.approve()
    edit(home, TEXTS, '"Read more"', '"Read on"')
    home.run("release", "reject", RELEASE, *SPEAK)
    home.approve()
    assert home.standing()["release"]["state"] == "approved"
    assert home.standing()["changed"] == []


def test_a_template_that_is_gone_is_named_and_does_not_keep_a_release_from_being_shown(
    home: Home,
) -> None:
    home.approve()
    (home.folder / "templates/announcement/body.txt").unlink()
    assert "announcement/body.txt" in home.run("release", "show", RELEASE).err


def test_a_sync_names_the_approved_releases_that_it_voids(home: Home) -> None:
    home.approve()
    edit(home, "subscribers/massbio/association.toml", 'wordmark = "', 'wordmark = "The ')
    assert "no longer" not in home.run("sync", "--dry-run").err
    said = home.run("sync").err
    assert f"“{RELEASE}” is no longer what was submitted" in said
    assert "association massbio changed" in said
    assert "no longer" not in home.run("sync").err


def approvals(home: Home) -> list[str]:
    """The last words of each line of approvals in `release show`."""
    shown = home.run("release", "show", RELEASE).out
    return re.findall(r" approved +[\d-]+ [\d:]+ \S+ +(.+?) *$", shown, re.MULTILINE)


def test_words_said_before_the_last_submission_are_shown_as_void(home: Home) -> None:
    home.approve()
    assert approvals(home) == ["yes", "yes"]
    for old, new in (("fall.", "fall!"), ("fall!", "fall.")):
        edit(home, f"releases/{RELEASE}/en.md", old, new)
        home.run("release", "import", f"releases/{RELEASE}")
    home.run("release", "submit", RELEASE)
    assert approvals(home) == ["no: void", "no: void"]
    assert "still to approve: bioquebec, massbio" in home.run("release", "show", RELEASE).out
    home.run("release", "approve", RELEASE, *SPEAK)
    assert approvals(home) == ["no: void", "no: void", "yes"]


def test_nobody_has_still_to_approve_a_draft(home: Home) -> None:
    home.approve()
    home.run("release", "reject", RELEASE, *SPEAK)
    assert "still to approve" not in home.run("release", "show", RELEASE).out
    assert approvals(home) == ["no: void", "no: void"]


def test_an_import_that_voids_approvals_says_how_many(home: Home) -> None:
    home.run("release", "submit", RELEASE)
    home.run("release", "approve", RELEASE, *SPEAK)
    edit(home, f"releases/{RELEASE}/en.md", "fall.", "fall!")
    said = home.run("release", "import", f"releases/{RELEASE}").err
    assert f"edited: “{RELEASE}” is draft; 1 approval is void" in said
    assert "(1 approval is void)" in home.run("release", "show", RELEASE).out
    assert "void" not in home.run("release", "import", f"releases/{RELEASE}").err
    home.approve()
    edit(home, f"releases/{RELEASE}/en.md", "fall!", "fall.")
    said = home.run("release", "import", f"releases/{RELEASE}").err
    assert "2 approvals are void" in said
