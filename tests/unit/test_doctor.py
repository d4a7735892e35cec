"""`govnet doctor`: what is missing is named with what to do; what is there is not nagged about."""

import json
from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path

import msgspec
import pytest

from collector.backup.note import Note
from collector.doctor.looking.prometheus import Prometheus, Target
from collector.doctor.records import Finding, Level, Running, Seen
from collector.doctor.screen import as_json, count, lines
from collector.doctor.table import CHECKS, examine
from collector.store.known_agents import PENDING, AgentRow
from collector.store.tokens import TokenRow
from collector.web.answers import AgentList, AgentSummary, CollectorTold, SiteList, SiteSummary
from collector.wire import AgentIdentity
from inventory.model import (
    Contact,
    Device,
    DeviceKind,
    FarEnd,
    Inventory,
    Lifecycle,
    Machine,
    MachineCount,
    Reflector,
    Site,
)

NOW = 1_795_865_400.0
DAY_SECONDS = 86_400.0
GOLDEN = Path(__file__).parents[1] / "golden" / "cli"


def agent(machine: str, **more: object) -> AgentRow:
    site, _, name = machine.partition("/")
    identity = AgentIdentity(name, site, machine if site else "")
    return AgentRow(identity, NOW - 9.0, None, **more)  # type: ignore[arg-type]


def answered(agents: Iterable[AgentRow], statuses: dict[str, str], **more: object) -> Running:
    about = {
        "version": "0.1.0",
        "started_at": NOW - 600.0,
        "inventory": "inventory.yaml",
        "url": None,
        "certificate_expires_at": NOW + 300 * DAY_SECONDS,
        "scraped_at": NOW - 15.0,
        "receivers": ["prom"],
        "credentials_missing": [],
    } | more
    sites = [
        SiteSummary(
            id=site,
            name=f"Trụ sở {site}",
            unit="xa",
            unit_name="Xã",
            status=status,
            cause=None,
            since=NOW,
            last_sign_at=None,
            machines=None,
        )
        for site, status in statuses.items()
    ]
    told = [
        AgentSummary(
            agent=row.identity.agent,
            site=row.identity.site,
            machine=row.identity.machine,
            state=row.state,
            enrolled_at=row.enrolled_at,
            revoked_at=None,
            up=True,
            last_report_at=NOW,
            last_received_at=NOW,
            interval_seconds=60.0,
            skew_seconds=0.0,
        )
        for row in agents
    ]
    return Running(CollectorTold(**about), SiteList(NOW, sites), AgentList(told))  # type: ignore[arg-type]


def complete(site: Site, **more: object) -> Site:
    """Return a site of which everything is known."""
    links = tuple(
        msgspec.structs.replace(one, circuit="TB-1", next_hop="10.68.1.254") for one in site.links
    )
    given = {
        "latitude": 11.75,
        "longitude": 108.5,
        "networks": ("10.68.1.0/24",),
        "contacts": (Contact(role="văn phòng", telephone="0000"),),
        "links": links,
        "machines": (),
        "machine_counts": (),
    } | more
    return msgspec.structs.replace(site, **given)  # type: ignore[arg-type]


