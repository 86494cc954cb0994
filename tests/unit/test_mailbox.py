"""The built-in mailbox keeps what it is sent, to the byte, and nothing reaches beyond it."""

from __future__ import annotations

import asyncio
import socket
import threading
from pathlib import Path

import pytest
from tests.received import messages

from communique.domain.mail import Message
from communique.domain.outcome import Accepted, Deferred, Scope
from communique.errors import TransportUnavailable
from communique.smtp import mailbox as mailbox_module
from communique.smtp.mailbox import Mailbox
from communique.smtp.pool import Pool
from communique.smtp.relay import Relay

SENDER = "bounces+7@bioquebec.example"


def pool(mailbox: Mailbox) -> Pool:
    return Pool(Relay(port=mailbox.port, tls="none"))


def mail(number: int, body: bytes = b"Bonjour\r\n") -> Message:
    head = b"Subject: number %d\r\nMessage-ID: <%d@lists.bioquebec.example>\r\n\r\n"
    return Message(SENDER, f"m{number}@massbio.example", head % (number, number) + body)


async def test_what_is_sent_is_kept_to_the_byte_with_its_envelope(tmp_path: Path) -> None:
    body = b".dot\r\n..dots\r\n\r\n.\r\nend\r\n"
    async with Mailbox("127.0.0.1", 0, tmp_path) as mailbox, pool(mailbox) as transport:
        outcome = await transport.send(mail(1, body))
    (received,) = messages(tmp_path)
    assert received.sender == SENDER
    assert received.recipients == ("m1@massbio.example",)
    assert received.content == mail(1, body).content
    assert received.message["Subject"] == "number 1"
    assert received.path.parent == tmp_path / "new"
    assert isinstance(outcome, Accepted)
    assert outcome.reply.text == f"kept as {received.path.name}"


async def test_a_file_begins_as_a_delivery_agent_would_write_it(tmp_path: Path) -> None:
    async with Mailbox("127.0.0.1", 0, tmp_path) as mailbox, pool(mailbox) as transport:
        await transport.send(mail(1))
    (received,) = messages(tmp_path)
    assert received.path.read_bytes().startswith(
        b"Return-Path: <bounces+7@bioquebec.example>\r\n"
        b"Delivered-To: m1@massbio.example\r\n"
        b"Subject: number 1\r\n"
    )


async def test_messages_come_back_in_the_order_they_came(tmp_path: Path) -> None:
    async with Mailbox("127.0.0.1", 0, tmp_path) as mailbox, pool(mailbox) as transport:
        for number in range(20):
            await transport.send(mail(number))
    subjects = [received.message["Subject"] for received in messages(tmp_path)]
    assert subjects == [f"number {number}" for number in range(20)]


async def test_it_takes_a_whole_release_at_once(tmp_path: Path) -> None:
    body = (b"x" * 70 + b"\r\n") * 420
    async with Mailbox("127.0.0.1", 0, tmp_path) as mailbox, pool(mailbox) as transport:
        outcomes = await asyncio.gather(*(transport.send(mail(n, body)) for n in range(1400)))
    assert all(isinstance(outcome, Accepted) for outcome in outcomes)
    assert len(list(messages(tmp_path))) == 1400


async def test_it_offers_what_a_relay_would(tmp_path: Path) -> None:
    async with Mailbox("127.0.0.1", 0, tmp_path) as mailbox, pool(mailbox) as transport:
        steps = {step.name: step.detail for step in await transport.check()}
        accented = Message(SENDER, "hélène@massbio.example", b"Subject: a\r\n\r\n")
        assert isinstance(await transport.send(accented), Accepted)
    for extension in ("PIPELINING", "SIZE", "8BITMIME", "SMTPUTF8"):
        assert extension in steps["EHLO"]
    (received,) = messages(tmp_path)
    assert received.recipients == ("hélène@massbio.example",)


async def test_a_mailbox_that_cannot_write_says_so_and_loses_nobody(tmp_path: Path) -> None:
    async with Mailbox("127.0.0.1", 0, tmp_path) as mailbox, pool(mailbox) as transport:
        (tmp_path / "tmp").rmdir()
        outcome = await transport.send(mail(1))
    assert isinstance(outcome, Deferred)
    assert outcome.scope is Scope.SITE
    assert outcome.reply
    assert outcome.reply.text.startswith("cannot keep the message")
    assert list(messages(tmp_path)) == []


