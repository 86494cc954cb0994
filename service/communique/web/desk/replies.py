"""What became of a delivery, in a reader's words: its state, and why, as we know or were told it.

What a relay said is shown as it said it; what we found ourselves is worded in both languages, and
found by either.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from markupsafe import Markup, escape

from communique.desk.recording import NOT_RENDERED
from communique.domain.delivery import EXPIRED, GAVE_UP, NOT_RESENT, DeliveryState, SkipReason
from communique.domain.log import AttemptLine, Line
from communique.domain.text import folded
from communique.web.desk.asking import Asking
from communique.web.desk.saying import WORDS, Words
from communique.wording.french.kept import kept
from communique.wording.french.states import STATES

CLOSING = 421  # a server that takes nothing just now
OURS = (*(one.value for one in SkipReason), EXPIRED)  # reasons that we word ourselves


def why(ask: Asking, reason: str) -> Markup:
    """A reason as it is kept, as a reader is told it; nothing for none."""
    return _why(WORDS[ask.language], reason)


def _why(t: Words, reason: str) -> Markup:
    if reason.startswith(GAVE_UP):
        return t("log.why.gave_up", why=_why(t, reason.removeprefix(GAVE_UP)))
    if reason.startswith(NOT_RESENT):
        return t("log.why.not_resent", why=_why(t, reason.removeprefix(NOT_RESENT)))
    if reason.startswith(NOT_RENDERED):
        return t("log.why.not_rendered", why=reason.removeprefix(NOT_RENDERED).lstrip(": "))
    if reason in OURS:
        return t(f"log.why.{reason}")
    return escape(kept(reason) if t.language == "fr" else reason)


def reply(ask: Asking, line: Line) -> Markup:
    """What the log says behind a state: the last reply, or why there is none."""
    t = WORDS[ask.language]
    said = escape(f"{line.code} {line.reply}" if line.code else line.reply)
    if line.state is DeliveryState.SENT:
        return t("log.reply.tries", said=said, n=line.attempts) if line.attempts > 1 else said
    shown = why(ask, line.reason) or said
    if line.due_at and line.attempts:
        return t("log.reply.again", said=shown, hour=ask.hours.near(line.due_at))
    return shown


def kept_as(reason: str) -> tuple[str, ...]:
    """The reasons, as they are kept, that this is a part of as either language prints them."""
    part = folded(reason)
    return tuple(one for one in OURS if any(part in folded(text) for text in _printed(one)))


# What a code (RFC 3463, without its class) says in plain words: `delivery.means`.
MEANINGS: Mapping[str, str] = {
    **dict.fromkeys(("1.0", "1.1", "1.6", "5.0"), "mailbox"),
    **dict.fromkeys(("1.2", "1.10", "4.4"), "domain"),
    **dict.fromkeys(("2.2",), "full"),
    **dict.fromkeys(("2.0", "2.1"), "closed"),
    **dict.fromkeys(("2.3", "3.4"), "large"),
    **dict.fromkeys(("3.1", "3.2", "4.0", "4.1", "4.2", "4.5", "4.7"), "busy"),
}
GREY = re.compile(r"gr[ae]y-?list", re.IGNORECASE)


def meaning(one: AttemptLine) -> str:
    """What an attempt's end comes to, as a key of `delivery.means`."""
    if one.outcome in ("accepted", "unknown"):
        return one.outcome
    if one.scope in ("site", "message"):
        return one.scope
    return meant(one.code, one.enhanced, one.reply, of=one.outcome)


def meant(code: int | None, enhanced: str | None, said: str, *, of: str = "refused") -> str:
    """The same of a reply's codes and words; where they say nothing, what the outcome says."""
    if GREY.search(said):
        return "grey"
    detail = (enhanced or "").partition(".")[2]
    if detail.startswith("7."):
        return "policy"
    if code is None or code == CLOSING:
        return "busy" if of == "deferred" else of
    return MEANINGS.get(detail, of)


def _printed(reason: str) -> list[str]:
    key, many = f"log.why.{reason}", f"releases.reason.{reason}"
    found = [str(t(name)) for t in WORDS.values() for name in (key, many) if name in t]
    return [*found, STATES.get(reason, ""), reason.replace("_", " ")]
