"""A province is cut off for four hours and comes back: nothing is lost, nothing counts twice.

Two hundred agents, twenty of them real processes, with the reports of four hours on their disks;
twenty were switched off inside the cut and come back as another boot. Between them and the
collector is a line that is cut and then merely bad. The collector is killed twice while it
catches up. A real Prometheus scrapes and takes history, a real VictoriaMetrics takes history.

Everything runs in a network of its own with nothing but loopback.
"""

import ctypes
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import psutil
import pytest

from agent.clock import SystemClock
from agent.probe.system import boot_id
from agent.transport.address import parse_collector
from tests.e2e.cut_line import CutLine
from tests.e2e.cut_province import (
    INTERVAL_SECONDS,
    RECEIVED_BYTES_PER_SECOND,
    Boot,
    Machine,
    Offices,
    SampleKey,
    differences,
    fill_spool,
    keyed,
)

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900)]

ROOT = Path(__file__).parents[2]
CLONE_NEWNET = 0x40000000
SITES, MACHINES_PER_SITE, REAL = 20, 10, 20
CUT_SECONDS = 4 * 3600.0
CUT_REPORTS = int(CUT_SECONDS / INTERVAL_SECONDS)
POWERED_OFF_EVERY = 10
"""Of both kinds every tenth: 20 of 200."""
BYTES_PER_SECOND = 600_000.0
KILLED_AT = (0.2, 0.5)
"""Shares of the backlog. Early enough that whoever meets a killed collector comes again in time."""
REAL_CUT_SECONDS = 12.0
"""So long the real agents find the line cut before it heals."""
LIVE_WITHIN_SECONDS = 60.0
CAUGHT_UP_WITHIN_SECONDS = 240.0
FAILURES_OF_A_LONG_CUT = 10
TIME_TOLERANCE_SECONDS = 20.0
"""An exchange may take that long, and then its reports seem so much later."""
SCRAPE_SECONDS = 5
STORED = "govnet_(machine|lan|link)_.*"
COUNTER = "govnet_machine_network_receive_bytes_total"

INVENTORY = """\
province: {id: lam-dong, code: "68", name: Tỉnh Lâm Đồng, operator: Sở KH&CN, centre: trung-tam}
report_interval_seconds: 60
carriers: [{id: vnpt, name: VNPT}]
profiles:
  machines: [{id: pc, name: Máy tính, role: pc}]
units: [{id: xa, name: Xã Đơn Dương, kind: commune}]
sites:
  - {id: trung-tam, name: Trung tâm dữ liệu, kind: data_centre, unit: xa, networks: [198.18.0.0/24]}
"""
SITE = """\
  - id: xa-{number}
    name: Trụ sở xã {number}
    kind: commune
    unit: xa
    networks: [198.18.{number}.0/24]
    links: [{{id: tslcd, technology: fiber, carrier: vnpt, far_end: {{site: trung-tam}}}}]
    devices: [{{id: cpe, kind: cpe, address: "+1", always_on: true}}]
    machine_counts: [{{profile: pc, count: 10, as_of: 2026-10-01, source: kiểm kê}}]
"""


@pytest.fixture
def lonely_network() -> Iterator[None]:
    """Put this test and what it starts into a network that ends at loopback. Needs root."""
    libc = ctypes.CDLL(None, use_errno=True)
    before = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    assert libc.unshare(CLONE_NEWNET) == 0, os.strerror(ctypes.get_errno())
    try:
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True, timeout=10)
        yield
    finally:
        assert libc.setns(before, CLONE_NEWNET) == 0
        os.close(before)


def _ask(url: str) -> bytes:
    parts = urlsplit(url)
    connection = HTTPConnection(parts.hostname or "", parts.port, timeout=60)
    try:
        connection.request("GET", f"{parts.path}?{parts.query}")
        answer = connection.getresponse()
        said = answer.read()
        assert answer.status in {200, 204}, said[:500]
        return said
    finally:
        connection.close()


@dataclass
class Store:
    """A Prometheus or a VictoriaMetrics, both asked by the same API."""

    url: str

    def query(self, expression: str, at: float) -> list[dict[str, Any]]:
        said = _ask(f"{self.url}/api/v1/query?query={quote(expression)}&time={at:.3f}")
        found: list[dict[str, Any]] = json.loads(said)["data"]["result"]
        return found


