"""What was seen of machines and devices: the input of every comparison with the inventory.

Gathered in the running collector (`collector.discovery.gather`), and answered to commands as JSON.
"""

import msgspec


class AgentSeen(msgspec.Struct, frozen=True):
    """An agent that holds a key. `state` is active or pending, times are Unix seconds.

    `site` and `machine` are empty while it waits; `proposed_site` is what its code says,
    `network_site` what its address `host` says. Of what its machine told (`govnet facts`):
    `serial`, `asset_tag`, `model`, `mac`, empty where unknown.
    """

    agent: str
    state: str
    site: str
    machine: str
    host: str
    hostname: str
    enrolled_at: float
    proposed_site: str | None = None
    network_site: str | None = None
    heard: bool = False
    serial: str = ""
    asset_tag: str = ""
    model: str = ""
    mac: str = ""


class Neighbour(msgspec.Struct, frozen=True):
    """Who stands next to a device by LLDP (IEEE 802.1AB), as it calls itself.

    `address` is its management address, `capabilities` words like bridge, router, telephone.
    `item` is the full id of the declared item that it is, empty if it is none.
    """

    port: str
    name: str
    neighbour_port: str = ""
    description: str = ""
    mac: str = ""
    address: str = ""
    capabilities: tuple[str, ...] = ()
    item: str = ""


class Station(msgspec.Struct, frozen=True):
    """An address that a router knows (ARP), or a switch (its forwarding table).

    `port` is where a switch sees it, empty if only ARP does; `address` is empty if only a switch
    does. `item` as in `Neighbour`. Randomised addresses (telephones) are never told.
    """

    mac: str
    address: str = ""
    port: str = ""
    item: str = ""


class DeviceSeen(msgspec.Struct, frozen=True):
    """A declared device that answered by SNMP: who it says it is, and what it sees around it.

    `told_at` is when (Unix seconds). `name`, `description` and `object_id` are sysName, sysDescr
    and sysObjectID (SNMPv2-MIB); `family` is our profile, "none" if none fits.
    """

    device: str
    told_at: float
    name: str = ""
    description: str = ""
    object_id: str = ""
    family: str = ""
    model: str = ""
    serial: str = ""
    firmware: str = ""
    neighbours: tuple[Neighbour, ...] = ()
    stations: tuple[Station, ...] = ()


class Sightings(msgspec.Struct, frozen=True):
    """Everything seen at `as_of` (Unix seconds).

    `never_seen` are full ids of active items (machines, devices, links, points, services, sites)
    of which nobody ever saw a sign of life; `places` by site the machines declared by number and
    how many agents fill them.
    """

    as_of: float
    agents: tuple[AgentSeen, ...] = ()
    devices: tuple[DeviceSeen, ...] = ()
    never_seen: tuple[str, ...] = ()
    places: dict[str, tuple[int, int]] = {}
