"""A stick's backlog is brought in by the collector's ordinary door, and twice changes nothing."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from collector.cli import main
from collector.commands.stick import bring
from govnet.errors import WireError
from govnet.report import HEADER_SIGNATURE, REASONS, Boot, Purpose, sign
from govnet.stick import StickReader, StickWriter

Rig = Any
"""`IngestRig` of the shared conftest."""

DAY = 86_400.0


class Reply:
    """What `requests` gives back, as far as it is looked at."""

    def __init__(self, status: int, content: bytes, **headers: str) -> None:
        self.status_code = status
        self.content = content
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}

    @property
    def ok(self) -> bool:
        return self.status_code < 400

    def json(self) -> Any:
        return json.loads(self.content)


def refusal(reason: str, **headers: str) -> Reply:
    body = json.dumps({"error": reason, "detail": f"about {reason}"}).encode()
    return Reply(REASONS[reason], body, **headers)


def door(rig: Rig, received_at: float) -> Callable[[dict[str, str], bytes], Reply]:
    """Return how a batch is posted to the rig, as if over HTTP."""

    def post(headers: dict[str, str], body: bytes) -> Reply:
        credential = rig.registry.credential(rig.identity.agent, "k1")
        taking = rig.ingest.take(credential, headers[HEADER_SIGNATURE], "gzip", body, received_at)
        try:
            return Reply(200, asyncio.run(taking))
        except WireError as exc:
            return refusal(exc.reason)

    return post


def stick(path: Path, rig: Rig, *bodies: bytes, key: bytes | None = None) -> StickReader:
    with path.open("wb") as file:
        writer = StickWriter(file, rig.identity.agent, "k1")
        for body in bodies:
            writer.add(body, sign(key or rig.secret, Purpose.BATCH, body), 1)
        writer.finish()
    return StickReader(path)


def test_carried_reports_have_their_own_time_and_no_say_about_the_clock(
    ingest_rig: Callable[[], Rig], tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    rig = ingest_rig()
    made_at = 1_790_000_000.0
    body = rig.batch(
        [rig.report(90), rig.report(95)], boots=[Boot("boot", made_at - 200)], carried=True
    ).body

    assert bring(stick(tmp_path / "s.zip", rig, body), door(rig, made_at + 3 * DAY))

    assert [received.at for received in rig.applied] == [made_at - 110, made_at - 105]
    assert {received.skew_seconds for received in rig.applied} == {0.0}
    assert "batch 1 of 1: 2 accepted, 0 known already, 0 rejected" in capsys.readouterr().out


def test_a_stick_imported_twice_changes_nothing(
    ingest_rig: Callable[[], Rig], tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    rig = ingest_rig()
    bodies = [rig.batch([rig.report(seq)], carried=True).body for seq in (1, 2, 3)]
    bring(stick(tmp_path / "s.zip", rig, *bodies), door(rig, 2000.0))
    capsys.readouterr()

    assert bring(stick(tmp_path / "s.zip", rig, *bodies), door(rig, 9000.0))

    assert len(rig.applied) == 3
    assert capsys.readouterr().out.count("0 accepted, 1 known already") == 3


def test_a_forged_batch_is_refused_in_words_and_the_others_are_taken(
    ingest_rig: Callable[[], Rig], tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    rig = ingest_rig()
    good = rig.batch([rig.report(1)], carried=True).body
    post = door(rig, 2000.0)

    assert not bring(stick(tmp_path / "a.zip", rig, good, key=b"x" * 32), post)
    assert "not those that the agent signed" in capsys.readouterr().out
    assert bring(stick(tmp_path / "b.zip", rig, good), post)


def test_a_batch_that_the_stick_has_lost_takes_no_other_with_it(
    ingest_rig: Callable[[], Rig], tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    rig = ingest_rig()
    first, second = rig.batch([rig.report(1)]).body, rig.batch([rig.report(2)]).body
    path = tmp_path / "stick.zip"
    stick(path, rig, first, second).close()
    content = path.read_bytes()
    path.write_bytes(content.replace(first, first[:-1] + bytes([first[-1] ^ 1])))

    reader = StickReader(path)
    assert not bring(reader, door(rig, 1000.0))
    reader.close()

    said = capsys.readouterr().out
    assert "batch 1 of 2: 1 reports not taken in: batch-00001.json.gz cannot be read" in said
    assert "batch 2 of 2: 1 accepted" in said


def test_a_busy_collector_is_asked_again_when_it_says(
    ingest_rig: Callable[[], Rig], tmp_path: Path
):
    rig = ingest_rig()
    body = rig.batch([rig.report(1)], carried=True).body
    replies = [refusal("rate_limited", Retry_After="7"), refusal("storage_full")]
    take = door(rig, 2000.0)
    waits: list[float] = []

    def post(headers: dict[str, str], content: bytes) -> Reply:
        return replies.pop(0) if replies else take(headers, content)

    assert bring(stick(tmp_path / "s.zip", rig, body), post, waits.append)
    assert waits == [7.0, 1.0]


@pytest.mark.parametrize(
    ("reason", "tried"),
    [
        ("clone_suspected", [b"one", b"two"]),
        # Of the agent itself: each further try would count as a stranger's from this machine.
        ("revoked", [b"one"]),
        ("unknown_agent", [b"one"]),
        ("pending", [b"one"]),
    ],
)
def test_what_a_person_must_decide_is_not_asked_again(
    ingest_rig: Callable[[], Rig],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    reason: str,
    tried: list[bytes],
):
    rig = ingest_rig()
    reader = stick(tmp_path / "s.zip", rig, b"one", b"two")
    asked: list[bytes] = []

    def post(_headers: dict[str, str], body: bytes) -> Reply:
        asked.append(body)
        return refusal(reason)

    assert not bring(reader, post)
    assert asked == tried
    assert f"about {reason}" not in capsys.readouterr().out


def test_a_file_that_is_no_stick_is_wrong_input(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "operator-token").write_text("0" * 64)
    (tmp_path / "photos.zip").write_bytes(b"none")

    status = main(
        ["import-reports", str(tmp_path / "photos.zip"), "--data", str(tmp_path / "data")]
    )

    assert status == 2
    assert "expected the file of `govnet-agent export`" in capsys.readouterr().err
