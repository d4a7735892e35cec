"""Work that is done again and again."""

import asyncio
import logging

import pytest

from collector.periodic import every


def test_what_fails_round_after_round_is_said_once_and_again_when_it_is_done(
    caplog: pytest.LogCaptureFixture,
) -> None:
    rounds: list[Exception | None] = [None, OSError("full"), OSError("full"), None, OSError("full")]

    async def run() -> None:
        over = asyncio.Event()

        async def act() -> None:
            if not rounds:
                over.set()
                return
            if (failure := rounds.pop(0)) is not None:
                raise failure

        working = asyncio.create_task(every(0.0, act))
        await over.wait()
        working.cancel()

    with caplog.at_level(logging.INFO):
        asyncio.run(run())

    failed, again = "periodic work failed", "periodic work is done again"
    assert [one.message for one in caplog.records][:3] == [failed, again, failed]
    assert len(caplog.records) <= 4
