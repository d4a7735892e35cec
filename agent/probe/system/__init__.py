"""This machine itself: operating system, pending restart, power, boot id.

The same four names on Linux and Windows; each takes what it reads from as an optional parameter, so
that tests give it a made-up machine.
"""

import sys

from agent.probe.system.records import OperatingSystem, Power

if sys.platform == "win32":
    from agent.probe.system.windows import (
        boot_id,
        is_reboot_pending,
        operating_system,
        power,
    )
else:
    from agent.probe.system.linux import boot_id, is_reboot_pending, operating_system, power

__all__ = [
    "OperatingSystem",
    "Power",
    "boot_id",
    "is_reboot_pending",
    "operating_system",
    "power",
]
