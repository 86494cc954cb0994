"""What a person can do about an error, where no door is known: by the name of its Remedy."""

from __future__ import annotations

from collections.abc import Mapping

REMEDIES: Mapping[str, str] = {
    "AGREE_TO_ROUTES": (
        "réglez les relais comme ils l’étaient, ou dites que les messages peuvent partir comme "
        "réglé maintenant"
    ),
    "BEGIN_DESK": "commencez un bureau, qui a deux associations pour débuter",
    "CHECK_DATABASE": (
        "vérifiez où l’on dit que se trouve la base de données, et que son serveur tourne"
    ),
    "CHOOSE_COLUMN": "dites laquelle c’est : {choices}",
    "CHOOSE_SHEETS": ("lisez chacune à part : d’abord celles de qui a refusé, puis « {sheet} »"),
    "CHOOSE_ENCODING": "dites lequel c’est : {choices}; ils se liraient ainsi : {samples}",
    "CHOOSE_LIST": "choisissez une de ses listes",
    "COPY_TO_PUBLISH": "faites-en approuver une copie qui doit être publique",
    "CREATE_DATABASE": "créez la base de données, ou mettez son schéma à jour",
    "DECLARE_AGREEMENT": "déclarez-la dans subscribers/agreements.toml, et reprenez ce fichier",
    "DECLARE_ASSOCIATION": "déclarez-la dans un dossier de subscribers/, et reprenez ce dossier",
    "DECLARE_LIST": (
        "déclarez-la dans subscribers/{association}/lists.toml, et reprenez ce fichier"
    ),
    "DESCRIBE_DATABASE": "écrivez-la comme postgresql+psycopg://utilisateur@hôte/nom",
    "EXPLAIN_SETTINGS": "chaque réglage est expliqué dans docs/settings.md",
    "FREE_MAILBOX_PORT": (
        "arrêtez ce qui y écoute, ou donnez un autre port à la boîte aux lettres"
    ),
    "GIVE_BOTH_ROLES": "laissez-le planifier et envoyer, ou prenez le moteur réparti",
    "GIVE_SAME_KEYS": (
        "donnez à toutes les machines les mêmes clés de signature, dans le même ordre"
    ),
    "INSTALL_DRIVER": (
        "installez ce qu’il faut à PostgreSQL, ou prenez la base de données intégrée"
    ),
    "LIST_RELEASES": "regardez quels communiqués il y a",
    "MAP_COLUMNS": "dites quelles colonnes ce sont : {fields}",
    "MERGE_OR_MIND_SPELLING": (
        "vérifiez-en l’orthographe; si les deux sont une même personne, n’en faites qu’une"
    ),
    "MOVE_DATA": "gardez les données dans un dossier qui existe et où l’on peut écrire",
    "MOVE_HOUR_OR_RENEW": "donnez-lui une heure d’avant, ou renouvelez l’entente",
    "MOVE_OR_SEND_BACK": "choisissez-lui une autre heure ou aucune, ou refusez-le",
    "NAME_WHAT_YES_IS_TO": "nommez la liste, ou dites que c’est à toutes",
    "RECORD_NEW_YES": "consignez un accord plus récent, avec son jour et comment il est parvenu",
    "RECORD_YES": (
        "la personne le reprend par le lien de n’importe quel message reçu; ou consignez un "
        "accord plus récent, avec son jour et comment il est parvenu"
    ),
    "REJECT_AND_SUBMIT": (
        "refusez-le, soumettez-le de nouveau, et faites-le approuver de nouveau par toutes les "
        "parties"
    ),
    "RENEW_AGREEMENT": (
        "convenez d’une autre période, ajoutez-la dans subscribers/agreements.toml, et reprenez "
        "ce fichier"
    ),
    "RESTORE_KEYS": "remettez les clés à partir d’une copie; sans elle, ces liens restent morts",
    "SAY_BEYOND_TERM": (
        "choisissez une heure pendant qu’elle l’est, ou dites que celle-ci est bien voulue"
    ),
    "SAY_DATE_ORDER": (
        "écrivez les dates année-mois-jour, ou dites dans quel ordre le fichier les écrit"
    ),
    "SAY_FOLDER_LEADS": (
        "reprenez dans le dossier ce qu’a le bureau, ou dites que le dossier le remplace"
    ),
    "SAY_WHOSE_NUMBER": "laissez cette colonne de côté; ou dites que ce sont des entreprises",
    "SAY_WHO_IT_IS": "dites si c’est la même personne, ou qui a cette adresse ensuite",
    "SAY_FOR_PARTY": (
        "faites accepter cette heure à chacune; une heure plus tardive ne demande l’accord de "
        "personne"
    ),
    "SAY_PRESS_HAS_IT": (
        "laissez l’heure, ou dites que vous le savez; puis avisez-les par un rectificatif"
    ),
    "REVIVE": "redonnez à la liste son fondement; ou dites que le leur peut valoir de nouveau",
    "SAY_HOW_MANY_LEAVE": (
        "regardez si c’est le bon fichier, et s’il est entier; dites ensuite combien peuvent partir"
    ),
    "SET_UP_TRANSPORT": "réglez ce transport, ou faites envoyer l’association par un autre",
    "SET_WITH_HOUR": "fixez la fin de l’embargo avec l’heure à laquelle il part",
    "START_NEXT_DAY": (
        "faites-la commencer le {starts}, ou dites que les jours d’intervalle sont voulus"
    ),
    "STOP_OTHER": (
        "arrêtez-le d’abord, ou donnez à celui-ci son propre dossier et sa propre base de données"
    ),
    "UPGRADE_DATABASE": "mettez à jour le schéma de la base de données",
}
