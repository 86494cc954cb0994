"""The service's own log: one line an event, that no reply and no address can forge."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator

import pytest

from communique import telemetry


def record(message: str, *, broken: bool = False, **extra: object) -> logging.LogRecord:
    made = logging.makeLogRecord(
        {"name": "communique.engine", "levelno": 30, "levelname": "WARNING", "created": 0.0}
    )
    made.msg = message
    vars(made).update(extra)
    if broken:
        try:
            raise ValueError("bad")
        except ValueError:
            made.exc_info = sys.exc_info()
    return made


def test_a_line_says_when_how_grave_where_what_and_of_which() -> None:
    line = telemetry.Lines().format(record("not picked up", release="spring"))
    assert line == "1970-01-01 00:00:00 warning communique.engine: not picked up release=spring"


@pytest.mark.parametrize("forgery", ["\n", "\r\n", "\x1b[2K", "\x85", "\u2028", "\x00", "\u202e"])
def test_nothing_said_by_others_begins_a_line_or_moves_the_cursor(forgery: str) -> None:
    text = telemetry.Lines().format(record(f"said{forgery}x", reply=f"550{forgery}y"))
    assert text.isprintable()
    assert "said" in text
    assert "y" in text
    as_json = telemetry.JsonLines().format(record(f"said{forgery}x", reply=f"550{forgery}y"))
    assert as_json.isprintable()
    assert json.loads(as_json)["reply"] == f"550{forgery}y"


def test_json_holds_the_same_and_a_traceback_in_one_object() -> None:
    entry = json.loads(telemetry.JsonLines().format(record("é", broken=True, release="spring")))
    assert entry["at"] == "1970-01-01T00:00:00+00:00"
    assert (entry["level"], entry["logger"]) == ("warning", "communique.engine")
    assert (entry["message"], entry["release"]) == ("é", "spring")
    assert "ValueError: bad" in entry["exception"]


def test_a_traceback_follows_its_line() -> None:
    first, *rest = telemetry.Lines().format(record("stopped", broken=True)).splitlines()
    assert first.endswith("stopped")
    assert rest[-1] == "  ValueError: bad"


def test_what_an_error_says_begins_no_line_of_the_log() -> None:
    try:
        raise ValueError("x\n2027-01-01 00:00:00 info communique: approved\x1b[2K\u202e")
    except ValueError:
        made = record("stopped")
        made.exc_info = sys.exc_info()
    first, *rest = telemetry.Lines().format(made).splitlines()
    assert first.endswith("stopped")
    assert all(line.startswith("  ") and line.isprintable() for line in rest)
    assert any("approved" in line for line in rest)


@pytest.fixture
def own_logging() -> Iterator[None]:
    """Put back what `configure` changes for the whole process."""
    root = logging.getLogger()
    before = root.handlers[:], root.level
    named = {name: logging.getLogger(name).level for name in ("apscheduler", "uvicorn.access")}
    yield
    for handler in root.handlers:
        if handler not in before[0]:
            handler.close()
    root.handlers[:] = before[0]
    root.setLevel(before[1])
    for name, level in named.items():
        logging.getLogger(name).setLevel(level)


@pytest.mark.usefixtures("own_logging")
def test_it_goes_to_standard_error_and_members_tokens_are_not_logged(
    capsys: pytest.CaptureFixture[str],
) -> None:
    telemetry.configure(json_lines=False)
    logging.getLogger("communique").info("begun")
    logging.getLogger("uvicorn.access").info("GET /u/harfang.members.1.a.seal")
    out, err = capsys.readouterr()
    assert out == ""
    assert "info communique: begun" in err
    assert "/u/" not in err


def stranger(message: str, *args: object, name: str = "uvicorn.error") -> logging.LogRecord:
    return logging.LogRecord(name, logging.WARNING, __file__, 1, message, args, None)


def test_what_strangers_can_cause_is_one_line_of_a_kind_a_minute_that_counts_the_rest() -> None:
    now = 0.0
    seldom = telemetry.Seldom(lambda: now)
    assert seldom.filter(stranger("Invalid HTTP request received."))
    assert not any(seldom.filter(stranger("Invalid HTTP request received.")) for _ in range(1100))
    assert seldom.filter(stranger("waited too long for %s", "a head")), "another kind is told"
    assert not seldom.filter(stranger("waited too long for %s", "a body")), "of whatever"
    now = 61.0
    told = stranger("Invalid HTTP request received.")
    assert seldom.filter(told)
    assert telemetry.Lines().format(told).endswith("not_shown_before=1100")


def test_a_flood_with_a_traceback_each_is_one_kind_and_no_flood_of_kinds_grows_in_memory() -> None:
    seldom = telemetry.Seldom(lambda: 0.0)
    full = "socket.accept() out of system resource\nsocket: <TransportSocket fd={}>"
    assert sum(seldom.filter(stranger(full.format(one), name="asyncio")) for one in range(99)) == 1
    for one in range(3 * seldom.KINDS):
        seldom.filter(stranger(f"kind {one}"))
    assert len(seldom._kinds) <= seldom.KINDS


def test_what_the_desk_itself_says_is_all_written() -> None:
    seldom = telemetry.Seldom(lambda: 0.0)
    said = [stranger("picked up", name="communique.desk.scheduling") for _ in range(3)]
    assert all(seldom.filter(one) for one in said)


def test_who_makes_one_thing_fail_hides_no_other_failure() -> None:
    seldom = telemetry.Seldom(lambda: 0.0)

    def failed(why: Exception) -> logging.LogRecord:
        record = stranger("a page of the desk failed", name="communique.web.desk.routing")
        try:
            raise why
        except Exception as error:
            record.exc_info = (type(error), error, error.__traceback__)
        return record

    def elsewhere() -> logging.LogRecord:
        record = stranger("a page of the desk failed", name="communique.web.desk.routing")
        try:
            int("x")
        except ValueError as error:
            record.exc_info = (ValueError, error, error.__traceback__)
        return record

    assert seldom.filter(failed(ValueError("a stranger's")))
    assert not seldom.filter(failed(ValueError("another")))
    assert seldom.filter(failed(KeyError("ours")))
    assert seldom.filter(elsewhere())
