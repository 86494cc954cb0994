"""What is said of kinds of releases, and of the fields that they declare."""

from __future__ import annotations

from collections.abc import Mapping

WORDS: Mapping[str, str] = {
    "activity_all_day_with_hour": "`{key}` dit une heure, et l’activité dure toute la journée",
    "activity_called_off": "« {release} » a déjà annulé l’activité",
    "activity_told_since": "« {release} » a dit depuis autre chose de l’activité aux calendriers",
    "activity_unannounced": (
        "« {release} » n’a annoncé d’activité à personne au nom de cette première partie"
    ),
    "activity_over": "l’activité sera alors terminée : elle finit à {hour} {zone}",
    "activity_without_hour": (
        "`{key}` ne dit pas d’heure, et l’activité ne dure pas toute la journée"
    ),
    "ends_before_start": "cela finit avant de commencer",
    "field_choice_unknown": "« {text} » n’est pas un des choix; ce peut être : {known}",
    "field_key_not_allowed": "« {text} » ne peut pas être la clé d’un champ",
    "field_missing": "`{field}` manque, qu’a tout communiqué du genre « {kind} »",
    "field_not_of_kind": "le genre « {kind} » n’a pas de champ `{field}`; il a {known}",
    "field_not_party": "« {association} » n’est pas partie; les parties sont {known}",
    "field_repeated": "deux champs ont la clé « {field} »",
    "field_unwritten": "`{key}` a encore le … du début",
    "field_with_template": (
        "`{key}` est montré tel quel : les valeurs d’un lecteur vont dans le texte"
    ),
    "kind_lacks_field": "sa nature demande le champ `{field}` du type « {type} »",
    "kind_unreadable": "ne déclare pas un genre : {reason}",
    "register_by_after_start": "on peut s’inscrire jusqu’après le début",
    "release_follows_itself": (
        "« {release} » ne peut faire suite à lui-même : on y nomme le communiqué d’avant"
    ),
    "word_unknown": "il n’y a pas de « {text} » ici; {hint}",
}

ADVICE: Mapping[str, str] = {
    "activity_all_day_with_hour": "écrivez le jour seul, 2019-10-03, ou enlevez `all_day`",
    "activity_called_off": (
        "si elle a lieu quand même, annoncez-la de nouveau, par un communiqué à part"
    ),
    "activity_told_since": "partez de celui-là pour ce qui vient après",
    "activity_without_hour": 'écrivez aussi l’heure, "2019-10-03 18:00", ou `all_day = true`',
    "field_key_not_allowed": (
        "prenez des minuscules, des chiffres et des soulignés, et aucun nom qu’une édition a de "
        "toute façon, comme subject ou body"
    ),
    "field_missing": "écrivez-le où sont les autres",
    "field_with_template": "écrivez-le sans {{{{ ni {{%",
    "kind_lacks_field": (
        "déclarez-le une fois pour un communiqué; et comme obligatoire, là où il doit toujours y "
        "être"
    ),
}
