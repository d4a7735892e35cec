"""The door: passwords and codes are looked at here and nowhere else, one after the other.

Used from the event loop; the database has its own thread, hashing takes another. As attempts stand
in line, nobody can try many passwords at once before the first mistake counts.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from enum import StrEnum
from typing import Final

import msgspec

from collector.accounts import saved
from collector.accounts.codes import step_of
from collector.accounts.lockout import LockOut
from collector.accounts.passwords import MAX_LENGTH, Hashes
from collector.accounts.records import Account, name_of
from collector.intake.limits import is_loopback, place_of
from collector.store import Store
from collector.store.digest import new_token
from collector.store.vault import code_secret_of
from collector.store.worker import StoreWorker
from govnet.errors import ConfigError

log = logging.getLogger(__name__)

MAX_WAITING: Final = 8
"""Most people in line; each takes a tenth of a second."""
_MAX_NAME: Final = 64


class Why(StrEnum):
    """Why somebody was not let in; counted under these words."""

    WRONG_PASSWORD = "wrong_password"  # noqa: S105 - a word for a mistake, no secret
    """Or no such account: nobody is told which."""
    WRONG_CODE = "wrong_code"
    DISABLED = "disabled"
    ACCOUNT_LOCKED = "account_locked"
    ADDRESS_LOCKED = "address_locked"
    BUSY = "busy"


LET_IN: Final = ("password", "link")
"""How somebody was let in; counted under these words."""


class Refused(msgspec.Struct, frozen=True):
    """Somebody was not let in; `wait_seconds`: it is not worth trying before."""

    why: Why
    wait_seconds: float = 0.0


class SignedIn(msgspec.Struct, frozen=True):
    """Somebody was let in, by this cookie."""

    cookie: str
    account: Account


class Door:
    """Raises WireError `database_busy` where the database cannot be asked now.

    `count` is told how every attempt ended, by one of the words above.
    """

    def __init__(
        self,
        worker: StoreWorker,
        *,
        session_seconds: float,
        count: Callable[[str], None],
        hashes: Hashes | None = None,
        wall: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._worker = worker
        self._session_seconds = session_seconds
        self._count = count
        self._hashes = hashes or Hashes()
        self._wall = wall
        self._monotonic = monotonic
        self._lockout = LockOut()
        self._line = asyncio.Lock()
        self._waiting = 0

    async def sign_in(
        self, name: str, password: str, code: str, host: str | None
    ) -> SignedIn | Refused:
        """Let somebody in, or say why not."""
        name, place = name_of(name)[:_MAX_NAME], place_of(host)
        found = await self._known(name, password, place, code)
        if isinstance(found, Account):
            cookie, now = new_token(), self._wall()
            ends_at = now + self._session_seconds
            if await self._worker.answer(
                saved.open_session, found, cookie, now, ends_at, address=place
            ):
                self._count("password")
                return SignedIn(cookie, found)
            # It was disabled, or its password changed, this very moment.
            found = Refused(Why.DISABLED)
        self._count(found.why)
        return found

    async def change_password(
        self, name: str, present: str, chosen: str, *, host: str | None, cookie: str
    ) -> Refused | None:
        """Replace the password of who is signed in; other sessions of the account end."""
        found = await self._known(name, present, place_of(host))
        if isinstance(found, Refused):
            self._count(found.why)
            return found
        made = await asyncio.to_thread(self._hashes.made, chosen)
        await self._worker.answer(
            saved.set_password,
            name,
            made,
            self._wall(),
            must_change=False,
            keep=cookie,
            who=name,
        )
        return None

    async def set_codes(
        self, name: str, present: str, secret: str | None, code: str, *, host: str | None
    ) -> Refused | None:
        """Ask who is signed in for codes of that secret from now on; None: for none any more."""
        found = await self._known(name, present, place_of(host))
        step: int | None = 0
        if isinstance(found, Account) and secret is not None:
            step = step_of(secret, code, self._wall(), 0)
            found = Refused(Why.WRONG_CODE) if step is None else found
        if isinstance(found, Refused):
            self._count(found.why)
            return found
        await self._worker.answer(
            saved.set_totp, name, secret, self._wall(), step=step or 0, who=name
        )
        return None

    async def choose_password(self, token: str, chosen: str) -> str | None:
        """Use a link up; return the account that has the password now, None if it is not valid."""
        # Hashing costs: not for strangers without a link.
        if await self.of_link(token) is None:
            return None
        made = await asyncio.to_thread(self._hashes.made, chosen)
        return await self._worker.answer(saved.redeem_password_link, token, made, self._wall())

    async def of_link(self, token: str) -> str | None:
        """Return whose password a link sets, None if it is not valid; it stays good."""
        return await self._worker.answer(saved.of_password_link, token, self._wall())

    async def account(self, name: str) -> Account | None:
        """Return an account as it is now."""
        return await self._worker.answer(saved.find, name)

    async def leave(self, cookie: str) -> None:
        """End a session."""
        await self._worker.answer(saved.close_session, cookie)

    async def _known(
        self, name: str, password: str, place: str, code: str | None = None
    ) -> Account | Refused:
        """Return the account of that name and password; `code` None: none is asked for."""
        if self._waiting >= MAX_WAITING:
            return Refused(Why.BUSY)
        self._waiting += 1
        try:
            async with self._line:
                return await self._looked_at(name, password, place, code)
        finally:
            self._waiting -= 1

    async def _looked_at(
        self, name: str, password: str, place: str, code: str | None
    ) -> Account | Refused:
        now = self._monotonic()
        # Behind a proxy of this machine everybody comes from its address.
        counted = "" if is_loopback(place) else place
        if counted and (wait := self._lockout.address_wait(counted, now)):
            return Refused(Why.ADDRESS_LOCKED, wait)
        if wait := self._lockout.account_wait(name, now):
            return Refused(Why.ACCOUNT_LOCKED, wait)
        account = await self._worker.answer(saved.find, name)
        why = await self._mistake(account, password, code)
        if why is None and account is not None:
            self._lockout.succeeded(name)
            return account
        wait = self._lockout.failed(name, counted, now)
        if wait:
            await self._worker.answer(saved.note_locked, name, place, wait, self._wall())
        return Refused(why or Why.WRONG_PASSWORD, wait)

    async def _mistake(
        self, account: Account | None, password: str, code: str | None
    ) -> Why | None:
        kept = account.password if account is not None else None
        fits = await asyncio.to_thread(self._hashes.fits, kept, password[: MAX_LENGTH + 1])
        if account is None or not fits:
            return Why.WRONG_PASSWORD
        if account.disabled_at is not None:
            return Why.DISABLED
        if account.totp is None or code is None:
            return None
        try:
            secret = await self._worker.answer(_opened, account.name, account.totp)
        except ConfigError as exc:
            log.error("the secret of an account's codes cannot be read", exc_info=exc)  # noqa: TRY400 - said with its text
            return Why.WRONG_CODE
        step = step_of(secret, code, self._wall(), account.totp_step)
        if step is None or not await self._worker.answer(saved.use_step, account.name, step):
            return Why.WRONG_CODE
        return None


def _opened(store: Store, name: str, sealed: bytes) -> str:
    return store.vault.open(*code_secret_of(name), sealed).decode()
