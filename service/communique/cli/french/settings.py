"""The French of `communique settings`: the page, and what each setting means, by the English."""

from __future__ import annotations

from collections.abc import Mapping

from communique.wording.typography import french as held

HEADING = ("variable", "sens", "valeur par défaut")

PAGE = held("""\
# Réglages

Chaque réglage est une variable d’environnement. Il peut aussi se trouver dans le fichier `.env` du
dossier du bureau, ou être le contenu d’un fichier du même nom, en minuscules, dans `{secrets}`
(comme `{secrets}/{lower}database_url`), là où les moteurs de conteneurs mettent les secrets.
L’environnement passe avant `.env`, et `.env` avant les fichiers. Les durées suivent ISO 8601
(`PT1H30M`).

Le dossier du bureau est `{prefix}HOME`, ou sinon le dossier où `communique` est lancé. Avec
`{prefix}HOME` dans l’environnement, seul le `.env` de ce dossier est lu, quoi que dise celui du
dossier où `communique` est lancé. Si `{prefix}HOME` se trouve dans un `.env`, ce fichier et le
`.env` du dossier qu’il nomme sont lus tous deux, et le second passe avant.

Dans l’environnement et dans `.env`, un `{prefix}…` qui n’est aucun de ceux-ci est refusé. Dans
`.env`, une valeur qui contient un `$` se met entre apostrophes droites : ailleurs, d’autres, comme
docker compose, remplacent ce qui le suit.

{settings}

## Relais

Chaque relais a un nom de votre choix à la place de `<NAME>`. Celui qui s’appelle `DEFAULT` sert à
toutes les associations qui n’ont pas le leur. Tant qu’il n’y en a pas de ce nom, leurs messages
vont dans la boîte aux lettres intégrée; ceux d’une association qui a un relais quittent
l’ordinateur.

{transports}
""")