@pytest.fixture
def whole(small_province: Inventory, tmp_path: Path) -> Seen:
    """Return a province of which nothing is missing."""
    machine = Machine(id="trung-tam/giam-sat", profile="server", vantage=True)
    sites = {
        site: complete(found)
        for site, found in small_province.sites.items()
        if site not in {"trung-tam", "xa-f"}
    }
    sites["trung-tam"] = complete(small_province.sites["trung-tam"], machines=(machine,))
    province = msgspec.structs.replace(
        small_province.province, reflector=Reflector(address="10.68.0.9")
    )
    centre = agent("trung-tam/giam-sat")
    return Seen(
        now=NOW,
        inventory_file=Path("inventory.yaml"),
        data=tmp_path / "govnet-data",
        inventory=msgspec.structs.replace(small_province, province=province, sites=sites),
        git="clean",
        is_begun=True,
        public_url="https://198.18.0.10:8470",
        running=answered([centre], {"trung-tam": "up", "xa-a": "up", "xa-b": "down"}),
        master_key_file=tmp_path / "govnet-data.master-key",
        agents=(centre,),
        prometheus=Prometheus(
            url="http://127.0.0.1:9090",
            targets=(Target("http://127.0.0.1:8470/metrics/verdicts", True, NOW - 15.0),),
            alertmanagers=("http://127.0.0.1:9093",),
        ),
        backup=Note(made_at=NOW - 3_600.0, file="/var/lib/govnet-backup/govnet.tar.gz"),
    )


@pytest.fixture
def missing(whole: Seen, small_province: Inventory) -> Seen:
    """Return the evening of the first day."""
    waiting = agent("/5e6f7081", state=PENDING, hostname="MAY-1", host="198.18.7.9")
    token = TokenRow("0a1b2c3d", "xa-b", 500, 469, NOW - DAY_SECONDS, NOW + DAY_SECONDS, None)
    spent = TokenRow("1b2c3d4e", "xa-a", 1, 0, NOW, NOW + 9 * DAY_SECONDS, None)
    return msgspec.structs.replace(
        whole,
        inventory=small_province,
        to_mend=("sites.yaml:25", "sites.yaml:26"),
        git="none",
        running=answered(
            whole.agents,
            {f"xa-{number}": "never_seen" for number in range(5)} | {"xa-a": "up"},
            certificate_expires_at=NOW + 3 * DAY_SECONDS,
            scraped_at=None,
            receivers=[],
            credentials_missing=["credentials: snmp: expected 'ups', got none"],
        ),
        agents=(*whole.agents, waiting),
        tokens=(token, spent),
        backup=Note(),
    )


def texts(seen: Seen, level: Level) -> list[str]:
    return [one.text for some in examine(seen).values() for one in some if one.level is level]


def test_a_province_of_which_nothing_is_missing_is_not_nagged(whole: Seen):
    assert texts(whole, Level.MUST) == texts(whole, Level.SHOULD) == []
    assert len(texts(whole, Level.GOOD)) == 15
    assert list(lines(examine(whole), has_all=False))[-1] == "Tóm lại: không còn việc gì."


def test_the_evening_of_the_first_day_is_told_as_recorded(
    missing: Seen, golden: Callable[[Path, str], None]
):
    short = "\n".join(lines(examine(missing), has_all=False)) + "\n"

    golden(GOLDEN / "govnet-doctor.screen", short.replace(str(missing.data.parent), "THƯ-MỤC"))


def test_every_finding_says_what_to_do_about_it(missing: Seen):
    found = [one for some in examine(missing).values() for one in some]

    assert all(one.do for one in found if one.level is not Level.GOOD)
    assert not any(one.do for one in found if one.level is Level.GOOD)


def test_all_names_are_told_when_asked_for_and_to_programs(missing: Seen):
    findings = examine(missing)

    assert "và 2 nữa (--all: kể hết)" in "\n".join(lines(findings, has_all=False))
    every = list(lines(findings, has_all=True))
    assert "        - xa-4 (Trụ sở xa-4)" in every
    told = json.loads(as_json(findings))
    assert [len(one["names"]) for one in told["judged"]] == [5, 0]
    assert list(told) == [subject for subject, _, _ in CHECKS]


