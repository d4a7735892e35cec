"""Who gets through to the report path: own rate, forgeries, strangers."""

import asyncio
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from starlette.types import Message, Scope

from collector.intake.gate import KEYS_AT_ONCE, KEYS_PER_MINUTE, Gate
from collector.intake.limits import FAILURES_AT_ONCE, FORGERIES_AT_ONCE, RateLimitedError
from collector.intake.report_path import ReportPath
from govnet.errors import WireError
from govnet.report import HEADER_AGENT, HEADER_KEY, HEADER_SIGNATURE, Purpose, sign

Rig = Any
"""`IngestRig` of the shared conftest."""

OFFICE, ELSEWHERE = ("198.18.0.1", 40_000), ("198.18.9.9", 40_000)
NEIGHBOUR = ("198.18.0.1", 40_001)


class _Counts:
    def rejected(self, reason: str) -> None:
        del reason

    def ingest_seconds(self, seconds: float) -> None:
        del seconds


class _Path:
    """A report path on a clock that stands still until it is moved."""

    def __init__(
        self, rig: Rig, agent_batches_per_minute: int = 120, max_in_flight: int = 256
    ) -> None:
        self.now = 1000.0
        self.in_flight: list[int] = []
        self._rig = rig
        self._seq = 0
        self._path = ReportPath(
            ingest=rig.ingest,
            registry=lambda: rig.registry,
            derivation=lambda: None,  # type: ignore[arg-type,return-value]  # Never asked.
            metrics=_Counts(),
            gate=Gate(
                agent_batches_per_minute=agent_batches_per_minute,
                max_in_flight=max_in_flight,
                in_flight=self.in_flight.append,
                monotonic=lambda: self.now,
            ),
            wall=lambda: 1000.0,
        )

    async def post(
        self, client: tuple[str, int] = OFFICE, *, read: list[int] | None = None, **headers: str
    ) -> tuple[int, str, int | None]:
        """Send a batch; return status, reason and Retry-After."""
        self._seq += 1
        body = self._rig.batch([self._rig.report(self._seq)]).body
        given = {
            HEADER_AGENT: self._rig.identity.agent,
            HEADER_KEY: "k1",
            HEADER_SIGNATURE: sign(self._rig.secret, Purpose.BATCH, body),
            "Content-Encoding": "gzip",
        } | {name.replace("_", "-"): value for name, value in headers.items()}
        scope = {
            "type": "http",
            "method": "POST",
            "client": client,
            "headers": [(name.lower().encode(), text.encode()) for name, text in given.items()],
        }
        sent: list[Message] = []

        async def receive() -> Message:
            if read is not None:
                read.append(len(body))
            return {"type": "http.request", "body": body}

        async def send(message: Message) -> None:
            sent.append(message)

        await self._path.reports(scope, receive, send)
        retry = dict(sent[0]["headers"]).get(b"retry-after")
        reason = msgspec.json.decode(sent[1]["body"]).get("error", "")
        return sent[0]["status"], reason, int(retry) if retry else None


def test_an_agent_has_its_burst_and_then_its_rate(ingest_rig: Callable[[], Rig]):
    async def run() -> None:
        path = _Path(ingest_rig(), agent_batches_per_minute=2)
        assert [(await path.post())[0] for _ in range(4)] == [200] * 4
        read: list[int] = []
        assert await path.post(read=read) == (429, "rate_limited", 30)
        assert read == []
        path.now += 30.0
        assert [(await path.post())[0] for _ in range(2)] == [200, 429]

    asyncio.run(run())


def test_forgeries_cost_the_forger_not_the_agent(ingest_rig: Callable[[], Rig]):
    """The agent's own connection goes on, and so does the agent from another address."""

    async def run() -> None:
        path = _Path(ingest_rig(), agent_batches_per_minute=1)
        assert (await path.post(OFFICE))[0] == 200
        for _ in range(int(FORGERIES_AT_ONCE)):
            forged = await path.post(NEIGHBOUR, Govnet_Signature="0" * 64)
            assert forged[:2] == (401, "bad_signature")
        read: list[int] = []
        status, reason, retry = await path.post(NEIGHBOUR, read=read, Govnet_Signature="0" * 64)
        assert (status, reason, retry, read) == (429, "rate_limited", 10, [])
        assert (await path.post(OFFICE))[0] == 200

        path.now += 60.0
        assert (await path.post(ELSEWHERE))[0] == 200

    asyncio.run(run())


