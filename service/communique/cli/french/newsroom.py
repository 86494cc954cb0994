"""What the commands about newsrooms say, and their helps."""

from __future__ import annotations

from collections.abc import Mapping

SENTENCES: Mapping[str, str] = {
    "newsroom": "salle de presse",
    "public from": "public à partir du",
    "withdrawn": "retiré",
    "public": "public",
    "not yet": "pas encore",
    "“{key}” is public in the newsroom of {all}": (
        "« {key} » est public dans la salle de presse de {all}"
    ),
    "“{key}” is withdrawn from the newsroom of {all}": (
        "« {key} » est retiré de la salle de presse de {all}"
    ),
    "to put it back: `communique newsroom publish {key}`": (
        "pour le remettre : `communique newsroom publish {key}`"
    ),
    "{folder}: {files} {files:file|files}, {written} of them written now, {removed} removed": (
        "{folder} : {files} {files:fichier|fichiers}, dont {written} {written:écrit|écrits} "
        "maintenant, et {removed} {removed:supprimé|supprimés}"
    ),
    "no association has a newsroom: [newsroom] in its association.toml opens one": (
        "aucune association n’a de salle de presse : [newsroom] dans son association.toml en "
        "ouvre une"
    ),
    "All news: what is public, and as files.": (
        "Toutes les nouvelles : ce qui est public, aussi en fichiers."
    ),
    "Show what is in the newsrooms, is to be, or was withdrawn; and where each of them is.": (
        "Montrer ce qui est dans les salles de presse, va y être ou en a été retiré; et où "
        "chacune se trouve."
    ),
    "Only its newsroom.": "Sa salle de presse seulement.",
    "How many at most.": "Combien au plus.",
    "Put a release back that was withdrawn, or make one public that went out without being so.": (
        "Remettre un communiqué retiré, ou en rendre public un qui est parti sans l’être."
    ),
    (
        "What was sent before there was a newsroom, or was kept out of it, is never made "
        "public by itself. An advantage is not made public at all."
    ): (
        "Ce qui a été envoyé avant qu’il y ait une salle de presse, ou en a été tenu à "
        "l’écart, ne devient jamais public de lui-même. Un avantage n’est jamais rendu public."
    ),
    "Only in its newsroom; repeat for several. Else in those of all its parties.": (
        "Dans sa salle de presse seulement; répétez pour plusieurs. Sinon, dans celles de "
        "toutes ses parties."
    ),
    (
        "Take a release out of newsrooms: its page then says that it was withdrawn, and "
        "nothing else."
    ): (
        "Retirer un communiqué des salles de presse : sa page dit alors qu’il a été retiré, et "
        "rien d’autre."
    ),
    (
        "It leaves every list, feed and map at once; who has read or copied it, has. `publish` "
        "puts it back. An export is made anew to say the same."
    ): (
        "Il quitte aussitôt toutes les listes, tous les fils et tous les plans; qui l’a lu ou "
        "copié l’a toujours. `publish` le remet. Refaites une exportation pour qu’elle dise la "
        "même chose."
    ),
    "Kept in its history; nobody outside reads it.": (
        "Gardé dans son historique; personne à l’extérieur ne le lit."
    ),
    "Write a newsroom as files for a site of your own: pages, feeds, calendar and maps.": (
        "Écrire une salle de presse en fichiers pour votre propre site : pages, fils, "
        "calendrier et plans."
    ),
    (
        "Pages link to each other relatively, so the folder may stand anywhere. Run it again "
        "after each release: only what changed is written, and of other files in the folder "
        "none is touched."
    ): (
        "Les liens entre les pages sont relatifs : le dossier peut être n’importe où. Relancez "
        "la commande après chaque communiqué : seul ce qui a changé est écrit, et aucun autre "
        "fichier du dossier n’est touché."
    ),
    "Folder to write into; made if there is none.": (
        "Le dossier où écrire; créé s’il n’existe pas."
    ),
    "Whose newsroom.": "De qui est la salle de presse.",
    (
        "Where the folder is on the web: what feeds, maps and other sites are told. Else the "
        "address in its association.toml, or that of this desk's own pages."
    ): (
        "Où le dossier se trouve sur le Web : c’est ce qu’on dit aux fils, aux plans et aux "
        "autres sites. Sinon, l’adresse dans son association.toml, ou celle des pages de ce "
        "bureau."
    ),
    "  `communique release correct {key}`": "  `communique release correct {key}`",
    "kept {whose}; to say yes to that hour: {missing}": (
        "noté {whose}; doivent encore accepter cette heure : {missing}"
    ),
    "The party whose yes to that hour this is, where it is sooner than was approved.": (
        "La partie qui accepte ainsi cette heure, si elle vient plus tôt que ce qui a été approuvé."
    ),
    ("Begin the release that tells the press of another end of an embargo than they were told."): (
        "Commencer le communiqué qui donne à la presse une autre fin d’embargo que celle qu’elle "
        "a reçue."
    ),
    (
        "It goes to those of the press alone who have the release with another hour, and is in "
        "no newsroom. Its text stands; look at it (`preview`), and have it approved like any other."
    ): (
        "Il va seulement à ceux de la presse qui ont le communiqué avec une autre heure, et "
        "n’est dans aucune salle de presse. Son texte est écrit; regardez-le (`preview`), et "
        "faites-le approuver comme tout autre."
    ),
    "Folder to make; else in `releases/`, with `-correction` to its key.": (
        "Le dossier à faire; sinon, dans `releases/`, avec `-correction` après sa clé."
    ),
    (
        "it is public in the newsroom of {all}, and stays so until `communique newsroom withdraw "
        "{key}`"
    ): (
        "il est public dans la salle de presse de {all}, et le reste jusqu’à `communique newsroom "
        "withdraw {key}`"
    ),
    (
        "Where it is public in a newsroom already, it stays so until `newsroom withdraw` takes it "
        "out; where it was to become so, it does not."
    ): (
        "Là où il est déjà public, dans une salle de presse, il le reste jusqu’à ce que `newsroom "
        "withdraw` l’en retire; là où il allait le devenir, il ne le devient pas."
    ),
    "By which of its lists; one of the press gets what others do not.": (
        "Par laquelle de ses listes; une liste de presse reçoit ce que les autres n’ont pas."
    ),
    "In whose name, as for `approve`.": "Au nom de qui, comme pour `approve`.",
    "before {hour}, only lists of the press get it, and no page shows it": (
        "avant le {hour}, seules les listes de la presse le reçoivent, et aucune page ne le montre"
    ),
    (
        "Before this hour only lists of the press get it, marked with it, and no page shows "
        "it. Empty: no embargo."
    ): (
        "Avant cette heure, seules les listes de la presse le reçoivent, avec l’heure marquée, "
        "et aucune page ne le montre. Vide : aucun embargo."
    ),
    "Move the end of an embargo once the release is under way: the press has it, or gets it now.": (
        "Changer la fin d’un embargo quand le communiqué est en cours : la presse l’a, ou le "
        "reçoit maintenant."
    ),
    (
        "Later, whoever asks may; sooner than was approved, once every party has said yes to "
        "that hour: `--as` and `--by` say it. All others wait for the new end, and no page "
        "shows the release before. What the press got says the old hour for good: `release "
        "correct` tells them."
    ): (
        "Plus tard : qui le demande peut le faire; plus tôt que ce qui a été approuvé : quand "
        "chaque partie a accepté cette heure, ce que disent `--as` et `--by`. Tous les autres "
        "attendent la nouvelle fin, et aucune page ne montre le communiqué avant. Ce que la "
        "presse a reçu dit l’ancienne heure pour de bon : `release correct` la prévient."
    ),
    (
        "it begins with two associations to look at; for yours, put its folder in place of theirs "
        "in subscribers/ before the first `communique sync`, which never takes one away again"
    ): (
        "il commence avec deux associations, pour voir; pour la vôtre, mettez son dossier à la "
        "place "
        "des leurs dans subscribers/ avant le premier `communique sync`, qui n’en retire jamais"
    ),
    "if one of these is the member’s, say so: --column member=HEADING ({headings})": (
        "si l’une de celles-ci nomme le membre, dites-le : --column member=TITRE ({headings})"
    ),
    (
        "it is {state}, and cannot go at that hour, before every party has approved it: "
        "set one that is to come"
    ): (
        "il est à l’état « {state} », et ne peut partir à cette heure, avant que toutes les "
        "parties "
        "l’aient approuvé : fixez-en une à venir"
    ),
    "{word}, public from {hour} on": "{word}, public dès le {hour}",
    "{keys} has not gone out yet, and what it says is not in this": (
        "{keys} n’est pas encore parti, et ce qu’il dit n’est pas repris ici"
    ),
    "embargo until": "embargo jusqu’au",
    (
        "release.toml says nothing of this embargo, which takes nothing away; "
        '`communique release schedule {key} --at HOUR --public-from ""` does'
    ): (
        "release.toml ne dit rien de cet embargo, ce qui n’enlève rien; `communique release "
        'schedule {key} --at HEURE --public-from ""` l’enlève'
    ),
    (
        "set its embargo with its hour: `communique release schedule {release} --at HOUR "
        "--public-from HOUR`"
    ): (
        "fixez l’embargo avec l’heure d’envoi : `communique release schedule {release} --at HEURE "
        "--public-from HEURE`"
    ),
    "Its new end, as `schedule --at` has hours.": (
        "Sa nouvelle fin, avec les heures que prend `schedule --at`."
    ),
    "Time zone of the hour; else that of its schedule.": (
        "Le fuseau de l’heure; sinon, celui de son heure d’envoi."
    ),
    "You know that whoever of the press has it may tell it at the hour that they got.": (
        "Vous savez que qui l’a déjà, à la presse, peut le révéler à l’heure reçue."
    ),
}
