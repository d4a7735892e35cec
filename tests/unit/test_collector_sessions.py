import asyncio
import secrets
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from collector.store import Store, open_store
from collector.store.worker import StoreWorker
from collector.web.access import make_link
from collector.web.sessions import MAX_ASKING, UNKNOWN_SECONDS, Sessions
from govnet.errors import WireError


class _CountingWorker(StoreWorker):
    """Counts what reaches the database."""

    asked = 0

    async def run(self, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        self.asked += 1
        return await super().run(function, *args, **kwargs)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store(tmp_path)


@pytest.fixture
def worker(store: Store) -> Iterator[_CountingWorker]:
    made = _CountingWorker(store)
    yield made
    made.close()


@pytest.fixture
def locked(tmp_path: Path, store: Store) -> Iterator[None]:
    """Keep the database locked for the test."""
    with store.read() as connection:
        connection.exec_driver_sql("PRAGMA busy_timeout=50")
    other = sqlite3.connect(tmp_path / "govnet.sqlite3", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    yield
    other.execute("ROLLBACK")
    other.close()


def test_what_cannot_be_a_cookie_does_not_reach_the_database(worker: _CountingWorker):
    sessions = Sessions(worker, 60.0)

    async def ask() -> list[bool]:
        forged = ("", "x", "é" * 43, "a" * 44, "a" * 43 + "\n", "a" * 42 + "=")
        assert [await sessions.redeem(token) for token in forged] == [None] * 6
        return [await sessions.is_valid(cookie) for cookie in forged]

    assert asyncio.run(ask()) == [False] * 6
    assert worker.asked == 0


def test_a_cookie_that_does_not_exist_is_asked_for_once_in_a_while(worker: _CountingWorker):
    now = [1000.0]
    sessions = Sessions(worker, 60.0, wall=lambda: now[0])
    cookie = secrets.token_urlsafe(32)

    async def ask() -> None:
        for _ in range(5):
            assert not await sessions.is_valid(cookie)
        assert worker.asked == 1
        now[0] += UNKNOWN_SECONDS
        assert not await sessions.is_valid(cookie)
        assert worker.asked == 2

    asyncio.run(ask())


def test_a_link_signs_in_once(store: Store, worker: _CountingWorker):
    token = make_link(store, 1000.0)
    sessions = Sessions(worker, 60.0, wall=lambda: 1001.0)

    async def sign_in() -> None:
        cookie = await sessions.redeem(token)
        assert cookie is not None
        assert await sessions.is_valid(cookie)
        assert await sessions.redeem(token) is None

    asyncio.run(sign_in())


@pytest.mark.usefixtures("locked")
def test_a_locked_database_is_said_to_be_busy(worker: _CountingWorker):
    sessions = Sessions(worker, 60.0)

    with pytest.raises(WireError) as caught:
        asyncio.run(sessions.redeem(secrets.token_urlsafe(32)))

    assert caught.value.reason == "database_busy"


def test_few_ask_the_database_at_once(worker: _CountingWorker):
    sessions = Sessions(worker, 60.0)

    async def ask_at_once() -> list[bool | BaseException]:
        cookies = (secrets.token_urlsafe(32) for _ in range(50))
        questions = (sessions.is_valid(cookie) for cookie in cookies)
        return await asyncio.gather(*questions, return_exceptions=True)

    answers = asyncio.run(ask_at_once())
    refused = [answer.reason for answer in answers if isinstance(answer, WireError)]
    assert worker.asked == MAX_ASKING
    assert refused == ["database_busy"] * (50 - MAX_ASKING)
