"""What requests show about agents: clones, keys outlived; and what a command changed meanwhile."""

import asyncio
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from collector.store import open_store
from collector.store.changes import (
    MAX_FORMER,
    SPREAD_SECONDS,
    approve,
    move,
    rotate,
    rotate_all,
    save_noted,
)
from collector.store.database import open_reader
from collector.store.enrolment import add_key
from collector.store.known_agents import (
    MAX_CLONES,
    QUARANTINE_SECONDS,
    SIGHTING_SECONDS,
    Registry,
)
from collector.store.registry import NewKey, enrol, enrol_all, load_registry, revoke
from collector.store.watch import RegistryWatch
from collector.wire import FormerIdentity
from govnet.enrolment import NewKeyRequest
from govnet.errors import ConfigError, WireError
from govnet.report import Purpose, sign
from inventory.model import Inventory

OWN = {"board": "b1", "disk": "d1", "mac": "m1"}
OTHER = {"board": "b2", "disk": "d2", "mac": "m2"}
DAY_SECONDS = 86_400.0


class Rig:
    """A database with one agent, the registry in memory, and a watch between them."""

    def __init__(self, folder: Path, inventory: Inventory) -> None:
        self.inventory = inventory
        self.store = open_store(folder)
        self.new: NewKey = enrol(self.store, inventory, "xa-a", "pc-1", 0.0)
        self.agent = self.new.identity.agent
        self.watch = RegistryWatch(open_reader(folder, self.store.vault), load_registry(self.store))

    @property
    def registry(self) -> Registry:
        return self.watch.registry

    def batch(self, hardware: dict[str, str], at: float = 1.0, key: str = "k1") -> str:
        """Take a batch as ingest does; return the reason of its refusal."""
        self.watch.refresh()
        try:
            self.registry.accept(self.registry.credential(self.agent, key), hardware, at)
        except WireError as exc:
            return exc.reason
        return ""

    def flush(self, now: float) -> None:
        save_noted(self.store, self.registry.take_noted(now), now)

    def saved(self) -> Registry:
        return load_registry(self.store)

    def close(self) -> None:
        self.watch.close()
        self.store.close()


@pytest.fixture
def rig(tmp_path: Path, small_province: Inventory) -> Iterator[Rig]:
    made = Rig(tmp_path / "data", small_province)
    yield made
    made.close()


def test_the_first_fingerprint_is_kept_and_another_machine_is_refused(rig: Rig):
    assert rig.batch(OWN) == ""
    assert rig.batch(OTHER) == "clone_suspected"
    assert rig.batch(OWN) == "", "the registered machine goes on undisturbed"
    rig.flush(2.0)

    (row,) = rig.saved().rows
    assert dict(row.hardware) == OWN
    (clone,) = row.clones
    assert (dict(clone.hardware), clone.batches) == (OTHER, 1)


def test_a_new_disk_is_learnt_and_then_known(rig: Rig):
    rig.batch(OWN)
    assert rig.batch(OWN | {"disk": "d9"}) == ""
    rig.flush(2.0)
    assert dict(rig.saved().rows[0].hardware) == OWN | {"disk": "d9"}

    assert rig.batch({"board": "b9", "disk": "d9", "mac": "m1"}) == ""
    assert rig.batch(OWN) == "clone_suspected", "two of three are not as they were first"


def test_a_sender_without_fingerprint_is_no_clone(rig: Rig):
    rig.batch(OWN)
    assert rig.batch({}) == ""


def test_quarantine_is_counted_for_a_day_and_kept_over_a_restart(rig: Rig):
    rig.batch(OWN)
    rig.batch(OTHER, at=10.0)
    rig.flush(11.0)

    for registry in (rig.registry, rig.saved()):
        assert registry.quarantined(11.0) == 1
        assert registry.quarantined(10.0 + QUARANTINE_SECONDS) == 0
    revoke(rig.store, rig.agent, 12.0)
    rig.watch.refresh()
    assert rig.registry.quarantined(12.0) == 0


def test_a_clone_that_goes_on_is_written_down_now_and_then_with_its_whole_number(rig: Rig):
    rig.batch(OWN)
    writes = 0
    for second in range(100):
        rig.batch(OTHER, at=float(second))
        noted = rig.registry.take_noted(float(second))
        writes += bool(noted.sightings)
        save_noted(rig.store, noted, float(second))
    rig.flush(100.0 + SIGHTING_SECONDS)

    assert writes == 4
    (clone,) = rig.saved().rows[0].clones
    assert (clone.first_at, clone.last_at, clone.batches) == (0.0, 99.0, 100)


