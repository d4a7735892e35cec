"""Sightings made by hand: what devices and agents of a small province say."""

from typing import Any

from collector.discovery.sightings import AgentSeen, DeviceSeen, Neighbour, Sightings, Station

AT = 1_790_000_000.0
"""21/09/2026 21:13:20 in the province."""
SWITCH = Neighbour(
    port="ge1",
    name="SW-Tang-2",
    description="S5735-L24T4S-A1 Huawei Versatile Routing Platform",
    mac="02:00:00:00:00:22",
    address="198.18.1.22",
    capabilities=("bridge",),
)


def agent(name: str, site: str = "xa-a", machine: str = "", **more: Any) -> AgentSeen:
    """Return an agent that reports for a machine of the site, its name if not given."""
    given = {
        "state": "active",
        "site": site,
        "machine": f"{site}/{machine or name}",
        "host": "198.18.1.50",
        "hostname": name,
        "enrolled_at": AT,
    } | more
    return AgentSeen(agent=name, **given)


def waiting(name: str, **more: Any) -> AgentSeen:
    """Return an agent that waits for approval."""
    given = {"state": "pending", "site": "", "machine": "", "host": "198.19.77.9"} | more
    return agent(name, **given)


def device(
    name: str = "xa-a/cpe",
    *neighbours: Neighbour,
    stations: tuple[Station, ...] = (),
    **more: Any,
) -> DeviceSeen:
    """Return a declared device that answered."""
    return DeviceSeen(name, AT, neighbours=neighbours, stations=stations, **more)


def sightings(
    *agents: AgentSeen,
    devices: tuple[DeviceSeen, ...] = (),
    never_seen: tuple[str, ...] = (),
    places: dict[str, tuple[int, int]] | None = None,
) -> Sightings:
    """Return everything seen at AT."""
    return Sightings(AT, agents, devices, never_seen, places or {})
