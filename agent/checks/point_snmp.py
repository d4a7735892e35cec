"""Asks a conference endpoint by SNMP, as devices are, with the profiles of endpoints alone."""

from collections.abc import Callable, Mapping
from functools import cache

from agent.checks.contract import Context
from agent.checks.device_asking import Device, DeviceAsker, Heard, Unheard
from agent.devices.load import POINT, profiles
from agent.devices.profile import GENERIC, Profile
from agent.probe.snmp import Columns, Scalars
from govnet.settings import SnmpAccess


@cache
def point_profiles() -> Mapping[str, Profile]:
    """Return the SNMP profiles of conference points; what none fits is asked for nothing more."""
    nothing = Profile(
        family=GENERIC,
        name="an endpoint of an unknown family",
        kinds=(),
        match=None,
        readers=(),
        info={},
        scalars=(),
        tables=(),
        unsupported="",
        source="",
    )
    fitting = {name: each for name, each in profiles().items() if POINT in each.kinds}
    return {GENERIC: nothing, **fitting}


class PointAsker:
    """Asks endpoints; what it remembers of each is kept by its id."""

    def __init__(self, *, get: Callable[..., Scalars], walk: Callable[..., Columns]) -> None:
        self._asker = DeviceAsker(get=get, walk=walk, known_profiles=point_profiles)

    def ask(
        self, target: str, address: str, access: SnmpAccess, context: Context
    ) -> Heard | Unheard:
        """Return what the endpoint said, or how it kept silent; raises as DeviceAsker."""
        device = Device(target=target, address=address, access=access, kind=POINT)
        return self._asker.ask(device, context)
