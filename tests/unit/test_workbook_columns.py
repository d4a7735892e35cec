"""The table of sheets and columns that template, export and import share."""

from inventory.model import MachineProfile, MachineRole
from inventory.names import search_key
from inventory.workbook.columns import CellKind, sheets_of


def profile(identity: str, name: str) -> MachineProfile:
    return MachineProfile(id=identity, name=name, role=MachineRole.PC)


def test_every_header_and_key_is_once_in_its_sheet() -> None:
    """Import knows a column by its header, also without diacritics."""
    for sheet in sheets_of([profile("pc", "Máy tính làm việc")]):
        headers = [search_key(column.header) for column in sheet.columns]
        keys = [column.key for column in sheet.columns]

        assert len(set(headers)) == len(headers)
        assert len(set(keys)) == len(keys)


def test_a_choice_has_a_list_and_nothing_else_has_one() -> None:
    """A drop-down without a list would offer nothing."""
    for sheet in sheets_of([]):
        for column in sheet.columns:
            assert (column.choices is not None) == (column.kind is CellKind.CHOICE)


def test_counts_of_profiles_stand_under_headers_of_their_own() -> None:
    """Named alike, or like another column, or by an abbreviation."""
    profiles = [
        profile("a", "Máy tính"),
        profile("b", "máy tính"),
        profile("c", "PC văn phòng"),
        profile("d", "Hợp đồng"),
    ]

    columns = [one for one in sheets_of(profiles)[0].columns if one.kind is CellKind.COUNT]

    assert [one.header for one in columns] == [
        "Số máy tính",
        "Số máy tính (b)",
        "Số PC văn phòng",
        "Số hợp đồng (d)",
    ]
