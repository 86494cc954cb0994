"""Composing: what makes one reader's message of a release, whoever asks for it.

The worker that sends a message and whoever looks at what was sent make it by the same functions,
from what was frozen: so what is shown is what went out, to the octet (P3, P4).
"""

from __future__ import annotations

from communique.desk import Desk, proving
from communique.desk.job import Job
from communique.domain.content import Variant
from communique.domain.delivery import Claim
from communique.domain.mail import MessageIdentity
from communique.domain.newsroom import all_news
from communique.domain.token import Keyring


def variant(desk: Desk, job: Job, language: str) -> Variant:
    """What all share who get it at one association in one language, of one batch."""
    imprint = job.release.imprint or desk.imprint
    association = job.content.association(job.association.key)
    return Variant(
        job.content,
        job.association.key,
        language,
        job.date,
        embargo=job.embargo if job.embargo and job.embargo > job.date else None,
        newsroom=all_news(imprint.public_url, association, language),
    )


def marks(keyring: Keyring, job: Job, claim: Claim) -> MessageIdentity:
    """What is one reader's alone: the same on every attempt, whatever was set meanwhile (P3)."""
    reader, person = claim.reader, claim.subscriber_id
    token = keyring.sign("unsubscribe", job.association.key, reader.list_key, person, key=job.key)
    identity = keyring.mark("message-id", job.release.id, person)
    bounce = keyring.sign("bounce", claim.delivery_id, key=job.key)
    found = MessageIdentity(
        message_id=f"{identity}@{job.list_domain}",
        unsubscribe_url=f"{job.unsubscribe_at}{token}",
        envelope_sender=f"bounces+{bounce}@{job.list_domain}",
    )
    if not job.passes_at:
        return found
    proof = keyring.conceal(proving.HOLDER, claim.delivery_id, key=job.key)  # an advantage's
    return found._replace(pass_url=f"{job.passes_at}{proof}")
