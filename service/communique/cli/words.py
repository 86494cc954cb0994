"""What the command line calls things: how each remedy is done here, with a command or a setting."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from shlex import quote

from communique.cli import speech
from communique.cli.speech import _, later
from communique.domain.actor import Actor
from communique.domain.lineage import Doubt
from communique.domain.route import MAILBOX, Rerouted
from communique.errors import CommuniqueError
from communique.facts import Fact, Field, worded
from communique.wording import Remedy

ADVICE_ON_DATES = later("write dates year-month-day, or say which order the file has, with --dates")
ADVICE_ON_NAMES = later(
    "say of all such lines who they are: --other-name same, who is only called otherwise by now; "
    "or --other-name next, who has the address next, and begins anew"
)
# Why nothing is sent, and what to do: as `Doubt` has them.
DOUBTS: Mapping[Doubt, str] = {
    Doubt.ELSEWHERE: later("this database was copied or moved here"),
    Doubt.OLDER: later("this database is older than the one that was last served here"),
    Doubt.FOREIGN: later("this database was last served from another folder than COMMUNIQUE_DATA"),
    Doubt.RESTORED: later("this database was restored from a backup"),
    Doubt.REROUTED: later("mail would leave otherwise than it did"),
    Doubt.REPLACED: later("another database took the place of the one that is served"),
}
NO_DOUBT = later(
    "nothing says that this is another database than the one that was last served here"
)
ADOPTING = later(
    "nothing is sent, for what is due here may have gone out already; all else works. If no other "
    "service sends from it and its releases may go on, say so: `communique db adopt`"
)
AGAIN = later("nothing is sent until `communique serve` is started again")
ROUTING = later(
    "nothing is sent, and all else works. Set the relays up as they were "
    "(COMMUNIQUE_TRANSPORTS__…, in `.env` or the environment), or say that mail may leave as it is "
    "set now: `communique db adopt`"
)
# Who acts and is no person, as they are kept: where history shows them, they are named.
NOBODIES = (
    later("the operator at the machine"),
    later("the service"),
    later("the recipient"),
    later("somebody, before actors were kept"),
)
NOBODY = later("no `communique serve` runs here: nothing goes until one is started")


def _options(name: str, values: Field, joined: str) -> str:
    assert isinstance(values, Sequence)  # noqa: S101 - the words of it list them
    return _(
        "say which: {choices}", choices=joined.join(f"{name} {quote(str(one))}" for one in values)
    )


def _encodings(choices: Field, samples: Field) -> str:
    assert isinstance(choices, Sequence)  # noqa: S101 - the words of it list them
    assert isinstance(samples, Sequence)  # noqa: S101 - likewise, one each
    shown = (f"--encoding {one} ({words})" for one, words in zip(choices, samples, strict=True))
    return _("say which: {choices}", choices=_(" or ").join(shown))


def _transport(fields: Mapping[str, Field]) -> str:
    variable = f"COMMUNIQUE_TRANSPORTS__{str(fields['transport']).upper()}__HOST"
    return _("set {variable}, or change `transport` in its association.toml", variable=variable)


ADVICE: Mapping[Remedy, str | Callable[[Mapping[str, Field]], str]] = {
    Remedy.AGREE_TO_ROUTES: later(
        "set the relays up as they were (COMMUNIQUE_TRANSPORTS__…, in `.env` or the environment), "
        "or say with --as-set that mail may leave as it is set now"
    ),
    Remedy.BEGIN_DESK: later(
        "`communique init` starts a desk with two; or make a folder for yours"
    ),
    Remedy.CHECK_DATABASE: later("check COMMUNIQUE_DATABASE_URL and that the server runs"),
    Remedy.CHOOSE_COLUMN: lambda fields: _options("--column", fields["choices"], _(" or ")),
    Remedy.CHOOSE_ENCODING: lambda fields: _encodings(fields["choices"], fields["samples"]),
    Remedy.CHOOSE_SHEETS: later(
        "read each by itself with --sheet: first those of who said no, then “{sheet}”"
    ),
    Remedy.CHOOSE_LIST: later("name one with --list"),
    Remedy.COPY_TO_PUBLISH: later(
        "`communique release copy {release} FOLDER` begins one that can be: take `newsroom = "
        "false` out of it, and have it approved"
    ),
    Remedy.CREATE_DATABASE: later("run `communique db upgrade`, or create the database"),
    Remedy.DECLARE_AGREEMENT: later(
        "declare it in subscribers/agreements.toml and run `communique sync`"
    ),
    Remedy.DECLARE_ASSOCIATION: later("run `communique sync` after adding its folder"),
    Remedy.DECLARE_LIST: later(
        "declare it in subscribers/{association}/lists.toml and run `communique sync`"
    ),
    Remedy.DESCRIBE_DATABASE: later(
        "write COMMUNIQUE_DATABASE_URL like postgresql+psycopg://user@host/name, or leave it empty"
    ),
    Remedy.EXPLAIN_SETTINGS: later("`communique settings` explains each"),
    Remedy.FREE_MAILBOX_PORT: later("is another service running? see COMMUNIQUE_MAILBOX_PORT"),
    Remedy.GIVE_BOTH_ROLES: later("give it both roles, or set COMMUNIQUE_ENGINE=distributed"),
    Remedy.GIVE_SAME_KEYS: later(
        "give every machine the same keys, in the same order: COMMUNIQUE_KEYS, or a copy of the "
        "file `keys` from COMMUNIQUE_DATA of the machine that began here; if nobody has a key any "
        "more, write its id and `:lost` behind the others"
    ),
    Remedy.INSTALL_DRIVER: later(
        "install communique[postgresql], or leave COMMUNIQUE_DATABASE_URL empty"
    ),
    Remedy.LIST_RELEASES: later("`communique release list` shows them"),
    Remedy.MAP_COLUMNS: lambda fields: _options("--column", _unmapped(fields["fields"]), " "),
    Remedy.MERGE_OR_MIND_SPELLING: later("mind its spelling; if both are one person, add --merge"),
    Remedy.MOVE_DATA: later(
        "point COMMUNIQUE_DATA to a folder that exists and that you may write in"
    ),
    Remedy.MOVE_HOUR_OR_RENEW: later(
        "move its hour with `communique release schedule {release} --at HOUR`, or renew the "
        "agreement: `communique agreements renew {agreement} --starts DAY --ends DAY`"
    ),
    Remedy.MOVE_OR_SEND_BACK: later(
        "move its hour with `communique release schedule {release} --at HOUR`, take it away with "
        "`communique release unschedule {release}`, or send it back with "
        "`communique release reject {release} --as PARTY --by NAME`"
    ),
    Remedy.NAME_WHAT_YES_IS_TO: later("add --list LIST, --joint or --all"),
    Remedy.RECORD_NEW_YES: later(
        "record a newer yes of theirs: --said-yes DAY with --list LIST, --joint or --all, and --why"
    ),
    Remedy.RECORD_YES: later(
        "they take it back by the link in any message they got; or record a newer yes of theirs: "
        "--said-yes DAY with --list LIST, --joint or --all, and --why"
    ),
    Remedy.RENEW_AGREEMENT: later(
        "if it goes on: `communique agreements renew {agreement} --starts DAY --ends DAY`"
    ),
    Remedy.REJECT_AND_SUBMIT: later(
        "reject it, submit it again, and have every party approve it again"
    ),
    Remedy.RESTORE_KEYS: later(
        "put it back from your copy of var/keys, or from the machine that began at this database, "
        "or set COMMUNIQUE_KEYS; if there is no copy, those links stay dead: write `new:` and 64 "
        "hexadecimal digits into the file (`openssl rand -hex 32` makes them)"
    ),
    Remedy.SAY_BEYOND_TERM: later(
        "choose an hour while it is, or add --yes: the next term may still be added by then"
    ),
    Remedy.SAY_DATE_ORDER: ADVICE_ON_DATES,
    Remedy.SAY_FOLDER_LEADS: later(
        "look at it (`communique release preview {release}`, or on the desk), and take into the "
        "folder what is to stay; then `communique release import FOLDER --over-desk` replaces it"
    ),
    Remedy.SAY_WHOSE_NUMBER: later(
        'leave it out: --ignore "{heading}"; if these are numbers of companies, say so: '
        '--column "reference={heading}"'
    ),
    Remedy.SAY_WHO_IT_IS: ADVICE_ON_NAMES,
    Remedy.SAY_FOR_PARTY: later(
        "have each say so: `communique release embargo {release} --until HOUR --as PARTY --by "
        "NAME`; a later hour needs nobody’s word"
    ),
    Remedy.SAY_PRESS_HAS_IT: later(
        "leave the hour, or add --press-has-it; then tell them: `communique release correct "
        "{release}` begins that"
    ),
    Remedy.REVIVE: later("give the list the basis that it had; --revive lets theirs hold again"),
    Remedy.SAY_HOW_MANY_LEAVE: later(
        "look who they are with --dry-run; if it is the right file, add --at-most {leaving}"
    ),
    Remedy.SET_UP_TRANSPORT: _transport,
    Remedy.SET_WITH_HOUR: later(
        "set its embargo with its hour: `communique release schedule {release} --at HOUR "
        "--public-from HOUR`"
    ),
    Remedy.START_NEXT_DAY: later(
        'say `--starts "{starts}"`, or add --gap if the days between are meant'
    ),
    Remedy.STOP_OTHER: later(
        "stop it first; another desk has a COMMUNIQUE_HOME of its own, and its own database"
    ),
    Remedy.UPGRADE_DATABASE: later("run `communique db upgrade`"),
}


def waits(doubt: Doubt) -> str:
    """Why nothing is sent until a person says that it may, and how they say it."""
    then = ROUTING if doubt is Doubt.REROUTED else ADOPTING
    return _(
        "{why}: {then}", why=_(DOUBTS[doubt]), then=_(AGAIN if doubt is Doubt.REPLACED else then)
    )


def way(host: str) -> str:
    """How mail leaves."""
    return _("into the built-in mailbox") if host == MAILBOX else _("through {host}", host=host)


def rerouted(one: Rerouted) -> str:
    """Whose mail would leave otherwise than before, and how."""
    whose = _(
        "the mail of {associations} (transport “{transport}”)",
        associations=", ".join(one.associations),
        transport=one.transport,
    )
    if one.now == MAILBOX:
        return _(
            "{whose} left through {before}; as it is set now, it stays in the built-in mailbox",
            whose=whose,
            before=one.before,
        )
    text = _("{whose} left through {before}; as it is set now, it leaves through {now}")
    if one.before == MAILBOX:
        text = _(
            "{whose} stayed in the built-in mailbox; as it is set now, it leaves through {now}"
        )
    return text.format(whose=whose, before=one.before, now=one.now)


def _unmapped(fields: Field) -> list[str]:
    assert isinstance(fields, Sequence)  # noqa: S101 - as above
    return [f"{field}={_('HEADING')}" for field in fields]


def advice(error: CommuniqueError) -> str | None:
    """What to do about an error, as it is done here."""
    there = speech.telling()
    if not isinstance(error.remedy, Remedy):
        return there.advice(error) if there else error.advice
    words = ADVICE[error.remedy]
    if not isinstance(words, str):
        return words(error.fields)
    return worded(_(words), there.fields(error) if there else error.fields)


def message(error: CommuniqueError) -> str:
    """What is wrong."""
    there = speech.telling()
    text: str = there.message(error) if there else error.message
    return text


def fact(what: str | Fact | CommuniqueError) -> str:
    """What is told: a fact of ours in words, and a person's own words as they are."""
    if isinstance(what, CommuniqueError):
        return told(what)
    there = speech.telling()
    text: str = there.fact(what) if there and isinstance(what, Fact) else str(what)
    return text


def kept(text: str) -> str:
    """What is kept as evidence (0024), as whoever reads it here reads."""
    there = speech.telling()
    return str(there.kept(text)) if there else text


def reason(facts: Sequence[Fact], english: str) -> str:
    """All that is wrong with a line; its English is made already."""
    there = speech.telling()
    return "; ".join(map(there.what, facts)) if there and facts else english


def actor(one: Actor) -> str:
    """Who did something."""
    return _(one.name) if one.name in NOBODIES else one.name


def told(error: CommuniqueError) -> str:
    """An error in one line: where, what, and what to do about it."""
    what = message(error)
    parts = (f"{error.where}: {what}" if error.where else what, advice(error))
    return " — ".join(part for part in parts if part)
