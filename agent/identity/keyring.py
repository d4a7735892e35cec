"""The keys of the running agent: which one is in use, and how one follows another.

A renewal, each step durable before the next:

1. `prepare`: the next key is made and written down beside the present one.
2. The collector is told of it, signed with the present key; asking twice is harmless.
3. `adopt`: the next key becomes the present one, the present one `former`.
4. `accepted`: a batch signed with the new key was accepted. The former one stays until the next
   renewal: a collector that was restored from an older backup knows no other.

Cut off anywhere, the disk holds a key that the collector knows. Where it does not know the one in
use (cut off between 2 and 3 and revoked since; restored from a backup), `refused` offers the others
in turn, each once.
"""

import dataclasses
import re
import secrets
from pathlib import Path

from agent.identity.keys import KEY_BYTES, Identity, Keys, Secret, read_keys, write_keys


class Keyring:
    """The keys of one agent; used by one thread, `current` is read by others."""

    def __init__(self, state_dir: Path, identity: Identity) -> None:
        """Take the keys on disk if they are of the same agent, else the one given."""
        kept = read_keys(state_dir)
        same = kept is not None and kept.current.agent == identity.agent
        self._keys: Keys = kept if kept is not None and same else Keys(identity)
        self._state_dir = state_dir
        self._tried: set[str] = set()
        self.current: Identity = self._keys.current
        """The key that signs from now on; replaced whole."""

    @property
    def waits(self) -> bool:
        """Whether a next key was made and has not become the present one."""
        return self._keys.next is not None

    def prepare(self) -> Identity:
        """Return the next key, made now if there is none. Raises OSError."""
        if self._keys.next is None:
            self._make_next(self._keys.current.key_id)
        if self._keys.next is None:
            raise AssertionError("BUG: no next key")
        return self._keys.next

    def prepare_another(self) -> None:
        """Make the next key anew under a further id: another key bears the present one's."""
        if self._keys.next is not None:
            self._make_next(self._keys.next.key_id)

    def adopt(self) -> None:
        """Use the next key, which the collector knows now. Raises OSError; nothing changed then."""
        if self._keys.next is not None:
            self._write(Keys(self._keys.next, former=self._keys.current))
            self._tried.clear()
            self.current = self._keys.current

    def accepted(self) -> None:
        """Note that the collector accepted what the key in use has signed. Raises OSError."""
        self._tried.clear()
        if self.current != self._keys.current:
            self._write(Keys(self.current))

    def refused(self) -> bool:
        """Note that the collector does not take the key in use; True if another one is now in use.

        When none is left, the present one is in use again and nothing is tried until it works.
        """
        self._tried.add(self.current.key_id)
        for other in (self._keys.current, self._keys.next, self._keys.former):
            if other is not None and other.key_id not in self._tried:
                self.current = other
                return True
        self.current = self._keys.current
        return False

    def _make_next(self, after: str) -> None:
        fresh = Secret(secrets.token_bytes(KEY_BYTES))
        named = Identity(self._keys.current.agent, next_key_id(after), fresh)
        self._write(dataclasses.replace(self._keys, next=named))

    def _write(self, keys: Keys) -> None:
        write_keys(self._state_dir, keys)
        self._keys = keys


def next_key_id(key_id: str) -> str:
    """Return the id after one that ends in a number (`k2` after `k1`); `k2` after any other."""
    found = re.fullmatch(r"(.*?)([0-9]{1,9})", key_id)
    following = f"{found[1]}{int(found[2]) + 1}" if found else "k2"
    return following if len(following) <= 64 else "k2"  # noqa: PLR2004 - the longest id