def test_clones_are_bounded_in_memory_and_on_disk(rig: Rig):
    rig.batch(OWN)
    for number in range(20):
        rig.batch({"board": f"x{number}", "disk": f"x{number}"}, at=float(number))
        if number == 9:
            rig.flush(9.0)
    noted = rig.registry.take_noted(20.0)
    assert len(noted.sightings) == MAX_CLONES
    save_noted(rig.store, noted, 20.0)

    clones = rig.saved().rows[0].clones
    assert [clone.last_at for clone in clones] == [10.0, 11.0, 12.0, 13.0, 14.0]


def test_what_could_not_be_written_is_kept_for_the_next_time(rig: Rig):
    rig.batch(OWN)
    rig.registry.put_back(rig.registry.take_noted(1.0))
    rig.flush(2.0)

    assert dict(rig.saved().rows[0].hardware) == OWN


def test_a_replaced_mainboard_is_approved_by_a_command(rig: Rig):
    rig.batch(OWN)
    rig.batch(OTHER)
    rig.flush(2.0)
    (line,) = approve(rig.store, rig.inventory, [rig.agent], None, 3.0)

    assert "board b2" in line
    assert rig.batch(OTHER) == ""
    assert rig.batch(OWN) == "clone_suspected"
    assert rig.registry.quarantined(1.0) == 1
    rig.flush(4.0)


def test_there_is_nothing_to_approve_of_an_undisturbed_agent(rig: Rig):
    with pytest.raises(ConfigError, match="nothing to approve"):
        approve(rig.store, rig.inventory, [rig.agent], None, 3.0)
    with pytest.raises(ConfigError, match="govnet agents move"):
        approve(rig.store, rig.inventory, [rig.agent], "xa-b", 3.0)


def test_the_first_batch_with_the_new_key_ends_the_old_one(rig: Rig):
    add_key(rig.store, rig.agent, "k1", NewKeyRequest(key_id="k2", key="ab" * 32), 1.0)

    assert rig.batch(OWN, key="k1") == ""
    assert rig.batch(OWN, key="k2") == ""
    assert rig.batch(OWN, key="k1") == "revoked"
    assert rig.saved().credential(rig.agent, "k1"), "not written down yet"
    rig.flush(2.0)
    with pytest.raises(WireError, match="revoked"):
        rig.saved().credential(rig.agent, "k1")
    assert rig.batch(OWN, key="k2") == ""


def test_a_command_acts_on_the_very_next_request(rig: Rig):
    assert rig.watch.refresh() is None
    assert rig.batch(OWN) == ""
    other = open_store(Path(rig.store.vault.file).with_suffix(""))
    revoke(other, rig.agent, 2.0)

    assert rig.watch.refresh() == (rig.new.identity,)
    assert rig.batch(OWN) == "revoked"
    added = enrol(other, rig.inventory, "xa-a", "pc-1", 3.0)
    assert rig.watch.refresh() == ()
    assert rig.registry.credential(added.identity.agent, "k1").secret == added.secret
    other.close()


def test_only_agents_that_changed_are_read_again(rig: Rig, monkeypatch: pytest.MonkeyPatch):
    enrol_all(rig.store, rig.inventory, [("xa-b", None)] * 50, 1.0)
    rig.watch.refresh()
    taken: list[int] = []
    take = rig.registry.take

    def count(version: int, rows: Any, keys: Any) -> Any:
        taken.append(len(rows))
        return take(version, rows, keys)

    monkeypatch.setattr(rig.registry, "take", count)
    enrol(rig.store, rig.inventory, "xa-c", None, 2.0)
    rig.watch.refresh()
    rig.watch.refresh()

    assert taken == [1]
    assert len(rig.registry.enrolled) == 52
    assert rig.registry.rows == load_registry(rig.store).rows


def test_a_moved_agent_speaks_for_its_new_machine_and_is_gone_from_the_old_one(rig: Rig):
    now = move(rig.store, rig.inventory, rig.agent, "xa-b", None, now=1.0)

    assert rig.watch.refresh() == (rig.new.identity,)
    assert rig.registry.identity(rig.agent) == now
    assert now.machine == "xa-b/pc-001"
    assert rig.registry.credential(rig.agent, "k1").former == (
        FormerIdentity("xa-a", rig.new.identity.machine, 1.0),
    )
    with pytest.raises(ConfigError, match="has an agent already"):
        move(rig.store, rig.inventory, rig.agent, "xa-b", "pc-001", now=2.0)


def test_of_an_agent_that_is_moved_often_the_last_places_are_remembered(rig: Rig):
    for at in range(MAX_FORMER + 2):
        move(rig.store, rig.inventory, rig.agent, "xa-b", f"pc-{at}", now=float(at))
    rig.watch.refresh()

    former = rig.registry.credential(rig.agent, "k1").former
    assert [one.machine for one in former] == [f"xa-b/pc-{at}" for at in range(1, MAX_FORMER + 1)]


