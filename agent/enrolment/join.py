"""Makes this machine an agent by one token: what is sent, what is kept, in an order that may break.

The key is on disk before the collector hears of it, so that a lost answer is asked for again with
the same key. Says nothing to anybody: `agent.enrolment.enrol` does for the person at the machine,
`agent.enrolment.unattended` where nobody is.
"""

import hashlib
import json
import secrets
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from agent.enrolment.files import Files
from agent.enrolment.first_contact import ContactError, introduce
from agent.identity.keys import KEY_BYTES, NAME, Identity, Keys, Secret, read_keys, write_keys
from agent.sending.orders import ordered_agent
from agent.transport.address import CollectorAddress, parse_collector
from govnet.disk import replace_file
from govnet.enrolment import KEY_HEX, EnrolAnswer, EnrolmentToken, EnrolRequest
from govnet.errors import ConfigError

ENROLLING = "enrolling.json"
ACTIVE = "active"
"""The word of the answer for a machine that may report."""
_HOSTNAME_CHARACTERS = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What was asked for; see `govnet-agent enrol --help`."""

    token: EnrolmentToken
    config: Path
    state_dir: Path | None = None
    code: str = ""
    user: str | None = None
    new_key: bool = False


@dataclass(frozen=True, slots=True)
class Joined:
    """A machine that is an agent now, and the collector that took it, with its CA in PEM form.

    `set_aside` is the folder of reports that the machine's former agent has not sent.
    """

    answer: EnrolAnswer
    identity: Identity
    address: CollectorAddress
    ca_pem: str
    set_aside: Path | None


def join(wish: Wish, hardware: Mapping[str, str]) -> Joined:
    """Enrol this machine with the first collector that takes it.

    Raises ContactError if none did, RefusedError if one refused it for good, ConfigError for what
    a person must put right; in each case it may be called again.
    """
    collectors = _collectors(wish.token)
    files = Files(wish.config, wish.state_dir, wish.user)
    if problems := files.problems(collectors, wish.token.ca):
        raise ConfigError(problems)
    files.prepare()
    made_for = _made_for(wish.token, hardware)
    request = EnrolRequest(
        secret=wish.token.secret,
        key=_key(files, made_for, is_new=wish.new_key).reveal().hex(),
        hardware=hardware,
        hostname=_hostname(),
        code=wish.code,
    )
    answer, address, pem = introduce(collectors, wish.token.ca, request)
    if not NAME.fullmatch(answer.agent) or not NAME.fullmatch(answer.key_id):
        raise ContactError("the answer names no agent", "trả lời không hợp lệ")
    identity = Identity(answer.agent, answer.key_id, Secret(bytes.fromhex(request.key)))
    set_aside = _keep(files, identity, made_for, collectors, pem)
    return Joined(answer, identity, address, pem, set_aside)


def _collectors(token: EnrolmentToken) -> tuple[CollectorAddress, ...]:
    try:
        collectors = tuple(map(parse_collector, token.collectors))
    except ValueError as exc:
        raise ConfigError([f"TOKEN: {exc}"]) from exc
    if any(address.tls for address in collectors) and not KEY_HEX.fullmatch(token.ca):
        raise ConfigError(["TOKEN: expected the fingerprint of the collector's CA in it"])
    return collectors


def _hostname() -> str:
    name = socket.gethostname()[:_HOSTNAME_CHARACTERS]
    return name if name.isprintable() else ""


def _made_for(token: EnrolmentToken, hardware: Mapping[str, str]) -> str:
    """Return the mark of a key that was made with this token on this machine.

    The same again means the same key: an answer was lost, or a code is added. A copied disk in
    another machine makes a key of its own.
    """
    plain = json.dumps(["govnet-enrolment-v1", token.secret, sorted(hardware.items())])
    return hashlib.sha256(plain.encode()).hexdigest()[:32]


def _kept(files: Files) -> Keys | None:
    """Return the keys of an earlier enrolment; a file that cannot be read is made anew."""
    try:
        return read_keys(files.state_dir)
    except ConfigError:
        return None


def _key(files: Files, made_for: str, *, is_new: bool) -> Secret:
    """Return the key to enrol with, on disk already. Raises ConfigError."""
    path = files.state_dir / ENROLLING
    if not is_new and (begun := _begun(path, made_for)):
        return begun
    before = _kept(files)
    if not is_new and before is not None and before.enrolment == made_for:
        return before.current.key
    key = Secret(secrets.token_bytes(KEY_BYTES))
    content = json.dumps({"made_for": made_for, "key": key.reveal().hex()}).encode()
    try:
        replace_file(path, content, owner=files.owner)
    except OSError as exc:
        raise ConfigError([f"{path}: cannot be written: {exc.strerror or exc}"]) from exc
    return key


def _begun(path: Path, made_for: str) -> Secret | None:
    """Return the key of an enrolment that was begun and got no answer."""
    try:
        plain = json.loads(path.read_bytes())
        if plain["made_for"] != made_for or not KEY_HEX.fullmatch(plain["key"]):
            return None
        return Secret(bytes.fromhex(plain["key"]))
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None


def _keep(
    files: Files,
    identity: Identity,
    made_for: str,
    collectors: tuple[CollectorAddress, ...],
    pem: str,
) -> Path | None:
    """Write down who this machine is now; return where a former agent's reports were put.

    agent.toml comes last: what is cut off before it is an enrolment that has not happened yet.
    Raises ConfigError.
    """
    before, aside = _kept(files), None
    try:
        former = before.current.agent if before is not None else ordered_agent(files.state_dir)
        if former is not None and former != identity.agent:
            aside = files.set_spool_aside(former)
        if before is None or before.current != identity:
            write_keys(files.state_dir, Keys(identity, enrolment=made_for), files.owner)
        files.write(collectors, pem)
        (files.state_dir / ENROLLING).unlink(missing_ok=True)
    except OSError as exc:
        place = exc.filename or files.state_dir
        raise ConfigError([f"{place}: cannot be written: {exc.strerror or exc}"]) from exc
    return aside
