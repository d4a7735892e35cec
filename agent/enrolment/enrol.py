"""`govnet-agent enrol`: makes this machine an agent by one word that the centre gave.

The key is on disk before the collector hears of it, so that a lost answer is asked for again with
the same key. Said in Vietnamese, as to the technician at the PC; mistakes in English too.
"""

import hashlib
import json
import secrets
import socket
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from agent.enrolment.approval import wait_for_approval
from agent.enrolment.files import Files
from agent.enrolment.first_contact import ContactError, RefusedError, introduce
from agent.identity.keys import KEY_BYTES, NAME, Identity, Keys, Secret, read_keys, write_keys
from agent.sending.orders import ordered_agent
from agent.transport.address import CollectorAddress, parse_collector
from agent.transport.channel import Channel, trusting
from govnet.disk import replace_file
from govnet.enrolment import KEY_HEX, EnrolAnswer, EnrolmentToken, EnrolRequest
from govnet.errors import ConfigError

ENROLLING = "enrolling.json"
ACTIVE = "active"
"""The word of the answer for a machine that may report."""
_HOSTNAME_CHARACTERS = 64
_TOKEN_BYTES = 64 << 10

_WORDS = {
    "bad_token": (
        "the collector does not know this token; was it copied whole?",
        "trung tâm không nhận ra mã ghi danh này: chép lại cho đủ, hoặc xin mã mới",
    ),
    "token_expired": (
        "this token has expired; ask the centre for another one",
        "mã ghi danh đã hết hạn: xin trung tâm mã mới",
    ),
    "token_used_up": (
        "this token has been used as often as it may; ask the centre for another one",
        "mã ghi danh đã dùng hết số lần: xin trung tâm mã mới",
    ),
    "unknown_site_code": (
        "the collector knows no site with this --code",
        "không có điểm nào mang mã này: kiểm tra lại --code",
    ),
    "key_conflict": (
        "this machine's key is another machine's or was revoked; run it again with --new-key",
        "khoá của máy này là của máy khác hoặc đã bị thu hồi: chạy lại lệnh, thêm --new-key",
    ),
    "revoked": (
        "this machine's key was revoked; run the command again with --new-key",
        "khoá của máy này đã bị thu hồi: chạy lại lệnh, thêm --new-key",
    ),
    "wrong_collector": (
        "another collector is in charge of this token; ask the centre for another one",
        "trung tâm khác phụ trách mã ghi danh này: xin mã mới",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What was asked for on the command line; see `govnet-agent enrol --help`."""

    token: EnrolmentToken
    config: Path
    state_dir: Path | None = None
    code: str = ""
    user: str | None = None
    new_key: bool = False
    wait_seconds: float = 0.0
    """How long to wait for somebody to approve a machine whose site is unknown."""


def enrol(wish: Wish, hardware: Mapping[str, str]) -> int:
    """Enrol this machine; return 0 when done, 1 when no collector took it.

    1 also if nobody approved it in the time that was to be waited. Raises ConfigError for what a
    person must put right.
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
    try:
        answer, address, pem = introduce(collectors, wish.token.ca, request)
    except ContactError as exc:
        _say(f"not enrolled: no collector took it:\n{exc}", f"Chưa kết nối được:\n{exc.vietnamese}")
        return 1
    except RefusedError as exc:
        _say_refused(exc.reason)
        return 1
    if not NAME.fullmatch(answer.agent) or not NAME.fullmatch(answer.key_id):
        _say("not enrolled: the answer names no agent", "Chưa kết nối: trả lời không hợp lệ")
        return 1
    key = Secret(bytes.fromhex(request.key))
    identity = Identity(answer.agent, answer.key_id, key)
    _keep(files, identity, made_for, collectors, pem)
    _tell(answer, address, identity)
    if answer.state == ACTIVE or wish.wait_seconds <= 0:
        return 0
    return _wait(Channel(address, trusting(pem) if pem else None), identity, wish.wait_seconds)


def _wait(channel: Channel, identity: Identity, wait_seconds: float) -> int:
    """Wait for approval and say how that ended; return 0 if it came."""
    minutes = f"{wait_seconds / 60:.1f}".removesuffix(".0").replace(".", ",")
    print(f"Đang chờ trung tâm duyệt, lâu nhất {minutes} phút (Ctrl-C: thôi chờ)...", flush=True)
    try:
        settings = wait_for_approval(channel, identity, wait_seconds)
    except ContactError as exc:
        _say(f"approval unknown: {exc}", f"Không hỏi được trung tâm: {exc.vietnamese}")
        return 1
    except RefusedError as exc:
        _say_refused(exc.reason)
        return 1
    finally:
        channel.close()
    if settings is None:
        print("Vẫn chưa được duyệt. Báo người quản trị mã tác tử ở trên, rồi chạy lại lệnh này;")
        print("hoặc cứ khởi động tác tử: được duyệt thì tự bắt đầu đo và gửi.")
        return 1
    _tell_connected(channel.address, settings.site, settings.machine, identity)
    return 0


def read_token(text: str | None, file: Path | None) -> EnrolmentToken:
    """Read the token from the command line, a file, or standard input (`-`).

    Raises ConfigError; what was found is never repeated.
    """
    if (text is None) == (file is None):
        raise ConfigError(["TOKEN: expected a token, or --token-file FILE, and not both"])
    try:
        if file is not None:
            with file.open("rb") as source:
                found = source.read(_TOKEN_BYTES).decode("utf-8", "replace")
        else:
            found = sys.stdin.read(_TOKEN_BYTES) if text == "-" else text or ""
        return EnrolmentToken.parse(found.removeprefix("\ufeff"))
    except OSError as exc:
        raise ConfigError([f"--token-file: {file}: {exc.strerror or exc}"]) from exc
    except ValueError as exc:
        raise ConfigError([f"TOKEN: {exc}"]) from None


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
) -> None:
    """Write down who this machine is now. Raises ConfigError; the command may be run again."""
    before = _kept(files)
    try:
        former = before.current.agent if before is not None else ordered_agent(files.state_dir)
        if former is not None and former != identity.agent:
            aside = files.set_spool_aside(former)
            if aside is not None:
                print(f"Báo cáo chưa gửi của tác tử cũ được để riêng ở {aside}")
        if before is None or before.current != identity:
            write_keys(files.state_dir, Keys(identity, enrolment=made_for), files.owner)
        files.write(collectors, pem)
        (files.state_dir / ENROLLING).unlink(missing_ok=True)
    except OSError as exc:
        place = exc.filename or files.state_dir
        raise ConfigError([f"{place}: cannot be written: {exc.strerror or exc}"]) from exc


def _tell(answer: EnrolAnswer, address: CollectorAddress, identity: Identity) -> None:
    if answer.state == ACTIVE:
        _tell_connected(address, answer.site, answer.machine, identity)
        return
    print(f"Chờ duyệt: trung tâm {address} đã nhận máy này, nhưng chưa cho phép báo cáo.")
    print(_known_as(identity))
    print("Người quản trị duyệt bằng `govnet agents approve`. Nếu biết mã điểm,")
    print("chạy lại đúng lệnh này và thêm --code MÃ-ĐIỂM: không phải chờ duyệt nữa.")
    print("Cứ khởi động tác tử: được duyệt thì tự bắt đầu đo và gửi, trước đó chưa đo gì.")


def _tell_connected(address: CollectorAddress, site: str, machine: str, identity: Identity) -> None:
    print(f"Đã kết nối với trung tâm {address}")
    print(f"Điểm: {site}")
    print(f"Máy: {machine}")
    print(_known_as(identity))
    print("Tiếp theo: khởi động (lại) tác tử; vài giây sau `govnet-agent status` phải hiện")
    print("«Đã kết nối», và `govnet-agent show` in những gì đã gửi.")


def _known_as(identity: Identity) -> str:
    return f"Tác tử: {identity.agent}, khoá {identity.key_id}"


def _say_refused(reason: str) -> None:
    usual = (f"the collector refuses: {reason}", f"trung tâm từ chối: {reason}")
    english, vietnamese = _WORDS.get(reason, usual)
    _say(f"not enrolled: {english}", f"Chưa kết nối: {vietnamese}")


def _say(english: str, vietnamese: str) -> None:
    print(f"{english}\n{vietnamese}", file=sys.stderr)