@pytest.mark.parametrize(
    ("changes", "level", "words"),
    [
        ({"inventory": None, "inventory_problems": ("a.yaml:1:1: x",)}, Level.MUST, "có lỗi"),
        ({"git": "changed"}, Level.SHOULD, "thay đổi chưa ghi"),
        ({"is_begun": False, "running": None}, Level.MUST, "chưa bộ thu nào chạy"),
        ({"running": None, "trouble": "no collector answers"}, Level.MUST, "không trả lời"),
        ({"agents": ()}, Level.MUST, "chưa có tác tử"),
        ({"data_problems": ("the master key is away",)}, Level.MUST, "không đọc được cơ sở"),
    ],
)
def test_each_thing_that_is_missing_is_told(
    whole: Seen, changes: dict[str, object], level: Level, words: str
):
    found = texts(msgspec.structs.replace(whole, **changes), level)

    assert [words in text for text in found].count(True) == 1


@pytest.mark.parametrize(
    ("about", "level", "words"),
    [
        ({"certificate_expires_at": NOW - 1.0}, Level.MUST, "đã hết hạn"),
        ({"certificate_expires_at": NOW + DAY_SECONDS}, Level.SHOULD, "hết hạn ngày"),
        ({"scraped_at": NOW - 3600.0}, Level.SHOULD, "chưa thấy Prometheus"),
        ({"receivers": []}, Level.SHOULD, "khoảng trống"),
    ],
)
def test_each_thing_that_the_collector_lacks_is_told(
    whole: Seen, about: dict[str, object], level: Level, words: str
):
    running = answered(whole.agents, {"xa-a": "up"}, **about)
    (found,) = texts(msgspec.structs.replace(whole, running=running), level)

    assert words in found


def test_without_tls_only_a_proxy_in_front_lets_others_in(whole: Seen):
    running = answered(whole.agents, {"xa-a": "up"}, certificate_expires_at=None)
    behind = msgspec.structs.replace(whole, running=running)
    alone = msgspec.structs.replace(behind, public_url="http://127.0.0.1:8470")

    assert texts(behind, Level.MUST) == []
    assert ["chưa có TLS" in text for text in texts(alone, Level.MUST)] == [True]


def test_a_master_key_within_the_data_is_told(whole: Seen):
    inside = msgspec.structs.replace(whole, master_key_file=whole.data / "key")
    credential = msgspec.structs.replace(whole, master_key_file=None)

    assert ["bản sao lưu" in text for text in texts(inside, Level.MUST)] == [True]
    assert texts(credential, Level.MUST) == []


def test_an_agent_of_the_centre_that_is_silent_is_told(whole: Seen):
    silent = msgspec.structs.replace(whole, running=answered([], {"xa-a": "up"}))

    assert ["không báo cáo" in text for text in texts(silent, Level.MUST)] == [True]


def test_agents_of_sites_that_the_inventory_lacks_are_told(whole: Seen):
    """A restored collector that was started with the inventory of another province."""
    agents = (*whole.agents, agent("duc-trong/pc-1"))
    found = texts(msgspec.structs.replace(whole, agents=agents), Level.MUST)

    assert ["1 tác tử thuộc điểm không có trong danh mục" in text for text in found] == [True]


def test_an_old_count_and_places_that_nobody_fills_are_told(whole: Seen):
    assert whole.inventory is not None
    counts = (MachineCount(profile="pc", count=12, as_of=date(2025, 1, 2), source="kiểm kê"),)
    sites = whole.inventory.sites | {"xa-a": complete(whole.inventory.sites["xa-a"])}
    sites["xa-a"] = msgspec.structs.replace(sites["xa-a"], machine_counts=counts)
    inventory = msgspec.structs.replace(whole.inventory, sites=sites)

    found = texts(msgspec.structs.replace(whole, inventory=inventory), Level.SHOULD)

    assert found == [
        "12 trong 13 máy đã khai chưa có tác tử",
        "1 điểm có số máy đếm đã hơn 365 ngày",
    ]


