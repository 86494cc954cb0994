"""Opening a session against a relay that misbehaves: docs/mail.md §6, up to AUTH.

The promise of every row here: the outcome is the site's, so nobody is blamed (P7), nothing was
handed over, so nobody is lost and there is no copy (P2, P3).
"""

from __future__ import annotations

import asyncio
import base64
import socket
import ssl
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests import smtpd
from tests.smtpd import Authority, Server

from communique.domain.mail import Message
from communique.domain.outcome import Accepted, Answer, Deferred, NotTried, Refused, Scope
from communique.settings import Tls, TransportSettings
from communique.smtp.pool import Pool
from communique.smtp.relay import Relay, Timeouts
from communique.wiring import desks

MAIL = Message(
    "news+1@bioquebec.example", "member@massbio.example", b"Subject: hi\r\n\r\nHello\r\n"
)
PATIENT = Timeouts(*[20.0] * 7)


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


def relay(server: Server, **fields: Any) -> Relay:
    base = Relay(port=server.port, tls="none", timeouts=PATIENT)
    return replace(base, **fields)


async def attempt(relay: Relay) -> Answer:
    async with Pool(relay) as pool:
        return await pool.send(MAIL)


def is_the_sites(outcome: Answer, says: str) -> None:
    assert isinstance(outcome, Deferred | Refused)
    assert outcome.scope is Scope.SITE
    assert says in outcome.reason


async def test_a_relay_that_is_down_is_site_trouble() -> None:
    outcome = await attempt(Relay(port=smtpd.unused_port(), tls="none"))
    is_the_sites(outcome, "the relay refused the connection while connecting")


async def test_a_name_that_resolves_to_nothing_is_site_trouble() -> None:
    for host in ("nowhere.invalid", "a" * 70 + ".example", ""):
        outcome = await attempt(Relay(host=host, tls="none", port=smtpd.unused_port()))
        is_the_sites(outcome, "while connecting")


async def test_a_black_hole_is_given_up_on_in_time() -> None:
    async with smtpd.black_hole() as port:
        limits = replace(PATIENT, connect=0.1)
        outcome = await attempt(Relay(port=port, tls="none", timeouts=limits))
    is_the_sites(outcome, "no answer in time while connecting")


