"""What members receive, parsed from the bytes that arrived: docs/mail.md §1, line by line."""

from __future__ import annotations

import csv
import io
import re
import shutil
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from email.headerregistry import AddressHeader, DateHeader
from email.message import EmailMessage
from functools import cached_property
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from tests.acceptance.desks import PUBLIC, RELEASE, Home, copy
from tests.received import Received

from communique.domain.address import in_its_script

ADDRESS = re.compile(r"[\w.+'-]+@[\w.-]+\w")
HOUSES = {
    "bioquebec": {
        "name": "BIOQuébec",
        "partner": "MassBio",
        "from": "communiques@bioquebec.example",
        "contact": "info@bioquebec.example",
        "press": "presse@bioquebec.example",
        "domain": "communiques.bioquebec.example",
        "web": "https://www.bioquebec.example",
        "postal": "1000, rue de l’Exemple, bureau 200, Montréal (Québec) H0H 0H0",
        "phone": "+1 514 555-0142",
    },
    "massbio": {
        "name": "MassBio",
        "partner": "BIOQuébec",
        "from": "news@massbio.example",
        "contact": "info@massbio.example",
        "press": "press@massbio.example",
        "domain": "news.massbio.example",
        "web": "https://www.massbio.example",
        "postal": "100 Example Street, Suite 400, Cambridge, MA 02100",
        "phone": "+1 617 555-0136",
    },
}
SUBJECTS = {
    "fr": "BIOQuébec et MassBio renouvellent leur entente pour trois ans",
    "en": "BIOQuébec and MassBio renew their agreement for three years",
}
LISTS = {"fr": "Avis aux membres", "en": "Member notices"}
BEHALF = {
    "fr": "{name} vous envoie ce message en son nom et pour {partner}.",
    "en": "{name} sends you this message on its own behalf and on behalf of {partner}.",
}
EVERYWHERE: set[str] = set()
EACH = [(house, language) for house in HOUSES for language in ("fr", "en")]


