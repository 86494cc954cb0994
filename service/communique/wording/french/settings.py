"""What is said of settings."""

from __future__ import annotations

from collections.abc import Mapping

WORDS: Mapping[str, str] = {
    "settings_invalid": "{complaints:;}",
    "settings_doubtful": "{complaints:.}",
    "setting_wrong": "{name} : {why}",
    "setting_unknown": (
        "{name}, dans l’environnement, n’est pas un réglage; vouliez-vous dire {near}?"
    ),
    "setting_unknown_in_file": (
        "{name}, dans {path}, n’est pas un réglage; vouliez-vous dire {near}?"
    ),
    "setting_with_dollar": (
        "{name}, dans {path}, contient un $, que docker compose remplacerait et qui reste tel quel "
        "ici : mettez la valeur entre apostrophes droites, ou gardez un mot de passe dans un "
        "fichier."
    ),
    "setting_with_remark": (
        "{name}, dans {path}, contient un # après une espace, où commence une remarque : mettez la "
        "valeur entre apostrophes droites, et la remarque sur une ligne à part."
    ),
    "setting_not_json": "{name} n’est pas du JSON",
    "setting_at_least": "il faut au moins {bound}",
    "setting_at_most": "il faut au plus {bound}",
    "setting_below": "il faut moins de {bound}",
    "setting_above": "il faut plus de {bound}",
    "setting_one_of": "il faut {known}",
    "setting_not_number": "il faut un nombre",
    "setting_not_yes_or_no": "il faut true ou false",
    "setting_not_duration": ("écrivez PT1H (une heure), PT15M (15 minutes), PT30S ou PT1H30M"),
    "setting_refused": "{reason}",
    "password_twice": "donnez password ou password_file, pas les deux",
    "username_without_password": "avec username, il faut password ou password_file",
    "password_in_clear": (
        "avec tls none, quiconque est sur le chemin du relais lit le mot de passe : prenez "
        "starttls ou implicit, ou n’ayez pas de username"
    ),
    "public_url_not_https": (
        "{name} doit être en https dès qu’un relais est configuré : le désabonnement en un clic "
        "l’exige (RFC 8058 §3.1)"
    ),
    "several_without_postgresql": (
        "{name}=distributed demande PostgreSQL : donnez {other}, ou laissez le moteur à local"
    ),
    "several_with_mailbox": (
        "{name}=distributed demande un relais, car la boîte aux lettres intégrée est celle d’un "
        "seul processus : donnez {other}"
    ),
    "several_count_apart": (
        "{name}=distributed n’a pas de DOMAIN_RATE, que chaque processus compterait pour "
        "lui-même : prenez plutôt RATE pour {relays}"
    ),
}
