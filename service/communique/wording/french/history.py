"""What is said of releases: what to look at twice, and why one moved, or something was done."""

from __future__ import annotations

from collections.abc import Mapping

WORDS: Mapping[str, str] = {
    "losses_seen": "{failed} {failed:échec|échecs}, {unknown} {unknown:incertain|incertains}",
    "agreement_not_in_force": (
        "l’entente « {agreement} » n’est pas en vigueur le {day} à {association}"
    ),
    "approval_void": "1 approbation est nulle",
    "approvals_void": "{count} approbations sont nulles",
    "copy_of": "une copie de « {release} »",
    "as_declared": "comme déclaré",
    "count_of_state": "{count} à l’état « {state} »",
    "database_changed_hands": (
        "la base de données a été restaurée, copiée ou déplacée; reprenez-le si le reste peut "
        "encore partir"
    ),
    "declared_agreement": "entente {key}",
    "declared_association": "association {key}",
    "declared_by_no_folder": ("aucun dossier ne la déclare plus : plus personne n’y travaille"),
    "declared_list": "liste {association}/{key}",
    "declared_no_more": "n’est plus déclarée",
    "deliver_by_passed": "sa limite d’envoi, {hour}, est passée",
    "due_while_in_doubt": (
        "il était dû pendant que la base de données attendait qu’on dise qu’elle peut envoyer"
    ),
    "edition_lacking": (
        "il n’y a pas d’édition en {languages:and} : qui lit cela à {association} reçoit {fallback}"
    ),
    "ends_early_no_more": "ne finit plus plus tôt",
    "ends_on": "n’est plus en vigueur à partir du {day}",
    "failed_alike": "échec semblable pour {count} {count:lecteur|lecteurs} : {reason}",
    "fields_changed": "{fields}",
    "address_of_next_owner": "l’adresse est dès lors à quelqu’un d’autre : {source}",
    "fields_changed_by": "{fields} : {source}",
    "for_each_of": "{each:;}",
    "hour_in_each_zone": "{hour} {zone}, et à cette heure locale ailleurs",
    "hour_in_zone": "{hour} {zone}",
    "hour_passed_unapproved": (
        "son heure est passée avant que tous approuvent : fixez-en une autre"
    ),
    "hour_taken_away": "plus d’heure; c’était {hour}",
    "imported_from": (
        "{source} : {added} {added:ajouté|ajoutés}, {changed} {changed:modifié|modifiés}, "
        "{unchanged} {unchanged:inchangé|inchangés}"
    ),
    "imported_matching": (
        "{source} : {added} {added:ajouté|ajoutés}, {changed} {changed:modifié|modifiés}, "
        "{unchanged} {unchanged:inchangé|inchangés}, {left}"
    ),
    "kind_unmatched": "aucun membre de {association} n’est du genre « {value} » (only.kinds)",
    "left_list": "{count} de moins sur {list}",
    "list_empty": "personne n’est sur la liste « {list} » de {association}",
    "mail_leaves_otherwise": (
        "les messages de {association} partent autrement qu’avant ({change})"
    ),
    "nobody_to_write_to": "il n’y a personne à qui écrire : {doubts:;}",
    "readers_without_name": (
        "le texte en {language} s’adresse à ses lecteurs par {what}, qui manque à {count} "
        "d’entre eux à {association} : écrivez ce qui le remplace, ou contournez-le"
    ),
    "nobody_written_to": "on n’écrirait à personne à {association}",
    "not_approved_by": "pas approuvé par {parties}",
    "not_picked_up": "n’a pas pu être pris en charge : {problem}",
    "nothing_ran_at_its_hour": "il était dû le {hour} et rien ne tournait pour l’envoyer",
    "nothing_ran_when_due": (
        "rien ne tournait pour l’envoyer quand il était dû; reprenez-le s’il peut encore partir"
    ),
    "party_alone": "{association}",
    "party_of_former_approver": "{association}, où {person} n’approuve plus",
    "remark_too_long": (
        "ce texte a {count} {count:caractère|caractères}; un commentaire en a {most} au plus"
    ),
    "said_for": "pour {association}",
    "said_in_name_of": "au nom de {person}, pour {association}",
    "said_with_comment": "{whose} : {comment}",
    "sector_unmatched": (
        "aucun membre de {association} n’est du secteur « {value} » (only.sectors)"
    ),
    "source_broken_off": "{source}, interrompue",
    "list_basis_changed": (
        "{fields} : {before} → {now}; le consentement vaut plus longtemps pour {people}, dont "
        "{again} pour qui il était échu"
    ),
    "synced_change": "{verb} {what} ({detail})",
    "terms_run_on": "n’est plus déclarée; ses périodes courent encore",
    "territory_elsewise": (
        "les membres de {association} dont le territoire s’appelle {values:or} sont laissés de "
        "côté (only.territories)"
    ),
    "territory_unmatched": (
        "aucun membre de {association} n’est du territoire « {value} » (only.territories)"
    ),
    "test_sent_to": "à {person}, pour {association}",
    "transport_rerouted": "{transport} : {now}, et non {before}",
    "tried_again": "{counts}",
    "with_lists": "listes : {lists}",
    "with_term": "période du {starts} au {ends}",
    "with_terms": "{count} {count:période|périodes}",
}
