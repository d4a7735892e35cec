"""How a machine becomes an agent: the token, what it sends, what it gets back, its fingerprint.

1. `govnet token create` prints an `EnrolmentToken`: one word with the collectors' addresses, the
   fingerprint of their CA, and a secret.
2. The agent asks `GET /v1/ca` over a connection that it does not trust, sending nothing of value,
   and compares the certificate's SHA-256 with the token's fingerprint.
3. Over a new connection, verified by that CA, it posts an `EnrolRequest` with a key that it has
   just made. The `EnrolAnswer` says who it is from now on.

A key is renewed the same way: a `NewKeyRequest`, signed with the old key, to `POST /v1/keys`.

A *fingerprint* is one short digest per component that the machine can read of its hardware
(`HARDWARE`), never the serial number itself. Standard library only, as everything in `govnet`.
"""

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, TypeVar

from govnet.errors import WireError

VERSION = 1
TOKEN_MARK = "gn1."  # noqa: S105 - the beginning of every token, no secret
HARDWARE = ("board", "disk", "mac")
"""Components of a fingerprint: the board's UUID (SMBIOS), the first disk's serial number, the
lowest permanent address of a network card."""
MAX_REQUEST_BYTES = 16 << 10
KEY_HEX = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class EnrolmentToken:
    """What `govnet-agent enrol` is given.

    `collectors` are addresses in order of preference, `ca` the SHA-256 of the CA's certificate
    (DER) as 64 hex digits, "" where the collector speaks plain HTTP on this machine.
    """

    collectors: tuple[str, ...]
    ca: str
    secret: str = field(repr=False)

    def text(self) -> str:
        """Return the one word that a person copies."""
        plain = json.dumps([list(self.collectors), self.ca, self.secret], separators=(",", ":"))
        return TOKEN_MARK + base64.urlsafe_b64encode(plain.encode()).decode().rstrip("=")

    @classmethod
    def parse(cls, text: str) -> "EnrolmentToken":
        """Read a token. Raises ValueError; what was found is never repeated."""
        word = text.strip()
        expected = f"expected a token as `govnet token create` prints it ({TOKEN_MARK}...)"
        if not word.startswith(TOKEN_MARK):
            raise ValueError(expected)
        body = word.removeprefix(TOKEN_MARK)
        try:
            collectors, ca, secret = json.loads(
                base64.b64decode(body + "=" * (-len(body) % 4), altchars=b"-_", validate=True)
            )
        except (binascii.Error, ValueError, TypeError, RecursionError) as exc:
            raise ValueError(f"{expected}; it was not copied whole") from exc
        texts = isinstance(collectors, list) and all(isinstance(one, str) for one in collectors)
        if not texts or not collectors or not isinstance(ca, str) or not isinstance(secret, str):
            raise ValueError(expected)
        return cls(tuple(collectors), ca, secret)


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolRequest:
    """What an agent says of itself when it enrols. `key` is 64 hex digits.

    `code` is the short site code that somebody typed on the spot, "" if none.
    """

    secret: str = field(repr=False)
    key: str = field(repr=False)
    hardware: Mapping[str, str] = field(default_factory=dict)
    hostname: str = ""
    code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolAnswer:
    """Who the agent is from now on. `state` is `active` or `pending`.

    `site` and `machine` are inventory ids, "" while nobody knows where a pending agent stands.
    """

    agent: str
    key_id: str
    state: str
    site: str = ""
    machine: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewKeyRequest:
    """A key that shall stand beside the one that signs this request; `key` is 64 hex digits."""

    key_id: str
    key: str = field(repr=False)


Message = TypeVar("Message", EnrolRequest, EnrolAnswer, NewKeyRequest)


def encode(message: EnrolRequest | EnrolAnswer | NewKeyRequest) -> bytes:
    """Return the JSON of a message."""
    return json.dumps({"v": VERSION} | asdict(message), ensure_ascii=False).encode()


def decode(kind: type[Message], body: bytes) -> Message:
    """Read a message; unknown fields are ignored, so that newer sides talk to older ones.

    Raises WireError: `body_too_large`, `bad_json`, `wrong_version`, `bad_schema`.
    """
    if len(body) > MAX_REQUEST_BYTES:
        raise WireError("body_too_large", f"at most {MAX_REQUEST_BYTES} bytes")
    try:
        plain = json.loads(body)
    except (ValueError, RecursionError) as exc:
        raise WireError("bad_json", "not JSON") from exc
    if not isinstance(plain, dict):
        raise WireError("bad_schema", "expected an object")
    if plain.get("v") != VERSION:
        raise WireError("wrong_version", f"expected v {VERSION}")
    given = {one.name: plain[one.name] for one in fields(kind) if one.name in plain}
    for name, value in given.items():
        _check(name, value)
    try:
        return kind(**given)
    except TypeError as exc:
        raise WireError("bad_schema", f"a field is missing: {exc}") from exc


def _check(name: str, value: Any) -> None:
    """Raise WireError for a value of the wrong type or form; the value is never repeated."""
    if name == "hardware":
        is_right = (
            isinstance(value, dict)
            and len(value) <= len(HARDWARE)
            and all(
                part in HARDWARE
                and isinstance(digest, str)
                and re.fullmatch(r"[0-9a-f]{8}", digest)
                for part, digest in value.items()
            )
        )
    elif name == "key":
        is_right = isinstance(value, str) and KEY_HEX.fullmatch(value) is not None
    else:
        is_right = isinstance(value, str) and len(value) <= 256 and value.isprintable()  # noqa: PLR2004 - longer than any id, name or secret
    if not is_right:
        raise WireError("bad_schema", f"{name}: not of the form that is expected")


def component_digest(component: str, value: str) -> str:
    """Return the 8 hex digits under which a component's serial number or address travels."""
    text = f"govnet-hardware-v1\n{component}\n{value.strip().lower()}"
    return hashlib.sha256(text.encode()).hexdigest()[:8]
