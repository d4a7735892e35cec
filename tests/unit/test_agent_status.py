"""`govnet-agent status`: one screen that a technician can act on."""

import json
import os
import stat
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from pathlib import Path

import psutil
import pytest

from agent.config import Config, Identity, Secret
from agent.onsite.advice import ADVICE, advice
from agent.onsite.status import WIDTH, View, collect, kinds_of_trouble, status, vietnamese_lines
from agent.onsite.status_file import FILE_NAME, StatusFile, read_status
from agent.sending.last_sent import LastSent, write_last_sent
from agent.spool.spool import Spool
from agent.transport.address import parse_collector
from govnet.report import REFUSALS, Duty
from govnet.settings import Settings, encode

GOLDEN = Path(__file__).parents[1] / "golden" / "cli"
NOW = 1_795_865_400.0
ENROLMENT_ONLY = {"bad_token", "token_expired", "token_used_up", "unknown_site_code"}
PEOPLE_ONLY = {"forbidden"}

WELL = View(
    now=NOW,
    agent="xa-don-duong.pc-001",
    site="xa-don-duong",
    machine="xa-don-duong/pc-001",
    is_running=True,
    running_since=NOW - 36_000,
    version="0.1.0",
    delivered={
        "at": NOW - 19,
        "address": "https://198.18.0.10:8443",
        "path": "tslcd",
        "reports": 1,
    },
    clock_offset_seconds=0.2,
)
ILL = replace(
    WELL,
    delivered=WELL.delivered and WELL.delivered | {"at": NOW - 14_400, "path": "internet"},
    waiting_reports=241,
    waiting_bytes=1_234_567,
    waiting_since=NOW - 14_390,
    dropped=12,
    refused=3,
    refused_newest=((77, "seq_conflict"), (61, "bad_report")),
    torn=1,
    clock_offset_seconds=-7200.5,
    disk_trouble="/var/lib/govnet-agent/spool/reports: No space left on device",
    write_failures=4,
    bytes_per_hour=120_000,
    held_back={"backlog": 9, "live": 2},
    trouble={
        "kind": "certificate",
        "detail": "the certificate is not the collector's: certificate has expired",
        "at": NOW - 30,
        "address": "https://198.18.0.10:8443",
    },
)
NEW = View(now=NOW, agent="xa-don-duong.pc-001")
WAITING = View(
    now=NOW,
    agent="1a2b3c4d5e6f7081",
    is_running=True,
    running_since=NOW - 90,
    version="0.1.0",
    waiting_reports=2,
    waiting_bytes=812,
    waiting_since=NOW - 88,
    trouble={
        "kind": "pending",
        "detail": "pending",
        "at": NOW - 9,
        "address": "https://198.18.0.10:8443",
    },
)


@pytest.fixture(autouse=True)
def _office_time(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "Asia/Ho_Chi_Minh")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize(
    ("name", "view"), [("well", WELL), ("ill", ILL), ("new", NEW), ("waiting", WAITING)]
)
def test_the_screen_is_as_recorded_and_fits_a_terminal(
    golden: Callable[[Path, str], None], name: str, view: View
):
    lines = list(vietnamese_lines(view))

    assert max(map(len, lines)) <= WIDTH < 80
    assert len(lines) <= 24 + 6 * (name == "ill")
    golden(GOLDEN / f"govnet-agent-status-{name}.screen", "\n".join(lines) + "\n")


@pytest.mark.parametrize(
    ("view", "said"),
    [
        (WELL, "Đã kết nối; trung tâm nhận báo cáo lúc"),
        (ILL, "MẤT KẾT NỐI từ sau"),
        (NEW, "CHƯA BIẾT: tác tử không chạy"),
        (replace(NEW, is_running=True), "đang kết nối"),
        (replace(NEW, is_running=True, trouble={"kind": "no_route"}), "CHƯA KẾT NỐI ĐƯỢC"),
        (WAITING, "CHỜ DUYỆT"),
    ],
)
def test_the_first_thing_said_is_whether_it_is_connected(view: View, said: str):
    named = [line for line in vietnamese_lines(view) if line.startswith("Kết nối:")]

    assert [said in line for line in named] == [True]


