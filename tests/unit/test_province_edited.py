"""The shipped province edited: every put touches its own place, and means what was put."""

import re
from pathlib import Path

import pytest

from inventory.difference.change import Change, FieldChange
from inventory.difference.compare import difference
from inventory.editing.apply import Edited, checked, edited
from inventory.editing.put import Put
from inventory.load import load
from inventory.model import Inventory

TOP = Path(__file__).parents[2] / "inventory.yaml"


@pytest.fixture(scope="module")
def province() -> Inventory:
    return load(TOP)


def without(pattern: str, edits: tuple[Edited, ...]) -> list[bool]:
    """Return for each file whether it is as it was but for what the pattern finds."""
    return [
        re.sub(pattern, "", one.after.decode()) == re.sub(pattern, "", one.before.decode())
        for one in edits
    ]


def test_a_field_added_to_every_site_stands_in_its_record_and_nothing_else_changes(
    province: Inventory,
) -> None:
    puts = [
        Put(kind="sites", record=one, field="note", value=f"Về {one}") for one in province.sites
    ]

    edits = edited(TOP, puts)

    added = r", note: Về [\w-]+(?=\})|\n    note: Về [\w-]+"
    assert without(added, edits) == [True] * len(edits)
    assert len(puts) == sum(len(re.findall(added, one.after.decode())) for one in edits)
    assert [
        Change("changed", "site", one, (FieldChange("note", None, f"Về {one}"),))
        for one in province.sites
    ] == list(difference(province, checked(TOP, edits)))


def test_a_value_replaced_in_every_site_leaves_its_line_as_it_was(province: Inventory) -> None:
    counted = [
        site.id
        for site in province.sites.values()
        if any(count.profile == "office-pc" for count in site.machine_counts)
    ]
    puts = [Put(kind="sites", record=one, field="pcs", value=77) for one in counted]

    edits = edited(TOP, puts)

    assert without(r"(, |\n    )pcs: [0-9]+", edits) == [True] * len(edits)
    changes = difference(province, checked(TOP, edits))
    assert {f"{one}/office-pc" for one in counted} >= {one.id for one in changes}
    assert {"77"} == {field.after for one in changes for field in one.fields}


def test_an_item_of_a_profile_is_overridden_in_its_site_alone(province: Inventory) -> None:
    puts = [
        Put(
            kind="sites", record="cam-ly", field="serial", value="0012", items="devices", item="cpe"
        )
    ]

    edits = edited(TOP, puts)

    (change,) = difference(province, checked(TOP, edits))
    assert ("device", "cam-ly/cpe") == (change.kind, change.id)
    assert (FieldChange("serial", None, "0012"),) == change.fields
    assert 1 == sum(
        before != after
        for one in edits
        for before, after in zip(one.before.splitlines(), one.after.splitlines(), strict=True)
    )


def test_a_hundred_new_sites_stand_as_lines_at_the_end_of_the_longest_list(
    province: Inventory,
) -> None:
    wanted = {
        "unit": "lam-vien",
        "name": "Điểm mới: thử",
        "profile": "commune-annex",
        "carrier": "vnpt",
    }
    puts = [
        Put(kind="sites", record=f"moi-{number}", field=field, value=value)
        for number in range(100)
        for field, value in [*wanted.items(), ("networks", [f"198.18.{number + 150}.0/28"])]
    ]

    (edit,) = edited(TOP, puts)

    assert edit.path.name == "commune-sites.yaml"
    assert edit.after.startswith(edit.before)
    lines = edit.after.decode().removeprefix(edit.before.decode()).splitlines()
    assert lines[0] == (
        '  - {id: moi-0, unit: lam-vien, name: "Điểm mới: thử", profile: commune-annex, '
        "carrier: vnpt, networks: [198.18.150.0/28]}"
    )
    assert len(lines) == 100
    assert len(province.sites) + 100 == len(checked(TOP, (edit,)).sites)
