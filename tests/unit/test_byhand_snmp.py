"""`govnet-agent probe snmp`: every sentence that a technician may have to read aloud."""

import argparse
from pathlib import Path
from typing import Any

import pytest

from agent.byhand import snmp as byhand
from agent.byhand.contract import Answer
from agent.byhand.wording import NOTHING_READABLE, REFUSALS
from agent.probe.outcome import Outcome
from agent.probe.snmp import Scalars, Value
from agent.probe.snmp.refusal import Refusal
from agent.probe.trace import silent
from govnet.errors import ConfigError
from govnet.settings import SnmpAccess

SWITCH: dict[str, Value] = {
    byhand.DESCRIPTION: b"S5720-28P\r\nHuawei \x1b[31mVersatile Routing Platform",
    byhand.OBJECT_ID: "1.3.6.1.4.1.2011.2.23.339",
    byhand.UPTIME: 8_640_000 * 12 + 360_000 * 5,
    byhand.NAME: "Công tắc tầng 2".encode(),
    byhand.INTERFACES: 53,
}


def answer(arguments: str, found: Scalars) -> tuple[Answer, SnmpAccess]:
    """Ask as from the command line; return the answer and by what right it was asked."""
    parser = argparse.ArgumentParser()
    byhand.add_arguments(parser)
    asked: list[dict[str, Any]] = []

    def get(_host: str, _oids: object, **named: Any) -> Scalars:
        asked.append(named)
        return found

    given = byhand.ask(parser.parse_args(arguments.split()), 10.0, silent, get=get)
    assert asked[0]["timeout_seconds"] == 10.0
    return given, asked[0]["access"]


def test_a_switch_says_who_it_is():
    found = Scalars(Outcome.ANSWERED, SWITCH, 0.0042)

    assert answer("198.18.7.2", found)[0] == Answer(
        good=True,
        lines=(
            "198.18.7.2 trả lời SNMP, sau 4,2 ms.",
            "Tên thiết bị: Công tắc tầng 2.",
            "Thiết bị tự giới thiệu: S5720-28P Huawei [31mVersatile Routing Platform.",
            "Mã loại (sysObjectID): 1.3.6.1.4.1.2011.2.23.339.",
            "Đã chạy 12 ngày 5 giờ (bộ đếm quay vòng sau 497 ngày).",
            "Có 53 giao diện mạng (kể cả giao diện ảo).",
        ),
    )


@pytest.mark.parametrize(
    ("ticks", "expected"),
    [(4250, "42,5 giây"), (6000, "1 phút"), (367_000, "1 giờ 1 phút"), (8_640_000, "1 ngày 0 giờ")],
)
def test_how_long_it_runs_is_told_in_two_units(ticks: int, expected: str):
    found = Scalars(Outcome.ANSWERED, {byhand.UPTIME: ticks}, 0.001)

    assert answer("h", found)[0].lines[1].startswith(f"Đã chạy {expected} (")


def test_what_the_device_does_not_have_is_not_told():
    values: dict[str, Value] = {byhand.NAME: b"", byhand.DESCRIPTION: b"\xff\xfe\x00caf\xe9"}

    assert answer("h", Scalars(Outcome.ANSWERED, values))[0].lines == (
        "h trả lời SNMP.",
        "Thiết bị tự giới thiệu: ???caf?.",
    )


@pytest.mark.parametrize(
    ("outcome", "detail", "expected"),
    [
        (
            Outcome.TIMEOUT,
            "no answer",
            (
                "h không trả lời SNMP ở cổng UDP 161: Không có trả lời nào về kịp.",
                (
                    "Máy tắt, community hoặc khoá sai (thiết bị im lặng chứ không báo), thiết bị"
                    " chưa cho địa chỉ của máy này hỏi, hoặc tường lửa chặn UDP."
                ),
                "Chi tiết: no answer.",
            ),
        ),
        (
            Outcome.DENIED,
            "",
            (
                (
                    "h từ chối SNMP ở cổng UDP 161:"
                    " Đầu kia không nhận tên, mật khẩu hoặc khoá đã đưa."
                ),
                "Xem lại tên người dùng v3, thuật toán, khoá xác thực và khoá mã hoá.",
            ),
        ),
        (
            Outcome.UNRESOLVED,
            "",
            (("h không trả lời SNMP ở cổng UDP 161: Không phân giải được tên này ra địa chỉ."),),
        ),
    ],
)
def test_silence_is_told_with_what_to_look_at(
    outcome: Outcome, detail: str, expected: tuple[str, ...]
):
    assert answer("h", Scalars(outcome, detail=detail))[0] == Answer(good=False, lines=expected)


def test_secrets_come_from_files(tmp_path: Path):
    (tmp_path / "a").write_text("khoa xac thuc\n")
    (tmp_path / "p").write_text("khoa ma hoa\n")
    options = (
        f"h --user giam-sat --authentication sha256 --authentication-key-file {tmp_path / 'a'}"
        f" --privacy aes128 --privacy-key-file {tmp_path / 'p'} --port 1161"
    )
    _, access = answer(options, Scalars(Outcome.ANSWERED))

    assert ("3", "giam-sat", 1161) == (access.version, access.user, access.port)
    assert access.authentication_key.reveal() == "khoa xac thuc"
    assert access.privacy_key.reveal() == "khoa ma hoa"


def test_every_refusal_is_told_in_vietnamese():
    assert set(REFUSALS) == set(Refusal)
    told = answer("h", Scalars(Outcome.DENIED, detail=Refusal.USER))[0].lines

    assert told[-1] == "Chi tiết: thiết bị không có người dùng này."


def test_a_device_that_lets_nothing_be_read_is_no_good_answer():
    found = Scalars(Outcome.ANSWERED, {byhand.NAME: None, byhand.UPTIME: None}, 0.001)

    assert answer("h", found)[0] == Answer(
        good=False, lines=("h trả lời SNMP, sau 1 ms.", NOTHING_READABLE)
    )


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ("--user u --snmp-version 2c", "--user: expected only with version 3"),
        ("--privacy aes128", "--privacy: expected only with version 3 and --user"),
        ("--snmp-version 3", "--user: expected the user of version 3, got none"),
        ("--user u --community-file {key}", "--community-file: expected only with version 1"),
        ("--user u --authentication-key-file {key}", "--authentication: expected beside --auth"),
        ("--user u --authentication sha", "--authentication-key-file: expected beside --auth"),
        ("--user u --privacy aes128 --privacy-key-file {key}", "--authentication: expected besid"),
    ],
)
def test_options_that_do_not_go_together_are_told(tmp_path: Path, options: str, expected: str):
    key = tmp_path / "key"
    key.write_text("khoa xac thuc\n")
    with pytest.raises(ConfigError, match=expected):
        answer(f"h {options.format(key=key)}", Scalars(Outcome.ANSWERED))


def test_a_file_that_is_not_there_is_told():
    with pytest.raises(ConfigError, match="--community-file: expected a file to read"):
        answer("h --community-file /there-is-none", Scalars(Outcome.ANSWERED))
