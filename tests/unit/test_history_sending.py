import asyncio
import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from collector.history.channel import Done, Start
from collector.history.messages import decode_request
from collector.history.options import RemoteWrite
from collector.history.position import PositionFile
from collector.history.receiver import Answer
from collector.history.sending import Sending
from collector.series.labels import Targets
from collector.store.known_agents import AgentRow
from collector.wire import AgentIdentity, FormerIdentity
from govnet.errors import ConfigError
from inventory.model import Inventory

NOW = 1_790_000_000.0
Rig = Any


class Memory:
    """A receiver that keeps everything: (name, ms) to the values it was given."""

    def __init__(self) -> None:
        self.held: dict[tuple[str, int], list[float]] = {}
        self.machines: set[str] = set()

    def push(self, body: bytes, now: float) -> Answer:
        del now
        for labels, points in decode_request(body):
            assert labels["job"] == "govnet"
            self.machines.add(labels["machine"])
            for at_ms, value in points:
                self.held.setdefault((labels["__name__"], at_ms), []).append(value)
        return Answer()

    def uptimes(self) -> list[float]:
        return [
            value
            for (name, _), values in sorted(self.held.items())
            if name == "govnet_machine_uptime_seconds"
            for value in values
        ]


class Desk:
    """A history process without the process."""

    def __init__(self, rig: Rig, inventory: Inventory, folder: Path) -> None:
        self.rig = rig
        self.receiver = Memory()
        self.told: list[Done] = []
        self._start = Start(
            RemoteWrite(name="r", url="http://127.0.0.1/"),
            str(rig.journal.directory),
            str(folder / "history" / "r.json"),
            Targets(inventory).allowed,
        )

    def open(self) -> Sending:
        return Sending(
            self._start, self.receiver, tell=self.told.append, wall=lambda: NOW, wait=lambda _: None
        )

    def take(self, *seqs: int, flush: bool = True) -> None:
        async def take() -> None:
            body = self.rig.batch([self.rig.report(seq, value=float(seq)) for seq in seqs]).body
            await self.rig.take(body, received_at=NOW)
            if flush:
                await self.rig.inbox.flush()

        asyncio.run(take())

    @property
    def durable(self) -> int:
        return self.rig.inbox.durable_position


@pytest.fixture
def desk(ingest_rig: Callable[[], Rig], small_province: Inventory, tmp_path: Path) -> Desk:
    return Desk(ingest_rig(), small_province, tmp_path)


def test_every_accepted_report_is_sent_once(desk: Desk):
    desk.take(1, 2, 3)
    desk.take(3, 4)
    sending = desk.open()
    sending.send(desk.durable)
    desk.take(5)
    sending.send(desk.durable)

    assert desk.receiver.uptimes() == [1.0, 2.0, 3.0, 4.0, 5.0]
    assert sum(done.pushed for done in desk.told) == 5 * 4
    assert desk.told[-1].behind_since is None


def test_after_a_restart_it_goes_on_where_it_was(desk: Desk):
    desk.take(1)
    desk.open().send(desk.durable)
    desk.take(2)
    desk.open().send(desk.durable)

    assert desk.receiver.uptimes() == [1.0, 2.0]


def test_what_is_not_durable_is_not_sent(desk: Desk):
    """A power loss could take it, and its time would then be told anew."""
    desk.take(1)
    before = desk.durable
    desk.take(2)
    sending = desk.open()
    sending.send(before)
    assert desk.receiver.uptimes() == [1.0]

    sending.send(desk.durable)
    assert desk.receiver.uptimes() == [1.0, 2.0]


def test_a_batch_whose_note_is_far_behind_it_is_found_again(desk: Desk):
    desk.take(1)
    first = desk.open()
    first.send(desk.durable)
    # Only the batch is durable; the process ends before its note is.
    desk.take(2, flush=False)
    between = desk.durable
    first.send(between)
    desk.take(3)
    desk.open().send(desk.durable)

    assert desk.receiver.uptimes() == [1.0, 2.0, 3.0]


