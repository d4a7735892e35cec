"""What is kept of an outage. Records; times are Unix seconds."""

import msgspec

from collector.verdict.spans import SpanKind
from collector.verdict.verdicts import EvidenceNote


class Phase(msgspec.Struct, frozen=True):
    """A part of an outage with one cause; `end` None: it lasts."""

    start: float
    end: float | None
    cause: str
    notes: tuple[EvidenceNote, ...] = ()


class Outage(msgspec.Struct, frozen=True):
    """An item was down from `started_at` to `ended_at` (None: it still is), in these phases.

    `count` is how many times it went down within that time: flapping is one outage. Between two
    phases it was up for a moment. `number` is how people refer to it, for ever.
    """

    number: int
    item: str
    site: str
    kind: SpanKind
    started_at: float
    ended_at: float | None
    count: int
    phases: tuple[Phase, ...]

    @property
    def cause(self) -> str:
        """The machine's present guess: the cause of the last phase."""
        return self.phases[-1].cause


class Handling(msgspec.Struct, frozen=True):
    """What people said about an outage; None or empty: nothing.

    `cause` is the one an operator set or confirmed; the machine's guess stays beside it.
    """

    acknowledged_by: str | None = None
    acknowledged_at: float | None = None
    assignee: str = ""
    ticket: str = ""
    note: str = ""
    cause: str | None = None
    cause_by: str | None = None


class Belief(msgspec.Struct, frozen=True):
    """What was believed of an outage from `believed_at` on, and the evidence that changed it.

    `is_outage` is False where later evidence showed that there was none.
    """

    number: int
    believed_at: float
    is_outage: bool
    started_at: float
    ended_at: float | None
    causes: tuple[str, ...]
    because: tuple[EvidenceNote, ...]


class Case(msgspec.Struct, frozen=True):
    """An outage with everything that is known about it.

    `is_withdrawn`: later evidence showed that there was none, or that it was part of the outage
    `merged_into`. `is_corrected`: what had been published about its past turned out to be wrong.
    `is_found_late`: it was over before anybody knew of it, so it alarms nobody.
    """

    outage: Outage
    is_withdrawn: bool = False
    merged_into: int | None = None
    is_corrected: bool = False
    is_found_late: bool = False
    handling: Handling = Handling()

    @property
    def cause(self) -> str:
        """The cause that counts: what an operator said, else the machine's present guess."""
        return self.handling.cause or self.outage.cause
