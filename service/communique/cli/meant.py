"""Which command somebody means who typed one that there is not.

By letters alone, `erase` is nearest to `leave`, and `unsuppress` to `suppress`: whoever follows
that harms somebody. So words that people use for a thing name its command, a word is told from its
opposite, and letters are believed only where they plainly are a slip (P11).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from typer.core import TyperGroup

SLIP = 0.75  # how alike, of 1, a word must be to a command to be a slip of it
_OPPOSITES = ("un", "dis", "de", "dé", "in", "non", "no", "re")

# What people call things, in either language, by group of commands.
MEANT: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "subscribers": {
        "forget": (
            *("erase", "delete", "remove", "anonymise", "anonymize", "purge", "gdpr", "rgpd"),
            *("effacer", "supprimer", "oublier", "rm"),
        ),
        "leave": (
            *("unsubscribe", "remove", "opt-out", "optout", "refuse", "disallow", "désabonner"),
            *("desabonner", "désinscrire", "retirer"),
        ),
        "allow": ("unsuppress", "unblock", "resubscribe", "lift", "autoriser", "réabonner"),
        "suppress": ("block", "ban", "disallow", "bloquer"),
        "edit": ("rename", "change", "update", "modify", "correct", "modifier", "corriger"),
        "import": ("add", "load", "ajouter", "importer"),
    },
    "release": {
        "delete": ("remove", "erase", "rm", "supprimer", "effacer"),
        "pause": ("stop", "halt", "hold", "arrêter"),
        "cancel": ("stop", "abort", "annuler"),
        "resume": ("unpause", "continue", "go-on", "reprendre"),
        "withdraw": ("unapprove", "retract", "retirer"),
        "reject": ("disapprove", "refuse", "unsubmit", "refuser"),
        "unschedule": ("deschedule", "postpone", "unsend"),
        "schedule": ("send", "reschedule", "envoyer", "publish"),
        "copy": ("uncancel", "duplicate", "clone", "copier"),
        "retry": ("resend", "renvoyer"),
    },
    "newsroom": {
        "withdraw": ("unpublish", "remove", "delete", "hide", "retirer", "dépublier"),
        "publish": ("unwithdraw", "restore", "publier"),
    },
    "desk": {
        "revoke": ("sign-out", "signout", "logout"),
        "invite": ("add",),
        "dismiss": ("remove", "fire", "uninvite", "retirer"),
    },
    "agreements": {"renew": ("extend", "prolong", "renouveler")},
}


class Group(TyperGroup):
    """Commands, of which the one that is meant is offered for a word that is none."""

    def __init__(self, *above: Any, **named: Any) -> None:
        super().__init__(*above, **{**named, "suggest_commands": False})

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command of that name. Raises UsageError, which offers what may be meant."""
        try:
            return super().resolve_command(ctx, args)
        except Exception as error:
            offered = meant(self.name or "", args[0], list(self.commands)) if args else []
            if offered and hasattr(error, "message"):
                names = ", ".join(f"'{one}'" for one in offered)
                error.message = f"{error.message.rstrip('.')}. Did you mean {names}?"
            raise


def meant(group: str, word: str, commands: Collection[str]) -> Sequence[str]:
    """The commands of a group that may be meant by a word that is none of them."""
    typed = word.casefold().replace("_", "-")
    if typed in commands:
        return [typed]
    called = [one for one, words in MEANT.get(group, {}).items() if typed in words]
    if called:
        return called
    near = get_close_matches(typed, list(commands), cutoff=SLIP)
    return [one for one in near if not _opposite(typed, one)]


def _opposite(one: str, other: str) -> bool:
    """Whether either is the other with what makes a word its opposite before it."""
    long, short = sorted((one, other), key=len, reverse=True)
    return long != short and long.endswith(short) and long.removesuffix(short) in _OPPOSITES
