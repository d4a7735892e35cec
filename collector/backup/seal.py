"""The seal of a backup: whoever made it had the master key, and nobody changed it since.

It is an authentication code (HMAC-SHA256) over head and manifest. The manifest has the SHA-256 of
every other member, so the code covers each byte that a restore uses. Its key is derived from the
master key for this alone. An older backup that was genuine stays genuine: no seal tells its age.
"""

import hmac
from typing import Final

from collector.store.vault import Master

_PURPOSE: Final = "govnet-backup-seal-v1"


def seal(master: Master, head: bytes, manifest: bytes) -> bytes:
    """Return the seal as it stands in the file: 64 hex digits and a line feed."""
    code = hmac.digest(master.derived(_PURPOSE), head + manifest, "sha256")
    return f"{code.hex()}\n".encode()


def is_seal(found: bytes, master: Master, head: bytes, manifest: bytes) -> bool:
    """Whether this master key sealed head and manifest."""
    return hmac.compare_digest(found, seal(master, head, manifest))
