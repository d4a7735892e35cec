"""What a machine knows about the LAN it is on: records that Linux and Windows fill alike."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Interface:
    """One network adapter, loopback left out."""

    name: str
    is_up: bool
    """Switched on by the administrator."""
    has_carrier: bool | None
    """A cable with something alive at its other end; None when the system does not tell."""
    speed_bits_per_second: int | None
    carrier_changes: int | None
    """How often the cable went dead or alive since start; Linux only."""
    mac: str
    """Lower case with colons; empty when there is none."""
    is_physical: bool
    """Hardware, as opposed to bridges, tunnels and virtual switches."""


@dataclass(frozen=True, slots=True)
class Gateway:
    """One default route."""

    address: str
    interface: str
    """Name of the adapter; on Windows the adapter's own address (IPv4) or its number (IPv6)."""
    metric: int


@dataclass(frozen=True, slots=True)
class Neighbour:
    """One entry of the ARP or neighbour table."""

    address: str
    mac: str
    """Lower case with colons; empty while unanswered."""
    interface: str
    state: str
    """reachable, stale, delay, probe, permanent, noarp, failed, incomplete or unknown."""

    @property
    def is_known(self) -> bool:
        """Whether it has answered at some time: it has a MAC and has not failed since."""
        return bool(self.mac) and self.state not in ("failed", "incomplete")


@dataclass(frozen=True, slots=True)
class Lease:
    """One IPv4 address that DHCP lent us."""

    interface: str
    """Name of the adapter; on Windows its GUID."""
    expires_at: float
    """Epoch seconds by this machine's clock."""
