"""What a reader of answers is: the columns that it needs, and what it makes of them."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from agent.devices.values import Answers
from govnet.report import Sample


@dataclass(frozen=True, slots=True)
class Question:
    """A column that is wanted.

    `slow`: asked when the device is learnt and remembered till it is learnt again. `instead_of`:
    asked only where that column turned out to be empty.
    """

    column: str
    slow: bool = False
    instead_of: str | None = None


@dataclass(frozen=True, slots=True)
class Subject:
    """What is known of the device besides its answers.

    `declared` are the items that may be seen at its ports: id by hardware address (small hex,
    colons). `earlier_claims` are the hardware addresses that claimed each IPv4 address lately.
    """

    description: str = ""
    uptime_ticks: int | None = None
    declared: Mapping[str, str] = field(default_factory=dict)
    earlier_claims: Mapping[str, frozenset[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reader:
    """A piece of a profile that is code: which columns, which metrics, and what they mean."""

    questions: tuple[Question, ...]
    metrics: tuple[str, ...]
    read: Callable[[Answers, Subject], Iterable[Sample]]
