"""What is said of audiences, and of those that associations keep by name."""

from __future__ import annotations

from collections.abc import Mapping

WORDS: Mapping[str, str] = {
    "audience_changed": (
        "le public « {audience} » de {association} a changé depuis le dépôt, et ceci va à qui il "
        "désignait alors"
    ),
    "audience_gone": (
        "{association} ne garde plus de public « {audience} », et ceci va à qui il désignait au "
        "dépôt"
    ),
    "audience_key_repeated": "il y a deux publics de clé « {key} »",
    "audience_name_unknown": (
        "{association} ne garde pas de public « {audience} » (connus : {known})"
    ),
    "audience_of_partner_unknown": "{association} ne garde pas de public « {audience} »",
    "audience_said_twice": "ce qu’on utilise par son nom dit déjà `{key}`",
    "declared_audience": "public {association}/{key}",
    "language_unmatched": ("aucun abonné de {association} ne lit « {value} » (only.languages)"),
    "list_both_ways": "la liste « {list} » est à la fois visée et laissée de côté",
    "list_not_declared": "aucune liste « {text} » n’est déclarée ici; {hint}",
    "releases_keep_theirs_still": (
        "{releases:and} vont à qui elle désignait à leur dépôt; déposez-les de nouveau pour "
        "qu’ils la suivent"
    ),
    "releases_keep_theirs": (
        "les communiqués qui l’utilisaient vont à qui il désignait à leur dépôt"
    ),
}

ADVICE: Mapping[str, str] = {
    "audience_changed": "déposez-le de nouveau pour prendre le nouveau; il est alors réapprouvé",
    "audience_said_twice": "enlevez-le, ou enlevez `use`",
    "list_both_ways": "enlevez-la d’un des deux",
}
