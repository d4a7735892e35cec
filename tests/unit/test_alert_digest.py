"""The digest of 07:00: open, changed since 17:00, corrected; and that it is sent once a day."""

import asyncio
import json
import socket
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from collector.alerts import digest
from collector.alerts.daily import Daily, is_due, sent_file
from collector.alerts.digest import Known, build, lasted, since_of
from collector.alerts.options import Alerts
from collector.verdict.notes import EvidenceNote
from collector.verdict.outages.records import Belief, Handling, Outage, Phase
from collector.verdict.spans import SpanKind
from govnet.errors import GovnetError
from inventory.model import Inventory

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")


def at(day: int, hour: int, minute: int = 0) -> float:
    """Return a time of October 2026."""
    return datetime(2026, 10, day, hour, minute, tzinfo=ZONE).timestamp()


NOW = at(13, 7)


def outage(
    site: str, start: float, end: float | None, cause: str = "link", count: int = 1
) -> Outage:
    phase = Phase(start, end, cause)
    return Outage(7, site, site, SpanKind.SITE, start, end, count, (phase,))


def belief(
    believed_at: float,
    end: float | None,
    *causes: str,
    start: float | None = None,
    is_outage: bool = True,
    because: tuple[EvidenceNote, ...] = (),
) -> Belief:
    began = at(12, 18) if start is None else start
    return Belief(7, believed_at, is_outage, began, end, causes, because)


def test_changes_are_told_from_17_of_the_day_before() -> None:
    assert since_of(NOW, "Asia/Ho_Chi_Minh") == at(12, 17)


def test_what_is_open_tells_since_when_why_and_who_has_it(small_province: Inventory) -> None:
    handled = Handling(assignee="tổ trực", ticket="VNPT-123", note="Đội kỹ thuật đang đi.")

    made = build(
        small_province,
        [
            Known(outage("xa-b", at(11, 14, 5), None, "link"), handled),
            Known(outage("xa-c", at(12, 20), None, "undetermined", count=3)),
            Known(outage("xa-d", at(12, 21), None, "power"), Handling(cause="carrier")),
        ],
        NOW,
    )

    assert made.open == (
        (
            "Trụ sở xa-b: từ 14:05 ngày 11/10/2026, nguyên nhân đường truyền; giao tổ trực, "
            "số phiếu VNPT-123, Đội kỹ thuật đang đi."
        ),
        (
            "Trụ sở xa-c: từ 20:00 ngày 12/10/2026, nguyên nhân chưa xác định, 3 lần chập chờn; "
            "chưa ai nhận việc."
        ),
        (
            "Trụ sở xa-d: từ 21:00 ngày 12/10/2026, nguyên nhân nhà mạng (người trực xác nhận); "
            "chưa ai nhận việc."
        ),
    )
    assert made.summary == (
        "Bản tin 07:00 ngày 13/10/2026: đang mất liên lạc 3 điểm, mới mất 2, đã có lại 0, "
        "sửa kết luận 0"
    )


def test_what_ended_before_17_is_not_told_again(small_province: Inventory) -> None:
    made = build(
        small_province,
        [
            Known(outage("xa-b", at(12, 14), at(12, 16, 59))),
            Known(outage("xa-c", at(12, 14), at(12, 17, 5))),
            Known(outage("xa-d", at(13, 1), None)),
        ],
        NOW,
    )

    assert made.changed == (
        "Trụ sở xa-d: mất liên lạc lúc 01:00 ngày 13/10/2026, chưa có lại.",
        "Trụ sở xa-c: có lại lúc 17:05 ngày 12/10/2026 sau 3 giờ 5 phút, nguyên nhân đường truyền.",
    )


def test_a_corrected_cause_is_told_with_its_evidence(small_province: Inventory) -> None:
    late = EvidenceNote("server_silent", ("xa-b/may-chu", at(12, 18)))
    beliefs = (
        belief(at(12, 18, 3), None, "undetermined"),
        belief(at(12, 21), at(12, 21), "undetermined"),
        belief(at(12, 21, 5), at(12, 21), "link", because=(late,)),
    )

    made = build(
        small_province, [Known(outage("xa-b", at(12, 18), at(12, 21)), beliefs=beliefs)], NOW
    )

    assert made.corrected == (
        (
            "Trụ sở xa-b: nguyên nhân sửa từ «chưa xác định» thành «đường truyền», vì: Máy "
            "xa-b/may-chu phải luôn bật nhưng đã im lặng từ 12/10/2026 18:00."
        ),
    )


def test_that_an_outage_ends_or_goes_on_with_another_cause_corrects_nothing(
    small_province: Inventory,
) -> None:
    beliefs = (
        belief(at(12, 18, 3), None, "power"),
        belief(at(12, 19), None, "power", "link"),
        belief(at(12, 21), at(12, 21), "power", "link"),
    )

    made = build(
        small_province, [Known(outage("xa-b", at(12, 18), at(12, 21)), beliefs=beliefs)], NOW
    )

    assert made.corrected == ()


def test_what_was_no_outage_is_told_as_corrected_and_nowhere_else(
    small_province: Inventory,
) -> None:
    beliefs = (
        belief(at(12, 18, 3), None, "link"),
        belief(at(12, 22), None, "link", is_outage=False),
    )

    made = build(small_province, [Known(outage("xa-b", at(12, 18), None), beliefs=beliefs)], NOW)

    assert made.open == ()
    assert made.changed == ()
    assert made.corrected == ("Trụ sở xa-b: không có sự cố lúc 18:00 ngày 12/10/2026 như đã ghi.",)


