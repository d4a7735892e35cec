"""History processes that cannot be started, or say what nobody expects."""

import asyncio
import logging
import sys
from pathlib import Path

import pytest

from collector.history.channel import Done
from collector.history.options import RemoteWrite
from collector.history.supervise import Histories
from collector.series.labels import Allowed
from tests.unit.deadlines import HANG_SECONDS

ALLOWED = Allowed("centre", frozenset(), {})


class Shown:
    """Metrics that end the test when a process has ended: it then shows how things stand."""

    def __init__(self, caplog: pytest.LogCaptureFixture) -> None:
        self._caplog = caplog
        self.ended = asyncio.Event()

    def history_done(self, receiver: str, done: Done) -> None: ...

    def history_state(self, receiver: str, *, is_up: bool, lag_seconds: float) -> None:
        assert (receiver, is_up, lag_seconds >= 0) == ("r", False, True)
        if "history process ended" in self._caplog.text:
            self.ended.set()


async def _run_until_ended(data: Path, caplog: pytest.LogCaptureFixture) -> None:
    shown = Shown(caplog)
    histories = Histories(
        [RemoteWrite(name="r", url="http://127.0.0.1:1/")],
        data,
        durable_position=lambda: 0,
        allowed=lambda: ALLOWED,
        metrics=shown,
    )
    running = asyncio.create_task(histories.run())
    ended = asyncio.create_task(shown.ended.wait())
    async with asyncio.timeout(HANG_SECONDS):
        await asyncio.wait([running, ended], return_when=asyncio.FIRST_COMPLETED)
    assert not running.done()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


def test_a_process_that_cannot_be_started_is_tried_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "no-python"))
    with caplog.at_level(logging.ERROR):
        asyncio.run(_run_until_ended(tmp_path, caplog))

    (said,) = caplog.records
    assert said.status.startswith("not started: ")  # type: ignore[attr-defined]  # An `extra`.


def test_a_line_that_is_too_long_is_said_to_be_none_and_holds_up_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    chatty = tmp_path / "python"
    chatty.write_text("#!/bin/sh\nhead -c 300000 /dev/zero\nexit 7\n")
    chatty.chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(chatty))
    with caplog.at_level(logging.WARNING):
        asyncio.run(_run_until_ended(tmp_path, caplog))

    assert caplog.records[0].message == "history process said what cannot be read"
    assert caplog.records[-1].status == 7  # type: ignore[attr-defined]  # An `extra`.
