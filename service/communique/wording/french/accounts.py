"""Ce qui se dit des personnes qui travaillent au bureau et de leur connexion."""

from __future__ import annotations

from collections.abc import Mapping

WORDS: Mapping[str, str] = {
    "account_unknown": "personne ici n’est connu à l’adresse « {address} »",
    "account_works_already": (
        "la personne à l’adresse « {address} » travaille déjà pour {association}"
    ),
    "as_approver": "approbation",
    "as_editor": "rédaction",
    "as_nobody": "rien",
    "as_owner": "responsable",
    "as_roles": "à titre de : {roles:and}",
    "as_viewer": "lecture",
    "approval_at_machine": (
        "{association} n’accepte que les approbations des personnes qui se connectent"
    ),
    "approval_of_author": (
        "{person} a écrit « {release} » : une autre personne de {association} doit l’approuver"
    ),
    "approval_rule_unknown": "« {text} » n’est pas une règle d’approbation; {hint}",
    "asked_too_often": "trop de demandes viennent de cet endroit; attendez un quart d’heure",
    "invitation_over": (
        "cette invitation n’est plus valable : elle a été acceptée ou retirée, ou date trop"
    ),
    "invitation_unknown": "cette invitation n’existe pas, ou a pris fin",
    "invited_already": (
        "la personne à l’adresse « {address} » est déjà invitée à travailler pour {association}"
    ),
    "letter_of_invitation": "l’invitation à travailler ici",
    "letter_to_sign_in": "la lettre qui dit comment se connecter",
    "not_at_machine": "{person} ne peut pas le faire : cela se fait sur la machine",
    "not_permitted": "{person} ne peut pas {what} à {association}",
    "opens_association": "à {association}",
    "owner_last": "{person} est la seule personne responsable de {association}",
    "person_declared": "{person} figure dans les fichiers de {association}",
    "roles_changed": "de {before:and} à {after:and}",
    "session_unknown": "il n’y a pas de telle session ({session})",
    "sessions_ended": "sessions : {count}",
    "sign_in_code_rests": "trop de codes ont été essayés aujourd’hui pour cette adresse",
    "sign_in_code_wrong": "ce n’est pas le code; essais restants : {left}",
    "sign_in_over": "cette façon de se connecter n’est plus valable : elle a servi, ou date trop",
    "to_approve": "approuver",
    "to_edit": "écrire ni changer quoi que ce soit",
    "to_manage": "faire ce qui revient aux responsables",
    "to_read": "consulter quoi que ce soit",
}

ADVICE: Mapping[str, str] = {
    "approval_at_machine": (
        "demandez à l’une des personnes qui approuvent pour elle de se connecter et d’approuver"
    ),
    "invitation_over": "demandez-en une autre à la personne qui vous a invitée",
    "invited_already": "renvoyez celle-là, ou retirez-la",
    "owner_last": "nommez d’abord une autre personne responsable",
    "person_declared": (
        "changez-le dans subscribers/{association}/association.toml, puis prenez-en acte"
    ),
    "sign_in_code_rests": "utilisez le lien de la lettre, dans le même navigateur",
    "sign_in_over": "demandez une autre lettre, dans le navigateur où vous vous connectez",
}
