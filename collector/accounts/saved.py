"""Accounts in the database; every function is one transaction.

Who changed what is in the account of changes; `who` is the user of this process unless given. What
cannot be raises ConfigError, and nothing is changed. Passwords come here as hashes, links' tokens
as they are given to the browser.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, Row, delete, insert, select, update

from collector.accounts.records import Account, Rights, Role
from collector.store import Store
from collector.store.audit import note
from collector.store.digest import digest, new_token
from collector.store.tables import accounts, only_row, password_links, sessions
from collector.store.vault import code_secret_of
from govnet.errors import ConfigError

PASSWORD_LINK_SECONDS: Final = 86_400.0


@contextmanager
def _change(store: Store) -> Iterator[Connection]:
    """Give a transaction after which a running collector looks at accounts and sessions again."""
    with store.write() as connection:
        connection.execute(
            update(only_row).values(accounts_version=only_row.c.accounts_version + 1)
        )
        yield connection


def accounts_version(store: Store) -> int:
    """Return a number that grows with every change of accounts and sessions."""
    with store.read() as connection:
        return int(connection.execute(select(only_row.c.accounts_version)).scalar_one())


def find(store: Store, name: str) -> Account | None:
    """Return an account, None if there is none such."""
    with store.read() as connection:
        row = connection.execute(select(accounts).where(accounts.c.name == name)).one_or_none()
    return None if row is None else account_of(row)


def existing(store: Store, name: str) -> Account:
    """Return an account; raises ConfigError if there is none such."""
    with store.read() as connection:
        return account_of(_existing(connection, name))


def every(store: Store) -> list[Account]:
    """Return all accounts by name."""
    with store.read() as connection:
        rows = connection.execute(select(accounts).order_by(accounts.c.name)).all()
    return [account_of(row) for row in rows]


def account_of(row: Row[Any]) -> Account:
    """Return what a row of the table, or a join with it, says."""
    return Account(
        name=row.name,
        title=row.title,
        role=Role(row.role),
        scope=row.scope,
        password=row.password,
        must_change=row.must_change,
        totp=row.totp,
        totp_step=row.totp_step,
        created_at=row.created_at,
        disabled_at=row.disabled_at,
    )


def add(store: Store, name: str, rights: Rights, now: float, who: str = "") -> str:
    """Make an account without a password; return the token of the link that sets it."""
    with _change(store) as connection:
        if _row(connection, name) is not None:
            raise ConfigError([f"NAME: there is an account {name} already"])
        connection.execute(
            insert(accounts).values(
                name=name,
                **msgspec.structs.asdict(rights),
                must_change=False,
                totp_step=0,
                created_at=now,
            )
        )
        note(connection, now, "account added", name, str(rights), who=who)
        return _make_link(connection, name, now)


def set_rights(store: Store, name: str, rights: Rights, now: float, who: str = "") -> None:
    """Give an account another title, role and scope; it holds from its next request on."""
    with _change(store) as connection:
        _existing(connection, name)
        _set(connection, name, **msgspec.structs.asdict(rights))
        note(connection, now, "account role", name, str(rights), who=who)


def disable(store: Store, name: str, now: float, who: str = "") -> None:
    """Let nobody sign in as that any more; its sessions and links end at once."""
    with _change(store) as connection:
        if _existing(connection, name).disabled_at is not None:
            raise ConfigError([f"NAME: {name} is disabled already"])
        _set(connection, name, disabled_at=now)
        _end_sessions(connection, name)
        _drop_links(connection, name)
        note(connection, now, "account disabled", name, "", who=who)


def enable(store: Store, name: str, now: float, who: str = "") -> None:
    """Let a disabled account sign in again, with the password that it had."""
    with _change(store) as connection:
        if _existing(connection, name).disabled_at is None:
            raise ConfigError([f"NAME: {name} is not disabled"])
        _set(connection, name, disabled_at=None)
        note(connection, now, "account enabled", name, "", who=who)


def make_password_link(store: Store, name: str, now: float, who: str = "") -> str:
    """Return the token of a new link by which somebody chooses a password; older ones end."""
    with _change(store) as connection:
        if _existing(connection, name).disabled_at is not None:
            raise ConfigError([f"NAME: {name} is disabled; govnet users enable {name} first"])
        note(connection, now, "account password link", name, "", who=who)
        return _make_link(connection, name, now)


def of_password_link(store: Store, token: str, now: float) -> str | None:
    """Return whose password a link sets, None if it is not valid; it stays good."""
    with store.read() as connection:
        return connection.execute(
            select(password_links.c.account).where(
                password_links.c.token_digest == digest(token), password_links.c.expires_at > now
            )
        ).scalar_one_or_none()


def redeem_password_link(store: Store, token: str, hashed: str, now: float) -> str | None:
    """Use a link up: set the password, end all sessions. Return the account, None if invalid."""
    with _change(store) as connection:
        name = connection.execute(
            delete(password_links)
            .where(
                password_links.c.token_digest == digest(token), password_links.c.expires_at > now
            )
            .returning(password_links.c.account)
        ).scalar_one_or_none()
        if name is None:
            return None
        _set(connection, name, password=hashed, must_change=False)
        _end_sessions(connection, name)
        note(connection, now, "account password", name, "by its link", who=str(name))
    return str(name)


def set_password(
    store: Store,
    name: str,
    hashed: str,
    now: float,
    *,
    must_change: bool,
    keep: str = "",
    who: str = "",
) -> None:
    """Set a password; the account's links end, and its sessions but for that of the cookie `keep`.

    `must_change`: whoever signs in with it has to choose another one first.
    """
    with _change(store) as connection:
        _existing(connection, name)
        _set(connection, name, password=hashed, must_change=must_change)
        _end_sessions(connection, name, keep)
        _drop_links(connection, name)
        note(connection, now, "account password", name, "", who=who)


def set_totp(
    store: Store, name: str, secret: str | None, now: float, *, step: int = 0, who: str = ""
) -> None:
    """Ask an account for codes of that secret, of later steps than `step`; None: ask for none."""
    with _change(store) as connection:
        _existing(connection, name)
        sealed = None
        if secret is not None:
            sealed = store.master(connection).seal(*code_secret_of(name), secret.encode())
        _set(connection, name, totp=sealed, totp_step=step)
        note(connection, now, "account codes", name, "on" if secret else "off", who=who)


def use_step(store: Store, name: str, step: int) -> bool:
    """Note that the code of a step was used; False if it, or a later one, was used before."""
    with store.write() as connection:
        return (
            connection.execute(
                update(accounts)
                .where(accounts.c.name == name, accounts.c.totp_step < step)
                .values(totp_step=step)
            ).rowcount
            == 1
        )


def note_locked(store: Store, name: str, address: str, seconds: float, now: float) -> None:
    """Write down that an account has to wait; of one that does not exist nothing is written."""
    with store.write() as connection:
        if _row(connection, name) is not None:
            detail = f"{seconds:.0f} s, after wrong passwords, lately from {address}"
            note(connection, now, "account locked", name, detail, who="login")


def open_session(
    store: Store, account: Account, cookie: str, now: float, ends_at: float, *, address: str
) -> bool:
    """Begin a session of an account whose password was right.

    False if the account was disabled, or got another password, while that was looked at.
    """
    with store.write() as connection:
        row = _existing(connection, account.name)
        if row.disabled_at is not None or row.password != account.password:
            return False
        connection.execute(delete(sessions).where(sessions.c.expires_at <= now))
        connection.execute(
            insert(sessions).values(
                token_digest=digest(cookie),
                created_at=now,
                expires_at=ends_at,
                account=account.name,
                used_at=now,
            )
        )
        note(connection, now, "signed in", account.name, f"from {address}", who=account.name)
    return True


def close_session(store: Store, cookie: str) -> None:
    """End one session."""
    with _change(store) as connection:
        connection.execute(delete(sessions).where(sessions.c.token_digest == digest(cookie)))


def _make_link(connection: Connection, name: str, now: float) -> str:
    token = new_token()
    connection.execute(delete(password_links).where(password_links.c.expires_at <= now))
    _drop_links(connection, name)
    connection.execute(
        insert(password_links).values(
            token_digest=digest(token), account=name, expires_at=now + PASSWORD_LINK_SECONDS
        )
    )
    return token


def _row(connection: Connection, name: str) -> Row[Any] | None:
    return connection.execute(select(accounts).where(accounts.c.name == name)).one_or_none()


def _existing(connection: Connection, name: str) -> Row[Any]:
    row = _row(connection, name)
    if row is None:
        raise ConfigError([f"NAME: there is no account {name}; govnet users list shows them"])
    return row


def _set(connection: Connection, name: str, **values: object) -> None:
    connection.execute(update(accounts).where(accounts.c.name == name).values(**values))


def _end_sessions(connection: Connection, name: str, keep: str = "") -> None:
    connection.execute(
        delete(sessions).where(sessions.c.account == name, sessions.c.token_digest != digest(keep))
    )


def _drop_links(connection: Connection, name: str) -> None:
    connection.execute(delete(password_links).where(password_links.c.account == name))
