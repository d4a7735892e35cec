"""Every check by name: the one list of what this agent can measure.

A row names a module and a class instead of importing them, so that a PC loads only what its
settings order: the service check alone brings TLS. The names are exactly those of
`govnet.settings.CHECK_SETTINGS`; a test says so.
"""

from functools import cache
from importlib import import_module
from typing import Any, cast

from agent.checks.contract import Check

CHECKS: dict[str, tuple[str, str]] = {
    "machine": ("agent.checks.machine", "MachineCheck"),
    "lan": ("agent.checks.lan", "LanCheck"),
    "link": ("agent.checks.link", "LinkCheck"),
    "always_on": ("agent.checks.always_on", "AlwaysOnCheck"),
    "conference": ("agent.checks.conference", "ConferenceCheck"),
    "service": ("agent.checks.service", "ServiceCheck"),
    "facts": ("agent.checks.facts", "FactsCheck"),
    "device": ("agent.checks.device", "DeviceCheck"),
    "trap": ("agent.checks.trap", "TrapCheck"),
    "path": ("agent.checks.path", "PathCheck"),
    "reflector": ("agent.checks.reflector", "ReflectorCheck"),
    "registrar": ("agent.checks.registrar", "RegistrarCheck"),
}
"""Check name -> module and class; the class takes no argument."""


@cache
def load(name: str) -> Check[Any]:
    """Return the one instance of a check, importing its module at first use.

    Raises KeyError if there is no such check.
    """
    module, attribute = CHECKS[name]
    return cast("Check[Any]", getattr(import_module(module), attribute)())
