"""Availability of a month by site, link, unit and carrier; closing it, and adjustments."""

import json
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import msgspec
import pytest

from collector.cli import main
from collector.commands.availability_listing import as_csv, as_table
from collector.places import ensure_operator_token
from collector.store import Store, open_store
from collector.verdict.outages.availability import Figures
from collector.verdict.outages.book import OutageBook
from collector.verdict.outages.derive import outages_of
from collector.verdict.outages.expected import Month, View
from collector.verdict.outages.handling import Said, say
from collector.verdict.outages.month import By, Known, rows
from collector.verdict.outages.report import MonthTold, Windows, close_month, gather, tell
from collector.verdict.outages.saved import save_changes, save_spans
from collector.verdict.spans import Span, SpanKind, SpansChanged
from govnet.errors import ConfigError
from inventory.calendar import Expectation, Schedule, Window
from inventory.model import Assignment, Duty, Inventory, Unit, UnitKind

MONTH = Month("2026-11")
START, END = MONTH.bounds("Asia/Ho_Chi_Minh")
HOUR, DAY = 3600, 86_400
MONDAY = START + DAY
"""00:00 of 2 November 2026; office hours are 07:30-11:30 and 13:30-17:00."""
WORKED = 20 * 15 * HOUR // 2
"""21 weekdays but the 24th, of seven hours and a half."""
LATER = END + 10.0 * DAY


def spans(item: str, *course: tuple[float, str] | tuple[float, str, str]) -> list[Span]:
    starts = [part[0] for part in course]
    kind = SpanKind.LINK if "/" in item else SpanKind.SITE
    return [
        Span(
            item,
            item.partition("/")[0],
            kind,
            part[1],
            part[2] if len(part) > 2 else None,
            part[0],
            end,
        )
        for part, end in zip(course, [*starts[1:], None], strict=True)
    ]


def known(*courses: list[Span], windows: Windows | None = None, until: float = END) -> Known:
    return Known({one[0].item: one for one in courses}, windows or {}, {}, until)


def views(
    inventory: Inventory, known_now: Known, by: By
) -> dict[tuple[str, str], dict[View, Figures]]:
    made = rows(inventory, Schedule(inventory), MONTH, known_now, by)
    return {(row.id, row.unit): row.views for row in made}


def test_a_month_has_its_days_in_the_provinces_zone():
    assert (END - START) == 30 * DAY
    assert Month.at(END - 1, "Asia/Ho_Chi_Minh") == "2026-11"
    assert Month("2026-01").before() == "2025-12"
    assert len(list(Month("2028-02").days())) == 29


@pytest.mark.parametrize("text", ["2026-13", "2026-1", "11/2026", ""])
def test_what_is_no_month_is_said(text: str):
    with pytest.raises(ConfigError, match="expected a month like 2026-11"):
        Month.parse(text)


def test_a_night_cut_costs_the_users_nothing(small_province: Inventory):
    cut = spans("xa-a", (START, "up"), (MONDAY + HOUR, "down", "power"), (MONDAY + 3 * HOUR, "up"))
    found = views(small_province, known(cut), By.SITE)["xa-a", "xa"]

    assert found[View.USERS] == Figures(up_seconds=WORKED, excluded_seconds=30 * DAY - WORKED)
    assert found[View.ALWAYS] == Figures(up_seconds=30 * DAY - 2 * HOUR, down_seconds=2 * HOUR)


def test_the_lunch_break_is_no_outage_of_the_users(small_province: Inventory):
    noon = MONDAY + 11 * HOUR
    cut = spans("xa-a", (START, "up"), (noon, "down", "link"), (noon + 3 * HOUR, "up"))
    found = views(small_province, known(cut), By.SITE)["xa-a", "xa"]

    assert found[View.USERS].down_seconds == HOUR
    assert found[View.ALWAYS].down_seconds == 3 * HOUR


