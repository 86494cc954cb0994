"""What is to be done about an error, and why nothing is sent."""

from __future__ import annotations

from collections.abc import Mapping

SENTENCES: Mapping[str, str] = {
    "write dates year-month-day, or say which order the file has, with --dates": (
        "écrivez les dates année-mois-jour, ou dites dans quel ordre le fichier les écrit, "
        "avec --dates"
    ),
    'leave it out: --ignore "{heading}"; if these are numbers of companies, say so: '
    '--column "reference={heading}"': (
        'laissez-la de côté : --ignore "{heading}"; si ce sont des numéros d’entreprises, '
        'dites-le : --column "reference={heading}"'
    ),
    "say of all such lines who they are: --other-name same, who is only called otherwise by now; "
    "or --other-name next, who has the address next, and begins anew": (
        "dites de toutes ces lignes qui elles nomment : --other-name same, la même personne sous "
        "un autre nom; ou --other-name next, celle qui a l’adresse ensuite, et commence à neuf"
    ),
    "this database was copied or moved here": (
        "cette base de données a été copiée ou déplacée ici"
    ),
    "this database is older than the one that was last served here": (
        "cette base de données est plus ancienne que la dernière qui a servi ici"
    ),
    "this database was last served from another folder than COMMUNIQUE_DATA": (
        "cette base de données a servi la dernière fois depuis un autre dossier que COMMUNIQUE_DATA"
    ),
    "this database was restored from a backup": (
        "cette base de données a été restaurée d’une sauvegarde"
    ),
    "mail would leave otherwise than it did": "les messages partiraient autrement qu’avant",
    "another database took the place of the one that is served": (
        "une autre base de données a pris la place de celle qui sert"
    ),
    "nothing says that this is another database than the one that was last served here": (
        "rien ne dit que cette base de données n’est pas la dernière qui a servi ici"
    ),
    (
        "nothing is sent, for what is due here may have gone out already; all else works. If "
        "no other service sends from it and its releases may go on, say so: `communique db "
        "adopt`"
    ): (
        "rien ne part, car ce qui est dû ici est peut-être déjà parti; tout le reste "
        "fonctionne. Si aucun autre service n’envoie à partir d’elle et que ses communiqués "
        "peuvent continuer, dites-le : `communique db adopt`"
    ),
    (
        "nothing is sent, and all else works. Set the relays up as they were "
        "(COMMUNIQUE_TRANSPORTS__…, in `.env` or the environment), or say that mail may leave "
        "as it is set now: `communique db adopt`"
    ): (
        "rien ne part; tout le reste fonctionne. Réglez les relais comme ils l’étaient "
        "(COMMUNIQUE_TRANSPORTS__…, dans `.env` ou l’environnement), ou dites que les messages "
        "peuvent partir comme réglé maintenant : `communique db adopt`"
    ),
    "the operator at the machine": "l’opérateur de cet ordinateur",
    "the service": "le service",
    "the recipient": "le destinataire",
    "somebody, before actors were kept": "quelqu’un, avant qu’on note qui",
    "no `communique serve` runs here: nothing goes until one is started": (
        "aucun `communique serve` ne tourne ici : rien ne part tant qu’aucun n’est démarré"
    ),
    " or ": " ou ",
    "say which: {choices}": "dites lequel : {choices}",
    "set {variable}, or change `transport` in its association.toml": (
        "réglez {variable}, ou changez `transport` dans son association.toml"
    ),
    (
        "set the relays up as they were (COMMUNIQUE_TRANSPORTS__…, in `.env` or the "
        "environment), or say with --as-set that mail may leave as it is set now"
    ): (
        "réglez les relais comme ils l’étaient (COMMUNIQUE_TRANSPORTS__…, dans `.env` ou "
        "l’environnement), ou dites par --as-set que les messages peuvent partir comme réglé "
        "maintenant"
    ),
    "`communique init` starts a desk with two; or make a folder for yours": (
        "`communique init` en commence un avec deux associations; ou faites un dossier pour la "
        "vôtre"
    ),
    (
        "`communique release copy {release} FOLDER` begins one that can be: take `newsroom = "
        "false` out of it, and have it approved"
    ): (
        "`communique release copy {release} DOSSIER` en commence un qui peut l’être : enlevez-en "
        "`newsroom = false`, et faites-le approuver"
    ),
    "check COMMUNIQUE_DATABASE_URL and that the server runs": (
        "vérifiez COMMUNIQUE_DATABASE_URL, et que le serveur tourne"
    ),
    "read each by itself with --sheet: first those of who said no, then “{sheet}”": (
        "lisez chacune à part avec --sheet : d’abord celles de qui a refusé, puis « {sheet} »"
    ),
    (
        "look at it (`communique release preview {release}`, or on the desk), and take into the "
        "folder what is to stay; then `communique release import FOLDER --over-desk` replaces it"
    ): (
        "regardez-le (`communique release preview {release}`, ou au bureau), et reprenez dans le "
        "dossier ce qui doit rester; `communique release import DOSSIER --over-desk` le remplace "
        "ensuite"
    ),
    "give the list the basis that it had; --revive lets theirs hold again": (
        "redonnez à la liste son fondement; --revive laisse le leur valoir de nouveau"
    ),
    "name one with --list": "nommez-en une avec --list",
    "run `communique db upgrade`, or create the database": (
        "lancez `communique db upgrade`, ou créez la base de données"
    ),
    "declare it in subscribers/agreements.toml and run `communique sync`": (
        "déclarez-la dans subscribers/agreements.toml et lancez `communique sync`"
    ),
    "run `communique sync` after adding its folder": (
        "lancez `communique sync` après avoir ajouté son dossier"
    ),
    "declare it in subscribers/{association}/lists.toml and run `communique sync`": (
        "déclarez-la dans subscribers/{association}/lists.toml et lancez `communique sync`"
    ),
    "write COMMUNIQUE_DATABASE_URL like postgresql+psycopg://user@host/name, or leave it empty": (
        "écrivez COMMUNIQUE_DATABASE_URL comme postgresql+psycopg://utilisateur@hôte/nom, ou "
        "laissez-la vide"
    ),
    "`communique settings` explains each": "`communique settings` explique chacun",
    "is another service running? see COMMUNIQUE_MAILBOX_PORT": (
        "un autre service tourne-t-il? voyez COMMUNIQUE_MAILBOX_PORT"
    ),
    "give it both roles, or set COMMUNIQUE_ENGINE=distributed": (
        "donnez-lui les deux rôles, ou réglez COMMUNIQUE_ENGINE=distributed"
    ),
    (
        "give every machine the same keys, in the same order: COMMUNIQUE_KEYS, or a copy of "
        "the file `keys` from COMMUNIQUE_DATA of the machine that began here; if nobody has a "
        "key any more, write its id and `:lost` behind the others"
    ): (
        "donnez à toutes les machines les mêmes clés, dans le même ordre : COMMUNIQUE_KEYS, ou "
        "une copie du fichier `keys` de COMMUNIQUE_DATA de la machine qui a commencé ici; si "
        "plus personne n’a une clé, écrivez son identifiant et `:lost` après les autres"
    ),
    "install communique[postgresql], or leave COMMUNIQUE_DATABASE_URL empty": (
        "installez communique[postgresql], ou laissez COMMUNIQUE_DATABASE_URL vide"
    ),
    "`communique release list` shows them": "`communique release list` les montre",
    "mind its spelling; if both are one person, add --merge": (
        "vérifiez-en l’orthographe; si les deux sont une même personne, ajoutez --merge"
    ),
    "point COMMUNIQUE_DATA to a folder that exists and that you may write in": (
        "faites pointer COMMUNIQUE_DATA vers un dossier qui existe et où vous pouvez écrire"
    ),
    (
        "move its hour with `communique release schedule {release} --at HOUR`, take it away "
        "with `communique release unschedule {release}`, or send it back with `communique "
        "release reject {release} --as PARTY --by NAME`"
    ): (
        "changez son heure avec `communique release schedule {release} --at HEURE`, enlevez-la "
        "avec `communique release unschedule {release}`, ou renvoyez-le avec `communique "
        "release reject {release} --as PARTIE --by NOM`"
    ),
    "add --list LIST, --joint or --all": "ajoutez --list LISTE, --joint ou --all",
    "record a newer yes of theirs: --said-yes DAY with --list LIST, --joint or --all, and --why": (
        "consignez un accord plus récent : --said-yes JOUR avec --list LISTE, --joint ou "
        "--all, et --why"
    ),
    (
        "they take it back by the link in any message they got; or record a newer yes of "
        "theirs: --said-yes DAY with --list LIST, --joint or --all, and --why"
    ): (
        "la personne peut le reprendre par le lien de n’importe quel message reçu; ou "
        "consignez un accord plus récent : --said-yes JOUR avec --list LISTE, --joint ou "
        "--all, et --why"
    ),
    "reject it, submit it again, and have every party approve it again": (
        "refusez-le, soumettez-le de nouveau, et faites-le approuver de nouveau par toutes les "
        "parties"
    ),
    (
        "put it back from your copy of var/keys, or from the machine that began at this "
        "database, or set COMMUNIQUE_KEYS; if there is no copy, those links stay dead: write "
        "`new:` and 64 hexadecimal digits into the file (`openssl rand -hex 32` makes them)"
    ): (
        "remettez-la à partir de votre copie de var/keys, ou de la machine qui a commencé avec "
        "cette base de données, ou réglez COMMUNIQUE_KEYS; s’il n’y a pas de copie, ces liens "
        "restent morts : écrivez `new:` et 64 chiffres hexadécimaux dans le fichier (`openssl "
        "rand -hex 32` en fait)"
    ),
    "look who they are with --dry-run; if it is the right file, add --at-most {leaving}": (
        "voyez qui part avec --dry-run; si c’est le bon fichier, ajoutez --at-most {leaving}"
    ),
    "stop it first; another desk has a COMMUNIQUE_HOME of its own, and its own database": (
        "arrêtez-le d’abord; un autre bureau a son propre COMMUNIQUE_HOME et sa propre base de "
        "données"
    ),
    "run `communique db upgrade`": "lancez `communique db upgrade`",
    "into the built-in mailbox": "dans la boîte aux lettres intégrée",
    "through {host}": "par {host}",
    "the mail of {associations} (transport “{transport}”)": (
        "les messages de {associations} (transport « {transport} »)"
    ),
    "{whose} left through {before}; as it is set now, it stays in the built-in mailbox": (
        "{whose} partaient par {before}; comme réglé maintenant, ils restent dans la boîte aux "
        "lettres intégrée"
    ),
    "HEADING": "TITRE",
    "nothing is sent until `communique serve` is started again": (
        "rien ne part tant que `communique serve` n’est pas redémarré"
    ),
    (
        "move its hour with `communique release schedule {release} --at HOUR`, or renew the "
        "agreement: `communique agreements renew {agreement} --starts DAY --ends DAY`"
    ): (
        "changez son heure avec `communique release schedule {release} --at HEURE`, ou "
        "renouvelez l’entente : `communique agreements renew {agreement} --starts JOUR --ends "
        "JOUR`"
    ),
    "if it goes on: `communique agreements renew {agreement} --starts DAY --ends DAY`": (
        "si elle se poursuit : `communique agreements renew {agreement} --starts JOUR --ends JOUR`"
    ),
    'say `--starts "{starts}"`, or add --gap if the days between are meant': (
        'dites `--starts "{starts}"`, ou ajoutez --gap si les jours d’intervalle sont voulus'
    ),
    "{why}: {then}": "{why} : {then}",
    "{whose} left through {before}; as it is set now, it leaves through {now}": (
        "{whose} partaient par {before}; comme réglé maintenant, ils partent par {now}"
    ),
    "{whose} stayed in the built-in mailbox; as it is set now, it leaves through {now}": (
        "{whose} restaient dans la boîte aux lettres intégrée; comme réglé maintenant, ils "
        "partent par {now}"
    ),
    "choose an hour while it is, or add --yes: the next term may still be added by then": (
        "choisissez une heure où elle l’est, ou ajoutez --yes : la période suivante peut "
        "encore être ajoutée d’ici là"
    ),
    (
        "have each say so: `communique release embargo {release} --until HOUR --as PARTY --by "
        "NAME`; a later hour needs nobody’s word"
    ): (
        "faites-le dire à chacune : `communique release embargo {release} --until HEURE --as "
        "PARTIE --by NOM`; une heure plus tardive ne demande l’accord de personne"
    ),
    (
        "leave the hour, or add --press-has-it; then tell them: `communique release correct "
        "{release}` begins that"
    ): (
        "laissez l’heure, ou ajoutez --press-has-it; prévenez-la ensuite : `communique release "
        "correct {release}` le commence"
    ),
}
