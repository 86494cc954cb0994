"""The French of the remarks in files that commands write, by the English that stands there.

Remarks only: what a program reads in these files is the same in every language.
"""

from __future__ import annotations

from collections.abc import Mapping

REMARKS: Mapping[str, str] = {
    # .env
    """\
# Settings of this desk. Uncomment a line to change it; `communique settings` lists them all.
# Until a relay named `default` is configured, the mail of every association without a relay
# of its own goes to the built-in mailbox and does not leave this machine.
""": """\
# Réglages de ce bureau. Enlevez le # d’une ligne pour la changer; `communique settings` les
# explique tous. Tant qu’aucun relais ne s’appelle `default`, les messages de toute association
# sans relais à elle vont dans la boîte aux lettres intégrée et ne quittent pas cet ordinateur.
""",
    """\
# Where members reach the public pages (unsubscribing): https once a relay is configured.
# As long as it is unset, links lead to where `communique serve` listens.
""": """\
# Où les membres trouvent les pages publiques (pour se désabonner) : en https dès qu’un relais est
# configuré. Tant que ce n’est pas réglé, les liens mènent là où `communique serve` écoute.
""",
    "# Where `communique serve` listens.\n": "# Où `communique serve` écoute.\n",
    "# PostgreSQL instead of SQLite: pip install 'communique[postgresql]' first.\n": (
        "# PostgreSQL au lieu de SQLite : d’abord pip install 'communique[postgresql]'.\n"
    ),
    "# The relay that mail leaves through. Its password stays in a file of its own.\n": (
        "# Le relais par où partent les messages. Son mot de passe reste dans un fichier à part.\n"
    ),
    # .gitignore
    "# What the desk owns (database, mailbox, signing keys), and what nobody else should read.\n": (
        "# Ce qui est au bureau (base de données, boîte aux lettres, clés de signature), et que\n"
        "# personne d’autre ne devrait lire.\n"
    ),
    """\
# Addresses of people: their spreadsheets, reports and exports of them, previews, and backups,
# which hold the signing keys as well.
""": """\
# Des adresses de personnes : feuilles de calcul, rapports, exportations, aperçus, et sauvegardes,
# qui contiennent aussi les clés de signature.
""",
    # association.toml
    """\
# An association: who it is, in whose name it writes, who may speak for it.
#
# The folder's name, `""": """\
# Une association : qui elle est, au nom de qui elle écrit, qui peut parler pour elle.
#
# Le nom du dossier, `""",
    """\
`, is its key everywhere: in releases, in agreements, in commands.
# After an edit, `communique sync --dry-run` shows what would change and `communique sync` does it.
#
""": """\
`, est sa clé partout : communiqués, ententes, commandes.
# Après une modification, `communique sync --dry-run` montre ce qui changerait, et
# `communique sync` le fait.
#
""",
    """\
 is a real association. The addresses, the phone number and the people below are not:
# replace them before you write to anybody.
""": """\
 est une véritable association. Les adresses, le numéro de téléphone et les personnes
# ci-dessous n’en sont pas : remplacez-les avant d’écrire à qui que ce soit.
""",
    """\
# Languages that it speaks, as two-letter codes. The first is for members who chose none.
# Every text below that members read is given in each of them.
""": """\
# Les langues qu’elle parle, en codes de deux lettres. La première est pour les membres qui n’en
# ont pas choisi. Tout texte ci-dessous que lisent les membres est donné dans chacune.
""",
    (
        "# Hours are meant in this zone (an IANA name), and footers follow the law of this place "
        "(ISO 3166-2).\n"
    ): (
        "# Les heures sont celles de ce fuseau (un nom de l’IANA), et les pieds de page suivent\n"
        "# la loi de ce lieu (ISO 3166-2).\n"
    ),
    "# True: no release goes out in its name without a complete French edition.\n": (
        "# true : aucun communiqué ne part en son nom sans une édition française complète.\n"
    ),
    "# The footer of every message: where it can be found, and where people answer.\n": (
        "# Le pied de chaque message : où la trouver, et où lui répondre.\n"
    ),
    (
        "# The domain that its lists and messages are named under (List-Id, Message-ID). "
        "Choose it once.\n"
    ): (
        "# Le domaine sous lequel ses listes et ses messages sont nommés (List-Id, Message-ID).\n"
        "# Choisissez-le une fois pour toutes.\n"
    ),
    (
        "# Which relay it sends through: COMMUNIQUE_TRANSPORTS__<NAME>__HOST and so on. "
        "Left out: `default`.\n"
    ): (
        "# Le relais par où elle envoie : COMMUNIQUE_TRANSPORTS__<NAME>__HOST, et ainsi de suite.\n"
        "# Sans cette ligne : `default`.\n"
    ),
    (
        "# Who it is, at the end of a press release, and whom journalists ask. "
        "Both may be left out.\n"
    ): (
        "# Qui elle est, à la fin d’un communiqué de presse, et à qui s’adressent les\n"
        "# journalistes. L’un et l’autre peuvent manquer.\n"
    ),
    "# What members see as From, and where their answers go.\n": (
        "# Ce que les membres voient comme expéditeur, et où vont leurs réponses.\n"
    ),
    "# Colours as #rrggbb. The wordmark stands in letters, since many readers see no images.\n": (
        "# Couleurs, écrites #rrggbb. Le nom est en lettres, car bien des lecteurs ne voient pas\n"
        "# les images.\n"
    ),
    "# text on the primary colour\n": "# le texte sur la couleur principale\n",
    "# Public pages of its news, at /n/": "# Pages publiques de ses nouvelles, à /n/",
    """\
/ below COMMUNIQUE_PUBLIC_URL. Releases that go out from that day
# on are on them, once every party has approved that; without this table, it has none.
""": """\
/ sous COMMUNIQUE_PUBLIC_URL. Les communiqués qui
# partent à compter de ce jour y sont, une fois que toutes les parties l’ont approuvé; sans cette
# table, elle n’en a pas.
""",
    "# only if its own site shows them (`newsroom export`)\n": (
        "# seulement si son propre site les montre (`newsroom export`)\n"
    ),
    """\
# How its approvals are given, if not as usual. "signed-in": only by people who sign in, never by
# the operator in their name. "author-alone": who wrote a release may be the only one here who
# approves it.
""": """\
# Comment se donnent ses approbations, si ce n’est pas comme d’habitude. « signed-in » : seulement
# par des personnes qui se connectent, jamais par l’opérateur en leur nom. « author-alone » : qui a
# écrit un communiqué peut être seul à l’approuver ici.
""",
    """\
# The people who work here and may sign in, and what each does: "approver" says yes or no to a
# release in its name; "editor" writes, "viewer" looks; "owner" does all of it, answers for its
# people and its agreements, and is reminded before one ends. `language` is what they read, if not
# the first of it.
""": """\
# Les personnes qui travaillent ici et peuvent se connecter, et ce que fait chacune : « approver »
# dit oui ou non à un communiqué en son nom; « editor » écrit, « viewer » regarde; « owner » fait
# tout cela, répond de ses gens et de ses ententes, et reçoit un rappel avant qu’une prenne fin.
# `language` est la langue qu’ils lisent, si ce n’est pas la première de l’association.
""",
    (
        "# What your spreadsheets call a column, where nobody would know: "
        "remembered for every import.\n"
    ): (
        "# Comment vos feuilles de calcul appellent une colonne que rien ne laisserait deviner :\n"
        "# retenu pour chaque importation.\n"
    ),
    "# or member, reference, given_name, family_name, language, …\n": (
        "# ou member, reference, given_name, family_name, language, …\n"
    ),
    # lists.toml
    """\
# The lists of this association. A release names the lists that it goes to.
#
# key       lower-case letters, digits and hyphens; it stays the same for good
# names     what members read in the footer and on the page where they unsubscribe
# purposes  what a list is for, on that page
# basis     why they may be written to:
#             membership  implied while their employer is a member, and two years after it ends
#             express     they said yes, and no time limit runs
#             business    implied for two years after a purchase or a contract
#             inquiry     implied for six months after they asked for something
# press     true for a list of journalists: they get the notes to editors, and nobody else does
""": """\
# Les listes de cette association. Un communiqué nomme les listes auxquelles il va.
#
# key       minuscules, chiffres et traits d’union; elle ne change plus jamais
# names     ce que les membres lisent au pied du message et sur la page de désabonnement
# purposes  à quoi sert la liste, sur cette page
# basis     pourquoi on peut leur écrire :
#             membership  tacite tant que leur employeur est membre, et deux ans ensuite
#             express     ils ont dit oui, et aucun délai ne court
#             business    tacite pendant deux ans après un achat ou un contrat
#             inquiry     tacite pendant six mois après une demande de leur part
# press     true pour une liste de journalistes : les notes aux rédactions sont pour eux seuls
""",
    """\
# An audience that releases use by its name (`use = "long-standing"` in place of `lists`):
# `communique subscribers audiences` counts it.
""": """\
# Des destinataires que les communiqués nomment d’un mot (`use = "long-standing"` à la place de
# `lists`) : `communique subscribers audiences` les compte.
""",
    "# the release whose press was told another hour: it goes to them alone\n": (
        "# le communiqué dont la presse a reçu une autre heure : il ne va qu’à elle\n"
    ),
    "# whoever has a place on one of these is left out\n": (
        "# quiconque est sur l’une d’elles est laissé de côté\n"
    ),
    "# or only.sectors, only.territories, only.kinds\n": (
        "# ou only.sectors, only.territories, only.kinds\n"
    ),
    "# members since that day or longer\n": "# membres depuis ce jour ou plus longtemps\n",
    # agreements.toml
    """\
# Agreements between associations: who announces together, and when.
#
# An agreement links any number of associations, each by the name of its folder. Its terms are only
# ever appended: to renew one, add an [[agreement.term]] below the last, and leave the others as
# they are, or have `communique agreements renew` do that. Both days count. A release under an
# agreement goes out while one of its terms runs. To end an agreement early, give it the first day
# on which it no longer holds: ended = 2027-01-01
""": """\
# Ententes entre associations : qui annonce ensemble, et quand.
#
# Une entente lie autant d’associations qu’on veut, chacune par le nom de son dossier. On ne fait
# qu’ajouter des périodes : pour la renouveler, ajoutez un [[agreement.term]] sous le dernier sans
# toucher aux autres, ou laissez faire `communique agreements renew`. Les deux jours comptent. Un
# communiqué sous une entente part pendant l’une de ses périodes. Pour mettre fin à une entente
# avant terme, donnez le premier jour où elle ne vaut plus : ended = 2027-01-01
""",
    "# First agreed in San Diego.\n": "# Conclue d’abord à San Diego.\n",
    "# Renewed in Philadelphia, for three years.\n": (
        "# Renouvelée à Philadelphie, pour trois ans.\n"
    ),
    # release.toml
    (
        "# A joint activity. Its editions stand beside this file, one for each language.\n"
    ): "# Une activité commune. Ses éditions sont à côté de ce fichier, une par langue.\n",
    "# An advantage for members. Its editions stand beside this file, one for each language.\n": (
        "# Un avantage pour les membres. Ses éditions sont à côté de ce fichier, une par langue.\n"
    ),
    """\
# What the editions of this release have in common. Each language has its own file beside this one.
# The folder's name, `""": """\
# Ce que les éditions de ce communiqué ont en commun. Chaque langue a son fichier, à côté de
# celui-ci. Le nom du dossier, `""",
    "`, is the release's key in commands and in the log.\n": (
        "`, est la clé du communiqué dans les commandes et dans le journal.\n"
    ),
    """\
# What the editions of this release have in common. Each language has its own file beside
# this one: fr.md, en.md, …
""": """\
# Ce que les éditions de ce communiqué ont en commun. Chaque langue a son fichier à côté de
# celui-ci : fr.md, en.md, …
""",
    "# who announces together: each must approve\n": (
        "# qui annonce ensemble : chacune doit approuver\n"
    ),
    "# if it rests on one: its key, as in ": "# s’il repose sur une entente : sa clé, comme dans ",
    "# as in subscribers/agreements.toml\n": "# comme dans subscribers/agreements.toml\n",
    "# where to read more\n": "# où en lire davantage\n",
    "# it stays with whoever it goes to\n": "# il reste à qui le reçoit\n",
    "# as its lists.toml keeps it\n": "# comme le garde son lists.toml\n",
    "# as your members have them; or only.sectors, only.kinds\n": (
        "# tels que vos membres les ont; ou only.sectors, only.kinds\n"
    ),
    "# or only.sectors, only.kinds\n": "# ou only.sectors, only.kinds\n",
    **{
        f"# as templates/{kind}/kind.toml declares them\n": (
            f"# comme les déclare templates/{kind}/kind.toml\n"
        )
        for kind in ("activity", "advantage", "announcement")
    },
}


def remarked(text: str) -> str:
    """A file with its remarks in French."""
    for english, french in REMARKS.items():
        text = text.replace(english, french)
    return text
