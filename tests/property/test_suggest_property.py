"""Whatever is seen: what is accepted makes an inventory that loads, and is proposed no more."""

from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.discovery.differences import differences
from collector.discovery.known import address_of, mac_of
from collector.discovery.sightings import AgentSeen, DeviceSeen, Neighbour, Sightings, Station
from collector.discovery.suggest import suggest
from inventory.editing.apply import checked, edited
from inventory.editing.disk import write
from inventory.load import load
from inventory.model import Inventory
from inventory.problems import HIDDEN
from tests.sightings import AT, sightings

TEXT = """\
province: {id: p, code: "68", name: Tỉnh, operator: Sở, centre: c}
carriers: [{id: vnpt, name: VNPT}]
units: [{id: u, name: Đơn vị, kind: commune}]
profiles:
  machines: [{id: pc, name: Máy tính, role: pc}, {id: chu, name: Máy chủ, role: server}]
  sites:
    - id: office
      kind: commune
      networks: [198.18.1.0/24]
      links:
        - {id: tslcd, technology: fiber, carrier: vnpt, gateway: "+1", far_end: {site: c}}
      devices: [{id: cpe, kind: cpe, address: "+1"}, {id: sw, kind: switch, upstream: cpe}]
      machine_counts: [{profile: pc, count: 4, as_of: 2026-10-01, source: Kiểm kê}]
sites:
  - {id: c, name: Trung tâm, kind: data_centre, unit: u, networks: [198.18.0.0/24]}
  - id: a
    name: Xã A
    unit: u
    profile: office
    machines: [{id: ke-toan, profile: pc, address: "+9", serial: SN-9}]
    devices: [{id: in-1, kind: printer, address: "+7", mac: "02:00:00:00:00:07"}]
  - {id: b, name: Xã B, kind: commune, unit: u, devices: [{id: switch, kind: switch}]}
"""
macs = st.sampled_from(("", *(f"02:00:00:00:00:0{n}" for n in (1, 2, 3, 7)), "02-00-00-00-00-01"))
addresses = st.sampled_from(
    ("", "198.18.1.1", "198.18.1.7", "198.18.1.9", "198.18.1.20", "198.18.9.9", "fe80::1", "x")
)
names = (
    st.sampled_from(
        ("", "Switch", "switch.a.example", "cpe", "in-1", "tslcd", "Tầng 2", "a/b: #", "---", "0")
    )
    | st.text(max_size=6)
    | st.text("a\x1b\x9b\r\n\0\u202e\u2028[;]mạ", max_size=6)
)
words = st.sampled_from(("bridge", "router", "access_point", "telephone", "station"))
neighbours = st.builds(
    Neighbour,
    port=names,
    name=names,
    description=st.sampled_from(("", "HP LaserJet", "RouterOS")) | st.text(max_size=6),
    mac=macs,
    address=addresses,
    capabilities=st.lists(words, min_size=1, max_size=2).map(tuple),
)
stations = st.builds(Station, mac=macs, address=addresses)
devices = st.builds(
    DeviceSeen,
    device=st.sampled_from(("a/cpe", "a/sw", "a/in-1", "b/switch", "gone/cpe")),
    told_at=st.just(AT),
    model=names,
    serial=names,
    neighbours=st.lists(neighbours, min_size=1, max_size=4).map(tuple),
    stations=st.lists(stations, max_size=4).map(tuple),
)
agents = st.builds(
    AgentSeen,
    agent=st.text("0123456789abcdef", min_size=4, max_size=4),
    state=st.just("active"),
    site=st.sampled_from(("a", "b")),
    machine=st.sampled_from(("pc-001", "pc-002", "tang-2", "ke-toan")),
    host=addresses,
    hostname=names,
    enrolled_at=st.just(AT),
    network_site=st.sampled_from((None, "a", "b")),
    serial=st.sampled_from(("", "SN-9")),
    mac=macs,
).map(lambda one: msgspec.structs.replace(one, machine=f"{one.site}/{one.machine}"))


def counted(inventory: Inventory, seen: Sightings) -> Sightings:
    """Return what the collector would tell of places with this inventory."""
    declared = {one.id for site in inventory.sites.values() for one in site.machines}
    filled = Counter(one.site for one in seen.agents if one.machine not in declared)
    places = {
        site.id: (site.machines_by_number(), filled[site.id]) for site in inventory.sites.values()
    }
    return msgspec.structs.replace(seen, places=places)


@given(
    st.lists(devices, min_size=1, max_size=3, unique_by=lambda one: one.device),
    st.lists(agents, max_size=8, unique_by=(lambda one: one.agent, lambda one: one.machine)),
)
@settings(max_examples=60)
def test_what_is_accepted_loads_is_unique_and_is_proposed_no_more(
    seen_devices: list[DeviceSeen], seen_agents: list[AgentSeen]
):
    seen = sightings(*seen_agents, devices=tuple(seen_devices))
    with TemporaryDirectory() as folder:
        top = Path(folder) / "inventory.yaml"
        top.write_text(TEXT, encoding="utf-8")
        inventory = load(top)
        for _ in range(4):
            seen = counted(inventory, seen)
            found = suggest(inventory, seen)
            assert not HIDDEN.search("".join(f"{one.id}{one.title}{one.reason}" for one in found))
            assert len(found) == len({one.id for one in found})
            accepted = [one for one in found if one.edits]
            if not accepted:
                break
            edits = edited(top, [put for one in accepted for put in one.edits])
            assert edits
            after = checked(top, edits)
            write(edits)
            assert after == load(top)
            again = {one.id for one in suggest(after, counted(after, seen)) if one.edits}
            assert not again & {one.id for one in accepted}
            assert_nothing_twice(after)
            inventory = after
        else:
            raise AssertionError([one.id for one in accepted])
        differences(inventory, seen)


def assert_nothing_twice(inventory: Inventory) -> None:
    """No address and no MAC address is declared twice in a site."""
    for site in inventory.sites.values():
        items = (*site.devices, *site.machines)
        for values in (
            [mac_of(one.mac) for one in items if one.mac],
            [address_of(one.address) for one in items if one.address],
        ):
            assert len(values) == len(set(values))
