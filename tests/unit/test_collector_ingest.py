import asyncio
import contextlib
import gzip
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from collector.intake.ingest import Judgement, judge_reports
from collector.wire import decode_batch
from govnet.disk import Disk
from govnet.errors import WireError
from govnet.journal import Journal
from govnet.report import Answer, Purpose, decode_answer, sign

Rig = Any
"""`IngestRig` of the shared conftest."""


def _send(rig: Rig, *bodies: bytes) -> list[Answer]:
    """Send bodies one after the other; return the answers, without their batch's random id."""

    async def send() -> list[bytes]:
        return [await rig.take(body) for body in bodies]

    return [replace(decode_answer(answer), batch="") for answer in asyncio.run(send())]


def test_the_answer_names_the_batch_it_is_about(ingest_rig: Callable[[], Rig]):
    rig = ingest_rig()
    batch = rig.batch([rig.report(1)])

    assert decode_answer(asyncio.run(rig.take(batch.body))).batch == batch.id


def test_a_new_report_is_accepted_applied_and_on_disk(ingest_rig: Callable[[], Rig]):
    rig = ingest_rig()
    (answer,) = _send(rig, rig.batch([rig.report(1), rig.report(2)]).body)

    assert answer == Answer("", (1, 2), (), {}, 1000.0, "5e7", 2)
    assert [item.report.seq for item in rig.applied] == [1, 2]
    assert len(list(rig.inbox.replay(0))) == 1
    assert rig.counts["accepted"] == 2


def test_the_same_batch_again_is_duplicate_and_takes_no_room(ingest_rig: Callable[[], Rig]):
    rig = ingest_rig()
    body = rig.batch([rig.report(1)]).body
    _, again = _send(rig, body, body)

    assert again == Answer("", (), (1,), {}, 1000.0, "5e7", 1)
    assert len(rig.applied) == 1
    assert len(list(rig.inbox.replay(0))) == 1


def test_the_same_seq_with_other_bytes_is_rejected(ingest_rig: Callable[[], Rig]):
    rig = ingest_rig()
    _, again = _send(
        rig,
        rig.batch([rig.report(1, value=1)]).body,
        rig.batch([rig.report(1, value=2), rig.report(2)]).body,
    )

    assert again == Answer("", (2,), (), {1: "seq_conflict"}, 1000.0, "5e7", 2)


def test_one_bad_report_does_not_take_the_others_with_it(ingest_rig: Callable[[], Rig]):
    rig = ingest_rig()
    (answer,) = _send(rig, rig.batch([b'{"seq":1}', rig.report(2), b'"x"']).body)

    assert answer == Answer("", (2,), (), {1: "bad_report", 0: "bad_report"}, 1000.0, "5e7", 2)


def test_two_batches_at_once_with_the_same_report_apply_it_once(ingest_rig: Callable[[], Rig]):
    rig = ingest_rig()
    first, second = rig.batch([rig.report(1)]).body, rig.batch([rig.report(1)]).body

    async def both() -> list[bytes]:
        return await asyncio.gather(rig.take(first), rig.take(second))

    answers = [decode_answer(answer) for answer in asyncio.run(both())]
    assert [answer.accepted for answer in answers] == [(1,), ()]
    assert [answer.duplicate for answer in answers] == [(), (1,)]
    assert len(rig.applied) == 1


def test_a_large_batch_leaves_others_a_turn_between_its_reports(ingest_rig: Callable[[], Rig]):
    rig = ingest_rig()
    body = rig.batch([rig.report(seq) for seq in range(1, 51)]).body
    seen = []

    async def look_while_it_is_taken() -> None:
        task = asyncio.create_task(rig.take(body))
        while not task.done():
            seen.append(len(rig.applied))
            await asyncio.sleep(0)

    asyncio.run(look_while_it_is_taken())
    assert set(range(1, 50)) <= set(seen)


def test_what_is_known_is_not_decoded_again(ingest_rig: Callable[[], Rig]):
    """A batch sent again and again costs a digest per report."""
    rig = ingest_rig()
    body = rig.batch([rig.report(seq) for seq in (1, 2)]).body
    _send(rig, body)
    batch = decode_batch(gzip.decompress(body))

    judgement = judge_reports(batch, rig.ledger.known)

    assert judgement == Judgement([], [1, 2], {})


def test_many_batches_at_once_share_a_flush(ingest_rig: Callable[[], Rig]):
    rig = ingest_rig()
    flushes = []
    sync = rig.journal.sync
    rig.journal.sync = lambda: (flushes.append(1), sync())

    async def all_at_once() -> None:
        await asyncio.gather(*(rig.take(rig.batch([rig.report(seq)]).body) for seq in range(1, 51)))

    asyncio.run(all_at_once())
    assert len(rig.applied) == 50
    assert len(flushes) == 1


def test_a_cancelled_request_is_applied_all_the_same(ingest_rig: Callable[[], Rig]):
    rig = ingest_rig()

    async def cancelled() -> None:
        task = asyncio.create_task(rig.take(rig.batch([rig.report(1)]).body))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await rig.inbox.drain()

    asyncio.run(cancelled())
    assert len(rig.applied) == 1


class _FullDisk(Disk):
    """A disk that takes bytes but never confirms them."""

    def sync(self, descriptor: int) -> None:
        raise OSError(28, f"No space left on device: {descriptor}")


class _NoRoom(Disk):
    """A disk that takes nothing any more."""

    def write(self, descriptor: int, data: bytes) -> int:
        raise OSError(28, f"No space left on device: {descriptor}, {len(data)} bytes")


