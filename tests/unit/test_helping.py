"""What is proposed to a site, by what stands in it; and that it would really help."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from govnet.errors import ConfigError
from inventory.coverage.helping import (
    BLIND_WEIGHT,
    MAIN,
    OTHER_WEIGHTS,
    WEIGHTS,
    Blind,
    Help,
    helped,
    helped_site,
    steps,
)
from inventory.coverage.listing import coverage_json, coverage_lines, said, site_lines
from inventory.coverage.separable import CAUSES, Hours, When, separable
from inventory.load import load
from inventory.model import Device, DeviceKind, FarEnd, Inventory, Link, Machine, Site, Technology

GOLDEN = Path(__file__).parents[1] / "golden" / "coverage"
HEAD = """
province: {id: p, code: "68", name: Tỉnh, operator: Sở, centre: ttdl}
units: [{id: u, name: Đơn vị, kind: agency}]
carriers: [{id: vnpt, name: VNPT}, {id: viettel, name: Viettel}]
power_areas: [{id: f471, name: Lộ 471}]
profiles: {machines: [{id: pc, name: Máy tính, role: pc}, {id: sv, name: Máy chủ, role: server}]}
defaults:
  links: {technology: fiber, carrier: vnpt, far_end: {site: ttdl, address: 198.19.0.1}}
  machine_counts: {as_of: 2026-10-01, source: Kiểm kê}
sites:
  - {id: ttdl, unit: u, name: Trung tâm, kind: data_centre}
