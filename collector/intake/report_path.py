"""The two requests that agents make, as thin ASGI functions: reports in, settings out.

They bypass the web framework: nine of ten requests are reports. Every refusal is JSON with a
reason of `govnet.report.REASONS` and is counted by it.
"""

import asyncio
import logging
import math
import random
import re
import time
from collections.abc import Callable, Iterable
from typing import Protocol

import msgspec
from starlette.types import Receive, Scope, Send

from collector.derivation.derive import Derivation
from collector.intake.gate import Gate
from collector.intake.ingest import Ingest
from collector.intake.limits import (
    LEAST_RETRY_SECONDS,
    PendingError,
    RateLimitedError,
    pending_retry_seconds,
)
from collector.store.registry import Credential, Registry
from govnet.errors import WireError
from govnet.report import (
    HEADER_AGENT,
    HEADER_CRC,
    HEADER_KEY,
    HEADER_NONCE,
    HEADER_SIGNATURE,
    MAX_BODY_BYTES,
    REASONS,
    Purpose,
    crc,
    sign,
    verify,
)

log = logging.getLogger(__name__)

BODY_SECONDS = 60.0
"""Longest time for a body: 1 MiB over a line of 200 kbit/s."""
MAX_BUFFERED_BYTES = 128 << 20
"""Most bytes of unfinished bodies in memory; beyond it new ones are asked to come later."""
RETRY_SECONDS = (5, 30)
"""Range of `Retry-After`, spread so that those refused together do not return together."""

_AGENT = HEADER_AGENT.lower().encode()
_KEY = HEADER_KEY.lower().encode()
_SIGNATURE = HEADER_SIGNATURE.lower().encode()
_CRC = HEADER_CRC.lower().encode()
_NONCE = HEADER_NONCE.lower().encode()
_NONCE_FORM = re.compile(rb"[\x21-\x7e]{8,128}")
_TEXT_CHARACTERS = 200
_FORGED = frozenset({"bad_signature", "body_altered"})
"""Refusals after which nobody knows whose batch it was."""

Headers = dict[bytes, bytes]


class Metrics(Protocol):
    """What is counted here; `collector.metrics.selfmetrics` exposes it."""

    def rejected(self, reason: str) -> None:
        """Count a refused request."""

    def ingest_seconds(self, seconds: float) -> None:
        """Take the time from a batch's last byte to its answer."""