def test_a_batch_that_could_not_be_written_is_refused_and_not_applied(
    ingest_rig: Callable[[], Rig],
):
    rig = ingest_rig()
    rig.inbox._journal = Journal(rig.journal.directory / "full", disk=_FullDisk())

    with pytest.raises(WireError) as caught:
        _send(rig, rig.batch([rig.report(1)]).body)

    assert caught.value.reason == "storage_full"
    assert rig.applied == []
    assert rig.inbox.write_failures == 1


def test_the_inbox_is_writable_again_when_a_write_succeeds(ingest_rig: Callable[[], Rig]):
    rig = ingest_rig()
    sound, full = rig.journal, Journal(rig.journal.directory / "full", disk=_FullDisk())
    found = []

    async def take(seq: int, journal: Journal) -> None:
        rig.inbox._journal = journal
        with contextlib.suppress(WireError):
            await rig.take(rig.batch([rig.report(seq)]).body)
        found.append(rig.inbox.is_writable)

    async def take_three() -> None:
        found.append(rig.inbox.is_writable)
        await take(1, sound)
        await take(2, full)
        await take(3, sound)

    asyncio.run(take_three())
    assert found == [True, True, False, True]


def test_a_full_disk_is_logged_once_and_once_when_it_has_room_again(
    ingest_rig: Callable[[], Rig], caplog: pytest.LogCaptureFixture
):
    rig = ingest_rig()
    sound, full = rig.journal, Journal(rig.journal.directory / "full", disk=_NoRoom())

    async def take(journal: Journal, seq: int) -> None:
        rig.inbox._journal = journal
        with contextlib.suppress(WireError):
            await rig.take(rig.batch([rig.report(seq)]).body)

    async def take_all() -> None:
        for seq, journal in enumerate((sound, full, full, full, sound, sound), start=1):
            await take(journal, seq)

    asyncio.run(take_all())
    said = [(record.levelname, record.getMessage()) for record in caplog.records]
    assert said == [
        ("ERROR", "inbox cannot be written; batches are refused"),
        ("ERROR", "inbox is written again"),
    ]
    assert {record.name for record in caplog.records} == {"collector.intake.inbox"}
    assert "No space left" in vars(caplog.records[0])["error"]


def test_wrong_code_is_refused(ingest_rig: Callable[[], Rig]):
    rig = ingest_rig()
    body = rig.batch([rig.report(1)]).body
    credential = rig.registry.credential(rig.identity.agent, "k1")

    for code in ("", "0" * 64, "ü", sign(rig.secret, Purpose.SETTINGS, body)):
        with pytest.raises(WireError) as caught:
            asyncio.run(rig.ingest.take(credential, code, "gzip", body, 1000.0))
        assert caught.value.reason == "bad_signature"


def test_a_batch_in_another_agents_name_is_refused(ingest_rig: Callable[[], Rig]):
    rig = ingest_rig()

    with pytest.raises(WireError) as caught:
        _send(rig, rig.batch([rig.report(1)], agent="another").body)

    assert caught.value.reason == "agent_mismatch"


def test_replay_gives_back_what_was_accepted(ingest_rig: Callable[[], Rig]):
    rig, after = ingest_rig(), ingest_rig()
    _send(rig, rig.batch([rig.report(1), rig.report(3)]).body)

    received = [item for record in rig.inbox.replay(0) for item in after.ingest.replay(record)]
    assert received == rig.applied
    assert after.ledger.spans(rig.identity.agent) == {rig.incarnation: [(1, 1), (3, 3)]}


def test_replay_leaves_out_an_agent_that_was_revoked(ingest_rig: Callable[[], Rig]):
    rig, after = ingest_rig(), ingest_rig()
    _send(rig, rig.batch([rig.report(1)]).body)
    after.registry = type(rig.registry)(2, [], {})

    assert [after.ingest.replay(record) for record in rig.inbox.replay(0)] == [[]]


def test_the_record_in_the_inbox_can_be_verified_again(ingest_rig: Callable[[], Rig]):
    rig = ingest_rig()
    body = rig.batch([rig.report(1)]).body
    _send(rig, body)

    record = next(rig.inbox.replay(0)).record
    assert record.body == body
    assert record.signature == sign(rig.secret, Purpose.BATCH, body)
    assert gzip.decompress(record.body)


def test_a_seq_twice_in_one_batch_stands_in_one_list(ingest_rig: Callable[[], Rig]):
    rig = ingest_rig()
    one, other = rig.report(1, value=1), rig.report(1, value=2)
    broken = b'{"seq":2}'
    (answer,) = _send(
        rig, rig.batch([one, other, one, broken, rig.report(2), rig.report(3), rig.report(3)]).body
    )

    assert answer == Answer("", (3,), (), {1: "seq_conflict", 2: "seq_conflict"}, 1000.0, "5e7", 3)
    assert [item.report.seq for item in rig.applied] == [3]


def test_a_report_whose_clocks_cannot_be_believed_is_accepted_but_marked(
    ingest_rig: Callable[[], Rig],
):
    rig = ingest_rig()
    lost = rig.report(1, created_at=-1e9).replace(b'"boot"', b'"an earlier boot"')
    (answer,) = _send(rig, rig.batch([rig.report(90), lost]).body)

    assert answer.accepted == (90, 1)
    assert [(item.at, item.is_timed) for item in rig.applied] == [(990.0, True), (990.0, False)]
    assert len(list(rig.inbox.replay(0))) == 1


def test_a_late_report_is_not_newer_than_the_newest_known(ingest_rig: Callable[[], Rig]):
    rig = ingest_rig()
    ahead = rig.report(10, created_at=1000.0).replace(b'"boot"', b'"an earlier boot"')
    _send(rig, rig.batch([rig.report(50)]).body, rig.batch([ahead]).body)

    assert [(item.report.seq, item.at) for item in rig.applied] == [(50, 950.0), (10, 950.0)]
