"""The sender and the whole agent against a real HTTP server on loopback that a test scripts."""

import gzip
import json
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from agent.config import Config, SpoolLimits
from agent.identity.credentials import Credentials
from agent.identity.keyring import Keyring
from agent.identity.keys import Identity, Keys, Secret, write_keys
from agent.identity.trust import Trust
from agent.measuring.alive import read_previous_run
from agent.sending.delivery import Delivery
from agent.sending.last_sent import read_last_sent
from agent.sending.orders import Orders, read_orders
from agent.sending.send import Sender
from agent.service import Service
from agent.spool.spool import Spool
from agent.transport.address import CollectorAddress, parse_collector
from govnet.report import REASONS, Purpose, Report, encode_report, sign, verify
from govnet.settings import MachineSettings, Settings, digest, encode
from tests.unit.deadlines import HANG_SECONDS

KEY = b"k" * 32
IDENTITY = Identity("pc-1-agent", "k1", Secret(KEY))
NOW = 1_790_000_000.0
AHEAD_SECONDS = 120.0
SETTINGS = Settings(agent="pc-1-agent", site="xa-a", machine="pc-1", report_interval_seconds=0.2)

Answer = tuple[int, dict[str, str], bytes]


class FixedClock:
    """This machine's clocks: the wall clock goes ahead of the collector's; tests move both."""

    def __init__(self) -> None:
        self.elapsed = 0.0

    def time(self) -> float:
        return NOW + AHEAD_SECONDS + self.elapsed

    def monotonic(self) -> float:
        return 5000.0 + self.elapsed


def accept_all(batch: dict[str, Any], announced: str = "") -> Answer:
    body = {
        "batch": batch["batch"],
        "accepted": [report["seq"] for report in batch["reports"]],
        "duplicate": [],
        "rejected": [],
        "time": NOW,
        "settings": announced,
    }
    return 200, {}, json.dumps(body).encode()


def refuse(reason: str, headers: dict[str, str] | None = None, **more: str) -> Answer:
    body = json.dumps({"error": reason, "detail": "scripted"} | more).encode()
    return REASONS[reason], headers or {}, body


@dataclass
class MadeUpCollector:
    """What the server saw, and what it is to answer; `on_batch` may be replaced at any time."""

    address: CollectorAddress
    on_batch: Callable[[dict[str, Any]], Answer] = accept_all
    settings_body: bytes = b""
    settings_key: bytes = KEY
    batches: list[dict[str, Any]] = field(default_factory=list)
    bad_codes: int = 0
    key_ids: list[str] = field(default_factory=list)
    connections: set[tuple[str, int]] = field(default_factory=set)
    received: threading.Condition = field(default_factory=threading.Condition)

    def wait_for(self, condition: Callable[[], bool]) -> bool:
        with self.received:
            return self.received.wait_for(condition, timeout=HANG_SECONDS)

    @property
    def seqs(self) -> list[list[int]]:
        return [[report["seq"] for report in batch["reports"]] for batch in self.batches]


