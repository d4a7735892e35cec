"""Whatever order reports arrive in, and wherever a collector stops: the evidence is the same."""

from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete

from collector.intake.checkpoint import Checkpoint, save
from collector.series.labels import Targets
from collector.series.state import State
from collector.store import Store, open_store
from collector.store.tables import evidence_newest, evidence_runs, machine_starts
from collector.verdict.evidence.evidence import Evidence
from collector.verdict.evidence.listening import Listening
from collector.verdict.evidence.runs import Run
from collector.verdict.evidence.saved import load, put_back, take
from collector.wire import Received
from inventory.model import Inventory

START = 1_790_000_000.0
SPOOL_SECONDS = 100_000.0
"""Spools follow one another; within one the clock may have been set back at a boot."""
LINKS = ("xa-a/tslcd", "xa-b/tslcd")
MACHINES = ("xa-a/pc-1", "xa-a/pc-2", "trung-tam/giam-sat")
DROPPED = "govnet_agent_spool_dropped_reports_total"
Results = dict[tuple[str, str], list[tuple[object, ...]]]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(tmp_path)
    yield opened
    opened.close()


@st.composite
def reports(draw: st.DrawFn, received: Callable[..., Received]) -> list[Received]:
    """Draw the reports of some machines in the order in which they were made."""
    made = []
    for machine in MACHINES:
        for spool in range(draw(st.integers(0, 2))):
            dropped, boot, alive = 0, 0, START
            at = START + spool * SPOOL_SECONDS
            for seq in range(1, draw(st.integers(1, 7)) + 1):
                at += draw(st.sampled_from([60.0, 60.0, 60.0, 300.0, 3000.0, -500.0]))
                results: Results = {}
                for link in draw(st.lists(st.sampled_from(LINKS), unique=True)):
                    end = {"end": draw(st.sampled_from(["far", "site"]))}
                    answer = float(draw(st.booleans()))
                    results["link", link] = [("govnet_link_reachable", answer, end)]
                if draw(st.booleans()):
                    dropped += draw(st.integers(0, 1))
                    results["agent", machine] = [(DROPPED, float(dropped))]
                if not draw(st.integers(0, 3)):
                    boot, alive = boot + 1, at - 40.0
                results["machine", machine] = [
                    ("govnet_machine_uptime_seconds", draw(st.sampled_from([10.0, 11.0]))),
                    ("govnet_machine_last_alive_timestamp_seconds", alive),
                ]
                arrives = at + draw(st.sampled_from([0.0, 100.0, 5000.0]))
                incarnation = f"{spool:016x}"
                one = received(
                    machine, at, results, seq=seq, incarnation=incarnation, received_at=arrives
                )
                report = msgspec.structs.replace(one.report, boot_id=f"boot {boot}")
                made.append(msgspec.structs.replace(one, report=report))
    return made


def known(evidence: Evidence) -> tuple[object, ...]:
    """Return everything that is known, without what is told newest only."""
    return (
        {
            (machine, target): list(track.runs)
            for machine, tracks in evidence.tracks.items()
            for target, track in tracks.items()
        },
        evidence.starts,
    )


@given(data=st.data())
@settings(deadline=None, max_examples=200)
def test_any_order_of_arrival_leaves_the_evidence_of_the_right_order(
    small_province: Inventory, received: Callable[..., Received], data: st.DataObject
) -> None:
    in_order = data.draw(reports(received))
    arrived = data.draw(st.permutations(in_order))
    if in_order:
        arrived += data.draw(st.lists(st.sampled_from(in_order), max_size=3))
    found = []
    for reports_of in (in_order, arrived):
        evidence = Evidence(Targets(small_province))
        state = State(Targets(small_province), {})
        for report in reports_of:
            evidence.apply(report)
            state.apply(report)
        newest = evidence.newest
        latest = {one.machine: one for of in newest.machines.values() for one in of.values()}
        orders = {live.identity.machine: live.order for live in state.agents.values()}
        assert orders == {machine: one.order for machine, one in latest.items()}
        found.append((known(evidence), latest, newest.certificates))

    assert found[0] == found[1]


