"""226 points before a meeting, 17 of them faulty, each in its own way: who is ready, and why not.

Five rooms are real endpoints (Kamailio, baresip). The clock is told, so that the hour takes half a
minute; collector, protocol, verdicts, sweeps, ticks and record are the real ones.
"""

import json
from collections.abc import Callable, Iterator
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any, Protocol
from zoneinfo import ZoneInfo

import openpyxl
import pytest

from collector.readiness.options import ConferenceOptions
from collector.readiness.records import Part
from collector.readiness.report import workbook
from collector.readiness.sweeps import TRAIN_BYTES, TRAIN_SECONDS
from simulator.faults import Fault, FaultKind
from tests.e2e.rehearsed_province import (
    BACKED,
    PLATFORM,
    POINTS,
    REAL,
    WITH_UPS,
    Baresip,
    RehearsedProvince,
    inventory_of,
    measure_for_real,
    site_name,
)

pytestmark = pytest.mark.e2e

BEGINS = datetime(2026, 11, 25, 8, 52, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh")).timestamp()
MEETING_AT = BEGINS + 68 * 60
"""10:00 on a Wednesday."""
BROKEN_AT, REPAIRED_AT = 2 * 60.0, 10 * 60.0
"""From 08:54 to 09:02: T-60, at 09:00, finds the faults, T-50 the repairs."""
OPTIONS = ConferenceOptions(sweep_minutes=(60, 50), budget_kbit_per_second=600)
"""As close together as the budget allows; the default takes four minutes."""
DEAD_ROOM = REAL[-1]
K = FaultKind
EXPECTED: dict[int, tuple[FaultKind | None, set[str]]] = {
    1: (K.LINK_CUT, {"site_down"}),
    2: (K.POWER_CUT, {"site_down"}),
    3: (K.CARRIER_DOWN, {"site_down"}),
    4: (K.CPE_DEAD, {"site_down"}),
    5: (K.SWITCH_DEAD, {"site_degraded", "site_down", "machine_silent"}),
    6: (K.DNS_BROKEN, {"platform_dns"}),
    7: (K.SLOW_LINK, {"path_poor"}),
    9: (K.MACHINE_OFF, {"machine_silent"}),
    10: (K.CLOCK_WRONG, {"clock_wrong"}),
    8: (K.POINT_DOWN, {"point_silent"}),
    12: (K.AGENT_CRASH, {"path_stale"}),
    13: (K.SENDING_BLOCKED, {"machine_silent", "site_degraded"}),
    BACKED: (K.MAIN_CIRCUIT_CUT, {"path_silent", "on_backup_circuit", "circuit_down"}),
    WITH_UPS: (K.POWER_CUT, {"ups_on_battery"}),
    16: (None, {"planned_power_cut"}),
    17: (None, {"room_broken"}),
    int(DEAD_ROOM[-3:]): (None, {"point_silent"}),
}
"""By number of the commune what breaks, and the codes that name it."""
LASTING = {2, WITH_UPS}
"""Where the power failed a point stays at risk that day."""


class Proxy(Protocol):
    port: int


@pytest.fixture
def rooms(
    tmp_path: Path,
    kamailio: Proxy,
    modules_of: Callable[[str, str], Path],
    free_port: Callable[[], int],
) -> Iterator[tuple[dict[str, tuple[str, int]], list[Baresip]]]:
    """Start the five real endpoints; give where they are, and those that can be switched off."""
    modules = modules_of("baresip", "account.so")
    places = {REAL[0]: ("127.0.0.1", kamailio.port)}
    started = []
    for number, site in enumerate(REAL[1:], start=2):
        places[site] = (f"127.0.0.{number}", free_port())
        started.append(Baresip(tmp_path / site, *places[site], modules))
    try:
        for one in started:
            one.switch_on()
        yield places, started
    finally:
        for one in started:
            one.switch_off()


def script() -> list[Fault]:
    """Return what breaks in the simulated offices."""
    of_machine = {K.MACHINE_OFF, K.AGENT_CRASH, K.CLOCK_WRONG}
    found = []
    for number, (kind, _) in EXPECTED.items():
        if kind is None:
            continue
        item = site_name(number)
        if kind in of_machine:
            item += "/pc-1"
        elif kind is K.POINT_DOWN:
            item += "/vc"
        elif kind is K.MAIN_CIRCUIT_CUT:
            item += "/tslcd"
        found.append(Fault(kind, item, BROKEN_AT, REPAIRED_AT))
    backed = site_name(WITH_UPS)
    found += [Fault(K.ON_UPS, item) for item in (backed, f"{backed}/pc-1", f"{backed}/ups")]
    return found


def tick(province: RehearsedProvince, number: int, **broken: bool) -> None:
    parts = {part.value: not broken.get(part.value, False) for part in Part}
    asked = {"point": f"{site_name(number)}/vc", "parts": parts, "telephone": "0263 000"}
    province.centre.post("/v1/conferences/giao-ban-2026-11-25/tick", asked)


def board(province: RehearsedProvince) -> dict[int, Any]:
    """Return every point as the API tells it, by number of the commune."""
    told = json.loads(province.centre.get("/v1/conferences/giao-ban-2026-11-25"))
    return {int(one["point"].partition("/")[0][-3:]): one for one in told["points"]}


def why(point: Any) -> list[str]:
    return [one["code"] for one in point["aspects"] if one["standing"] != "good"]


def plan_power_cut(province: RehearsedProvince) -> str:
    asked = {
        "item": site_name(16),
        "start": MEETING_AT + 600,
        "end": MEETING_AT + 1_200,
        "reason": "Bảo trì lưới điện",
        "kind": "power_cut",
    }
    answer = json.loads(province.centre.post("/v1/maintenance", asked))
    return str(answer["entries"][0]["id"])


def busiest_bytes_per_second(asked: list[tuple[str, float]]) -> float:
    """Return the most that trains which begin when asked put on the way in a second."""
    times = [at for _, at in asked]
    most = max(sum(at <= other < at + TRAIN_SECONDS for other in times) for at in times)
    return most * TRAIN_BYTES / TRAIN_SECONDS


def test_faulty_points_are_named_before_a_meeting_and_repaired_ones_turn_green(
    tmp_path: Path,
    rooms: tuple[dict[str, tuple[str, int]], list[Baresip]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    places, endpoints = rooms
    measure_for_real(monkeypatch, REAL)
    province = RehearsedProvince(tmp_path, inventory_of(places), script(), BEGINS, OPTIONS)
    try:
        _rehearse(province, endpoints[-1])
    finally:
        province.centre.close()


def _rehearse(province: RehearsedProvince, dead_room: Baresip) -> None:
    centre = province.centre
    centre.post(
        "/v1/conferences",
        {
            "title": "Giao ban",
            "starts_at": MEETING_AT,
            "duration_minutes": 120,
            "all_points": True,
            "platform": PLATFORM,
        },
    )
    faulty = set(EXPECTED)
    for _ in province.minutes(2):
        pass
    for number in range(1, POINTS + 1):
        tick(province, number, microphone=number == 17)
    dead_room.switch_off()
    planned = plan_power_cut(province)
    ready_faulty: list[tuple[float, set[int]]] = []
    for now in province.minutes(6):
        found = {number for number, one in board(province).items() if one["state"] == "ready"}
        # A fault is seen within three intervals, as everywhere.
        if now >= BEGINS + BROKEN_AT + 180:
            ready_faulty.append((now, found & faulty))

    # T-60.
    seen = board(province)
    named = {number for number, (_, codes) in EXPECTED.items() if codes & set(why(seen[number]))}
    print(f"T-60: {len(named)} of {len(faulty)} faulty points named; load:", _load(province))
    assert {number: why(seen[number]) for number in faulty - named} == {}
    assert [found for _, found in ready_faulty if found] == []
    assert {n for n, one in seen.items() if one["state"] != "ready"} == faulty
    assert "VNPT" in seen[7]["call"]
    assert "Văn phòng" in seen[int(DEAD_ROOM[-3:])]["call"]

    # The repairs.
    for now in province.minutes(2):
        found = {number for number, one in board(province).items() if one["state"] == "ready"}
        assert found & faulty == set(), now
    dead_room.switch_on()
    centre.post(f"/v1/maintenance/{planned}", {"action": "end"})
    for number in (2, WITH_UPS, 17):
        tick(province, number)
    for _ in province.minutes(8):
        pass

    # T-50.
    after = board(province)
    assert {n: why(one) for n, one in after.items() if one["state"] != "ready"} == {
        number: ["power_cuts_today"]
        for number in LASTING
        if "power_cuts_today" in why(after[number])
    }
    _check_load(province)
    _check_record(province)


def _load(province: RehearsedProvince) -> str:
    asked = province.again.asked
    busiest = busiest_bytes_per_second(asked) * 8 / 1000 if asked else 0.0
    return f"{busiest:.0f} kbit/s"


def _check_load(province: RehearsedProvince) -> None:
    """Every site was asked once before each sweep, and the budget held."""
    asked = province.again.asked
    assert len(asked) == 2 * POINTS
    for sweep in (asked[:POINTS], asked[POINTS:]):
        assert len({site for site, _ in sweep}) == POINTS
        assert busiest_bytes_per_second(sweep) <= OPTIONS.budget_kbit_per_second * 1000 / 8


def _check_record(province: RehearsedProvince) -> None:
    """See that the record tells what both sweeps found of a point and what was repaired."""
    desk = province.centre.conferences
    meeting = desk.meeting("giao-ban-2026-11-25")
    sweeps, ticks = province.centre._run(desk.history(meeting))
    content = workbook(desk.inventory(), meeting, sweeps, ticks, ())
    sheet = openpyxl.load_workbook(BytesIO(content)).active
    assert sheet is not None
    rows = {str(row[0]): row for row in sheet.iter_rows(values_only=True)}
    silent = rows["Trụ sở xã 8 (xa-008/vc)"]
    assert str(silent[1]).startswith("Chưa sẵn sàng: Thiết bị điểm cầu không trả lời")
    assert silent[2] == "Sẵn sàng"
    assert "đã khắc phục" in str(silent[4])
