"""What a machine is and how it is powered: records that Linux and Windows fill alike."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class OperatingSystem:
    """Which system runs, in its maker's words."""

    name: str
    """As "Debian GNU/Linux 12 (bookworm)" or "Windows 10 Pro 22H2"."""
    build: str
    """Kernel release, or Windows build with its update number, as "19045.4529"."""


@dataclass(frozen=True, slots=True)
class Power:
    """How the machine is powered; None where it has nothing that would know."""

    is_on_mains: bool | None
    battery_ratio: float | None
    """Charge of the machine's own battery, 0 to 1."""
