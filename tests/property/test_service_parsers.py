"""What reads RTSP, NUT, TCP_INFO and redirects answers or refuses, whatever the bytes are."""

import math
import socket
from collections.abc import Callable
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from agent.checks import device_answer
from agent.checks.contract import Context
from agent.clock import SystemClock
from agent.probe import http, imap, mail_dialogue, nut, pop3, redirects, rtsp
from agent.probe.deadline import Deadline
from agent.probe.nut import message as nut_message
from agent.probe.outcome import Outcome, PeerError
from agent.probe.stream import Stream
from agent.probe.tcp import info as tcp_info
from agent.probe.trace import silent
from govnet.errors import CheckError
from govnet.settings import DeviceSettings

LINES = st.lists(st.binary(max_size=120), max_size=20)
WORDS = st.lists(st.text("ab c\"\\'1.-", max_size=12), min_size=1, max_size=6)


@given(lines=LINES)
def test_any_lines_are_an_rtsp_head_or_none(lines: list[bytes]) -> None:
    head = rtsp.parse_head(lines)

    assert head is None or (100 <= head.status_code <= 999 and lines[0].startswith(b"RTSP/"))


@given(
    code=st.integers(100, 999),
    methods=st.lists(st.sampled_from(("OPTIONS", "DESCRIBE", "PLAY")), max_size=4),
    more=st.lists(st.binary(max_size=60), max_size=6),
)
def test_rtsp_head_is_read_whatever_stands_beside(
    code: int, methods: list[str], more: list[bytes]
) -> None:
    public = f"Public: {', '.join(methods)}".encode()
    head = rtsp.parse_head([f"RTSP/1.0 {code} OK".encode(), public, *more])

    assert head is not None
    assert (head.status_code, head.methods) == (code, tuple(methods))
    assert head.server.isprintable()


@given(line=st.binary(max_size=200))
def test_any_line_is_words_of_nut_or_none(line: bytes) -> None:
    found = nut_message.words(line)

    assert found is None or all(word.isprintable() for word in found)


@given(parts=WORDS)
def test_quoted_words_come_back_as_they_were(parts: list[str]) -> None:
    quoted = " ".join('"' + part.replace("\\", "\\\\").replace('"', '\\"') + '"' for part in parts)

    assert nut_message.words(quoted.encode()) == tuple(parts)


NUT_NAMES = st.sampled_from(
    (
        *("ups.status", "battery.charge", "battery.runtime", "battery.voltage", "ups.load"),
        *("input.voltage", "input.frequency", "input.L1-N.voltage", "output.voltage"),
        *("output.L1-N.voltage", "output.L2.power.percent", "device.model"),
    )
)


@given(
    variables=st.dictionaries(
        NUT_NAMES, st.text(max_size=12) | st.floats().map(str) | st.sampled_from(("OL", "OB LB"))
    )
)
def test_any_ups_gives_finite_values_or_none(variables: dict[str, str]) -> None:
    reply = nut.NutReply(Outcome.ANSWERED, "", "u", variables, 0.1, "")
    settings = DeviceSettings(target="d", url="nut://198.18.1.1/u")

    for sample in device_answer.answers(
        settings, _context(), list_variables=lambda *_, **__: reply
    ):
        assert math.isfinite(sample.value)
        assert sample.value >= 0


def _context() -> Context:
    clock = SystemClock()
    return Context(timeout_seconds=10, deadline=clock.monotonic() + 10, clock=clock)


@given(
    modified=st.text(max_size=40) | st.datetimes().map("{:%a, %d %b %Y %H:%M:%S} GMT".format),
    date=st.text(max_size=40) | st.datetimes().map("{:%a, %d %b %Y %H:%M:%S} GMT".format),
)
def test_any_times_of_a_page_are_an_age_or_an_error(modified: str, date: str) -> None:
    page = http.Fetch(
        Outcome.ANSWERED,
        http.Phases(),
        0.1,
        status_code=200,
        last_modified=modified,
        date=date,
    )
    settings = DeviceSettings(target="d", url="http://198.18.1.1/", max_age_seconds=60)
    try:
        samples = list(device_answer.answers(settings, _context(), fetch=lambda *_, **__: page))
    except CheckError:
        return

    ages = [each.value for each in samples if each.name == "govnet_device_data_age_seconds"]
    assert len(ages) == 1
    assert ages[0] >= 0
    assert math.isfinite(ages[0])


@given(raw=st.binary(max_size=300))
def test_any_bytes_of_the_kernel_are_read_or_not(raw: bytes) -> None:
    found = tcp_info.parse(raw)

    assert (found is None) == (len(raw) < 104)


@given(location=st.text(max_size=80) | st.text("htps:/[]@?#.%1a-", max_size=40))
def test_any_redirect_is_followed_or_left(location: str) -> None:
    asked: list[str] = []

    def fetch(url: str, **_given: Any) -> http.Fetch:
        asked.append(url)
        redirect = len(asked) == 1
        return http.Fetch(
            Outcome.ANSWERED,
            http.Phases(),
            0.1,
            address="198.18.1.1",
            status_code=302 if redirect else 200,
            location=location if redirect else "",
        )

    seen = redirects.follow(fetch, "http://a.example/x", timeout_seconds=5)

    assert len(asked) == seen.redirects + 1
    assert seen.redirects == 1 or seen.stuck or not location
    assert all(url.startswith(("http://", "https://")) for url in asked)


def _talk(said: bytes, ask: Callable[[Stream], object]) -> None:
    """Let something talk with a peer that says these bytes and hangs up."""
    ours, theirs = socket.socketpair()
    with theirs, Stream(ours, Deadline(5)) as stream:
        theirs.sendall(said)
        theirs.shutdown(socket.SHUT_WR)
        try:
            ask(stream)
        except PeerError:
            return


MAIL = st.lists(
    st.sampled_from(
        (
            *(b"* OK hi\r\n", b"* BYE\r\n", b"* CAPABILITY IMAP4rev1 STARTTLS\r\n", b"a1 OK\r\n"),
            *(b"a2 OK\r\n", b"a2\r\n", b"+OK\r\n", b"-ERR no\r\n", b"STLS\r\n", b".\r\n", b"\r\n"),
        )
    )
    | st.binary(max_size=40),
    max_size=12,
).map(b"".join)


@given(said=MAIL)
def test_any_mailbox_server_is_heard_or_a_finding(said: bytes) -> None:
    for make in (imap.Dialogue, pop3.Dialogue):

        def talk(stream: Stream, make: Callable[..., mail_dialogue.Dialogue] = make) -> None:
            dialogue = make(stream.deadline, silent)
            dialogue.greet(stream)
            if dialogue.offers_tls():
                dialogue.agree_on_tls(stream)
            dialogue.leave(stream)

        _talk(said, talk)


@given(said=st.lists(st.binary(max_size=60), max_size=8).map(b"\n".join))
def test_any_upsd_is_heard_or_a_finding(said: bytes) -> None:
    def ask(stream: Stream) -> None:
        try:
            nut.list_rows(stream, "LIST VAR u", silent)
        except nut.RefusedError:
            return

    _talk(said, ask)
