"""What is said of databases: of their servers and files, and of what they do not take."""

from __future__ import annotations

from collections.abc import Mapping

WORDS: Mapping[str, str] = {
    "backup_of_other_database": (
        "cette sauvegarde ne contient pas de base de données du genre de celle de ce bureau"
    ),
    "commit_unconfirmed": (
        "la connexion à la base de données s’est perdue juste au moment de garder ceci : tout a "
        "été gardé, ou rien"
    ),
    "data_refused": "la base de données dit : {reason}",
    "data_taken": "quelqu’un d’autre vient d’écrire la même chose : {reason}",
    "database_busy": "la base de données est occupée",
    "database_connections_used_up": "la base de données dit : {reason}",
    "database_deadlocked": "la base de données dit : {reason}",
    "database_disk_full": "la base de données dit : {reason}",
    "database_driver_missing": "il n’y a pas de pilote pour {driver}",
    "database_driver_not_asynchronous": "{driver} n’est pas un pilote asynchrone",
    "database_failed": "la base de données dit : {reason}",
    "database_folder_not_made": (
        "le dossier de la base de données ne peut pas être créé : {reason}"
    ),
    "database_follows": "la base de données dit : {reason}",
    "database_held": "la base de données dit : {reason}",
    "database_is_none": "la base de données dit : {reason}",
    "database_locked": "la base de données dit : {reason}",
    "database_lost_later": "ce qui était fait jusque-là est gardé; ensuite, {reason}",
    "database_missing": "la base de données dit : {reason}",
    "database_needs_newer": "la base de données dit : {reason}",
    "database_not_opened": "la base de données dit : {reason}",
    "database_not_writable": "la base de données dit : {reason}",
    "database_outdated": "la base de données dit : {reason}",
    "database_program_failed": "{program} a échoué : {reason}",
    "database_program_missing": "{program} n’est pas dans le PATH",
    "database_program_old": "{program} est de la version {version}, et le serveur de la {needed}",
    "database_restarting": "la base de données dit : {reason}",
    "database_server_busy": "la base de données dit : {reason}",
    "database_server_full": "la base de données dit : {reason}",
    "database_not_as_served": (
        "la base de données n’est plus ce qu’elle était il y a un instant : rien n’y est écrit"
    ),
    "database_not_in_doubt": (
        "il n’y a rien à dire : cette base de données envoie, car on n’en a jamais douté"
    ),
    "database_silent": "la base de données ne répond pas",
    "database_starting": "la base de données dit : {reason}",
    "database_stood_still": "la base de données dit : {reason}",
    "database_unreachable": "la base de données dit : {reason}",
    "database_url_unreadable": "l’URL de la base de données est illisible",
    "restore_others_connected": (
        "d’autres sont connectés à cette base de données : {count}; elle n’est restaurée que là "
        "où il n’y a personne"
    ),
    "schema_outdated": "le schéma est à la révision {revision}, et non {needed}",
    "schema_unknown": "le schéma est à la révision {revision}, que cette version ne connaît pas",
}

ADVICE: Mapping[str, str] = {
    "backup_of_other_database": (
        "donnez au bureau une base de ce genre, où elle peut être restaurée : {kind}"
    ),
    "commit_unconfirmed": "regardez ce qui est là avant de recommencer",
    "data_taken": "regardez ce qui est là, et réessayez",
    "database_busy": "réessayez",
    "database_connections_used_up": (
        "le serveur n’en a plus de libre; réessayez, ou permettez-lui-en davantage"
    ),
    "database_deadlocked": (
        "deux qui écrivaient en même temps se sont bloqués l’un l’autre; réessayez"
    ),
    "database_disk_full": "faites de la place sur le disque; rien n’a été modifié",
    "database_follows": (
        "ce serveur ne prend pas de modifications : il en suit un autre, ou est réglé ainsi"
    ),
    "database_held": (
        "une autre transaction tient ce qu’il faut, comme le fait un moment une grande liste "
        "d’envoi; réessayez"
    ),
    "database_locked": "un autre processus écrit longtemps; réessayez",
    "database_lost_later": "regardez ce qui est là avant de recommencer",
    "database_needs_newer": "prenez un Python dont SQLite est plus récent",
    "database_not_writable": "rendez le fichier et son dossier modifiables pour cet utilisateur",
    "database_program_missing": (
        "installez les programmes de PostgreSQL de la version {version} ou d’une plus récente "
        "(`postgresql-client-{version}` sous Debian), ou mettez leur dossier dans le PATH"
    ),
    "database_program_old": (
        "installez ceux de la version {needed} ou d’une plus récente "
        "(`postgresql-client-{needed}` sous Debian), et mettez leur dossier en tête du PATH"
    ),
    "database_restarting": "le serveur redémarre; réessayez",
    "database_server_busy": "le serveur est très occupé; réessayez, ou regardez ce qu’il fait",
    "database_server_full": "faites de la place sur le disque du serveur; rien n’a été modifié",
    "database_silent": "regardez le serveur, et réessayez",
    "database_starting": "le serveur démarre; réessayez",
    "database_stood_still": "ce processus s’est arrêté au beau milieu; rien n’a été modifié",
    "restore_others_connected": (
        "arrêtez tous les services et programmes qui s’en servent, et réessayez"
    ),
    "schema_unknown": "installez la version de Communiqué qui l’a fait, ou une plus récente",
}