def test_what_was_announced_is_excluded(small_province: Inventory):
    nine = MONDAY + 9.0 * HOUR
    cut = spans("xa-a", (START, "up"), (nine, "down", "power"), (nine + HOUR, "up"))
    windows = {"xa-a": (Window("xa-a", nine, nine + HOUR / 2, Expectation.POWER_CUT),)}
    found = views(small_province, known(cut, windows=windows), By.SITE)["xa-a", "xa"]

    assert found[View.USERS].down_seconds == HOUR // 2
    assert found[View.USERS].excluded_seconds == 30 * DAY - WORKED + HOUR // 2


def test_a_pc_whose_past_is_not_kept_has_no_figures(small_province: Inventory):
    one_pc = spans("xa-a/pc-1", (END - HOUR, "up"))
    assert views(small_province, known(one_pc), By.ITEM) == {}

    site = small_province.sites["xa-a"]
    (machine, *others) = site.machines
    desk = msgspec.structs.replace(machine, duty=Duty.ONE_STOP)
    site = msgspec.structs.replace(site, machines=(desk, *others))
    sites = small_province.sites | {"xa-a": site}
    designated = msgspec.structs.replace(small_province, sites=sites)
    assert [key[0] for key in views(designated, known(one_pc), By.ITEM)] == ["xa-a/pc-1"]


def test_a_month_that_lasts_is_counted_up_to_now(small_province: Inventory):
    now = START + 3.0 * DAY
    found = views(small_province, known(spans("xa-a", (START, "up")), until=now), By.SITE)

    assert found["xa-a", "xa"][View.ALWAYS] == Figures(up_seconds=3 * DAY)


def test_a_site_of_which_nothing_is_known_is_unmeasured(small_province: Inventory):
    found = views(small_province, known(), By.SITE)

    assert found["xa-b", "xa"][View.ALWAYS] == Figures(unmeasured_seconds=30 * DAY)
    assert ("xa-g", "xa") not in found


def test_a_carrier_is_shown_what_is_its_own(small_province: Inventory):
    course: list[tuple[float, str] | tuple[float, str, str]] = [
        (START, "up"),
        (MONDAY, "down", "power"),
        (MONDAY + HOUR, "down", "link"),
        (MONDAY + 3 * HOUR, "down", "undetermined"),
        (MONDAY + 4 * HOUR, "up"),
    ]
    down = spans("xa-a/tslcd", (START, "up"), (MONDAY, "unreachable"), (MONDAY + 4 * HOUR, "up"))
    now = known(spans("xa-a", *course), down)
    link = views(small_province, now, By.LINK)["xa-a/tslcd", "xa"]

    assert link[View.ALWAYS].down_seconds == 4 * HOUR
    assert link[View.CARRIER] == Figures(
        up_seconds=30 * DAY - 4 * HOUR,
        down_seconds=2 * HOUR,
        excluded_seconds=HOUR,
        undetermined_seconds=HOUR,
    )
    carrier = views(small_province, now, By.CARRIER)["vnpt", ""]
    assert carrier[View.CARRIER].down_seconds == 2 * HOUR
    assert carrier[View.CARRIER].total_seconds == 5 * 30 * DAY


def test_a_site_that_changes_units_within_the_month_is_of_both(small_province: Inventory):
    day = date(2026, 11, 11)
    site = msgspec.structs.replace(
        small_province.sites["xa-a"],
        assignments=(Assignment(unit="xa", valid_to=day), Assignment(unit="moi", valid_from=day)),
    )
    inventory = msgspec.structs.replace(
        small_province,
        sites={"xa-a": site},
        units={**small_province.units, "moi": Unit(id="moi", name="Mới", kind=UnitKind.COMMUNE)},
    )
    now = known(spans("xa-a", (START, "up"), (START + 20 * DAY, "down", "link")))

    by_site = views(inventory, now, By.SITE)
    assert by_site["xa-a", "xa"][View.ALWAYS] == Figures(up_seconds=10 * DAY)
    assert by_site["xa-a", "moi"][View.ALWAYS] == Figures(
        up_seconds=10 * DAY, down_seconds=10 * DAY
    )
    by_unit = views(inventory, now, By.UNIT)
    assert by_unit["moi", "moi"] == by_site["xa-a", "moi"]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(tmp_path)
    yield opened
    opened.close()


