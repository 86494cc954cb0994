"""What a service remembers of the database that it served, apart from it."""

from __future__ import annotations

from typing import Protocol

from communique.domain.lineage import Recollection


class Memory(Protocol):
    """One service's. Raises StoreUnavailable where nothing can be remembered."""

    @property
    def boot(self) -> str:
        """This run of the machine; empty where that is not told."""

    def recall(self) -> Recollection | None:
        """What is remembered; first of whoever served from here before, if anybody did."""

    def begin(self, known: Recollection) -> None:
        """Remember this and nothing else, whatever becomes of the machine."""

    def note(self, mark: int) -> None:
        """A mark is about to be committed; where this raises, it must not be."""

    def certain(self, mark: int) -> None:
        """A mark is committed."""

    def saw(self, event: int) -> None:
        """The database has an event of this number."""