@given(data=st.data())
@settings(
    deadline=None,
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_a_restart_anywhere_leaves_the_evidence_of_no_restart(
    small_province: Inventory,
    received: Callable[..., Received],
    data: st.DataObject,
    store: Store,
) -> None:
    """What came after the last checkpoint is taken in again, as the inbox has it."""
    with store.write() as connection:
        for table in (evidence_runs, evidence_newest, machine_starts):
            connection.execute(delete(table))
    arrived = data.draw(st.permutations(data.draw(reports(received))))
    targets = Targets(small_province)
    whole = Evidence(targets)
    running, inbox = restarted(store, targets, []), []
    for report in arrived:
        match data.draw(st.integers(0, 9)):
            case 0:
                save(store, Checkpoint(0, {}, [], take(running)))
                inbox = []
            case 1:
                put_back(running, take(running))
            case 2:
                running = restarted(store, targets, inbox)
            case 3:
                for evidence in (running, whole):
                    evidence.forget("xa-a/pc-2", "xa-a")
                save(store, Checkpoint(0, {}, [], take(running)))
                inbox = []
        whole.apply(report)
        running.apply(report)
        inbox.append(report)
    assert known(whole) == known(restarted(store, targets, inbox))
    save(store, Checkpoint(0, {}, [], take(running)))
    assert known(whole) == known(running) == known(restarted(store, targets, []))


def restarted(store: Store, targets: Targets, inbox: list[Received]) -> Evidence:
    evidence = Evidence(targets)
    load(store, evidence)
    for report in inbox:
        evidence.apply(report)
    return evidence


def test_a_run_that_goes_on_is_written_to_one_row_of_its_machine(
    small_province: Inventory, received: Callable[..., Received], store: Store
) -> None:
    targets = Targets(small_province)
    evidence = Evidence(targets)
    sample = ("govnet_link_reachable", 1.0, {"end": "far"})
    for seq in (1, 2):
        result: Results = {("link", "xa-a/tslcd"): [sample]}
        evidence.apply(received("xa-a/pc-1", START + 60 * seq, result, seq=seq))
        changes = take(evidence)
        save(store, Checkpoint(0, {}, [], changes))
    restored = restarted(store, targets, [])

    written = {table.name: len(rows) for table, rows in changes.rows if rows}
    assert {"evidence_newest": 1} == written
    at = START + 60
    run = Run("0" * 16, 1, 2, at, at + 60, at + 240, restored.own["xa-a"]["xa-a/pc-1"].runs[0].word)
    assert [run] == list(restored.own["xa-a"]["xa-a/pc-1"].runs)


def test_when_collectors_ran_outlives_a_restart(small_province: Inventory, store: Store) -> None:
    targets = Targets(small_province)
    for start in (START, START + 1000.0):
        evidence = restarted(store, targets, [])
        evidence.listen(start)
        for until in (start + 30.0, start + 60.0):
            evidence.listen_until(until)
            save(store, Checkpoint(0, {}, [], take(evidence)))

    assert [
        Listening(START, START + 60.0),
        Listening(START + 1000.0, START + 1060.0),
    ] == restarted(store, targets, []).listening


def test_what_is_too_old_is_dropped_and_deleted(
    small_province: Inventory, received: Callable[..., Received], store: Store
) -> None:
    targets = Targets(small_province)
    evidence = Evidence(targets)
    sample = ("govnet_link_reachable", 1.0, {"end": "far"})
    for seq, at in ((1, START), (2, START + 1000.0)):
        evidence.apply(received("xa-a/pc-1", at, {("link", LINKS[0]): [sample]}, seq=seq))
        evidence.apply(received("xa-a/pc-2", START, seq=seq))
        save(store, Checkpoint(0, {}, [], take(evidence)))
    evidence.expire(START + 500.0)
    save(store, Checkpoint(0, {}, [], take(evidence)))

    # A machine is not forgotten: when it was last alive stays.
    assert ["xa-a/pc-1", "xa-a/pc-2"] == list(evidence.tracks)
    assert [1, 1] == [len(track.runs) for track in evidence.tracks["xa-a/pc-1"].values()]
    assert known(evidence) == known(restarted(store, targets, []))