class Centre:
    """What a collector does with spans, and a person with months."""

    def __init__(self, store: Store, inventory: Inventory) -> None:
        self.store, self.inventory, self.book = store, inventory, OutageBook()

    def believe(self, item: str, made: list[Span], now: float) -> None:
        self.book.take(item, outages_of(made), now)
        with self.store.write() as connection:
            save_spans(connection, [SpansChanged(item, made[0].start, tuple(made))])
            save_changes(connection, self.book.take_changes())

    def close(self, now: float) -> int:
        return close_month(
            self.store, MONTH, "truc-ban", inventory=self.inventory, windows={}, now=now
        )

    def tell(self, by: By, now: float) -> MonthTold:
        given = gather(self.store, MONTH, inventory=self.inventory, windows={}, now=now)
        made = None
        if given is not None:
            made = rows(self.inventory, Schedule(self.inventory), MONTH, given, by)
        return tell(self.store, MONTH, by, made, inventory=self.inventory, now=now)


@pytest.fixture
def centre(store: Store, small_province: Inventory) -> Centre:
    made = Centre(store, small_province)
    cut = (MONDAY + 9 * HOUR, "down", "link")
    course = ((START, "up"), cut, (MONDAY + 10 * HOUR, "up"))
    made.believe("xa-a", spans("xa-a", *course), MONDAY + 11 * HOUR)
    made.believe("xa-a/tslcd", spans("xa-a/tslcd", *course), MONDAY + 11 * HOUR)
    return made


def test_a_closed_month_changes_only_by_an_adjustment(centre: Centre):
    centre.close(END + 60.0)
    before = next(row for row in centre.tell(By.SITE, LATER).rows if row.id == "xa-a")
    assert before.views[View.USERS].adjusted is None

    centre.believe("xa-a", spans("xa-a", (START, "up")), LATER)
    told = centre.tell(By.SITE, LATER + 60.0)
    after = next(row for row in told.rows if row.id == "xa-a").views[View.USERS]

    assert after.figures == before.views[View.USERS].figures
    assert after.figures.down_seconds == HOUR
    assert after.adjusted is not None
    assert after.adjusted.down_seconds == 0
    (adjustment,) = after.adjustments
    assert (adjustment.at, adjustment.reason[0].code) == (LATER + 60.0, "outages_corrected")
    assert centre.tell(By.SITE, LATER + 120.0).rows == told.rows
    assert "Bằng chứng đến sau đã làm thay đổi các sự cố số 1." in as_table(told)


def test_a_cause_that_is_confirmed_adjusts_the_carriers_figure(centre: Centre):
    centre.close(END + 60.0)
    say(centre.store, [2], Said(cause="power"), "truc-ban", LATER)
    (carrier,) = centre.tell(By.CARRIER, LATER + 60.0).rows

    told = carrier.views[View.CARRIER]
    assert told.figures.down_seconds == HOUR
    assert told.adjusted is not None
    assert told.adjusted.down_seconds == 0
    assert [note.code for note in told.adjustments[0].reason] == ["causes_confirmed"]
    assert carrier.views[View.ALWAYS].adjusted is None


def test_a_change_of_the_inventory_is_named_as_the_reason(centre: Centre):
    centre.close(END + 60.0)
    centre.inventory = msgspec.structs.replace(
        centre.inventory,
        sites={
            **centre.inventory.sites,
            "xa-a": msgspec.structs.replace(
                centre.inventory.sites["xa-a"],
                assignments=(Assignment(unit="xa", valid_from=date(2026, 11, 2)),),
            ),
        },
    )
    told = centre.tell(By.SITE, LATER)
    reasons = {
        note.code
        for row in told.rows
        for view in row.views.values()
        for one in view.adjustments
        for note in one.reason
    }

    assert reasons == {"inventory_changed"}