def test_where_the_inbox_lost_what_comes_next_a_gap_is_counted_and_it_goes_on(
    desk: Desk, caplog: pytest.LogCaptureFixture, tmp_path: Path
):
    desk.take(1)
    PositionFile(tmp_path / "history" / "r.json").save(desk.durable + 10**6)
    sending = desk.open()
    sending.send(desk.durable)

    assert desk.receiver.uptimes() == [1.0]
    assert sum(done.gaps for done in desk.told) == 1
    assert [record.levelno for record in caplog.records] == [logging.ERROR]


def test_what_the_inventory_no_longer_allows_is_not_sent(desk: Desk, small_province: Inventory):
    sending = desk.open()
    desk.take(1)
    sending.send(desk.durable)
    allowed = Targets(small_province).allowed
    fewer = type(allowed)(allowed.centre, allowed.sites - {"xa-a"}, allowed.subjects)
    sending.replace_targets(Targets(fewer))
    desk.take(2)
    sending.send(desk.durable)

    assert desk.receiver.uptimes() == [1.0]


def test_what_was_measured_before_an_agent_was_moved_keeps_its_old_labels(desk: Desk):
    """Also what it had not sent yet; what it says of its old place later is not believed."""
    rig = desk.rig
    moved = AgentIdentity(rig.identity.agent, "xa-b", "xa-b/pc-1")
    former = (FormerIdentity("xa-a", "xa-a/pc-1", NOW - 50.0),)
    rig.registry.take(
        2,
        [AgentRow(moved, 0.0, None, former=former)],
        {(moved.agent, "k1"): (rig.secret, False)},
    )
    # Made 90, 60 and 40 s ago.
    desk.take(10, 40, 60)
    desk.open().send(desk.durable)

    assert desk.receiver.uptimes() == [10.0, 40.0]
    assert desk.receiver.machines == {"xa-a/pc-1"}


def test_a_position_that_cannot_be_read_is_told_and_nothing_is_guessed(tmp_path: Path):
    path = tmp_path / "r.json"
    path.write_text("{}")
    with pytest.raises(ConfigError, match="expected a position"):
        PositionFile(path).load()


def test_a_position_is_replaced_as_a_whole(tmp_path: Path):
    file = PositionFile(tmp_path / "new" / "r.json")
    assert file.load() is None
    file.save(7)
    file.save(8)

    assert file.load() == 8
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["r.json"]
    assert json.loads((tmp_path / "new" / "r.json").read_text()) == {"position": 8}


def test_an_inbox_of_many_files_is_read_whole_and_on_to_the_next(
    ingest_rig: Callable[[], Rig], small_province: Inventory, tmp_path: Path
):
    rig = ingest_rig()
    rig.journal._segment_bytes = 700
    desk = Desk(rig, small_province, tmp_path)
    sending = desk.open()
    for seq in range(1, 30):
        desk.take(seq)
        if seq % 3 == 0:
            sending.send(desk.durable)
    sending.send(desk.durable)

    assert len(rig.journal.segments()) > 10
    assert desk.receiver.uptimes() == [float(seq) for seq in range(1, 30)]
    assert not any(done.gaps for done in desk.told)


def test_what_retention_took_away_before_it_was_sent_is_a_gap(
    ingest_rig: Callable[[], Rig], small_province: Inventory, tmp_path: Path
):
    rig = ingest_rig()
    rig.journal._segment_bytes = 700
    desk = Desk(rig, small_province, tmp_path)
    desk.take(1)
    sending = desk.open()
    sending.send(desk.durable)
    for seq in range(2, 20):
        desk.take(seq)
    rig.journal.drop_before(rig.journal.segments()[-4][0])
    sending.send(desk.durable)

    uptimes = desk.receiver.uptimes()
    assert uptimes[0] == 1.0
    assert uptimes[-1] == 19.0
    assert 2.0 not in uptimes
    assert sum(done.gaps for done in desk.told) == 1
