"""Two rare requests of agents, as thin ASGI functions: enrolment by token, and another key.

Beside the web framework, like `collector.intake.report_path`, whose answers and counts they share:
every refusal is JSON with a reason of `govnet.report.REASONS`.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Protocol

from sqlalchemy.exc import OperationalError
from starlette.types import Receive, Scope, Send

from collector.intake.gate import Gate, host_of
from collector.intake.report_path import ReportPath, respond
from collector.siting import Siting
from collector.store.enrolment import add_key, enrol_by_token
from collector.store.worker import StoreWorker
from govnet.enrolment import MAX_REQUEST_BYTES, EnrolRequest, NewKeyRequest, decode, encode
from govnet.errors import ConfigError, WireError
from govnet.report import Purpose, verify
from inventory.model import Inventory

log = logging.getLogger(__name__)

BODY_SECONDS = 20.0
"""Longest time for the body of such a request: it is small."""
MAX_WAITING = 1_000
"""Most of these requests at once; beyond it they are asked to come later."""


class Metrics(Protocol):
    """What is counted here; `collector.metrics.selfmetrics` exposes it."""

    def enrolment(self, result: str) -> None:
        """Count an enrolment by its result."""


class EnrolPath:
    """Serves `POST /v1/enrol` and `POST /v1/keys`."""

    def __init__(
        self,
        *,
        reports: ReportPath,
        gate: Gate,
        worker: StoreWorker,
        inventory: Callable[[], Inventory],
        metrics: Metrics,
        body_seconds: float = BODY_SECONDS,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._reports = reports
        self._gate = gate
        self._worker = worker
        self._inventory = inventory
        self._metrics = metrics
        self._body_seconds = body_seconds
        self._wall = wall
        self._siting: Siting | None = None
        self._waiting = 0

    async def enrol(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer `POST /v1/enrol`."""
        if not await self._answer(self._enrol, scope, receive, send):
            self._metrics.enrolment("refused")

    async def keys(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer `POST /v1/keys`."""
        await self._answer(self._new_key, scope, receive, send)

    async def _answer(
        self,
        act: Callable[[Scope, Receive], Awaitable[bytes]],
        scope: Scope,
        receive: Receive,
        send: Send,
    ) -> bool:
        """Act and answer; return whether it was done."""
        self._waiting += 1
        try:
            self._refuse_early(scope)
            answer = await act(scope, receive)
        except WireError as exc:
            await self._reports.refuse(send, exc, scope)
            return False
        finally:
            self._waiting -= 1
        await respond(send, 200, answer)
        return True

    def _refuse_early(self, scope: Scope) -> None:
        if scope["method"] != "POST":
            raise WireError("method_not_allowed", "expected POST")
        if self._reports.stopping:
            raise WireError("shutting_down", "the collector is stopping")
        if self._waiting > MAX_WAITING:
            raise WireError("rate_limited", "too many at once; come later")

    async def _enrol(self, scope: Scope, receive: Receive) -> bytes:
        self._gate.admit_enrolment(scope)
        siting = self._current_siting()
        host = host_of(scope) or ""
        try:
            request = decode(EnrolRequest, await self._read_body(receive))
            done = await self._worker.run(enrol_by_token, siting, request, host, self._wall())
        except (OperationalError, ConfigError) as exc:
            raise _unavailable(exc) from exc
        except WireError as exc:
            # Guessing tokens costs the guesser's address, whatever was wrong with the guess.
            raise self._gate.wrong_enrolment(scope, exc) from exc
        self._metrics.enrolment(done.result)
        log.info(
            "agent enrolled",
            extra={
                "result": done.result,
                "agent": done.answer.agent,
                "machine": done.answer.machine,
                "client": host,
            },
        )
        return encode(done.answer)

    async def _new_key(self, scope: Scope, receive: Receive) -> bytes:
        credential, signature = self._reports.credential(scope)
        body = await self._read_body(receive)
        if not verify(credential.secret, signature, Purpose.NEW_KEY, body):
            wrong = WireError("bad_signature", "the code does not fit key and body")
            raise self._gate.wrong(scope, credential.identity.agent, wrong)
        agent = credential.identity.agent
        self._gate.admit_key(agent)
        request = decode(NewKeyRequest, body)
        try:
            answer = await self._worker.run(add_key, agent, credential.key, request, self._wall())
        except (OperationalError, ConfigError) as exc:
            raise _unavailable(exc) from exc
        return encode(answer)

    def _current_siting(self) -> Siting:
        inventory = self._inventory()
        if self._siting is None or self._siting.inventory is not inventory:
            self._siting = Siting(inventory)
        return self._siting

    async def _read_body(self, receive: Receive) -> bytes:
        """Read the small body within bounds of size and time."""
        body: bytes = b""
        try:
            async with asyncio.timeout(self._body_seconds):
                while True:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        raise WireError("body_truncated", "the connection ended within the body")
                    body += message.get("body", b"")
                    if len(body) > MAX_REQUEST_BYTES:
                        raise WireError("body_too_large", f"at most {MAX_REQUEST_BYTES} bytes")
                    if not message.get("more_body", False):
                        return body
        except TimeoutError as exc:
            raise WireError(
                "request_timeout", f"the body took over {self._body_seconds:g} s"
            ) from exc


def _unavailable(exc: Exception) -> WireError:
    """Say that it is not the sender's fault: the database is held, or the master key is away."""
    log.error("agents cannot be written", extra={"error": str(exc)})
    return WireError("database_busy", "agents cannot be written now; come later")
