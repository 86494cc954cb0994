"""What is said of one person: their address, their no, and what suppresses it."""

from __future__ import annotations

from collections.abc import Mapping

WORDS: Mapping[str, str] = {
    "postal_address_short": "« {text} » ne mène aucune lettre à personne : pas une adresse postale",
    "basis_revives": (
        "pour {count} {count:personne|personnes} sur {lists}, le consentement est échu, et un "
        "nouveau fondement le "
        "ferait valoir de nouveau"
    ),
    "address_erased": "la personne à l’adresse « {address} » s’est fait effacer à {association}",
    "address_taken": "{association} a un autre abonné à l’adresse « {address} »",
    "address_unchanged": "son adresse est déjà « {address} »",
    "language_not_of_association": "{association} n’écrit pas en « {language} » ({known})",
    "message_in_hand": "un message pour cette personne part en ce moment même",
    "no_is_theirs": "la personne a refusé elle-même : {stands}",
    "nothing_to_allow": "rien n’empêche {association} d’écrire à « {address} »",
    "person_changed_meanwhile": "quelqu’un d’autre a modifié sa fiche entre-temps",
    "subscriber_erased": "la personne a été effacée à {association}, et rien d’elle n’est gardé",
    "yes_before_no": "la personne a refusé le {no}, après cet accord du {yes}",
    "yes_in_future": "l’accord ({yes}) est dans l’avenir",
    "yes_to_what": "rien ne dit à quoi la personne a dit oui",
}

ADVICE: Mapping[str, str] = {
    "person_changed_meanwhile": "regardez ce qui y est maintenant, puis modifiez de nouveau",
    "message_in_hand": "réessayez dans une minute",
}