def test_strangers_are_asked_to_come_later_and_nobody_pays_for_them(
    ingest_rig: Callable[[], Rig],
):
    async def run() -> None:
        path = _Path(ingest_rig())
        for number in range(int(FAILURES_AT_ONCE)):
            answer = await path.post(NEIGHBOUR, Govnet_Agent=f"{number:016x}")
            assert answer[:2] == (401, "unknown_agent")
        assert await path.post(NEIGHBOUR, Govnet_Key="k9") == (429, "rate_limited", 2)
        assert (await path.post(OFFICE))[0] == 200

        path.now += 60.0
        answer = await path.post(NEIGHBOUR, Govnet_Agent="f" * 16)
        assert answer[:2] == (401, "unknown_agent")

    asyncio.run(run())


def test_agents_that_are_refused_keep_nobody_behind_their_address_from_enrolling():
    gate = Gate(monotonic=lambda: 0.0)
    office: Scope = {"client": OFFICE}
    for _ in range(2 * int(FAILURES_AT_ONCE)):
        refused = gate.wrong(office, "", WireError("unknown_agent", "no such agent"))
    assert refused.reason == "rate_limited"
    gate.admit_enrolment(office)


def test_wrong_tokens_cost_the_address_that_guesses_and_no_agent_behind_it():
    gate = Gate(monotonic=lambda: 0.0)
    office: Scope = {"client": OFFICE}
    wrong = WireError("bad_token", "no such token")
    for _ in range(int(FAILURES_AT_ONCE)):
        assert gate.wrong_enrolment(office, wrong).reason == "bad_token"
    assert gate.wrong_enrolment(office, wrong).reason == "rate_limited"
    with pytest.raises(WireError, match="come later"):
        gate.admit_enrolment(office)
    gate.admit_enrolment({"client": ELSEWHERE})
    assert gate.wrong(office, "", WireError("unknown_agent", "")).reason == "unknown_agent"


def test_an_agent_brings_only_so_many_new_keys():
    now = [0.0]
    gate = Gate(monotonic=lambda: now[0])
    for _ in range(int(KEYS_AT_ONCE)):
        gate.admit_key("a")
    with pytest.raises(RateLimitedError, match="come later"):
        gate.admit_key("a")
    gate.admit_key("b")
    now[0] += 60.0 / KEYS_PER_MINUTE
    gate.admit_key("a")


def test_what_is_wrong_after_the_code_is_right_counts_for_the_agents_rate_only(
    ingest_rig: Callable[[], Rig],
):
    async def run() -> None:
        path = _Path(ingest_rig(), agent_batches_per_minute=20)
        refused = [await path.post(Content_Encoding="br") for _ in range(40)]
        assert {answer[:2] for answer in refused} == {(415, "unsupported_media_type")}
        assert await path.post(Content_Encoding="br") == (429, "rate_limited", 3)

    asyncio.run(run())


def test_batches_in_flight_are_told_and_end_at_nothing(ingest_rig: Callable[[], Rig]):
    async def run() -> _Path:
        path = _Path(ingest_rig())
        await asyncio.gather(*(path.post() for _ in range(5)))
        await path.post(Govnet_Signature="0")
        return path

    path = asyncio.run(run())
    assert max(path.in_flight) == 5
    assert path.in_flight[-1] == 0


@pytest.mark.parametrize("most", [1, 3])
def test_beyond_its_bound_the_collector_finishes_what_is_in(
    ingest_rig: Callable[[], Rig], most: int
):
    async def run() -> list[int]:
        path = _Path(ingest_rig(), max_in_flight=most)
        return [answer[0] for answer in await asyncio.gather(*(path.post() for _ in range(20)))]

    assert sorted(asyncio.run(run())) == [200] * most + [429] * (20 - most)
