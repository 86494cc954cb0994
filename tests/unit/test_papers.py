"""The papers and whatever cites them agree: each page, section, promise, trap and link is there.

Code cites a page by path and number (`docs/mail.md §2`, `docs/engines.md, trap 5`), a decision
by its path or number, a promise by its name (P3). A page cites another by a link to it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

HOUSE = Path(__file__).parents[2]
DOCS = HOUSE / "docs"
PAGES = [HOUSE / "README.md", HOUSE / "CHANGELOG.md", *sorted(DOCS.rglob("*.md"))]
CODE = [
    *(HOUSE / name for name in ("Makefile", "pyproject.toml", "docker-compose.yml", "Dockerfile")),
    *(
        module
        for folder in ("service", "tests", "bench", "tools")
        for module in sorted((HOUSE / folder).rglob("*.py"))
    ),
]

AND = r"(?:, | and |–)"  # of a range, only its ends are asked for
WHERE = rf"((?:,? §\d+(?:{AND}§\d+)*|,? traps? \d+(?:{AND}\d+)*)?)"
PAGE = re.compile(rf"\bdocs/([\w/-]+\.md)\b{WHERE}")
LINK = re.compile(rf"\]\((?!https?:)([^)#\s]*)#?([^)\s]*)\){WHERE}")
DECISION = re.compile(r"(?:\bdocs/decisions/|\bdecision )(\d{4})")
PROMISE = re.compile(r"\bP\d+\b")
# What it would be to cite a page that is not in docs/, or by a name that only its writers know.
ELSEWHERE = re.compile(r"\b(?!README|CHANGELOG)[A-Z]{2,}\.md\b|\b[A-Z]{2,} §\d")
# A citation may be broken between two lines of a comment or a docstring.
BREAK = re.compile(r"\s*\n[ \t]*(?:# ?)?")
FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


def name(path: Path) -> str:
    return path.relative_to(HOUSE).as_posix()


def in_one(text: str) -> str:
    return BREAK.sub(" ", text)


def places(page: str, where: str) -> Iterator[str]:
    """A page, and each place on it that a citation names after it."""
    yield page
    sign = "trap " if "trap" in where else "§"
    yield from (f"{page} {sign}{number}" for number in re.findall(r"\d+", where))


def cited(text: str) -> Iterator[str]:
    """What a piece of code or prose expects to find in the papers."""
    text = in_one(text)
    for page, where in PAGE.findall(text):
        yield from places(page, where)
    yield from (f"decision {number}" for number in DECISION.findall(text))
    yield from PROMISE.findall(text)


def linked(page: Path) -> Iterator[tuple[Path, str, str]]:
    """Every relative link: what it leads to, the heading it names, the places named behind it."""
    text = in_one(FENCED.sub("", page.read_text(encoding="utf-8")))
    for target, heading, where in LINK.findall(text):
        yield (page.parent / target).resolve() if target else page, heading, where


def headings(page: Path) -> set[str]:
    """The anchors of a page, as they are made from its headings."""
    lines = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", line.lower()).replace(" ", "-") for line in lines}


def sections(page: Path) -> dict[str, str]:
    """The text of each second heading of a page, by that heading."""
    _, *parts = re.split(r"^## ", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {heading: text for heading, _, text in (part.partition("\n") for part in parts)}


def written() -> Iterator[str]:
    """All that can be cited."""
    for page in DOCS.rglob("*.md"):
        yield (path := page.relative_to(DOCS).as_posix())
        for heading, text in sections(page).items():
            if number := re.match(r"(\d+)\. ", heading):
                yield f"{path} §{number[1]}"
            if heading.endswith("Traps"):
                traps = re.findall(r"^(\d+)\. ", text, re.MULTILINE)
                yield from (f"{path} trap {trap}" for trap in traps)
    yield from (promise.partition(".")[0] for promise in sections(DOCS / "promises.md"))
    yield from (f"decision {page.name[:4]}" for page in (DOCS / "decisions").glob("[0-9]*.md"))


WRITTEN = frozenset(written())


@pytest.mark.parametrize("source", [*CODE, *PAGES], ids=name)
def test_what_is_cited_is_written(source: Path) -> None:
    text = source.read_text(encoding="utf-8")
    assert set(cited(text)) <= WRITTEN
    assert not ELSEWHERE.findall(in_one(text))


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_a_link_leads_somewhere(page: Path) -> None:
    for target, heading, where in linked(page):
        assert target.exists(), target
        assert target.is_relative_to(HOUSE)
        assert not heading or heading in headings(target), f"{target.name}#{heading}"
        if where:
            assert set(places(target.relative_to(DOCS).as_posix(), where)) <= WRITTEN


def test_the_papers_list_every_page() -> None:
    for list_of in (DOCS / "README.md", DOCS / "decisions" / "README.md"):
        pages = {one.resolve() for one in list_of.parent.glob("*.md")}
        listed = {target for target, _, _ in linked(list_of)}
        assert pages - {list_of.resolve()} <= listed


def test_every_room_is_on_the_plan_of_the_house() -> None:
    package = HOUSE / "service" / "communique"
    plan = set(re.findall(r"`(\w+)/?`", sections(DOCS / "house.md")["1. Rooms"]))
    rooms = {
        one.stem
        for folder in (package, package / "desk")
        for one in folder.iterdir()
        if (one.suffix == ".py" or (one / "__init__.py").exists()) and not one.stem.startswith("__")
    }
    assert rooms <= plan


def test_every_promise_names_the_tests_that_hold_it() -> None:
    promises = {
        heading: text
        for heading, text in sections(DOCS / "promises.md").items()
        if PROMISE.match(heading)
    }
    numbers = [int(heading[1:].partition(".")[0]) for heading in promises]
    assert numbers == list(range(1, len(numbers) + 1))
    for heading, text in promises.items():
        assert re.search(r"\]\(\.\./tests/\w+/test_\w+\.py\)", text), heading


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("as docs/mail.md §2 and §3 have it", {"mail.md", "mail.md §2", "mail.md §3"}),
        (
            "# see docs/engines.md,\n    # trap 6: it comes last",
            {"engines.md", "engines.md trap 6"},
        ),
        (
            "docs/engines.md, traps 1 and 5",
            {"engines.md", "engines.md trap 1", "engines.md trap 5"},
        ),
        ("docs/settings.md is written from 1 class", {"settings.md"}),
        ("docs/decisions/0003, decision 0006", {"decision 0003", "decision 0006"}),
        ("nobody is lost (P1–P3)", {"P1", "P3"}),
    ],
)
def test_a_citation_is_read_as_it_is_meant(text: str, expected: set[str]) -> None:
    assert set(cited(text)) == expected
    assert expected <= WRITTEN


def test_what_is_not_there_is_found_missing() -> None:
    """Each is put together here: as a whole, it would be missing from this module."""
    page, promise, decision = "docs/{}.md §{}", "P{}", "decision {}"
    for missing in (
        page.format("nowhere", 1),
        page.format("mail", 7),
        promise.format(99),
        decision.format("9999"),
    ):
        assert not set(cited(missing)) <= WRITTEN
    for elsewhere in ("{}.md", "{} §4"):
        assert ELSEWHERE.search(elsewhere.format("BLUEPRINT"))