@pytest.fixture
def resolving(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Have every name resolve to these ports of loopback, in this order."""

    def to(*ports: int) -> None:
        async def getaddrinfo(*_: object, **__: object) -> list[object]:
            tcp = (socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "")
            return [(*tcp, ("127.0.0.1", port)) for port in ports]

        monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", getaddrinfo)

    return to


async def test_a_dead_address_does_not_keep_from_the_relays_others(
    resolving: Callable[..., None],
) -> None:
    """IPv6 is often resolved and not routed: whoever waits for it in vain still reaches IPv4."""
    async with smtpd.black_hole() as dead, Server(smtpd.polite) as server:
        resolving(dead, dead, server.port)
        limits = replace(PATIENT, connect=2.0)
        outcome = await attempt(relay(server, host="relay.example", timeouts=limits))
    assert isinstance(outcome, Accepted)
    assert server.connections == 1


async def test_an_address_that_refuses_hands_over_to_the_next_at_once(
    resolving: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("communique.smtp.opening.HEAD_START", 60.0)
    async with Server(smtpd.polite) as server:
        resolving(smtpd.unused_port(), server.port)
        assert isinstance(await attempt(relay(server, host="relay.example")), Accepted)
        resolving(server.port, smtpd.unused_port())
        assert isinstance(await attempt(relay(server, host="relay.example")), Accepted)
    assert server.connections == 2


async def test_of_two_addresses_that_answer_at_the_same_moment_one_is_left_alone(
    resolving: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    loop, connected, both = asyncio.get_running_loop(), list[socket.socket](), asyncio.Event()
    connect = loop.sock_connect

    async def together(sock: socket.socket, address: tuple[str, int]) -> None:
        await connect(sock, address)
        connected.append(sock)
        if len(connected) == 2:
            both.set()
        await both.wait()

    monkeypatch.setattr(loop, "sock_connect", together)
    monkeypatch.setattr("communique.smtp.opening.HEAD_START", 0.0)
    async with Server(smtpd.polite) as server:
        resolving(server.port, server.port)
        assert isinstance(await attempt(relay(server, host="relay.example")), Accepted)
    assert len(server.arrived) == 1
    assert [sock.fileno() for sock in connected] == [-1, -1]


async def test_addresses_that_are_all_dead_are_given_up_on_together(
    resolving: Callable[..., None],
) -> None:
    async with smtpd.black_hole() as dead:
        resolving(dead, dead, smtpd.unused_port())
        limits = replace(PATIENT, connect=1.0)
        outcome = await attempt(Relay(host="relay.example", tls="none", timeouts=limits))
    is_the_sites(outcome, "no answer in time while connecting")
    resolving(smtpd.unused_port(), smtpd.unused_port())
    outcome = await attempt(Relay(host="relay.example", tls="none", timeouts=PATIENT))
    is_the_sites(outcome, "the relay refused the connection while connecting")


async def test_a_relay_that_never_greets_is_given_up_on_in_time() -> None:
    async with Server(smtpd.no_banner) as server:
        outcome = await attempt(relay(server, timeouts=replace(PATIENT, greeting=0.1)))
    is_the_sites(outcome, "no answer in time before the greeting")


@pytest.mark.parametrize(
    ("behaviour", "kind", "says"),
    [
        (smtpd.banner("421 4.3.2 Too busy"), Deferred, "421 4.3.2 Too busy (before the greeting)"),
        (smtpd.banner("554 5.7.1 Go away"), Refused, "554 5.7.1 Go away (before the greeting)"),
        (smtpd.banner("220-a\n554 b"), Refused, "554"),
        (smtpd.banner("what?"), Deferred, "unreadable reply"),
        (smtpd.closing, Deferred, "closed the connection before the greeting"),
        (smtpd.endless_reply(10_000_000), Deferred, "unreadable reply"),
        (smtpd.dribbling(0.01), Deferred, "before the greeting"),
        (smtpd.answering(EHLO=smtpd.saying_then_closing("421 4.3.2 Bye")), Deferred, "at EHLO"),
        (smtpd.answering(EHLO="550 5.7.1 Who?", HELO="550 5.7.1 Who?"), Refused, "at EHLO"),
        (smtpd.answering(EHLO=smtpd.closing), Deferred, "closed the connection at EHLO"),
        (smtpd.answering(EHLO=smtpd.endless_reply(10_000_000)), Deferred, "at EHLO"),
    ],
)
async def test_no_greeting_or_hello_that_goes_wrong_blames_a_recipient(
    behaviour: smtpd.Behaviour, kind: type, says: str
) -> None:
    async with Server(behaviour) as server:
        outcome = await attempt(relay(server, timeouts=replace(PATIENT, greeting=0.5)))
    assert isinstance(outcome, kind)
    is_the_sites(outcome, says)
    assert server.arrived == []


LATIN = "421 4.3.2 Trop occupé".encode("latin-1")


@pytest.mark.parametrize(
    "behaviour",
    [
        smtpd.saying_then_closing(LATIN),
        smtpd.answering(EHLO=smtpd.raw(LATIN)),
        smtpd.answering(AUTH=smtpd.raw(LATIN)),
    ],
    ids=["greeting", "EHLO", "AUTH"],
)
async def test_a_reply_that_is_not_utf8_opens_no_session_and_is_kept_in_a_readable_form(
    behaviour: smtpd.Behaviour,
) -> None:
    """Neither database takes what is no text, and with it no other result of the same batch."""
    async with Server(behaviour, extensions=("AUTH PLAIN",)) as server:
        outcome = await attempt(relay(server, username="desk", password="secret"))
    is_the_sites(outcome, r"421 4.3.2 Trop occup\xe9 (")


async def test_a_relay_that_knows_no_ehlo_is_spoken_to_with_helo() -> None:
    async with Server(smtpd.answering(EHLO="502 5.5.1 Unknown command")) as server:
        outcome = await attempt(relay(server))
    assert isinstance(outcome, Accepted)
    assert server.commands[:3] == [
        "EHLO [127.0.0.1]",
        "HELO [127.0.0.1]",
        f"MAIL FROM:<{MAIL.sender}>",
    ]


@pytest.mark.parametrize(
    ("public_url", "given", "said"),
    [
        ("https://communiques.avis.example:8443/news", None, "communiques.avis.example"),
        ("https://www.québec.example", None, "www.xn--qubec-csa.example"),
        ("https://communiques.avis.example", "out.avis.example", "out.avis.example"),
        ("https://communiques.avis.example", "[192.0.2.7]", "[192.0.2.7]"),
        ("http://127.0.0.1:8025", None, "[127.0.0.1]"),
        ("http://localhost:8025", None, "[127.0.0.1]"),
        ("http://[::1]:8025", None, "[127.0.0.1]"),
    ],
)
async def test_the_relay_is_told_the_name_of_the_public_pages_or_the_one_that_was_set(
    public_url: str, given: str | None, said: str
) -> None:
    async with Server(smtpd.polite) as server:
        settings = TransportSettings(host="127.0.0.1", port=server.port, tls=Tls.NONE, ehlo=given)
        ours = desks.relay("default", settings, ehlo=desks.ehlo_name(public_url))
        assert isinstance(await attempt(ours), Accepted)
    assert server.commands[0] == f"EHLO {said}"


@pytest.mark.parametrize("mode", ["starttls", "implicit"])
async def test_mail_goes_through_tls_with_a_checked_certificate(
    authority: Authority, mode: str
) -> None:
    tls = authority.server()
    async with (
        Server(smtpd.polite, tls=tls, implicit=mode == "implicit") as server,
        Pool(relay(server, tls=mode, ca_file=authority.file)) as pool,
    ):
        outcomes = [await pool.send(MAIL) for _ in range(3)]
    assert all(isinstance(outcome, Accepted) for outcome in outcomes)
    assert [one.content for one in server.arrived] == [MAIL.content] * 3
    assert server.connections == 1


async def test_nothing_is_sent_in_plain_text_where_starttls_was_stripped() -> None:
    async with Server(smtpd.polite) as server:
        outcome = await attempt(relay(server, tls="starttls", username="u", password="secret"))
    is_the_sites(outcome, "does not offer STARTTLS")
    assert server.commands == ["EHLO [127.0.0.1]"]


@pytest.mark.parametrize("mode", ["starttls", "implicit"])
@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda own: own.server("other.example"), "certificate is not valid"),
        (lambda own: own.server(not_after=datetime.now(UTC) - timedelta(days=1)), "has expired"),
        (lambda own: Authority(own.folder).server(), "certificate is not valid"),
    ],
    ids=["another host's", "expired", "of an unknown authority"],
)
async def test_a_bad_certificate_ends_the_session(
    authority: Authority, mode: str, make: Callable[[Authority], ssl.SSLContext], says: str
) -> None:
    trusted = authority.file
    context = make(authority)
    trusted.unlink()
    authority.ca.cert_pem.write_to_path(trusted)
    async with Server(smtpd.polite, tls=context, implicit=mode == "implicit") as server:
        outcome = await attempt(relay(server, tls=mode, ca_file=trusted))
    is_the_sites(outcome, says)
    assert not any(line.startswith("MAIL") for line in server.commands)


async def test_plain_text_injected_before_tls_is_discarded(authority: Authority) -> None:
    """RFC 3207 §6: the extensions come from the EHLO inside TLS; SIZE 1 would refuse the mail."""
    async with Server(smtpd.plaintext_before_tls, tls=authority.server()) as server:
        outcome = await attempt(relay(server, tls="starttls", ca_file=authority.file))
    assert isinstance(outcome, Accepted)
    assert [one.content for one in server.arrived] == [MAIL.content]


async def test_starttls_that_is_refused_is_site_trouble(authority: Authority) -> None:
    behaviour = smtpd.answering(STARTTLS=smtpd.saying_then_closing("454 4.7.0 TLS not available"))
    async with Server(behaviour, tls=authority.server()) as server:
        outcome = await attempt(relay(server, tls="starttls", ca_file=authority.file))
    is_the_sites(outcome, "454 4.7.0 TLS not available (at STARTTLS)")


async def test_a_certificate_file_that_is_missing_is_site_trouble(tmp_path: Path) -> None:
    async with Server(smtpd.polite) as server:
        outcome = await attempt(relay(server, tls="starttls", ca_file=tmp_path / "none.pem"))
    is_the_sites(outcome, "No such file")
    assert server.connections == 0


async def test_the_relay_can_ask_for_a_client_certificate(
    authority: Authority, tmp_path: Path
) -> None:
    tls = authority.server()
    tls.verify_mode = ssl.CERT_REQUIRED
    authority.ca.configure_trust(tls)
    own = authority.ca.issue_cert("desk.example")
    own.private_key_pem.write_to_path(tmp_path / "key.pem")
    own.cert_chain_pems[0].write_to_path(tmp_path / "certificate.pem")
    async with Server(smtpd.polite, tls=tls, implicit=True) as server:
        with_it = relay(
            server,
            tls="implicit",
            ca_file=authority.file,
            client_certificate=tmp_path / "certificate.pem",
            client_key=tmp_path / "key.pem",
        )
        assert isinstance(await attempt(with_it), Accepted)
        without = replace(with_it, client_certificate=None, client_key=None)
        is_the_sites(await attempt(without), "")


@pytest.mark.parametrize(
    ("answer", "kind"),
    [("535 5.7.8 Bad credentials", Refused), ("454 4.7.0 Try later", Deferred)],
)
async def test_a_refused_login_rests_the_transport_and_is_tried_once(
    answer: str, kind: type
) -> None:
    async with (
        Server(smtpd.answering(AUTH=answer), extensions=("AUTH PLAIN LOGIN",)) as server,
        Pool(relay(server, username="desk", password="wrong")) as pool,
    ):
        first = await pool.send(MAIL)
        second = await pool.send(MAIL)
    assert isinstance(first, kind)
    is_the_sites(first, f"{answer} (at AUTH)")
    assert isinstance(second, NotTried)
    assert second.retry_after
    assert "the transport rests" in second.reason
    assert [line[:4] for line in server.commands] == ["EHLO", "AUTH"]


async def test_a_login_precedes_the_mail() -> None:
    async with Server(smtpd.polite, extensions=("AUTH PLAIN LOGIN", "PIPELINING")) as server:
        outcome = await attempt(relay(server, username="desk", password="secret"))
    assert isinstance(outcome, Accepted)
    assert server.commands[1] == "AUTH PLAIN AGRlc2sAc2VjcmV0"


async def test_a_login_that_the_relay_does_not_offer_is_site_trouble() -> None:
    async with Server(smtpd.polite) as server:
        outcome = await attempt(relay(server, username="desk", password="secret"))
    is_the_sites(outcome, "no way to log in")


async def test_the_password_is_in_no_outcome_and_no_representation() -> None:
    async with Server(smtpd.answering(AUTH="535 No"), extensions=("AUTH PLAIN",)) as server:
        settings = relay(server, username="desk", password="s3cret")
        outcome = await attempt(settings)
    assert "s3cret" not in repr(settings) + repr(outcome)


@pytest.mark.parametrize("size", ["²", "9" * 6000, "-1", "many"])
async def test_a_size_that_is_no_number_says_nothing(size: str) -> None:
    async with Server(smtpd.polite, extensions=(f"SIZE {size}",)) as server:
        assert isinstance(await attempt(relay(server)), Accepted)


@pytest.mark.parametrize("how", ["as it is", "as it was sent"])
async def test_what_a_relay_repeats_of_the_password_is_not_told(how: str) -> None:
    sent = base64.b64encode(b"\0desk\0hush-hush").decode()
    answer = f"535 5.7.8 {'hush-hush' if how == 'as it is' else sent} is wrong"
    async with Server(smtpd.answering(AUTH=answer), extensions=("AUTH PLAIN",)) as server:
        known = relay(server, username="desk", password="hush-hush")
        outcome = await attempt(known)
        async with Pool(known) as pool:
            steps = await pool.check()
    is_the_sites(outcome, "••• is wrong")
    assert "•••" in steps[-1].detail
    for told in (repr(outcome), *(one.detail for one in steps)):
        assert "hush-hush" not in told
        assert sent not in told


async def test_check_tells_each_step_and_sends_nothing(authority: Authority) -> None:
    extensions = ("PIPELINING", "AUTH PLAIN")
    async with Server(smtpd.polite, tls=authority.server(), extensions=extensions) as server:
        checked = relay(
            server, tls="starttls", ca_file=authority.file, username="desk", password="secret"
        )
        steps = await Pool(checked).check()
    assert [(step.name, step.ok) for step in steps] == [
        ("connect", True),
        ("greeting", True),
        ("TLS", True),
        ("EHLO", True),
        ("AUTH", True),
    ]
    assert "PIPELINING" in steps[3].detail
    assert [line[:4] for line in server.commands] == ["EHLO", "STAR", "EHLO", "AUTH", "QUIT"]


async def test_check_tells_what_a_relay_says_so_that_a_terminal_can_show_it() -> None:
    async def latin(talk: smtpd.Talk) -> None:
        await talk.say("220-Bienvenue à vous\n220 \x1b[31mrelais".encode("latin-1"))
        await talk.hear()
        await talk.say("250-relais\n250 \x1b[0mété".encode("latin-1"))
        await talk.hear()

    async with Server(latin) as server:
        steps = await Pool(relay(server)).check()
    assert [step.detail for step in steps[1:]] == [
        r"Bienvenue \xe0 vous [31mrelais",
        r"[0M\xe9T\xe9",
    ]


async def test_check_says_which_step_failed() -> None:
    async with Server(smtpd.answering(AUTH="535 5.7.8 No"), extensions=("AUTH PLAIN",)) as server:
        steps = await Pool(relay(server, username="desk", password="no")).check()
    assert (steps[-1].name, steps[-1].ok) == ("AUTH", False)
    assert "535 5.7.8 No" in steps[-1].detail
