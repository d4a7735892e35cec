"""A webhook on this machine that makes text messages of what Alertmanager posts.

`/GROUP` sends to the numbers of that group. It speaks plain HTTP to this machine only, and sends no
number more than so many messages an hour: what is more is refused, which Alertmanager counts as
failed, and stands in the mail all the same.
"""

import asyncio
import logging
import re
import time
from collections import deque
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import msgspec
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from collector.alerts.sms_modem import Modem
from collector.alerts.sms_text import read, short
from collector.toml_file import lines_of, place, read_toml
from govnet.errors import ConfigError, GovnetError

log = logging.getLogger(__name__)

MAX_BODY_BYTES: Final = 4 << 20
"""A storm of all sites with their annotations is about 1 MB."""
_HOUR_SECONDS: Final = 3_600.0
_NUMBER: Final = re.compile(r"\+?[0-9]{8,15}")
_GROUP: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")

Numbers = Mapping[str, tuple[str, ...]]
"""Telephone numbers by group."""


class Gateway:
    """Makes text messages and hands them to the modem, a few an hour for each number."""

    def __init__(
        self,
        numbers: Numbers,
        modem: Modem,
        *,
        diacritics: bool,
        per_hour: int,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._numbers = numbers
        self._modem = modem
        self._diacritics = diacritics
        self._per_hour = per_hour
        self._clock = clock
        self._sent: dict[str, deque[float]] = {}

    def application(self) -> Starlette:
        """Return the application."""
        return Starlette(
            routes=[
                Route("/healthz", self._healthz, methods=["GET"]),
                Route("/{group}", self._take, methods=["POST"]),
            ]
        )

    async def _healthz(self, _: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def _take(self, request: Request) -> Response:
        """Send one message of Alertmanager to a group."""
        group = request.path_params["group"]
        numbers = self._numbers.get(group)
        if numbers is None:
            return _refusal(404, f"no group {group!r} in the file of numbers")
        try:
            text = short(read(await _body(request)), diacritics=self._diacritics)
        except (ValueError, ClientDisconnect) as exc:
            return _refusal(400, f"expected a message of Alertmanager: {exc}")
        allowed = [number for number in numbers if self._may(number)]
        failures = []
        for number in allowed:
            try:
                await asyncio.to_thread(self._modem.send, number, text)
            except GovnetError as exc:
                failures.append(str(exc))
                log.warning("text message not queued", extra={"group": group, "reason": str(exc)})
            else:
                self._sent.setdefault(number, deque()).append(self._clock())
        if failures and len(failures) == len(allowed):
            return _refusal(503, failures[0])  # Alertmanager tries again.
        if not allowed:
            log.warning("text message not sent: too many this hour", extra={"group": group})
            return _refusal(429, f"every number of {group} got {self._per_hour} this hour")
        log.info("text message queued", extra={"group": group, "numbers": len(allowed)})
        return JSONResponse({"queued": len(allowed) - len(failures)})

    def _may(self, number: str) -> bool:
        """Whether that number may get another message this hour."""
        sent = self._sent.get(number, deque())
        while sent and sent[0] <= self._clock() - _HOUR_SECONDS:
            sent.popleft()
        return len(sent) < self._per_hour


def load_numbers(path: Path) -> Numbers:
    """Read the file of numbers: a list for each group.

    Raises ConfigError with every mistake as `file:line:column: where: expected, found`.
    """
    text, plain = read_toml(path)
    lines = lines_of(text)
    problems = []
    for group, numbers in plain.items():
        line, column = place(lines, group)
        problems += [
            f"{path}:{line}:{column}: {group}: {what}" for what in _mistakes(group, numbers)
        ]
    if not plain:
        problems.append(f'{path}:1:1: expected a group like truc-tinh = ["+84900000000"]')
    if problems:
        raise ConfigError(problems)
    return {group: tuple(numbers) for group, numbers in plain.items()}


def _mistakes(group: str, numbers: object) -> list[str]:
    found = []
    if not _GROUP.fullmatch(group):
        found.append("expected small letters, digits and hyphens as the name of a group")
    try:
        listed = msgspec.convert(numbers, list[str])
    except msgspec.ValidationError:
        return [*found, f"expected a list of numbers in quotes, got {numbers!r}"]
    if not listed:
        found.append("expected at least one number, got none")
    found += [
        f"expected a number like +84900000000, got {number!r}"
        for number in listed
        if not _NUMBER.fullmatch(number)
    ]
    return found


async def _body(request: Request) -> bytes:
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > MAX_BODY_BYTES:
            raise ValueError(f"more than {MAX_BODY_BYTES} bytes")
    return bytes(body)


def _refusal(status: int, detail: str) -> Response:
    return JSONResponse({"detail": detail}, status)
