"""`govnet doctor` on the centre's machine and its programs: every fault by itself, none if well."""

from collections.abc import Iterable
from pathlib import Path

import msgspec
import pytest

from collector.config import Config
from collector.doctor import (
    alerting,
    certificates,
    clock,
    dashboards,
    history,
    room,
    scraping,
    storage,
    versions,
)
from collector.doctor.looking.alertmanager import Alertmanager
from collector.doctor.looking.certificates import Certificates
from collector.doctor.looking.database import Database
from collector.doctor.looking.grafana import Grafana
from collector.doctor.looking.host import Access, Clock, Disk, Host
from collector.doctor.looking.prometheus import Prometheus, Target
from collector.doctor.looking.receiving import Receiver
from collector.doctor.looking.shipped import Board, Shipped
from collector.doctor.records import Check, Finding, Level, Running, Seen
from collector.history.options import RemoteWrite
from collector.web.answers import AgentList, AgentSummary, CollectorTold, SiteList

ROOT = Path(__file__).parents[2]
NOW = 1_795_865_400.0
DAY = 86_400.0
GIB = 1 << 30
DATA = Path("/var/lib/govnet")
URL = "http://127.0.0.1:9090"


def summary(machine: str, **more: object) -> AgentSummary:
    given = {
        "agent": machine,
        "site": "xa-a",
        "machine": machine,
        "state": "active",
        "enrolled_at": NOW - 30 * DAY,
        "revoked_at": None,
        "up": True,
        "last_report_at": NOW,
        "last_received_at": NOW,
        "interval_seconds": 60.0,
        "skew_seconds": 0.2,
    } | more
    return AgentSummary(**given)  # type: ignore[arg-type]


def answered(agents: Iterable[AgentSummary] = (), **more: object) -> Running:
    given = {
        "version": "0.10.0",
        "started_at": NOW - 600.0,
        "inventory": "inventory.yaml",
        "url": None,
        "certificate_expires_at": NOW + 300 * DAY,
        "scraped_at": NOW,
        "receivers": [],
        "credentials_missing": [],
        "versions": {"0.10.0": 3},
        "max_connections": 10_000,
        "open_files_limit": 10_100,
    } | more
    told = CollectorTold(**given)  # type: ignore[arg-type]
    return Running(told, SiteList(NOW, []), AgentList(list(agents)))


HOST = Host(
    clock=Clock("chrony", True, 0.001, "+07 +0700"),
    disk=Disk(100 * GIB, 50 * GIB, 1000, 900, GIB, GIB),
    access=Access("govnet", "govnet"),
    memory_bytes=8 * GIB,
    memory_free_bytes=4 * GIB,
)
CERTIFICATES = Certificates(
    expires_at=NOW + 300 * DAY, ca_expires_at=NOW + 3000 * DAY, is_served=True
)
DATABASE = Database(DATA / "govnet.sqlite3", "r0013", "r0013", is_checked=True, bytes=GIB)
PROMETHEUS = Prometheus(
    url=URL,
    targets=(Target("https://127.0.0.1:8470/metrics/verdicts", True, NOW - 9.0),),
    discovery_jobs=("govnet",),
    rules=("g: A", "g: B"),
    window_seconds=DAY,
    alertmanagers=("http://127.0.0.1:9093",),
)
SHIPPED = Shipped(("g: A", "g: B"), (Board("u1", "Toàn tỉnh", ("Điểm | up",)),))
WELL = Seen(
    now=NOW,
    inventory_file=Path("inventory.yaml"),
    data=DATA,
    config=Config(remote_write=(RemoteWrite(name="prom", url=f"{URL}/api/v1/write"),)),
    running=answered([summary("xa-a/1"), summary("xa-a/2"), summary("xa-a/3")]),
    shipped=SHIPPED,
    host=HOST,
    certificates=CERTIFICATES,
    database=DATABASE,
    receivers=(Receiver("prom", up=1.0, sent=9.0),),
    prometheus=PROMETHEUS,
    alertmanagers=(Alertmanager(url="http://127.0.0.1:9093", reached={"trực tỉnh": ("sms",)}),),
    grafana=Grafana(url="http://127.0.0.1:3000"),
)
CHECKS: tuple[Check, ...] = (
    *(clock.check, room.check, certificates.check, storage.check, scraping.check),
    *(history.check, alerting.check, dashboards.check, versions.check),
)


