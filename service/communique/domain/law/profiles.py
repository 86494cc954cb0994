"""The laws that are known here, a profile each; what we ask of everybody stands last.

Where the laws say it was read at their source or is from memory as docs/law.md tells. What a rule
needs before a release is handed in is in `needs`; the others are kept by how all this is built, and
docs/law.md names what holds each.
"""

from __future__ import annotations

from communique.domain.law.rules import Law, Need, Rule, Weight

CASL = Law(
    "casl",
    "Canada’s anti-spam legislation (S.C. 2010, c. 23) and its regulations",
    ("CA",),
    (
        Rule("casl-consent", "CASL s.6(1)(a), 10"),
        Rule("casl-implied-consent", "CASL s.10(10), (13), (14)"),
        Rule("casl-proof", "CASL s.13; SOR/2012-36 s.4"),
        Rule("casl-asking", "CASL s.1(3)"),
        Rule("casl-host-approves", "CASL s.10(9), (13)", (Need.HOST_APPROVES,)),
        Rule("casl-identification", "CASL s.6(2)(a); SOR/2012-36 s.2(1)(a)–(c)", (Need.NAMES,)),
        Rule(
            "casl-contact",
            "CASL s.6(2)(b); SOR/2012-36 s.2(1)(d)",
            (Need.POSTAL_ADDRESS, Need.CONTACT),
        ),
        Rule("casl-unsubscribe", "CASL s.6(2)(c), 11(1); SOR/2012-36 s.3", (Need.WAY_OUT,)),
        Rule("casl-60-days", "CASL s.11(2)"),
        Rule("casl-10-business-days", "CASL s.11(3)"),
        Rule("casl-scopes", "SOR/2013-221 s.5"),
        Rule("casl-subject", "Competition Act s.74.011(2)", (Need.HONEST_SUBJECT,)),
    ),
)

CAN_SPAM = Law(
    "can-spam",
    "the CAN-SPAM Act (15 U.S.C. 7701–7713) and its rule (16 CFR 316)",
    ("US",),
    (
        Rule("can-spam-sender", "15 U.S.C. 7704(a)(1)", (Need.NAMES,)),
        Rule("can-spam-subject", "15 U.S.C. 7704(a)(2)", (Need.HONEST_SUBJECT,)),
        Rule("can-spam-unsubscribe", "15 U.S.C. 7704(a)(3)(A), (5)(A)(ii)", (Need.WAY_OUT,)),
        Rule("can-spam-30-days", "15 U.S.C. 7704(a)(3)(A)(ii)"),
        Rule("can-spam-10-business-days", "15 U.S.C. 7704(a)(4)(A)"),
        Rule("can-spam-postal-address", "15 U.S.C. 7704(a)(5)(A)(iii)", (Need.POSTAL_ADDRESS,)),
        Rule("can-spam-one-page", "16 CFR 316.5"),
    ),
)

# Who sends from Québec answers to it; who writes there from elsewhere is told, and decides.
CHARTER = Law(
    "charter",
    "Québec’s Charter of the French language (CQLR c. C-11)",
    ("CA-QC",),
    (
        Rule("charter-french", "Charter s.5, 52", (Need.FRENCH,), of_readers=Weight.WARNS),
        Rule(
            "charter-french-whole",
            "Charter s.52",
            (Need.FRENCH_WHOLE,),
            Weight.WARNS,
            Weight.WARNS,
        ),
        Rule(
            "charter-french-first",
            "Charter s.52",
            (Need.FRENCH_FIRST,),
            Weight.WARNS,
            of_readers=None,
        ),
        Rule("charter-at-once", "Charter s.52"),
    ),
)

PRIVATE_SECTOR = Law(
    "p39-1",
    "Québec’s act on personal information in the private sector (CQLR c. P-39.1)",
    ("CA-QC",),
    (
        Rule("p39-1-tracking", "P-39.1 s.8.1, 9.1"),
        Rule("p39-1-apart", "P-39.1 s.17"),
        Rule("p39-1-access", "P-39.1 s.27"),
        Rule("p39-1-erasure", "P-39.1 s.28.1"),
    ),
)

# An association that says so of itself is held to it, wherever it is.
DECLARED = Law(
    "declared",
    "what an association’s own file says",
    (),
    (Rule("declared-french", "`requires_french` in association.toml", (Need.FRENCH,)),),
)

# Whoever writes across a border carries the stricter footer; so everybody does.
OURS = Law(
    "ours",
    "ours, wherever who sends and who reads may be",
    (),
    (
        Rule(
            "ours-footer",
            "docs/mail.md §4",
            (Need.NAMES, Need.POSTAL_ADDRESS, Need.CONTACT, Need.WAY_OUT),
        ),
        Rule("ours-host-approves", "docs/mail.md §4", (Need.HOST_APPROVES,)),
        Rule("ours-elsewhere", "docs/law.md", (Need.KNOWN_LAW,), Weight.WARNS, Weight.WARNS),
    ),
)

LAWS = (CASL, CAN_SPAM, CHARTER, PRIVATE_SECTOR)
