"""A thousand agents at the same moment: who is let in is finished, the others come later."""

import asyncio
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from collector.store import open_store
from collector.store.registry import NewKey, enrol
from govnet.report import Clock, Purpose, Report, encode_batch, encode_report, sign
from inventory.load import load

pytestmark = pytest.mark.e2e

AGENTS = 1_000
AT_ONCE = 100
SLOWEST_SECONDS = 20.0
"""An agent's patience; below 1 s is measured on two cores that have nothing else to do."""
MOST_GROWTH_BYTES = 48 << 20


class Answer(NamedTuple):
    status: int
    seconds: float
    retry_seconds: int
    reason: str


class Agent:
    """One agent on one kept connection."""

    def __init__(self, address: tuple[str, int], key: NewKey) -> None:
        self.address, self.key = address, key
        self.reader: asyncio.StreamReader
        self.writer: asyncio.StreamWriter

    async def connect(self) -> None:
        self.reader, self.writer = await asyncio.open_connection(*self.address)

    async def report(self) -> Answer:
        identity = self.key.identity
        report = encode_report(Report(1, time.time(), 1.0, "b", 60.0, "", ()))
        clock = Clock(time.time(), 1.0, "b")
        body = encode_batch(identity.agent, "0" * 16, clock, [report]).body
        started = time.monotonic()
        self.writer.write(
            b"POST /v1/reports HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n"
            b"Content-Encoding: gzip\r\nGovnet-Agent: %s\r\nGovnet-Key: %s\r\n"
            b"Govnet-Signature: %s\r\n\r\n"
            % (
                len(body),
                identity.agent.encode(),
                self.key.key.encode(),
                sign(self.key.secret, Purpose.BATCH, body).encode(),
            )
            + body
        )
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode().lower()
        fields = dict(line.split(": ", 1) for line in head.splitlines()[1:] if line)
        answer = json.loads(await self.reader.readexactly(int(fields["content-length"])))
        return Answer(
            int(head.split()[1]),
            time.monotonic() - started,
            int(fields.get("retry-after", "0")),
            answer.get("error", ""),
        )

    async def report_until_taken(self) -> list[Answer]:
        answers = [await self.report()]
        while answers[-1].status != 200:
            await asyncio.sleep(answers[-1].retry_seconds)
            answers.append(await self.report())
        return answers


async def _all_at_once(agents: list[Agent]) -> list[list[Answer]]:
    for agent in agents:
        await agent.connect()
    try:
        return await asyncio.gather(*(agent.report_until_taken() for agent in agents))
    finally:
        for agent in agents:
            agent.writer.close()


def _enrolled(data: Path, inventory: Path) -> list[NewKey]:
    store, known = open_store(data), load(inventory)
    try:
        return [
            enrol(store, known, "xa-a", f"may-{number:04d}", time.time())
            for number in range(AGENTS)
        ]
    finally:
        store.close()


def test_under_overload_what_is_let_in_is_finished_and_the_rest_comes_later(
    collector_process: Callable[..., Any], tmp_path: Path, small_inventory_file: Path
):
    config = tmp_path / "collector.toml"
    config.write_text(f"max_in_flight = {AT_ONCE}\n")
    keys = _enrolled(tmp_path / "data", small_inventory_file)
    collector = collector_process("--config", str(config))
    before = collector.rss_bytes()

    turns = asyncio.run(_all_at_once([Agent(collector.address, key) for key in keys]))

    answers = [answer for turn in turns for answer in turn]
    taken = [answer for answer in answers if answer.status == 200]
    refused = [answer for answer in answers if answer.status != 200]
    assert len(taken) == AGENTS
    assert {(answer.status, answer.reason) for answer in refused} == {(429, "rate_limited")}
    assert all(2 <= answer.retry_seconds <= 60 for answer in refused)
    assert len({answer.retry_seconds for answer in refused}) > 3, "they are spread"
    slowest = max(answer.seconds for answer in taken), max(answer.seconds for answer in refused)
    grown = collector.rss_bytes() - before
    print(
        f"taken {len(taken)}, refused {len(refused)}, slowest 200 {slowest[0]:.2f} s,"
        f" slowest 429 {slowest[1]:.2f} s, longest Retry-After"
        f" {max(answer.retry_seconds for answer in refused)} s, memory +{grown / 2**20:.1f} MiB"
    )
    assert max(slowest) < SLOWEST_SECONDS
    assert grown < MOST_GROWTH_BYTES
    assert collector.counted("govnet_collector_batches_in_flight") == {"": 0.0}
    assert collector.counted("govnet_collector_reports_total")["accepted"] == AGENTS
