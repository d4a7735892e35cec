"""A collector that was killed knows after its restart everything that it had acknowledged."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from collector.config import Config
from collector.process import Collector
from collector.store import open_store
from collector.store.registry import enrol, revoke
from collector.verdict.evidence.evidence import OWN_TRACK, Evidence
from govnet.report import Clock, Purpose, Report, Result, Sample, encode_batch, encode_report, sign
from inventory.load import load

NOW = 1_790_000_000.0
HOUR = 3600.0
INCARNATION = "0123456789abcdef"


@pytest.fixture
def config(small_inventory_file: Path, tmp_path: Path) -> Config:
    return Config(inventory=str(small_inventory_file), data_dir=str(tmp_path / "data"))


@pytest.fixture
def agent(config: Config) -> Any:
    store = open_store(Path(config.data_dir))
    try:
        return enrol(store, load(Path(config.inventory)), "xa-a", "pc-1", NOW)
    finally:
        store.close()


def killed(collector: Collector) -> None:
    """Let go of the files without saving anything more."""
    collector._watch.close()
    collector._worker.close()
    collector._inbox.close()


async def send(collector: Collector, agent: Any, seqs: list[int], sent_at: float) -> None:
    """Send reports, made each minute since boot, which was at NOW."""
    machine = agent.identity.machine
    reports = []
    for seq in seqs:
        uptime = Sample("govnet_machine_uptime_seconds", 60.0 * seq)
        result = Result("machine", machine, 0.1, 0.0, None, (uptime,))
        at = NOW + 60.0 * seq
        reports.append(encode_report(Report(seq, at, 60.0 * seq, "boot", 60.0, "", (result,))))
    clock = Clock(sent_at, sent_at - NOW, "boot")
    body = encode_batch(agent.identity.agent, INCARNATION, clock, reports).body
    credential = collector._registry().credential(agent.identity.agent, agent.key)
    code = sign(agent.secret, Purpose.BATCH, body)
    await collector._ingest.take(credential, code, "gzip", body, sent_at)


def runs(evidence: Evidence) -> list[tuple[int, int]]:
    """Return first and last numbers of the runs of the one machine."""
    return [(run.first_seq, run.last_seq) for run in evidence.tracks["xa-a/pc-1"][OWN_TRACK].runs]


@pytest.mark.parametrize("is_checkpointed", [False, True])
def test_evidence_outlives_kill_9_however_old_it_is(
    config: Config, agent: Any, *, is_checkpointed: bool
) -> None:
    """The second batch is always behind the checkpoint, and hours old at the next start."""

    async def first() -> Evidence:
        collector = Collector(config, lambda: NOW + HOUR)
        await send(collector, agent, [1, 2, 3], NOW + 185.0)
        if is_checkpointed:
            await collector._saving.checkpoint()
        await send(collector, agent, [5, 4, 7], NOW + 420.0)
        killed(collector)
        return collector._live.evidence

    async def second() -> Evidence:
        collector = Collector(config, lambda: NOW + 9 * HOUR)
        killed(collector)
        return collector._live.evidence

    before, after = asyncio.run(first()), asyncio.run(second())

    # Those that had waited for longer than an interval say only that the machine was alive.
    assert [(1, 2), (3, 3), (4, 5), (7, 7)] == runs(before) == runs(after)
    assert before.starts == after.starts
    assert NOW == after.starts["xa-a/pc-1"][0].booted_at
    times = [(one.start, one.end) for one in after.listening]
    saved = [(NOW + HOUR, NOW + HOUR)] if is_checkpointed else []
    assert [*saved, (NOW + 9 * HOUR, NOW + 9 * HOUR)] == times


def test_evidence_of_an_agent_revoked_while_nobody_ran_is_gone(config: Config, agent: Any) -> None:
    async def first() -> None:
        collector = Collector(config, lambda: NOW + HOUR)
        await send(collector, agent, [1, 2, 3], NOW + 185.0)
        await collector._saving.checkpoint()
        killed(collector)

    async def second() -> Evidence:
        collector = Collector(config, lambda: NOW + 9 * HOUR)
        await collector._saving.checkpoint()
        killed(collector)
        return collector._live.evidence

    asyncio.run(first())
    kept = asyncio.run(second()).tracks
    store = open_store(Path(config.data_dir))
    try:
        revoke(store, agent.identity.agent, NOW)
    finally:
        store.close()

    assert ["xa-a/pc-1"] == list(kept)
    assert {} == asyncio.run(second()).tracks
