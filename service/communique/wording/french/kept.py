"""The French of what is kept as text: why a delivery ended, and by what somebody is on a list.

It is evidence, and stays as it was written; only who reads it here reads it in French (0024). What
a relay or a person said is never translated: it stands where a `{}` is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

from communique.wording.typography import french as held

KEPT: Mapping[str, str] = {
    # The evidence of a yes or a no.
    "erased": "effacé",
    "import of {}": "importation de {}",
    "merged with another record of the same person": (
        "réuni avec une autre fiche de la même personne"
    ),
    "said to the desk: {}": "dit au bureau : {}",
    # What a delivery, or a connection, ended in.
    "not composed: {}": "message non composé : {}",
    "not rendered": "message non composé",
    "not started": "pas commencé",
    "not tried": "pas essayé",
    "rate limit": "débit limité",
    "the service ended before the relay's answer was known": (
        "le service s’est arrêté avant de connaître la réponse du relais"
    ),
    "the one before it is not answered": "celui d’avant n’a pas encore de réponse",
    "the service stopped": "le service s’est arrêté",
    "the relay closed the connection": "le relais a fermé la connexion",
    "the relay refused the connection": "le relais a refusé la connexion",
    "the connection was lost{}": "la connexion s’est perdue{}",
    "a reply out of turn: {}": "une réponse hors de son tour : {}",
    "the transaction was broken off": "la transaction a été interrompue",
    "no answer in time": "pas de réponse à temps",
    "not understood: {}": "réponse non comprise : {}",
    "the content has a bare CR or LF, or no final CRLF": (
        "le contenu a un CR ou un LF isolé, ou pas de CRLF à la fin"
    ),
    "the envelope sender cannot be an address": (
        "l’expéditeur de l’enveloppe ne peut pas être une adresse"
    ),
    "the recipient cannot be an address": "le destinataire ne peut pas être une adresse",
    "the message has {} octets, the relay takes {}": (
        "le message fait {} octets, le relais en accepte {}"
    ),
    "the relay does not offer SMTPUTF8, which this address needs": (
        "le relais n’offre pas SMTPUTF8, qu’il faut pour cette adresse"
    ),
    "the content is not ASCII": "le contenu n’est pas en ASCII",
    "{} has no address": "{} n’a pas d’adresse",
    "the relay offers no way to log in that is known here": (
        "le relais n’offre aucune façon de s’identifier qui soit connue ici"
    ),
    "Connection lost": "connexion perdue",
    "the relay does not offer STARTTLS; nothing is sent in plain text": (
        "le relais n’offre pas STARTTLS; rien n’est envoyé en clair"
    ),
    "{}, {}, certificate valid": "{}, {}, certificat valide",
    "HELO only": "HELO seulement",
    "{} is slow to answer": "{} tarde à répondre",
    "the transport is closing": "le transport se ferme",
    "the transport rests": "le transport se repose",
    "the transport rests: {}": "le transport se repose : {}",
    "not an SMTP reply: {}": "pas une réponse SMTP : {}",
    "not an SMTP reply code: {}": "pas un code de réponse SMTP : {}",
    "a reply without end": "une réponse sans fin",
    "a reply whose lines have different codes": (
        "une réponse dont les lignes ont des codes différents"
    ),
    "unreadable reply “{}”": "réponse illisible : « {} »",
    "the relay's certificate is not valid: {}": "le certificat du relais n’est pas valide : {}",
    "TLS failed: {}": "TLS a échoué : {}",
}
# When it happened, after the rest.
PHASES: Mapping[str, str] = {
    "while connecting": "à la connexion",
    "before the greeting": "avant l’accueil",
    "while sending the content": "pendant l’envoi du contenu",
    "before the final reply": "avant la réponse finale",
    **{
        f"at {step}": f"à {step}"
        for step in ("EHLO", "STARTTLS", "AUTH", "MAIL FROM", "RCPT TO", "DATA", "RSET")
    },
}
_RESTS = re.escape("the transport rests: ") + "(.*)"  # what follows is a reason of ours, too
_PHASE = re.compile(rf"(.*?) (\()?({'|'.join(map(re.escape, PHASES))})(\))?", re.DOTALL)


@cache
def _patterns() -> list[tuple[re.Pattern[str], str]]:
    """The longest first, so that none takes what another says more exactly."""
    known = sorted(KEPT, key=lambda one: -len(one))
    return [
        (re.compile("(.*)".join(map(re.escape, one.split("{}"))), re.DOTALL), held(KEPT[one]))
        for one in known
    ]


def kept(text: str) -> str:
    """What is kept, in French; as it is where it is somebody else's words."""
    if phase := _PHASE.fullmatch(text):
        what, opens, when, closes = phase.groups(default="")
        return f"{kept(what)} {opens}{PHASES[when]}{closes}"
    for pattern, french in _patterns():
        if found := pattern.fullmatch(text):
            said = found.groups()
            return french.format(*(map(kept, said) if pattern.pattern == _RESTS else said))
    return text
