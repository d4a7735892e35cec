"""Simulated agents under faults, against a real HTTP server on loopback."""

import gzip
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from agent.identity.keys import Identity, Secret
from agent.transport.address import CollectorAddress
from agent.transport.channel import Channel
from govnet.report import HEADER_NONCE, HEADER_SIGNATURE, PATH_SETTINGS, Purpose, sign, verify
from govnet.settings import MachineSettings, Settings, digest, encode
from simulator.faults import Fault, FaultKind, Faults
from simulator.office import SimulatedAgent
from simulator.province import SimulatedProvince, turn

KEY = b"k" * 32
NOW = 1_790_000_000.0
INTERVAL_SECONDS = 60.0
SETTINGS = encode(
    Settings(
        agent="a1",
        site="xa-a",
        machine="xa-a/pc-1",
        report_interval_seconds=INTERVAL_SECONDS,
        checks=(MachineSettings(target="xa-a/pc-1"),),
    )
)
NO_FAULT = Faults(frozenset())
DEADLINE_SECONDS = 20.0


class Centre(ThreadingHTTPServer):
    """Gives the settings and takes every report; `taken` are their seqs in order of arrival."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.taken: list[int] = []
        self.created_at: dict[int, float] = {}
        self.refuses = False
        self.heard = threading.Event()

    @property
    def address(self) -> CollectorAddress:
        return CollectorAddress(tls=False, host="127.0.0.1", port=self.server_port, prefix="")


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Centre

    def log_message(self, *_: object) -> None:
        """Stay silent."""

    def do_GET(self) -> None:
        assert self.path == PATH_SETTINGS
        nonce = self.headers[HEADER_NONCE].encode()
        self.answer(200, SETTINGS, {HEADER_SIGNATURE: sign(KEY, Purpose.SETTINGS, nonce, SETTINGS)})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.server.refuses:
            self.answer(503, b"{}", {})
            return
        assert verify(KEY, self.headers[HEADER_SIGNATURE], Purpose.BATCH, body)
        batch = json.loads(gzip.decompress(body))
        reports = batch["reports"]
        seqs = [report["seq"] for report in reports]
        self.server.taken += seqs
        self.server.created_at |= {report["seq"]: report["created_at"] for report in reports}
        said = {"batch": batch["batch"], "accepted": seqs, "duplicate": [], "rejected": []}
        self.answer(
            200, json.dumps(said | {"time": NOW, "settings": digest(SETTINGS)}).encode(), {}
        )
        self.server.heard.set()

    def answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in (headers | {"Content-Length": str(len(body))}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture
def centre() -> Iterator[Centre]:
    with Centre() as server:
        serving = threading.Thread(target=server.serve_forever, args=(0.01,))
        serving.start()
        yield server
        server.shutdown()
        serving.join()


@pytest.fixture
def channel(centre: Centre) -> Iterator[Channel]:
    line = Channel(centre.address, tls=None)
    yield line
    line.close()


@pytest.fixture
def agent() -> SimulatedAgent:
    return SimulatedAgent(Identity("a1", "k1", Secret(KEY)), "xa-a/pc-1")


def live(agent: SimulatedAgent, channel: Channel, *moments: Faults) -> None:
    """Let the agent have one turn per moment, an interval apart, after those it had."""
    for moment in moments:
        elapsed = agent.seq * INTERVAL_SECONDS
        turn(agent, moment, channel, NOW + elapsed, elapsed)


def test_an_agent_that_is_cut_off_keeps_its_reports_and_sends_all_of_them_after(
    centre: Centre, channel: Channel, agent: SimulatedAgent
):
    cut = Faults(frozenset({(FaultKind.LINK_CUT, "xa-a")}))
    live(agent, channel, NO_FAULT, *[cut] * 50)

    assert centre.taken == [1]
    assert len(agent.waiting) == 50

    live(agent, channel, NO_FAULT)

    assert sorted(centre.taken) == list(range(1, 53)), "each once"
    assert centre.taken[1] == 52, "the newest first"
    assert centre.created_at == {seq: NOW + (seq - 1) * INTERVAL_SECONDS for seq in range(1, 53)}
    assert not agent.waiting


@pytest.mark.parametrize(
    ("kind", "item"), [(FaultKind.POWER_CUT, "xa-a"), (FaultKind.MACHINE_OFF, "xa-a/pc-1")]
)
def test_a_dark_agent_makes_no_report(
    centre: Centre, channel: Channel, agent: SimulatedAgent, kind: FaultKind, item: str
):
    dark = Faults(frozenset({(kind, item)}))
    live(agent, channel, NO_FAULT, dark, dark, NO_FAULT)

    assert centre.taken == [1, 2]
    assert not agent.waiting


def test_what_the_centre_cannot_take_now_is_kept(
    centre: Centre, channel: Channel, agent: SimulatedAgent
):
    live(agent, channel, NO_FAULT)
    centre.refuses = True
    live(agent, channel, NO_FAULT, NO_FAULT)
    centre.refuses = False

    assert [seq for seq, _ in agent.waiting] == [2, 3]
    assert agent.failures == 2

    live(agent, channel, NO_FAULT)

    assert sorted(centre.taken) == [1, 2, 3, 4]


def test_an_agent_without_settings_waits_for_a_centre(agent: SimulatedAgent, closed_port: int):
    nobody = CollectorAddress(tls=False, host="127.0.0.1", port=closed_port, prefix="")
    live(agent, Channel(nobody, tls=None), NO_FAULT)

    assert agent.failures == 1
    assert agent.seq == 0


def test_the_province_runs_every_agent_until_it_is_stopped(centre: Centre, agent: SimulatedAgent):
    script = [Fault(FaultKind.POWER_CUT, "xa-b")]
    province = SimulatedProvince([agent], centre.address, script, spread_seconds=0.0)
    running = threading.Thread(target=province.run)
    running.start()
    assert centre.heard.wait(DEADLINE_SECONDS)
    province.stop()
    running.join(DEADLINE_SECONDS)

    assert not running.is_alive()
    assert centre.taken == [1]
