"""What is said of agreements: where one stands, and what an end cuts off."""

from __future__ import annotations

from collections.abc import Mapping

WORDS: Mapping[str, str] = {
    "agreement_ended_early": "« {agreement} » a pris fin : elle ne vaut plus à partir du {ended}",
    "agreement_ends_soon": (
        "« {agreement} » finit le {last}, dans {days} jours, et aucune période ne suit"
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
    "day_at": "à {association} le {day}",
    "hour_outside_agreement": (
        "« {agreement} » n’est pas en vigueur {where:and} : on n’y écrirait à personne"
    ),
    "letter_not_sent": "{purpose} : n’a pas atteint {address} de {association}, {reason}",
    "letter_on_end": "le rappel de la fin d’une entente",
    "letter_waits": "{purpose} à {address} de {association} sera réessayé : {reason}",
    "reminded_of_end": "{people} : elle finit le {last}, dans {left} jours",
}

ADVICE: Mapping[str, str] = {
    "association_without_owner": 'donnez à une de ses personnes `roles = ["owner"]`',
    "letter_not_sent": ("corrigez l’adresse dans son association.toml, ou prévenez-les vous-même"),
}
