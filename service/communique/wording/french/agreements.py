"""What is said of agreements: where one stands, and what an end cuts off."""

from __future__ import annotations

from collections.abc import Mapping

WORDS: Mapping[str, str] = {
    "advantage_outlasts_agreement": (
        "l’avantage dure jusqu’au {ends}, et l’entente « {agreement} » ne vaut plus le {day}"
    ),
    "advantage_over": (
        "l’avantage dure jusqu’au {ends} : à {association}, on serait le {day}, et il serait "
        "terminé"
    ),
    "release_not_advantage": (
        "« {release} » n’est pas un avantage qui a été soumis : il n’a pas de laissez-passer"
    ),
    "agreement_ended_early": "« {agreement} » a pris fin : elle ne vaut plus à partir du {ended}",
    "agreement_ends_soon": (
        "« {agreement} » finit le {last}, dans {days} {days:jour|jours}, et aucune période ne suit"
    ),
    "agreement_expired": "« {agreement} » a fini le {last}, et aucune période n’a suivi",
    "agreement_to_come": "« {agreement} » n’est pas en vigueur avant le {starts}",
    "association_without_owner": (
        "personne à {association} n’en est responsable; ce qu’on rappelle à un responsable va à "
        "{asked}"
    ),
    "release_cut_off": (
        "« {release} » ({state}) cite « {agreement} », qui n’est pas en vigueur à {association} "
        "le {day} : on n’y écrirait à personne"
    ),
    "agreement_never_ends": "« {agreement} » vaut jusqu’au dernier jour ({last}) : rien ne suit",
    "agreement_was_ended": "« {agreement} » a pris fin dès le {ended} : rien ne peut suivre",
    "file_changed_meanwhile": "quelqu’un d’autre vient de modifier le fichier",
    "term_ends_first": "une période du {starts} au {ends} finit avant de commencer",
    "term_leaves_gap": ("du {first} au {last}, aucune période ne courrait, et rien n’en partirait"),
    "term_not_placed": "une période de « {agreement} » ne peut y être mise sans changer plus",
    "term_overlaps": "la dernière période court jusqu’au {last}, et le {starts} n’est pas après",
    "day_at": "à {association} le {day}",
    "hour_outside_agreement": (
        "« {agreement} » n’est pas en vigueur {where:and} : on n’y écrirait à personne"
    ),
    "letter_not_sent": "{purpose} : n’a pas atteint {address} de {association}, {reason}",
    "letter_on_end": "le rappel de la fin d’une entente",
    "letter_waits": "{purpose} à {address} de {association} sera réessayé : {reason}",
    "reminded_of_end": "{people} : elle finit le {last}, dans {left} {left:jour|jours}",
}

ADVICE: Mapping[str, str] = {
    "agreement_was_ended": "ôtez d’abord `ended` du fichier, si elle vaut après tout",
    "file_changed_meanwhile": "regardez, puis réessayez",
    "term_not_placed": "ajoutez-la à la main, sous la dernière",
    "term_overlaps": "faites-la commencer le {first}",
    "advantage_outlasts_agreement": (
        "qu’il finisse tant que l’entente est en vigueur, ou donnez à l’entente une période qui "
        "dure plus longtemps"
    ),
    "advantage_over": "donnez-lui un dernier jour plus tardif, ou une heure plus tôt",
    "association_without_owner": 'donnez à une de ses personnes `roles = ["owner"]`',
    "letter_not_sent": ("corrigez l’adresse dans son association.toml, ou prévenez-les vous-même"),
}
