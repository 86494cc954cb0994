"""What the command line prints passes one filter, whoever wrote it (P10)."""

from __future__ import annotations

import io
import json
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from communique.cli import ending, show, taking_in
from communique.errors import Invalid, Problems


def test_of_ten_thousand_columns_that_are_not_used_the_first_are_named() -> None:
    names = [f"c{number}" for number in range(10_000)]
    assert taking_in._some(names) == f"{', '.join(names[:20])}, … (10000 in all)"
    assert taking_in._some(names[:20]) == ", ".join(names[:20])


FORGED = [
    "x\n2027-06-03 09:00:00 EDT  approve → approved",
    "x\r\ny",
    "x\x1b[2Ky",
    "x\x9b31my",
    "x\u202ey",
    "x\u2028y",
    "x\x85y",
    "x\u2066y",
]


@pytest.fixture
def printed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[[], str]:
    """What stood on both streams, as on a terminal that is as wide as it takes."""
    streams = {name: io.StringIO() for name in ("out", "err")}
    for name, stream in streams.items():
        console = getattr(show, name)
        # Not `file`: what that answers now would be given back to stay, and is closed by then.
        monkeypatch.setattr(console, "_file", stream)
        monkeypatch.setattr(console, "_width", 400)
    return lambda: "".join([*(one.getvalue() for one in streams.values()), *capsys.readouterr()])


def complain(text: str) -> None:
    one = Invalid("web_address_invalid", text=text, file=text)
    ending._complain(Problems([one, one]))


SAYING: dict[str, Callable[[str], object]] = {
    "said": show.said,
    "warned": lambda text: show.warned([text]),
    "wrote": lambda text: show.wrote(Path(text)),
    "an error": complain,
    "a table": lambda text: show.table(["a", "address"], [(text, text)]),
    "whatever else": lambda text: show.out.print(text.replace("\n", " "), markup=False),
}


@pytest.mark.parametrize("forged", FORGED)
@pytest.mark.parametrize("saying", SAYING)
def test_nobodys_words_begin_a_line_or_reach_the_terminal(
    printed: Callable[[], str], saying: str, forged: str
) -> None:
    SAYING[saying](forged)
    told = printed()
    assert told.replace("\n", "").isprintable()
    assert not any(line.startswith("2027-") for line in told.splitlines())


@pytest.mark.parametrize("forged", FORGED)
def test_json_on_a_terminal_is_as_harmless_and_the_same_to_a_program(forged: str) -> None:
    text = show.in_json({"comment": forged + "\U000e0041"}, indent=2)
    assert text.replace("\n", "").isprintable()
    assert json.loads(text) == {"comment": forged + "\U000e0041"}


def test_a_preview_is_for_its_writer_alone_whatever_was_there(tmp_path: Path) -> None:
    there = tmp_path / "preview.html"
    there.touch(mode=0o644)
    for path in (there, tmp_path / "new.html"):
        show.keep(path, b"<p>")
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert path.read_bytes() == b"<p>"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("in_review", "in review"),
        ("gave_up: expired", "gave up: expired"),
        ("gave_up: no_edition", "gave up: no edition"),
        ("gave_up: 451 4.3.0 mail_queue_full", "gave up: 451 4.3.0 mail_queue_full"),
        ("user_unknown here", "user_unknown here"),
    ],
)
def test_a_code_is_worded_and_what_a_relay_said_is_shown_as_it_is(text: str, said: str) -> None:
    assert show.worded(text) == said
