"""What is said by code of all else."""

from __future__ import annotations

from collections.abc import Mapping

WORDS: Mapping[str, str] = {
    "actor_not_approver": "{person} ne peut pas approuver pour {association}",
    "address_character_invisible": (
        "« {text} » a un caractère invisible avant le @ (U+{character:04X})"
    ),
    "address_character_not_allowed": (
        "« {text} » a avant le @ un caractère ou un point qu’une adresse ne peut pas avoir"
    ),
    "address_empty": "l’adresse est vide",
    "address_local_part_too_long": "« {text} » a plus de 64 octets avant le @",
    "address_not_ascii": (
        "« {text} » a avant le @ des lettres que tous les relais ne transmettent pas"
    ),
    "address_too_long": "« {text} » dépasse 254 octets",
    "address_without_at": "« {text} » n’a pas de @",
    "address_without_domain": "« {text} » n’a rien après le @",
    "address_without_local_part": "« {text} » n’a rien avant le @",
    "agreement_of_others": (
        "« {agreement} » n’est pas une entente de {associations}; un communiqué en cite une de "
        "toutes ses parties"
    ),
    "agreement_repeated": "deux ententes ont la clé « {key} »",
    "agreement_term_changed": (
        "l’entente « {agreement} » n’a plus sa période du {starts} au {ends}; on ne fait "
        "qu’ajouter des périodes"
    ),
    "agreement_too_few_parties": "une entente a au moins deux parties",
    "agreement_unknown": "il n’y a pas d’entente « {agreement} »",
    "approver_unknown": "« {person} » ne peut pas approuver pour {association}",
    "association_folder_misnamed": "« {text} » n’est pas {what}",
    "association_not_declared": "aucune association « {text} » n’est déclarée; {hint}",
    "association_not_party": "{association} n’est pas partie à « {release} »",
    "association_unknown": "il n’y a pas d’association « {association} » (connues : {known})",
    "association_without_approver": "personne ne peut approuver un communiqué pour elle",
    "associations_not_declared": "aucune association n’est déclarée ici",
    "attachment_name_not_allowed": (
        "un fichier joint à un message ne peut pas s’appeler « {name} »"
    ),
    "attachment_type_unknown": "« {media_type} » n’est pas un type de fichier joint",
    "audience_repeated": "« {association} » a plus d’un [[audience]]",
    "audience_unknown": "« {release} » n’a pas de destinataires à {association}",
    "audience_without_edition": (
        "aucune édition n’est dans une langue de {association} ({languages})"
    ),
    "consent_basis_unknown": "« {text} » n’est pas un fondement du consentement; {hint}",
    "content_changed": "le contenu gardé {content} n’est pas ce qui a été approuvé",
    "content_format_unknown": (
        "le contenu {content} a été figé au format {format}; cette version de Communiqué lit "
        "jusqu’au {newest}"
    ),
    "content_gone": "le contenu {content} n’est plus gardé",
    "content_not_named": "« {content} » n’est pas l’empreinte d’un contenu",
    "content_not_under_review": (
        "le contenu {content} de « {release} » n’est pas celui qui est en révision, qui est "
        "{under_review}"
    ),
    "content_unreadable": "le contenu figé {content} ne se lit pas au format {format} : {reason}",
    "content_without_association": (
        "« {release} » a été figé sans l’association « {association} »"
    ),
    "backup_missing": "ce fichier n’existe pas",
    "backup_unreadable": "n’est pas une sauvegarde : {reason}",
    "declarations_invalid": "{count} {count:problème|problèmes} dans {folder}",
    "deliver_by_too_early": "la limite d’envoi n’est pas après l’heure de {association}, {hour}",
    "delivery_unknown": "il n’y a pas d’envoi {delivery} dans le journal",
    "desk_not_begun": "impossible de commencer un bureau ici : {reason}",
    "domain_invalid": "« {text} » n’est pas le nom d’un domaine",
    "edition_unknown": "{association} n’envoie pas « {release} » en « {language} »",
    "engine_local_needs_both_roles": (
        "le moteur « local » planifie et envoie dans un même processus"
    ),
    "file_exists": "ce fichier existe déjà",
    "file_missing": "n’existe pas",
    "file_not_regular": "n’est pas un fichier de texte",
    "file_not_utf8": "n’est pas du texte UTF-8",
    "file_outside_folder": "mène à ce qui n’est pas dans {folder}",
    "file_too_large": "dépasse {most} Ko",
    "file_unreadable": "est illisible : {reason}",
    "files_exist": "{known} : existe déjà ici",
    "folder_missing": "ce dossier n’existe pas",
    "french_not_spoken": "elle exige le français et ne le parle pas : ajoutez « fr »",
    "front_matter_missing": "l’en-tête manque ou n’est pas terminé",
    "header_not_ascii": "{what} : ce n’est pas de l’ASCII visible",
    "hour_beyond_calendar": "« {text} » dépasse tout calendrier",
    "hour_leapt_over": "le {day}, il n’est jamais {hour} à {zone} : on avance l’heure",
    "day_of_another_name": "« {text} » : le {day} est un autre jour de la semaine",
    "day_unreadable": "« {text} » n’est pas un jour",
    "hour_missing": "« {text} » ne dit pas d’heure",
    "hour_past": "{hour} est passé",
    "hour_twice": "le {day}, il est deux fois {hour} à {zone} : on recule l’heure",
    "hour_unreadable": "« {text} » n’est pas une date et une heure",
    "journal_not_written": "rien n’est pris en charge, car on ne peut pas le noter : {reason}",
    "journal_unusable": "le journal de bord ne peut pas être ouvert : {reason}",
    "json_unreadable": "n’est pas du JSON : {reason}",
    "key_missing": "`{key}` manque",
    "key_unknown": "clé inconnue `{key}`; {hint}",
    "kind_unknown": "il n’y a pas de genre « {kind} »; {hint}",
    "language_too_exact": "« {text} » dit plus qu’une langue : écrivez « {language} »",
    "language_unknown": "« {language} » n’est pas une langue comme fr ou en",
    "list_not_chosen": "{association} a plusieurs listes : {known}",
    "tables_missing": "il n’y a pas de [[{key}]]",
    "list_not_frozen": "{association} n’a pas de liste « {list} »",
    "list_of_partner_unknown": "{association} n’a pas de liste « {list} »",
    "list_repeated": "deux listes ont la clé « {key} »",
    "list_unknown": "{association} n’a pas de liste « {list} » (connues : {known})",
    "mailbox_not_local": "la boîte aux lettres intégrée ne peut pas écouter sur {host}",
    "mailbox_port_taken": (
        "la boîte aux lettres intégrée ne peut pas écouter sur {host}:{port} : {reason}"
    ),
    "memory_unusable": "ce qui est fait ici ne peut pas être retenu : {reason}",
    "password_unreadable": (
        "le mot de passe du transport « {transport} » est illisible : {reason}"
    ),
    "person_address_repeated": "{person} a déjà cette adresse",
    "person_language_not_spoken": "l’association n’écrit pas en « {language} », mais en {known}",
    "person_repeated": "deux personnes s’appellent {person}",
    "person_unknown": (
        "{address} n’est pas une des personnes de {association}; un essai ne va à personne d’autre"
    ),
    "problems_found": "{count} {count:problème trouvé|problèmes trouvés}",
    "queue_unusable": "la file d’attente est inutilisable : {reason}",
    "queue_version_unknown": (
        "la file d’attente de cette base de données est d’une autre version de Procrastinate : "
        "il lui manque {missing}"
    ),
    "release_changed": (
        "le contenu de « {release} » a changé depuis qu’il a été soumis : {differing}"
    ),
    "release_changed_meanwhile": "quelqu’un d’autre vient de modifier « {release} »",
    "release_edited_meanwhile": "quelqu’un d’autre a modifié « {release} » entre-temps",
    "release_folder_misnamed": (
        "le dossier d’un communiqué se nomme en minuscules, chiffres et traits d’union"
    ),
    "release_folder_not_begun": "un communiqué ne peut pas commencer ainsi",
    "release_folder_unreadable": "le communiqué de {folder} est illisible",
    "release_gone": "ce communiqué n’existe pas",
    "release_names_unknown": "« {release} » nomme ce qui n’est pas ici",
    "release_not_begun": (
        "on ne peut pas mettre en pause un communiqué approuvé : rien n’en part encore"
    ),
    "release_not_in_state": "impossible ({verb}) : l’état du communiqué est « {state} »",
    "release_not_renderable": "le communiqué ne peut pas être composé pour tous les lecteurs",
    "release_not_sendable": "« {release} » ne peut pas être envoyé",
    "release_not_submitted": "« {release} » n’a pas été soumis",
    "release_or_parties_changed_meanwhile": (
        "quelqu’un d’autre vient de modifier « {release} », ou ce que déclarent ses parties"
    ),
    "release_unknown": "il n’y a pas de communiqué « {release} »",
    "release_without_audience": "le communiqué n’a pas de destinataires",
    "release_without_edition": "le communiqué n’a pas d’édition",
    "release_without_hour": "« {release} » n’a pas d’heure",
    "release_without_party": "un communiqué a au moins une partie",
    "release_without_reader": "il n’y a plus personne à qui écrire",
    "restore_would_replace": "{names} : existe déjà ici",
    "role_unknown": "« {text} » n’est pas le rôle d’une personne; {hint}",
    "service_running": "un autre service travaille ici : le processus {process} sur {host}",
    "signing_key_differs": (
        "une autre clé de signature « {key} » a signé les messages déjà envoyés"
    ),
    "signing_key_lost": (
        "la clé de signature n’est pas ici, et les liens des messages déjà envoyés sont signés "
        "avec elle"
    ),
    "signing_key_malformed": (
        "une clé de signature est un identifiant de 1 à 8 lettres et chiffres, `:` et au moins "
        "64 chiffres hexadécimaux"
    ),
    "signing_key_misplaced": (
        "la clé de signature « {key} » a commencé ici : elle doit être la dernière"
    ),
    "signing_key_missing": "il n’y a pas de clé de signature",
    "signing_key_not_kept": "la clé de signature ne peut pas être gardée : {reason}",
    "signing_keys_lacking": (
        "les liens des messages déjà envoyés sont signés avec des clés qui ne sont pas ici : {keys}"
    ),
    "subscriber_gone": "cet abonné n’existe pas",
    "subscriber_unknown": "{association} n’a pas d’abonné à l’adresse « {address} »",
    "subscribers_folder_missing": "ce dossier n’existe pas",
    "term_ends_before_start": "la période finit avant de commencer",
    "terms_overlap": "la période commence avant la fin de celle d’au-dessus",
    "text_control_character": "{what} : contient un caractère de commande (U+{character:04X})",
    "text_lone_surrogate": "un texte contient la moitié d’un caractère (un demi-codet isolé)",
    "time_unit_unknown": "« {unit} » n’est pas une unité de temps connue ici",
    "time_zone_misspelt": "il n’y a pas de fuseau « {zone} »; {hint}",
    "time_zone_abbreviated": (
        "« {zone} » n’est l’heure d’aucun lieu : elle ne connaît pas d’été, ou pas de loi"
    ),
    "time_zone_unknown": "« {zone} » n’est pas le nom d’un fuseau horaire",
    "token_part_invalid": "une partie d’un jeton contient un point",
    "toml_unreadable": "n’est pas du TOML : {reason}",
    "transport_not_set_up": "{association} envoie par « {transport} », qui n’est pas réglé",
    "value_empty": "`{key}` est vide",
    "value_malformed": "« {text} » n’est pas {what}",
    "value_not_boolean": "`{key}` doit être true ou false",
    "value_not_by_language": "`{key}` doit être donné par langue : {key}.{language} =",
    "value_not_day": "`{key}` doit être un jour, sans guillemets : 2025-06-03",
    "value_not_table": "`{key}` doit être une table",
    "value_not_tables": "`{key}` doit être des tables, commencées chacune par [[{heading}]]",
    "value_not_text": "`{key}` doit être du texte, entre guillemets",
    "value_not_texts": "`{key}` doit être une liste d’un texte ou plus",
    "value_repeated": "`{key}` dit deux fois la même chose",
    "web_address_invalid": "« {text} » n’est pas une adresse Web (https://…)",
    "web_address_without_host": "elle n’a pas d’hôte",
    "value_not_instant": (
        "`{key}` doit être une heure avec son décalage : 2019-05-30T09:00:00-04:00"
    ),
    "value_not_languages": '`{key}` doit être une liste de langues : ["fr", "en"]',
    "value_not_link": "`{key}` doit être une adresse Web (https://…)",
    "value_not_moment": '`{key}` doit être une heure locale, "2019-10-03 18:00", ou un jour',
    "value_out_of_range": "`{key}` doit aller de 0 à {most:,}",
    "value_not_number": "`{key}` doit être un nombre entier, sans guillemets : 40",
    "value_not_quotations": "`{key}` doit être des citations, chacune avec ses paroles et un nom",
}

