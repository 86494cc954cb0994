"""An example of every command, as its `--help` shows it. A test has the parser read each."""

from __future__ import annotations

from collections.abc import Mapping

EXAMPLES: Mapping[str, str] = {
    "": """
        communique init desk
        communique status
        communique release schedule --help""",
    "init": """
        communique init desk""",
    "settings": """
        communique settings | less""",
    "sync": """
        communique sync --dry-run
        communique sync""",
    "associations": """
        communique associations
        communique associations massbio --json""",
    "serve": """
        communique serve""",
    "desk": """
        communique desk open""",
    "desk open": """
        communique desk open
        communique desk open --association massbio --print""",
    "desk people": """
        communique desk people massbio""",
    "desk invite": """
        communique desk invite nina@massbio.example --association massbio --role approver""",
    "desk dismiss": """
        communique desk dismiss nina@massbio.example --association massbio""",
    "desk sessions": """
        communique desk sessions --of nina@massbio.example""",
    "desk revoke": """
        communique desk revoke --of nina@massbio.example""",
    "status": """
        communique status --watch""",
    "check": """
        communique check""",
    "demo": """
        communique demo --folder demo""",
    "backup": """
        communique backup desk-2027-06-03.tar""",
    "restore": """
        communique restore desk-2027-06-03.tar --dry-run""",
    "db": """
        communique db upgrade""",
    "db upgrade": """
        communique db upgrade""",
    "db adopt": """
        communique db adopt --dry-run
        communique db adopt --as-set""",
    "subscribers": """
        communique subscribers list -a massbio
        communique subscribers show someone@a-member.example -a massbio""",
    "subscribers import": """
        communique subscribers import members.csv -a massbio -l members --dry-run
        communique subscribers import members.csv -a massbio -l members --report bad.csv
        communique subscribers import members.csv -a massbio -c "address=Courriel 2\"""",
    "subscribers export": """
        communique subscribers export -a bioquebec --french --excel --out membres.csv""",
    "subscribers list": """
        communique subscribers list -a massbio --list members
        communique subscribers list -a massbio --member Otterhaven
        communique subscribers list -a massbio --without given_name""",
    "subscribers audiences": """
        communique subscribers audiences
        communique subscribers audiences -a massbio --json""",
    "subscribers suppress": """
        communique subscribers suppress who@a-member.example -a massbio --why "by letter\"""",
    "subscribers show": """
        communique subscribers show someone@a-member.example -a massbio""",
    "subscribers edit": """
        communique subscribers edit someone@a-member.example -a massbio --language en""",
    "subscribers move": """
        communique subscribers move old@a-member.example new@a-member.example -a massbio""",
    "subscribers leave": """
        communique subscribers leave who@a-member.example -a massbio --joint --why "a call\"""",
    "subscribers allow": """
        communique subscribers allow who@a-member.example -a massbio --why "it was full\"""",
    "subscribers forget": """
        communique subscribers forget who@a-member.example -a massbio --dry-run""",
    "release": """
        communique release list
        communique release show autumn-mission""",
    "release new": """
        communique release new releases/autumn-mission
        communique release new releases/autumn-mission -p bioquebec -l fr""",
    "release import": """
        communique release import releases/autumn-mission""",
    "release list": """
        communique release list""",
    "release show": """
        communique release show autumn-mission""",
    "release preview": """
        communique release preview autumn-mission -a massbio
        communique release preview autumn-mission -a massbio --to someone@a-member.example""",
    "release send-test": """
        communique release send-test autumn-mission -a massbio --to june@massbio.example""",
    "release check": """
        communique release check autumn-mission""",
    "release submit": """
        communique release submit autumn-mission""",
    "release approve": """
        communique release approve autumn-mission --as massbio --by "Harriet Penwarden\"""",
    "release reject": """
        communique release reject autumn-mission --as massbio --by "Harriet Penwarden" \\
          --comment "the date is wrong\"""",
    "release withdraw": """
        communique release withdraw autumn-mission --as massbio --by "Harriet Penwarden\"""",
    "release unschedule": """
        communique release unschedule autumn-mission""",
    "release copy": """
        communique release copy autumn-mission releases/spring-mission""",
    "release update": """
        communique release update boston-evening releases/boston-evening-moved""",
    "release call-off": """
        communique release call-off boston-evening releases/boston-evening-off""",
    "release correct": """
        communique release correct autumn-mission
        communique release correct autumn-mission releases/autumn-mission-new-hour""",
    "release delete": """
        communique release delete autumn-mission""",
    "release schedule": """
        communique release schedule autumn-mission --at "2027-06-03 09:00"
        communique release schedule autumn-mission --at "2027-06-03 09:00" --local-hour
        communique release schedule autumn-mission --at "2027-06-03 09:00" \\
          --public-from "2027-06-04 06:00"
        communique release schedule autumn-mission --at "demain 9h"
        communique release schedule autumn-mission --at "in 10 minutes\"""",
    "release embargo": """
        communique release embargo autumn-mission --until "2027-06-04 09:00" --press-has-it""",
    "release retry": """
        communique release retry autumn-mission --dry-run""",
    "release pause": """
        communique release pause autumn-mission --why "a wrong date\"""",
    "release resume": """
        communique release resume autumn-mission""",
    "release cancel": """
        communique release cancel autumn-mission --why "the mission is off\"""",
    "agreements": """
        communique agreements list
        communique agreements show quebec-massachusetts""",
    "agreements list": """
        communique agreements list
        communique agreements list --on 2028-06-03""",
    "agreements show": """
        communique agreements show quebec-massachusetts
        communique agreements show quebec-massachusetts --on 2028-06-03 --json""",
    "agreements check": """
        communique agreements check""",
    "agreements renew": """
        communique agreements renew quebec-massachusetts \\
          --starts 2028-06-03 --ends 2031-06-02 --dry-run
        communique agreements renew quebec-massachusetts --starts 2028-06-03 --ends 2031-06-02""",
    "newsroom": """
        communique newsroom list
        communique newsroom export public/news -a massbio""",
    "newsroom list": """
        communique newsroom list -a massbio""",
    "newsroom publish": """
        communique newsroom publish autumn-mission
        communique newsroom publish autumn-mission -a massbio""",
    "newsroom withdraw": """
        communique newsroom withdraw autumn-mission --reason "a wrong figure\"""",
    "newsroom export": """
        communique newsroom export public/news -a massbio
        communique newsroom export public/news -a massbio --base-url https://www.massbio.example/news""",
    "advantages": """
        communique advantages report boston-visit""",
    "advantages report": """
        communique advantages report boston-visit
        communique advantages report boston-visit --json""",
    "log": """
        communique log --release autumn-mission --state failed
        communique log --member Otterhaven --since "2027-06-03 09:00"
        communique log --reason "mailbox full" --name Tremblay
        communique log --release autumn-mission --excel > log.csv""",
    "log show": """
        communique log show 1251""",
    "log summary": """
        communique log summary autumn-mission""",
}

EXIT_STATUS = """Exit status: 0 if it was done; 1 if it was refused, and the message says why; 2 if
the command was not understood; 3 if it was done but for some lines of a spreadsheet; 4 if what
it needs cannot be used, or another service runs; 130 if Ctrl-C ended it."""
