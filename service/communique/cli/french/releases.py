"""What the commands about releases, agreements and the log say."""

from __future__ import annotations

from collections.abc import Mapping

SENTENCES: Mapping[str, str] = {
    "choose --csv or --json": "choisissez --csv ou --json",
    "--follow shows lines as they come: with --json, not with --csv": (
        "--follow montre les lignes à mesure : avec --json, pas avec --csv"
    ),
    "write it like “2027-06-03 09:00”": "écrivez-la comme « 2027-06-03 09:00 »",
    "no delivery matches": "aucun envoi ne correspond",
    "the first {limit}; more with --limit, all with --csv or --json": (
        "les {limit} premières lignes; --limit en montre plus, --csv ou --json les montrent toutes"
    ),
    "nothing has been sent yet: the log begins when `communique serve` picks a release up": (
        "rien n’a encore été envoyé : le journal commence quand `communique serve` prend un "
        "communiqué en charge"
    ),
    "reply or reason": "réponse ou motif",
    "following the log; Ctrl-C ends": "suivi du journal; Ctrl-C y met fin",
    "delivery": "envoi",
    "to": "à",
    "next try": "prochaine tentative",
    "no attempt was made": "aucune tentative n’a été faite",
    "no": "n°",
    "started": "début",
    "seconds": "secondes",
    "through": "par",
    "outcome": "résultat",
    "concerns": "concerne",
    "reply": "réponse",
    "{folder} cannot be read by now; its text is as imported: {problem}": (
        "{folder} n’est plus lisible; son texte est celui de l’importation : {problem}"
    ),
    (
        "{names} changed on disk since the import, this is the text before: `communique "
        "release import {folder}` takes it in"
    ): (
        "{names} : modifié sur le disque depuis l’importation, ceci est le texte d’avant; "
        "`communique release import {folder}` le reprend"
    ),
    "unchanged": "sans changement",
    "filed": "déposé",
    "edited": "modifié",
    "this desk has no templates for “{kind}”": "ce bureau n’a pas de gabarits pour « {kind} »",
    "it has some for: {known}": "il en a pour : {known}",
    "{did}: “{key}” is {state}": "{did} : « {key} » ({state})",
    "next: `communique release preview {key} --association {association}`": (
        "suite : `communique release preview {key} --association {association}`"
    ),
    "then: `communique release submit {key}`": "ensuite : `communique release submit {key}`",
    "no releases yet: `communique release new releases/first-release` begins one": (
        "aucun communiqué pour le moment : `communique release new "
        "releases/premier-communique` en commence un"
    ),
    "languages": "langues",
    "snapshot": "liste d’envoi",
    "sent": "envoyés",
    "Subject: {subject}": "Objet : {subject}",
    "“{key}” goes at {hour}": "« {key} » part le {hour}",
    "  at {association}: {hour}": "  à {association} : {hour}",
    "it is {state}: it goes only if every party has approved it by then": (
        "pour l’instant ({state}), il ne part que si toutes les parties l’ont approuvé d’ici là"
    ),
    "{other} is not tried again; `failed` and `unknown` can be": (
        "{other} ne se réessaie pas; `failed` et `unknown` le peuvent"
    ),
    "nothing was changed": "rien n’a été modifié",
    "“{key}” is {state}": "« {key} » : {state}",
    "association": "association",
    "reason": "motif",
    "again": "de nouveau",
    "not again at {association}: {left_out}": "pas de nouveau à {association} : {left_out}",
    "“{key}” is sent again to {goes}.": (
        "« {key} » sera renvoyé à {goes} {goes:personne|personnes}."
    ),
    "Go on?": "Continuer?",
    "{count} {state} at {association}: {cause}": "{count} {state} à {association} : {cause}",
    (
        "{count} of them at {association} are not written to again, for their address failed "
        "for good: `communique log -r {key} -a {association} -s failed`. If one is good after "
        "all: `communique subscribers allow ADDRESS -a {association} --why …`, then retry"
    ): (
        "à {association}, on n’écrit plus à {count} de ces personnes, dont "
        "l’adresse a échoué pour de bon : `communique log -r {key} -a {association} -s failed`. Si "
        "une adresse est bonne malgré tout : `communique subscribers allow ADRESSE -a "
        "{association} --why "
        "…`, puis réessayez"
    ),
    "try them ({left}) again with `communique release retry {key}`, which counts and asks": (
        "réessayez ({left}) avec `communique release retry {key}`, qui compte et demande"
    ),
    "try the others ({left}) again with `communique release retry {key}`, which counts and asks": (
        "réessayez les autres ({left}) avec `communique release retry {key}`, qui compte et demande"
    ),
    (
        "{key}: mail to {count} {count:reader|readers} is refused for our reputation, "
        "authentication or "
        "policy ({cause}); ask whoever runs the relay"
    ): (
        "{key} : les messages à {count} {count:lecteur|lecteurs} sont refusés pour notre "
        "réputation, notre "
        "authentification ou une politique ({cause}); voyez qui s’occupe du relais"
    ),
    "in the name of {person}, by the operator at this machine": (
        "au nom de {person}, par l’opérateur de cet ordinateur"
    ),
    "“{key}” is in review, content {content}": "« {key} » est en révision, contenu {content}",
    "next: `communique release approve {given}`": ("suite : `communique release approve {given}`"),
    "approved for {party} {whose}": "approuvé pour {party} {whose}",
    "; still to approve: {missing}": "; doivent encore approuver : {missing}",
    "every party has approved “{key}”, but its hour has passed: it needs a new one": (
        "toutes les parties ont approuvé « {key} », mais son heure est passée : il lui en faut "
        "une autre"
    ),
    "every party has approved “{key}”; it goes at {hour}": (
        "toutes les parties ont approuvé « {key} »; il part le {hour}"
    ),
    "every party has approved “{key}”, and it has no hour yet": (
        "toutes les parties ont approuvé « {key} », qui n’a pas encore d’heure"
    ),
    'next: `communique release schedule {key} --at "{tomorrow} 09:00"`': (
        'suite : `communique release schedule {key} --at "{tomorrow} 09:00"`'
    ),
    "rejected for {party} {whose}: “{key}” is a draft again": (
        "refusé pour {party} {whose} : « {key} » redevient un brouillon"
    ),
    "gave up: {why}": "abandonné : {why}",
    "warning:": "attention :",
    "deliveries": "envois",
    "left out: {skipped}": "écartés : {skipped}",
    "[magenta]handed over again after an unknown end: {copies}[/]": (
        "[magenta]remis de nouveau après une issue inconnue : {copies}[/]"
    ),
    "see them with `communique log --release {release} --copies`": (
        "voyez-les avec `communique log --release {release} --copies`"
    ),
    "nobody was written to yet": "on n’a encore écrit à personne",
    "{open} of {snapshot} {open:is|are} still to be written to": (
        "il reste à écrire à {open} {open:personne|personnes} sur {snapshot}"
    ),
    "“{key}” is {state}: {whom}. Call it off for good?": (
        "« {key} » ({state}) : {whom}. L’annuler pour de bon?"
    ),
    "wrote {shown}": "écrit : {shown}",
    "release": "communiqué",
    "state": "état",
    "kind": "genre",
    "parties": "parties",
    "agreement": "entente",
    "goes at": "part le",
    "  at {key}": "  à {key}",
    "not after": "pas après",
    "content": "contenu",
    "not submitted": "pas encore soumis",
    "because": "motif",
    "changed since": "changé depuis",
    "edition {language}": "édition {language}",
    "audience {association}": "destinataires, {association}",
    "  only {part}": "  seulement {part}",
    "when": "quand",
    "approvals": "approbations",
    "by": "par",
    "word": "mot",
    "counts": "compte",
    "yes": "oui",
    "no: void": "non : nulle",
    "still to approve: {missing}": "doivent encore approuver : {missing}",
    "{person}, given by {name}": "{person}, donné par {name}",
    (
        "“{key}” is no longer what was submitted, so it will not be sent: {differing} changed; "
        "reject it, submit it again, and have every party approve it again"
    ): (
        "« {key} » n’est plus ce qui a été soumis, et ne sera donc pas envoyé; ce qui a changé "
        ": {differing}. Refusez-le, soumettez-le de nouveau, et faites-le approuver de nouveau "
        "par toutes les parties"
    ),
    "goes to {goes} of {listed} at {association}": (
        "va à {goes} {goes:personne|personnes} sur {listed} à {association}"
    ),
    "; left out: {left_out}": "; écartés : {left_out}",
    "  who of all its people lacks it: `{words}`": (
        "  à qui, de tous ses gens, il manque : `{words}`"
    ),
    "sectors": "secteurs",
    "territories": "territoires",
    "kinds": "genres",
    "{hour}, each at its local hour": "{hour}, à l’heure locale de chacune",
    "taken back for {party} {whose}; to approve: {missing}": (
        "approbation retirée pour {party} {whose}; doivent approuver : {missing}"
    ),
    "“{key}” is {state}, and has no hour": "« {key} » n’a plus d’heure ({state})",
    "filed: “{key}” is {state}": "déposé : « {key} » ({state})",
    "next: write, then `communique release import {folder}`": (
        "suite : écrivez, puis `communique release import {folder}`"
    ),
    "begun from “{key}”, what was told last of the activity": (
        "commencé à partir de « {key} », ce qui a été dit en dernier de l’activité"
    ),
    "Delete “{key}” ({names})?": "Supprimer « {key} » ({names})?",
    "deleted: “{key}”": "supprimé : « {key} »",
    (
        "no agreements yet: write one into subscribers/agreements.toml, as its comments say, "
        "and take it in with `communique sync`"
    ): (
        "aucune entente pour le moment : écrivez-en une dans subscribers/agreements.toml, "
        "comme le disent ses commentaires, puis reprenez-la avec `communique sync`"
    ),
    "nothing to look at: no end is near, and nothing is cut off": (
        "rien à regarder : aucune fin n’est proche, et rien n’est arrêté"
    ),
    "stands": "est",
    "until": "jusqu’au",
    "then": "ensuite",
    "releases": "communiqués",
    "cut off": "arrêté",
    "{before} and {last}": "{before} et {last}",
    "has no hour yet": "n’a pas encore d’heure",
    "no release that is still to go cites it": "aucun communiqué encore à envoyer ne la cite",
    "{state} at {key}": "{state} à {key}",
    "until {day}, both days included": "jusqu’au {day} inclusivement",
    "then {term}": "ensuite {term}",
    "may be cited by": "peut être citée par",
    "releases of none but {parties}": "les communiqués de {parties} seulement",
    "rests on it": "repose sur elle",
    "and no term follows": "et aucune période ne suit",
    "at {key}: not in force on {day}": "à {key} : pas en vigueur le {day}",
    "name ({language})": "nom ({language})",
    "term": "période",
    "at {party}, {day}": "à {party}, {day}",
    "ended": "terminée",
    "from {day} on": "à partir du {day}",
    "  without": "  sans",
    "{problem}. Set this hour all the same?": "{problem}. Fixer cette heure quand même?",
    "nothing stands in the way of “{key}”": "rien ne s’oppose à « {key} »",
    "next: `communique release submit {key}`": "suite : `communique release submit {key}`",
    "reminder": "rappel",
    "if it is renewed: `communique agreements renew {key} --starts DAY --ends DAY`": (
        "si elle est renouvelée : `communique agreements renew {key} --starts JOUR --ends JOUR`"
    ),
    "next: `communique sync` takes the term in": "suite : `communique sync` reprend la période",
    (
        "then: write what it means, `communique release import {folder}`, and `communique "
        "release submit {release}`"
    ): (
        "ensuite : écrivez ce que cela signifie, `communique release import {folder}`, puis "
        "`communique release submit {release}`"
    ),
}
