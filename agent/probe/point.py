"""What a conference endpoint says about itself, by whatever interface it was asked.

Only its own words: what it does not say is absent here, and nothing is concluded from elsewhere.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from agent.probe.outcome import Outcome
from agent.probe.tls import Handshake


class LoginFate(StrEnum):
    """What became of the account that was to be used."""

    NONE = "none"
    """There was none: whether the interface answers is all that could be seen."""
    HELD_BACK = "held_back"
    """The certificate is not trusted, so it was not sent."""
    REFUSED = "refused"
    """The endpoint does not take it, or it has too few rights."""
    ACCEPTED = "accepted"
    UNTRIED = "untried"
    """It did not come to that."""


@dataclass(frozen=True, slots=True)
class Media:
    """One stream of the running call; `direction` is receive or transmit, seen from the room."""

    direction: str
    loss_ratio: float | None
    jitter_seconds: float | None
    delay_seconds: float | None


@dataclass(frozen=True, slots=True)
class PointFacts:
    """What an endpoint said; texts are empty and the rest None or absent where it did not.

    `registered`: by protocol, sip or h323. A protocol that is not in use is absent.
    """

    model: str = ""
    firmware: str = ""
    registered: Mapping[str, bool] = field(default_factory=dict)
    in_call: bool | None = None
    media: tuple[Media, ...] = ()


@dataclass(frozen=True, slots=True)
class PointAnswer:
    """What asking an endpoint's interface showed; what was not reached is None or empty.

    ANSWERED means that the interface itself answered, be it that it wants a login. `detail` says
    in words what is wrong, also when only a part of the questions was answered.
    """

    outcome: Outcome
    status_code: int | None
    rtt_seconds: float | None
    """From the first request to the head of its reply, without connecting."""
    handshake: Handshake | None
    login: LoginFate
    facts: PointFacts | None
    detail: str
