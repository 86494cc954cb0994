"""What the people of a spreadsheet become here, a group at a time.

What a person's lines do not state stays as it is. Consent that has lapsed does not hold again by
being imported: whatever would make it so is held back, and told, unless it was asked for (P11).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from communique.desk import amending, hearing, placing, telling_apart
from communique.domain.association import Association
from communique.domain.member import (
    OF_PERSON,
    Admission,
    Admitted,
    BadLine,
    Company,
    Difference,
    Duplicate,
    Entry,
    KnownPerson,
    Leaver,
    ListPlace,
    Newcomer,
    No,
    OtherName,
    Refusal,
    Subscriber,
)
from communique.domain.merging import (
    Contradiction,
    lists_of,
    of_person,
    settled,
    written,
)
from communique.domain.plain import Plain, company_key, entry
from communique.errors import Invalid


@dataclass(frozen=True, slots=True)
class Rules:
    """How an import is to be made: whose people, onto which lists, and what was asked for."""

    association: Association
    lists: tuple[str, ...]  # for lines that name none themselves
    today: date
    revive: bool = False  # let lapsed consent hold again where the file says so
    company: str = ""  # of somebody new whose lines name none
    alone: bool = False  # such a person is a member in their own name
    other_name: OtherName | None = None  # who has quite another name here; None: not known


@dataclass(slots=True)
class Decided:
    """What some people become, to be written; and what is to be told of it."""

    admissions: list[Admission] = field(default_factory=list)
    newcomers: dict[tuple[ListPlace, ...], list[Newcomer | str]] = field(default_factory=dict)
    admitted: Admitted = field(default_factory=Admitted)
    bad: list[BadLine] = field(default_factory=list)
    differences: list[Difference] = field(default_factory=list)
    revived: list[Difference] = field(default_factory=list)  # or held back, if nobody asked
    doubts: list[Contradiction] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    noes: list[tuple[str, No]] = field(default_factory=list)  # that are new, by address key
    left: list[Leaver] = field(default_factory=list)  # lists of who had an address before
    next: list[int] = field(default_factory=list)  # the numbers of who has one next
    lines: int = 0  # of those who are taken in


@dataclass(frozen=True, slots=True)
class Group:
    """Some people of a spreadsheet, and what is known of them and of their companies."""

    people: Iterable[Sequence[Plain]]  # the lines of each
    known: Mapping[str, KnownPerson]  # by address key
    keyed: Mapping[str, Company]  # by what the file calls them
    here: Mapping[int, Company]  # by their number here
    named: Mapping[str, Company]  # for those whose lines name none
    suppressed: Collection[str]  # address keys that must not be used, known people's or not
    early: Mapping[str, Collection[hearing.Part]] = field(default_factory=dict)  # by address key


def spoken(lines: Sequence[Plain]) -> Sequence[Plain]:
    """Those that say more of a person than a no."""
    return [one for one in lines if not one.mute]


def repeated(people: Iterable[Sequence[Plain]], decided: Decided) -> Iterator[Duplicate]:
    """The good lines for a person whom an earlier one, good as well, already brought."""
    bad = {one.line for one in decided.bad}
    for lines in people:
        good = [one for one in spoken(lines) if one.line not in bad]
        for one in good[1:]:
            yield Duplicate(one.line, good[0].line, entry(one).subscriber.address)


def company_for(rules: Rules, person: Subscriber) -> str:
    """The name of the company for somebody new whose lines name none; empty if there is none."""
    if rules.alone:
        return f"{person.given_name} {person.family_name}".strip() or str(person.address)
    return rules.company


def decide(rules: Rules, group: Group) -> Decided:
    """What each of them becomes. Pure."""
    decided = Decided()
    for lines in group.people:
        _decide(rules, group, lines, decided)
    return decided


def _decide(rules: Rules, group: Group, written: Sequence[Plain], decided: Decided) -> None:
    known = group.known.get(written[0].key)
    lines = [entry(one) for one in written]
    called = [
        (one, group.keyed[plain.company] if plain.company else None)
        for one, plain in zip(lines, written, strict=True)
        if not one.mute
    ]
    # Whose the address is, all lines tell: those too that are bad for their company.
    good = _with_companies(group, _of_one(rules, called, known, decided), known, decided)
    entries = [one for one, _ in good]
    company = _company(rules, group, good, known, decided) if good else None
    here = company is not None and company.id is not None
    suppressed = lines[0].subscriber.address.key in group.suppressed
    early = group.early.get(lines[0].subscriber.address.key, ())
    refusals, new = hearing.noes(lines, known, suppressed=suppressed, early=early)
    decided.refusals += refusals
    decided.noes += new
    decided.admitted += Admitted(refused=int(any(not no.lapse for _, no in new)))
    if company is not None and here:
        noes = [one for line in lines for one in line.noes]
        _admit(rules, group, entries, noes, known, company, decided)
    elif any(one.reaches_all for line in entries for one in line.noes):
        decided.lines += len(entries)  # an address that is kept for its no alone
    elif entries:
        _refuse(entries, company or _missing(), decided)


def _missing() -> Company:
    error = Invalid("company_missing")
    return Company(None, code=error.code, trouble=error.message, why=error.fact)


def _refuse(lines: Sequence[Entry], company: Company, decided: Decided) -> None:
    """Their lines are bad, for there is a trouble with the company."""
    facts = (company.why,) if company.why else ()
    decided.bad += [
        BadLine(
            *(one.line, company.trouble, str(one.subscriber.address), (company.code,)), facts=facts
        )
        for one in lines
    ]


def _with_companies(
    group: Group,
    called: Sequence[tuple[Entry, Company | None]],
    known: KnownPerson | None,
    decided: Decided,
) -> list[tuple[Entry, Company | None]]:
    """A person's good lines, each with the company that it names, if it names one.

    Which of several namesakes a line means is told by whose person they are, here or by their other
    lines.
    """
    votes = _votes([(one, company) for one, company in called if company and company.id])
    theirs = group.here[known.member_id] if known else votes[0][0] if votes else None
    good: list[tuple[Entry, Company | None]] = []
    for one, company in called:
        if company is None or company.id is not None:
            good.append((one, company))
        elif company.code == "name_of_several" and theirs and theirs.name == one.member.name:
            good.append((one, theirs))
        else:
            _refuse([one], company, decided)
    return good


def _votes(
    lines: Iterable[tuple[Entry, Company | None]],
) -> list[tuple[Company, Sequence[Entry]]]:
    """The companies that lines name, each with those; first the one that most of them name."""
    votes: dict[int, list[Entry]] = {}
    companies: dict[int, Company] = {}
    for one, company in lines:
        if company:
            votes.setdefault(number(company), []).append(one)
            companies[number(company)] = company
    # Of namesakes, as the file calls them: which number here they get, no dry run knows.
    order = sorted(
        votes, key=lambda one: (-len(votes[one]), companies[one].name, min(map(_key, votes[one])))
    )
    return [(companies[one], votes[one]) for one in order]


def _key(one: Entry) -> str:
    return company_key(one.member.reference, one.member.name)


def _of_one(
    rules: Rules,
    called: Sequence[tuple[Entry, Company | None]],
    known: KnownPerson | None,
    decided: Decided,
) -> Sequence[tuple[Entry, Company | None]]:
    """The lines that speak of whoever has the address: of two who share it, nothing is mixed."""
    theirs, doubts, bad = telling_apart.whose(
        [one for one, _ in called], known, renamed=rules.other_name is OtherName.SAME
    )
    decided.doubts += doubts
    decided.bad += bad
    others = len(called) - len(theirs) - len(bad)
    decided.lines += others
    if others and not theirs:  # whoever is meant, it stays as it is
        decided.admitted += Admitted(unchanged=1)
    kept = {one.line for one in theirs}
    return [(one, company) for one, company in called if one.line in kept]


def _company(
    rules: Rules,
    group: Group,
    lines: Sequence[tuple[Entry, Company | None]],
    known: KnownPerson | None,
    decided: Decided,
) -> Company | None:
    """Whose person they are to be; None for somebody new of whom nothing says it.

    One without an id says what is wrong with it.
    """
    votes = _votes(lines)
    if not votes:
        if known:
            return group.here[known.member_id]
        return group.named.get(company_for(rules, lines[0][0].subscriber))
    first, _ = votes[0]
    if len(votes) == 1:
        return first
    holds = group.here[known.member_id] if known else first
    said = tuple((company.name, min(one.line for one in theirs)) for company, theirs in votes)
    address = str(lines[0][0].subscriber.address)
    decided.doubts.append(Contradiction(address, "member", said, holds.name))
    return holds


def _admit(
    rules: Rules,
    group: Group,
    lines: Sequence[Entry],
    noes: Sequence[No],
    known: KnownPerson | None,
    company: Company,
    decided: Decided,
) -> None:
    first = lines[0].subscriber
    address = str(first.address)
    corrected: Mapping[str, str] = {}
    if known is None and len(lines) == 1:
        person = first
    else:
        has = {name: getattr(known.subscriber, name) for name in OF_PERSON} if known else {}
        stated, doubts = settled(address, of_person(lines), has)
        decided.doubts += doubts
        if known:
            stated, corrected = amending.news(known, stated)
        person = replace(known.subscriber if known else first, **stated)
    wanted, several = lists_of(lines, rules.lists)
    before = known.places if known else {}
    wanted = {
        key: since
        for key, since in wanted.items()  # nobody is put where the same lines say no
        if key in before or not any(one.reaches_all or one.list_key == key for one in noes)
    }
    if any(one.lapse for one in noes):  # nor anywhere by a membership that is over
        wanted = {}
    decided.doubts += [
        Contradiction(address, f"list {key}", said, written(wanted[key]))
        for key, said in several.items()
        if key in wanted
    ]
    places, revived = placing.places(rules.association, rules.today, wanted, known, company)
    goes = known is not None and number(company) != known.member_id
    longer = [*revived, *(placing.prolonged(known, places, rules.today) if goes else ())]
    if longer and goes and known and not rules.revive:
        # Where they go, consent would hold again, or longer: so they stay where they are.
        theirs = group.here[known.member_id]
        decided.revived.append(Difference(address, "member", theirs.name, company.name))
        company = theirs
        places, revived = placing.places(rules.association, rules.today, wanted, known, company)
        longer = revived
    decided.revived += [
        Difference(
            address,
            f"list {one.list_key}",
            placing.ended(known, one, rules.today),
            written(one.since),
        )
        for one in longer
    ]
    if not rules.revive:
        places = [one for one in places if one not in revived]
    changed = differences(group, known, person, company) if known else []
    moved = [
        Difference(address, f"list {one.list_key}", placing.since(known, one), written(one.since))
        for one in places
        if known and placing.since(known, one) != written(one.since)
    ]
    decided.differences += changed + moved
    decided.lines += len(lines)
    new = known is None
    other = bool(changed or places or company.changed)
    decided.admitted += Admitted(
        added=int(new),
        changed=int(not new and other),
        unchanged=int(not new and not other),
        suppressed=int(first.address.key in group.suppressed or placing.said_no(known, wanted)),
        lapsed=int(placing.lapsed(known, wanted, places, rules.today)),
    )
    if known is None:
        decided.newcomers.setdefault(tuple(places), []).append(
            Newcomer(
                first.address.key,
                number(company),
                address,
                person.given_name,
                person.family_name,
                person.language,
                person.role,
            )
        )
    elif changed or places or corrected != known.corrected:
        decided.admissions.append(
            Admission(
                known.id,
                number(company),
                person,
                tuple(one.field for one in changed),
                tuple(places),
                frozenset(
                    one.list_key
                    for one in places
                    if (was := before.get(one.list_key)) is None or was.since != one.since
                ),
                corrected,
                bool(changed) or corrected != known.corrected,
            )
        )


def differences(
    group: Group, known: KnownPerson, person: Subscriber, company: Company
) -> list[Difference]:
    """What is other than it was of somebody who is here."""
    address = str(known.subscriber.address)
    found = [
        Difference(address, name, old, new)
        for name in OF_PERSON
        if (old := getattr(known.subscriber, name)) != (new := getattr(person, name))
    ]
    if number(company) != known.member_id:
        theirs = group.here[known.member_id]
        found.append(Difference(address, "member", theirs.name, company.name))
    return found


def number(company: Company) -> int:
    """Which company it is, of those without a trouble."""
    assert company.id is not None  # noqa: S101 - those with a trouble are sorted out before
    return company.id
