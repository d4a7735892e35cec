import socket
from collections.abc import Callable
from typing import Any

import pytest

from agent.probe import nut
from agent.probe.nut.message import Line, read_ups, words
from agent.probe.outcome import Outcome
from govnet.errors import CheckError
from tests.unit.deadlines import ANSWER_SECONDS, seconds_for


def _say(*replies: bytes) -> Callable[[socket.socket], None]:
    """Answer every line that is heard with the next reply."""

    def script(connection: socket.socket) -> None:
        for reply in replies:
            if not connection.recv(4096):
                return
            connection.sendall(reply)
        connection.recv(4096)

    return script


LIST = (
    b"BEGIN LIST VAR ups\n"
    b'VAR ups ups.status "OL"\nVAR ups ups.model "9E \\"rack\\" \\\\ 3000"\n'
    b"END LIST VAR ups\n"
)


def test_variables_of_a_ups_are_listed(tcp_peer: Callable[..., Any]) -> None:
    peer = tcp_peer(_say(LIST))

    seen = nut.list_variables("127.0.0.1", peer.port, ups="ups", timeout_seconds=ANSWER_SECONDS)

    assert (seen.outcome, seen.error, seen.ups) == (Outcome.ANSWERED, "", "ups")
    assert seen.variables == {"ups.status": "OL", "ups.model": '9E "rack" \\ 3000'}
    assert seen.rtt_seconds is not None
    assert read_ups(seen.variables).model == '9E "rack" \\ 3000'


def test_first_ups_is_asked_where_none_is_named(tcp_peer: Callable[..., Any]) -> None:
    ups = b'BEGIN LIST UPS\nUPS ups "Rack"\nUPS kho "x"\nEND LIST UPS\n'
    peer = tcp_peer(_say(ups, LIST))

    seen = nut.list_variables("127.0.0.1", peer.port, timeout_seconds=ANSWER_SECONDS)

    assert (seen.ups, seen.variables["ups.status"]) == ("ups", "OL")


def test_server_without_a_ups_says_so(tcp_peer: Callable[..., Any]) -> None:
    peer = tcp_peer(_say(b"BEGIN LIST UPS\nEND LIST UPS\n"))

    seen = nut.list_variables("127.0.0.1", peer.port, timeout_seconds=ANSWER_SECONDS)

    assert (seen.outcome, seen.error) == (Outcome.ANSWERED, "UNKNOWN-UPS")


def test_refusal_is_an_answer(tcp_peer: Callable[..., Any]) -> None:
    peer = tcp_peer(_say(b"ERR ACCESS-DENIED\n"))

    seen = nut.list_variables("127.0.0.1", peer.port, ups="ups", timeout_seconds=ANSWER_SECONDS)

    assert (seen.outcome, seen.error, seen.variables) == (Outcome.ANSWERED, "ACCESS-DENIED", {})


@pytest.mark.parametrize(
    ("reply", "outcome"),
    [
        (b"HTTP/1.1 400 Bad Request\n", Outcome.MALFORMED),
        (b"VAR ups ups.status OL\n", Outcome.MALFORMED),
        (b"BEGIN LIST UPS\n", Outcome.MALFORMED),
        (b'BEGIN LIST VAR ups\nVAR ups ups.status "OL\n', Outcome.MALFORMED),
        (b"BEGIN LIST VAR ups\nBEGIN LIST VAR ups\n", Outcome.MALFORMED),
        (b"BEGIN LIST VAR ups\n" + b'VAR ups a "b"\n' * 1100, Outcome.MALFORMED),
        (b"BEGIN LIST VAR ups\nVAR ups a " + b"b" * 2000, Outcome.MALFORMED),
        (b"BEGIN LIST VAR ups\n", Outcome.TIMEOUT),
        (b"\n", Outcome.MALFORMED),
    ],
)
def test_broken_answer_is_a_finding(
    tcp_peer: Callable[..., Any], reply: bytes, outcome: Outcome
) -> None:
    peer = tcp_peer(_say(reply))

    seen = nut.list_variables(
        "127.0.0.1", peer.port, ups="ups", timeout_seconds=seconds_for(outcome)
    )

    assert (seen.outcome, seen.variables, seen.rtt_seconds) == (outcome, {}, None)
    assert seen.detail


def test_closed_port_is_refused(closed_port: int) -> None:
    seen = nut.list_variables("127.0.0.1", closed_port, timeout_seconds=ANSWER_SECONDS)

    assert seen.outcome is Outcome.REFUSED


@pytest.mark.parametrize("name", ["a b", "a\nLOGIN", 'a"', "phòng-máy"])
def test_impossible_name_is_an_error(name: str) -> None:
    with pytest.raises(CheckError):
        nut.list_variables("127.0.0.1", 1, ups=name, timeout_seconds=1)


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("OL", (True, False, False)),
        ("OL CHRG LB", (True, True, False)),
        ("OB DISCHRG LB RB", (False, True, True)),
        ("OFF", (None, False, False)),
        ("WAIT", (None, None, None)),
        ("", (None, None, None)),
    ],
)
def test_flags_say_what_they_say(status: str, expected: tuple[bool | None, ...]) -> None:
    ups = read_ups({"ups.status": status})

    assert (ups.on_mains, ups.battery_low, ups.battery_replace) == expected


def test_what_is_no_number_is_not_told() -> None:
    ups = read_ups(
        {"battery.charge": "N/A", "battery.runtime": "-1", "battery.voltage": "nan"}
        | {"input.voltage": "inf", "output.voltage": "230", "ups.load": "1e400"}
    )

    assert (ups.battery_charge_ratio, ups.battery_runtime_seconds, ups.battery_volts) == (None,) * 3
    assert ups.inputs == ()
    assert ups.outputs == (("1", Line(volts=230.0)),)


def test_words_are_parted_at_spaces_outside_quotes() -> None:
    assert words(b'VAR ups a  "b c" d') == ("VAR", "ups", "a", "b c", "d")
    assert words(b'VAR "open') is None
    assert words(b"") == ()
