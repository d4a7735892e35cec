"""What the sender has learnt and counted, for the agent's own samples and for `status`."""

from dataclasses import dataclass, field

from govnet.catalogue import HELD_BACK


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why reports do not get through now.

    `kind` is a word of the protocol or of `agent.onsite.advice`; `at` is this machine's clock.
    """

    kind: str
    detail: str
    at: float
    address: str


@dataclass(frozen=True, slots=True)
class Delivered:
    """The newest batch that a collector has answered; `at` is this machine's clock."""

    at: float
    address: str
    path: str
    reports: int


@dataclass(slots=True)
class Learnt:
    """Written by the sender, read by others; single values, replaced whole.

    `clock_offset_seconds` is this machine's wall clock minus the collector's.
    """

    clock_offset_seconds: float | None = None
    send_failures: int = 0
    sent_bytes: int = 0
    held_back: dict[str, int] = field(default_factory=lambda: dict.fromkeys(HELD_BACK, 0))
    delivered: Delivered | None = None
    trouble: Trouble | None = None
