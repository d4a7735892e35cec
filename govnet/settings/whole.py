"""All that one agent is told, and which checks there are."""

from collections.abc import Iterable
from dataclasses import dataclass

from govnet.settings.again import CheckAgain
from govnet.settings.checks import (
    AlwaysOnSettings,
    CheckSettings,
    ConferenceSettings,
    DeviceSettings,
    FactsSettings,
    LanSettings,
    LinkSettings,
    MachineSettings,
    PathSettings,
    ReflectorSettings,
    RegistrarSettings,
    ServiceSettings,
    TrapSettings,
)

MAX_WORKERS = 128
"""Threads in which an agent runs its checks, at most.

Settings must not need more (`workers_needed`): when a whole district is cut, every check takes all
of its time, and that is when what the agent says must be fresh.
"""

CHECK_SETTINGS: tuple[type[CheckSettings], ...] = (
    MachineSettings,
    LanSettings,
    LinkSettings,
    AlwaysOnSettings,
    ConferenceSettings,
    ServiceSettings,
    FactsSettings,
    DeviceSettings,
    TrapSettings,
    PathSettings,
    ReflectorSettings,
    RegistrarSettings,
)
"""Every check that can be ordered. The agent's table of checks has exactly these."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All that one agent is told. `site` and `machine` are its inventory ids.

    `send_bytes_per_hour` is this agent's share of what its site's line may carry (None: no limit).
    `renew_key` is the id of a key that the agent shall replace by a new one, "" for none.
    `ca_pem` are the certificates (PEM) by which the agent shall trust collectors from now on, ""
    for those it has.
    `check_again` are requests to run the checks of some sites once more; each is carried out once.
    """

    agent: str
    site: str
    machine: str
    report_interval_seconds: float = 60.0
    send_bytes_per_hour: int | None = None
    renew_key: str = ""
    ca_pem: str = ""
    check_again: tuple[CheckAgain, ...] = ()
    checks: tuple[CheckSettings, ...] = ()


def workers_needed(checks: Iterable[CheckSettings]) -> float:
    """Return how many threads keep up even if every check takes all of its time.

    With that many a check waits for one interval at most, whatever the others do.
    """
    return sum(check.timeout_seconds / check.interval_seconds for check in checks)