def test_what_became_part_of_another_outage_is_told_by_that_one(small_province: Inventory) -> None:
    beliefs = (
        belief(at(12, 18, 3), None, "link"),
        belief(at(12, 22), None, "link", is_outage=False),
    )
    merged = Known(outage("xa-b", at(12, 18), None), beliefs=beliefs, merged_into=3)

    made = build(small_province, [merged], NOW)

    assert ((), (), ()) == (made.open, made.changed, made.corrected)


def test_what_was_found_only_afterwards_is_told_so(small_province: Inventory) -> None:
    found = (belief(at(13, 2), at(12, 18, 30), "power"),)

    made = build(
        small_province, [Known(outage("xa-b", at(12, 18), at(12, 18, 30)), beliefs=found)], NOW
    )

    assert made.corrected == (
        "Trụ sở xa-b: ghi nhận muộn một lần mất liên lạc từ 18:00 ngày 12/10/2026.",
    )


def test_times_that_moved_are_told(small_province: Inventory) -> None:
    beliefs = (
        belief(at(12, 18, 3), at(12, 20), "link"),
        belief(at(13, 1), at(12, 21), "link", start=at(12, 17, 30)),
    )

    made = build(
        small_province, [Known(outage("xa-b", at(12, 17, 30), at(12, 21)), beliefs=beliefs)], NOW
    )

    assert made.corrected[-1] == (
        "Trụ sở xa-b: bắt đầu sửa từ 18:00 ngày 12/10/2026 thành 17:30 ngày 12/10/2026; "
        "kết thúc sửa từ 20:00 ngày 12/10/2026 thành 21:00 ngày 12/10/2026."
    )


def test_a_quiet_night_says_so(small_province: Inventory) -> None:
    text = digest.text(build(small_province, [], NOW))

    assert text.count("Không có.") == 3


def test_a_long_part_is_counted_at_its_end() -> None:
    told = digest.part([f"điểm {number}" for number in range(130)])

    assert told.endswith("… và 30 dòng nữa, xem trang giám sát.")


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (20, "chưa đến 1 phút"),
        (720, "12 phút"),
        (7_200, "2 giờ"),
        (7_500, "2 giờ 5 phút"),
        (86_400, "1 ngày"),
        (97_300, "1 ngày 3 giờ"),
    ],
)
def test_durations_are_said_in_two_units(seconds: float, words: str) -> None:
    assert lasted(seconds) == words


@pytest.mark.parametrize(
    ("now", "last_sent", "due"),
    [
        (at(13, 6, 59), "2026-10-12", False),
        (at(13, 7, 0), "2026-10-12", True),
        (at(13, 7, 1), "2026-10-13", False),
        (at(13, 9, 0), "", True),
        (at(13, 16, 0), "2026-10-12", False),
    ],
)
def test_it_is_due_once_in_the_morning(now: float, last_sent: str, due: bool) -> None:  # noqa: FBT001 - the expected answer
    assert is_due(now, "07:00", ZONE, last_sent) is due


async def no_outages(_since: float) -> list[Known]:
    return []


def answering(status: str, asked: list[bytes]) -> Callable[[socket.socket], None]:
    def script(connection: socket.socket) -> None:
        request = b""
        while b"\r\n\r\n" not in request:
            request += connection.recv(65536)
        head, _, body = request.partition(b"\r\n\r\n")
        (length,) = (
            int(line.split(b":")[1])
            for line in head.lower().split(b"\r\n")
            if line.startswith(b"content-length:")
        )
        while len(body) < length:
            body += connection.recv(65536)
        asked.append(body)
        connection.sendall(f"HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n".encode())

    return script


def test_it_is_sent_once_and_not_again_after_a_restart(
    small_province: Inventory, tmp_path: Path, tcp_peer: Callable[..., object]
) -> None:
    asked: list[bytes] = []
    peer = tcp_peer(answering("200 OK", asked))
    options = Alerts(alertmanager_url=f"http://127.0.0.1:{peer.port}")  # type: ignore[attr-defined]

    for _ in range(2):  # A collector, and the same one started again.
        daily = Daily(options, tmp_path, lambda: small_province, no_outages, lambda: NOW)
        asyncio.run(daily.tick())
        asyncio.run(daily.tick())

    assert len(asked) == 1
    (alert,) = json.loads(asked[0])
    assert alert["labels"] == {
        "alertname": "GovnetDigest",
        "role": "digest",
        "severity": "none",
        "day": "2026-10-13",
    }
    assert alert["annotations"]["runbook_url"] == "/runbook/GovnetDigest"
    told = {"summary", "description", "open", "changed", "corrected", "runbook_url"}
    assert told == set(alert["annotations"])


def test_what_alertmanager_does_not_take_is_sent_again(
    small_province: Inventory, tmp_path: Path, tcp_peer: Callable[..., object]
) -> None:
    peer = tcp_peer(answering("503 Service Unavailable", []))
    options = Alerts(alertmanager_url=f"http://127.0.0.1:{peer.port}")  # type: ignore[attr-defined]
    daily = Daily(options, tmp_path, lambda: small_province, no_outages, lambda: NOW)

    with pytest.raises(GovnetError, match="503"):
        asyncio.run(daily.tick())

    assert not sent_file(tmp_path).exists()


@pytest.mark.parametrize(
    "options",
    [Alerts(), Alerts(alertmanager_url="http://127.0.0.1:9", digest_enabled=False)],
    ids=["no address", "switched off"],
)
def test_without_an_address_or_switched_off_nothing_is_sent(
    small_province: Inventory, tmp_path: Path, options: Alerts
) -> None:
    daily = Daily(options, tmp_path, lambda: small_province, no_outages, lambda: NOW)

    asyncio.run(daily.tick())

    assert not sent_file(tmp_path).exists()
