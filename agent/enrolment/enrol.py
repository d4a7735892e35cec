"""`govnet-agent enrol`: makes this machine an agent by one word that the centre gave.

Said in Vietnamese, as to the technician at the PC; mistakes in English too.
"""

import sys
from collections.abc import Mapping
from pathlib import Path

from agent.enrolment.approval import wait_for_approval
from agent.enrolment.first_contact import ContactError, RefusedError
from agent.enrolment.join import ACTIVE, Wish, join
from agent.enrolment.wording import refusal
from agent.identity.keys import Identity
from agent.transport.address import CollectorAddress
from agent.transport.channel import Channel, trusting
from govnet.enrolment import EnrolAnswer, EnrolmentToken
from govnet.errors import ConfigError

_TOKEN_BYTES = 64 << 10


def enrol(wish: Wish, hardware: Mapping[str, str], *, wait_seconds: float = 0.0) -> int:
    """Enrol this machine; return 0 when done, 1 when no collector took it.

    1 also if nobody approved it within `wait_seconds`, where its site is unknown and somebody has
    to. Raises ConfigError for what a person must put right.
    """
    try:
        joined = join(wish, hardware)
    except ContactError as exc:
        _say(f"not enrolled: no collector took it:\n{exc}", f"Chưa kết nối được:\n{exc.vietnamese}")
        return 1
    except RefusedError as exc:
        _say_refused(exc)
        return 1
    if joined.set_aside is not None:
        print(f"Báo cáo chưa gửi của tác tử cũ được để riêng ở {joined.set_aside}")
    _tell(joined.answer, joined.address, joined.identity)
    if joined.answer.state == ACTIVE or wait_seconds <= 0:
        return 0
    trusted = trusting(joined.ca_pem) if joined.ca_pem else None
    return _wait(Channel(joined.address, trusted), joined.identity, wait_seconds)


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
        _say_refused(exc)
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


def _say_refused(exc: RefusedError) -> None:
    english, vietnamese = refusal(exc)
    _say(f"not enrolled: {english}", f"Chưa kết nối: {vietnamese}")


def _say(english: str, vietnamese: str) -> None:
    print(f"{english}\n{vietnamese}", file=sys.stderr)
