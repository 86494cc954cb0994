"""What the commands about members and their subscribers say."""

from __future__ import annotations

from collections.abc import Mapping

SENTENCES: Mapping[str, str] = {
    "is on line {old} already": "se trouve déjà à la ligne {old}",
    "subscribers": "abonnés",
    "would be added": "seraient ajoutés",
    "added": "ajoutés",
    "would be changed": "seraient modifiés",
    "changed": "modifiés",
    "of these not to be written to, and staying so": (
        "à qui ne pas écrire, parmi eux : cela ne change pas"
    ),
    "erased at their wish, and not taken in": "effacés à leur demande, et non repris",
    "of these lapsed, and staying so": "consentement échu, parmi eux : cela ne change pas",
    "newly said no, by this file": "nouveaux refus, selon ce fichier",
    "said no elsewhere": "ont refusé ailleurs",
    "lines of whoever moved from that address": "lignes de gens qui ont quitté cette adresse",
    "repeated in the file": "répétés dans le fichier",
    "contradictions": "contradictions",
    "left {list_key}": "ont quitté {list_key}",
    "address or company": "adresse ou entreprise",
    "old": "ancien",
    "new": "nouveau",
    "changes": "changements",
    "line": "ligne",
    "all of them, with their reasons: {report}": "toutes, avec leurs motifs : {report}",
    "bad lines": "lignes fautives",
    "line {line}: {old} moved to {new}, whose line it is": (
        "ligne {line} : {old} a maintenant l’adresse {new}; cette ligne est la sienne"
    ),
    "who moved": "qui ont changé d’adresse",
    "line {line}: {address} is on line {first} already": (
        "ligne {line} : {address} se trouve déjà à la ligne {first}"
    ),
    "repeated": "répétés",
    "consent that had lapsed, or was to, holds again or longer, by --revive:": (
        "un consentement échu, ou qui allait l’être, vaut de nouveau ou plus longtemps, par "
        "--revive :"
    ),
    "consent that had lapsed, or was to, would hold again or longer, by --revive:": (
        "un consentement échu, ou qui allait l’être, vaudrait de nouveau ou plus longtemps, "
        "par --revive :"
    ),
    (
        "by this, consent that lapsed, or is to, would hold again or longer: it was left; "
        "--revive lets it:"
    ): (
        "selon ce fichier, un consentement échu, ou près de l’être, vaudrait de nouveau ou "
        "plus longtemps : il reste tel quel; --revive le permet :"
    ),
    "of these": "de ceux-ci",
    "everybody in this file said no elsewhere: nobody becomes writable by it": (
        "tous les gens de ce fichier ont refusé ailleurs : on ne pourra écrire à personne de plus"
    ),
    (
        "{lines} {lines:line says|lines say} no, or may: a no for now; --ignore COLUMN reads it as "
        "none"
    ): (
        "{lines} {lines:ligne dit|lignes disent} non, ou peut-être : c’est un refus pour "
        "l’instant; --ignore COLONNE n’en tient pas compte"
    ),
    "line {line}: {address} is a member no more ({said}), until a file says so": (
        "ligne {line} : {address} n’est plus membre ({said}), jusqu’à ce qu’un fichier le dise"
    ),
    "line {line}: {address} said no ({said})": "ligne {line} : {address} a refusé ({said})",
    "who said no": "qui ont refusé",
    "{whom}: its lines differ in “{field}”: {told}; “{holds}” holds": (
        "{whom} : ses lignes ne concordent pas pour « {field} » : {told}; « {holds} » l’emporte"
    ),
    "in {report}": "dans {report}",
    "see them all with --report FILE.csv": "voyez-les tous avec --report FICHIER.csv",
    "… and {count} more {what}: {where}": "… et {count} {count:autre|autres} ({what}) : {where}",
    "line {line}: it looks like {whom} changed address from {old} to {new}": (
        "ligne {line} : il semble que {whom} soit passé de l’adresse {old} à {new}"
    ),
    "  if so, say it before this import: `{words}`": (
        "  si c’est le cas, dites-le avant cette importation : `{words}`"
    ),
    "who may have moved": "qui ont peut-être changé d’adresse",
    (
        "{share} of the {on} on the list {key} {share:is|are} not in the file, and {share:is|are} "
        "to leave it"
    ): (
        "{share} des {on} abonnés de la liste {key} {share:n’est|ne sont} pas dans le fichier, et "
        "{share:va|vont} la quitter"
    ),
    "{share} of the {on} on the list {key} {share:is|are} not in the file, and would leave it": (
        "{share} des {on} abonnés de la liste {key} {share:n’est|ne sont} pas dans le fichier, et "
        "la {share:quitterait|quitteraient}"
    ),
    "  too many to leave unless that is said: --at-most {leaving}": (
        "  c’est trop de départs, à moins de le dire : --at-most {leaving}"
    ),
    "  nobody leaves while the file has lines that cannot be read": (
        "  personne ne part tant que le fichier a des lignes illisibles"
    ),
    "  leaves {list_key}: {address}": "  quitte {list_key} : {address}",
    "who leave": "qui partent",
    "list {key}": "la liste {key}",
    "joint releases": "les communiqués conjoints",
    "all": "tout",
    "one of --list, --joint and --all": "un seul de --list, --joint et --all",
    "name only one": "n’en donnez qu’un",
    "{name} <{address}>, {member}; reads {language}": (
        "{name} <{address}>, {member}; lit {language}"
    ),
    "list": "liste",
    "may be written to": "peut-on lui écrire",
    "since": "depuis",
    "no audience is kept yet: an [[audience]] in lists.toml declares one": (
        "aucun public n’est encore gardé : un [[audience]] dans lists.toml en déclare un"
    ),
    "audience": "public",
    "goes to": "va à",
    "reaches": "rejoint",
    "of": "sur",
    "left out": "laissés de côté",
    "without {lists}": "sans {lists}",
    "only {part}: {values}": "seulement {part} : {values}",
    "declare it in lists.toml": "déclarez-le dans lists.toml",
    "  kept as": "  gardé comme",
    "lapses on": "échéance",
    "they said no to": "a refusé",
    "their address is suppressed: {cause}, {at}: {source}": (
        "son adresse est bloquée : {cause}, {at} : {source}"
    ),
    "what": "quoi",
    "who": "qui",
    "of what": "à quel sujet",
    "nothing to change": "rien à changer",
    "would become": "deviendrait",
    "now": "maintenant",
    "field": "champ",
    "was": "avant",
    "{old} {did} {new}; lists: {lists}; waiting messages that go there: {waiting}": (
        "{old} {did} {new}; listes : {lists}; messages en attente qui y vont : {waiting}"
    ),
    "none": "aucune",
    "not written to there: {reach}": "on n’y écrit pas : {reach}",
    "would be merged with": "serait fusionné avec",
    "merged with": "a été fusionné avec",
    "would move to": "passerait à",
    "moved to": "est passé à",
    "{old} (now {new})": "{old} (maintenant {new})",
    "it does not say what they leave": "rien ne dit ce qu’on quitte",
    "{whom} had left already: {extent}": "{whom} avait déjà quitté : {extent}",
    "{whom} would leave {extent}": "{whom} quitterait {extent}",
    "{whom} left {extent}": "{whom} a quitté {extent}",
    "would be lifted: {what}": "serait levé : {what}",
    "lifted: {what}": "levé : {what}",
    "written down: they said yes to {extent}": "consigné : a dit oui à {extent}",
    "would be written down: they said yes to {extent}": ("serait consigné : a dit oui à {extent}"),
    "still not written to them: {reach}": "on ne lui écrit toujours pas : {reach}",
    "{deliveries} {deliveries:line|lines} of the log and {words} of the consent ledger": (
        "{deliveries} {deliveries:ligne|lignes} du journal et {words} du registre des consentements"
    ),
    "would be erased: {whom}": "seraient effacés : {whom}",
    "would become nobody's: {rows}": "ne seraient plus à personne : {rows}",
    "Erase {whom} at {association} for good? {rows} become nobody's.": (
        "Effacer {whom} de {association} pour de bon? Ne seront plus à personne : {rows}."
    ),
    "erased, and stays unwritten to; now nobody's: {rows}": (
        "c’est effacé, et on n’y écrira plus; ne sont plus à personne : {rows}"
    ),
    "this writes CSV, which a file of that ending does not hold": (
        "ceci écrit du CSV, ce qu’un fichier de ce type ne contient pas"
    ),
    "name it .csv; with --excel, Excel opens it as it is meant": (
        "nommez-le .csv; avec --excel, Excel l’ouvre comme il faut"
    ),
    "no subscriber matches": "aucun abonné ne correspond",
    "name": "nom",
    "lists": "listes",
    "address": "courriel",
    "member": "membre",
    "language": "langue",
    "suppressed": "bloqué",
    "{shown} of {total}; more with --limit": "{shown} sur {total}; --limit en montre plus",
    "{key} has no subscribers yet: `{typed}`": "{key} n’a pas encore d’abonnés : `{typed}`",
    "{address}, whom {association} does not know yet": (
        "{address}, que {association} ne connaît pas encore"
    ),
    "mind its spelling, or suppress it before they are imported: --anyway": (
        "vérifiez-en l’orthographe, ou bloquez-la avant l’importation : --anyway"
    ),
    "Never write to {whom}, for {association} again?": (
        "Ne plus jamais écrire à {whom}, pour {association}?"
    ),
    "suppressed: {whom}": "bloqué : {whom}",
    "was suppressed already: {whom}": "était déjà bloqué : {whom}",
    "the report would take the place of the spreadsheet itself": (
        "le rapport prendrait la place de la feuille de calcul elle-même"
    ),
    "name another file after --report": "nommez un autre fichier après --report",
    "Replace {file}, which is there already?": "Remplacer {file}, qui existe déjà?",
    "--company and --own-name say different things": (
        "--company et --own-name disent deux choses différentes"
    ),
    "give one of them": "n’en donnez qu’un",
    "nobody leaves a list but by --match": "on ne quitte une liste que par --match",
    "add --match, or leave --at-most away": "ajoutez --match, ou enlevez --at-most",
    "opening {name}": "ouverture de {name}",
    "reading": "lecture",
    "taking in": "prise en charge",
    "  nobody is known by a number of their own ({headings}): who has another address now is "
    "somebody new, unless `communique subscribers move` says so before": (
        "  personne n’est reconnu par un numéro à soi ({headings}) : qui a une autre adresse est "
        "quelqu’un de nouveau, sauf si `communique subscribers move` le dit avant"
    ),
    "Take the file in nevertheless?": "Importer le fichier malgré tout?",
    "Let them leave, and take the file in?": "Les laisser partir, et importer le fichier?",
    "broken off: nobody was taken in": "interrompu : personne n’a été importé",
    (
        "broken off: {done} of {good} good lines are in; importing the file again takes in the "
        "rest, and changes nothing twice"
    ): (
        "interrompu : {done} {done:bonne ligne|bonnes lignes} sur {good} {done:est importée|sont "
        "importées}; importer de nouveau le "
        "fichier reprend le reste, et ne change rien deux fois"
    ),
    "“{pair}” does not map a column": "« {pair} » n’indique pas une colonne",
    "write FIELD=HEADING; the fields are {known}": ("écrivez CHAMP=TITRE; les champs sont {known}"),
    "“{field}” is no field that an empty cell can clear": (
        "« {field} » n’est pas un champ qu’une cellule vide peut effacer"
    ),
    "the fields are {known}": "les champs sont {known}",
    "; who said no: {noes}": "; qui a refusé : {noes}",
    "; as association.toml declares it: {remembered}": (
        "; comme le déclare association.toml : {remembered}"
    ),
    "{names}, … ({count} in all)": "{names}, … ({count} en tout)",
    "; not used: {ignored}": "; pas utilisées : {ignored}",
    "  its accents are read like this: {samples}": "  ses accents se lisent ainsi : {samples}",
    "  its headings stand on line {line}": "  ses titres sont à la ligne {line}",
    "  not read: the sheets {names}; name another with --sheet": (
        "  pas lues : les feuilles {names}; nommez-en une autre avec --sheet"
    ),
    "  not used, since several columns could be `{field}`: say which with {options}": (
        "  pas utilisée, car plusieurs colonnes pourraient être `{field}` : dites laquelle "
        "avec {options}"
    ),
    "comma": "virgule",
    "semicolon": "point-virgule",
    "tab": "tabulation",
    "bar": "barre verticale",
    "sheet {name}": "feuille {name}",
}