class Prometheus(Store):
    """Holds each time of a series once; a range vector shows all of them."""

    def held(
        self, machine: str, start: float, end: float
    ) -> dict[SampleKey, list[tuple[float, float]]]:
        selector = f'{{__name__=~"{STORED}",machine="{machine}"}}[{end - start:.0f}s]'
        return {
            keyed(series["metric"]): [(at, float(value)) for at, value in series["values"]]
            for series in self.query(selector, end)
        }


class VictoriaMetrics(Store):
    """Its export shows every sample that is stored, twice where it is there twice."""

    def held(
        self, machine: str, start: float, end: float
    ) -> dict[SampleKey, list[tuple[float, float]]]:
        selector = quote(f'{{__name__=~"{STORED}",machine="{machine}"}}')
        said = _ask(f"{self.url}/api/v1/export?match[]={selector}&start={start:.3f}&end={end:.3f}")
        found = {}
        for line in said.splitlines():
            series = json.loads(line)
            times = [at / 1000 for at in series["timestamps"]]
            found[keyed(series["metric"])] = sorted(zip(times, series["values"], strict=True))
        return found


@dataclass
class Memory:
    """The largest memory of the collector with its children, whichever it is just now."""

    collector: Any
    most_bytes: int = 0
    _done: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()

    def _watch(self) -> None:
        while not self._done.wait(0.2):
            process = self.collector.process
            try:
                if process is not None:
                    parent = psutil.Process(process.pid)
                    family = (parent, *parent.children(recursive=True))
                    rss = sum(member.memory_info().rss for member in family)
                    self.most_bytes = max(self.most_bytes, rss)
            except psutil.Error:
                continue  # Just killed.

    def stop(self) -> int:
        self._done.set()
        self._thread.join()
        return self.most_bytes