def bad(check: Check, **changes: object) -> list[Finding]:
    seen = msgspec.structs.replace(WELL, **changes)
    return [one for one in check(seen) if one.level is not Level.GOOD]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__module__)
def test_a_centre_that_is_well_has_only_good_findings(check: Check):
    found = list(check(WELL))

    assert found
    assert {one.level for one in found} == {Level.GOOD}


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__module__)
def test_what_could_not_be_looked_at_is_left_out(check: Check):
    nothing = Seen(now=NOW, inventory_file=Path("inventory.yaml"), data=DATA)

    assert list(check(nothing)) == []


def host(**changes: object) -> dict[str, object]:
    return {"host": msgspec.structs.replace(HOST, **changes)}


def prometheus(**changes: object) -> dict[str, object]:
    return {"prometheus": msgspec.structs.replace(PROMETHEUS, **changes)}


def tls(**changes: object) -> dict[str, object]:
    return {"certificates": msgspec.structs.replace(CERTIFICATES, **changes)}


def data(**changes: object) -> dict[str, object]:
    return {"database": msgspec.structs.replace(DATABASE, **changes)}


def skewed(*seconds: float, **more: object) -> dict[str, object]:
    agents = [summary(f"xa-a/{n}", skew_seconds=one) for n, one in enumerate(seconds)]
    return {"running": answered(agents)} | more


UNSET = {"host": msgspec.structs.replace(HOST, clock=Clock("kernel", False))}
DISK = HOST.disk or Disk(0, 0, 0, 0)
LATE = Target("http://a", True, NOW - 3600.0)
DOWN = Target("http://a", False, None, "connection refused")


