"""What is said of releases on their way, and of steps back that cannot be taken."""

from __future__ import annotations

from collections.abc import Mapping

WORDS: Mapping[str, str] = {
    "approval_not_given": (
        "{person} n’a pas approuvé « {release} » pour {association} tel qu’il est maintenant"
    ),
    "approval_not_last_any_more": "toutes les parties ont déjà approuvé « {release} »",
    "mail_rerouted": "les messages partiraient autrement qu’avant : {changes}",
    "release_key_taken": "il y a déjà un communiqué « {release} »",
    "parts_edited_meanwhile": (
        "quelqu’un d’autre a modifié la même chose de « {release} » entre-temps : {parts}"
    ),
    "release_key_malformed": "« {release} » ne peut pas être la clé d’un communiqué",
    "release_written_here": (
        "« {release} » a été modifié au bureau depuis, et son dossier a changé aussi"
    ),
    "nothing_to_retry": "il n’y a personne de « {release} » à réessayer",
    "retry_of_suppressed": (
        "il n’y a personne de « {release} » à réessayer : adresses bloquées : {count}"
    ),
    "release_was_submitted": (
        "« {release} » a été soumis, et ce sur quoi on a consulté des gens est gardé"
    ),
    "release_over": "la limite d’envoi de « {release} », {hour}, est passée : plus rien ne part",
}

ADVICE: Mapping[str, str] = {
    "approval_not_given": (
        "qui a donné son mot le retire; tout approbateur peut refuser le communiqué"
    ),
    "parts_edited_meanwhile": "regardez ce qu’il dit maintenant, et choisissez",
    "release_key_malformed": (
        "écrivez des minuscules sans accent, des chiffres et des traits d’union"
    ),
    "release_key_taken": "choisissez une autre clé",
    "release_was_submitted": "laissez-le tel quel, ou annulez-le",
    "retry_of_suppressed": ("là où une adresse est bonne malgré tout, levez d’abord son blocage"),
    "nothing_to_retry": (
        "ce qui a échoué et ce qui est inconnu peut l’être, sauf si le lecteur a refusé depuis"
    ),
}
