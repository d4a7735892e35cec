import asyncio
import secrets
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from collector.accounts import saved
from collector.accounts.records import Rights, Role
from collector.accounts.watch import AccountsWatch
from collector.store import Store, open_store
from collector.store.database import open_reader
from collector.store.worker import StoreWorker
from collector.web.access import Session, make_link, session_of
from collector.web.sessions import MAX_ASKING, SAVE_SECONDS, UNKNOWN_SECONDS, Sessions
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

    async def ask() -> list[Session | None]:
        forged = ("", "x", "é" * 43, "a" * 44, "a" * 43 + "\n", "a" * 42 + "=")
        assert [await sessions.redeem(token) for token in forged] == [None] * 6
        return [await sessions.find(cookie) for cookie in forged]

    assert asyncio.run(ask()) == [None] * 6
    assert worker.asked == 0


def test_a_cookie_that_does_not_exist_is_asked_for_once_in_a_while(worker: _CountingWorker):
    now = [1000.0]
    sessions = Sessions(worker, 60.0, wall=lambda: now[0])
    cookie = secrets.token_urlsafe(32)

    async def ask() -> None:
        for _ in range(5):
            assert await sessions.find(cookie) is None
        assert worker.asked == 1
        now[0] += UNKNOWN_SECONDS
        assert await sessions.find(cookie) is None
        assert worker.asked == 2

    asyncio.run(ask())


def test_a_link_signs_in_once(store: Store, worker: _CountingWorker):
    token = make_link(store, 1000.0)
    sessions = Sessions(worker, 60.0, wall=lambda: 1001.0)

    async def sign_in() -> None:
        cookie = await sessions.redeem(token)
        assert cookie is not None
        assert await sessions.find(cookie) is not None
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

    async def ask_at_once() -> list[Session | BaseException | None]:
        cookies = (secrets.token_urlsafe(32) for _ in range(50))
        questions = (sessions.find(cookie) for cookie in cookies)
        return await asyncio.gather(*questions, return_exceptions=True)

    answers = asyncio.run(ask_at_once())
    refused = [answer.reason for answer in answers if isinstance(answer, WireError)]
    assert worker.asked == MAX_ASKING
    assert refused == ["database_busy"] * (50 - MAX_ASKING)


def signed_in(store: Store, name: str, now: float) -> str:
    """Make an account that is signed in until 100,000 s later; return its cookie."""
    saved.add(store, name, Rights(name, Role.OPERATOR), now)
    account, cookie = saved.existing(store, name), secrets.token_urlsafe(32)
    assert saved.open_session(store, account, cookie, now, now + 100_000.0, address="198.18.0.9")
    return cookie


def test_a_session_that_nobody_uses_ends_and_its_use_outlives_a_restart(
    store: Store, worker: _CountingWorker
):
    now = [1000.0]
    cookie = signed_in(store, "lan", now[0])

    def started() -> Sessions:
        return Sessions(worker, 100_000.0, 600.0, wall=lambda: now[0])

    async def use() -> None:
        sessions = started()
        for _ in range(5):
            now[0] += 590.0
            assert await sessions.find(cookie) is not None
        assert await started().find(cookie) is not None
        now[0] += SAVE_SECONDS / 2
        assert await sessions.find(cookie) is not None
        now[0] += 601.0
        assert await sessions.find(cookie) is None
        assert await started().find(cookie) is None

    asyncio.run(use())


@pytest.mark.parametrize(
    "change",
    [
        lambda store: saved.disable(store, "lan", 2000.0),
        lambda store: saved.set_password(store, "lan", "hash", 2000.0, must_change=True),
    ],
)
def test_what_another_process_ends_is_over_with_the_next_request(
    tmp_path: Path, store: Store, worker: _CountingWorker, change: Callable[[Store], None]
):
    cookie, other = signed_in(store, "lan", 1000.0), signed_in(store, "minh", 1000.0)
    watch = AccountsWatch(open_reader(tmp_path, store.vault))
    sessions = Sessions(worker, 100_000.0, is_changed=watch.is_changed, wall=lambda: 1001.0)
    command = open_store(tmp_path)

    async def use() -> None:
        assert await sessions.find(cookie) is not None
        change(command)
        assert await sessions.find(cookie) is None
        assert await sessions.find(other) is not None

    asyncio.run(use())
    command.close()


def test_another_role_holds_from_the_next_request_on(
    tmp_path: Path, store: Store, worker: _CountingWorker
):
    cookie = signed_in(store, "lan", 1000.0)
    watch = AccountsWatch(open_reader(tmp_path, store.vault))
    sessions = Sessions(worker, 100_000.0, is_changed=watch.is_changed, wall=lambda: 1001.0)

    async def roles() -> list[str]:
        found = [await sessions.find(cookie)]
        saved.set_rights(store, "lan", Rights("Lan", Role.VIEWER, "xa"), 1001.0)
        found.append(await sessions.find(cookie))
        return [one.account.role for one in found if one is not None and one.account is not None]

    assert asyncio.run(roles()) == ["operator", "viewer"]


def test_who_was_disabled_or_got_another_password_meanwhile_gets_no_session(store: Store):
    saved.add(store, "lan", Rights("Lan", Role.VIEWER), 1000.0)
    before = saved.existing(store, "lan")
    saved.set_password(store, "lan", "hash", 1001.0, must_change=False)
    cookie = secrets.token_urlsafe(32)

    assert not saved.open_session(store, before, cookie, 1002.0, 2000.0, address="198.18.0.9")
    now_known = saved.existing(store, "lan")
    saved.disable(store, "lan", 1003.0)
    assert not saved.open_session(store, now_known, cookie, 1004.0, 2000.0, address="198.18.0.9")
    assert session_of(store, cookie) is None