async def test_a_full_mailbox_says_so_until_somebody_makes_room(tmp_path: Path) -> None:
    body = b"x" * 600 + b"\r\n"
    async with (
        Mailbox("127.0.0.1", 0, tmp_path, quota=1000) as mailbox,
        pool(mailbox) as transport,
    ):
        assert isinstance(await transport.send(mail(1, body)), Accepted)
    (kept,) = messages(tmp_path)
    async with (
        Mailbox("127.0.0.1", 0, tmp_path, quota=1000) as mailbox,
        pool(mailbox) as transport,
    ):
        outcome = await transport.send(mail(2, body))
        assert isinstance(outcome, Deferred)
        assert outcome.reply
        assert "is full: delete what was read" in str(outcome.reply)
        kept.path.unlink()
    async with Mailbox("127.0.0.1", 0, tmp_path, 1000) as mailbox, pool(mailbox) as transport:
        assert isinstance(await transport.send(mail(2, body)), Accepted)


async def test_a_full_mailbox_is_looked_through_now_and_then_and_holds_up_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    measured: list[threading.Thread] = []
    measure = mailbox_module._octets_in

    def noted(folder: Path) -> int:
        measured.append(threading.current_thread())
        return measure(folder)

    monkeypatch.setattr(mailbox_module, "_octets_in", noted)
    time = 0.0
    body = b"x" * 600 + b"\r\n"
    async with (
        Mailbox("127.0.0.1", 0, tmp_path, 1000, now=lambda: time) as mailbox,
        pool(mailbox) as transport,
    ):
        assert isinstance(await transport.send(mail(1, body)), Accepted)
        talk = [f"MAIL FROM:<{SENDER}>", "RCPT TO:<a@massbio.example>", "DATA", "x" * 600, "."]
        for turn in range(1, 4):
            for _ in range(3):
                assert " 452 " in f" {await said(mailbox, *talk)} "
            assert len(measured) == turn
            time += mailbox_module.MEASURED
        [kept] = messages(tmp_path)
        kept.path.unlink()
        assert " 452 " not in f" {await said(mailbox, *talk)} "
    assert threading.main_thread() not in measured


async def said(mailbox: Mailbox, *lines: str) -> str:
    """All that it answers, without a pool that would come to rest."""
    reader, writer = await asyncio.open_connection("127.0.0.1", mailbox.port)
    answers = [await reader.readline()]
    for line in ("HELO me.example", *lines, "QUIT"):
        writer.write(f"{line}\r\n".encode())
        if line.startswith("x"):
            continue
        answers.append(await reader.readline())
    writer.close()
    return b" ".join(answers).decode()


async def test_what_it_keeps_is_for_its_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "mailbox"
    async with Mailbox("127.0.0.1", 0, folder) as mailbox, pool(mailbox) as transport:
        await transport.send(mail(1))
    (kept,) = messages(folder)
    assert all(one.stat().st_mode & 0o077 == 0 for one in (folder, kept.path.parent, kept.path))


async def test_it_holds_no_more_connections_than_a_pool_needs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("communique.smtp.mailbox.AT_ONCE", 1)
    async with Mailbox("127.0.0.1", 0, tmp_path) as mailbox:
        reader, writer = await asyncio.open_connection("127.0.0.1", mailbox.port)
        assert (await reader.readline()).startswith(b"220 ")
        other, turned_away = await asyncio.open_connection("127.0.0.1", mailbox.port)
        assert (await other.read()).startswith(b"421 ")
        for one in (writer, turned_away):
            one.close()


async def test_leaving_closes_connections_that_are_open(tmp_path: Path) -> None:
    async with Mailbox("127.0.0.1", 0, tmp_path) as mailbox:
        reader, writer = await asyncio.open_connection("127.0.0.1", mailbox.port)
        assert (await reader.readline()).startswith(b"220 ")
    assert await reader.read() == b""
    writer.close()


async def test_it_begins_again_on_a_folder_that_holds_messages(tmp_path: Path) -> None:
    for number in range(2):
        async with Mailbox("127.0.0.1", 0, tmp_path) as mailbox, pool(mailbox) as transport:
            await transport.send(mail(number))
    assert len(list(messages(tmp_path))) == 2


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "::", "mail.example"])
async def test_it_listens_on_loopback_only(tmp_path: Path, host: str) -> None:
    with pytest.raises(TransportUnavailable, match="cannot listen on"):
        async with Mailbox(host, 0, tmp_path):
            pass


async def test_a_port_in_use_is_told_with_its_remedy(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(TransportUnavailable, match=f"127.0.0.1:{port}") as error:
            async with Mailbox("127.0.0.1", port, tmp_path):
                pass
    assert error.value.remedy


async def test_an_empty_or_missing_folder_holds_no_messages(tmp_path: Path) -> None:
    assert list(messages(tmp_path / "none")) == []
