"""Text messages: short, in letters every telephone shows, few an hour, handed to one program."""

import asyncio
import json
import os
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from collector.alerts.sms import Gateway, load_numbers
from collector.alerts.sms_modem import Gammu, Smstools
from collector.alerts.sms_text import Alert, Message, plain, read, short
from collector.cli import main
from govnet.errors import ConfigError, GovnetError

SILENT = {
    "summary": "Trụ sở UBND xã Đức Trọng mất liên lạc",
    "since": "21:13 ngày 21/09/2026",
    "cause": "Đường truyền từ điểm về trung tâm bị đứt hoặc lỗi.",
    "call": "Trực ca (VNPT): 0263 000 002.",
    "advice": "Báo trực ca nhà mạng VNPT, mã kênh TSL-007. " * 5,
    "evidence": "Không máy nào gửi báo cáo từ 21/09/2026 21:12.",
}


def message(*annotations: dict[str, str], status: str = "firing") -> Message:
    return Message([Alert(status, {"severity": "critical"}, told) for told in annotations])


def posted(*annotations: dict[str, str]) -> bytes:
    return json.dumps(
        {
            "version": "4",
            "status": "firing",
            "alerts": [
                {"status": "firing", "labels": {"severity": "critical"}, "annotations": told}
                for told in annotations
            ],
        }
    ).encode()


def test_a_message_tells_what_since_when_why_and_whom_to_call_in_two_parts() -> None:
    text = short(message(SILENT), diacritics=False)

    assert text == (
        "KHAN: Tru so UBND xa Duc Trong mat lien lac, tu 21:13 ngay 21/09/2026. "
        "Duong truyen tu diem ve trung tam bi dut hoac loi. "
        "Goi: Truc ca (VNPT): 0263 000 002. "
        "Khong may nao gui bao cao tu 21/09/2026 21:12."
    )
    assert len(text) <= 2 * 153


def test_with_diacritics_less_fits_and_the_most_important_stays() -> None:
    text = short(message(SILENT), diacritics=True)

    assert text.startswith("KHẨN: Trụ sở UBND xã Đức Trọng mất liên lạc, từ 21:13 ngày 21/09/2026.")
    assert len(text) <= 2 * 67


def test_even_one_sentence_that_is_too_long_is_cut() -> None:
    long = {"summary": "Trụ sở " * 80}

    assert len(short(message(long), diacritics=False)) == 2 * 153
    assert len(short(message(long), diacritics=True)) == 2 * 67


def test_several_alerts_are_counted_and_an_end_is_said() -> None:
    both = ({"summary": "Điểm A mất liên lạc"}, {"summary": "Điểm B mất liên lạc"})

    assert short(message(*both), diacritics=False) == (
        "KHAN: 2 canh bao: Diem A mat lien lac; Diem B mat lien lac."
    )
    assert short(message(both[0], status="resolved"), diacritics=True) == (
        "HẾT CẢNH BÁO: Điểm A mất liên lạc."
    )


def test_without_diacritics_only_letters_of_the_gsm_alphabet_are_left() -> None:
    text = plain("Đặng «ăâêôơư» [Khẩn] – đường… ₫ ~{}|^\\`")

    assert text == 'Dang "aaeoou" (Khan) - duong... ? -()/ /\''


class Box:
    """Keeps messages instead of sending them."""

    def __init__(self, trouble: str = "") -> None:
        self.sent: list[tuple[str, str]] = []
        self.trouble = trouble

    def send(self, number: str, text: str) -> None:
        if self.trouble:
            raise GovnetError(self.trouble)
        self.sent.append((number, text))


def post(gateway: Gateway, path: str, *bodies: bytes) -> list[httpx.Response]:
    """Post to a gateway as Alertmanager does; return the answers."""

    async def ask() -> list[httpx.Response]:
        transport = httpx.ASGITransport(app=gateway.application())
        async with httpx.AsyncClient(transport=transport, base_url="http://sms") as client:
            return [await client.post(path, content=body) for body in bodies]

    return asyncio.run(ask())


NUMBERS = {"truc-tinh": ("+84900000001", "+84900000002")}


def test_every_number_of_the_group_gets_the_message() -> None:
    box = Box()
    (answer,) = post(
        Gateway(NUMBERS, box, diacritics=False, per_hour=9), "/truc-tinh", posted(SILENT)
    )

    assert (200, {"queued": 2}) == (answer.status_code, answer.json())
    assert [number for number, _ in box.sent] == list(NUMBERS["truc-tinh"])


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/nobody", posted(SILENT), 404),
        ("/truc-tinh", b"rubbish", 400),
        ("/truc-tinh", b'{"alerts": 5}', 400),
        ("/truc-tinh", b"x" * (5 << 20), 400),
    ],
    ids=["no such group", "no JSON", "no message", "too large"],
)
def test_what_is_no_message_for_a_group_is_refused(path: str, body: bytes, status: int) -> None:
    box = Box()
    (answer,) = post(Gateway(NUMBERS, box, diacritics=False, per_hour=9), path, body)

    assert status == answer.status_code
    assert [] == box.sent


