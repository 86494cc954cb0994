"""What is said of newsrooms."""

from __future__ import annotations

from collections.abc import Mapping

WORDS: Mapping[str, str] = {
    "public_in_newsroom": "dans la salle de presse de {association} : {languages}",
    "not_public_in_language": (
        "absent de la salle de presse de {association} en {language} : {problem}"
    ),
    "put_in_newsroom": "dans la salle de presse de {associations:and}",
    "taken_out_of_newsroom": "hors de la salle de presse de {associations:and} : {reason}",
    "advantage_not_public": "« {release} » offre un avantage, ce qui n’est jamais public",
    "newsroom_closed": "{association} n’a pas de salle de presse",
    "newsroom_unknown": "{association} n’a pas de salle de presse; il y a celles de {known}",
    "newsroom_file_not_ours": "il y a déjà un fichier qu’aucune exportation n’a écrit",
    "newsroom_file_outside": "ceci s’écrirait hors du dossier",
    "newsroom_without_language": (
        "la salle de presse de {association} ne l’aura pas en {language} : {problem}"
    ),
    "release_approved_as_private": (
        "toutes les parties ont approuvé « {release} » comme absent des salles de presse "
        "(newsroom = false)"
    ),
    "release_not_public": "« {release} » n’est dans aucune salle de presse",
    "release_not_sent": "« {release} » n’a pas été envoyé, ou a été annulé",
    "release_public_already": (
        "« {release} » est déjà public, partout où il y a une salle de presse"
    ),
    "embargo_beyond_deliver_by": "l’embargo de « {release} » finirait après sa limite d’envoi",
    "embargo_approved": (
        "« {release} » a été soumis pour être public le {hour} ou plus tard, et ne le devient pas "
        "plus tôt"
    ),
    "embargo_goes_with_hour": "rien de « {release} » n’est encore parti ({state})",
    "embargo_not_agreed": (
        "{parties:and} n’ont pas dit que « {release} » peut être public dès le {hour}"
    ),
    "hour_agreed": "{hour} aussi, {whose}",
    "public_in_no_language": "il ne peut être rendu dans aucune langue : {problems:;}",
    "public_nowhere": "dans aucune salle de presse : {problem}",
    "embargo_untold": "« {release} » n’a dit aucune heure à la presse",
    "press_told_so": "qui a « {release} », à la presse, en connaît déjà la bonne heure",
    "correction_beyond_press": (
        "il rectifie ce qu’on a dit à la presse, et va aussi à {lists:and}"
    ),
    "correction_outrun": "l’embargo de « {release} » dont il parle est terminé",
    "correction_untrue": "l’embargo de « {release} » finit maintenant à une autre heure : {hour}",
    "embargo_over_before": (
        "son embargo est terminé, le {hour}, avant son départ à {association} : personne ne le "
        "reçoit avant les autres"
    ),
    "hour_and_embargo": "{hour}, sous embargo jusqu’au {until}",
    "hour_and_no_embargo": "{hour}, sans plus d’embargo",
    "embargo_over": "« {release} » n’est plus sous embargo",
    "press_has_it": (
        "{count} {count:personne de la presse a|personnes de la presse ont} « {release} » avec le "
        "{hour} comme fin d’embargo, et {count:peut|peuvent} alors le révéler"
    ),
}
