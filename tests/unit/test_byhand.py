"""`govnet-agent probe NAME`: the frame of all probes by hand, with a probe made up for the test."""

import argparse
import sys
from types import ModuleType

import pytest

from agent.byhand.contract import Answer
from agent.byhand.table import PROBES, load
from agent.cli import main
from agent.probe.outcome import Outcome, PeerError
from agent.probe.trace import Trace
from govnet.errors import CheckError

Asked = list[tuple[str, float]]
"""Host and time of every question."""


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Asked:
    """Put a made-up module in the place of `icmp`; it answers by the name of the host."""
    asked: Asked = []

    def add_arguments(parser: argparse.ArgumentParser) -> None:
        parser.add_argument("host")

    def ask(arguments: argparse.Namespace, timeout_seconds: float, trace: Trace) -> Answer:
        asked.append((arguments.host, timeout_seconds))
        trace("asked")
        if arguments.host == "unaskable":
            raise CheckError("no socket")
        if arguments.host == "nameless":
            raise CheckError("no address") from PeerError(Outcome.UNRESOLVED, "no address")
        return Answer(good=arguments.host == "alive", lines=(f"Đã hỏi {arguments.host}.",))

    module = ModuleType(PROBES["icmp"].module)
    vars(module).update(add_arguments=add_arguments, ask=ask)
    monkeypatch.setitem(sys.modules, PROBES["icmp"].module, module)
    return asked


def test_a_good_answer_is_printed_with_status_0(asked: Asked, capsys: pytest.CaptureFixture[str]):
    assert main(["probe", "icmp", "alive"]) == 0
    assert capsys.readouterr().out == "Đã hỏi alive.\n"
    assert asked == [("alive", 10.0)]


def test_a_bad_answer_has_status_1_and_its_words(asked: Asked, capsys: pytest.CaptureFixture[str]):
    assert main(["probe", "icmp", "dead", "--timeout", "2.5"]) == 1
    assert capsys.readouterr().out == "Đã hỏi dead.\n"
    assert asked == [("dead", 2.5)]


@pytest.mark.usefixtures("asked")
def test_what_was_sent_is_shown_only_when_asked_for(capsys: pytest.CaptureFixture[str]):
    main(["probe", "icmp", "alive", "--debug"])
    assert capsys.readouterr().out == "# asked\nĐã hỏi alive.\n"


@pytest.mark.usefixtures("asked")
def test_a_machine_that_cannot_ask_says_so(capsys: pytest.CaptureFixture[str]):
    assert main(["probe", "icmp", "unaskable"]) == 1
    printed = capsys.readouterr()
    assert (printed.out, printed.err) == ("", "Máy này không hỏi được: no socket\n")


@pytest.mark.usefixtures("asked")
def test_a_name_without_an_address_is_told_in_words(capsys: pytest.CaptureFixture[str]):
    assert main(["probe", "icmp", "nameless"]) == 1
    assert capsys.readouterr().err == (
        "Máy này không hỏi được: Không phân giải được tên này ra địa chỉ. Chi tiết: no address\n"
    )


@pytest.mark.usefixtures("asked")
@pytest.mark.parametrize("text", ["0", "-1", "nan", "x", "601"])
def test_a_timeout_that_cannot_be_used_is_refused(capsys: pytest.CaptureFixture[str], text: str):
    with pytest.raises(SystemExit) as stopped:
        main(["probe", "icmp", "alive", "--timeout", text])
    assert stopped.value.code == 2
    assert f"expected seconds up to 600, got '{text}'" in capsys.readouterr().err


@pytest.mark.parametrize("name", sorted(PROBES))
def test_every_listed_probe_has_a_module_with_arguments(name: str):
    parser = argparse.ArgumentParser()
    load(name).add_arguments(parser)
    assert parser.format_help()


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("tcp", "h", "99999"), "port: expected a whole number from 1 to 65535, got '99999'"),
        (("snmp", "h", "--port", "0"), "--port: expected a whole number from 1 to 65535, got '0'"),
        (("icmp", "h", "--count", "0"), "--count: expected a whole number from 1 to 65535"),
        (("stamp", "h", "--dscp", "64"), "--dscp: expected a whole number from 0 to 63, got '64'"),
        (("nut", "h", "--port", "٣٤"), "--port: expected a whole number"),
        (("http", "h"), "url: expected a URL like https://host/path, got 'h'"),
        (("rtsp", "http://h"), "url: expected a URL like rtsp://host/path without a login"),
        (("crl", "ftp://h", "issuer"), "url: expected a URL like https://host/path"),
        (("ocsp", "http://a@h", "one", "issuer"), "logins are not allowed"),
    ],
)
def test_an_argument_that_cannot_be_used_is_told_before_anything_is_asked(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], expected: str
):
    with pytest.raises(SystemExit) as stopped:
        main(["probe", *arguments])
    assert stopped.value.code == 2
    assert expected in capsys.readouterr().err
