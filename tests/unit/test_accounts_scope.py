"""Which sites an account sees: those whose unit lies under its own today."""

from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import pytest

from collector.accounts.records import Rights, Role, checked_name, rights_problems
from collector.accounts.scope import Scopes, sites_under
from collector.accounts.viewer import Viewer
from govnet.errors import ConfigError, WireError
from inventory.load import load
from inventory.model import Assignment, Inventory
from tests.accounts import TWO_COMMUNES

DAY = date(2026, 9, 21)


@pytest.fixture
def province(tmp_path: Path) -> Inventory:
    file = tmp_path / "inventory.yaml"
    file.write_text(TWO_COMMUNES, encoding="utf-8")
    return load(file)


def at(day: date) -> float:
    return datetime(
        day.year, day.month, day.day, 12, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh")
    ).timestamp()


@pytest.mark.parametrize(
    ("unit", "sites"),
    [
        ("tinh", {"trung-tam", "don", "tram", "duc"}),
        ("xa-don", {"don", "tram"}),
        ("tram-y-te", {"tram"}),
        ("so", {"trung-tam"}),
        ("khong-co", set()),
    ],
)
def test_a_unit_sees_what_it_and_those_below_it_use(
    province: Inventory, unit: str, sites: set[str]
):
    assert sites_under(province, unit, DAY) == sites


def test_a_site_that_changes_hands_is_seen_by_its_new_unit_from_that_day_on(province: Inventory):
    moved = msgspec.structs.replace(
        province.sites["duc"],
        assignments=(
            Assignment(unit="xa-duc", valid_to=DAY),
            Assignment(unit="xa-don", valid_from=DAY),
        ),
    )
    province = msgspec.structs.replace(province, sites=province.sites | {"duc": moved})
    scopes, before = Scopes(), date(2026, 9, 20)

    assert scopes.sites(province, "xa-don", at(before)) == {"don", "tram"}
    assert scopes.sites(province, "xa-don", at(DAY)) == {"don", "tram", "duc"}
    assert scopes.sites(province, "xa-duc", at(DAY)) == set()


def test_another_inventory_holds_at_once_and_a_unit_that_is_gone_sees_nothing(
    province: Inventory,
):
    scopes = Scopes()
    assert scopes.sites(province, "xa-duc", at(DAY)) == {"duc"}
    smaller = msgspec.structs.replace(province, sites={"don": province.sites["don"]})
    assert scopes.sites(smaller, "xa-duc", at(DAY)) == set()
    gone = msgspec.structs.replace(
        province, units={name: one for name, one in province.units.items() if name != "xa-don"}
    )
    assert scopes.sites(gone, "xa-don", at(DAY)) == set()


def test_units_in_a_circle_are_left_at_some_time(province: Inventory):
    circle = msgspec.structs.replace(province.units["tinh"], parent="xa-don")
    province = msgspec.structs.replace(province, units=province.units | {"tinh": circle})

    assert sites_under(province, "so", DAY) == {"trung-tam"}


def test_what_is_of_no_site_is_seen_by_who_sees_the_province_only():
    part = Viewer(who="lan", sites=frozenset({"don"}))

    assert [part.sees(item) for item in ("don", "don/cpe", "duc", "mot-cua", "")] == [
        True,
        True,
        False,
        False,
        False,
    ]
    with pytest.raises(WireError, match="forbidden"):
        part.require("duc/cpe")
    with pytest.raises(WireError, match="forbidden"):
        part.require_all("/metrics")
    Viewer(who="lan").require("duc/cpe")


@pytest.mark.parametrize(
    ("role", "may"), [(Role.VIEWER, False), (Role.OPERATOR, True), (Role.ADMIN, True)]
)
def test_each_role_may_do_what_those_before_it_may(role: Role, *, may: bool):
    assert Viewer(who="lan", role=role).may_change is may


@pytest.mark.parametrize("name", ["lan", "nguyen.lan", "truc_ca-1", "  LAN "])
def test_a_name_is_small_letters_digits_and_a_few_signs(name: str):
    assert checked_name(name) == name.strip().lower()


@pytest.mark.parametrize("name", ["", "a", "1lan", "lân", "lan anh", "x" * 33, "api", "login-link"])
def test_other_names_and_those_with_a_meaning_are_refused(name: str):
    with pytest.raises(ConfigError):
        checked_name(name)


def test_every_mistake_of_an_account_is_told_at_once(province: Inventory):
    assert rights_problems(province, Rights("Lan", Role.OPERATOR, "xa-don")) == []
    found = rights_problems(province, Rights("x" * 100, Role.ADMIN, "khong-co"))
    assert [line.partition(":")[0] for line in found] == ["--title", "--scope", "--scope"]
