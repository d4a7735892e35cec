"""What stands in a cell is what the inventory means, and is written where its docstring says."""

import json
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from inventory.editing.put import Plain
from inventory.load import load
from inventory.model import Inventory, Site
from inventory.workbook.columns import column_of, sheets
from inventory.workbook.values import (
    Target,
    always_on_target,
    cell_value,
    point_target,
    rows,
)
from inventory.workbook.written import Written, read_written

ROOT = Path(__file__).parents[2]

TOP: dict[str, Any] = {
    "province": {"id": "p", "code": "68", "name": "P", "operator": "O", "centre": "ttdl"},
    "carriers": [{"id": "vnpt", "name": "VNPT"}, {"id": "viettel", "name": "Viettel"}],
    "calendars": [{"id": "office", "sessions": {"mon": [{"start": "07:30", "end": "11:30"}]}}],
    "clusters": [{"id": "c1", "name": "Cụm 1"}],
    "power_areas": [{"id": "k1", "name": "Khu vực 1"}],
    "units": [{"id": "xa-a", "name": "Xã A", "kind": "commune"}],
    "profiles": {
        "machines": [
            {"id": "pc", "name": "Máy tính", "role": "pc"},
            {"id": "server", "name": "Máy chủ", "role": "server"},
        ],
        "sites": [
            {
                "id": "office",
                "kind": "commune",
                "links": [{"id": "tslcd", "technology": "fiber", "far_end": {"site": "ttdl"}}],
                "devices": [{"id": "cpe", "kind": "cpe", "always_on": True, "address": "+1"}],
                "machine_counts": [
                    {"profile": "pc", "count": 4, "as_of": "2026-10-01", "source": "mẫu"}
                ],
                "conference_points": [{"id": "vc", "kind": "codec", "protocols": ["icmp"]}],
            }
        ],
    },
}
CENTRE: dict[str, Any] = {
    "id": "ttdl",
    "unit": "xa-a",
    "name": "Trung tâm dữ liệu",
    "kind": "data_centre",
}


def without_degrees(row: dict[str, Plain]) -> dict[str, Plain]:
    """One coordinate alone is a mistake of its own."""
    return {key: row[key] for key in row if key not in {"latitude", "longitude"}}


FILLED = (
    st.text(st.characters(categories=["L", "Nd", "P", "Zs"], max_codepoint=0x1FFF), max_size=20)
    .map(str.strip)
    .filter(bool)
)
ROWS = st.fixed_dictionaries(
    {"name": FILLED, "carrier": st.sampled_from(["vnpt", "viettel"])},
    optional={
        "code": st.from_regex(r"[A-Z]{2}-[0-9]{2}", fullmatch=True),
        "postal_address": FILLED,
        "latitude": st.sampled_from([11.5, 12.25]),
        "longitude": st.sampled_from([108.0, 108.125]),
        "circuit": FILLED,
        "contract": FILLED,
        "capacity_mbps": st.integers(1, 10_000).map(float),
        "always_on_address": st.integers(2, 99).map(lambda n: f"198.18.7.{n}"),
        "point_address": st.integers(100, 250).map(lambda n: f"198.18.7.{n}"),
        "contact_role": FILLED,
        "count:pc": st.integers(0, 500),
        "count:server": st.integers(0, 20),
        "counted_on": st.dates(date(2000, 1, 1), date(2099, 12, 31)),
        "counted_by": FILLED,
        "calendar": st.just("office"),
        "cluster": st.just("c1"),
        "power_area": st.just("k1"),
        "lan": st.sampled_from(["present", "partial", "none"]),
        "lifecycle": st.sampled_from(["active", "planned"]),
        "note": FILLED,
    },
).map(lambda row: row if {"latitude", "longitude"} <= set(row) else without_degrees(row))


def as_written(row: dict[str, Plain]) -> dict[str, Any]:
    """Put a row where the docstring of `values` says that its columns belong."""
    site: dict[str, Any] = {
        "id": "a",
        "unit": "xa-a",
        "profile": "office",
        "networks": ["198.18.7.0/24"],
    }
    own = dict(row)
    if "always_on_address" in own:
        site["devices"] = [{"id": "cpe", "address": own.pop("always_on_address")}]
    if "point_address" in own:
        site["conference_points"] = [{"id": "vc", "address": own.pop("point_address")}]
    if "contact_role" in own:
        site["contacts"] = [{"role": own.pop("contact_role")}]
    counted = {"as_of": own.pop("counted_on", None), "source": own.pop("counted_by", None)}
    pcs = {"count": own.pop("count:pc", None), **counted}
    if found := {field: value for field, value in pcs.items() if value is not None}:
        site["pcs"] = found
    if "count:server" in own:
        of_day = {"as_of": date(2026, 1, 1), "source": "kiểm kê"}
        count = own.pop("count:server")
        site["machine_counts"] = [{"profile": "server", "count": count, **of_day}]
    return site | own


