"""The collector's side of a history process."""

import asyncio
import sys
from pathlib import Path

import pytest

from collector.history.channel import Done
from collector.history.options import RemoteWrite
from collector.history.supervise import Histories
from collector.series.labels import Allowed


class _Shown:
    """Tells when the receiver was shown, which must be as away."""

    def __init__(self) -> None:
        self.news = asyncio.Event()

    def history_done(self, receiver: str, done: Done) -> None:
        raise AssertionError(receiver, done)

    def history_state(self, receiver: str, *, is_up: bool, lag_seconds: float) -> None:
        assert (receiver, is_up, lag_seconds >= 0.0) == ("r", False, True)
        self.news.set()


def test_a_process_that_cannot_be_started_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    """As when the collector has no file or process left; what is behind goes on being shown."""
    monkeypatch.setattr(sys, "executable", str(tmp_path / "missing"))

    async def run() -> None:
        shown = _Shown()
        histories = Histories(
            [RemoteWrite(name="r", url="http://127.0.0.1/")],
            tmp_path,
            durable_position=lambda: 0,
            allowed=lambda: Allowed("c", frozenset(), {}),
            metrics=shown,
        )
        running = asyncio.create_task(histories.run())
        async with asyncio.timeout(30.0):
            while sum("started again" in one.message for one in caplog.records) < 2:
                shown.news.clear()
                await shown.news.wait()
                assert not running.done()
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running

    asyncio.run(run())