def test_a_site_of_a_unit_that_ended_is_told(whole: Seen):
    assert whole.inventory is not None
    unit = whole.inventory.sites["xa-a"].assignments[0].unit
    retired = msgspec.structs.replace(whole.inventory.units[unit], lifecycle=Lifecycle.RETIRED)
    inventory = msgspec.structs.replace(
        whole.inventory, units=whole.inventory.units | {unit: retired}
    )

    found = texts(msgspec.structs.replace(whole, inventory=inventory), Level.SHOULD)

    there = [one for one in whole.sites if one.unit_on(date(2026, 11, 29)) == unit]
    assert found == [f"{len(there)} điểm còn gắn với đơn vị đã hết hiệu lực"]


def test_a_circuit_that_no_hop_tells_from_its_carrier_is_told(whole: Seen):
    assert whole.inventory is not None
    site = whole.inventory.sites["xa-a"]
    links = tuple(
        msgspec.structs.replace(one, next_hop=None, far_end=FarEnd(site="trung-tam"))
        for one in site.links
    )
    sites = whole.inventory.sites | {"xa-a": msgspec.structs.replace(site, links=links)}
    inventory = msgspec.structs.replace(whole.inventory, sites=sites)

    (found,) = texts(msgspec.structs.replace(whole, inventory=inventory), Level.SHOULD)

    assert found.startswith("1 điểm chưa ghi địa chỉ đầu trung tâm")


@pytest.mark.parametrize(
    ("kind", "is_marked", "is_told"),
    [
        (DeviceKind.SWITCH, False, True),
        (DeviceKind.SWITCH, True, False),
        (DeviceKind.UPS, False, False),  # A PC goes off with the mains, the centre goes on asking.
    ],
)
def test_a_device_that_the_centre_alone_asks_is_told_but_for_a_ups(
    whole: Seen, kind: DeviceKind, *, is_marked: bool, is_told: bool
):
    assert whole.inventory is not None
    site = complete(
        whole.inventory.sites["xa-a"],
        devices=(
            *whole.inventory.sites["xa-a"].devices,
            Device(id="xa-a/them", kind=kind, address="10.68.1.9", snmp="public"),
        ),
        machines=(Machine(id="xa-a/pc-1", profile="pc", vantage=is_marked),),
    )
    inventory = msgspec.structs.replace(
        whole.inventory, sites=whole.inventory.sites | {"xa-a": site}
    )

    found = texts(msgspec.structs.replace(whole, inventory=inventory), Level.SHOULD)

    assert any("chỉ trung tâm hỏi" in text for text in found) is is_told


@pytest.mark.parametrize(("site", "is_told"), [("xa-b", True), ("xa-a", False), (None, False)])
def test_a_token_that_is_used_up_is_told_where_no_other_one_helps(
    missing: Seen, site: str | None, *, is_told: bool
):
    other = TokenRow("2c3d4e5f", site, 9, 9, NOW, NOW + 9 * DAY_SECONDS, None)
    found = texts(msgspec.structs.replace(missing, tokens=(*missing.tokens, other)), Level.SHOULD)

    assert any("đã dùng hết số lần" in text for text in found) is is_told


def test_most_urgent_first(missing: Seen):
    for some in examine(missing).values():
        order = [list(Level).index(one.level) for one in some]
        assert order == sorted(order)
    assert count(examine(missing), Level.MUST) == 2
    assert isinstance(examine(missing)["files"][0], Finding)


@pytest.mark.parametrize(
    ("note", "level", "told"),
    [
        (Note(), Level.SHOULD, "chưa có bản sao lưu nào"),
        (Note(made_at=NOW - 31 * 3_600.0), Level.SHOULD, "mới nhất đã cũ: 27/11/2026 11:30"),
        (
            Note(made_at=NOW - 60.0, failures=1, failed_at=NOW, failure="no space left"),
            Level.MUST,
            "no space left",
        ),
    ],
)
def test_a_backup_that_is_missing_old_or_failed_is_told(
    whole: Seen, note: Note, level: Level, told: str
):
    (found,) = texts(msgspec.structs.replace(whole, backup=note), level)

    assert told in found