def test_a_number_gets_only_so_many_an_hour() -> None:
    box, now = Box(), [0.0]
    gateway = Gateway(NUMBERS, box, diacritics=False, per_hour=2, clock=lambda: now[0])
    body = posted(SILENT)

    statuses = [answer.status_code for answer in post(gateway, "/truc-tinh", body, body, body)]
    now[0] = 3_600.0
    (later,) = post(gateway, "/truc-tinh", body)

    assert statuses == [200, 200, 429]
    assert later.status_code == 200
    assert len(box.sent) == 6


def test_a_modem_that_takes_nothing_is_told_so_that_alertmanager_tries_again() -> None:
    (answer,) = post(
        Gateway(NUMBERS, Box("no modem"), diacritics=False, per_hour=9),
        "/truc-tinh",
        posted(SILENT),
    )

    assert (503, {"detail": "no modem"}) == (answer.status_code, answer.json())


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """Put a program `gammu-smsd-inject` in front of all others; return where it writes."""

    def make(script: str) -> Path:
        said = tmp_path / "said"
        path = tmp_path / "gammu-smsd-inject"
        path.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" > {said}\n{script}\n')
        path.chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
        return said

    return make


def test_gammu_is_given_number_and_text_as_arguments(program: Callable[[str], Path]) -> None:
    said = program("exit 0")

    Gammu().send("+84900000001", "Mat dien; `rm -rf /` $HOME")

    assert said.read_text().splitlines() == [
        *("TEXT", "+84900000001", "-len", "400", "-text", "Mat dien; `rm -rf /` $HOME")
    ]
    Gammu(Path("/etc/x")).send("+84900000001", "Mất điện")
    assert said.read_text().splitlines() == [
        *("-c", "/etc/x", "TEXT", "+84900000001", "-unicode", "-len", "400", "-text", "Mất điện")
    ]


def test_what_gammu_says_when_it_fails_is_told(program: Callable[[str], Path]) -> None:
    program("echo no such device >&2; exit 2")

    with pytest.raises(GovnetError, match="status 2: no such device"):
        Gammu().send("+84900000001", "x")


def test_without_gammu_that_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")

    with pytest.raises(GovnetError, match="cannot be started"):
        Gammu().send("+84900000001", "x")


def test_smstools_finds_whole_files_only(tmp_path: Path) -> None:
    outgoing = tmp_path / "outgoing"
    outgoing.mkdir()

    Smstools(outgoing).send("+84900000001", "Mat dien")
    Smstools(outgoing).send("84900000002", "Mất điện")

    assert sorted(file.read_text("utf-8") for file in outgoing.iterdir()) == [
        "To: 84900000001\nAlphabet: ISO\n\nMat dien\n",
        "To: 84900000002\nAlphabet: UTF\n\nMất điện\n",
    ]
    assert [outgoing] == list(tmp_path.iterdir())


def test_a_spool_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(GovnetError, match="outgoing: cannot be written"):
        Smstools(tmp_path / "outgoing").send("84900000001", "x")

    assert [] == list(tmp_path.iterdir())


def test_the_shipped_file_of_numbers_has_the_groups_of_the_shipped_configuration() -> None:
    shipped = Path(__file__).parents[2] / "deploy/alertmanager"

    groups = load_numbers(shipped / "sms-numbers.toml")

    configured = (shipped / "alertmanager.yml").read_text("utf-8")
    assert {"truc-tinh", "quan-tri"} == set(groups)
    for group in groups:
        assert f"http://127.0.0.1:8480/{group}\n" in configured


def test_every_mistake_in_the_file_of_numbers_is_told_with_its_place(tmp_path: Path) -> None:
    path = tmp_path / "numbers.toml"
    path.write_text(
        'a = ["0900", "+84900000001"]\n\nb = "+84900000001"\nc = []\n"Trực" = ["84900000001"]\n'
    )

    with pytest.raises(ConfigError) as caught:
        load_numbers(path)

    assert [problem.removeprefix(f"{path}:") for problem in caught.value.problems] == [
        "1:1: a: expected a number like +84900000000, got '0900'",
        "3:1: b: expected a list of numbers in quotes, got '+84900000001'",
        "4:1: c: expected at least one number, got none",
        "5:1: Trực: expected small letters, digits and hyphens as the name of a group",
    ]


@pytest.mark.parametrize(
    ("listen", "problem"),
    [
        ("0.0.0.0:8480", "expected an address of this machine only"),
        ("8480", "expected ADDRESS:PORT"),
        ("127.0.0.1:0", "expected ADDRESS:PORT"),
    ],
)
def test_nobody_else_may_send_messages_at_our_cost(
    listen: str, problem: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "numbers.toml"
    path.write_text('a = ["+84900000001"]\n')

    status = main(
        ["sms-gateway", "--numbers-file", str(path), "--with", "gammu", "--listen", listen]
    )

    assert status == 2
    assert problem in capsys.readouterr().err


def test_what_alertmanager_adds_later_does_not_matter() -> None:
    body = (
        b'{"version":"5","new":1,"alerts":[{"status":"firing","labels":{},"annotations":{},"x":1}]}'
    )

    assert read(body) == Message([Alert("firing", {}, {})])


@pytest.mark.parametrize("diacritics", [True, False])
def test_what_no_telephone_shows_is_left_out(*, diacritics: bool) -> None:
    odd = SILENT | {"summary": "Trụ sở\x00\x1b xã A\nmất liên lạc"}

    assert short(message(odd), diacritics=diacritics).isprintable()
