"""The helps of the commands that begin, serve and keep a desk."""

from __future__ import annotations

from collections.abc import Mapping

SENTENCES: Mapping[str, str] = {
    "The desk's pages, and who works at them.": "Les pages du bureau, et qui y travaille.",
    "Whose; without one, the operator's.": "De qui; sans elle, celles de l’opérateur.",
    "Show who works for an association, as what, and who was invited to.": (
        "Montrer qui travaille pour une association, à quel titre, et qui y est invité."
    ),
    "Whom, by their address.": "Qui, par son adresse.",
    "For whom they are to work.": "Pour qui cette personne travaillera.",
    "What they are to be; may be given repeatedly.": ("Son rôle; peut être donné plusieurs fois."),
    "Their name.": "Son nom.",
    "What they read; else its first language.": (
        "La langue que cette personne lit; sinon, la première de l’association."
    ),
    "Invite somebody to work at the desk, by a letter that holds for seven days.": (
        "Inviter quelqu’un à travailler au bureau, par une lettre qui vaut sept jours."
    ),
    (
        "They come by a code that is sent to that address: the letter's link alone is worth "
        "nothing."
    ): (
        "La personne entre par un code envoyé à cette adresse : le lien de la lettre ne suffit pas."
    ),
    "For whom they work no more.": "L’association pour laquelle cette personne ne travaille plus.",
    "Let somebody who was invited work for an association no more, from this moment.": (
        "Faire que quelqu’un qui a été invité ne travaille plus pour une association, sur-le-champ."
    ),
    (
        "Who has not come yet cannot come any more. Whoever a file declares is taken out of it "
        "instead."
    ): (
        "Qui n’est pas encore entré ne peut plus entrer. Qui est déclaré dans un fichier en est "
        "plutôt retiré."
    ),
    "{address} works for {association} no more": ("{address} ne travaille plus pour {association}"),
    "Show where somebody is signed in, with the number by which `revoke` ends it.": (
        "Montrer où quelqu’un est connecté, avec le numéro par lequel `revoke` y met fin."
    ),
    "Which, by number; none: all of them.": "Lesquelles, par numéro; aucune : toutes.",
    "Sign somebody out, at once, wherever they are signed in.": (
        "Déconnecter quelqu’un, sur-le-champ, partout où la personne est connectée."
    ),
    "nobody works here: declare them in association.toml, or `communique desk invite`": (
        "personne ne travaille ici : déclarez les gens dans association.toml, ou faites "
        "`communique desk invite`"
    ),
    "nobody is signed in": "personne n’est connecté",
    "declared": "dans le fichier",
    "by invitation": "sur invitation",
    "viewer": "lecture",
    "editor": "rédaction",
    "approver": "approbation",
    "owner": "responsable",
    "invited until {day}": "invitation jusqu’au {day}",
    "{address} is invited to {association}; the letter goes once `communique serve` runs": (
        "{address} est invité à {association}; la lettre part dès que `communique serve` tourne"
    ),
    "roles": "rôles",
    "how": "comment",
    "last seen": "dernière visite",
    "session": "session",
    "ASSOCIATION": "ASSOCIATION",
    "SESSION": "SESSION",
    "browser": "navigateur",
    "from": "d’où",
    "The association to begin with.": "L’association par laquelle commencer.",
    "What the pages speak; else as the browser asks.": (
        "La langue des pages; sinon, celle que demande le navigateur."
    ),
    "Print the link; open no browser.": "Montrer le lien sans ouvrir de navigateur.",
    "Open the desk's pages as the operator at this machine: by a link that works once.": (
        "Ouvrir les pages du bureau à titre d’opérateur de cette machine : par un lien qui sert "
        "une seule fois."
    ),
    (
        "It works for five minutes, in one browser, once the button there is pressed. Whoever has "
        "it until then is the operator: give it to nobody."
    ): (
        "Il vaut cinq minutes, dans un seul navigateur, une fois le bouton pressé. Jusque-là,"
        " quiconque le détient est l’opérateur : ne le donnez à personne."
    ),
    "the pages speak {known:or}, not “{language}”": (
        "les pages se lisent en {known:or}, pas en « {language} »"
    ),
    "nothing serves the pages yet: start `communique serve`, then open the link": (
        "rien ne sert encore les pages : démarrez `communique serve`, puis ouvrez le lien"
    ),
    "it works once, for {minutes} minutes; give it to nobody": (
        "il sert une seule fois, pendant {minutes} minutes; ne le donnez à personne"
    ),
    "Start a new desk: templates, two associations, a sample release.": (
        "Commencer un bureau : gabarits, deux associations, un communiqué d’exemple."
    ),
    "Explain every setting, and what it is if unset.": (
        "Expliquer chaque réglage, et sa valeur s’il n’est pas donné."
    ),
    "Take in what `subscribers/` declares.": "Reprendre ce que déclare `subscribers/`.",
    "Show the associations here, and who may approve for them.": (
        "Montrer les associations d’ici, et qui peut approuver pour elles."
    ),
    "Run the scheduler, the worker and the public pages.": (
        "Faire tourner le planificateur, l’expédition et les pages publiques."
    ),
    "Show the releases under way, with how far each is.": (
        "Montrer les communiqués en cours, et où en est chacun."
    ),
    "Look at everything the service needs and say what is wrong.": (
        "Examiner tout ce dont le service a besoin, et dire ce qui ne va pas."
    ),
    "Send a release that two associations approved, and show the log.": (
        "Envoyer un communiqué approuvé par deux associations, et montrer le journal."
    ),
    "Back the desk up: database, keys and files, of one moment.": (
        "Sauvegarder le bureau : base de données, clés et fichiers, d’un même instant."
    ),
    "Restore a desk from a backup.": "Restaurer un bureau à partir d’une sauvegarde.",
    "The database's schema.": "Le schéma de la base de données.",
    "The release desk for associations that announce together.": (
        "Le bureau de diffusion des associations qui annoncent ensemble."
    ),
    (
        "A desk in five steps: `init` a folder, `sync` the associations it declares, "
        "`subscribers import` their members, `release import` and `submit` an announcement "
        "that every party then approves and somebody schedules; `serve` sends it. `log` and "
        "`status` say what became of it."
    ): (
        "Un bureau en cinq étapes : `init` en commence le dossier, `sync` reprend les "
        "associations qu’il déclare, `subscribers import` leurs membres, `release import` et "
        "`submit` une annonce que toutes les parties approuvent ensuite et dont quelqu’un fixe "
        "l’heure; `serve` l’envoie. `log` et `status` disent ce qu’il en est advenu."
    ),
    "Say which version.": ("Afficher la version."),
    "Install completion for the current shell.": "Installer la complétion pour ce shell.",
    "Show completion for the current shell, to copy it or customize the installation.": (
        "Montrer la complétion pour ce shell, pour la copier ou l’adapter."
    ),
    "Start a new desk: templates, two associations, a sample release. Overwrites nothing.": (
        "Commencer un bureau : gabarits, deux associations, un communiqué d’exemple. N’écrase rien."
    ),
    "Where the new desk goes; made if need be.": "Où va le nouveau bureau; créé au besoin.",
    "Explain every setting: its variable, what it means, and what it is if unset.": (
        "Expliquer chaque réglage : sa variable, ce qu’il veut dire, et sa valeur s’il n’est "
        "pas donné."
    ),
    "Take in the associations, lists and agreements that `subscribers/` declares.": (
        "Reprendre les associations, les listes et les ententes que déclare `subscribers/`."
    ),
    (
        "Every mistake in the files is named with its line, and then nothing is changed. "
        "Nothing is ever removed: what no file declares any more is kept, and said."
    ): (
        "Chaque erreur est signalée avec son fichier et sa ligne, et alors rien n’est "
        "modifié. Rien n’est jamais retiré : ce qu’aucun fichier ne déclare plus est "
        "conservé, et la commande le dit."
    ),
    "Let consent that has lapsed hold again where a list's new basis says so.": (
        "Laisser valoir de nouveau un consentement échu, là où le nouveau fondement d’une liste le "
        "dit."
    ),
    "Show the difference; change nothing.": "Montrer la différence; ne rien modifier.",
    "Print JSON, for scripts.": "Écrire en JSON, pour les programmes.",
    "Show the associations here: their languages, lists, and who may approve for them.": (
        "Montrer les associations d’ici : leurs langues, leurs listes, et qui peut approuver "
        "pour elles."
    ),
    "One association's key.": "La clé d’une association.",
    "KEY": "CLÉ",
    "Run the scheduler, the worker and the public pages until told to stop.": (
        "Faire tourner le planificateur, l’expédition et les pages publiques jusqu’à l’arrêt."
    ),
    (
        "SIGTERM or Ctrl-C stops it gracefully, within seconds: what is being handed over is "
        "finished, the rest waits in the store. The second one ends it at once. After a crash, "
        "starting it again goes on where it was; nobody is forgotten."
    ): (
        "SIGTERM ou Ctrl-C l’arrête en douceur, en quelques secondes : ce qui est en cours de "
        "remise est terminé, le reste attend dans la base de données. La deuxième fois, il "
        "s’arrête aussitôt. Après une panne, redémarrez-le : il reprend où il en était; "
        "personne n’est oublié."
    ),
    (
        "With roles named, this process has only these. As many as you like may run at one "
        "PostgreSQL, with `COMMUNIQUE_ENGINE=distributed`:"
    ): (
        "Si des rôles sont nommés, ce processus n’a que ceux-là. Il peut y en avoir autant que "
        "vous voulez sur un même PostgreSQL, avec `COMMUNIQUE_ENGINE=distributed` :"
    ),
    "Serve the public pages.": "Servir les pages publiques.",
    "Pick up what is due, and look after the rest.": (
        "Prendre en charge ce qui est dû, et veiller sur le reste."
    ),
    "Send.": "Envoyer.",
    "Stay until nothing is under way.": "Rester jusqu’à ce que rien ne soit en cours.",
    "Look at everything the service needs and say what is wrong: settings, database, relays.": (
        "Examiner tout ce dont le service a besoin et dire ce qui ne va pas : réglages, base "
        "de données, relais."
    ),
    "Send a release that two associations approved to their members, and show the log.": (
        "Envoyer à leurs membres un communiqué approuvé par deux associations, et montrer le "
        "journal."
    ),
    "Folder of the demo's desk; an earlier demo there is made anew.": (
        "Dossier du bureau de la démonstration; une démonstration antérieure y est refaite."
    ),
    "FILE": "FICHIER",
    "Do not ask.": "Ne pas demander.",
    "Back the desk up: its database, its keys, and what `subscribers/` and the like hold.": (
        "Sauvegarder le bureau : sa base de données, ses clés, et ce que contiennent "
        "`subscribers/` et les autres dossiers."
    ),
    (
        "All of one moment, while the service runs. Whoever can read it can read everybody's "
        "address and sign links, so only you may (mode 0600). `.env` is not in it, nor are "
        "passwords of relays. Of a database on PostgreSQL it takes pg_dump, of the server's "
        "version or a newer one."
    ): (
        "Tout est d’un même instant, pendant que le service tourne. Qui peut lire la "
        "sauvegarde peut lire l’adresse de tous et signer des liens : vous seul le pouvez donc "
        "(mode 0600). `.env` n’y est pas, ni les mots de passe des relais. Pour une base "
        "PostgreSQL, il faut pg_dump, de la version du serveur ou d’une plus récente."
    ),
    "What is restored sends nothing until somebody says that it may: `communique db adopt`.": (
        "Ce qui est restauré n’envoie rien tant que personne ne le permet : `communique db adopt`."
    ),
    "Where it goes, a new file; `-` is a pipe.": (
        "Où elle va, un nouveau fichier; `-` est un tube."
    ),
    "Restore a desk from a backup, here or in COMMUNIQUE_HOME. No service may run.": (
        "Restaurer un bureau à partir d’une sauvegarde, ici ou dans COMMUNIQUE_HOME. Aucun "
        "service ne doit tourner."
    ),
    (
        "What is here already stays, unless you say `--replace`: then it is moved aside, "
        "beside its old place. The restored desk sends nothing until somebody says that it may. "
        "On PostgreSQL it takes pg_restore and psql, and a database that is there already."
    ): (
        "Ce qui est déjà ici reste, sauf si vous dites `--replace` : c’est alors mis de côté, "
        "près de son ancienne place. Le bureau restauré n’envoie rien tant que personne ne le "
        "permet. Sous PostgreSQL, il faut pg_restore et psql, et une base de données qui existe "
        "déjà."
    ),
    "A file that `communique backup` wrote.": "Un fichier qu’a écrit `communique backup`.",
    "Move aside what is here already; lose nothing.": (
        "Mettre de côté ce qui est déjà ici; ne rien perdre."
    ),
    "Show what would be done; change nothing.": ("Montrer ce qui serait fait; ne rien modifier."),
    "Bring the schema up to date. Safe to repeat; killed in its middle, nothing happened.": (
        "Mettre le schéma à jour. On peut répéter la commande sans risque; si elle est "
        "interrompue, rien n’est changé."
    ),
    "Say that this database is the one to go on with, and may send.": (
        "Déclarer que c’est cette base de données qui continue, et qu’elle peut envoyer."
    ),
    (
        "A database that was restored, copied or moved sends nothing until somebody says this: "
        "whoever was written to since its copy was made would be written to again. What is "
        "under way in it is paused, and what came due is missed, so that each release asks "
        "whether it still may go:"
    ): (
        "Une base de données restaurée, copiée ou déplacée n’envoie rien tant que personne ne "
        "dit ceci : on écrirait de nouveau à qui a reçu un message depuis sa copie. Ce qui y "
        "est en cours est mis en pause, et ce qui y était dû est manqué, de sorte que chaque "
        "communiqué demande s’il peut encore partir :"
    ),
    "First see to it that no other service sends from the database that this one is a copy of.": (
        "Assurez-vous d’abord qu’aucun autre service n’envoie à partir de la base de données "
        "dont celle-ci est une copie."
    ),
    (
        "Nothing is sent either where mail would leave otherwise than before, as it would from "
        "a restored desk that lacks its `.env`: into the built-in mailbox. That is shown here, "
        "and `--yes` does not answer it; `--as-set` does:"
    ): (
        "Rien ne part non plus là où les messages partiraient autrement qu’avant, comme d’un "
        "bureau restauré sans son `.env` : dans la boîte aux lettres intégrée. C’est montré "
        "ici, et `--yes` n’y répond pas; `--as-set`, oui :"
    ),
    "Show what would wait; change nothing.": "Montrer ce qui attendrait; ne rien modifier.",
    "Mail may leave as it is set now, though it left otherwise.": (
        "Laisser partir les messages selon les réglages actuels, même s’ils partaient autrement."
    ),
    (
        "Exit status: 0 if it was done; 1 if it was refused, and the message says why; 2 if "
        "the command was not understood; 3 if it was done but for some lines of a spreadsheet; "
        "4 if what it needs cannot be used, or another service runs; 130 if Ctrl-C ended it."
    ): (
        "Code de sortie : 0 si c’est fait; 1 si c’est refusé, et le message dit pourquoi; 2 si "
        "la commande n’a pas été comprise; 3 si c’est fait, sauf quelques lignes d’une feuille "
        "de calcul; 4 si ce qu’il faut est inutilisable, ou si un autre service tourne; 130 si "
        "Ctrl-C y a mis fin."
    ),
    "Say what handing it in would find: mistakes, and what the law asks. Changes nothing.": (
        "Dire ce que trouverait sa soumission : les erreurs, et ce que demande la loi. Ne "
        "modifie rien."
    ),
    "Say what somebody should look at: ends that are near, and releases that they cut off.": (
        "Dire ce qu’il faut regarder : les fins proches, et les communiqués qu’elles arrêtent."
    ),
    "It ends with 1 where something cannot stay as it is.": (
        "Le code de sortie est 1 si quelque chose ne peut pas rester tel quel."
    ),
    "One of them.": "L’une d’elles.",
    "[AGREEMENT]": "[ENTENTE]",
}
