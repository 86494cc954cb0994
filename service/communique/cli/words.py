"""What the command line calls things: how each remedy is done here, with a command or a setting."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from shlex import quote

from communique.domain.lineage import Doubt
from communique.domain.route import MAILBOX, Rerouted
from communique.errors import CommuniqueError
from communique.facts import Fact, Field, worded
from communique.wording import Remedy

ADVICE_ON_DATES = "write dates year-month-day, or say which order the file has, with --dates"
# Why nothing is sent, and what to do: as `Doubt` has them.
DOUBTS: Mapping[Doubt, str] = {
    Doubt.ELSEWHERE: "this database was copied or moved here",
    Doubt.OLDER: "this database is older than the one that was last served here",
    Doubt.FOREIGN: "this database was last served from another folder than COMMUNIQUE_DATA",
    Doubt.RESTORED: "this database was restored from a backup",
    Doubt.REROUTED: "mail would leave otherwise than it did",
    Doubt.REPLACED: "another database took the place of the one that is served",
}
NO_DOUBT = "nothing says that this is another database than the one that was last served here"
ADOPTING = (
    "nothing is sent, for what is due here may have gone out already; all else works. If no other "
    "service sends from it and its releases may go on, say so: `communique db adopt`"
)
ROUTING = (
    "nothing is sent, and all else works. Set the relays up as they were "
    "(COMMUNIQUE_TRANSPORTS__…, in `.env` or the environment), or say that mail may leave as it is "
    "set now: `communique db adopt`"
)
NOBODY = "no `communique serve` runs here: nothing goes until one is started"


def _options(name: str, values: Field, joined: str) -> str:
    assert isinstance(values, Sequence)  # noqa: S101 - the words of it list them
    return "say which: " + joined.join(f"{name} {quote(str(one))}" for one in values)


def _encodings(choices: Field, samples: Field) -> str:
    assert isinstance(choices, Sequence)  # noqa: S101 - the words of it list them
    assert isinstance(samples, Sequence)  # noqa: S101 - likewise, one each
    shown = (f"--encoding {one} ({words})" for one, words in zip(choices, samples, strict=True))
    return "say which: " + " or ".join(shown)


def _transport(fields: Mapping[str, Field]) -> str:
    variable = f"COMMUNIQUE_TRANSPORTS__{str(fields['transport']).upper()}__HOST"
    return f"set {variable}, or change `transport` in its association.toml"


ADVICE: Mapping[Remedy, str | Callable[[Mapping[str, Field]], str]] = {
    Remedy.AGREE_TO_ROUTES: (
        "set the relays up as they were (COMMUNIQUE_TRANSPORTS__…, in `.env` or the environment), "
        "or say with --as-set that mail may leave as it is set now"
    ),
    Remedy.BEGIN_DESK: "`communique init` starts a desk with two; or make a folder for yours",
    Remedy.CHECK_DATABASE: "check COMMUNIQUE_DATABASE_URL and that the server runs",
    Remedy.CHOOSE_COLUMN: lambda fields: _options("--column", fields["choices"], " or "),
    Remedy.CHOOSE_ENCODING: lambda fields: _encodings(fields["choices"], fields["samples"]),
    Remedy.CHOOSE_LIST: "name one with --list",
    Remedy.CREATE_DATABASE: "run `communique db upgrade`, or create the database",
    Remedy.DECLARE_AGREEMENT: (
        "declare it in subscribers/agreements.toml and run `communique sync`"
    ),
    Remedy.DECLARE_ASSOCIATION: "run `communique sync` after adding its folder",
    Remedy.DECLARE_LIST: (
        "declare it in subscribers/{association}/lists.toml and run `communique sync`"
    ),
    Remedy.DESCRIBE_DATABASE: (
        "write COMMUNIQUE_DATABASE_URL like postgresql+psycopg://user@host/name, or leave it empty"
    ),
    Remedy.EXPLAIN_SETTINGS: "`communique settings` explains each",
    Remedy.FREE_MAILBOX_PORT: "is another service running? see COMMUNIQUE_MAILBOX_PORT",
    Remedy.GIVE_BOTH_ROLES: "give it both roles, or set COMMUNIQUE_ENGINE=distributed",
    Remedy.GIVE_SAME_KEYS: (
        "give every machine the same keys, in the same order: COMMUNIQUE_KEYS, or a copy of the "
        "file `keys` from COMMUNIQUE_DATA of the machine that began here; if nobody has a key any "
        "more, write its id and `:lost` behind the others"
    ),
    Remedy.INSTALL_DRIVER: (
        "install communique[postgresql], or leave COMMUNIQUE_DATABASE_URL empty"
    ),
    Remedy.LIST_RELEASES: "`communique release list` shows them",
    Remedy.MAP_COLUMNS: lambda fields: _options("--column", _unmapped(fields["fields"]), " "),
    Remedy.MERGE_OR_MIND_SPELLING: "mind its spelling; if both are one person, add --merge",
    Remedy.MOVE_DATA: "point COMMUNIQUE_DATA to a folder that exists and that you may write in",
    Remedy.MOVE_HOUR_OR_RENEW: (
        "move its hour with `communique release schedule {release} --at HOUR`, or add a further "
        "term to “{agreement}” in subscribers/agreements.toml and run `communique sync`"
    ),
    Remedy.MOVE_OR_SEND_BACK: (
        "move its hour with `communique release schedule {release} --at HOUR`, take it away with "
        "`communique release unschedule {release}`, or send it back with "
        "`communique release reject {release} --as PARTY --by NAME`"
    ),
    Remedy.NAME_WHAT_YES_IS_TO: "add --list LIST, --joint or --all",
    Remedy.RECORD_NEW_YES: (
        "record a newer yes of theirs: --said-yes DAY with --list LIST, --joint or --all, and --why"
    ),
    Remedy.RECORD_YES: (
        "they take it back by the link in any message they got; or record a newer yes of theirs: "
        "--said-yes DAY with --list LIST, --joint or --all, and --why"
    ),
    Remedy.RENEW_AGREEMENT: (
        "if it goes on, add a further term to “{agreement}” in subscribers/agreements.toml and run "
        "`communique sync`"
    ),
    Remedy.REJECT_AND_SUBMIT: ("reject it, submit it again, and have every party approve it again"),
    Remedy.RESTORE_KEYS: (
        "put it back from your copy of var/keys, or from the machine that began at this database, "
        "or set COMMUNIQUE_KEYS; if there is no copy, those links stay dead: write `new:` and 64 "
        "hexadecimal digits into the file (`openssl rand -hex 32` makes them)"
    ),
    Remedy.SAY_DATE_ORDER: ADVICE_ON_DATES,
    Remedy.SAY_HOW_MANY_LEAVE: (
        "look who they are with --dry-run; if it is the right file, add --at-most {leaving}"
    ),
    Remedy.SET_UP_TRANSPORT: _transport,
    Remedy.STOP_OTHER: (
        "stop it first; another desk has a COMMUNIQUE_HOME of its own, and its own database"
    ),
    Remedy.UPGRADE_DATABASE: "run `communique db upgrade`",
}


def waits(doubt: Doubt) -> str:
    """Why nothing is sent until a person says that it may, and how they say it."""
    if doubt is Doubt.REPLACED:
        return f"{DOUBTS[doubt]}: nothing is sent until `communique serve` is started again"
    return f"{DOUBTS[doubt]}: {ROUTING if doubt is Doubt.REROUTED else ADOPTING}"


def way(host: str) -> str:
    """How mail leaves."""
    return "into the built-in mailbox" if host == MAILBOX else f"through {host}"


def rerouted(one: Rerouted) -> str:
    """Whose mail would leave otherwise than before, and how."""
    whose = f"the mail of {', '.join(one.associations)} (transport “{one.transport}”)"
    if one.now == MAILBOX:
        return (
            f"{whose} left through {one.before}; as it is set now, it stays in the built-in mailbox"
        )
    before = (
        "stayed in the built-in mailbox" if one.before == MAILBOX else f"left through {one.before}"
    )
    return f"{whose} {before}; as it is set now, it leaves through {one.now}"


def _unmapped(fields: Field) -> list[str]:
    assert isinstance(fields, Sequence)  # noqa: S101 - as above
    return [f"{field}=HEADING" for field in fields]


def advice(error: CommuniqueError) -> str | None:
    """What to do about an error, as it is done here."""
    if not isinstance(error.remedy, Remedy):
        return error.advice
    words = ADVICE[error.remedy]
    return worded(words, error.fields) if isinstance(words, str) else words(error.fields)


def detail(what: str | Fact | CommuniqueError) -> str:
    """What a step of `communique check` found."""
    return told(what) if isinstance(what, CommuniqueError) else str(what)


def told(error: CommuniqueError) -> str:
    """An error in one line: where, what, and what to do about it."""
    parts = (f"{error.where}: {error.message}" if error.where else error.message, advice(error))
    return " — ".join(part for part in parts if part)