@pytest.mark.parametrize(
    ("check", "changes", "level", "words"),
    [
        (clock.check, UNSET, "should", "chưa được đồng bộ"),
        (clock.check, host(clock=Clock("chrony", True, 40.0)), "must", "lệch 40 giây"),
        (clock.check, skewed(400.0, 0.0, 0.0), "should", "1 máy có tác tử lệch"),
        (
            clock.check,
            skewed(-60.0, -61.0, -62.0, host=msgspec.structs.replace(HOST, clock=Clock("", None))),
            "must",
            "đồng hồ trung tâm sai",
        ),
        (
            room.check,
            host(disk=msgspec.structs.replace(DISK, free_bytes=4 * GIB)),
            "must",
            "không ghi được nữa",
        ),
        (
            room.check,
            host(disk=msgspec.structs.replace(DISK, free_bytes=9 * GIB)),
            "should",
            "còn 9.0 GiB (9%)",
        ),
        (
            room.check,
            host(disk=msgspec.structs.replace(DISK, inbox_day_bytes=10 * GIB)),
            "should",
            "sẽ đầy sau 4 ngày",
        ),
        (
            room.check,
            host(disk=msgspec.structs.replace(DISK, free_files=10)),
            "must",
            "hết inode",
        ),
        (room.check, host(memory_free_bytes=GIB // 4), "should", "chỉ còn 256 MiB"),
        (
            room.check,
            host(access=Access("an", "govnet", is_readable=False)),
            "must",
            "người dùng an không đọc được",
        ),
        (
            room.check,
            host(access=Access("root", "govnet", open_to_others=("x (644)",))),
            "must",
            "người dùng khác vào được",
        ),
        (
            room.check,
            host(access=Access("root", "govnet", owned_by_others=("x (root)",))),
            "must",
            "không phải của govnet",
        ),
        (room.check, {"running": answered(open_files_limit=1024)}, "should", "chỉ mở được 1024"),
        (certificates.check, tls(open_keys=("k",)), "must", "người dùng khác đọc được"),
        (certificates.check, tls(problems=("x",)), "must", "không dùng được"),
        (certificates.check, tls(trouble="expired"), "must", "không bắt tay TLS được"),
        (certificates.check, tls(serves_other=True), "should", "chứng thư cũ"),
        (certificates.check, tls(lacks_name="thu.tinh"), "must", "không có tên «thu.tinh»"),
        (certificates.check, tls(ca_expires_at=NOW + DAY), "should", "CA của trung tâm hết hạn"),
        (certificates.check, tls(ca_expires_at=NOW - DAY), "must", "CA của trung tâm hết hạn"),
        (
            certificates.check,
            tls(expires_at=NOW - DAY) | {"running": None},
            "must",
            "chứng thư của bộ thu đã hết hạn",
        ),
        (storage.check, data(damage=("row 3 missing",)), "must", "bị hỏng"),
        (storage.check, data(revision="r0012"), "must", "còn ở bản r0012"),
        (storage.check, data(revision="r9", is_newer=True), "must", "phiên bản mới hơn"),
        (storage.check, data(log_bytes=GIB), "should", "1024 MiB"),
        (scraping.check, {"prometheus": None}, "should", "chưa biết Prometheus ở đâu"),
        (scraping.check, prometheus(trouble="không ai trả lời"), "must", "không hỏi được"),
        (scraping.check, prometheus(targets=()), "must", "không có đích nào của job «govnet»"),
        (scraping.check, prometheus(targets=(DOWN,)), "must", "không đọc được 1 trong 1 đích"),
        (scraping.check, prometheus(targets=(LATE,)), "must", "đã lâu không đọc"),
        (scraping.check, prometheus(rules=("g: A",)), "must", "thiếu 1 trong 2 quy tắc"),
        (scraping.check, prometheus(rule_errors=("g: A: x",)), "must", "không tính được"),
        (scraping.check, prometheus(window_seconds=0.0), "must", "là 0 giờ"),
        (scraping.check, prometheus(alertmanagers=()), "must", "không có Alertmanager"),
        (
            history.check,
            {"receivers": (Receiver("prom", lag_seconds=1200.0, failures=7.0),)},
            "must",
            "không nhận số liệu cũ, chậm 20 phút, 7 lần hỏng",
        ),
        (
            history.check,
            {"receivers": (Receiver("prom", up=1.0, lag_seconds=1200.0),)},
            "should",
            "đang chậm 20 phút",
        ),
        (
            history.check,
            {"receivers": (Receiver("prom", up=1.0, refused=3.0),)},
            "should",
            "từ chối hẳn 3 mẫu",
        ),
        (
            alerting.check,
            {"alertmanagers": (Alertmanager(url="http://a", trouble="x"),)},
            "must",
            "không hỏi được",
        ),
        (
            alerting.check,
            {"alertmanagers": (Alertmanager(url="http://a", reached={"thử": ()}),)},
            "should",
            "1 vai trò không tới ai",
        ),
        (
            alerting.check,
            {"alertmanagers": (Alertmanager(url="http://a", has_examples=True),)},
            "should",
            "còn địa chỉ mẫu",
        ),
        (dashboards.check, {"shipped": Shipped(problems=("x",))}, "must", "không đọc được"),
        (
            dashboards.check,
            {"shipped": Shipped(boards=SHIPPED.boards * 2)},
            "must",
            "cùng uid",
        ),
        (dashboards.check, {"grafana": Grafana(url="g", trouble="x")}, "should", "không hỏi được"),
        (dashboards.check, {"grafana": Grafana(url="g", missing=("a",))}, "should", "thiếu 1"),
        (dashboards.check, {"grafana": Grafana(url="g", different=("a",))}, "should", "khác với"),
        (
            versions.check,
            {"running": answered(versions={"0.10.0": 1, "0.9.3": 2, "simulated": 1})},
            "should",
            "3 tác tử cũ hơn trung tâm (0.10.0)",
        ),
        (
            versions.check,
            {"running": answered(versions={"0.11.0": 1})},
            "should",
            "1 tác tử mới hơn",
        ),
        (
            versions.check,
            {"running": answered([summary("a", up=False, last_received_at=NOW - 8 * DAY)])},
            "should",
            "không báo cáo đã hơn 7 ngày",
        ),
    ],
)
def test_each_fault_of_the_centre_is_told_with_what_to_do(
    check: Check, changes: dict[str, object], level: str, words: str
):
    (found,) = bad(check, **changes)

    assert (found.level, words in found.text, bool(found.do)) == (level, True, True), found


def test_a_clock_that_is_set_is_right_even_if_all_agents_disagree():
    (found,) = bad(clock.check, **skewed(400.0, 401.0, 402.0))

    assert found.level is Level.SHOULD


def test_a_disk_that_holds_all_the_days_that_are_kept_is_not_forecast_full():
    disk = msgspec.structs.replace(DISK, inbox_day_bytes=5 * GIB)

    assert bad(room.check, **host(disk=disk)) == []