def test_a_month_is_closed_once_and_only_when_it_is_over(centre: Centre):
    with pytest.raises(ConfigError, match="expected a month that is over"):
        centre.close(END - 1.0)
    assert centre.close(END + 1.0) > 0
    with pytest.raises(ConfigError, match="is closed already"):
        centre.close(END + 2.0)


def test_what_is_not_kept_any_more_is_told_as_it_was(centre: Centre):
    centre.close(END + 60.0)
    told = centre.tell(By.SITE, END + 500.0 * DAY)

    row = next(row for row in told.rows if row.id == "xa-a")
    assert row.views[View.USERS].figures.down_seconds == HOUR
    assert row.views[View.USERS].adjusted is None


def test_a_spreadsheet_reads_it_in_vietnamese_and_runs_nothing(centre: Centre):
    name = '=HYPERLINK("http://198.18.0.1")'
    site = msgspec.structs.replace(centre.inventory.sites["xa-a"], name=name)
    centre.inventory = msgspec.structs.replace(centre.inventory, sites={"xa-a": site})
    text = as_csv(centre.tell(By.SITE, LATER))

    assert text.startswith("\ufeffTháng;Điểm;Tên;")
    titles, row = text.split("\r\n")[:2]
    assert "khả dụng % (giờ làm việc)" in titles
    assert f';"\'{name.replace(chr(34), chr(34) * 2)}";' in row
    assert ";99,33;100,00;" in row


def test_commands_show_and_close_a_month(
    store: Store,
    tmp_path: Path,
    small_inventory_file: Path,
    capsys: pytest.CaptureFixture[str],
):
    ensure_operator_token(tmp_path)
    course = ((START, "up"), (MONDAY + 9 * HOUR, "down", "link"), (MONDAY + 10 * HOUR, "up"))
    with store.write() as connection:
        save_spans(connection, [SpansChanged("xa-a", START, tuple(spans("xa-a", *course)))])

    def run(*arguments: str) -> str:
        given = ("--inventory", str(small_inventory_file), "--data", str(tmp_path))
        assert main(["availability", *given, *arguments]) == 0
        return capsys.readouterr().out

    this_month = json.loads(run("--json"))
    assert this_month["closed_at"] is None
    assert "chưa chốt" in run()
    assert run("--csv", "--by", "carrier").startswith("\ufeffTháng;Nhà mạng;")
    before = Month.at(time.time(), "Asia/Ho_Chi_Minh").before()
    assert f"{before}: closed with" in run("close", before)
    assert "đã chốt lúc" in run("--month", before)
    assert main(["availability", "close", before, "--data", str(tmp_path)]) == 2


def test_what_is_undetermined_stands_beside_what_a_carrier_is_charged(centre: Centre):
    course = (
        (START, "up"),
        (MONDAY, "down", "undetermined"),
        (MONDAY + HOUR, "down", "link"),
        (MONDAY + 3 * HOUR, "up"),
    )
    centre.believe("xa-a", spans("xa-a", *course), LATER)
    centre.believe("xa-a/tslcd", spans("xa-a/tslcd", *course), LATER)
    titles, line = (
        next(line for line in as_table(centre.tell(By.LINK, LATER)).splitlines() if word in line)
        for word in ("phút chưa rõ", "xa-a/tslcd")
    )

    assert titles.split()[-3:] == ["phút", "chưa", "rõ"]
    assert line.split()[-7:] == ["99,58", "100,00", "180", "99,72", "100,00", "120", "60"]


def test_almost_everything_is_not_everything(centre: Centre):
    course = ((START, "up"), (MONDAY + 9 * HOUR, "down", "link"), (MONDAY + 9 * HOUR + 5, "up"))
    centre.believe("xa-a", spans("xa-a", *course), MONDAY + 11 * HOUR)
    line = next(
        line for line in as_table(centre.tell(By.SITE, LATER)).splitlines() if "xa-a" in line
    )

    assert "99,99" in line