class ReportPath:
    """Serves `POST /v1/reports` and `GET /v1/settings`."""

    def __init__(
        self,
        *,
        ingest: Ingest,
        registry: Callable[[], Registry],
        derivation: Callable[[], Derivation],
        metrics: Metrics,
        gate: Gate | None = None,
        body_seconds: float = BODY_SECONDS,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._ingest = ingest
        self._registry = registry
        self._derivation = derivation
        self._metrics = metrics
        self._body_seconds = body_seconds
        self._wall = wall
        self._gate = gate or Gate()
        self._buffered_bytes = 0
        self.stopping = False
        """While True every batch is refused as `shutting_down`."""

    async def reports(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer `POST /v1/reports`."""
        try:
            answer = await self._take(scope, receive)
        except WireError as exc:
            await self.refuse(send, exc, scope)
        else:
            await respond(send, 200, answer)

    async def _take(self, scope: Scope, receive: Receive) -> bytes:
        if scope["method"] != "POST":
            raise self._gate.wrong(scope, "", WireError("method_not_allowed", "expected POST"))
        if self.stopping:
            raise WireError("shutting_down", "the collector is stopping")
        # At the head: what the body takes to arrive is not the fault of the sender's clock.
        received_at = self._wall()
        headers: Headers = dict(scope["headers"])
        credential = self._credential(scope, headers)
        try:
            with self._gate.enter(scope, credential.identity.agent) as passage:
                body = await self._read_body(headers, receive)
                passage.received()
                return await self._work(scope, headers, credential, body, received_at)
        except WireError as exc:
            if exc.reason in _FORGED or exc.reason == "body_too_large":
                raise self._gate.wrong(scope, credential.identity.agent, exc) from exc
            raise

    async def _work(
        self,
        scope: Scope,
        headers: Headers,
        credential: Credential,
        body: bytes,
        received_at: float,
    ) -> bytes:
        """Take a whole batch in; one whose code is right counts for its agent's rate."""
        _check_crc(headers, body)
        started = time.perf_counter()
        encoding = headers.get(b"content-encoding", b"").decode("latin-1").strip().lower()
        try:
            answer = await self._ingest.take(
                credential, _signature(headers), encoding, body, received_at
            )
        except WireError as exc:
            if exc.reason not in _FORGED:
                self._gate.prove(scope, credential.identity.agent)
            raise
        self._gate.prove(scope, credential.identity.agent)
        self._metrics.ingest_seconds(time.perf_counter() - started)
        return answer

    async def settings(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer `GET /v1/settings`: the agent's settings, signed over its nonce."""
        del receive
        try:
            body, code = self._signed_settings(scope)
        except WireError as exc:
            await self.refuse(send, exc, scope)
        else:
            await respond(send, 200, body, [(_SIGNATURE, code.encode())])

    def _signed_settings(self, scope: Scope) -> tuple[bytes, str]:
        if scope["method"] != "GET":
            raise self._gate.wrong(scope, "", WireError("method_not_allowed", "expected GET"))
        headers: Headers = dict(scope["headers"])
        credential = self._credential(scope, headers)
        agent = credential.identity.agent
        nonce = headers.get(_NONCE, b"")
        if not _NONCE_FORM.fullmatch(nonce):
            wanted = f"{HEADER_NONCE}: expected 8 to 128 ASCII characters"
            raise self._gate.wrong(scope, agent, WireError("bad_request", wanted))
        if not verify(
            credential.secret, _signature(headers), Purpose.SETTINGS_REQUEST, agent.encode(), nonce
        ):
            wanted = "the code does not fit key, agent and nonce"
            raise self._gate.wrong(scope, agent, WireError("bad_signature", wanted))
        body = self._derivation().encoded(credential.identity)
        return body, sign(credential.secret, Purpose.SETTINGS, nonce, body)

    def credential(self, scope: Scope) -> tuple[Credential, str]:
        """Return who signs a request and the code that it gives, which is not checked yet.

        Raises WireError.
        """
        headers: Headers = dict(scope["headers"])
        return self._credential(scope, headers), _signature(headers)

    def _credential(self, scope: Scope, headers: Headers) -> Credential:
        agent, key = headers.get(_AGENT), headers.get(_KEY)
        if agent is None or key is None or _SIGNATURE not in headers:
            wanted = f"expected the headers {HEADER_AGENT}, {HEADER_KEY} and {HEADER_SIGNATURE}"
            raise self._gate.wrong(scope, "", WireError("unauthenticated", wanted))
        try:
            return self._registry().credential(agent.decode("latin-1"), key.decode("latin-1"))
        except WireError as exc:
            if exc.reason == "pending":
                # Nothing is wrong with it; many wait behind one address on the first day.
                raise self._pending(agent.decode("latin-1"), exc) from exc
            raise self._gate.wrong(scope, "", exc) from exc

    def _pending(self, agent: str, error: WireError) -> PendingError:
        registry = self._registry()
        age_seconds = self._wall() - registry.enrolled_at(agent)
        share = random.random()  # noqa: S311 - spreads load, keeps no secret
        retry_seconds = pending_retry_seconds(age_seconds, registry.pending, share)
        return PendingError(error.detail, retry_seconds)

    async def _read_body(self, headers: Headers, receive: Receive) -> bytes:
        """Read the body, plain or chunked, within bounds of size, time and memory."""
        declared = headers.get(b"content-length", b"0")
        if declared.isdigit() and int(declared[:20]) > MAX_BODY_BYTES:
            raise _body_too_large()
        chunks: list[bytes] = []
        total = 0
        try:
            async with asyncio.timeout(self._body_seconds):
                while True:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        raise WireError("body_truncated", "the connection ended within the body")
                    chunk = message.get("body", b"")
                    total += len(chunk)
                    self._buffered_bytes += len(chunk)
                    if total > MAX_BODY_BYTES:
                        raise _body_too_large()
                    if self._buffered_bytes > MAX_BUFFERED_BYTES:
                        raise RateLimitedError(
                            "too many bodies at once; come later", LEAST_RETRY_SECONDS
                        )
                    chunks.append(chunk)
                    if not message.get("more_body", False):
                        return chunks[0] if len(chunks) == 1 else b"".join(chunks)
        except TimeoutError as exc:
            raise WireError(
                "request_timeout", f"the body took over {self._body_seconds:g} s"
            ) from exc
        finally:
            self._buffered_bytes -= total

    async def refuse(self, send: Send, error: WireError, scope: Scope) -> None:
        """Count a refusal and answer it."""
        self._metrics.rejected(error.reason)
        # Counted for everyone; a line per refusal would let a stranger fill the disk.
        log.debug(
            "request refused",
            extra={
                "reason": error.reason,
                "detail": error.detail[:_TEXT_CHARACTERS],
                "client": scope.get("client"),
            },
        )
        await respond_refusal(send, error)


def _signature(headers: Headers) -> str:
    return headers.get(_SIGNATURE, b"").decode("latin-1")


def _check_crc(headers: Headers, body: bytes) -> None:
    """Tell a body that something on the way changed from one with a wrong code."""
    given = headers.get(_CRC)
    if given is not None and given.strip().lower() != crc(body).encode():
        raise WireError("body_altered", "the body is not the one that was sent")


def _body_too_large() -> WireError:
    return WireError("body_too_large", f"at most {MAX_BODY_BYTES} bytes")


async def respond_refusal(send: Send, error: WireError) -> None:
    """Answer a refusal: the reason's status and `{"error": ..., "detail": ...}`."""
    status = REASONS[error.reason]
    headers = []
    if status in {429, 503}:
        if isinstance(error, RateLimitedError):
            retry = math.ceil(error.retry_seconds)
        else:
            retry = random.randint(*RETRY_SECONDS)  # noqa: S311 - spreads load, keeps no secret
        headers.append((b"retry-after", str(retry).encode()))
    if isinstance(error, PendingError):
        headers.append((b"retry-after", str(math.ceil(error.retry_seconds)).encode()))
    if error.reason == "request_timeout":
        headers.append((b"connection", b"close"))
    body = msgspec.json.encode({"error": error.reason, "detail": error.detail[:_TEXT_CHARACTERS]})
    await respond(send, status, body, headers)


async def respond(
    send: Send, status: int, body: bytes, headers: Iterable[tuple[bytes, bytes]] = ()
) -> None:
    """Send one JSON answer."""
    await send(
        {
            "type": "http.response.start",
            "status": status,
            "headers": [
                (b"content-type", b"application/json"),
                (b"content-length", str(len(body)).encode()),
                (b"cache-control", b"no-store"),
                *headers,
            ],
        }
    )
    await send({"type": "http.response.body", "body": body})
