"""What is frozen has a format: an upgrade voids no approval and misreads no old release.

`frozen/` holds what version 205e8f3 froze, and messages that it made of it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.contract.desks import HARFANG, MASSIF, SPRING

from communique.domain import content as reading
from communique.domain import formats
from communique.domain.association import (
    Association,
    Brand,
    ListDefinition,
    Person,
    PressContact,
    Sender,
)
from communique.domain.content import FORMAT, Content, Variant, differences, freeze
from communique.domain.mail import MessageIdentity, Recipient
from communique.domain.release import Audience, Edition, Filter, Release
from communique.errors import ContentChanged, ContentUnreadable, NotFound
from communique.messages import Press

OLD = Path(__file__).parent / "frozen"
HOSTS = (HARFANG, MASSIF)
TEMPLATES = {"_base/body.txt": "a", "announcement/body.txt": "b"}
# As 205e8f3 hashed what it froze.
BARE = "08946f4c53bbbf8863c9c5ae4d95da6d89784e2a968370ae782f9a87a9896f35"
HASHES = {
    "memorandum": "e763cc2429c58ffeaca820563299e69489cfed952d712828f01e80e178b0727f",
    "spring": "6e3689fd579b3e87de2d3b5dfe989986a327b786826ab0861b021539cc763006",
}

NOEMIE = Recipient(
    "noemie@biologiques.example",
    "Noémie",
    "L’Écuyer",
    "fr",
    "Directrice",
    "Biologiques & Fils",
    "Thérapeutique",
    "QC",
    "company",
    "members",
)
READERS = {
    "noemie": NOEMIE,
    "nobody": NOEMIE._replace(
        given_name="", family_name="", role="", member="", sector="", territory=""
    ),
    "long": NOEMIE._replace(
        given_name="שירה " * 8,
        family_name="🧬" * 40,
        member="Institut " * 20,
        role=".x" * 120,
        territory="Massachusetts",
        address="x@bücher.example",
        list_key="partners",
    ),
}
MARKS = MessageIdentity(
    "abc234@avis.example", "https://desk.example/u/7.9.k1.mfrggzdfmztwq2lk", "b.1@desk.example"
)
DATE = datetime(2019, 5, 30, 13, tzinfo=UTC)


def old(name: str) -> Content:
    """What 205e8f3 froze."""
    return Content((OLD / f"{name}.json").read_text(encoding="utf-8"))


def rewritten(content: Content, **changed: Any) -> Content:
    return Content(json.dumps({**json.loads(content.document), **changed}))


def test_format_0_has_the_hash_that_205e8f3_gave_it() -> None:
    assert freeze(SPRING, HOSTS, TEMPLATES, number=0).hash == BARE
    assert {name: old(name).hash for name in HASHES} == HASHES


@pytest.mark.parametrize("name", HASHES)
def test_what_205e8f3_froze_is_read_and_freezes_to_the_same_document_again(name: str) -> None:
    content = old(name)
    assert content.format == 0
    one = content.read()
    release = Release(
        one.key,
        one.kind,
        one.parties[::-1],
        one.editions[::-1],
        one.audiences[::-1],
        one.link,
        one.agreement,
    )
    assert freeze(release, one.associations[::-1], one.templates, number=0) == content


@pytest.mark.parametrize("message", sorted(OLD.glob("*.eml")), ids=lambda path: path.stem)
def test_what_older_versions_froze_is_sent_to_the_byte_as_they_sent_it(message: Path) -> None:
    """205e8f3 had format 0; `awkward` is of 29668ff, format 1, and has all that format 2 mends."""
    name, host, language, who = message.stem.split("-")
    for content in (old(name), rewritten(old(name), format=1)):
        composer = Press(Path("/nowhere")).composer(Variant(content.read(), host, language, DATE))
        reader = READERS[who]._replace(language=language)
        assert composer.compose(reader, MARKS) == message.read_bytes()


def test_what_is_frozen_now_says_in_which_format() -> None:
    content = freeze(SPRING, HOSTS, TEMPLATES)
    assert json.loads(content.document)["format"] == content.format == FORMAT
    assert content.hash != BARE


@pytest.mark.parametrize("number", formats.WRITERS)
def test_what_is_frozen_in_any_format_is_read_as_it_was(number: int) -> None:
    release = replace(
        SPRING,
        audiences=(
            Audience("harfang", ("members",), Filter(("therapeutics",), ("QC",), ("company",))),
        ),
        agreement="pact",
    )
    content = freeze(release, HOSTS, TEMPLATES, number=number)
    assert content.format == number
    one = content.read()
    assert (one.key, one.kind, one.link) == ("spring", "announcement", SPRING.link)
    assert (one.parties, one.agreement) == (("harfang", "massif"), "pact")
    assert one.editions == (SPRING.editions[1], SPRING.editions[0])
    assert one.audiences == release.audiences
    assert one.templates == TEMPLATES
    assert one.associations == tuple(replace(each, people=()) for each in HOSTS)
    assert one.association("massif").names == {"en": "Massif"}
    assert one.edition("de") is None
    with pytest.raises(NotFound, match="without the association “nordet”"):
        one.association("nordet")


@pytest.mark.parametrize("number", [FORMAT + 1, -1, "1", True, None, 1.0])
def test_a_format_that_is_not_known_is_refused_in_words(number: object) -> None:
    content = rewritten(old("spring"), format=number)
    with pytest.raises(
        ContentUnreadable, match=f"this version of Communiqué reads up to {FORMAT}"
    ) as raised:
        content.read()
    assert f"in format {number!r}" in str(raised.value)
    assert isinstance(raised.value, ContentChanged)  # whoever sends it stops for either
    with pytest.raises(ContentUnreadable):
        _ = content.format


@pytest.mark.parametrize("number", formats.READERS)
@pytest.mark.parametrize(
    "changed",
    [
        {"boilerplate": "x"},
        {"kind": "sign_in"},  # a letter's purpose
        {"editions": [{"language": "fr"}]},
        {"audiences": [{"association": "a", "lists": [], "only": {"regions": []}}]},
        {"associations": [{"key": "a"}]},
        {"parties": None},
    ],
)
def test_what_does_not_read_as_its_format_is_refused_and_not_misread(
    number: int, changed: dict[str, Any]
) -> None:
    content = rewritten(freeze(SPRING, HOSTS, TEMPLATES, number=number), **changed)
    with pytest.raises(ContentUnreadable, match=f"does not read as format {number}"):
        content.read()


def test_a_release_is_frozen_with_all_that_it_says_and_older_formats_have_it_not() -> None:
    release = replace(
        SPRING,
        kind="journal-club",
        editions=tuple(replace(one, fields={"place": "Québec"}) for one in SPRING.editions),
        audiences=(
            Audience(
                "harfang",
                ("members",),
                Filter(languages=("fr",), since=date(2015, 1, 1)),
                without=("partners",),
            ),
        ),
        fields={"dated": "2019-06-03", "open": True},
        public_from=DATE,
    )
    press = PressContact("Aude", "aude@harfang.example")
    told = replace(
        HARFANG,
        about={"fr": "Qui nous sommes"},
        press_contact=press,
        lists=tuple(replace(one, press=True) for one in HARFANG.lists),
    )
    one = freeze(release, (told, MASSIF), TEMPLATES).read()
    assert one.kind == "journal-club"
    assert one.fields == {"dated": "2019-06-03", "open": True}
    assert [each.fields for each in one.editions] == [{"place": "Québec"}] * 2
    assert one.audiences == release.audiences
    assert one.associations[0] == replace(told, people=())
    assert one.public_from == DATE
    before = freeze(release, (told, MASSIF), TEMPLATES, number=3)
    assert "public_from" not in before.document
    assert before.read().fields == one.fields
    for number in (0, 1, 2):
        older = freeze(replace(release, kind="activity"), (told, MASSIF), TEMPLATES, number=number)
        bare = replace(SPRING, kind="activity", audiences=(Audience("harfang", ("members",)),))
        assert older == freeze(bare, HOSTS, TEMPLATES, number=number)


@pytest.mark.parametrize("number", [0, 1, 2])
@pytest.mark.parametrize(
    ("where", "key", "value"),
    [
        ((), "fields", {}),
        (("editions", 0), "fields", {}),
        (("audiences", 0), "without", []),
        (("audiences", 0, "only"), "languages", []),
        (("audiences", 0, "only"), "since", None),
        (("associations", 0), "about", {}),
        (("associations", 0, "lists", 0), "press", False),
        ((), "kind", "journal-club"),
    ],
)
def test_an_older_format_does_not_know_what_a_newer_one_says(
    number: int, where: tuple[str | int, ...], key: str, value: object
) -> None:
    document = json.loads(freeze(SPRING, HOSTS, TEMPLATES, number=number).document)
    within = document
    for step in where:
        within = within[step]
    within[key] = value
    with pytest.raises(ContentUnreadable):
        Content(json.dumps(document)).read()


def test_a_key_that_an_upgrade_adds_voids_no_approval(monkeypatch: pytest.MonkeyPatch) -> None:
    """The next version freezes more; what was submitted before it is compared as it was frozen."""
    submitted = freeze(SPRING, HOSTS, TEMPLATES)

    def as_next(
        release: Release, associations: Iterable[Association], templates: Mapping[str, str]
    ) -> dict[str, Any]:
        written = formats._as_3(release, associations, templates)
        return {**written, "format": FORMAT + 1, "dateline": "Québec"}

    monkeypatch.setattr(reading, "WRITERS", {**formats.WRITERS, FORMAT + 1: as_next})
    assert freeze(SPRING, HOSTS, TEMPLATES, number=FORMAT + 1).hash != submitted.hash
    assert freeze(SPRING, HOSTS, TEMPLATES, number=submitted.format) == submitted


def test_a_new_colleague_or_another_relay_is_no_content() -> None:
    moved = replace(HARFANG, people=(Person("New", "new@harfang.example"),), transport="other")
    assert freeze(SPRING, (moved, MASSIF), TEMPLATES) == freeze(SPRING, HOSTS, TEMPLATES)


def test_every_field_of_an_association_is_either_content_or_known_to_be_none() -> None:
    """A field added to one must be decided on: it belongs to no format that is there (P4)."""
    told = replace(HARFANG, press_contact=PressContact("Aude", "aude@harfang.example"))
    frozen = json.loads(freeze(SPRING, (told, MASSIF), TEMPLATES).document)
    declared = frozen["associations"][0]
    unseen = {"people", "transport", "columns", "audiences", "approvals"}  # no reader sees them
    for kind, written, apart in (
        (Association, declared, unseen),
        (Sender, declared["sender"], set()),
        (Brand, declared["brand"], set()),
        (ListDefinition, declared["lists"][0], set()),
        (Filter, frozen["audiences"][0]["only"], set()),
        (Audience, frozen["audiences"][0], {"use"}),  # the name of what is frozen itself
        (Edition, frozen["editions"][0], {"source", "first_line"}),
        (PressContact, declared["press_contact"], set()),
    ):
        assert is_dataclass(kind)
        assert {one.name for one in fields(kind)} == {*written} | apart


def test_what_differs_is_named_as_its_author_knows_it() -> None:
    before = freeze(SPRING, HOSTS, TEMPLATES).read()
    changed = replace(
        SPRING,
        key="other",
        kind="activity",
        parties=("massif",),
        link="",
        agreement="pact",
        editions=(replace(SPRING.editions[0], body="Non."), Edition("de", "", "", "")),
        audiences=SPRING.audiences[:1],
    )
    moved = replace(MASSIF, phone="")
    now = freeze(changed, (HARFANG, moved), {"_base/body.txt": "b", "new": ""}).read()
    assert differences(before, now) == [
        "agreement",
        "association massif",
        "audiences",
        "edition de",
        "edition en",
        "edition fr",
        "key",
        "kind",
        "link",
        "parties",
        "templates/_base/body.txt",
        "templates/announcement/body.txt",
        "templates/new",
    ]
    assert differences(before, before) == []