"""
LINK = "links: [{id: tslcd}]"
TWO_LINKS = "links: [{id: tslcd}, {id: 4g, carrier: viettel, backup: true}]"
CPE = "{id: cpe, kind: cpe, address: 198.18.1.1, always_on: true}"
SWITCH = "{id: sw, kind: switch, address: 198.18.1.2, always_on: true, upstream: cpe}"
UPS = "{id: ups, kind: ups, address: 198.18.1.5, snmp: ups}"
PCS = "machine_counts: [{profile: pc, count: 5}]"
SERVER = "machines: [{id: sv, profile: sv, vantage: true}]"
OTHER = """power_area: f471
links: [{id: tslcd, carrier: viettel}]
devices: [{id: cpe, kind: cpe, address: 198.18.2.1, always_on: true}]"""
"""A neighbour of another carrier."""


def loaded(folder: Path, *sites: str) -> Inventory:
    text = HEAD
    for number, extra in enumerate(sites):
        text += f"  - id: xa-{number}\n    unit: u\n    name: Xã số {number}\n    kind: commune\n"
        text += "".join(f"    {line}\n" for line in extra.splitlines())
    path = folder / "inventory.yaml"
    path.write_text(text, encoding="utf-8")
    return load(path)


def proposed(folder: Path, *sites: str) -> list[str]:
    """Return what would help the first site, in order."""
    return [step.help.value for step in steps(loaded(folder, *sites), "xa-0")]


@pytest.mark.parametrize(
    ("sites", "expected"),
    [
        pytest.param([f"{LINK}\n{PCS}"], Help.TARGET, id="blind at night: something to ask"),
        pytest.param([LINK], Help.TARGET, id="blind always: something to ask"),
        pytest.param([f"{LINK}\ndevices: [{CPE}]\n{PCS}"], Help.MACHINE_ON, id="nobody at night"),
        pytest.param(
            [f"links: [{{id: t, far_end: {{site: ttdl}}}}]\ndevices: [{CPE}]\n{PCS}"],
            Help.NEXT_HOP,
            id="line and carrier are one",
        ),
        pytest.param(
            [f"{LINK}\ndevices: [{CPE}]\n{SERVER}\nmachine_counts: [{{profile: pc, count: 2}}]"],
            Help.AGENT,
            id="too few PCs to tell an agent's fault",
        ),
        pytest.param(
            [f"{LINK}\ndevices: [{CPE}, {SWITCH}]\n{SERVER}\n{PCS}"],
            Help.CIRCUIT,
            id="one server: a second carrier shows it at night that the router died",
        ),
        pytest.param(
            [f"{TWO_LINKS}\ndevices: [{CPE}, {SWITCH}]\n{SERVER}\n{PCS}"],
            Help.UPS,
            id="all is told but for power, which is told late",
        ),
        pytest.param(
            [f"{TWO_LINKS}\ndevices: [{CPE}, {SWITCH}, {{id: ups, kind: ups}}]\n{SERVER}\n{PCS}"],
            Help.UPS_ACCESS,
            id="the UPS is there and nobody asks it",
        ),
        pytest.param(
            [
                f"{TWO_LINKS}\ndevices: [{CPE}, {SWITCH}]\n{SERVER}\n{PCS}",
                OTHER,
            ],
            Help.POWER_AREA,
            id="a neighbour of another carrier may share the feeder, and costs nothing",
        ),
        pytest.param(
            [f"devices: [{CPE}, {UPS}]\n{SERVER}\n{PCS}"],
            Help.SWITCH,
            id="the LAN is told late",
        ),
    ],
)
def test_what_helps_most_is_proposed(tmp_path: Path, sites: list[str], expected: Help) -> None:
    assert proposed(tmp_path, *sites)[0] == expected


@pytest.mark.parametrize("missing", ["carrier", "area"])
def test_no_power_area_is_proposed_where_none_would_tell(tmp_path: Path, missing: str) -> None:
    here = f"{LINK}\ndevices: [{CPE}]\n{PCS}"
    there = OTHER.replace(", carrier: viettel", "") if missing == "carrier" else OTHER[17:]

    assert Help.POWER_AREA not in proposed(tmp_path, here, there)


@pytest.mark.parametrize(
    ("there", "never"),
    [
        (f"{LINK}\ndevices: [{CPE}]", Help.TARGET),
        (f"{LINK}\ndevices: [{CPE}, {SWITCH}]\n{PCS}", Help.SWITCH),
        (f"{LINK}\n{PCS}", Help.NEXT_HOP),
        (f"{LINK}\n{PCS}\npower_area: f471", Help.POWER_AREA),
        (f"{LINK}\n{SERVER}", Help.MACHINE_ON),
        (f"{LINK}\ndevices: [{CPE}, {{id: u, kind: ups}}]\n{SERVER}", Help.UPS),
        (f"{LINK}\n{PCS}", Help.UPS_ACCESS),
        (f"devices: [{CPE}]\n{PCS}", Help.CIRCUIT),
        (f"devices: [{CPE}]\n{PCS}", Help.NEXT_HOP),
    ],
)
def test_what_is_there_or_makes_no_sense_is_never_proposed(
    tmp_path: Path, there: str, never: Help
) -> None:
    assert never not in proposed(tmp_path, there, OTHER)


def test_beside_a_ups_that_the_centre_asks_a_machine_that_stays_on_tells_the_rest(
    tmp_path: Path,
) -> None:
    found = proposed(tmp_path, f"{LINK}\ndevices: [{CPE}, {UPS}]")

    assert found[0] == Help.MACHINE_ON


def test_the_worst_site_comes_first_and_a_complete_one_needs_nothing(tmp_path: Path) -> None:
    complete = f"{TWO_LINKS}\ndevices: [{CPE}, {SWITCH}, {UPS}]\n{SERVER}\n{PCS}"
    found = helped(loaded(tmp_path, complete, f"{LINK}\n{PCS}", LINK))

    assert ["xa-2", "xa-1", "xa-0"] == [one.site for one in found]
    assert [Blind.ALWAYS, Blind.OFF, Blind.NEVER] == [one.blind for one in found]
    assert found[-1].best is None


def test_any_main_cause_in_working_hours_outweighs_all_of_them_outside() -> None:
    others = len(CAUSES) - len(MAIN)
    off = sum(WEIGHTS[Hours.OFF].values()) + others * OTHER_WEIGHTS[Hours.OFF]
    working = sum(WEIGHTS[Hours.WORKING].values()) + others * OTHER_WEIGHTS[Hours.WORKING]

    assert off < min(WEIGHTS[Hours.WORKING].values())
    assert off + working < BLIND_WEIGHT


# --- What is proposed really helps -------------------------------------------------------------


def _device(site: Site, name: str, **fields: Any) -> Site:
    address = f"198.18.9.{len(site.devices) + 10}"
    device = Device(id=f"{site.id}/{name}", address=address, **fields)
    return msgspec.structs.replace(site, devices=(*site.devices, device))


def _marked(site: Site, **fields: Any) -> Site:
    """Return the site with something of its first UPS said."""
    devices = tuple(
        msgspec.structs.replace(one, **fields) if one.kind is DeviceKind.UPS else one
        for one in site.devices
    )
    return msgspec.structs.replace(site, devices=devices)


def _main_link(site: Site, **fields: Any) -> Site:
    links = tuple(
        msgspec.structs.replace(one, **fields) if one is site.main_link() else one
        for one in site.links
    )
    return msgspec.structs.replace(site, links=links)


def _machine(site: Site, **fields: Any) -> Site:
    machine = Machine(id=f"{site.id}/m{len(site.machines)}", **fields)
    return msgspec.structs.replace(site, machines=(*site.machines, machine))


def _second_circuit(site: Site) -> Site:
    main = site.main_link()
    assert main is not None
    carrier = "viettel" if main.carrier == "vnpt" else "vnpt"
    link = Link(
        id=f"{site.id}/2",
        technology=Technology.CELLULAR,
        carrier=carrier,
        far_end=FarEnd(site="ttdl"),
        backup=True,
    )
    return msgspec.structs.replace(site, links=(*site.links, link))


def _router(site: Site) -> str:
    return next(one.id for one in site.always_on() if isinstance(one, Device))


ADDED: dict[Help, Callable[[Site], Site]] = {
    Help.NEXT_HOP: lambda site: _main_link(site, next_hop="198.18.255.1"),
    Help.POWER_AREA: lambda site: msgspec.structs.replace(site, power_area="f471"),
    Help.TARGET: lambda site: _device(site, "new", kind=DeviceKind.CPE, always_on=True),
    Help.SWITCH: lambda site: _device(
        site, "new", kind=DeviceKind.SWITCH, always_on=True, upstream=_router(site)
    ),
    Help.UPS_ACCESS: lambda site: _marked(site, snmp="ups"),
    Help.AGENT: lambda site: _machine(site, profile="pc"),
    Help.MACHINE_ON: lambda site: _machine(site, profile="sv", vantage=True),
    Help.UPS: lambda site: _device(site, "new", kind=DeviceKind.UPS, snmp="ups"),
    Help.CIRCUIT: _second_circuit,
}
"""What a person would write into the inventory."""

LINKS = [
    "links: []",
    LINK,
    "links: [{id: tslcd, carrier: viettel}]",
    "links: [{id: tslcd, far_end: {site: ttdl}}]",
    TWO_LINKS,
]
DEVICES = [CPE, SWITCH, "{id: u, kind: ups}", "{id: u, kind: ups, url: 'nut://198.18.1.5/u'}"]
MACHINES = ["{id: a, profile: pc}", "{id: b, profile: sv}", "{id: c, profile: sv, vantage: true}"]


@st.composite
def an_office(draw: st.DrawFn) -> str:
    devices = draw(st.sampled_from([DEVICES[:n] for n in range(5)] + [DEVICES[2:3], DEVICES[3:]]))
    devices = [one for number, one in enumerate(devices) if number < 3]
    machines = draw(st.lists(st.sampled_from(MACHINES), unique=True))
    lines = [
        draw(st.sampled_from(LINKS)),
        f"devices: [{', '.join(devices)}]",
        f"machines: [{', '.join(machines)}]",
        f"machine_counts: [{{profile: pc, count: {draw(st.integers(0, 4))}}}]",
        f"lan: {draw(st.sampled_from(['present', 'none']))}",
    ]
    if draw(st.booleans()):
        lines.append("power_area: f471")
    return "\n".join(lines)


@settings(max_examples=60, deadline=None)
@given(st.lists(an_office(), min_size=1, max_size=5))
def test_every_proposal_carried_out_tells_more_and_nothing_less(
    tmp_path_factory: pytest.TempPathFactory, offices: list[str]
) -> None:
    offices = [text.replace("198.18.1.", f"198.18.{n + 1}.") for n, text in enumerate(offices)]
    now = loaded(tmp_path_factory.mktemp("p"), *offices)
    for step in steps(now, "xa-0"):
        before = separable(now)["xa-0"]
        site = ADDED[step.help](now.sites["xa-0"])
        now = msgspec.structs.replace(now, sites={**now.sites, "xa-0": site})
        after = separable(now)["xa-0"]

        assert after.when.items() >= step.after.when.items()
        assert step.improved() or step.ends_blindness
        assert {cell: when for cell, when in before.when.items() if when is When.NEVER}.keys() >= {
            cell for cell, when in after.when.items() if when is When.NEVER
        }


# --- What is printed ---------------------------------------------------------------------------

PROVINCE = (
    f"{LINK}\ndevices: [{CPE}, {{id: sw, kind: switch, address: 198.18.1.2, upstream: cpe}}]\n"
    "machines: [{id: mot-cua, profile: pc, vantage: true, address: 198.18.1.11}]\n" + PCS,
    OTHER,
    f"{LINK}\ndevices: [{{id: cpe, kind: cpe, address: 198.18.3.1}}]\n{PCS}",
    "lan: none",
)


def test_the_table_names_every_site_the_worst_first_and_sums_up(
    tmp_path: Path, golden: Callable[[Path, str], None]
) -> None:
    lines = coverage_lines(loaded(tmp_path, *PROVINCE))

    assert max(len(line) for line in "\n".join(lines).splitlines()) <= 100
    golden(GOLDEN / "table.txt", "\n".join(lines) + "\n")


def test_one_site_is_explained_in_sentences_with_what_is_there_to_be_marked(
    tmp_path: Path, golden: Callable[[Path, str], None]
) -> None:
    inventory = loaded(tmp_path, *PROVINCE)
    lines = [line for site in ("xa-2", "xa-0") for line in site_lines(inventory, site)]

    golden(GOLDEN / "site.txt", "\n".join(lines) + "\n")


def test_json_tells_every_cause_of_every_site_or_of_one(tmp_path: Path) -> None:
    inventory = loaded(tmp_path, *PROVINCE)
    sites = json.loads(coverage_json(inventory))["sites"]
    (one,) = json.loads(coverage_json(inventory, "xa-2"))["sites"]

    assert one in sites
    assert len(sites) == len(PROVINCE)
    assert {"site": "xa-2", "blind": "off", "help": "always_on_target"}.items() <= one.items()
    assert set(CAUSES) == set(one["causes"])
    assert {"working": "after", "off": "never"} == one["causes"]["power"]


def test_a_site_that_is_not_judged_is_refused_with_the_one_that_may_be_meant(
    tmp_path: Path,
) -> None:
    inventory = loaded(tmp_path, *PROVINCE)

    with pytest.raises(ConfigError, match=r"xa-9.*did you mean"):
        list(site_lines(inventory, "xa-9"))
    with pytest.raises(ConfigError, match="other than the centre"):
        coverage_json(inventory, "ttdl")


def test_one_site_is_told_as_among_all_in_one_sentence(tmp_path: Path) -> None:
    inventory = loaded(tmp_path, *PROVINCE)

    for one in helped(inventory):
        assert helped_site(inventory, one.site) == one
        sentence = said(one)
        assert sentence.endswith(".")
        assert ". " not in sentence
        assert ("trong giờ: " in sentence.lower()) == bool(one.causes.when)
        assert ("nên " in sentence) == (one.best is not None)
    assert helped_site(inventory, "ttdl") is None


def test_ten_thousand_sites_are_looked_at_within_seconds(tmp_path: Path) -> None:
    """Every site is tried with every addition, but the province is counted once."""
    few = loaded(tmp_path, *PROVINCE)
    kinds = [few.sites[f"xa-{number}"] for number in range(len(PROVINCE))]
    sites = {"ttdl": few.sites["ttdl"]}
    for number in range(10_000):
        site = f"s{number}"
        sites[site] = msgspec.structs.replace(kinds[number % len(kinds)], id=site)
    many = msgspec.structs.replace(few, sites=sites)
    started_at = time.thread_time()

    assert len(helped(many)) == 10_000
    assert time.thread_time() - started_at < 10