def loaded(site: dict[str, Any]) -> tuple[Inventory, Written]:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "inventory.yaml"
        content = TOP | {"sites": [CENTRE, site]}
        # JSON is YAML with every text in quotes, also one like 08.
        path.write_text(json.dumps(content, default=str), encoding="utf-8")
        return load(path), read_written(path)


@settings(max_examples=60, deadline=None)
@given(row=ROWS)
@example(row={"name": "08", "carrier": "vnpt"})
def test_what_a_row_says_is_read_from_where_it_was_written(row: dict[str, Plain]) -> None:
    """Every column of a site: writing a value to its field and reading the column gives it back."""
    inventory, written = loaded(as_written(row))
    columns = sheets(inventory)[0].columns
    site = inventory.sites["a"]

    read = {key: cell_value(column_of(columns, key), site, written) for key in row}

    assert read == row
    assert cell_value(column_of(columns, "unit"), site) == "xa-a"
    assert cell_value(column_of(columns, "profile"), site, written) == "office"


def test_every_column_has_a_value_for_every_record_of_the_shipped_province() -> None:
    """No column of the table is without a field of the records, and types are those of YAML."""
    path = ROOT / "inventory.yaml"
    inventory, written = load(path), read_written(path)

    for sheet in sheets(inventory):
        found = rows(inventory, sheet)
        assert found
        for column in sheet.columns:
            for row in found:
                value = cell_value(column, row, written)
                assert value is None or isinstance(value, str | bool | int | float | date | list)
                assert value not in ("", [])


@pytest.fixture(scope="module")
def site() -> Site:
    inventory, _ = loaded(
        as_written({"name": "A", "carrier": "vnpt"})
        | {
            "devices": [
                {"id": "sw2", "kind": "switch", "address": "+9", "always_on": True},
                {"id": "ups", "kind": "ups", "upstream": "sw2"},
                {"id": "cpe", "omit": True},
            ],
            "conference_points": [
                {"id": "vc", "omit": True},
                {"id": "hop", "kind": "software", "protocols": ["icmp"], "machine": "may-hop"},
            ],
            "machines": [{"id": "may-hop", "profile": "pc", "address": "+10"}],
        }
    )
    return inventory.sites["a"]


def test_the_always_on_address_is_that_of_the_item_that_is_asked(site: Site) -> None:
    """Not of a device of a fixed name: the first one that is always on."""
    assert always_on_target(site) == Target("devices", "sw2")
    assert always_on_target(None) == Target("devices", "cpe")


def test_a_point_of_software_is_no_address_of_a_meeting_room(site: Site) -> None:
    """Its address is the PC's; the column makes a device of its own."""
    assert point_target(site) == Target("conference_points", "vc")


def test_items_name_their_neighbours_of_the_same_site_by_their_own_ids(site: Site) -> None:
    """As a person writes them in the files."""
    inventory, _ = loaded(as_written({"name": "A", "carrier": "vnpt"}))
    devices = column_of(sheets(inventory)[1].columns, "upstream")
    points = column_of(sheets(inventory)[2].columns, "machine")
    ups = next(one for one in site.devices if one.id == "a/ups")

    assert cell_value(devices, ups) == "sw2"
    assert cell_value(points, site.conference_points[0]) == "may-hop"


def test_what_is_written_one_by_one_is_told_from_profiles_and_ranges() -> None:
    """The template shows only what a person mends at one site."""
    site = as_written({"name": "A", "carrier": "vnpt"}) | {
        "devices": [{"id": "ups", "kind": "ups"}],
        "machines": [{"id": "pc-[01-09]", "profile": "pc"}],
        "conference_points": [{"id": "vc", "omit": True}],
    }
    _, written = loaded(site)

    assert written.items == {"a/ups"}
    assert written.fields["a"] >= {"carrier", "networks"}
    assert written.site_profiles == {"office": "commune"}