_MEANINGS: Mapping[str, str] = {
    "The desk's folder: `templates/`, `subscribers/`, `releases/`.": (
        "Le dossier du bureau : `templates/`, `subscribers/`, `releases/`."
    ),
    "Where the desk keeps what it owns (below `home` if relative).": (
        "Où le bureau garde ce qui est à lui (sous `home` si le chemin est relatif)."
    ),
    "SQLAlchemy URL. Empty: SQLite in `data`. `postgresql://…` needs the extra `postgresql`.": (
        "URL de SQLAlchemy. Vide : SQLite dans `data`. `postgresql://…` demande le complément "
        "`postgresql`."
    ),
    "Address that `serve` listens on.": "Adresse où `serve` écoute.",
    "Port that `serve` listens on.": "Port où `serve` écoute.",
    (
        "Addresses of proxies that stand before the pages, separated by blanks: who "
        "asks is whom they name. Any other address may hold 50 connections."
    ): (
        "Adresses des mandataires placés devant les pages, séparées par des espaces : qui demande "
        "est celui qu’ils nomment. Toute autre adresse a droit à 50 connexions."
    ),
    (
        "Where members reach the public pages; https once a relay is configured. "
        "Unset: `http://` with `host` and `port`."
    ): (
        "Où les membres trouvent les pages publiques; en https dès qu’un relais est configuré. Non "
        "réglé : `http://` avec `host` et `port`."
    ),
    (
        "Signing keys as `id:hex` (an id has 1 to 8 letters and digits), separated by "
        "blanks, the one in use first. "
        "Unset: kept in `data`/keys, made at the first start; if lost, put back from your copy."
    ): (
        "Clés de signature, écrites `id:hex` (un id a de 1 à 8 lettres et chiffres), séparées par "
        "des espaces, celle qui sert en premier. Non réglé : gardées dans `data`/keys, créées au "
        "premier démarrage; si elles sont perdues, remettez-les de votre copie."
    ),
    (
        "What carries work to workers. `local`: this one process, alone at its "
        "database. `distributed`: as many processes and machines as you start, over PostgreSQL; "
        "needs the extra `distributed`, and a relay as transport `default`."
    ): (
        "Ce qui porte le travail. `local` : ce seul processus, seul à sa base de données. "
        "`distributed` : autant de processus et d’ordinateurs que vous en lancez, par PostgreSQL; "
        "demande le complément `distributed`, et un relais qui s’appelle `default`."
    ),
    "Address of the built-in mailbox.": "Adresse de la boîte aux lettres intégrée.",
    "Port of the built-in mailbox.": "Port de la boîte aux lettres intégrée.",
    "A release not picked up this long after its hour is `missed` and asks.": (
        "Un communiqué qui n’est pas parti ce temps après son heure est « manqué », et demande."
    ),
    "An hour at which a release’s agreement is not in force: `ask` or `refuse`.": (
        "Une heure où l’entente du communiqué n’est pas en vigueur : `ask` (demander) ou `refuse`."
    ),
    "Deliveries in one batch, which are claimed at once.": (
        "Envois d’un même lot, qui sont pris ensemble."
    ),
    "Batches worked at once, of each association, by one process.": (
        "Lots qu’un processus traite à la fois, pour chaque association."
    ),
    "How long a claim lasts; above the 10 minutes that a final reply may take.": (
        "Combien de temps un lot reste pris; plus que les 10 minutes qu’une réponse finale peut "
        "prendre."
    ),
    "How long a stop may take; three quarters of it are a relay's, to answer in.": (
        "Combien de temps un arrêt peut prendre; les trois quarts sont au relais, pour répondre."
    ),
    "How long somebody stays signed in at the desk without doing anything.": (
        "Combien de temps on reste connecté au bureau sans rien faire."
    ),
    "How long somebody stays signed in at most. The operator: 12 hours at most.": (
        "Combien de temps on reste connecté au plus. L’opérateur : 12 heures au plus."
    ),
    (
        "What commands speak, `fr` or `en`: from the environment or `.env`. "
        "Unset: as `LC_ALL`, `LC_MESSAGES` or `LANG` says."
    ): (
        "La langue des commandes, `fr` ou `en` : dans l’environnement ou dans `.env`. Non réglé : "
        "ce que dit `LC_ALL`, `LC_MESSAGES` ou `LANG`."
    ),
    "Log as JSON, one object a line.": "Écrire le journal en JSON, un objet par ligne.",
    "Name or address of the relay.": "Nom ou adresse du relais.",
    "587 for STARTTLS, 465 for implicit TLS.": "587 pour STARTTLS, 465 pour TLS implicite.",
    "`starttls`, `implicit`, or `none` (a plain connection, only if you say so).": (
        "`starttls`, `implicit`, ou `none` (une connexion en clair, seulement si vous le dites)."
    ),
    "Name for SMTP AUTH.": "Nom pour SMTP AUTH.",
    "Password for SMTP AUTH.": "Mot de passe pour SMTP AUTH.",
    "File that holds the password (below `home` if relative).": (
        "Fichier qui contient le mot de passe (sous `home` si le chemin est relatif)."
    ),
    "PEM certificate to show the relay.": "Certificat PEM à montrer au relais.",
    "PEM key of that certificate.": "Clé PEM de ce certificat.",
    "PEM authorities to trust instead of the system's.": (
        "Autorités PEM à qui se fier, à la place de celles du système."
    ),
    "Connections open at once, at most, from one process.": (
        "Connexions ouvertes à la fois, au plus, par un processus."
    ),
    "Messages after which a connection is retired.": (
        "Nombre de messages après lequel une connexion est fermée."
    ),
    "Messages per `rate_period`, at most.": "Messages par `rate_period`, au plus.",
    "Period of `rate` (`PT1M`).": "Période de `rate` (`PT1M`).",
    "Messages per `rate_period` to any one recipient domain, at most.": (
        "Messages par `rate_period` vers un même domaine, au plus."
    ),
    "Use RFC 2920 where the relay offers it.": "Se servir de RFC 2920 si le relais l’offre.",
    (
        "Name that this machine gives at EHLO: a domain, or an address in brackets. "
        "Unset: the host of `public_url`, or this end's address where that has no domain."
    ): (
        "Nom que cet ordinateur donne à EHLO : un domaine, ou une adresse entre crochets. Non "
        "réglé : l’hôte de `public_url`, ou l’adresse de ce côté s’il n’a pas de domaine."
    ),
}
MEANINGS = {english: held(french) for english, french in _MEANINGS.items()}
