"""A service killed again and again, at instants that nobody chose (P1-P3)."""

from __future__ import annotations

import random

from tests.acceptance.desks import Home
from tests.acceptance.kills import Witness, account, finish, killed_at_random

KILLS = 6
SEED = random.SystemRandom().randrange(10**6)


def test_killed_at_random_instants_it_loses_nobody_and_owns_up_to_every_copy(desk: Home) -> None:
    print(f"seed {SEED}: to have the same again, set it here")  # shown when the test fails
    with Witness(pace=0.005).listening() as witness:
        sending = Home(desk.folder, desk.environment | witness.settings)
        sending.announce()
        kills = killed_at_random(sending, witness, random.Random(SEED), KILLS)
        finish(sending)
        tally = account(sending, witness)
    print(f"{kills} kills: {tally}")
