"""What the commands that begin, serve and keep a desk say."""

from __future__ import annotations

from collections.abc import Mapping

SENTENCES: Mapping[str, str] = {
    "next: cd {folder} && communique sync --dry-run": (
        "suite : cd {folder} && communique sync --dry-run"
    ),
    (
        "{key}: list_domain {list_domain} can never align with {address}, as DMARC asks: "
        "choose one under the domain of [sender] address"
    ): (
        "{key} : list_domain {list_domain} ne peut pas concorder avec {address}, comme DMARC "
        "le demande; choisissez-en un sous le domaine de l’adresse de [sender]"
    ),
    "nothing to change: the desk is what the files say": (
        "rien à changer : le bureau est tel que le disent les fichiers"
    ),
    "synced": "synchronisé",
    "no associations yet: `communique sync` takes in what subscribers/ declares": (
        "aucune association pour le moment : `communique sync` reprend ce que déclare subscribers/"
    ),
    "zone": "fuseau",
    "approve for it": "approuvent pour elle",
    "the schema is up to date ({after})": "le schéma est à jour ({after})",
    "the schema went from {before} to {after}": "le schéma est passé de {before} à {after}",
    "nothing": "rien",
    "{key}: is paused; then `communique release resume {key}`, or `cancel` it": (
        "{key} : est en pause; ensuite, `communique release resume {key}`, ou annulez-le avec "
        "`cancel`"
    ),
    "{key}: is missed; then `communique release schedule {key} --at now`": (
        "{key} : est manqué; ensuite, `communique release schedule {key} --at now`"
    ),
    "this database may send": "cette base de données peut envoyer",
    "May this database send? No other may.": (
        "Cette base de données peut-elle envoyer? Aucune autre ne le peut."
    ),
    "May mail leave as it is set now?": ("Les messages peuvent-ils partir comme réglé maintenant?"),
    "May this database send, as mail is set to leave now? No other may.": (
        "Cette base de données peut-elle envoyer, par le chemin réglé maintenant? Aucune autre "
        "ne le peut."
    ),
    "this folder is not an earlier demo's": (
        "ce dossier n’est pas celui d’une démonstration antérieure"
    ),
    "name another with --folder": "nommez-en un autre avec --folder",
    "this demo was worked in since it ended, and is left as it is": (
        "on a travaillé dans cette démonstration depuis qu’elle est finie : elle reste telle quelle"
    ),
    "name another with --folder, or remove this one first": (
        "nommez-en un autre avec --folder, ou supprimez d’abord celui-ci"
    ),
    "the service ended with {status}": "le service s’est arrêté avec le code {status}",
    "the release has not ended": "le communiqué n’est pas terminé",
    "`communique {command}` ended with {status}": (
        "`communique {command}` s’est arrêté avec le code {status}"
    ),
    (
        "[bold]That was the whole way of three releases.[/] Their messages are in "
        "{mailbox},\nand {folder}/preview holds some of them to open in a browser. Both "
        "newsrooms:\n\n  {newsroom}/bioquebec/index.html\n  {newsroom}/massbio/index.html\n\n"
        "What to type next:\n\n  "
        'export COMMUNIQUE_HOME={folder_2} PATH="{parent}:$PATH"\n  communique log --release '
        "{RELEASE} --association bioquebec --limit 10\n  communique release show {RELEASE}\n  "
        "communique serve            # then open an unsubscribe link of a message\n  "
        "communique --help\n\nWhile `communique serve` runs, this opens the desk, signed in "
        "(once, within five minutes;\nthen `communique desk open` makes another):\n\n  {link}"
    ): (
        "[bold]C’étaient trois communiqués du début à la fin.[/] Leurs messages sont dans "
        "{mailbox},\net {folder}/preview en contient quelques-uns à ouvrir dans un navigateur. "
        "Les deux salles de presse :\n\n  {newsroom}/bioquebec/index.html\n  "
        "{newsroom}/massbio/index.html\n\nPour la suite, "
        'tapez :\n\n  export COMMUNIQUE_HOME={folder_2} PATH="{parent}:$PATH"\n  communique '
        "log --release {RELEASE} --association bioquebec --limit 10\n  communique release show "
        "{RELEASE}\n  communique serve            # puis ouvrez le lien de désabonnement d’un "
        "message\n  communique --help\n\nPendant que `communique serve` tourne, ceci ouvre "
        "le bureau, session ouverte (une fois, d’ici\ncinq minutes; ensuite, `communique desk "
        "open` en fait un autre) :\n\n  {link}"
    ),
    "Somebody worked in {folder} since that demo ended. Delete all of it?": (
        "On a travaillé dans {folder} depuis la fin de cette démonstration. Tout supprimer?"
    ),
    "Aborted!": "Abandonné.",
    "cannot be used: {reason}": "est inutilisable : {reason}",
    "check that it exists and that you may read and write it": (
        "vérifiez qu’il existe et que vous pouvez le lire et y écrire"
    ),
    "error:": "erreur :",
    "there is no desk here: it has no folder `subscribers`": (
        "il n’y a pas de bureau ici : il n’y a pas de dossier `subscribers`"
    ),
    "cd into a desk, set COMMUNIQUE_HOME to one, or begin one: `communique init desk`": (
        "allez dans un bureau avec cd, indiquez-le par COMMUNIQUE_HOME, ou commencez-en un : "
        "`communique init desk`"
    ),
    "database": "base de données",
    "it cannot be written: {reason}": "écriture impossible : {reason}",
    "name a new file, in a folder that you may write in": (
        "nommez un nouveau fichier, dans un dossier où vous pouvez écrire"
    ),
    "made {made_at} by version {version}: {parts}": (
        "faite le {made_at} par la version {version} : {parts}"
    ),
    "{name} is here already: it was moved aside, to {aside}": (
        "{name} existe déjà ici : mis de côté, dans {aside}"
    ),
    "{name} is here already: it would be moved aside, to {aside}": (
        "{name} existe déjà ici : serait mis de côté, dans {aside}"
    ),
    "a dry run: nothing was changed": "essai à blanc : rien n’a été modifié",
    "next: communique restore {file} --replace": "suite : communique restore {file} --replace",
    "{rerouted}: a backup holds no `.env`; put yours back first": (
        "{rerouted} : une sauvegarde ne contient pas de `.env`; remettez d’abord le vôtre"
    ),
    "restored; it sends nothing until somebody says that it may: `communique db adopt`": (
        "restauré; rien ne part tant que personne ne le permet : `communique db adopt`"
    ),
    "public pages: {address}": "pages publiques : {address}",
    "mailbox: {folder} ({host}:{port}); {kept}": (
        "boîte aux lettres : {folder} ({host}:{port}); {kept}"
    ),
    "ready; Ctrl-C stops": "prêt; Ctrl-C arrête",
    "stopping: what is being handed over is finished first": (
        "arrêt : ce qui est en cours de remise est d’abord terminé"
    ),
    "stopped": "arrêté",
    "nothing leaves this machine until a relay is configured": (
        "rien ne quitte cet ordinateur tant qu’aucun relais n’est configuré"
    ),
    "the mail of {here} stays in it": "les messages de {here} y restent",
    "nobody's mail goes to it": "aucun message n’y va",
    "{kept}; that of {leaving} leaves through a relay": (
        "{kept}; ceux de {leaving} partent par un relais"
    ),
    "cannot listen on {host}:{port}: {reason}": (
        "impossible d’écouter sur {host}:{port} : {reason}"
    ),
    "stop what listens there, or set COMMUNIQUE_PORT": (
        "arrêtez ce qui y écoute, ou réglez COMMUNIQUE_PORT"
    ),
    ", and COMMUNIQUE_PUBLIC_URL to match: links lead there": (
        ", et COMMUNIQUE_PUBLIC_URL de même : les liens y mènent"
    ),
    "nothing is under way; `communique release list` shows everything": (
        "rien n’est en cours; `communique release list` montre tout"
    ),
    "{key}: approved, goes at {hour}": "{key} : approuvé, part le {hour}",
    "{key}: approved, no hour is set": "{key} : approuvé, aucune heure n’est fixée",
    " (“{reason}”)": " (« {reason} »)",
    "{why}; next: `communique release resume {key}`, or `cancel` it": (
        "{why}; suite : `communique release resume {key}`, ou annulez-le avec `cancel`"
    ),
    "{why}; next: `communique release schedule {key} --at now`, or an hour": (
        "{why}; suite : `communique release schedule {key} --at now`, ou une autre heure"
    ),
    "; next try {at}": "; prochaine tentative le {at}",
    "{key}: {count} {count:waits|wait} after “{cause}”{due}": (
        "{key} : {count} {count:attend|attendent} après « {cause} »{due}"
    ),
    "data in {data_folder}": "données dans {data_folder}",
    "relay {name}: {step}": "relais {name} : {step}",
    "connect": "connexion",
    "greeting": "accueil",
    "EHLO": "EHLO",
    "TLS": "TLS",
    "AUTH": "AUTH",
    "certificates": "certificats",
    "“{name}”": "« {name} »",
    "To: {whose}": "À : {whose}",
    "{label}: {text}": "{label} : {text}",
    "Headings; else in the language that is spoken.": (
        "Les titres; sinon, dans la langue de la session."
    ),
    "the built-in mailbox listens only while `communique serve` runs": (
        "la boîte aux lettres intégrée n’écoute que pendant que `communique serve` tourne"
    ),
    "Examples:": "Exemples :",
    "public pages": "pages publiques",
    "sending": "envoi",
    "service": "service",
    "letters": "lettres",
    "settings": "réglages",
    "signing keys": "clés de signature",
    "association {name}": "association {name}",
    "lists of {name}": "listes de {name}",
    "relay {name}": "relais {name}",
}