def test_every_error_that_sending_can_meet_has_its_advice():
    refusals = {reason for reason, one in REFUSALS.items() if one.duty is not Duty.SET_ASIDE}
    channel = {"certificate", "timeout", "refused", "no_route", "name", "network", "foreign_answer"}

    assert refusals - ENROLMENT_ONLY - PEOPLE_ONLY | channel <= ADVICE.keys()
    assert advice("never heard of").startswith("Báo người quản trị")


def test_what_is_wrong_is_listed_with_the_most_urgent_first():
    assert kinds_of_trouble(WELL) == []
    assert kinds_of_trouble(replace(ILL, is_running=False)) == [
        "not_running",
        "disk",
        "certificate",
        "clock",
    ]


class FixedClock:
    def __init__(self) -> None:
        self.elapsed = 0.0

    def time(self) -> float:
        return NOW + self.elapsed

    def monotonic(self) -> float:
        return 100.0 + self.elapsed


@pytest.fixture
def config(tmp_path: Path) -> Config:
    identity = Identity("pc-1-agent", "k1", Secret(b"k" * 32))
    return Config((parse_collector("http://127.0.0.1:1"),), identity, None, tmp_path)


def test_a_stopped_agents_spool_is_counted_and_it_is_said_to_be_stopped(
    config: Config, capsys: pytest.CaptureFixture[str]
):
    settings = Settings(agent="pc-1-agent", site="xa", machine="xa/pc-1", send_bytes_per_hour=99)
    (config.state_dir / "settings.json").write_bytes(encode(settings))
    with Spool(config.state_dir / "spool", clock=lambda: NOW) as spool:
        for _ in range(5):
            seq = spool.next_seq()
            spool.add(seq, b"report")
        spool.accept([5])
        spool.quarantine({2: "bad_report"})

    assert status(config, as_json=True) == 1
    seen = json.loads(capsys.readouterr().out)

    assert (seen["waiting_reports"], seen["waiting_bytes"], seen["waiting_since"]) == (3, 18, NOW)
    assert (seen["refused"], seen["refused_newest"]) == (1, [[2, "bad_report"]])
    assert (seen["machine"], seen["bytes_per_hour"]) == ("xa/pc-1", 99)
    assert seen["is_running"] is False


def test_a_running_agent_is_known_by_its_process_not_by_a_number(config: Config):
    present = psutil.Process()
    left = {"pid": os.getpid(), "process_started_at": present.create_time(), "started_at": NOW}
    clock = FixedClock()
    StatusFile(config.state_dir, clock, lambda: left).note()
    assert collect(config, NOW).is_running

    left["process_started_at"] -= 1000
    clock.elapsed = 10
    StatusFile(config.state_dir, clock, lambda: left).note()
    assert not collect(config, NOW).is_running


def test_the_file_is_written_on_change_and_not_again_within_moments(tmp_path: Path):
    clock = FixedClock()
    state = {"number": 1}
    file = StatusFile(tmp_path, clock, lambda: dict(state))
    file.note()
    state["number"] = 2
    file.note()
    assert read_status(tmp_path)["number"] == 1

    clock.elapsed = 5
    file.note()
    assert read_status(tmp_path)["number"] == 2


def test_where_no_new_file_can_be_made_the_old_one_is_written_over(tmp_path: Path):
    """A full disk is what somebody wants to see; a folder in the way stands for it here."""
    clock = FixedClock()
    state = {"number": 1}
    file = StatusFile(tmp_path, clock, lambda: dict(state))
    file.note()
    (tmp_path / f"{FILE_NAME}.new").mkdir()
    state["number"], clock.elapsed = 2, 5

    file.note()

    assert read_status(tmp_path)["number"] == 2


def test_what_is_left_for_looking_is_readable_for_the_service_account_only(tmp_path: Path):
    """An installer may have made the folder readable for others."""
    StatusFile(tmp_path, FixedClock(), dict).note()
    write_last_sent(tmp_path, LastSent(NOW, "https://198.18.0.10", b"body"))

    assert {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()} == {
        "status.json": 0o600,
        "last-sent": 0o600,
    }


def test_a_status_file_that_was_damaged_is_no_error(config: Config):
    (config.state_dir / FILE_NAME).write_bytes(b"\0" * 2048)

    assert asdict(collect(config, NOW))["trouble"] is None
