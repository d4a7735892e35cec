"""The first day, scripted: from a bare folder to a judged province, then thirty-two PCs.

Everything is real: the commands a person types, the workbook, the collector over TLS, the centre's
agent whose probes reach the sites' addresses, and an agent on every PC. `pytest -s` prints how long
each step took and how many commands were typed.
"""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.e2e.first_day.day import COLLECTOR, Day
from tests.e2e.first_day.network import CENTRE_ADDRESS, NOWHERE, Roads
from tests.e2e.first_day.pc import Pc
from tests.e2e.first_day.workbook import SITES, Written, edit_files, fill_in

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900)]

SILENT = frozenset((17, 68, 103, 151, 206))
"""Sites whose declared address nobody answers at."""
INTERVAL = "15"
"""Seconds between reports, so that the day is not spent waiting."""
BY_SITE, BY_CODE, BY_NETWORK = range(1, 11), range(21, 31), range(41, 51)
"""Numbers of the sites in which ten PCs each join."""
BOUND = 5
"""The first PC by site token is declared by itself there, with its serial number or asset tag."""


@pytest.fixture
def day(tmp_path: Path) -> Iterator[Day]:
    roads = Roads()
    day = Day(roads, tmp_path)
    try:
        roads.build(SITES, SILENT)
        roads.plug_in("nowhere", f"{NOWHERE}.2")
        yield day
    finally:
        day.end()
        roads.close()


def declared_machine(number: int) -> dict[str, str]:
    """Return the row of a machine that stands in the workbook by its label."""
    label = (
        {"Số máy (serial)": f"PC{number:05d}X"}
        if number % 2
        else {"Mã tài sản": f"TS-{number:04d}"}
    )
    return {"Mã máy": "mot-cua", "Tên": "Máy một cửa", "Loại máy": "Máy tính làm việc"} | label


def build_inventory(day: Day) -> list[Written]:
    """Make the inventory: from the bare folder to 206 sites that `check` finds correct."""
    with day.step("govnet init, edit what it marks") as step:
        day.govnet("init", "--province", "68", "--centre-machine", "giam-sat", "lam-dong")
        day.folder /= "lam-dong"
        step.edits = edit_files(day.folder)
    with day.step("workbook: template, fill in, import") as step:
        day.govnet("inventory", "template", "sites.xlsx")
        rows = {number: [declared_machine(number)] for number in range(1, BOUND + 1)}
        written = fill_in(day.folder / "sites.xlsx", rows)
        step.edits = 1
        day.govnet("inventory", "import", "sites.xlsx", "--yes")
        day.govnet("inventory", "check")
    assert len(written) == SITES
    return written


def test_from_a_bare_folder_to_a_judged_province_with_its_first_pcs(day: Day):
    sites = build_inventory(day)
    by_number = {site.number: site for site in sites}

    with day.step("govnet tls init, serve"):
        day.govnet("tls", "init", "--name", CENTRE_ADDRESS)
        day.serve("--config", "collector.toml", "--report-interval", INTERVAL)

    with day.step("the centre's agent; every site is judged") as step:
        token = day.govnet("token", "create", "--site", "ttdl", "--url", COLLECTOR)
        centre = day.unpack("centre", "giam-sat")
        assert "Máy: ttdl/giam-sat" in centre.enrol(token)
        centre.start()
        step.at_pcs = 2
        silent = {by_number[number].id for number in SILENT}
        expected = {site.id: "down" if site.id in silent else "up" for site in sites}
        expected["ttdl"] = "up"
        day.wait("every site has its verdict", lambda: day.statuses() == expected, 180)

    join(day, by_number)
    approve_the_rest(day, by_number[60])

    with day.step("govnet doctor"):
        said = day.govnet("doctor")
    assert "tác tử của trung tâm (ttdl) đang báo cáo" in said
    assert "Tóm lại: không còn việc phải làm" in said

    print(f"\n{day.told()}")
    assert Counter(day.statuses().values()) == {"up": SITES + 1 - len(SILENT), "down": len(SILENT)}


