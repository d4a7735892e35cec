"""The lists of the workbook: every name leads to one record, or says that it does not."""

from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory.load import load
from inventory.model import (
    DeviceKind,
    Duty,
    Inventory,
    Lan,
    Lifecycle,
    Province,
    ServiceKind,
    Unit,
    UnitKind,
)
from inventory.workbook.choices import Lookup, choices_of
from inventory.workbook.columns import Choices
from inventory.workbook.words import ALSO, WORDS
from inventory.workbook.written import read_written

ROOT = Path(__file__).parents[2]
SMALL = Inventory(
    province=Province(id="p", code="68", name="P", operator="O", centre="ttdl"),
    calendars={},
    carriers={},
    clusters={},
    power_areas={},
    machine_profiles={},
    units={},
    sites={},
    services={},
    conferences={},
)


@pytest.fixture(scope="module")
def province() -> Inventory:
    return load(ROOT / "inventory.yaml")


def with_units(province: Inventory, *units: Unit) -> Inventory:
    return msgspec.structs.replace(province, units={one.id: one for one in units})


def unit(identity: str, name: str, code: str | None = None, **fields: object) -> Unit:
    return msgspec.convert(
        {"id": identity, "name": name, "kind": UnitKind.COMMUNE, "code": code, **fields}, Unit
    )


def find(inventory: Inventory, kind: Choices, text: str) -> tuple[str, ...]:
    return Lookup(choices_of(inventory)[kind]).find(text)


def test_every_shown_name_leads_back_to_its_record_alone(province: Inventory) -> None:
    """What export writes, import reads: in all lists of the province that ships."""
    for kind, ones in choices_of(province, read_written(ROOT / "inventory.yaml")).items():
        lookup = Lookup(ones)

        assert ones, kind
        assert [(one.id,) for one in ones] == [lookup.find(one.shown) for one in ones], kind
        assert [(one.id,) for one in ones] == [lookup.find(one.id) for one in ones], kind


@given(
    named=st.lists(
        st.tuples(
            st.text("aàA đ(1)", min_size=1, max_size=5).filter(str.strip),
            st.none() | st.sampled_from(["00001", "00002", "00003"]),
        ),
        max_size=6,
    ),
    ids=st.permutations(["a", "a1", "1", "b", "aa", "a-1"]),
)
def test_whatever_units_are_called_what_is_shown_is_one_of_them_alone(
    named: list[tuple[str, str | None]], ids: list[str]
) -> None:
    """Also names like the id of another, and names that hold another's code in brackets."""
    units = [unit(one, name, code) for one, (name, code) in zip(ids, named, strict=False)]
    listed = choices_of(with_units(SMALL, *units))[Choices.UNITS]
    lookup = Lookup(listed)

    assert [lookup.find(one.shown) for one in listed] == [(one.id,) for one in units]
    assert len({one.shown for one in listed}) == len(units)


def test_every_word_of_an_enum_is_in_its_list() -> None:
    """A kind that is new must get its Vietnamese word."""
    for kind, names in WORDS.items():
        enum = type(next(iter(names)))

        assert set(enum) == set(names)
        assert set(ALSO.get(kind, {})) <= set(names)


@pytest.mark.parametrize(
    "text",
    [
        "Xã Bằng Thành",
        "xã  bằng thành ",
        "XA BANG THANH",
        "Bằng Thành",
        "X. Bằng Thành",
        "x.bang thanh",
        "01864",
        "1864",
        "bang-thanh",
    ],
)
def test_a_unit_is_found_by_name_code_or_id(province: Inventory, text: str) -> None:
    """As people type it, and as Excel turns a code into a number."""
    inventory = with_units(province, unit("bang-thanh", "Xã Bằng Thành", "01864"))

    assert find(inventory, Choices.UNITS, text) == ("bang-thanh",)


def test_units_of_one_name_are_shown_with_their_codes_and_are_ambiguous_by_name(
    province: Inventory,
) -> None:
    """Nobody's PCs are given to the other commune of the same name."""
    inventory = with_units(
        province,
        unit("tan-ha", "Xã Tân Hà", "24871"),
        unit("tan-ha-2", "Xã Tân Hà", "23200"),
    )

    shown = [one.shown for one in choices_of(inventory)[Choices.UNITS]]

    assert shown == ["Xã Tân Hà (24871)", "Xã Tân Hà (23200)"]
    assert find(inventory, Choices.UNITS, "tân hà") == ("tan-ha", "tan-ha-2")
    assert find(inventory, Choices.UNITS, "Xã Tân Hà (23200)") == ("tan-ha-2",)


def test_diacritics_decide_between_names_that_are_alike_without_them(province: Inventory) -> None:
    """Xã Tân Hà typed in full is not Xã Tân Hạ; typed without tones it may be either."""
    inventory = with_units(
        province, unit("a", "Xã Tân Hà", "24871"), unit("b", "Xã Tân Hạ", "24872")
    )

    assert find(inventory, Choices.UNITS, "Xã Tân Hạ") == ("b",)
    assert find(inventory, Choices.UNITS, "xa tan ha") == ("a", "b")


def test_a_former_commune_gives_way_to_the_one_of_today(province: Inventory) -> None:
    """Of two of one name only the living one is meant; the other is found by its code."""
    inventory = with_units(
        province,
        unit("old", "Xã Hiệp Thạnh", "24967", lifecycle=Lifecycle.RETIRED),
        unit("new", "Xã Hiệp Thạnh", "24968"),
    )

    assert find(inventory, Choices.UNITS, "Hiệp Thạnh") == ("new",)
    assert find(inventory, Choices.UNITS, "24967") == ("old",)


def test_units_without_a_code_are_told_apart_by_who_is_above(province: Inventory) -> None:
    """Every department has an office called Văn phòng."""
    inventory = with_units(
        province,
        unit("so-a", "Sở Nội vụ"),
        unit("so-b", "Sở Tài chính"),
        unit("a", "Văn phòng", parent="so-a"),
        unit("b", "Văn phòng", parent="so-b"),
    )

    shown = [one.shown for one in choices_of(inventory)[Choices.UNITS]]

    assert shown[2:] == ["Văn phòng (Sở Nội vụ)", "Văn phòng (Sở Tài chính)"]


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        (Choices.DEVICE_KINDS, "ups", DeviceKind.UPS),
        (Choices.DEVICE_KINDS, "bộ lưu điện", DeviceKind.UPS),
        (Choices.DEVICE_KINDS, "Router", DeviceKind.CPE),
        (Choices.DUTIES, "mot-cua", Duty.ONE_STOP),
        (Choices.DUTIES, "họp", Duty.CONFERENCE),
        (Choices.LIFECYCLES, "dang dung", Lifecycle.ACTIVE),
        (Choices.LANS, "không", Lan.NONE),
        (Choices.SERVICE_KINDS, "một cửa điện tử", ServiceKind.ONE_STOP),
    ],
)
def test_words_are_understood_as_people_write_them(
    province: Inventory, kind: Choices, text: str, expected: str
) -> None:
    """The list's word without tones, what else it is called, or the word of the YAML."""
    assert find(province, kind, text) == (expected,)


def test_an_unknown_name_is_nobody(province: Inventory) -> None:
    """Import says so; nothing is guessed."""
    assert find(province, Choices.UNITS, "Xã Không Có Thật") == ()
