"""The master key is replaced by a new one, while the collector runs or not.

1. The next master is written beside the file; from here on both can be read.
2. In one transaction every key, and every secret of an account's codes, is sealed by the next
   master, and the database says so.
3. The next file takes the place of the old one.

Killed in between, every key can still be read: the database says by which master. Doing it again
goes on where it ended. A running collector reads the files again when it meets a new master.
"""

import os
import stat

from sqlalchemy import select, update

from collector.store import Store
from collector.store.audit import note
from collector.store.tables import accounts, agent_keys, only_row
from collector.store.vault import (
    Vault,
    code_secret_of,
    is_credential,
    read_master,
    sync_folder,
    write_master,
)
from govnet.errors import ConfigError


def rotate_master(store: Store, now: float) -> int:
    """Replace the master key; return how many keys were sealed anew. Raises ConfigError."""
    vault = store.vault
    if is_credential(vault.file):
        problem = f"{vault.file}: is a systemd credential, which nothing can replace at run time"
        hint = "stop the service and name the credential's own file with --master-key-file"
        raise ConfigError([f"{problem}; {hint}"])
    finish(store)
    made = read_master(vault.next_file) or write_master(vault.next_file)
    _let_the_same_read(vault)
    vault.read()
    with store.write() as connection:
        rows = connection.execute(select(agent_keys)).all()
        for row in rows:
            secret = vault.open(row.agent, row.id, row.secret)
            connection.execute(
                update(agent_keys)
                .where(agent_keys.c.agent == row.agent, agent_keys.c.id == row.id)
                .values(secret=made.seal(row.agent, row.id, secret))
            )
        codes = connection.execute(select(accounts).where(accounts.c.totp.is_not(None))).all()
        for row in codes:
            place = code_secret_of(row.name)
            secret = vault.open(*place, row.totp)
            connection.execute(
                update(accounts)
                .where(accounts.c.name == row.name)
                .values(totp=made.seal(*place, secret))
            )
        connection.execute(update(only_row).values(master_key=made.id))
        note(connection, now, "master key rotated", made.id, f"{len(rows)} keys sealed anew")
    finish(store)
    store.checkpoint()
    return len(rows)


def finish(store: Store) -> None:
    """Let the next file take its place if every key is sealed by it already."""
    vault = store.vault
    with store.read() as connection:
        current = connection.execute(select(only_row.c.master_key)).scalar_one()
    waiting = read_master(vault.next_file)
    if waiting is not None and waiting.id == current:
        vault.next_file.replace(vault.real_file)
        sync_folder(vault.real_file.parent)


def _let_the_same_read(vault: Vault) -> None:
    """Give the next file owner, group and rights of the one before, which root may change."""
    before, made = vault.real_file.stat(), vault.next_file
    if (before.st_uid, before.st_gid) != (made.stat().st_uid, made.stat().st_gid):
        os.chown(made, before.st_uid, before.st_gid)
    made.chmod(stat.S_IMODE(before.st_mode))
