"""The templates and the release that are shipped: what members would receive."""

from __future__ import annotations

import re
import tomllib
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

import pytest

from communique.declared import manuscript
from communique.declared.associations import load
from communique.domain.association import Association
from communique.domain.consent import Basis
from communique.domain.content import Frozen, Variant, freeze
from communique.domain.mail import MessageIdentity, Recipient
from communique.errors import FileInvalid, Problems
from communique.messages.catalog import sample, templates
from communique.messages.checking import check
from communique.messages.mime import plain_text
from communique.messages.render import prepare

ROOT = Path(__file__).parents[2]
TEMPLATES = ROOT / "templates"
SHIPPED = ROOT / "releases" / "memorandum-2019"
DATE = datetime(2019, 5, 30, 13, tzinfo=UTC)
MARKS = MessageIdentity(
    message_id="abc@lists.example",
    unsubscribe_url="https://desk.example/u/1.2.abc",
    envelope_sender="bounce@desk.example",
)
BOTH = [(key, language) for key in ("bioquebec", "massbio") for language in ("fr", "en")]


def declared(key: str) -> Association:
    known = load(ROOT / "subscribers").associations
    return next(one for one in known if one.key == key)


class Shown(NamedTuple):
    """A message as its reader's program decodes it."""

    subject: str
    text: str
    html: str


def shown(content: Frozen, association: str, language: str, reader: Recipient) -> Shown:
    one = prepare(Variant(content, association, language, DATE)).render(reader, MARKS)
    return Shown(one.subject, plain_text(one.text), plain_text(one.html))


def shipped() -> Frozen:
    release = manuscript.read(SHIPPED, TEMPLATES)
    return freeze(
        release,
        [declared(key) for key in release.parties],
        templates(TEMPLATES, release.kind),
    ).read()


def rendered(association: str, language: str, territory: str = "Boston") -> Shown:
    reader = sample(TEMPLATES, "announcement", language)._replace(territory=territory)
    return shown(shipped(), association, language, reader)


