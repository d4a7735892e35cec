"""What an agent is told to do: one record per check, derived by the collector, run by the agent.

An agent knows nothing of the inventory. It gets the addresses to ask and the ids under which to
answer, for its own site and the services it may test; it can choose nothing else. The digest of
the settings travels in every answer; the agent keeps the newest settings on disk and works with
them while the line is down.

On the wire: JSON, `{"v": 1, ..., "checks": [{"check": "link", "target": ..., ...}]}`. Unknown
fields and unknown checks are skipped, so a newer collector can serve an older agent.
"""

from govnet.settings.access import (
    Login,
    Secret,
    SnmpAccess,
    redacted,
)
from govnet.settings.again import NEVER_AGAIN, CheckAgain
from govnet.settings.checks import (
    AlwaysOnSettings,
    CheckSettings,
    ConferenceProtocol,
    ConferenceSettings,
    Declared,
    DeviceSettings,
    Endpoint,
    FactsSettings,
    LanSettings,
    LinkSettings,
    MachineSettings,
    PathEnd,
    PathSettings,
    Peer,
    ReflectorSettings,
    RegistrarSettings,
    ServiceSettings,
    TrapSettings,
)
from govnet.settings.codec import (
    MAX_CHECKS,
    SECONDS_BOUNDS,
    VERSION,
    decode,
    digest,
    encode,
)
from govnet.settings.whole import (
    CHECK_SETTINGS,
    MAX_WORKERS,
    Settings,
    workers_needed,
)

__all__ = [
    "CHECK_SETTINGS",
    "MAX_CHECKS",
    "MAX_WORKERS",
    "NEVER_AGAIN",
    "SECONDS_BOUNDS",
    "VERSION",
    "AlwaysOnSettings",
    "CheckAgain",
    "CheckSettings",
    "ConferenceProtocol",
    "ConferenceSettings",
    "Declared",
    "DeviceSettings",
    "Endpoint",
    "FactsSettings",
    "LanSettings",
    "LinkSettings",
    "Login",
    "MachineSettings",
    "PathEnd",
    "PathSettings",
    "Peer",
    "ReflectorSettings",
    "RegistrarSettings",
    "Secret",
    "ServiceSettings",
    "Settings",
    "SnmpAccess",
    "TrapSettings",
    "decode",
    "digest",
    "encode",
    "redacted",
    "workers_needed",
]