class Page(HTMLParser):
    """The links of a page and where they stand, the elements, and the text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag == "a":
            self.links.append(dict(attrs)["href"] or "")

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        """All its words, with plain blanks."""
        return " ".join("".join(self.words).split())


@dataclass
class Message:
    """One message that arrived, and to whom the log says that it went."""

    received: Received
    line: Any
    territory: str

    @cached_property
    def parsed(self) -> EmailMessage:
        """As any mail program would read it."""
        return self.received.message

    def body(self, subtype: str) -> str:
        """The text of one alternative."""
        part = self.parsed.get_body((subtype,))
        assert part is not None
        content: str = part.get_content()
        return content

    @cached_property
    def text(self) -> str:
        """The plain text, unwrapped."""
        return " ".join(self.body("plain").split())

    @property
    def leave(self) -> str:
        """The https URI of List-Unsubscribe."""
        [uri] = re.findall(r"<(https://[^>]+)>", str(self.parsed["List-Unsubscribe"]))
        assert isinstance(uri, str)
        return uri


@dataclass
class Sent:
    """A whole release that has been sent, and the service that still runs."""

    home: Home
    site: str
    messages: list[Message]

    def sample(self, house: str, language: str) -> Message:
        """The first message of an association in a language."""
        return next(
            one
            for one in self.messages
            if (one.line["association"], one.line["language"]) == (house, language)
        )


@pytest.fixture(scope="module")
def sent(delivered: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sent]:
    """The sample release as it arrived in the built-in mailbox."""
    home = copy(delivered, tmp_path_factory.mktemp("sent") / "desk")
    with home.start("serve") as service:
        [site] = re.findall(r"public pages: (\S+)", service.until_said("ready;"))
        lines = {one["address"]: one for one in home.log("--release", RELEASE)}
        territories = {
            row["Email"]: row["Territory"]
            for house in HOUSES
            for row in csv.DictReader(
                io.StringIO(home.run("subscribers", "export", "-a", house).out)
            )
        }
        messages = []
        for one in home.mailbox():
            [to] = one.recipients
            messages.append(Message(one, lines[to], territories[to]))
        yield Sent(home, site, messages)
        assert service.terminate() == 0


@pytest.mark.parametrize(("house", "language"), EACH)
def test_a_message_has_both_alternatives_in_order_in_the_readers_language(
    sent: Sent, house: str, language: str
) -> None:
    message = sent.sample(house, language).parsed
    assert message.get_content_type() == "multipart/alternative"
    assert message["MIME-Version"] == "1.0"
    parts = list(message.iter_parts())
    assert [one.get_content_type() for one in parts] == ["text/plain", "text/html"]
    for part in parts:
        assert part.get_content_charset() == "utf-8"
        assert part["Content-Transfer-Encoding"] == "quoted-printable"
        assert part["Content-Language"] == language
        assert not part.defects
    assert not message.defects
    page = Page(sent.sample(house, language).body("html"))
    assert page.elements[0] == ("html", page.elements[0][1])
    assert page.elements[0][1]["lang"] == language


@pytest.mark.parametrize(("house", "language"), EACH)
def test_its_headers_name_the_list_and_how_to_leave_it(
    sent: Sent, house: str, language: str
) -> None:
    one, own = sent.sample(house, language), HOUSES[house]
    message = one.parsed
    assert message["List-Id"] == f"{LISTS[language]} <members.{own['domain']}>"
    unsubscribe = str(message["List-Unsubscribe"])
    assert re.fullmatch(rf"<{PUBLIC}/u/[^>\s]+>,\s*<mailto:{own['contact']}\?[^>\s]+>", unsubscribe)
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message["List-Post"] == "NO"
    assert message["List-Help"] == f"<mailto:{own['contact']}?subject=help>"
    assert message["List-Owner"] == f"<mailto:{own['contact']}>"
    assert str(message["List-Archive"]).startswith("<https://")
    for name in ("Precedence", "Auto-Submitted"):
        assert message[name] is None
    assert one.line["address"] not in str(message["Feedback-ID"])
    once = [name.lower() for name in message]
    assert len(once) == len(set(once)), "no header stands twice"


@pytest.mark.parametrize(("house", "language"), EACH)
def test_its_headers_say_who_writes_to_whom(sent: Sent, house: str, language: str) -> None:
    one, own = sent.sample(house, language), HOUSES[house]
    sender, to, answers = (one.parsed[name] for name in ("From", "To", "Reply-To"))
    for header in (sender, to, answers):
        assert isinstance(header, AddressHeader)
    assert (sender.addresses[0].display_name, sender.addresses[0].addr_spec) == (
        own["name"],
        own["from"],
    )
    assert (to.addresses[0].display_name, to.addresses[0].addr_spec) == (
        one.line["name"],
        one.line["address"],
    )
    assert answers.addresses[0].addr_spec == own["contact"]
    assert one.parsed["Subject"] == SUBJECTS[language]
    assert isinstance(one.parsed["Date"], DateHeader)
    assert one.parsed["Date"] == sent.messages[-1].parsed["Date"], "fixed before the first attempt"
    assert one.received.sender.endswith(f"@{own['domain']}")
    assert len(one.received.sender.partition("@")[0]) <= 64


@pytest.mark.parametrize(("house", "language"), EACH)
def test_its_footer_says_who_sends_for_whom_and_how_to_reach_them(
    sent: Sent, house: str, language: str
) -> None:
    one, own = sent.sample(house, language), HOUSES[house]
    page = Page(one.body("html"))
    for text in (one.text, page.text):
        assert BEHALF[language].format(**own) in text
        for what in ("name", "postal", "phone", "contact"):
            assert own[what] in text
        assert one.line["member"] in text
    assert own["web"] in one.text


@pytest.mark.parametrize(("house", "language"), EACH)
def test_the_way_out_stands_near_the_top_and_in_the_footer(
    sent: Sent, house: str, language: str
) -> None:
    one = sent.sample(house, language)
    page = Page(one.body("html"))
    assert page.links[0] == page.links[-1] == one.leave
    assert page.links.count(one.leave) == 2
    assert one.body("plain").rstrip().endswith(one.leave)


@pytest.mark.parametrize(("house", "language"), EACH)
def test_nothing_in_it_reports_back_who_read_it(sent: Sent, house: str, language: str) -> None:
    one = sent.sample(house, language)
    page = Page(one.body("html"))
    fetching = {"img", "script", "link", "iframe", "video", "audio", "object", "embed", "form"}
    assert not fetching & {tag for tag, _ in page.elements}
    assert not any({"src", "background", "srcset"} & set(found) for _, found in page.elements)
    assert not re.search(r"@import|url\(", one.body("html"))
    for link in page.links:
        assert link == one.leave or one.line["address"] not in link
        assert re.match(
            r"https://www\.(bioquebec|massbio)\.example|mailto:(info|presse?)@|tel:\+1", link
        ) or (link == one.leave)


def test_everybody_gets_one_message_of_their_own(sent: Sent) -> None:
    assert len(sent.messages) > 1300
    identities = [str(one.parsed["Message-ID"]) for one in sent.messages]
    assert len(set(identities)) == len(identities)
    for one, identity in zip(sent.messages, identities, strict=True):
        domain = HOUSES[one.line["association"]]["domain"]
        assert re.fullmatch(rf"<[\w-]+@{re.escape(domain)}>", identity)
        assert f"\r\nContent-Language: {one.line['language']}\r\n".encode() in one.received.content
    assert len({one.leave for one in sent.messages}) == len(sent.messages)
    assert len({one.received.sender for one in sent.messages}) == len(sent.messages)


def test_every_line_is_short_ascii_and_ends_as_lines_do(sent: Sent) -> None:
    for one in sent.messages:
        content = one.received.content
        assert content.isascii()
        assert content.count(b"\n") == content.count(b"\r") == content.count(b"\r\n")
        head, _, body = content.partition(b"\r\n\r\n")
        assert max(map(len, body.split(b"\r\n"))) <= 76
        for line in head.split(b"\r\n"):
            assert len(line) <= 998
            assert len(line) <= 76 or b"=?" not in line


def test_no_message_names_anybody_but_its_reader_and_its_sender(sent: Sent) -> None:
    for one in sent.messages:
        own = HOUSES[one.line["association"]]
        local, _, domain = one.line["address"].rpartition("@")
        theirs = {one.line["address"], f"{local}@{in_its_script(domain)}"}
        press = {house["press"] for house in HOUSES.values()}
        known = {*theirs, own["contact"], own["from"], *press}
        for subtype in ("plain", "html"):
            assert set(ADDRESS.findall(unescape(one.body(subtype)))) <= known


@pytest.mark.parametrize(
    ("section", "due"),
    [
        ("Vous passez par Boston?", {"bioquebec": EVERYWHERE}),
        ("Passing through Boston?", {"bioquebec": EVERYWHERE}),
        ("Vous montez au Québec?", {"massbio": EVERYWHERE}),
        ("Heading up to Québec?", {"massbio": EVERYWHERE}),
        ("C’est près de chez vous", {"massbio": {"Boston", "Cambridge"}}),
        ("Visitors from Québec will arrive", {"massbio": {"Boston", "Cambridge"}}),
        ("Vous y travaillez déjà", {"bioquebec": {"Massachusetts"}, "massbio": {"Québec"}}),
        ("You already work there", {"bioquebec": {"Massachusetts"}, "massbio": {"Québec"}}),
    ],
)
def test_a_section_for_one_association_or_territory_stands_where_it_is_due_and_nowhere_else(
    sent: Sent, section: str, due: dict[str, set[str]]
) -> None:
    language = "fr" if section.split(maxsplit=1)[0] in ("Vous", "C’est") else "en"
    seen = set()
    for one in sent.messages:
        if one.line["language"] == language:
            territories = due.get(one.line["association"], set())
            expected = territories is EVERYWHERE or one.territory in territories
            assert (section in one.text) == expected, (one.line, one.territory)
            seen.add(expected)
    assert seen == {True, False}


def test_the_one_click_of_a_message_takes_its_reader_off_the_next_release(sent: Sent) -> None:
    one = sent.sample("massbio", "fr")
    address = one.line["address"]
    url = one.leave.replace(PUBLIC, sent.site)
    with urllib.request.urlopen(url) as page:
        assert page.status == 200
    assert not sent.home.log("--address", address, "--state", "skipped"), "looking changes nothing"
    form = b"List-Unsubscribe=One-Click"
    with urllib.request.urlopen(urllib.request.Request(url, form)) as answer:
        assert (answer.status, answer.url) == (200, url)
    with pytest.raises(urllib.error.HTTPError, match="404"):
        urllib.request.urlopen(urllib.request.Request(url[:-3] + "aaa", form))

    second = sent.home.folder / "releases" / "second"
    shutil.copytree(sent.home.folder / "releases" / RELEASE, second)
    sent.home.run("release", "import", "releases/second")
    sent.home.announce("second")
    sent.home.until_ended("second")
    [line] = sent.home.log("--release", "second", "--address", address)
    assert (line["state"], line["reason"], line["attempts"]) == ("skipped", "unsubscribed", 0)
    theirs = [one for one in sent.home.mailbox() if one.recipients == (address,)]
    assert len(theirs) == 1
    first, again = (sent.home.standing(key)["summary"]["states"] for key in (RELEASE, "second"))
    assert again["sent"] == first["sent"] - 1
