"""What a device says by its URL rather than by SNMP."""

from collections.abc import Iterator

from agent.checks.contract import Context
from govnet.errors import CheckError
from govnet.report import Sample
from govnet.settings import DeviceSettings


def answers(settings: DeviceSettings, context: Context) -> Iterator[Sample]:
    """Yield what the URL showed. Raises CheckError if it could not be asked."""
    del context
    scheme = (settings.url or "").partition(":")[0]
    raise CheckError(f"url: expected a scheme that this agent can ask, got {scheme!r}")