class Handler(BaseHTTPRequestHandler):
    """Speaks the collector's side of the protocol as the test says."""

    protocol_version = "HTTP/1.1"
    timeout = 20
    collector: MadeUpCollector

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        collector = self.collector
        with collector.received:
            collector.connections.add(self.client_address)
            collector.key_ids.append(self.headers["Govnet-Key"])
            if not verify(KEY, self.headers["Govnet-Signature"], Purpose.BATCH, body):
                collector.bad_codes += 1
            batch = json.loads(gzip.decompress(body))
            collector.batches.append(batch)
            answer = collector.on_batch(batch)
            collector.received.notify_all()
        self.respond(*answer)

    def do_GET(self) -> None:
        collector = self.collector
        agent, nonce = self.headers["Govnet-Agent"], self.headers["Govnet-Nonce"]
        code = self.headers["Govnet-Signature"]
        if not verify(KEY, code, Purpose.SETTINGS_REQUEST, agent.encode(), nonce.encode()):
            self.respond(*refuse("bad_signature"))
            return
        body = collector.settings_body
        code = sign(collector.settings_key, Purpose.SETTINGS, nonce.encode(), body)
        self.respond(200, {"Govnet-Signature": code}, body)

    def respond(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in (headers | {"Content-Length": str(len(body))}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - named by http.server
        """Say nothing."""


class QuietServer(ThreadingHTTPServer):
    """A server that takes a client hanging up for what it is."""

    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing."""


@pytest.fixture
def start_collector() -> Iterator[Callable[..., MadeUpCollector]]:
    servers: list[tuple[ThreadingHTTPServer, threading.Thread]] = []

    def start(tls: ssl.SSLContext | None = None) -> MadeUpCollector:
        handler = type("ThisHandler", (Handler,), {})
        server = QuietServer(("127.0.0.1", 0), handler)
        if tls is not None:
            server.socket = tls.wrap_socket(
                server.socket, server_side=True, do_handshake_on_connect=False
            )
        scheme = "http" if tls is None else "https"
        address = parse_collector(f"{scheme}://127.0.0.1:{server.server_address[1]}")
        handler.collector = MadeUpCollector(address)
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        servers.append((server, thread))
        return handler.collector

    yield start
    for server, thread in servers:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def collector(start_collector: Callable[..., MadeUpCollector]) -> MadeUpCollector:
    return start_collector()


@dataclass
class Bench:
    """A sender with its spool, driven step by step."""

    sender: Sender
    spool: Spool
    clock: FixedClock
    state_dir: Path
    orders: list[Orders]

    def add_reports(self, count: int) -> None:
        for _ in range(count):
            seq = self.spool.next_seq()
            self.spool.add(seq, encode_report(Report(seq, NOW, 1.0, "boot", 60.0, "", ())))

    def step(self) -> float:
        return self.sender.step()


@pytest.fixture
def start_bench(tmp_path: Path) -> Iterator[Callable[..., Bench]]:
    opened: list[Bench] = []

    def start(
        *addresses: CollectorAddress,
        ca_file: Path | None = None,
        bytes_per_hour: int | None = None,
        boot_id: str = "boot-1",
    ) -> Bench:
        clock = FixedClock()
        spool = Spool(tmp_path / f"spool-{len(opened)}", clock=clock.time)
        orders: list[Orders] = []
        sender = Sender(
            credentials=Credentials(Keyring(tmp_path, IDENTITY), Trust(ca_file, tmp_path)),
            collectors=addresses,
            spool=spool,
            state_dir=tmp_path,
            clock=clock,
            boot_id=boot_id,
            orders_digest="",
            on_orders=orders.append,
            bytes_per_hour=bytes_per_hour,
            hardware={"board": "0a1b2c3d"},
            jitter=lambda: 1.0,
        )
        opened.append(Bench(sender, spool, clock, tmp_path, orders))
        return opened[-1]

    yield start
    for bench in opened:
        bench.sender.stop()
        bench.sender.run()  # Closes its connection.
        bench.spool.close()


@pytest.fixture
def dead(closed_port: int) -> CollectorAddress:
    """Give an address where nothing listens until the test does."""
    return parse_collector(f"http://127.0.0.1:{closed_port}")


def test_the_newest_report_goes_first_and_the_backlog_behind_it(
    collector: MadeUpCollector, start_bench: Callable[..., Bench]
):
    bench = start_bench(collector.address)
    bench.add_reports(12)

    while bench.spool.waiting:
        assert bench.step() == 0

    assert collector.seqs == [[12], [1, 2, 3, 4], [5, 6, 7, 8, 9, 10, 11]]
    assert collector.bad_codes == 0
    assert len(collector.connections) == 1


def test_a_batch_says_who_sent_it_and_when_by_which_clocks(
    collector: MadeUpCollector, start_bench: Callable[..., Bench]
):
    bench = start_bench(collector.address)
    bench.add_reports(1)
    bench.step()

    (batch,) = collector.batches
    assert batch["agent"] == "pc-1-agent"
    assert batch["incarnation"] == bench.spool.incarnation
    assert batch["sent_at"] == NOW + AHEAD_SECONDS
    assert batch["sent_monotonic_seconds"] == 5000.0
    assert batch["boot_id"] == "boot-1"
    assert batch["hardware"] == {"board": "0a1b2c3d"}


def test_the_clock_offset_is_learnt_from_the_answer(
    collector: MadeUpCollector, start_bench: Callable[..., Bench]
):
    bench = start_bench(collector.address)
    bench.add_reports(1)
    assert bench.sender.learnt.clock_offset_seconds is None

    bench.step()

    assert bench.sender.learnt.clock_offset_seconds == AHEAD_SECONDS


def test_a_refused_report_is_set_aside_and_its_neighbours_are_not(
    collector: MadeUpCollector, start_bench: Callable[..., Bench]
):
    def rule(batch: dict[str, Any]) -> Answer:
        answer = json.loads(accept_all(batch)[2])
        if 2 in answer["accepted"]:
            answer["accepted"].remove(2)
            answer["rejected"] = [{"seq": 2, "reason": "bad_report"}]
        return 200, {}, json.dumps(answer).encode()

    bench = start_bench(collector.address)
    collector.on_batch = rule
    bench.add_reports(4)
    while bench.spool.waiting:
        bench.step()

    assert bench.spool.accepted_total == 3
    assert [(kept.seq, kept.reason) for kept in bench.spool.quarantined()] == [(2, "bad_report")]


def test_a_machine_whose_disk_was_set_back_goes_on_behind_what_it_had_sent(
    start_bench: Callable[..., Bench], collector: MadeUpCollector, caplog: pytest.LogCaptureFixture
):
    bench = start_bench(collector.address)

    def knows_700(batch: dict[str, Any]) -> Answer:
        status, headers, body = accept_all(batch)
        return status, headers, json.dumps(json.loads(body) | {"newest": 700}).encode()

    collector.on_batch = knows_700
    bench.add_reports(1)
    bench.step()
    bench.add_reports(2)
    bench.step()

    assert collector.seqs[0] == [1]
    assert {seq for seqs in collector.seqs[1:] for seq in seqs} <= {701, 702}
    assert "the spool was restored" in caplog.text


def test_a_captive_portal_loses_nothing(
    collector: MadeUpCollector, start_bench: Callable[..., Bench]
):
    bench = start_bench(collector.address)
    collector.on_batch = lambda _batch: (200, {}, b"<html>Please log in</html>")
    bench.add_reports(3)

    waits = [bench.step() for _ in range(4)]

    assert bench.spool.waiting == 3
    assert waits == [1, 2, 4, 8]
    assert bench.sender.learnt.send_failures == 4
    assert bench.sender.learnt.clock_offset_seconds is None


def test_a_busy_collectors_retry_after_is_obeyed(
    collector: MadeUpCollector, start_bench: Callable[..., Bench]
):
    bench = start_bench(collector.address)
    collector.on_batch = lambda _batch: refuse("storage_full", {"Retry-After": "40"})
    bench.add_reports(1)

    assert bench.step() == 41
    assert bench.spool.waiting == 1


def test_an_agent_without_rights_keeps_its_reports_and_says_so_once(
    collector: MadeUpCollector,
    start_bench: Callable[..., Bench],
    caplog: pytest.LogCaptureFixture,
):
    bench = start_bench(collector.address)
    collector.on_batch = lambda _batch: refuse("revoked")
    bench.add_reports(2)

    assert all(bench.step() >= 30 for _ in range(5))

    assert bench.spool.waiting == 2
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    assert KEY.hex() not in caplog.text


def test_another_key_at_hand_is_tried_at_once_when_the_collector_does_not_know_this_one(
    collector: MadeUpCollector, start_bench: Callable[..., Bench], tmp_path: Path
):
    following = Identity("pc-1-agent", "k2", Secret(b"2" * 32))
    write_keys(tmp_path, Keys(IDENTITY, next=following))
    bench = start_bench(collector.address)
    collector.on_batch = lambda _batch: refuse("unknown_key")
    bench.add_reports(1)

    assert bench.step() == 0
    assert bench.step() >= 30
    assert bench.step() >= 30
    assert [collector.key_ids, collector.bad_codes] == [["k1", "k2", "k1"], 1]

    collector.on_batch = accept_all
    assert bench.step() == 0
    assert bench.spool.waiting == 0


def test_the_second_address_is_used_at_once_and_the_first_again_later(
    collector: MadeUpCollector, dead: CollectorAddress, start_bench: Callable[..., Bench]
):
    bench = start_bench(dead, collector.address)
    bench.add_reports(1)

    assert bench.step() == 0
    assert bench.step() == 0
    assert bench.spool.waiting == 0
    bench.add_reports(1)
    assert bench.step() == 0
    assert bench.spool.waiting == 0

    bench.clock.elapsed = 1000
    bench.add_reports(1)
    assert bench.step() == 0
    assert bench.spool.waiting == 0
    assert bench.sender.learnt.send_failures == 1


def test_the_way_back_to_the_first_address_is_tried_when_nothing_waits(
    start_collector: Callable[..., MadeUpCollector],
    dead: CollectorAddress,
    start_bench: Callable[..., Bench],
):
    second = start_collector()
    bench = start_bench(dead, replace(second.address, path="internet"))
    bench.add_reports(1)
    bench.step()
    bench.step()
    assert (delivered := bench.sender.learnt.delivered) is not None
    assert delivered.path == "internet"

    with QuietServer(("127.0.0.1", dead.port), type("First", (Handler,), {})) as server:
        revived = MadeUpCollector(dead)
        server.RequestHandlerClass.collector = revived  # type: ignore[attr-defined]
        serving = threading.Thread(target=server.serve_forever, args=(0.02,))
        serving.start()
        bench.clock.elapsed = 1000
        bench.add_reports(1)
        bench.step()
        assert second.seqs == [[1], [2]]
        bench.add_reports(1)
        bench.step()
        server.shutdown()
        serving.join()

    assert revived.seqs == [[3]]
    assert (delivered := bench.sender.learnt.delivered) is not None
    assert delivered.path == "tslcd"
    assert bench.sender.learnt.send_failures == 1


def test_when_no_address_answers_the_sender_backs_off(
    dead: CollectorAddress, start_bench: Callable[..., Bench]
):
    bench = start_bench(dead)
    bench.add_reports(1)

    waits = [bench.step() for _ in range(9)]

    assert waits == [1, 2, 4, 8, 16, 20, 20, 20, 20]
    assert waits[-1] == Delivery.FAILED_CAP_SECONDS


def test_the_collector_in_charge_is_followed(
    start_collector: Callable[..., MadeUpCollector], start_bench: Callable[..., Bench]
):
    wrong, right = start_collector(), start_collector()
    wrong.on_batch = lambda _batch: refuse("wrong_collector", collector=str(right.address))
    bench = start_bench(wrong.address)
    bench.add_reports(1)

    assert [bench.step(), bench.step()] == [0, 0]

    assert right.seqs == [[1]]
    assert bench.spool.waiting == 0


def test_a_collector_that_restarts_between_batches_costs_no_failure(
    collector: MadeUpCollector, start_bench: Callable[..., Bench]
):
    """A kept connection that the other side closed is replaced without being called a failure."""
    bench = start_bench(collector.address)

    def answer_and_hang_up(batch: dict[str, Any]) -> Answer:
        status, headers, body = accept_all(batch)
        return status, headers | {"Connection": "close"}, body

    collector.on_batch = answer_and_hang_up
    for _ in range(3):
        bench.add_reports(1)
        assert bench.step() == 0

    assert bench.sender.learnt.send_failures == 0
    assert len(collector.connections) == 3


def test_a_report_that_no_collector_may_take_is_set_aside_unsent(
    collector: MadeUpCollector, start_bench: Callable[..., Bench]
):
    bench = start_bench(collector.address)
    seq = bench.spool.next_seq()
    bench.spool.add(seq, b'{"seq": 1, "x": "' + b"x" * (8 << 20) + b'"}')
    bench.add_reports(1)
    while bench.spool.waiting:
        bench.step()

    assert collector.seqs == [[2]]
    assert bench.spool.quarantined_total == 1


def test_tls_is_believed_only_under_the_pinned_ca(
    start_collector: Callable[..., MadeUpCollector],
    start_bench: Callable[..., Bench],
    identity: Any,
    expired_identity: Any,
    caplog: pytest.LogCaptureFixture,
):
    collector = start_collector(identity.server_context())
    bench = start_bench(collector.address, ca_file=identity.pem)
    bench.add_reports(1)
    assert bench.step() == 0
    assert bench.spool.waiting == 0

    impostor = start_collector(expired_identity.server_context())
    fooled = start_bench(impostor.address, ca_file=identity.pem)
    fooled.add_reports(1)
    assert fooled.step() > 0
    assert fooled.spool.waiting == 1
    assert impostor.batches == []
    assert "the certificate is not the collector's" in str(vars(caplog.records[-1])["reason"])


# --- boots ----------------------------------------------------------------------------------------


def test_reports_of_an_earlier_boot_travel_with_its_beginning_as_it_was_learnt(
    collector: MadeUpCollector, start_bench: Callable[..., Bench]
):
    first = start_bench(collector.address)
    first.add_reports(1)
    first.step()
    assert "boots" not in collector.batches[0]

    later = start_bench(collector.address, boot_id="boot-2")
    for boot_id in ("boot-1", "boot-2", "never-learnt"):
        seq = later.spool.next_seq()
        later.spool.add(seq, encode_report(Report(seq, NOW, 1.0, boot_id, 60.0, "", ())))
    while later.spool.waiting:
        later.step()

    sent = [batch["boots"] for batch in collector.batches if "boots" in batch]
    assert sent == [[{"boot_id": "boot-1", "started_at": NOW - 5000.0}]]


# --- the byte budget ------------------------------------------------------------------------------


def test_with_a_small_budget_the_newest_goes_and_the_backlog_waits(
    collector: MadeUpCollector, start_bench: Callable[..., Bench]
):
    bench = start_bench(collector.address, bytes_per_hour=240_000)
    bench.add_reports(200)

    for minute in range(180):
        bench.clock.elapsed = minute * 60.0
        bench.add_reports(1)
        before = len(collector.batches)
        while bench.step() or len(collector.batches) > before:
            before = len(collector.batches)

    newest_first = [batch["reports"][0]["seq"] for batch in collector.batches]
    assert [seq for seq in range(201, 381) if seq not in newest_first] == []
    assert bench.spool.waiting == 0
    assert bench.sender.learnt.held_back["backlog"] > 0
    assert bench.sender.learnt.held_back["live"] == 0
    assert bench.sender.learnt.sent_bytes < 3 * 240_000 + 240_000 / 20


def test_with_a_tiny_budget_the_newest_goes_less_often_and_nothing_is_lost(
    collector: MadeUpCollector, start_bench: Callable[..., Bench]
):
    bench = start_bench(collector.address, bytes_per_hour=10_000)

    for minute in range(120):
        bench.clock.elapsed = minute * 60.0
        bench.add_reports(1)
        bench.step()

    assert 5 < len(collector.batches) < 30
    assert [len(seqs) for seqs in collector.seqs] == [1] * len(collector.batches)
    assert bench.spool.waiting + len(collector.batches) == 120
    assert bench.sender.learnt.held_back["live"] > 0
    assert bench.sender.learnt.sent_bytes < 2 * 10_000 + 10_000 / 20 + 2000


# --- settings -------------------------------------------------------------------------------------


def announce(collector: MadeUpCollector, settings: Settings) -> str:
    """Let the collector offer these settings; return their digest."""
    collector.settings_body = encode(settings)
    announced = digest(collector.settings_body)
    collector.on_batch = lambda batch: accept_all(batch, announced)
    return announced


def test_new_settings_are_fetched_believed_and_kept(
    collector: MadeUpCollector, start_bench: Callable[..., Bench]
):
    bench = start_bench(collector.address)
    announced = announce(collector, SETTINGS)
    bench.add_reports(1)
    bench.step()

    (orders,) = bench.orders
    assert orders.settings == SETTINGS
    assert orders.digest == announced
    assert read_orders(bench.state_dir, "pc-1-agent") == orders
    assert read_orders(bench.state_dir, "another-agent") is None

    bench.add_reports(1)
    bench.step()
    assert len(bench.orders) == 1


@pytest.mark.parametrize("forgery", ["signed by another key", "of another agent", "not settings"])
def test_settings_that_cannot_be_believed_are_not_taken(
    collector: MadeUpCollector, start_bench: Callable[..., Bench], forgery: str
):
    bench = start_bench(collector.address)
    announce(collector, SETTINGS)
    if forgery == "signed by another key":
        collector.settings_key = b"x" * 32
    elif forgery == "of another agent":
        collector.settings_body = encode(Settings(agent="pc-2", site="s", machine="m"))
    else:
        collector.settings_body = b"<html></html>"
    bench.add_reports(1)

    assert bench.step() == 0

    assert bench.orders == []
    assert read_orders(bench.state_dir, "pc-1-agent") is None
    assert bench.spool.waiting == 0


def test_settings_that_failed_are_asked_for_again_after_a_while(
    collector: MadeUpCollector, start_bench: Callable[..., Bench]
):
    bench = start_bench(collector.address)
    announce(collector, SETTINGS)
    collector.settings_key = b"x" * 32
    bench.add_reports(1)
    bench.step()
    collector.settings_key = KEY
    bench.add_reports(1)
    bench.step()
    assert bench.orders == []

    bench.clock.elapsed = 31
    bench.add_reports(1)
    bench.step()

    assert [orders.settings for orders in bench.orders] == [SETTINGS]


# --- the whole agent ------------------------------------------------------------------------------


def test_an_agent_starts_bare_learns_its_settings_measures_and_stops_in_order(
    collector: MadeUpCollector, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("agent.service.STOP_WITHIN_SECONDS", HANG_SECONDS)
    machine = MachineSettings(target="pc-1", interval_seconds=0.5)
    # Only the first report waits for the usual interval: nobody has told it another one.
    ordered = Settings(
        agent="pc-1-agent",
        site="xa-a",
        machine="pc-1",
        report_interval_seconds=0.2,
        checks=(machine,),
    )
    state_dir = tmp_path / "state"
    state_dir.mkdir()
    (state_dir / "settings.json").write_bytes(encode(SETTINGS))
    announced = announce(collector, ordered)
    config = Config((collector.address,), IDENTITY, None, state_dir, SpoolLimits(1, 1.0))
    service = Service(config)
    running = threading.Thread(target=service.run)
    running.start()

    def measured() -> bool:
        checks = {result["check"] for result in collector.batches[-1]["reports"][0]["results"]}
        return checks == {"agent", "machine"}

    try:
        assert collector.wait_for(lambda: bool(collector.batches) and measured())
    finally:
        service.stop()
        running.join(HANG_SECONDS)

    assert not running.is_alive()
    report = collector.batches[-1]["reports"][0]
    assert report["settings"] == announced
    own = next(result for result in report["results"] if result["check"] == "agent")
    assert own["target"] == "pc-1"
    assert "govnet_agent_resident_memory_bytes" in {sample[0] for sample in own["samples"]}
    previous = read_previous_run(state_dir)
    assert previous is not None
    assert previous.clean_stop
    sent = read_last_sent(state_dir)
    assert sent is not None
    assert sent.decoded() == collector.batches[-1]
