"""The list of days that an officer compares with the notice."""

from datetime import date

import msgspec

from inventory.model import Calendar, ChangedDay, Inventory
from inventory.year import year_lines


def lines_of(
    inventory: Inventory, year: int, changed: tuple[ChangedDay, ...] = (), *calendars: Calendar
) -> dict[str, str]:
    changed_days = {one.day: one for one in changed}
    all_calendars = {one.id: one for one in calendars}
    made = msgspec.structs.replace(inventory, changed_days=changed_days, calendars=all_calendars)
    found = list(year_lines(made, year))
    return {line.split()[0]: line for line in found[1:]}


def test_days_off_stand_with_their_names_and_decisions_with_their_reasons(
    small_province: Inventory,
) -> None:
    swap = (
        ChangedDay(day=date(2026, 1, 2), off=True, reason="12729/VPCP-KGVX"),
        ChangedDay(day=date(2026, 1, 10), worked_as="fri", reason="12729/VPCP-KGVX"),
        ChangedDay(day=date(2026, 11, 24), worked_as="tue", reason="Trực"),
    )

    found = lines_of(small_province, 2026, swap)
    assert "nghỉ / off" in found["02/01/2026"]
    assert "làm theo thứ Sáu / worked as fri" in found["10/01/2026"]
    assert found["10/01/2026"].endswith("12729/VPCP-KGVX")
    assert "làm theo thứ Ba / worked as tue" in found["24/11/2026"]
    assert found["17/02/2026"].endswith("Tết Nguyên Đán")
    assert "làm theo thứ Hai / worked as mon" in found["22/08/2026"]
    assert "03/01/2026" not in found


def test_a_calendars_own_days_stand_under_its_name(small_province: Inventory) -> None:
    own = Calendar(id="xa", sessions={}, off=(date(2026, 3, 10),), worked={"2026-03-14": "tue"})
    always = Calendar(id="always", sessions={}, holidays=None)
    plain = Calendar(id="office", sessions={})

    found = list(lines_of(small_province, 2026, (), own, always, plain))
    assert found[-4:] == ["xa:", "10/03/2026", "14/03/2026", "always:"]
    assert list(lines_of(small_province, 2027, (), own))[-1] != "xa:"