class Outline(HTMLParser):
    """What a browser that shows no images and a screen reader would find."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def test_the_shipped_release_can_be_sent_without_a_warning() -> None:
    assert check(shipped(), manuscript.read(SHIPPED, TEMPLATES).editions) == ()


@pytest.mark.parametrize(("association", "language"), BOTH)
def test_the_footer_says_what_the_law_asks_in_both_forms(association: str, language: str) -> None:
    message = rendered(association, language)
    definition = declared(association)
    partner = {"bioquebec": "MassBio", "massbio": "BIOQuébec"}[association]
    reader = sample(TEMPLATES, "announcement", language)
    for form in (message.text, message.html):
        words = re.sub(r"<[^>]*>", "", form).replace("\n", " ")
        for wanted in (
            definition.postal_address,
            definition.phone,
            definition.contact,
            definition.names[language],
            partner,
            reader.address,
            reader.member,
            {"fr": "Avis aux membres", "en": "Member notices"}[language],
        ):
            assert wanted in words
        assert MARKS.unsubscribe_url in form
        assert definition.web in form


@pytest.mark.parametrize(("association", "language"), BOTH)
def test_the_html_is_built_as_mail_clients_and_people_need(association: str, language: str) -> None:
    html = rendered(association, language).html
    outline = Outline(html)
    assert outline.all("html")[0]["lang"] == language
    assert all(table["role"] == "presentation" for table in outline.all("table"))
    assert len(outline.all("h1")) == 1
    assert not outline.all("img")
    assert not outline.all("script")
    assert not outline.all("link")
    assert "prefers-color-scheme: dark" in html
    assert {one.get("name"): one.get("content") for one in outline.all("meta")}[
        "color-scheme"
    ] == "light dark"
    links = [one["href"] for one in outline.all("a")]
    assert links[0] == MARKS.unsubscribe_url  # near the top, and again in the footer
    assert links[-1] == MARKS.unsubscribe_url
    assert "https://www.bioquebec.example/memorandum-2019" in links
    sizes = [int(size) for size in re.findall(r"font-size: (\d+)px", html)]
    assert {size for size in sizes if size < 14} == {1}  # the preheader's, which is hidden
    assert len(html.encode()) < 20_000


@pytest.mark.parametrize(("association", "language"), BOTH)
def test_each_association_writes_under_its_own_brand(association: str, language: str) -> None:
    html = rendered(association, language).html
    other = {"bioquebec": "massbio", "massbio": "bioquebec"}[association]
    assert declared(association).brand.primary in html
    assert declared(other).brand.primary not in html


@pytest.mark.parametrize(
    ("association", "territory", "wanted", "unwanted"),
    [
        ("bioquebec", "Laval", "Vous passez par Boston", "Vous y travaillez"),
        ("bioquebec", "Massachusetts", "MassBio aimerait faire", "Vous montez au Québec"),
        ("massbio", "Woburn", "Vous montez au Québec", "Vous passez par Boston"),
        ("massbio", "Boston", "près de chez vous", "Vous y travaillez"),
        ("massbio", "Québec", "BIOQuébec aimerait faire", "près de chez vous"),
    ],
)
def test_a_reader_gets_the_sections_of_their_association_and_territory(
    association: str, territory: str, wanted: str, unwanted: str
) -> None:
    message = rendered(association, "fr", territory)
    for form in (message.text, message.html):
        assert wanted in form
        assert unwanted not in form


@pytest.mark.parametrize(("association", "language"), BOTH)
def test_the_plain_text_reads_well(association: str, language: str) -> None:
    text = rendered(association, language).text
    assert "\n\n\n" not in text
    assert not re.search(r"[<{*]|%}|&\w+;", text)
    assert all(len(line) <= 90 for line in text.splitlines() if "https://" not in line)
    assert text.endswith("\n")


def test_french_typography_holds_its_spaces() -> None:
    french = rendered("bioquebec", "fr").text
    assert not re.search(r" [:»]|« |'", french)
    assert not re.search(r"\s[;?!]", french), "in Québec no space goes before these"
    assert "?" in french
    assert "1\u202f100" in french


def test_a_reader_without_a_name_or_member_is_greeted_all_the_same() -> None:
    named = sample(TEMPLATES, "announcement", "fr")
    reader = named._replace(given_name="", family_name="", member="")
    text = shown(shipped(), "bioquebec", "fr", reader).text
    assert "Bonjour,\n" in text
    assert "car vous figurez sur la liste" in re.sub(r"\s+", " ", text)


def test_the_footer_is_true_of_members_present_and_past_and_elides_before_no_name() -> None:
    words = {
        language: re.sub(r"\s+", " ", rendered("bioquebec", language).text)
        for language in ("fr", "en")
    }
    assert "en est ou en a été membre et vous figurez sur la liste" in words["fr"]
    assert re.search(r"is or was a member of .* and you are on the list", words["en"])
    french = tomllib.loads((TEMPLATES / "_base" / "texts.toml").read_text(encoding="utf-8"))["fr"]
    assert not re.search(r"\b(de|que|et de) ['\"]?[,)]? ?(\{\{|'name')", " ".join(french.values()))
    written = (SHIPPED / "fr.md").read_text(encoding="utf-8")
    assert not re.search(r"\b(de|que) \{\{", written)


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("basis", [Basis.EXPRESS, Basis.BUSINESS, Basis.INQUIRY])
def test_the_footer_gives_the_reason_that_the_page_to_unsubscribe_gives(
    language: str, basis: Basis
) -> None:
    pages = files("communique.web") / "pages" / f"{language}.toml"
    said = tomllib.loads(pages.read_text("utf-8"))["because"][basis.value]
    reason = re.split("car |because ", said)[1].rstrip(".")
    content = shipped()
    host = content.association("bioquebec")
    lists = tuple(replace(one, basis=basis) for one in host.lists)
    others = (one for one in content.associations if one.key != host.key)
    content = replace(content, associations=(replace(host, lists=lists), *others))
    reader = sample(TEMPLATES, "announcement", language)
    text = re.sub(r"\s+", " ", shown(content, "bioquebec", language, reader).text)
    # The page has named the association already, and so says “it”.
    told = [one.strip() for one in re.split(r"\bits?\b", reason)]
    assert all(part in text for part in told)
    assert reader.member not in text.partition(told[0])[2]


@pytest.mark.parametrize(
    ("language", "kicker", "on_behalf"),
    [
        ("fr", "BIOQuébec, Génome et MassBio", "pour Génome et MassBio."),
        ("en", "BIOQuébec, Génome and MassBio", "on behalf of Génome and MassBio."),
    ],
)
def test_three_parties_are_named_as_people_write(
    language: str, kicker: str, on_behalf: str
) -> None:
    release = manuscript.read(SHIPPED, TEMPLATES)
    third = replace(declared("massbio"), key="genome", names={"fr": "Génome", "en": "Génome"})
    content = freeze(
        replace(release, parties=(*release.parties, "genome")),
        [*map(declared, release.parties), third],
        templates(TEMPLATES, release.kind),
    ).read()
    reader = sample(TEMPLATES, "announcement", language)
    text = shown(content, "bioquebec", language, reader).text
    words = re.sub(r"\s+", " ", text)
    assert words.count(kicker) == 2  # above the title, and in the first sentence
    assert on_behalf in words


def test_french_sentences_cannot_be_read_otherwise_than_they_are_meant() -> None:
    written = (SHIPPED / "fr.md").read_text(encoding="utf-8")
    assert "d’ici à" not in written
    assert "amène à" not in written
    assert "départ à" not in written
    for key in ("bioquebec", "massbio"):
        for one in declared(key).lists:
            assert "sur demande" not in one.purposes["fr"]


@pytest.mark.parametrize("key", ["bioquebec", "massbio"])
def test_brand_colours_can_be_read(key: str) -> None:
    brand = declared(key).brand
    assert contrast(brand.ink_on_primary, brand.primary) >= 4.5  # WCAG 2.2, 1.4.3


@pytest.mark.parametrize(
    ("ink", "ground"),
    [
        ("#1d2430", "#ffffff"),
        ("#566070", "#eef0f2"),
        ("#333c4a", "#ffffff"),
        ("#a9b3c1", "#12161c"),
        ("#e4e8ee", "#1c222b"),
        ("#ccd3dd", "#1c222b"),
    ],
)
def test_the_colours_of_text_can_be_read_in_light_and_dark(ink: str, ground: str) -> None:
    sheet = (TEMPLATES / "_base" / "style.css").read_text(encoding="utf-8")
    assert ink in sheet
    assert ground in sheet
    assert contrast(ink, ground) >= 4.5


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours (WCAG 2.2)."""

    def luminance(colour: str) -> float:
        channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        red, green, blue = (
            one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in channels
        )
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_a_template_that_is_missing_or_not_utf_8_is_named(tmp_path: Path) -> None:
    (tmp_path / "_base").mkdir()
    for part in ("subject.txt", "body.txt"):
        (tmp_path / "_base" / part).write_text("x", encoding="utf-8")
    (tmp_path / "_base" / "body.html").write_bytes(b"a\nb\xe9")
    (tmp_path / "announcement").mkdir()
    (tmp_path / "announcement" / "body.txt").write_text("x", encoding="utf-8")
    with pytest.raises(Problems) as caught:
        templates(tmp_path, "announcement")
    assert [str(one).replace(f"{tmp_path}/", "") for one in caught.value.problems] == [
        "_base/body.html:2: is not UTF-8 text — save it as UTF-8",
        "announcement/subject.txt: the template is missing",
        "announcement/body.html: the template is missing",
    ]
    with pytest.raises(Problems, match="activity"):
        templates(tmp_path, "activity")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (None, "missing"),
        ('{"fr": \n', "is not JSON"),
        ('{"fr": {"nom": "x"}}', "does not describe a reader"),
        ("{}", "does not describe a reader"),
        ("[]", "does not describe a reader"),
    ],
)
def test_a_sample_reader_that_cannot_be_read_is_named(
    tmp_path: Path, text: str | None, reason: str
) -> None:
    (tmp_path / "announcement").mkdir()
    if text is not None:
        (tmp_path / "announcement" / "sample.json").write_text(text, encoding="utf-8")
    with pytest.raises(FileInvalid, match=reason) as caught:
        sample(tmp_path, "announcement", "fr")
    assert "sample.json" in str(caught.value.file)