ADVICE: Mapping[str, str] = {
    "agreement_term_changed": (
        "remettez la période comme elle était; pour finir l’entente plus tôt, donnez-lui `ended "
        "= ` et le premier jour où elle ne vaut plus"
    ),
    "approver_unknown": (
        "qui le peut : {approvers} (selon subscribers/{association}/association.toml)"
    ),
    "association_folder_misnamed": "renommez le dossier",
    "association_not_party": "ses parties sont {parties}",
    "association_without_approver": 'donnez à une [[person]] `roles = ["approver"]`',
    "audience_repeated": "nommez toutes les listes dans un seul",
    "audience_unknown": "il en a à {known}",
    "audience_without_edition": "écrivez {language}.md",
    "content_format_unknown": "prenez la version qui l’a figé, ou une plus récente",
    "agreement_of_others": "citez-en une dont toutes sont parties, ou aucune",
    "content_not_named": "donnez son empreinte entière, 64 chiffres, comme la révision la montre",
    "content_not_under_review": "lisez-le comme il est maintenant, et approuvez cela",
    "correction_beyond_press": "nommez seulement des listes de la presse : {press:and}",
    "deliver_by_too_early": "choisissez une limite plus tardive, ou une heure plus tôt",
    "desk_not_begun": "nommez un dossier où vous pouvez écrire",
    "edition_unknown": "elle envoie {known}",
    "file_not_utf8": "enregistrez-le en UTF-8",
    "file_outside_folder": "mettez-y le fichier lui-même, à la place du lien",
    "files_exist": "choisissez un autre dossier, ou déplacez d’abord ces fichiers",
    "front_matter_missing": (
        "commencez par une ligne {fence}, puis subject = et preheader =, puis {fence}"
    ),
    "hour_beyond_calendar": (
        "écrivez-la comme « 2027-06-03 09:00 », « demain 9 h » ou « dans 10 minutes »"
    ),
    "hour_leapt_over": "choisissez une heure avant ou après le changement",
    "day_of_another_name": "dites quel jour vous voulez dire",
    "day_unreadable": "écrivez-le comme « 2027-06-03 » ou « 3 juin 2027 »",
    "hour_missing": "ajoutez-en une, comme « {day} 09:00 »",
    "hour_past": "choisissez une heure à venir",
    "hour_twice": "dites laquelle : {choices}",
    "hour_unreadable": (
        "écrivez-la comme « 2027-06-03 09:00 », « demain 9 h » ou « in 10 minutes »"
    ),
    "journal_not_written": (
        "faites de la place sur le disque, ou redémarrez-le; rien n’est perdu entre-temps"
    ),
    "journal_unusable": "le service doit pouvoir y écrire",
    "list_not_frozen": "ses listes sont {known}",
    "mailbox_not_local": (
        "elle prend les messages de quiconque l’atteint : prenez 127.0.0.1 ou ::1"
    ),
    "person_unknown": "déclarées dans association.toml : {known}",
    "queue_unusable": "vérifiez que le serveur de la base de données tourne",
    "queue_version_unknown": (
        "arrêtez tous les services, puis supprimez ses types, tables et fonctions : tous leurs "
        "noms commencent par procrastinate_; ils sont refaits, et rien n’est perdu"
    ),
    "release_changed": (
        "soumettez-le de nouveau, et faites-le approuver de nouveau par toutes les parties"
    ),
    "release_changed_meanwhile": "regardez, et réessayez",
    "release_or_parties_changed_meanwhile": "regardez, et réessayez",
    "release_edited_meanwhile": "regardez ce qu’il dit maintenant, et modifiez cela",
    "release_folder_misnamed": "nommez-le comme mission-automne",
    "release_not_in_state": "il faudrait « {allowed:or} »",
    "release_not_submitted": "soumettez-le d’abord",
    "release_without_edition": "écrivez fr.md, en.md, …",
    "restore_would_replace": (
        "restaurez dans un autre dossier, ou faites mettre de côté ce qui est ici"
    ),
    "signing_key_malformed": (
        "gardez les anciennes clés : les liens des messages déjà envoyés sont signés avec elles"
    ),
    "time_unit_unknown": (
        "comptez en secondes, minutes, heures, jours ou semaines, ou écrivez la date elle-même, "
        "comme « 2027-06-03 09:00 »"
    ),
    "time_zone_abbreviated": "nommez un lieu, comme America/Toronto ou America/New_York",
    "time_zone_unknown": "écrivez-le comme America/Toronto",
}
