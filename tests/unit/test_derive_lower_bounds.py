"""No time in the settings is ever rounded to 0, which agents refuse."""

import msgspec
import pytest

from collector.derivation.derive import Derivation
from collector.wire import AgentIdentity
from govnet.settings import MAX_WORKERS, decode
from inventory.model import Device, DeviceKind, Inventory

SHORTEST_SECONDS = 1e-6
DEVICES = 4 * MAX_WORKERS
"""Each takes a deadline of an interval: four times what the centre's threads can do."""


@pytest.mark.parametrize("interval_seconds", [SHORTEST_SECONDS, 0.0004, 0.001, 1.0])
def test_agents_accept_settings_of_however_short_an_interval(
    small_province: Inventory, interval_seconds: float
) -> None:
    centre = small_province.province.centre
    devices = tuple(
        Device(
            id=f"{centre}/d{number}",
            kind=DeviceKind.CPE,
            address=f"198.18.{number // 250}.{number % 250 + 1}",
            always_on=True,
        )
        for number in range(DEVICES)
    )
    site = msgspec.structs.replace(small_province.sites[centre], devices=devices)
    inventory = msgspec.structs.replace(
        small_province,
        sites=small_province.sites | {centre: site},
        report_interval_seconds=interval_seconds,
    )
    agent = AgentIdentity("a", centre, f"{centre}/m")

    settings = decode(Derivation(inventory, [agent]).encoded(agent))

    assert len(settings.checks) > DEVICES
    assert all(check.timeout_seconds > 0 for check in settings.checks)