class _Sink(BaseHTTPRequestHandler):
    """A receiver of remote write that keeps nothing."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(204)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def _remote_write(**urls: str) -> str:
    return "".join(
        f'[[remote_write]]\nname = "{name}"\nurl = "{url}"\nwindow_hours = 23.5\n'
        for name, url in urls.items()
    )


@dataclass
class Rig:
    """What the test starts, and the figures it finds."""

    folder: Path
    stack: ExitStack
    make_collector: Callable[..., Any]
    free_port: Callable[[], int]
    start_program: Callable[..., None]
    inventory: Path
    figures: dict[str, str] = field(default_factory=dict)

    def wait(self, what: str, holds: Callable[[], bool], within_seconds: float) -> float:
        """Wait until it holds; return how long that took."""
        started = time.monotonic()
        while time.monotonic() - started < within_seconds:
            if holds():
                return time.monotonic() - started
            time.sleep(0.2)  # The next question; what counts is the condition.
        raise AssertionError(f"not within {within_seconds:g} s: {what}; so far {self.figures}")

    def collector(self, name: str, remote_write: str) -> Any:
        """Return a collector, not yet started, with its own data."""
        folder = self.folder / name
        folder.mkdir()
        (folder / "collector.toml").write_text(remote_write, encoding="utf-8")
        return self.make_collector(
            *("--config", str(folder / "collector.toml")),
            folder=folder,
            inventory=self.inventory,
            is_started=False,
        )

    def machines(self, collector: Any) -> list[Machine]:
        sites = [f"xa-{1 + number}" for number in range(SITES) for _ in range(MACHINES_PER_SITE)]
        return [
            Machine(key.identity.agent, key.key, key.secret, key.identity.machine)
            for key in collector.enrol_all(sites)
        ]


@pytest.fixture
def rig(
    lonely_network: None,  # noqa: ARG001 - for what it does
    tmp_path: Path,
    collector_process: Callable[..., Any],
    free_port: Callable[[], int],
    own_program: Callable[..., None],
) -> Iterator[Rig]:
    inventory = tmp_path / "inventory.yaml"
    sites = "".join(SITE.format(number=1 + number) for number in range(SITES))
    inventory.write_text(INVENTORY + sites, encoding="utf-8")
    with ExitStack() as stack:
        yield Rig(tmp_path, stack, collector_process, free_port, own_program, inventory)


def _steady_state(rig: Rig) -> int:
    """Return the memory of a collector with these agents on an ordinary day."""
    sink = ThreadingHTTPServer(("127.0.0.1", 0), _Sink)
    threading.Thread(target=sink.serve_forever, daemon=True).start()
    collector = rig.collector(
        "steady", _remote_write(sink=f"http://127.0.0.1:{sink.server_port}/api/v1/write")
    )
    machines = rig.machines(collector)
    collector.start()
    memory = Memory(collector)
    offices = Offices(parse_collector(collector.url))
    try:
        now = time.time()
        for machine in machines:
            offices.add(machine, Boot("steady", now - 40_000, now - 40_000))
        offices.start()
        rig.wait("all agents are heard", lambda: _live(collector, now) == len(machines), 90)
        # A scrape is part of the day.
        collector.get("/metrics")
        rig.wait("history is pushed", lambda: _is_history_pushed(collector), 90)
    finally:
        offices.stop()
        found = memory.stop()
        collector.stop()
        sink.shutdown()
        sink.server_close()
    return found


def _is_history_pushed(collector: Any) -> bool:
    """Whether every receiver has samples and nothing waits for it."""
    text = collector.get("/metrics")[1].decode()
    of = {
        name: [
            float(line.split()[1])
            for line in text.splitlines()
            if line.startswith(f"govnet_collector_history_{name}{{")
        ]
        for name in ("samples_total", "lag_seconds")
    }
    return bool(of["samples_total"]) and min(of["samples_total"]) > 0 == max(of["lag_seconds"])


def _live(collector: Any, since: float) -> int:
    """Return of how many agents a report made since then is the newest known."""
    try:
        status, said = collector.get("/v1/agents")
    except OSError:
        return 0
    assert status == 200, said
    times = [agent["last_report_at"] for agent in json.loads(said)["agents"]]
    return sum(at is not None and at >= since for at in times)


def _accepted(collector: Any) -> float:
    return float(collector.counted("govnet_collector_reports_total").get("accepted", 0.0))


def _start_stores(rig: Rig, collector_url: str) -> tuple[Prometheus, VictoriaMetrics]:
    folder, prometheus_port, victoria_port = rig.folder, rig.free_port(), rig.free_port()
    shipped = (ROOT / "deploy/prometheus/prometheus.yml").read_text("utf-8")
    (folder / "prometheus.yml").write_text(
        shipped.replace("_interval: 15s", f"_interval: {SCRAPE_SECONDS}s")
        .replace("refresh_interval: 30s", "refresh_interval: 5s")
        .replace("http://127.0.0.1:8470", collector_url)
        .replace("rules/*.yml", str(ROOT / "deploy/prometheus/rules/*.yml"))
    )
    prometheus = Prometheus(f"http://127.0.0.1:{prometheus_port}")
    victoria = VictoriaMetrics(f"http://127.0.0.1:{victoria_port}")

    def answers(url: str) -> Callable[[], bool]:
        def ask() -> bool:
            try:
                return bool(_ask(url))
            except (OSError, AssertionError):
                return False

        return ask

    rig.start_program(
        [
            *("prometheus", f"--config.file={folder / 'prometheus.yml'}", "--log.level=warn"),
            *(f"--storage.tsdb.path={folder / 'tsdb'}", "--web.enable-remote-write-receiver"),
            f"--web.listen-address=127.0.0.1:{prometheus_port}",
        ],
        answers(f"{prometheus.url}/-/ready"),
    )
    rig.start_program(
        [
            *("victoria-metrics", f"-storageDataPath={folder / 'victoria'}"),
            *("-retentionPeriod=12", "-dedup.minScrapeInterval=1ms", "-loggerLevel=ERROR"),
            f"-httpListenAddr=127.0.0.1:{victoria_port}",
        ],
        answers(f"{victoria.url}/health"),
    )
    return prometheus, victoria


def _start_agent(rig: Rig, machine: Machine, address: tuple[str, int]) -> None:
    folder = _state(rig, machine)
    config = folder / "agent.toml"
    config.write_text(
        f'collectors = ["http://{address[0]}:{address[1]}"]\nstate_dir = "{folder}"\n'
        f'[identity]\nagent = "{machine.agent}"\nkey_id = "{machine.key_id}"\n'
        f'key = "{machine.secret.hex()}"\n'
    )
    config.chmod(0o600)
    with (folder / "log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "agent.cli", "run", "--config", str(config)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=ROOT,
        )
    rig.stack.callback(process.wait, 30)
    rig.stack.callback(process.terminate)


def _state(rig: Rig, machine: Machine) -> Path:
    folder = rig.folder / "agents" / machine.machine.replace("/", ".")
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    return folder


def _four_hours(
    rig: Rig, machines: list[Machine], ends_at: float
) -> tuple[list[tuple[Machine, Boot]], list[Machine], list[Machine]]:
    """Fill spools and memories with four hours; return the simulated, real and switched off."""
    clock = SystemClock()
    real_boot = Boot(boot_id() or "", ends_at - 36_000, time.time() - clock.monotonic())
    simulated, real, switched_off = [], [], []
    times = [ends_at - INTERVAL_SECONDS * number for number in range(CUT_REPORTS)][::-1]
    for number, machine in enumerate(machines):
        is_off = number % POWERED_OFF_EVERY == POWERED_OFF_EVERY - 1
        is_real = number % (len(machines) // REAL) == (number // 10) % 10
        boot = real_boot if is_real else Boot("before", ends_at - 36_000, ends_at - 36_000)
        if is_off:
            switched_off.append(machine)
            boot = Boot("switched off", ends_at - 36_000, ends_at - 36_000)
        made = times[: CUT_REPORTS // 2] if is_off else times
        if is_real:
            real.append(machine)
            fill_spool(_state(rig, machine), machine, made, boot)
            continue
        if is_off:
            machine.wall_ahead_seconds = -3 * 86_400.0
        for at in made:
            machine.make(at, boot.uptime(at), boot.monotonic(at), boot.id)
        now_boot = Boot("after", time.time() - 5, time.time() - 5) if is_off else boot
        simulated.append((machine, now_boot))
    return simulated, real, switched_off


def _compare(store: Any, machines: list[Machine], until: dict[str, float], start: float) -> int:
    """Hold a store against what was measured; return how many samples were compared."""
    compared = 0
    for machine in machines:
        end = until[machine.machine]
        truth = machine.truth(end)
        held = {
            key: [pair for pair in pairs if pair[0] < end + TIME_TOLERANCE_SECONDS]
            for key, pairs in store.held(machine.machine, start, time.time()).items()
        }
        wrong = differences(truth, held, TIME_TOLERANCE_SECONDS)
        assert not wrong, f"{type(store).__name__}, {machine.machine}: {wrong[:5]}"
        compared += sum(map(len, truth.values()))
    return compared


class Province:
    """Collector, stores, line and offices; each phase of the day is a method."""

    def __init__(self, rig: Rig) -> None:
        self.rig = rig
        self.figures = rig.figures
        port = rig.free_port()
        prometheus, victoria = _start_stores(rig, f"http://127.0.0.1:{port}")
        self.stores = (prometheus, victoria)
        self.victoria = victoria
        self.collector = rig.collector(
            "province",
            _remote_write(
                prometheus=f"{prometheus.url}/api/v1/write",
                victoria=f"{victoria.url}/api/v1/write",
            ),
        )
        self.collector.listen_on(port)
        self.machines = rig.machines(self.collector)
        # Well before any agent makes a report of its own.
        self.ends_at = time.time() - 2 * TIME_TOLERANCE_SECONDS
        self.simulated, self.real, off = _four_hours(rig, self.machines, self.ends_at)
        self.switched_off = {machine.machine for machine in off}
        self.made_before = self.made
        self.collector.start()
        self.memory = Memory(self.collector)
        rig.stack.callback(self.memory.stop)
        self.line = CutLine(port, BYTES_PER_SECOND)
        rig.stack.callback(self.line.close)
        self.offices = Offices(parse_collector(f"http://127.0.0.1:{self.line.address[1]}"))
        rig.stack.callback(self.offices.stop)
        self.healed_at, self.healed = 0.0, 0.0
        self.current_after_seconds: float | None = None

    @property
    def made(self) -> int:
        """How many reports there are by now, but for what real agents go on to make."""
        return sum(len(machine.reports) for machine in self.machines)

    def since_healed(self) -> str:
        return f"{time.monotonic() - self.healed:.1f} s"

    def start_real(self, *, switched_off: bool) -> None:
        for machine in self.real:
            if (machine.machine in self.switched_off) == switched_off:
                _start_agent(self.rig, machine, self.line.address)

    def heal(self) -> None:
        """Let the line come back; what was switched off starts at that moment too."""
        self.line.heal()
        self.healed_at, self.healed = time.time(), time.monotonic()
        self.start_real(switched_off=True)
        for machine, boot in self.simulated:
            self.offices.add(machine, boot, failures=FAILURES_OF_A_LONG_CUT)
        self.offices.start()

    def is_current(self) -> bool:
        """Whether the newest report of everyone is known that ought to be; note when at first."""
        live = _live(self.collector, self.healed_at - INTERVAL_SECONDS)
        self.figures["agents current"] = f"{live} of {len(self.machines)}"
        is_current = live == len(self.machines)
        if is_current and self.current_after_seconds is None:
            self.current_after_seconds = time.monotonic() - self.healed
            self.figures["live state current after"] = f"{self.current_after_seconds:.1f} s"
        return is_current

    def wait_until_current(self) -> None:
        """See that the live state was current in time, and that it is so after both kills."""
        self.rig.wait("live state is current", self.is_current, CAUGHT_UP_WITHIN_SECONDS)
        assert self.current_after_seconds is not None
        assert self.current_after_seconds < LIVE_WITHIN_SECONDS, self.figures

    def kill_twice(self) -> None:
        """Kill the collector while the backlog comes in."""
        arrived = 0.0
        for share in KILLED_AT:

            def is_due(before: float = arrived, share: float = share) -> bool:
                self.is_current()
                return before + _accepted(self.collector) >= share * self.made_before

            self.rig.wait(f"{share:.0%} of the backlog", is_due, CAUGHT_UP_WITHIN_SECONDS)
            arrived += _accepted(self.collector)
            self.collector.kill()
            assert arrived < self.made_before, "killed too late: the backlog was there already"
            self.collector.start()
            self.figures[f"killed at {share:.0%}"] = (
                f"{arrived:.0f} of {self.made_before} reports, back after {self.since_healed()}"
            )

    def wait_for_backlog(self) -> None:
        """Wait until the simulated agents have sent everything, and stop them."""
        self.rig.wait(
            "the simulated backlog is sent",
            lambda: self.offices.waiting == 0,
            CAUGHT_UP_WITHIN_SECONDS,
        )
        self.offices.stop()
        self.figures["simulated backlog there after"] = self.since_healed()

    def wait_for_history(self) -> None:
        """Wait until both stores have as many reports as there are."""
        window = f"{CUT_SECONDS + 1200:.0f}s"
        counted = f"sum(count_over_time(govnet_machine_uptime_seconds[{window}]))"

        def is_complete() -> bool:
            _ask(f"{self.victoria.url}/internal/force_flush")
            found = [store.query(counted, time.time()) for store in self.stores]
            numbers = [float(one[0]["value"][1]) if one else 0.0 for one in found]
            self.figures["reports in history"] = f"{numbers} of at least {self.made}"
            return min(numbers) >= self.made

        self.rig.wait("history is complete", is_complete, CAUGHT_UP_WITHIN_SECONDS)
        self.figures["history complete after"] = self.since_healed()

    def compare(self) -> None:
        """Hold both stores against the truth, sample by sample."""
        until = {machine.machine: time.time() for machine, _ in self.simulated}
        until |= {machine.machine: self.ends_at + 1 for machine in self.real}
        for store in self.stores:
            compared = _compare(store, self.machines, until, self.ends_at - CUT_SECONDS - 600)
            self.figures[f"samples held once by {type(store).__name__}"] = f"{compared:,}"

    def compare_increase(self) -> None:
        """Hold a counter's increase over the cut against what was counted."""
        for store in self.stores:
            found = {
                series["metric"]["machine"]: float(series["value"][1])
                for series in store.query(
                    f"sum by (machine) (increase({COUNTER}[{CUT_SECONDS:.0f}s]))", self.ends_at
                )
            }
            for machine in self.machines:
                hours = 2 if machine.machine in self.switched_off else 4
                true_bytes = hours * 3600 * RECEIVED_BYTES_PER_SECOND
                assert found[machine.machine] == pytest.approx(true_bytes, rel=0.01)
            name = type(store).__name__
            self.figures[f"increase() in {name}"] = f"as counted, for {len(found)} machines"


def test_four_hours_without_a_line_cost_nothing(
    rig: Rig, capsys: pytest.CaptureFixture[str]
) -> None:
    steady_bytes = _steady_state(rig)
    province = Province(rig)
    province.start_real(switched_off=False)
    time.sleep(REAL_CUT_SECONDS)  # The cut itself: the agents shall meet it.
    try:
        province.heal()
        province.kill_twice()
        province.wait_until_current()
        province.wait_for_backlog()
        province.wait_for_history()
        province.compare()
        province.compare_increase()
    finally:
        most_bytes = province.memory.stop()
        rig.figures |= {
            "memory of an ordinary day": f"{steady_bytes / 2**20:.0f} MiB",
            "most memory while catching up": f"{most_bytes / 2**20:.0f} MiB",
            "line": ", ".join(f"{n} {kind}" for kind, n in sorted(province.line.counts.items())),
        }
        with capsys.disabled():
            print(*(f"\n  {name}: {value}" for name, value in rig.figures.items()))

    assert most_bytes < 2 * steady_bytes
