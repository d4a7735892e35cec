"""Whether a backup may be believed: it is read whole, and its seal is that of the master key.

Nothing is written. Backups of versions that knew no seal are believed only by who says so.
"""

from enum import Enum
from pathlib import Path

from collector.backup.archive import Manifest, Progress, Reader
from collector.store.vault import Master, Vault
from govnet.errors import ConfigError


class WithoutSeal(Enum):
    """What becomes of a backup that has no seal."""

    REFUSED = "refused"
    ACCEPTED = "accepted"


def prove(
    file: Path,
    vault: Vault | None,
    progress: Progress,
    *,
    without_seal: WithoutSeal = WithoutSeal.REFUSED,
) -> Manifest:
    """Read a backup from its first byte to its last and return what it is.

    Without a vault its seal is not proved. Raises ConfigError with what is wrong, of another master
    key before anything else is read.
    """
    done = 0
    try:
        with Reader.opened(file) as reader:
            master = sealer(reader, vault, without_seal)
            for found in reader.members():
                for chunk in found.content():
                    done += len(chunk)
                    progress("proving", done)
            return reader.proved(master)
    except OSError as exc:
        raise ConfigError([f"{file}: cannot be read: {exc.strerror or exc}"]) from exc


def sealer(reader: Reader, vault: Vault | None, without_seal: WithoutSeal) -> Master | None:
    """Return the master key whose seal a backup must have; None: its seal is not proved.

    Raises ConfigError for another master key, or for no seal where one is expected.
    """
    if reader.master_key:
        return None if vault is None else master_of(reader.path, vault, reader.master_key)
    if without_seal is WithoutSeal.REFUSED:
        expected = "expected a backup with a seal, it has none: whoever had it may have changed it"
        hint = "if a govnet from before there were seals made it, and you trust its way: --unsealed"
        raise ConfigError([f"{reader.path}: {expected}; {hint}"])
    return None


def master_of(file: Path, vault: Vault, master_key: str) -> Master:
    """Return the master key of a backup. Raises ConfigError if it is not here."""
    if not vault.holds(master_key):
        expected = f"expected the master key {master_key}, without which {file} is useless"
        hint = "bring it from where it is kept, or name its file with --master-key-file"
        raise ConfigError([f"{vault.file}: {expected}, found {vault.found}: {hint}"])
    return vault.master(master_key)