def test_what_was_revoked_while_its_body_was_on_the_way_is_refused(rig: Rig):
    credential = rig.registry.credential(rig.agent, "k1")
    revoke(rig.store, rig.agent, 1.0)
    rig.watch.refresh()

    with pytest.raises(WireError, match="revoked"):
        rig.registry.accept(credential, OWN, 1.0)


def test_keys_are_renewed_when_they_are_old_and_not_all_at_once(
    tmp_path: Path, small_province: Inventory
):
    store = open_store(tmp_path / "data")
    enrol_all(store, small_province, [("xa-b", None)] * 200, 0.0)
    registry = load_registry(store)
    due = [len(registry.renewals(day * DAY_SECONDS, 100.0)) for day in (99, 100, 105, 110)]
    store.close()

    assert due[0] == 0
    assert due[1] < 10
    assert 60 < due[2] < 140
    assert due[3] == 200


def test_an_operator_asks_for_new_keys_at_once_or_spread_over_an_hour(
    tmp_path: Path, small_province: Inventory
):
    store = open_store(tmp_path / "data")
    keys = enrol_all(store, small_province, [("xa-b", None)] * 100, 0.0)
    agent = keys[0].identity.agent

    assert rotate(store, [agent], 10.0) == 1
    assert load_registry(store).renewals(10.0, 365.0) == {agent: "k1"}
    add_key(store, agent, "k1", NewKeyRequest(key_id="k2", key="ab" * 32), 11.0)
    registry = load_registry(store)
    assert registry.renewals(11.0, 365.0) == {agent: "k1"}, "the answer may have been lost"
    registry.accept(registry.credential(agent, "k2"), {}, 12.0)
    assert registry.renewals(12.0, 365.0) == {}
    save_noted(store, registry.take_noted(12.0), 12.0)
    assert load_registry(store).renewals(13.0, 365.0) == {}

    assert rotate_all(store, 20.0) == 100
    registry = load_registry(store)
    store.close()
    assert 20 < len(registry.renewals(20.0 + SPREAD_SECONDS / 2, 365.0)) < 80
    assert len(registry.renewals(20.0 + SPREAD_SECONDS, 365.0)) == 100


def test_ingest_refuses_a_clone_and_keeps_nothing_of_it(ingest_rig: Callable[[], Any]):
    rig = ingest_rig()

    async def take(hardware: dict[str, str], seq: int) -> bytes:
        body = rig.batch([rig.report(seq)], hardware=hardware).body
        return bytes(await rig.take(body))

    asyncio.run(take(OWN, 1))
    with pytest.raises(WireError) as caught:
        asyncio.run(take(OTHER, 2))

    assert caught.value.reason == "clone_suspected"
    assert [one.report.seq for one in rig.applied] == [1]
    asyncio.run(take(OWN, 2))
    assert [one.report.seq for one in rig.applied] == [1, 2]


def test_forged_tampered_and_borrowed_batches_have_each_their_reason(
    ingest_rig: Callable[[], Any],
):
    rig = ingest_rig()
    body = rig.batch([rig.report(1)]).body
    borrowed = rig.batch([rig.report(1)], agent="ffffffff").body
    credential = rig.registry.credential(rig.identity.agent, "k1")

    def refused(key: bytes, signed: bytes, sent: bytes) -> str:
        code = sign(key, Purpose.BATCH, signed)
        with pytest.raises(WireError) as caught:
            asyncio.run(rig.ingest.take(credential, code, "gzip", sent, 1000.0))
        return caught.value.reason

    assert refused(secrets.token_bytes(32), body, body) == "bad_signature"
    assert refused(rig.secret, body, body[:-1] + bytes([body[-1] ^ 1])) == "bad_signature"
    assert refused(rig.secret, borrowed, borrowed) == "agent_mismatch"
    assert rig.applied == []


def test_the_same_seq_with_other_bytes_is_counted_by_its_reason(ingest_rig: Callable[[], Any]):
    rig = ingest_rig()
    asyncio.run(rig.take(rig.batch([rig.report(1)]).body))
    asyncio.run(rig.take(rig.batch([rig.report(1, value=2.0)]).body))

    assert (rig.counts["rejected"], rig.counts["seq_conflict"]) == (1, 1)


def test_a_database_that_cannot_be_read_now_leaves_the_registry_as_it_is(
    rig: Rig, caplog: pytest.LogCaptureFixture
):
    version = rig.registry.version
    with rig.store.write() as connection:
        connection.exec_driver_sql("UPDATE only_row SET registry_version = registry_version + 1")
        connection.exec_driver_sql("UPDATE agents SET changed_version = 99")
        connection.exec_driver_sql("UPDATE agent_keys SET secret = X'00'")

    assert rig.watch.refresh() is None
    assert rig.watch.refresh() is None
    assert rig.registry.version == version
    assert rig.registry.credential(rig.agent, "k1").secret == rig.new.secret
    assert len(caplog.records) == 1
