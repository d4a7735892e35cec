"""A real HTTP server on loopback that answers as a test says, and a sender driven step by step."""

import gzip
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from agent.identity.keys import Identity, Secret
from agent.sending.orders import Orders
from agent.sending.send import Sender
from agent.spool.spool import Spool
from agent.transport.address import CollectorAddress
from govnet.report import REASONS, Purpose, Report, encode_report, sign, verify
from govnet.settings import Settings
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
