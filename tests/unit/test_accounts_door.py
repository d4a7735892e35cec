"""Signing in: who is let in, who has to wait and for how long, what is counted and written down."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pyotp
import pytest

from collector.accounts import saved
from collector.accounts.codes import new_secret
from collector.accounts.door import MAX_WAITING, Door, Refused, SignedIn, Why
from collector.accounts.lockout import (
    ACCOUNT_FREE,
    ADDRESS_FREE,
    FIRST_SECONDS,
    MOST_SECONDS,
)
from collector.accounts.records import Rights, Role
from collector.accounts.words import duration, refusal
from collector.store import open_store
from collector.store.audit import entries
from collector.store.rotation import rotate_master
from collector.store.worker import StoreWorker
from collector.web.access import session_of
from tests.accounts import PASSWORD, QUICK

NOW = 1_790_000_000.0
HOST = "198.18.0.9"


class At:
    """A door on a clock of its own, with one account."""

    def __init__(self, folder: Path) -> None:
        self.now = NOW
        self.store = open_store(folder)
        self.counted: Counter[str] = Counter()
        self.door = Door(
            StoreWorker(self.store),
            session_seconds=3600.0,
            count=lambda word: self.counted.update([word]),
            hashes=QUICK,
            wall=lambda: self.now,
            monotonic=lambda: self.now - NOW,
        )
        saved.add(self.store, "lan", Rights("Lan", Role.OPERATOR), self.now)
        self.choose(PASSWORD)

    def choose(self, password: str, *, must_change: bool = False) -> None:
        hashed = QUICK.made(password)
        saved.set_password(self.store, "lan", hashed, self.now, must_change=must_change)

    async def sign_in(
        self, password: str = PASSWORD, code: str = "", name: str = "lan", host: str = HOST
    ) -> SignedIn | Why:
        found = await self.door.sign_in(name, password, code, host)
        return found.why if isinstance(found, Refused) else found

    async def wrong(self, times: int, **more: str) -> list[SignedIn | Why]:
        return [await self.sign_in(f"wrong {number}", **more) for number in range(times)]

    def actions(self) -> list[tuple[str, str, str]]:
        return [(one.action, one.subject, one.who) for one in entries(self.store, 100)]


@pytest.fixture
def at(tmp_path: Path) -> Iterator[At]:
    made = At(tmp_path)
    yield made
    made.store.close()


def test_name_and_password_open_a_session_of_the_account(at: At):
    found = asyncio.run(at.sign_in(name=" LAN "))

    assert isinstance(found, SignedIn)
    session = session_of(at.store, found.cookie)
    assert session is not None
    assert session.account is not None
    assert (session.account.name, session.ends_at) == ("lan", NOW + 3600.0)
    assert at.counted == {"password": 1}
    assert ("signed in", "lan", "lan") in at.actions()


def test_a_wrong_password_an_unknown_name_and_a_disabled_account_are_answered_alike(at: At):
    async def answers() -> list[str]:
        said = [await at.door.sign_in(name, "sai mật khẩu", "", HOST) for name in ("lan", "x")]
        saved.disable(at.store, "lan", at.now)
        said.append(await at.door.sign_in("lan", PASSWORD, "", HOST))
        return [refusal(one) for one in said if isinstance(one, Refused)]

    assert asyncio.run(answers()) == ["Tên, mật khẩu hoặc mã xác thực không đúng."] * 3
    assert at.counted == {"wrong_password": 2, "disabled": 1}


def test_an_account_without_a_password_lets_nobody_in(at: At):
    saved.add(at.store, "minh", Rights("Minh", Role.VIEWER), at.now)

    assert asyncio.run(at.sign_in("", name="minh")) is Why.WRONG_PASSWORD


def test_after_some_mistakes_even_the_right_password_waits_longer_each_time(at: At):
    async def waits() -> list[float]:
        await at.wrong(ACCOUNT_FREE)
        found = []
        for _ in range(9):
            refused = await at.door.sign_in("lan", PASSWORD, "", HOST)
            assert isinstance(refused, Refused)
            assert refused.why is Why.ACCOUNT_LOCKED
            found.append(refused.wait_seconds)
            at.now += refused.wait_seconds
            assert await at.sign_in("wrong", host="198.18.7.7") is Why.WRONG_PASSWORD
        at.now += MOST_SECONDS
        assert isinstance(await at.sign_in(), SignedIn)
        assert await at.wrong(ACCOUNT_FREE - 1) == [Why.WRONG_PASSWORD] * (ACCOUNT_FREE - 1)
        assert isinstance(await at.sign_in(), SignedIn)
        return found

    expected = [min(FIRST_SECONDS * 2**number, MOST_SECONDS) for number in range(9)]
    assert asyncio.run(waits()) == expected
    assert ("account locked", "lan", "login") in at.actions()


def test_an_address_that_tries_many_accounts_waits_and_others_do_not(at: At):
    async def tried() -> tuple[SignedIn | Why, SignedIn | Why]:
        for number in range(ADDRESS_FREE):
            await at.sign_in("wrong", name=f"user{number}")
        return await at.sign_in(), await at.sign_in(host="198.18.1.1")

    here, there = asyncio.run(tried())
    assert here is Why.ADDRESS_LOCKED
    assert isinstance(there, SignedIn)
    assert not any(action == "account locked" for action, _, _ in at.actions())


def test_signing_in_with_an_own_account_buys_an_address_no_more_guesses(at: At):
    async def tried() -> SignedIn | Why:
        for number in range(ADDRESS_FREE):
            await at.sign_in("wrong", name=f"user{number}")
            if number % 3 == 0:
                await at.sign_in()
        return await at.sign_in()

    assert asyncio.run(tried()) is Why.ADDRESS_LOCKED


def test_behind_a_proxy_of_this_machine_only_accounts_wait(at: At):
    async def tried() -> SignedIn | Why:
        for number in range(3 * ADDRESS_FREE):
            await at.sign_in("wrong", name=f"user{number}", host="127.0.0.1")
        return await at.sign_in(host="127.0.0.1")

    assert isinstance(asyncio.run(tried()), SignedIn)


def test_many_at_once_gain_no_more_guesses_and_those_beyond_the_line_come_later(at: At):
    async def at_once() -> list[SignedIn | Why]:
        return await asyncio.gather(*(at.sign_in(f"wrong {number}") for number in range(50)))

    assert Counter(asyncio.run(at_once())) == {
        Why.WRONG_PASSWORD: ACCOUNT_FREE,
        Why.ACCOUNT_LOCKED: MAX_WAITING - ACCOUNT_FREE,
        Why.BUSY: 50 - MAX_WAITING,
    }


def test_with_codes_on_a_code_is_needed_and_counts_once(at: At):
    secret = new_secret()

    async def use() -> list[object]:
        code = pyotp.TOTP(secret).at(int(at.now))
        assert await at.door.set_codes("lan", "sai", secret, code, host=HOST) is not None
        wrong = await at.door.set_codes("lan", PASSWORD, secret, "000000", host=HOST)
        assert wrong is not None
        assert wrong.why is Why.WRONG_CODE
        assert await at.door.set_codes("lan", PASSWORD, secret, code, host=HOST) is None
        without, again = await at.sign_in(), await at.sign_in(code=code)
        at.now += 30.0
        later = pyotp.TOTP(secret).at(int(at.now))
        first = await at.sign_in(code=later)
        return [without, again, isinstance(first, SignedIn), await at.sign_in(code=later)]

    assert asyncio.run(use()) == [Why.WRONG_CODE, Why.WRONG_CODE, True, Why.WRONG_CODE]
    kept = saved.existing(at.store, "lan").totp
    assert kept is not None
    assert secret.encode() not in kept


def test_codes_are_still_known_under_another_master_key(at: At):
    secret = new_secret()
    saved.set_totp(at.store, "lan", secret, at.now)
    rotate_master(at.store, at.now)

    found = asyncio.run(at.sign_in(code=pyotp.TOTP(secret).at(int(at.now))))
    assert isinstance(found, SignedIn)


def test_a_changed_password_ends_the_other_sessions_and_keeps_this_one(at: At):
    async def change() -> tuple[str, str]:
        here, there = await at.sign_in(), await at.sign_in()
        assert isinstance(here, SignedIn)
        assert isinstance(there, SignedIn)
        chosen = "Chín bỏ làm mười nhé"
        refused = await at.door.change_password("lan", "sai", chosen, host=HOST, cookie=here.cookie)
        assert refused == Refused(Why.WRONG_PASSWORD)
        done = await at.door.change_password("lan", PASSWORD, chosen, host=HOST, cookie=here.cookie)
        assert done is None
        assert await at.sign_in() is Why.WRONG_PASSWORD
        assert isinstance(await at.sign_in(chosen), SignedIn)
        return here.cookie, there.cookie

    here, there = asyncio.run(change())
    assert session_of(at.store, here) is not None
    assert session_of(at.store, there) is None
    assert not saved.existing(at.store, "lan").must_change


def test_a_link_sets_a_password_once_and_within_a_day(at: At):
    async def use() -> None:
        first = saved.make_password_link(at.store, "lan", at.now)
        second = saved.make_password_link(at.store, "lan", at.now)
        assert await at.door.of_link(first) is None
        at.now += saved.PASSWORD_LINK_SECONDS - 1
        assert await at.door.of_link(second) == "lan"
        assert await at.door.choose_password(second, "Chín bỏ làm mười nhé") == "lan"
        assert await at.door.choose_password(second, "Một câu chuyện khác") is None
        assert isinstance(await at.sign_in("Chín bỏ làm mười nhé"), SignedIn)
        late = saved.make_password_link(at.store, "lan", at.now)
        at.now += saved.PASSWORD_LINK_SECONDS
        assert await at.door.choose_password(late, "Một câu chuyện khác") is None

    asyncio.run(use())
    assert ("account password", "lan", "lan") in at.actions()


def test_no_link_or_password_is_in_the_account_of_changes(at: At):
    token = saved.make_password_link(at.store, "lan", at.now)
    asyncio.run(at.door.choose_password(token, "Chín bỏ làm mười nhé"))

    told = repr(entries(at.store, 100))
    assert "account password link" in told
    assert token not in told
    assert "Chín bỏ" not in told
    assert "argon2" not in told


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.2, "1 giây"), (30.0, "30 giây"), (60.0, "60 giây"), (61.0, "2 phút"), (3600.0, "60 phút")],
)
def test_a_wait_is_never_told_shorter_than_it_is(seconds: float, said: str):
    assert duration(seconds) == said


def test_a_name_of_any_length_is_just_an_unknown_one(at: At):
    assert asyncio.run(at.sign_in(name="x" * 10_000)) is Why.WRONG_PASSWORD