def join(day: Day, by_number: dict[int, Written]) -> None:
    """Let thirty PCs join in the three ways; each is in its site without an edit."""
    expected: dict[str, str] = {}
    enrolments: list[tuple[Pc, str, tuple[str, ...]]] = []
    with day.step("thirty PCs join in three ways") as step:
        province = day.govnet("token", "create", "--province", "--uses", "500", "--url", COLLECTOR)
        for number in BY_SITE:
            site = by_number[number].id
            word = day.govnet("token", "create", "--site", site, "--url", COLLECTOR)
            label = {"serial": f"PC{number:05d}X", "tag": f"TS-{number:04d}"}
            pc = day.unpack("nowhere", f"pc-diem-{number}", **label)
            enrolments.append((pc, word, ()))
            expected[pc.hostname] = site
        for number in BY_CODE:
            pc = day.unpack("nowhere", f"pc-ma-{number}")
            enrolments.append((pc, province, ("--code", by_number[number].code.lower())))
            expected[pc.hostname] = by_number[number].id
        for number in BY_NETWORK:
            day.roads.plug_in(f"lan{number}", f"198.18.{number}.20")
            pc = day.unpack(f"lan{number}", f"pc-mang-{number}")
            enrolments.append((pc, province, ()))
            expected[pc.hostname] = by_number[number].id
        with ThreadPoolExecutor(4) as hands:
            said = list(hands.map(lambda one: one[0].enrol(one[1], *one[2]), enrolments))
        for pc, _, _ in enrolments:
            pc.start()
        step.at_pcs = 2 * len(enrolments)
        assert [text.count("Đã kết nối với trung tâm") for text in said] == [1] * 30

        agents = {pc.identity["agent"]: expected[pc.hostname] for pc, _, _ in enrolments}

        def are_in_their_sites() -> bool:
            told = day.agents()
            return all(told[one]["up"] and told[one]["site"] == agents[one] for one in agents)

        day.wait("thirty agents report in their sites", are_in_their_sites, 120)

    with day.step("five PCs bind to what is declared"):
        bound = {
            day.pcs[f"pc-diem-{number}"].identity["agent"]: f"{by_number[number].id}/mot-cua"
            for number in BY_SITE[:BOUND]
        }
        day.wait(
            "machines are known by serial number or asset tag",
            lambda: all(day.agents()[one]["machine"] == name for one, name in bound.items()),
            120,
        )
    assert "agent bound by its facts" in day.govnet("agents", "changes")


def approve_the_rest(day: Day, site: Written) -> None:
    """Let two PCs of which nobody knows the site wait, and be approved together."""
    with day.step("two PCs wait and are approved") as step:
        word = day.govnet("token", "create", "--province", "--uses", "2", "--url", COLLECTOR)
        waiting = [day.unpack("nowhere", f"pc-cho-{number}") for number in (1, 2)]
        said = [pc.enrol(word) for pc in waiting]
        assert all("Chờ duyệt" in text for text in said)
        for pc in waiting:
            pc.start()
        step.at_pcs = 5
        day.wait("status says that it waits", lambda: "CHỜ DUYỆT" in waiting[0].status(), 90)
        with ThreadPoolExecutor(1) as hands:
            told = hands.submit(waiting[1].enrol, word, "--wait", "90")
            assert day.govnet("agents", "list", "--pending").count("pending") == 2
            day.govnet("agents", "approve", "--from", f"{NOWHERE}.0/24", "--site", site.id)
            assert f"Điểm: {site.id}" in told.result(120)
        day.wait("the officer reads it", lambda: "Đã kết nối" in waiting[0].status(), 90)
    told_agents = day.agents()
    assert {told_agents[pc.identity["agent"]]["site"] for pc in waiting} == {site.id}
